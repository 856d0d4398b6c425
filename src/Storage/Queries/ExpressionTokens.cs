namespace Storage.Queries;

internal enum ExpressionTokenKind : byte
{
    End,

    /// <summary>A function, or one of the words of the grammar.</summary>
    Word,

    /// <summary>A name after <c>$</c>.</summary>
    Name,

    /// <summary>A text or number.</summary>
    Constant,

    /// <summary>A bracket, comma or operator.</summary>
    Symbol,
}

/// <summary>One piece of an expression and where it stands.</summary>
internal readonly record struct ExpressionToken(ExpressionTokenKind Kind, string Text, Value Value, int Position, int Length);

/// <summary>Cuts an expression into tokens.</summary>
internal sealed class ExpressionTokens(string text, int start)
{
    private static readonly string[] Pairs = ["<=", ">=", "!=", "==", "<>"];

    private int _at = start;

    /// <summary>True for names that need no quotes after the <c>$</c>.</summary>
    public static bool IsBareName(string name) => name.Length > 0 && name.All(IsNamePart);

    public ExpressionToken Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        if (_at == text.Length) return new ExpressionToken(ExpressionTokenKind.End, "", default, _at, 0);
        var c = text[_at];
        if (c == '$') return Name();
        if (c == '"') return Constant(QueryTextTokens.Unquote(text, _at, out var end), end);
        if (c == '`') return RawText();
        if (char.IsAsciiDigit(c)) return Number();
        if (char.IsLetter(c) || c == '_') return Take(ExpressionTokenKind.Word, Run(_at, IsNamePart));
        if (_at + 1 < text.Length && Pairs.Contains(text.Substring(_at, 2))) return Take(ExpressionTokenKind.Symbol, _at + 2);
        if (c is '(' or ')' or ',' or '+' or '-' or '*' or '/' or '%' or '=' or '<' or '>') return Take(ExpressionTokenKind.Symbol, _at + 1);
        throw QueryTextTokens.Error(_at, 1, c == '\'' ? "text goes in double quotes, not single ones" : $"unexpected character `{QueryTextTokens.Shown(c)}`");
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.';

    private int Run(int from, Func<char, bool> belongs)
    {
        while (from < text.Length && belongs(text[from])) from++;
        return from;
    }

    private ExpressionToken Name()
    {
        if (_at + 1 < text.Length && text[_at + 1] == '"')
        {
            var quoted = QueryTextTokens.Unquote(text, _at + 1, out var after);
            return Finish(ExpressionTokenKind.Name, quoted, default, after);
        }

        var end = Run(_at + 1, IsNamePart);
        if (end == _at + 1) throw QueryTextTokens.Error(_at, 1, "expected a name after `$`; one with other characters than letters, digits, `_` and `.` is written `$\"…\"`");
        return Finish(ExpressionTokenKind.Name, text[(_at + 1)..end], default, end);
    }

    private ExpressionToken RawText()
    {
        var end = text.IndexOf('`', _at + 1);
        if (end < 0) throw QueryTextTokens.Error(_at, text.Length - _at, "the text has no closing backtick");
        return Constant(text[(_at + 1)..end], end + 1);
    }

    private ExpressionToken Number()
    {
        var end = _at + 1;
        while (end < text.Length && (IsNamePart(text[end]) || (text[end] is '+' or '-' && text[end - 1] is 'e' or 'E'))) end++;
        var digits = text.AsSpan(_at, end - _at);
        if (!QueryTextTokens.TryNumber(digits, out var value)) throw QueryTextTokens.Error(_at, end - _at, $"`{digits}` is not a number");
        return Constant(value, end);
    }

    private ExpressionToken Constant(Value value, int end) => Finish(ExpressionTokenKind.Constant, "", value, end);

    private ExpressionToken Take(ExpressionTokenKind kind, int end) => Finish(kind, text[_at..end], default, end);

    private ExpressionToken Finish(ExpressionTokenKind kind, string name, Value value, int end)
    {
        var token = new ExpressionToken(kind, name, value, _at, end - _at);
        _at = end;
        return token;
    }
}
