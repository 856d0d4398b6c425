namespace Storage.DuckDb;

/// <summary>
/// What a merged segment took the place of, as far as it is still there: a process that ended before it was deleted leaves it. Should the merged
/// one turn out to be damaged, it is worth more than that.
/// </summary>
internal static class ReplacedSegments
{
    /// <summary>The names, also of what those had taken the place of, whether there are such files or not.</summary>
    /// <param name="merged">The merged segment.</param>
    /// <param name="footers">Of all segments that can be read, by name.</param>
    public static HashSet<string> NamesOf(SegmentFooter merged, IReadOnlyDictionary<string, SegmentFooter> footers)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var left = new Stack<string>(merged.Replaces);
        while (left.TryPop(out var path))
        {
            var name = Path.GetFileName(path);
            if (!names.Add(name) || !footers.TryGetValue(name, out var footer)) continue;
            foreach (var further in footer.Replaces) left.Push(further);
        }

        return names;
    }

    /// <summary>True when those that can be read, and are sound, have all events of the merged one.</summary>
    public static bool HoldAll(SegmentFooter merged, HashSet<string> names, IReadOnlyDictionary<string, SegmentFooter> footers, Func<string, bool> isSound)
    {
        var there = names.Where(footers.ContainsKey).ToArray();
        var within = there.SelectMany(n => footers[n].Replaces).Select(n => Path.GetFileName(n)).ToHashSet(StringComparer.Ordinal);
        return there.Where(n => !within.Contains(n) && isSound(n)).Sum(n => footers[n].Events) == merged.Events;
    }
}
