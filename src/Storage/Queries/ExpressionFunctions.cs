namespace Storage.Queries;

/// <summary>The functions of expressions and how many arguments each takes.</summary>
internal static class ExpressionFunctions
{
    private const int Any = int.MaxValue;

    private static readonly Dictionary<string, (int Least, int Most)> Arguments = new(StringComparer.Ordinal)
    {
        ["IF"] = (2, Any), ["SWITCH"] = (3, Any), ["COALESCE"] = (1, Any),
        ["EQUALS"] = (2, 2), ["LT"] = (2, 2), ["LTE"] = (2, 2), ["GT"] = (2, 2), ["GTE"] = (2, 2), ["IN"] = (2, Any),
        ["AND"] = (1, Any), ["OR"] = (1, Any), ["NOT"] = (1, 1), ["EXISTS"] = (1, 1),
        ["CONTAINS"] = (2, 2), ["STARTS_WITH"] = (2, 2), ["ENDS_WITH"] = (2, 2), ["TO_LOWER"] = (1, 1), ["LENGTH"] = (1, 1), ["CONCAT"] = (1, Any),
        ["REG_MATCH"] = (2, 2), ["REG_VALUE"] = (2, 2), ["REG_COUNT"] = (2, 2),
        ["INT"] = (1, 1), ["FLOAT"] = (1, 1), ["BOOL"] = (1, 1), ["STRING"] = (1, 1),
        ["SUM"] = (1, Any), ["SUB"] = (2, 2), ["MUL"] = (1, Any), ["DIV"] = (2, 2), ["MOD"] = (2, 2), ["MIN"] = (1, Any), ["MAX"] = (1, Any),
        ["LOG10"] = (1, 1), ["BUCKET"] = (2, 4),
        ["FORMAT_TIME"] = (2, 2), ["UNIX_TIMESTAMP"] = (1, 1), ["EVENT_TIMESTAMP"] = (0, 0), ["INGEST_TIMESTAMP"] = (0, 0),
    };

    /// <summary>All names, in upper case.</summary>
    public static IReadOnlyCollection<string> Names => Arguments.Keys;

    public static bool Exists(string name) => Arguments.ContainsKey(name);

    /// <summary>What is wrong with that many arguments; null when nothing is.</summary>
    public static string? WrongCount(string function, int count)
    {
        var (least, most) = Arguments[function];
        if (count >= least && count <= most) return null;
        var wanted = least == most ? Counted(least) : most == Any ? $"at least {Counted(least)}" : $"{least} to {Counted(most)}";
        return $"{function} takes {wanted}, not {count}";
    }

    private static string Counted(int count) => count switch
    {
        0 => "no arguments",
        1 => "1 argument",
        _ => $"{count} arguments",
    };
}
