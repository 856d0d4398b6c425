using System.Collections.Immutable;
using Storage.DuckDb.Parquet;

namespace Storage.DuckDb.Tally;

/// <summary>The events of some batches in memory, numbered one batch after the other.</summary>
internal sealed class HotRows : RowSource
{
    private readonly HotPart _part;

    /// <param name="part">What they are of.</param>
    /// <param name="batches">At least one.</param>
    public HotRows(HotPart part, ImmutableArray<HotBatch> batches)
    {
        (_part, Batches) = (part, batches);
        var firstRows = new int[batches.Length + 1];
        for (var i = 0; i < batches.Length; i++) firstRows[i + 1] = checked(firstRows[i] + batches[i].Batch.Count);
        FirstRows = firstRows;
        TimeRange = (batches.Min(b => b.Batch.MinTimeUnixNs), batches.Max(b => b.Batch.MaxTimeUnixNs));
    }

    public ImmutableArray<HotBatch> Batches { get; }

    /// <summary>Where each batch begins, and the end.</summary>
    public int[] FirstRows { get; }

    public override int Count => FirstRows[^1];

    public override (long Least, long Most) TimeRange { get; }

    public override IColumnValues Open(SegmentColumn column) => new HotValues(this, column, _part.NumberOf(column));

    public override void ReadSeqs(int[]? rows, long[] target)
    {
        var batch = 0;
        for (var i = 0; i < (rows?.Length ?? Count); i++)
        {
            var row = rows is null ? i : rows[i];
            while (row >= FirstRows[batch + 1]) batch++;
            target[i] = Batches[batch].FirstSeq + row - FirstRows[batch];
        }
    }

    /// <summary>They are soon sealed, and nothing is kept of them.</summary>
    public override RowsKey? KeyOf(RowTest test) => null;
}
