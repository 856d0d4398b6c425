using System.Collections.Immutable;
using System.Globalization;
using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb.Tally;

/// <summary>
/// Counts events by the codes in which segments hold values, and batches in memory by where they lie. Of a group, a bucket and a condition the engine decodes every value, hashes it and finds
/// its group in a table; a code is the group already. What cannot be counted so is left to the engine, and the two are put together.
/// </summary>
/// <param name="known">What is known of all the events.</param>
/// <param name="segments">The segments.</param>
/// <param name="hot">The batches; null when there are none, or the engine has to count them.</param>
/// <param name="where">The condition.</param>
/// <param name="scan">Makes a relation of batches with columns h0, h1 and so on.</param>
/// <param name="rest">Makes the relation of segments that are left, and, where it is told to, of the batches.</param>
/// <param name="kept">Keeps what is read of few rows.</param>
internal sealed class SegmentTally(
    SqlRelation known, Segment[] segments, HotPart? hot, BoundFilter? where, Func<ImmutableArray<HotColumn>, IReadOnlyList<HotBatch>, string> scan, Func<IReadOnlyList<Segment>, bool, SqlRelation> rest,
    KeptRows kept) : EventTally
{
    /// <summary>Cells of all row groups, above which nothing is gained.</summary>
    private const int MaxRows = 500_000;

    /// <summary>Cells above which the engine puts them together sooner, with all cores, and in memory that is counted.</summary>
    private const int MaxCells = 100_000;

    /// <summary>Nothing is counted again that was too much.</summary>
    private bool _isTooMuch;

    public override SqlRelation Known => known;

    // A guess of shares may be wrong by as much as conditions hang together.
    public override long Matching => known.Events!.Value - (long)segments.Sum(s => s.Footer.Events * Math.Max(0, 1 - 4 * (where is null ? 1 : RowFilter.Of(where, s)?.Share ?? 1)));

    public override bool LooksUp => Array.TrueForAll(segments, s => where is not null && RowFilter.Of(where, s) is { } filter && TallyPlan.FirstOf(filter) is not null);

    public override TallyRelation? Count(TallyRequest request, CancellationToken cancellationToken)
    {
        var columns = ColumnsOf(request);
        var parts = Counted(request, columns, cancellationToken);
        try
        {
            var done = parts.FindAll(p => !p.IsLeft);
            if (done.Count == 0 || _isTooMuch) return null;
            HotBatch[] counted = [.. done.SelectMany(p => p.Batches).Select(b => b with { Columns = [.. b.Batch.Columns.Select(c => columns.First(known => known.Name == c.Name).Number)] })];
            var names = columns.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"h{i} AS {c.Name}"));
            var left = segments.Except(done.Select(p => p.Part)).Cast<Segment>().ToArray();
            var leavesBatches = HasBatches && !done.Exists(p => p.Part == hot);
            return new TallyRelation($"(SELECT {string.Join(", ", names)} FROM {scan(columns, counted)})", rest(left, leavesBatches), left.Length == 0 && !leavesBatches);
        }
        finally
        {
            foreach (var part in parts) part.Dispose(); // the scan holds the batches
        }
    }

    public override TallyCells? Cells(TallyRequest request, CancellationToken cancellationToken)
    {
        // As little as possible is counted in vain, and then again for the engine.
        if ((HasBatches && hot is null) || Parts.Any(p => TallyPlan.Of(p, request) is null)) return null;
        var parts = Counted(request, ColumnsOf(request), cancellationToken, all: true);
        if (parts.Count == Parts.Count() && parts.TrueForAll(p => !p.IsLeft) && !_isTooMuch && RowsOf(parts) <= MaxCells) return new SegmentCells(parts, request.Run);
        foreach (var part in parts) part.Dispose();
        return null;
    }

    /// <summary>What may be counted here, the batches first: that they cannot be is found out on the way.</summary>
    private IEnumerable<IStoredColumns> Parts => hot is null ? segments : segments.Prepend<IStoredColumns>(hot);

    /// <summary>Counts those parts that can be; some of them may be left by then.</summary>
    /// <param name="request">What.</param>
    /// <param name="columns">The columns of the cells.</param>
    /// <param name="cancellationToken">Stops between groups of rows.</param>
    /// <param name="all">True when it is of no use any more once a part is left.</param>
    private List<CountedPart> Counted(TallyRequest request, ImmutableArray<HotColumn> columns, CancellationToken cancellationToken, bool all = false)
    {
        var parts = new List<CountedPart>();
        if (_isTooMuch) return parts;
        try
        {
            TallyPlan[] plans = [.. Parts.Select(p => TallyPlan.Of(p, request)).OfType<TallyPlan>()];
            // What keeps the engine from codes in all segments does so in memory too.
            if (segments.Length > 0 && !Array.Exists(plans, p => p.Part is Segment)) return parts;
            foreach (var plan in plans)
                if (CountedPart.Open(plan, kept) is { } part) parts.Add(part);
            var groups = parts.SelectMany(part => part.Groups.Select(group => (part, group))).ToArray();
            var cells = 0L;
            Parallel.ForEach(groups, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, (work, state) =>
            {
                var sum = Interlocked.Add(ref cells, work.part.Count(work.group, columns));
                if (sum > (all ? MaxCells : MaxRows) || (all && work.part.IsLeft)) state.Stop();
            });
            _isTooMuch = cells > MaxRows;
            return parts;
        }
        catch
        {
            foreach (var part in parts) part.Dispose();
            throw;
        }
    }

    private static long RowsOf(List<CountedPart> parts) => parts.Sum(p => p.Batches.Sum(b => (long)b.Batch.Count));

    public override HeatTally? Heat(TimeWindow window, BoundFilter? where, BoundColumn column, long bucketNs)
    {
        if (!column.IsStored) return null;
        var request = new TallyRequest(window, where, bucketNs, [], [new TallyMeasure(TallyKind.Values, column, null)], 0);
        return SegmentHeat.Open([.. Parts.Select(p => TallyPlan.Of(p, request))], HasBatches && hot is null ? rest([], true) : null, known.Events!.Value, kept);
    }

    /// <summary>True when there are events in memory besides.</summary>
    public bool HasBatches { get; init; }

    private static ImmutableArray<HotColumn> ColumnsOf(TallyRequest request)
    {
        List<(string Name, StorageType Type)> columns = [];
        if (request.BucketNs is not null) columns.Add(("t", StorageType.Int64));
        columns.AddRange(request.Keys.Select((k, i) => (TallyRelation.Name("g", i), (StorageType)k.Type)));
        columns.AddRange(request.Measures.Select((m, i) => (TallyRelation.Name("m", i), PlannedMeasure.ResultOf(m))));
        return [.. columns.Select((c, i) => new HotColumn(c.Name, c.Type, i))];
    }
}
