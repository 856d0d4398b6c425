using System.Buffers.Binary;
using System.Text;
using Storage.Events;
using Storage.Queries;

namespace Storage.Forms;

/// <summary>Writes one table as an Arrow IPC stream: messages of a description, a FlatBuffer, and the columns' bytes behind it.</summary>
internal sealed class ArrowStream(Stream stream)
{
    /// <summary>Rows of a batch.</summary>
    private const int BatchRows = 4_096;

    /// <summary>Bytes of texts after which a batch ends; one row may have more.</summary>
    private const int BatchBytes = 16 << 20;

    // Numbers of the format.
    private const short Version5 = 4, DoublePrecision = 2, Nanosecond = 3;
    private const byte SchemaMessage = 1, BatchMessage = 3, IntType = 2, FloatType = 3, TextType = 5, BoolType = 6, TimestampType = 10;

    public void Write(ResultTable table)
    {
        WriteSchema(table);
        for (var row = 0; row < table.RowCount;)
        {
            var end = EndOf(table, row);
            WriteBatch(table, row, end);
            row = end;
        }

        stream.Write([255, 255, 255, 255, 0, 0, 0, 0]);
    }

    private static int EndOf(ResultTable table, int row)
    {
        long bytes = 0;
        var last = Math.Min(table.RowCount, row + BatchRows);
        while (row < last && bytes < BatchBytes)
        {
            foreach (var column in table.Columns)
                if (column.Type == ColumnType.String && !column.IsNull(row)) bytes += Encoding.UTF8.GetByteCount(column[row].AsString());
            row++;
        }

        return row;
    }

    private void WriteSchema(ResultTable table)
    {
        var buffer = new FlatBuffer();
        var fields = buffer.References([.. table.Columns.Select(c => Field(buffer, c))]);
        buffer.Begin(4);
        buffer.Reference(1, fields);
        buffer.Short(0, 0);
        WriteMessage(buffer, SchemaMessage, buffer.End(), []);
    }

    private static int Field(FlatBuffer buffer, ResultColumn column)
    {
        var name = buffer.Text(column.Name);
        var children = buffer.References([]);
        var (kind, type) = Type(buffer, column);
        buffer.Begin(7);
        buffer.Reference(0, name);
        buffer.Reference(3, type);
        buffer.Reference(5, children);
        buffer.Byte(1, 1);
        buffer.Byte(2, kind);
        return buffer.End();
    }

    private static (byte Kind, int Place) Type(FlatBuffer buffer, ResultColumn column)
    {
        if (TableForms.IsTime(column))
        {
            var zone = buffer.Text("UTC");
            buffer.Begin(2);
            buffer.Reference(1, zone);
            buffer.Short(0, Nanosecond);
            return (TimestampType, buffer.End());
        }

        buffer.Begin(2);
        switch (column.Type)
        {
            case ColumnType.Int64:
                buffer.Int(0, 64);
                buffer.Byte(1, 1);
                return (IntType, buffer.End());
            case ColumnType.Float64:
                buffer.Short(0, DoublePrecision);
                return (FloatType, buffer.End());
            default:
                return (column.Type == ColumnType.Bool ? BoolType : TextType, buffer.End());
        }
    }

    private void WriteBatch(ResultTable table, int first, int end)
    {
        var nodes = new List<(long Rows, long Missing)>();
        var parts = new List<byte[]>();
        foreach (var column in table.Columns)
        {
            var missing = Enumerable.Range(first, end - first).Count(column.IsNull);
            nodes.Add((end - first, missing));
            parts.Add(missing == 0 ? [] : Bits(first, end, row => !column.IsNull(row)));
            AddValues(parts, column, first, end);
        }

        long place = 0;
        var places = new List<(long Offset, long Length)>();
        foreach (var part in parts)
        {
            places.Add((place, part.Length));
            place += Padded(part.Length);
        }

        var buffer = new FlatBuffer();
        var buffers = buffer.Pairs(places);
        var rows = buffer.Pairs(nodes);
        buffer.Begin(3);
        buffer.Long(0, end - first);
        buffer.Reference(1, rows);
        buffer.Reference(2, buffers);
        WriteMessage(buffer, BatchMessage, buffer.End(), parts);
    }

    private static void AddValues(List<byte[]> parts, ResultColumn column, int first, int end)
    {
        switch (column.Type)
        {
            case ColumnType.Bool:
                parts.Add(Bits(first, end, row => !column.IsNull(row) && column[row].AsBool()));
                break;
            case ColumnType.String:
                AddTexts(parts, column, first, end);
                break;
            default:
                var numbers = new byte[(end - first) * sizeof(long)];
                for (var row = first; row < end; row++) BinaryPrimitives.WriteInt64LittleEndian(numbers.AsSpan((row - first) * sizeof(long)), TableForms.Bits(column[row]));
                parts.Add(numbers);
                break;
        }
    }

    private static void AddTexts(List<byte[]> parts, ResultColumn column, int first, int end)
    {
        var ends = new byte[(end - first + 1) * sizeof(int)];
        using var texts = new MemoryStream();
        for (var row = first; row < end; row++)
        {
            if (!column.IsNull(row)) texts.Write(Encoding.UTF8.GetBytes(column[row].AsString()));
            BinaryPrimitives.WriteInt32LittleEndian(ends.AsSpan((row - first + 1) * sizeof(int)), checked((int)texts.Length));
        }

        parts.Add(ends);
        parts.Add(texts.ToArray());
    }

    private static byte[] Bits(int first, int end, Func<int, bool> isSet)
    {
        var bits = new byte[(end - first + 7) / 8];
        for (var row = first; row < end; row++)
            if (isSet(row)) bits[(row - first) >> 3] |= (byte)(1 << ((row - first) & 7));
        return bits;
    }

    private void WriteMessage(FlatBuffer buffer, byte kind, int header, List<byte[]> body)
    {
        buffer.Begin(4);
        buffer.Long(3, body.Sum(part => (long)Padded(part.Length)));
        buffer.Reference(2, header);
        buffer.Short(0, Version5);
        buffer.Byte(1, kind);
        var description = buffer.Finish(buffer.End());
        var head = new byte[8];
        head.AsSpan(0, 4).Fill(255);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), Padded(description.Length));
        stream.Write(head);
        WritePadded(description);
        foreach (var part in body) WritePadded(part);
    }

    private void WritePadded(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        stream.Write(stackalloc byte[Padded(bytes.Length) - bytes.Length]);
    }

    /// <summary>Everything begins at a multiple of eight.</summary>
    private static int Padded(int length) => (length + 7) & ~7;
}
