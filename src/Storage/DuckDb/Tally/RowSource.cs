using Storage.DuckDb.Parquet;

namespace Storage.DuckDb.Tally;

/// <summary>Rows that are counted together, and where their values are: a row group of a segment, or some batches in memory.</summary>
internal abstract class RowSource
{
    /// <summary>How many there are.</summary>
    public abstract int Count { get; }

    /// <summary>The least and the greatest time.</summary>
    public abstract (long Least, long Most) TimeRange { get; }

    /// <summary>Opens a column of theirs. The caller disposes it.</summary>
    public abstract IColumnValues Open(SegmentColumn column);

    /// <summary>Reads the numbers of events.</summary>
    /// <param name="rows">Which of them, ascending; null for all.</param>
    /// <param name="target">Takes one for each.</param>
    public abstract void ReadSeqs(int[]? rows, long[] target);

    /// <summary>By what those of them are known for which a test is true; null when they are not to be kept.</summary>
    public abstract RowsKey? KeyOf(RowTest test);
}

/// <summary>A row group of a segment.</summary>
/// <param name="segment">The segment.</param>
/// <param name="reader">Reads its file.</param>
/// <param name="group">Which row group.</param>
internal sealed class SegmentRows(Segment segment, SegmentReader reader, int group) : RowSource
{
    public override int Count { get; } = (int)(reader.Layout.FirstRows[group + 1] - reader.Layout.FirstRows[group]);

    public override (long Least, long Most) TimeRange => reader.Layout.Times[group];

    public override IColumnValues Open(SegmentColumn column) => reader.Chunk(group, reader.Column(column.StoredAs, PhysicalTypes.Of(column)));

    public override void ReadSeqs(int[]? rows, long[] target)
    {
        using var chunk = reader.Chunk(group, reader.Column(RelationText.SeqColumn, PhysicalType.Int64));
        if ((rows is null ? chunk.Numbers(target, Count) : chunk.Numbers(rows, target)) is not null) throw new InvalidDataException("events lack a number");
    }

    public override RowsKey? KeyOf(RowTest test) => test.KeyIn(segment, group);
}
