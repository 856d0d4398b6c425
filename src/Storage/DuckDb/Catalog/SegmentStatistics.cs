using System.Collections.Frozen;
using System.Collections.Immutable;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>What is known of a segment beside its footer: per column range and values, and which traces are not in it.</summary>
internal sealed class SegmentStatistics
{
    /// <summary>Bytes that the values of all columns of a segment may take; the columns with the longest lists go without.</summary>
    public const int MaxValueBytes = 256 << 10;

    /// <summary>What a value takes of them beside its own bytes.</summary>
    public const int BytesPerCount = sizeof(long) + sizeof(int);

    /// <param name="events">Events of the segment.</param>
    /// <param name="columns">Every column that an event has.</param>
    /// <param name="traces">Which traces are not in it, and where the others may be; null when that is not known.</param>
    public SegmentStatistics(long events, IEnumerable<ColumnStatistics> columns, TraceStripes? traces)
    {
        Events = events;
        Columns = Bounded([.. columns]).ToFrozenDictionary(c => c.Name, StringComparer.Ordinal);
        Traces = traces;
    }

    public long Events { get; }

    public FrozenDictionary<string, ColumnStatistics> Columns { get; }

    public TraceStripes? Traces { get; }

    /// <summary>What the footer alone says: which columns there are.</summary>
    public static SegmentStatistics Of(SegmentFooter footer) =>
        new(footer.Events, footer.Columns.Select(c => new ColumnStatistics(c.Name, c.Type, c.Count, null, null)), null);

    /// <summary>The latest end that a span can have, Unix nanoseconds; the last there is where durations are not known.</summary>
    /// <param name="maxTime">The latest time of an event.</param>
    public long LatestEnd(long maxTime)
    {
        if (!Columns.TryGetValue(WellKnownColumns.DurationMs, out var duration) || duration.Count == 0) return maxTime;
        var longestMs = duration.Range switch
        {
            ColumnRange.OfFloat64 { Max: double.NaN } => 0,
            ColumnRange.OfFloat64 range => range.Max,
            ColumnRange.OfInt64 range => range.Max,
            _ => double.PositiveInfinity,
        };
        // A rounding error of such a time is below a microsecond.
        var end = maxTime + Math.Max(0, longestMs) * 1e6 + 1_000;
        return end >= long.MaxValue ? long.MaxValue : (long)end;
    }

    private static IEnumerable<ColumnStatistics> Bounded(ImmutableArray<ColumnStatistics> columns)
    {
        long bytes = 0;
        foreach (var column in columns.OrderBy(c => WellKnownColumns.All.Contains(c.Name) ? 0 : 1).ThenBy(c => c.Values?.Length ?? 0))
        {
            if (column.Values is { } values) bytes += values.Bytes + values.Length * BytesPerCount;
            yield return bytes > MaxValueBytes ? column with { Values = null } : column;
        }
    }
}
