using System.Collections.Immutable;
using System.Globalization;
using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb.Tally;

/// <summary>
/// Counts segments by the codes in which their files hold values. Of a group, a bucket and a condition the engine decodes every value, hashes it and finds its group in a
/// table; a code is the group already. What cannot be counted so, batches in memory too, is left to the engine, and the two are put together.
/// </summary>
/// <param name="known">What is known of all the events.</param>
/// <param name="segments">The segments.</param>
/// <param name="where">The condition.</param>
/// <param name="scan">Makes a relation of batches with columns h0, h1 and so on.</param>
/// <param name="rest">Makes the relation of the batches, and of segments that are left.</param>
/// <param name="kept">Keeps what is read of few rows.</param>
internal sealed class SegmentTally(
    SqlRelation known, Segment[] segments, BoundFilter? where, Func<ImmutableArray<HotColumn>, IReadOnlyList<HotBatch>, string> scan, Func<IReadOnlyList<Segment>, SqlRelation> rest,
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
            var left = segments.Except(done.Select(p => p.Segment)).ToArray();
            return new TallyRelation($"(SELECT {string.Join(", ", names)} FROM {scan(columns, counted)})", rest(left), left.Length == 0 && !HasBatches);
        }
        finally
        {
            foreach (var part in parts) part.Dispose(); // the scan holds the batches
        }
    }

    public override TallyCells? Cells(TallyRequest request, CancellationToken cancellationToken)
    {
        // Nothing is counted in vain, and then again for the engine.
        if (HasBatches || Array.Exists(segments, s => TallyPlan.Of(s, request) is null)) return null;
        var parts = Counted(request, ColumnsOf(request), cancellationToken);
        if (parts.Count == segments.Length && parts.TrueForAll(p => !p.IsLeft) && !_isTooMuch && RowsOf(parts) <= MaxCells) return new SegmentCells(parts, request.Run);
        foreach (var part in parts) part.Dispose();
        return null;
    }

    /// <summary>Counts those segments that can be; some of them may be left by then.</summary>
    private List<CountedSegment> Counted(TallyRequest request, ImmutableArray<HotColumn> columns, CancellationToken cancellationToken)
    {
        var parts = new List<CountedSegment>();
        if (_isTooMuch) return parts;
        try
        {
            foreach (var plan in segments.Select(s => TallyPlan.Of(s, request)).OfType<TallyPlan>())
                if (CountedSegment.Open(plan, kept) is { } part) parts.Add(part);
            var groups = parts.SelectMany(part => part.Groups.Select(group => (part, group))).ToArray();
            Parallel.ForEach(groups, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, work => work.part.Count(work.group, columns));
            _isTooMuch = RowsOf(parts) > MaxRows;
            return parts;
        }
        catch
        {
            foreach (var part in parts) part.Dispose();
            throw;
        }
    }

    private static long RowsOf(List<CountedSegment> parts) => parts.Sum(p => p.Batches.Sum(b => (long)b.Batch.Count));

    public override HeatTally? Heat(TimeWindow window, BoundFilter? where, BoundColumn column, long bucketNs)
    {
        if (!column.IsStored) return null;
        var request = new TallyRequest(window, where, bucketNs, [], [new TallyMeasure(TallyKind.Values, column, null)], 0);
        return SegmentHeat.Open([.. segments.Select(s => TallyPlan.Of(s, request))], HasBatches ? rest([]) : null, known.Events!.Value, kept);
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
