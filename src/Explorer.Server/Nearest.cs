namespace Explorer.Server;

/// <summary>Finds what a user probably meant.</summary>
internal static class Nearest
{
    private const int MaxLength = 128;

    /// <summary>"; did you mean X?", or nothing when no candidate is near.</summary>
    public static string Hint(string text, IEnumerable<string> candidates) =>
        Of(text, candidates, 1) is [var best, ..] ? $"; did you mean {best}?" : "";

    /// <summary>The candidates that are within a third of the text's length in edits, or contain it; best first.</summary>
    public static IReadOnlyList<string> Of(string text, IEnumerable<string> candidates, int count)
    {
        if (text.Length is 0 or > MaxLength) return [];
        return
        [
            .. candidates.Where(c => c.Length <= MaxLength)
                .Select(c => (Candidate: c, Distance: Score(text, c)))
                .Where(c => c.Distance <= Math.Max(2, text.Length / 3))
                .OrderBy(c => c.Distance).ThenBy(c => c.Candidate, StringComparer.Ordinal)
                .Take(count).Select(c => c.Candidate),
        ];
    }

    private static int Score(string text, string candidate) =>
        text.Length >= 3 && candidate.Contains(text, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(text, candidate);

    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
