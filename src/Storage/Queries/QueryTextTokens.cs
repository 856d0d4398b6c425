using System.Globalization;
using System.Text;

namespace Storage.Queries;

internal enum TokenKind : byte
{
    End,

    /// <summary>A name without quotes, perhaps a keyword.</summary>
    Bare,

    /// <summary>A name in backticks.</summary>
    Quoted,

    /// <summary>A text or number.</summary>
    Constant,

    /// <summary>A bracket, comma or comparison.</summary>
    Symbol,
}

/// <summary>One piece of query text: a name or symbol as text, or a constant as value, and where it stands.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, Value Value, int Position, int Length);

/// <summary>Which characters and words make names, and the cutting of query text into tokens.</summary>
internal sealed class QueryTextTokens
{
    /// <summary>
    /// Words that mean something in the grammar and so are no bare names. The names of operators are among them, but for search: what follows it says
    /// which of both it is.
    /// </summary>
    private static readonly HashSet<string> Keywords = new(
        FilterOps.Names.Where(n => n != FilterOp.Search.Name()).Concat(["and", "or", "not", "true", "false", "null", "where", "as", "asc", "desc", "ascending", "descending"]),
        StringComparer.OrdinalIgnoreCase);

    private readonly string _text;
    private int _at;

    public QueryTextTokens(string text)
    {
        if (text.Length > QueryText.MaxLength)
            throw Error(QueryText.MaxLength, text.Length - QueryText.MaxLength, $"the text is longer than {QueryText.MaxLength} characters");
        _text = text;
    }

    public static bool IsKeyword(string word) => Keywords.Contains(word);

    public static bool IsBareName(string name) =>
        name.Length > 0 && IsNameStart(name[0]) && name.All(IsNamePart) && !IsKeyword(name);

    public static QueryException Error(int position, int length, string message, ValueList<string> suggestions = default) =>
        new([new QueryError("", message, position, length, suggestions)]);

    public Token Next()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
        if (_at == _text.Length) return new Token(TokenKind.End, "", default, _at, 0);
        var c = _text[_at];
        if (c == '"') return QuotedText();
        if (c == '`') return QuotedName();
        if (char.IsAsciiDigit(c) || (c == '-' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]))) return Number();
        if (IsNameStart(c)) return Take(TokenKind.Bare, Run(IsNamePart));
        if (c is '(' or ')' or ',') return Take(TokenKind.Symbol, 1);
        if (c is '=' or '!' or '<' or '>') return Take(TokenKind.Symbol, Run(x => x is '=' or '!' or '<' or '>'));
        throw Error(_at, 1, c == '\'' ? "text goes in double quotes, not single ones" : $"unexpected character `{Shown(c)}`");
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ':' or '@' or '$' or '#';

    private static bool IsNameStart(char c) => IsNamePart(c) && c != '-' && !char.IsDigit(c);

    public static string Shown(char c) =>
        char.IsControl(c) || char.IsSurrogate(c) ? "U+" + ((int)c).ToString("X4", CultureInfo.InvariantCulture) : c.ToString();

    private int Run(Func<char, bool> belongs)
    {
        var end = _at;
        while (end < _text.Length && belongs(_text[end])) end++;
        return end - _at;
    }

    private Token Take(TokenKind kind, int length)
    {
        var token = new Token(kind, _text.Substring(_at, length), default, _at, length);
        _at += length;
        return token;
    }

    private Token QuotedName()
    {
        var name = new StringBuilder();
        for (var i = _at + 1; i < _text.Length; i++)
        {
            if (_text[i] != '`')
            {
                name.Append(_text[i]);
            }
            else if (i + 1 < _text.Length && _text[i + 1] == '`')
            {
                name.Append('`');
                i++;
            }
            else
            {
                return Finish(TokenKind.Quoted, name.ToString(), default, i + 1);
            }
        }

        throw Error(_at, _text.Length - _at, "the name has no closing backtick");
    }

    private Token QuotedText()
    {
        var value = Unquote(_text, _at, out var end);
        return Finish(TokenKind.Constant, "", value, end);
    }

    /// <summary>The text in double quotes that begins at an offset, and the offset behind it.</summary>
    /// <exception cref="QueryException">It has an unknown escape or no end.</exception>
    public static string Unquote(string text, int at, out int end)
    {
        var value = new StringBuilder();
        for (end = at + 1; end < text.Length; end++)
        {
            if (text[end] == '"')
            {
                end++;
                return value.ToString();
            }

            if (text[end] != '\\')
            {
                value.Append(text[end]);
                continue;
            }

            if (!TryEscape(text, end, out var c, out var length))
                throw Error(end, Math.Min(2, text.Length - end), "unknown escape; JSON's are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000");
            value.Append(c);
            end += length - 1;
        }

        throw Error(at, text.Length - at, "the text has no closing double quote");
    }

    private static bool TryEscape(string text, int at, out char c, out int length)
    {
        (c, length) = ('\0', 2);
        if (at + 1 >= text.Length) return false;
        switch (text[at + 1])
        {
            case '"' or '\\' or '/': c = text[at + 1]; return true;
            case 'b': c = '\b'; return true;
            case 'f': c = '\f'; return true;
            case 'n': c = '\n'; return true;
            case 'r': c = '\r'; return true;
            case 't': c = '\t'; return true;
            case 'u':
                length = 6;
                if (at + 6 > text.Length) return false;
                var known = ushort.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code);
                c = (char)code;
                return known;
            default: return false;
        }
    }

    private Token Number()
    {
        var end = _at + 1;
        while (end < _text.Length && (IsNamePart(_text[end]) || (_text[end] == '+' && _text[end - 1] is 'e' or 'E'))) end++;
        var text = _text.AsSpan(_at, end - _at);
        if (!TryNumber(text, out var value)) throw Error(_at, end - _at, $"`{text}` is not a number; text goes in double quotes");
        return Finish(TokenKind.Constant, "", value, end);
    }

    /// <summary>Reads a number of JSON, leading zeros allowed: Int64 when it has neither fraction nor exponent and fits, else a finite Float64.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out Value value)
    {
        value = default;
        const NumberStyles float64 = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            value = integer;
            return true;
        }

        if (!char.IsAsciiDigit(text[^1]) || !double.TryParse(text, float64, CultureInfo.InvariantCulture, out var number)) return false;
        value = number;
        return double.IsFinite(number);
    }

    private Token Finish(TokenKind kind, string text, Value value, int end)
    {
        var token = new Token(kind, text, value, _at, end - _at);
        _at = end;
        return token;
    }
}
