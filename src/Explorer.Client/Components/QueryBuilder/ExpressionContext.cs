using Explorer.Client.State;

namespace Explorer.Client.Components.QueryBuilder;

/// <summary>Where the caret is in a half-typed <c>name: expression</c>.</summary>
internal static class ExpressionContext
{
    public static CompletionContext At(Clause clause, string text, int caret)
    {
        var start = BehindName(text);
        if (start < 0 || caret < start) return new CompletionContext(CompletionPart.Nothing, "", caret, 0);
        var name = clause == Clause.Fields ? CompletionPart.FieldName : CompletionPart.FormulaName;
        if (OpenText(text, start, caret) is { } quote)
            return quote > start && text[quote - 1] == '$' ? new CompletionContext(name, text[(quote + 1)..caret], quote - 1, End(text, caret, '"') - quote + 1) : new CompletionContext(CompletionPart.Nothing, "", caret, 0);

        var at = caret;
        while (at > start && IsName(text[at - 1])) at--;
        var end = caret;
        while (end < text.Length && IsName(text[end])) end++;
        if (at > start && text[at - 1] == '$') return new CompletionContext(name, text[at..caret], at - 1, end - at + 1);
        if (at < caret) return char.IsAsciiDigit(text[at]) ? new CompletionContext(CompletionPart.Nothing, "", caret, 0) : new CompletionContext(CompletionPart.ExpressionFunction, text[at..caret], at, end - at);
        return Awaits(text, start, caret) ? new CompletionContext(name, "", caret, 0) : new CompletionContext(CompletionPart.Nothing, "", caret, 0);
    }

    // Behind the colon; -1 while the name is typed.
    private static int BehindName(string text)
    {
        var at = 0;
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        if (at < text.Length && text[at] == '`')
        {
            var close = text.IndexOf('`', at + 1);
            if (close < 0) return -1;
            at = close;
        }

        var colon = text.IndexOf(':', at);
        return colon < 0 ? -1 : colon + 1;
    }

    // The quote that is open at the caret.
    private static int? OpenText(string text, int start, int caret)
    {
        int? open = null;
        for (var i = start; i < caret; i++)
        {
            if (open is { } quote && text[quote] == '"' && text[i] == '\\') i++;
            else if (open is { } began && text[i] == text[began]) open = null;
            else if (open is null && text[i] is '"' or '`') open = i;
        }

        return open;
    }

    private static int End(string text, int caret, char quote)
    {
        var end = text.IndexOf(quote, caret);
        return end < 0 ? caret : end + 1;
    }

    // A value may follow: at the beginning, behind an operator, a bracket or a comma.
    private static bool Awaits(string text, int start, int caret)
    {
        var before = text[start..caret].TrimEnd();
        return before.Length == 0 || before[^1] is '+' or '-' or '*' or '/' or '%' or '(' or ',' or '=' or '<' or '>';
    }

    private static bool IsName(char c) => char.IsLetterOrDigit(c) || c is '_' or '.';
}
