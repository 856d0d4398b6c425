namespace Storage.Queries;

/// <summary>The text of formulas and calculated fields: <c>name: expression</c>.</summary>
internal static class DefinitionText
{
    /// <summary>Reads a definition; its expression must be one, but may refer to what there is not.</summary>
    /// <param name="text">The text.</param>
    /// <param name="form">What is said when it does not begin with a name and a colon.</param>
    /// <exception cref="QueryException">With the position in the text.</exception>
    public static (string Name, string Expression) Parse(string text, string form)
    {
        if (text.Length > QueryText.MaxLength)
            throw QueryTextTokens.Error(QueryText.MaxLength, text.Length - QueryText.MaxLength, $"the text is longer than {QueryText.MaxLength} characters");
        if (!TrySplit(text, out var name, out var start)) throw QueryTextTokens.Error(0, text.Length, form);
        ExpressionParser.Parse(text, start);
        return (name, text[start..].Trim());
    }

    public static string Format(string name, string expression)
    {
        var bare = QueryTextTokens.IsBareName(name) && !name.Contains(':', StringComparison.Ordinal);
        return $"{(bare ? name : $"`{name.Replace("`", "``", StringComparison.Ordinal)}`")}: {expression.Trim()}";
    }

    /// <summary>Takes the name from the front.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name without backticks.</param>
    /// <param name="start">Offset behind the colon.</param>
    public static bool TrySplit(string text, out string name, out int start)
    {
        (name, start) = ("", 0);
        var at = SkipBlanks(text, 0);
        var end = at < text.Length && text[at] == '`' ? Quoted(text, at, out name) : Bare(text, at, out name);
        if (end < 0) return false;
        end = SkipBlanks(text, end);
        if (end == text.Length || text[end] != ':') return false;
        start = end + 1;
        return true;
    }

    private static int Bare(string text, int at, out string name)
    {
        var end = at;
        while (end < text.Length && text[end] != ':' && !char.IsWhiteSpace(text[end])) end++;
        name = text[at..end];
        return QueryTextTokens.IsBareName(name) ? end : -1;
    }

    private static int Quoted(string text, int at, out string name)
    {
        name = "";
        for (var end = at + 1; end < text.Length; end++)
        {
            if (text[end] != '`') continue;
            if (end + 1 < text.Length && text[end + 1] == '`')
            {
                end++;
                continue;
            }

            name = text[(at + 1)..end].Replace("``", "`", StringComparison.Ordinal);
            return end + 1;
        }

        return -1;
    }

    private static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }
}
