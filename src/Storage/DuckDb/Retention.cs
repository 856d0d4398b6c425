using System.Collections.Immutable;

namespace Storage.DuckDb;

/// <summary>Decides what a policy does not keep.</summary>
internal static class Retention
{
    /// <summary>The segments to remove: all that are too old, then the oldest until what is left is within the bound.</summary>
    /// <param name="segments">Segments that may be removed.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="now">The time.</param>
    /// <param name="bytesOnDisk">Bytes of the whole store.</param>
    public static ImmutableArray<Segment> Select(IEnumerable<Segment> segments, RetentionPolicy policy, DateTimeOffset now, long bytesOnDisk)
    {
        var expired = ImmutableArray.CreateBuilder<Segment>();
        var kept = new List<Segment>();
        foreach (var segment in segments)
        {
            if (segment.Footer.LastArrival < now - AgeOf(policy, segment.Footer.Signal)) expired.Add(segment);
            else kept.Add(segment);
        }

        var surplus = policy.MaxBytes is { } bound ? bytesOnDisk - expired.Sum(s => s.Bytes) - bound : 0;
        foreach (var segment in kept.OrderBy(s => s.Footer.LastArrival))
        {
            if (surplus <= 0) break;
            expired.Add(segment);
            surplus -= segment.Bytes;
        }

        return expired.DrainToImmutable();
    }

    /// <summary>Arrival times that a segment may span so that its oldest events outlive their age by a tenth at most; a day where there is no age.</summary>
    public static TimeSpan MaxSpan(RetentionPolicy policy)
    {
        var day = TimeSpan.FromDays(1);
        return new[] { policy.MaxAge, policy.SpansAge, policy.LogsAge, policy.MetricsAge }.OfType<TimeSpan>().Select(age => age / 10).Append(day).Min();
    }

    /// <summary>The age from which on even the longest kept unsealed events are too old; null when some are kept for ever.</summary>
    public static TimeSpan? LongestAge(RetentionPolicy policy)
    {
        var ages = new[] { policy.MaxAge, policy.SpansAge ?? policy.MaxAge, policy.LogsAge ?? policy.MaxAge, policy.MetricsAge ?? policy.MaxAge };
        return ages.Contains(null) ? null : ages.Max();
    }

    private static TimeSpan? AgeOf(RetentionPolicy policy, SignalKind signal) => signal switch
    {
        SignalKind.Trace => policy.SpansAge ?? policy.MaxAge,
        SignalKind.Log => policy.LogsAge ?? policy.MaxAge,
        SignalKind.Metric => policy.MetricsAge ?? policy.MaxAge,
        _ => policy.MaxAge,
    };
}
