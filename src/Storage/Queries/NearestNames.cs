namespace Storage.Queries;

/// <summary>Finds the valid names that somebody probably meant.</summary>
public static class NearestNames
{
    private const int MaxSuggestions = 3;

    /// <summary>Names above this length are compared by their beginning only, which bounds the work on hostile input.</summary>
    private const int MaxCompared = 64;

    /// <summary>Up to three candidates near to <paramref name="name"/>, best first; none when nothing is near.</summary>
    public static ValueList<string> To(string name, IEnumerable<string> candidates)
    {
        if (name.Length == 0) return [];
        return candidates
            .Select(candidate => (candidate, score: Score(name, candidate)))
            .Where(x => x.score < int.MaxValue)
            .OrderBy(x => x.score).ThenBy(x => x.candidate.Length).ThenBy(x => x.candidate, StringComparer.Ordinal)
            .Take(MaxSuggestions)
            .Select(x => x.candidate)
            .ToValueList();
    }

    /// <summary>Small edit distances first, then names that begin with, end with or contain the given one.</summary>
    private static int Score(string name, string candidate)
    {
        var distance = EditDistance(Cut(name), Cut(candidate));
        if (distance <= Math.Max(1, Math.Min(name.Length, candidate.Length) / 3)) return distance;
        if (name.Length < 3) return candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase) ? 100 : int.MaxValue;
        if (candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return 100;
        if (candidate.EndsWith(name, StringComparison.OrdinalIgnoreCase)) return 200;
        if (candidate.Contains(name, StringComparison.OrdinalIgnoreCase)) return 300;
        return int.MaxValue;
    }

    private static ReadOnlySpan<char> Cut(string text) => text.AsSpan(0, Math.Min(text.Length, MaxCompared));

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one text into the other, whatever the case.</summary>
    private static int EditDistance(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        Span<int> beforeLast = stackalloc int[b.Length + 1];
        Span<int> last = stackalloc int[b.Length + 1];
        Span<int> current = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
            }

            last.CopyTo(beforeLast);
            current.CopyTo(last);
        }

        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
