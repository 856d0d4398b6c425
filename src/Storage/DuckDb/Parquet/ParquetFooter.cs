using System.Text;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>A row group that was written: its chunks lie one after another.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Offset">Where its first chunk is.</param>
/// <param name="Chunks">One for each column of the file.</param>
internal sealed record RowGroup(int Rows, long Offset, ChunkDescription[] Chunks);

/// <summary>Writes the end of a Parquet file: its columns, where their values are, and what the segment says of itself.</summary>
internal static class ParquetFooter
{
    /// <summary>What a file begins and ends with.</summary>
    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    // How older readers are told what a column holds, by the numbers of the format.
    private const int ConvertedText = 0;
    private const int ConvertedDecimal = 5;
    private const int ConvertedInt64 = 18;

    /// <summary>The column that holds the events' numbers, which is the first of every file.</summary>
    public static SegmentColumn Sequence(long events) => new(RelationText.SeqColumn, RelationText.SeqColumn, StorageType.Int64, events);

    /// <summary>Writes the end of a segment.</summary>
    /// <param name="file">The file behind its last row group.</param>
    /// <param name="footer">What the segment says of itself.</param>
    /// <param name="groups">The row groups.</param>
    public static void Write(Stream file, SegmentFooter footer, IReadOnlyList<RowGroup> groups) =>
        Write<SegmentColumn>(file, "events", footer.Events, [Sequence(footer.Events), .. footer.Columns], WriteColumn, groups, footer);

    /// <summary>Writes the end of any file.</summary>
    /// <param name="file">The file behind its last row group.</param>
    /// <param name="name">What its rows are.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="writeColumn">Writes the schema of a column.</param>
    /// <param name="groups">The row groups.</param>
    /// <param name="segment">What a segment says of itself; null for another file.</param>
    public static void Write<T>(
        Stream file, string name, long rows, IReadOnlyList<T> columns, Action<ThriftWriter, T> writeColumn, IReadOnlyList<RowGroup> groups, SegmentFooter? segment = null)
    {
        if (segment is not null) PlaceDirectory.Write(file, groups);
        var bytes = new ByteBuffer();
        var writer = new ThriftWriter(bytes);
        writer.Begin();
        writer.Int(1, 2);
        writer.List(2, ThriftWriter.Struct, columns.Count + 1);
        writer.Begin();
        writer.Int(3, 0);
        writer.Text(4, name);
        writer.Int(5, columns.Count);
        writer.End();
        foreach (var column in columns) writeColumn(writer, column);
        writer.Long(3, rows);
        writer.List(4, ThriftWriter.Struct, groups.Count);
        foreach (var group in groups) WriteGroup(writer, group);
        if (segment is not null)
        {
            writer.List(5, ThriftWriter.Struct, 1);
            writer.Begin();
            writer.Text(1, SegmentFooter.Key);
            writer.Text(2, segment.ToJson());
            writer.End();
        }

        writer.Text(6, "Explorer");
        writer.List(7, ThriftWriter.Struct, columns.Count);
        for (var i = 0; i < columns.Count; i++)
        {
            // Ranges are in the order of the column's type.
            writer.Begin();
            writer.Begin(1);
            writer.End();
            writer.End();
        }

        writer.End();
        bytes.AppendInt32(bytes.Length);
        bytes.Append(Magic);
        file.Write(bytes.Written);
    }

    private static void WriteGroup(ThriftWriter writer, RowGroup group)
    {
        writer.Begin();
        writer.List(1, ThriftWriter.Struct, group.Chunks.Length);
        var offset = group.Offset;
        foreach (var chunk in group.Chunks)
        {
            chunk.WriteTo(writer, offset);
            offset += chunk.Bytes;
        }

        writer.Long(2, group.Chunks.Sum(c => c.PlainBytes));
        writer.Long(3, group.Rows);
        writer.Long(5, group.Offset);
        writer.Long(6, offset - group.Offset);
        writer.End();
    }

    private static void WriteColumn(ThriftWriter writer, SegmentColumn column)
    {
        const int IsOptional = 1;
        writer.Begin();
        writer.Int(1, (int)PhysicalTypes.Of(column));
        writer.Int(3, IsOptional);
        writer.Bytes(4, Encoding.UTF8.GetBytes(column.StoredAs));
        if (column.IsScaled) WriteDecimal(writer);
        else if (column.Type == StorageType.String) WriteText(writer);
        else if (column.Type == StorageType.Int64) writer.Int(6, ConvertedInt64);
        writer.End();
    }

    private static void WriteText(ThriftWriter writer)
    {
        writer.Int(6, ConvertedText);
        writer.Begin(10);
        writer.Begin(1);
        writer.End();
        writer.End();
    }

    private static void WriteDecimal(ThriftWriter writer)
    {
        writer.Int(6, ConvertedDecimal);
        writer.Int(7, 6);
        writer.Int(8, 18);
        writer.Begin(10);
        writer.Begin(5);
        writer.Int(1, 6);
        writer.Int(2, 18);
        writer.End();
        writer.End();
    }
}
