using System.Collections.Immutable;
using Storage.Compile;

namespace Storage.DuckDb.Tally;

/// <summary>
/// The events of a heatmap in segments and in memory. The engine reads them twice as well, and then takes several times as long to count them: it gathers vectors by groups, while here a bucket and
/// a row are a place in a table.
/// </summary>
internal sealed class SegmentHeat : HeatTally
{
    /// <summary>Of so small a share of the rows the engine is the better reader: it looks for them, and reads no others.</summary>
    private const double FewShare = 1 / 32.0;

    private readonly List<CountedPart> _parts;

    private SegmentHeat(List<CountedPart> parts, SqlRelation? rest, long events) => (_parts, Rest, Events) = (parts, rest, events);

    public override long Events { get; }

    public override SqlRelation? Rest { get; }

    /// <summary>Opens parts of the store; null when the engine has to read one of them.</summary>
    /// <param name="plans">How each is read, with the column as its only measure; null where the engine has to.</param>
    /// <param name="rest">The events that are in none of them.</param>
    /// <param name="events">Events of all.</param>
    /// <param name="kept">Keeps what is read of few rows.</param>
    public static SegmentHeat? Open(ImmutableArray<TallyPlan?> plans, SqlRelation? rest, long events, KeptRows kept)
    {
        if (plans.Any(p => p is null || (p.Part is Segment && p.Where?.Share < FewShare))) return null;
        var heat = new SegmentHeat([], rest, events);
        foreach (var plan in plans)
        {
            if (CountedPart.Open(plan!, kept) is { } part)
            {
                heat._parts.Add(part);
                continue;
            }

            heat.Dispose();
            return null;
        }

        return heat;
    }

    public override void Dispose() => _parts.ForEach(p => p.Dispose());

    public override HeatRange? Range(long step, CancellationToken cancellationToken)
    {
        var range = HeatRange.None;
        var isRead = TryEach((part, rows) =>
        {
            var found = new GroupHeat(part.Measures[0], rows).Range(step);
            lock (_parts) range = range.With(found);
        }, cancellationToken);
        return isRead ? range : null;
    }

    public override bool TryCount(HeatmapGrid grid, CancellationToken cancellationToken) =>
        TryEach((part, rows) => new GroupHeat(part.Measures[0], rows).Count(grid, part.BucketNs), cancellationToken);

    private bool TryEach(Action<CountedPart, GroupRows> use, CancellationToken cancellationToken)
    {
        var groups = _parts.SelectMany(part => part.Groups.Select(group => (Part: part, Group: group))).ToArray();
        Parallel.ForEach(groups, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            work => work.Part.Use(work.Group, rows => use(work.Part, rows)));
        return _parts.TrueForAll(p => !p.IsLeft);
    }
}
