using System.Collections.Concurrent;
using Storage.Compile;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>The cells of parts of the store that were counted whole.</summary>
/// <param name="parts">The parts; disposed with this.</param>
/// <param name="run">The run that keeps values.</param>
internal sealed class SegmentCells(List<CountedPart> parts, long run) : TallyCells
{
    private readonly ConcurrentBag<KeptScratch> _scratches = [];

    public override IEnumerable<EventBatch> Batches => parts.SelectMany(p => p.Batches).Select(b => b.Batch);

    public override void Rank(TallyMeasure measure, List<long> kept, ReadOnlySpan<int> shares, Span<long> results, CancellationToken cancellationToken)
    {
        if (KeptValues.Find(run) is not { } values) throw new InvalidOperationException("the run is over");
        var flat = new List<KeptPart>(kept.Count);
        foreach (var number in kept) values.Flatten((int)number, flat);
        using var stop = cancellationToken.UnsafeRegister(static run => KeptValues.Stop((long)run!), run);
        if (!_scratches.TryTake(out var scratch)) scratch = new KeptScratch();
        try
        {
            scratch.Rank(flat, shares, results, values);
        }
        catch (OutOfMemoryException)
        {
            throw KeptRanks.OutOfMemory();
        }
        finally
        {
            _scratches.Add(scratch);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (measure.Column!.Type == ColumnType.Int64) return;
        foreach (ref var result in results) result = measure.IsExact ? BitConverter.DoubleToInt64Bits(KeptRanks.OfDecimal(result)) : KeptRanks.Ordered(result);
    }

    public override void Dispose()
    {
        foreach (var scratch in _scratches) scratch.Dispose();
        parts.ForEach(p => p.Dispose());
    }
}
