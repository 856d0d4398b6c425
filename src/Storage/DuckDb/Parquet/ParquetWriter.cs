using System.Collections.Immutable;
using System.Text;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Writes the events of hot batches into a Parquet file straight from their column buffers. Missing values and equal texts are runs and
/// places there already; that is why this costs a fraction of handing every value to the engine. Holds one column of one row group at a time.
/// </summary>
internal sealed class ParquetWriter
{
    /// <summary>Rows of a row group: what the engine's vectors, statistics and threads are made for.</summary>
    public const int RowGroupRows = 122_880;

    // How older readers are told what a column holds, by the numbers of the format.
    private const int ConvertedText = 0;
    private const int ConvertedDecimal = 5;
    private const int ConvertedInt64 = 18;

    private static readonly byte[] Magic = [.. "PAR1"u8];

    private readonly Stream _file;
    private readonly SegmentFooter _footer;
    private readonly ByteBuffer _groups = new();
    private readonly ThriftWriter _groupWriter;
    private readonly ColumnChunkWriter _chunks;
    private readonly ChunkSource _source = new();
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly List<(BatchColumn Column, int Piece)>[] _found;
    private readonly List<RowPiece> _pieces = [];
    private long[] _numbers = [];
    private int _groupCount;
    private long _rowCount;

    private ParquetWriter(Stream file, SegmentFooter footer)
    {
        _file = file;
        _footer = footer;
        _groupWriter = new ThriftWriter(_groups);
        _chunks = new ColumnChunkWriter(file, _groupWriter);
        for (var i = 0; i < footer.Columns.Length; i++) _columns.Add(footer.Columns[i].Name, i);
        _found = [.. footer.Columns.Select(_ => new List<(BatchColumn, int)>())];
    }

    /// <summary>True when no value of the part has to be made another kind of value than a number.</summary>
    public static bool CanWrite(SealedPart part, SegmentFooter footer)
    {
        var types = footer.Columns.ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
        return part.Stored.All(c => !types.TryGetValue(c.Name, out var type) || type == c.Type || (type == StorageType.Float64 && c.Type == StorageType.Int64));
    }

    /// <summary>Writes the file but does not sync it.</summary>
    /// <param name="file">An empty file.</param>
    /// <param name="part">The events; whoever calls holds their batches.</param>
    /// <param name="footer">What the file says of itself: its columns, and the events that it must have.</param>
    /// <param name="cancellationToken">Stops the writing between two columns.</param>
    public static void Write(Stream file, SealedPart part, SegmentFooter footer, CancellationToken cancellationToken)
    {
        var writer = new ParquetWriter(file, footer);
        file.Write(Magic);
        writer._chunks.Position = Magic.Length;
        writer.WriteGroups(part, cancellationToken);
        if (writer._rowCount != footer.Events) throw new InvalidOperationException($"a segment of {footer.Events} events was written with {writer._rowCount}");
        writer.WriteFooter();
    }

    private void WriteGroups(SealedPart part, CancellationToken cancellationToken)
    {
        var rows = 0;
        foreach (var hot in part.Batches)
        {
            var kinds = part.IsMixed && Signals.Of(hot.Batch) is null ? Signals.OfEach(hot.Batch) : null;
            for (var row = 0; row < hot.Batch.Count;)
            {
                var (first, start) = (row, rows);
                int[]? targets = null;
                if (kinds is null)
                {
                    var step = Math.Min(RowGroupRows - rows, hot.Batch.Count - row);
                    row += step;
                    rows += step;
                }
                else
                {
                    targets = new int[hot.Batch.Count];
                    for (; row < targets.Length && rows < RowGroupRows; row++) targets[row] = kinds[row] == part.Signal ? rows++ : -1;
                }

                if (rows > start) _pieces.Add(new RowPiece(hot, first, row - first, start, targets));
                if (rows < RowGroupRows) continue;
                WriteGroup(rows, cancellationToken);
                rows = 0;
            }
        }

        if (rows > 0) WriteGroup(rows, cancellationToken);
    }

    private void WriteGroup(int rows, CancellationToken cancellationToken)
    {
        FindColumns(rows);
        var (start, plain) = (_chunks.Position, _chunks.PlainBytes);
        _groupWriter.Begin();
        _groupWriter.List(1, ThriftWriter.Struct, _footer.Columns.Length + 1);
        _source.Start(rows);
        _source.AddAll();
        _chunks.WriteSequence(RelationText.SeqColumn, _source, _numbers.AsSpan(0, rows));
        for (var i = 0; i < _found.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _source.Start(rows);
            Collect(_found[i]);
            _chunks.Write(_footer.Columns[i], _source);
            _found[i].Clear();
        }

        _groupWriter.Long(2, _chunks.PlainBytes - plain);
        _groupWriter.Long(3, rows);
        _groupWriter.Long(5, start);
        _groupWriter.Long(6, _chunks.Position - start);
        _groupWriter.End();
        _pieces.Clear();
        _groupCount++;
        _rowCount += rows;
    }

    private void Collect(List<(BatchColumn Column, int Piece)> found)
    {
        for (var i = 0; i < found.Count; i++)
        {
            var (column, piece) = found[i];
            // One batch may have a name as whole numbers and as fractions, on different events.
            if (i + 1 < found.Count && found[i + 1].Piece == piece) _source.Add(column, found[++i].Column, _pieces[piece]);
            else _source.Add(column, _pieces[piece]);
        }
    }

    private void FindColumns(int rows)
    {
        if (_numbers.Length < rows) _numbers = new long[rows];
        for (var i = 0; i < _pieces.Count; i++)
        {
            var piece = _pieces[i];
            foreach (var column in piece.Hot.Batch.Columns)
                if (column.ValueCount > 0 && _columns.TryGetValue(column.Name, out var index)) _found[index].Add((column, i));
            for (var row = 0; row < piece.Rows; row++)
            {
                var target = piece.Targets is { } targets ? targets[piece.FirstRow + row] : piece.Base + row;
                if (target >= 0) _numbers[target] = piece.Hot.FirstSeq + piece.FirstRow + row;
            }
        }
    }

    private void WriteFooter()
    {
        var bytes = new ByteBuffer();
        var writer = new ThriftWriter(bytes);
        writer.Begin();
        writer.Int(1, 2);
        writer.List(2, ThriftWriter.Struct, _footer.Columns.Length + 2);
        writer.Begin();
        writer.Int(3, 0);
        writer.Text(4, "events");
        writer.Int(5, _footer.Columns.Length + 1);
        writer.End();
        WriteColumn(writer, new SegmentColumn(RelationText.SeqColumn, RelationText.SeqColumn, StorageType.Int64, _rowCount));
        foreach (var column in _footer.Columns) WriteColumn(writer, column);
        writer.Long(3, _rowCount);
        writer.List(4, ThriftWriter.Struct, _groupCount);
        bytes.Append(_groups.Written);
        writer.List(5, ThriftWriter.Struct, 1);
        writer.Begin();
        writer.Text(1, SegmentFooter.Key);
        writer.Text(2, _footer.ToJson());
        writer.End();
        writer.Text(6, "Explorer");
        writer.List(7, ThriftWriter.Struct, _footer.Columns.Length + 1);
        for (var i = 0; i <= _footer.Columns.Length; i++)
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
        _file.Write(bytes.Written);
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
