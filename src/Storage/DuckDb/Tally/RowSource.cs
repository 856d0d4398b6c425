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

/// <summary>The values of a column in some rows. Whatever cannot be read throws one of <see cref="ChunkReader.IsUnreadable"/>, and the engine counts.</summary>
internal interface IColumnValues : IDisposable
{
    /// <summary>Reads a number or truth for each row.</summary>
    /// <param name="target">Takes one for each row, as it is stored, and 0 for a row without a value.</param>
    /// <param name="rows">How many rows there are.</param>
    /// <returns>Of each row a bit that says whether it has a value, from the shared pool; null when all have.</returns>
    byte[]? Numbers(long[] target, int rows);

    /// <summary>Reads a number or truth for each of some rows.</summary>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="target">Takes one for each, as it is stored, and 0 for a row without a value.</param>
    /// <returns>Of each of the rows a bit that says whether it has a value; null when all have.</returns>
    byte[]? Numbers(int[] rows, long[] target);

    /// <summary>Reads a code for each row: 0 where it has no value, else one more than the place of its value.</summary>
    /// <param name="target">Takes one for each row.</param>
    /// <returns>The values, in their places.</returns>
    CodeBook Codes(int[] target);

    /// <summary>Reads a code for each of some rows: 0 where it has no value, else one more than the place of its value.</summary>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="target">Takes one for each.</param>
    /// <returns>The values that occur, in their places.</returns>
    CodeBook Codes(int[] rows, int[] target);

    /// <summary>Of each row a bit that says whether it has a value, from the shared pool; null when all have.</summary>
    /// <param name="rows">How many rows there are.</param>
    byte[]? Presence(int rows);

    /// <summary>The rows that have a value which may pass a test, ascending.</summary>
    List<int> Find(RowTest test);

    /// <summary>Those of some rows that have a value which may pass a test.</summary>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="test">The test.</param>
    List<int> Keep(List<int> rows, RowTest test);
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
