using Storage.Compile;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>The cells of segments that were counted whole.</summary>
/// <param name="parts">The segments; disposed with this.</param>
/// <param name="run">The run that keeps values.</param>
internal sealed class SegmentCells(List<CountedSegment> parts, long run) : TallyCells
{
    private readonly KeptScratch _scratch = new();
    private readonly List<KeptPart> _values = [];

    public override IEnumerable<EventBatch> Batches => parts.SelectMany(p => p.Batches).Select(b => b.Batch);

    public override void Rank(TallyMeasure measure, List<long> kept, ReadOnlySpan<int> shares, Span<long> results, CancellationToken cancellationToken)
    {
        if (KeptValues.Find(run) is not { } values) throw new InvalidOperationException("the run is over");
        _values.Clear();
        foreach (var number in kept) values.Flatten((int)number, _values);
        try
        {
            _scratch.Rank(_values, shares, results, values);
        }
        catch (OutOfMemoryException)
        {
            throw KeptRanks.OutOfMemory();
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (measure.Column!.Type == ColumnType.Int64) return;
        foreach (ref var result in results) result = measure.IsExact ? BitConverter.DoubleToInt64Bits(KeptRanks.OfDecimal(result)) : KeptRanks.Ordered(result);
    }

    public override void Dispose()
    {
        _scratch.Dispose();
        parts.ForEach(p => p.Dispose());
    }
}
