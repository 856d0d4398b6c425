using System.Text;
using Storage.DuckDb;
using Storage.DuckDb.Parquet;
using Storage.Events;
using Storage.Queries;

namespace Storage.Forms;

/// <summary>Writes one table as a Parquet file.</summary>
internal sealed class ParquetTable(Stream stream)
{
    // Numbers of the format: what columns hold.
    private const int IsOptional = 1, ConvertedText = 0, LogicalText = 1, LogicalTimestamp = 8, Nanoseconds = 3;

    private readonly ColumnChunkWriter _chunks = new(stream, new Lz4Encoder());

    public void Write(ResultTable table)
    {
        stream.Write(ParquetFooter.Magic);
        var chunks = table.RowCount == 0 ? [] : table.Columns.Select(c => Write(c)).ToArray();
        RowGroup[] groups = chunks.Length == 0 ? [] : [new RowGroup(table.RowCount, ParquetFooter.Magic.Length, chunks)];
        ParquetFooter.Write<ResultColumn>(stream, "result", table.RowCount, table.Columns, WriteColumn, groups);
    }

    private ChunkDescription Write(ResultColumn column)
    {
        var present = new byte[(column.Count + 7) / 8];
        var rows = new List<int>(column.Count);
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsNull(row)) continue;
            present[row >> 3] |= (byte)(1 << (row & 7));
            rows.Add(row);
        }

        var presence = new RowPresence(present, column.Count, rows.Count);
        var stored = new SegmentColumn(column.Name, column.Name, (StorageType)column.Type, rows.Count);
        if (rows.Count == 0) return _chunks.WriteNothing(stored, column.Count);
        if (column.Type == ColumnType.String) return WriteTexts(column, stored, presence, rows);
        var values = rows.Select(row => TableForms.Bits(column[row])).ToArray();
        return column.Type == ColumnType.Bool ? _chunks.WriteFlags(column.Name, presence, values) : _chunks.WriteNumbers(column.Name, stored.Type, presence, values);
    }

    private ChunkDescription WriteTexts(ResultColumn column, SegmentColumn stored, RowPresence presence, List<int> rows)
    {
        var lengths = rows.Select(row => (long)Encoding.UTF8.GetByteCount(column[row].AsString())).ToArray();
        var next = 0;
        return _chunks.WriteTexts(stored, presence, lengths, (page, count) =>
        {
            for (; count > 0; count--, next++) Encoding.UTF8.GetBytes(column[rows[next]].AsString(), page.Append((int)lengths[next]));
        });
    }

    private static void WriteColumn(ThriftWriter writer, ResultColumn column)
    {
        writer.Begin();
        writer.Int(1, (int)PhysicalTypes.Of(new SegmentColumn(column.Name, column.Name, (StorageType)column.Type, 0)));
        writer.Int(3, IsOptional);
        writer.Text(4, column.Name);
        if (column.Type == ColumnType.String)
        {
            writer.Int(6, ConvertedText);
            writer.Begin(10);
            writer.Begin(LogicalText);
            writer.End();
            writer.End();
        }
        else if (TableForms.IsTime(column))
        {
            writer.Begin(10);
            writer.Begin(LogicalTimestamp);
            writer.Bool(1, true);
            writer.Begin(2);
            writer.Begin(Nanoseconds);
            writer.End();
            writer.End();
            writer.End();
            writer.End();
        }

        writer.End();
    }
}
