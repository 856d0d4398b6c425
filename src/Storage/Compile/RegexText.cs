namespace Storage.Compile;

/// <summary>What can be seen in the text of a regular expression without understanding it.</summary>
internal static class RegexText
{
    /// <summary>True when it has a group that captures.</summary>
    public static bool HasGroup(string pattern)
    {
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\' when i + 1 < pattern.Length && pattern[i + 1] == 'Q':
                    var end = pattern.IndexOf(@"\E", i, StringComparison.Ordinal);
                    if (end < 0) return false;
                    i = end + 1;
                    break;
                case '\\':
                    i++;
                    break;
                case '[' when !inClass:
                    inClass = true;
                    // A bracket at once behind the opening one is a member of the class.
                    if (i + 1 < pattern.Length && pattern[i + 1] == '^') i++;
                    if (i + 1 < pattern.Length && pattern[i + 1] == ']') i++;
                    break;
                case '[' when i + 1 < pattern.Length && pattern[i + 1] == ':' && pattern.IndexOf(":]", i + 2, StringComparison.Ordinal) is >= 0 and var named:
                    i = named + 1;
                    break;
                case ']' when inClass:
                    inClass = false;
                    break;
                case '(' when !inClass && (i + 1 == pattern.Length || pattern[i + 1] != '?' || IsNamed(pattern, i)):
                    return true;
            }
        }

        return false;
    }

    private static bool IsNamed(string pattern, int at) =>
        pattern.AsSpan(at).StartsWith("(?P<", StringComparison.Ordinal) || pattern.AsSpan(at).StartsWith("(?<", StringComparison.Ordinal);
}
