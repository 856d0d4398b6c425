using System.Collections.Immutable;

namespace Storage.DuckDb;

/// <summary>Bounds of the work on sealed segments.</summary>
/// <param name="FullEvents">A segment with so many events is not merged any more; 0 merges none.</param>
/// <param name="CompressAfter">From this age of arrival on, events are compressed for size.</param>
/// <param name="MaxSpan">Arrival times that one segment may span: retention removes segments whole.</param>
internal sealed record CompactionBounds(long FullEvents, TimeSpan CompressAfter, TimeSpan MaxSpan);

/// <summary>Which neighbours become one segment next.</summary>
/// <remarks>
/// A merge makes at least a full segment, or one of four times the events of the largest it takes. So an event that was sealed among n is
/// rewritten at most log4(<see cref="CompactionBounds.FullEvents"/> / n) + 1 times before it lies in a full segment - once from 500,000,
/// five times from 2,000 - and once more when it is old and compressed for size.
/// </remarks>
/// <param name="Inputs">Segments of one kind, in order of time.</param>
/// <param name="Archive">Whether the result is compressed for size.</param>
internal sealed record CompactionPlan(ImmutableArray<Segment> Inputs, bool Archive)
{
    /// <summary>Inputs of one merge.</summary>
    private const int MaxInputs = 64;
    private const int Growth = 4;

    /// <summary>The next thing to do; null when there is nothing.</summary>
    /// <param name="segments">Segments that may be rewritten.</param>
    /// <param name="bounds">The bounds.</param>
    /// <param name="now">The time.</param>
    /// <param name="force">Whether neighbours are merged however little it brings.</param>
    public static CompactionPlan? Next(IEnumerable<Segment> segments, CompactionBounds bounds, DateTimeOffset now, bool force)
    {
        foreach (var kind in segments.GroupBy(s => s.Footer.Signal).OrderBy(g => g.Key))
        {
            Segment[] ordered = [.. kind.OrderBy(s => s.Footer.MinTime).ThenBy(s => s.Footer.Number)];
            if ((Archiving(ordered, bounds, now, force) ?? Merging(ordered, bounds, now, force)) is { } plan) return plan;
        }

        return null;
    }

    private static CompactionPlan? Archiving(Segment[] segments, CompactionBounds bounds, DateTimeOffset now, bool force)
    {
        var old = now - bounds.CompressAfter;
        for (var first = 0; first < segments.Length; first++)
        {
            if (!IsOpen(segments[first])) continue;
            var count = Run(segments.AsSpan(first), bounds, IsOpen);
            var run = segments.AsSpan(first, count);
            // Neighbours that grow old soon are waited for, unless they would not fit or the first has waited long.
            var isWhole = Events(run) >= bounds.FullEvents || (first + count < segments.Length && !IsYoung(segments[first + count]));
            if (isWhole || force || segments[first].Footer.LastArrival < old - bounds.MaxSpan) return new CompactionPlan([.. run], Archive: true);
            first += count - 1;
        }

        return null;

        bool IsOpen(Segment segment) => !segment.Footer.IsArchived && segment.Footer.LastArrival < old;
        bool IsYoung(Segment segment) => segment.Footer.LastArrival >= old;
    }

    private static CompactionPlan? Merging(Segment[] segments, CompactionBounds bounds, DateTimeOffset now, bool force)
    {
        var old = now - bounds.CompressAfter;
        for (var first = 0; first < segments.Length; first++)
        {
            if (!IsOpen(segments[first])) continue;
            var run = segments.AsSpan(first, Run(segments.AsSpan(first), bounds, IsOpen));
            if (run.Length < 2) continue;
            var events = Events(run);
            if (force || events >= bounds.FullEvents || events >= Growth * Largest(run)) return new CompactionPlan([.. run], Archive: false);
        }

        return null;

        bool IsOpen(Segment segment) => segment.Footer.Events < bounds.FullEvents && !segment.Footer.IsArchived && segment.Footer.LastArrival >= old;
    }

    /// <summary>How many segments from the first on can become one: at least the first.</summary>
    private static int Run(ReadOnlySpan<Segment> segments, CompactionBounds bounds, Func<Segment, bool> isOpen)
    {
        var (events, begin, end) = (segments[0].Footer.Events, segments[0].Footer.FirstArrival, segments[0].Footer.LastArrival);
        var count = 1;
        for (; count < Math.Min(segments.Length, MaxInputs); count++)
        {
            var next = segments[count].Footer;
            if (!isOpen(segments[count])) break;
            if (next.FirstArrival < begin) begin = next.FirstArrival;
            if (next.LastArrival > end) end = next.LastArrival;
            events += next.Events;
            // A third more than full: three segments of two thirds make one.
            if (events > bounds.FullEvents + bounds.FullEvents / 3 || end - begin > bounds.MaxSpan) break;
        }

        return count;
    }

    private static long Events(ReadOnlySpan<Segment> segments)
    {
        long events = 0;
        foreach (var segment in segments) events += segment.Footer.Events;
        return events;
    }

    private static long Largest(ReadOnlySpan<Segment> segments)
    {
        long largest = 0;
        foreach (var segment in segments) largest = Math.Max(largest, segment.Footer.Events);
        return largest;
    }
}
