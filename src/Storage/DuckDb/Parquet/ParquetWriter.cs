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

    private readonly SegmentFooter _footer;
    private readonly List<RowGroup> _groups = [];
    private readonly SealedChunks _chunks;
    private readonly ChunkSource _source = new();
    private readonly int[] _places;
    private readonly List<(BatchColumn Column, int Piece)>[] _found;
    private readonly List<RowPiece> _pieces = [];

    /// <summary>Texts that were made for the column at hand.</summary>
    private readonly List<EventBatch> _made = [];
    private long[] _numbers = [];
    private long _position = ParquetFooter.Magic.Length;

    private ParquetWriter(Stream file, SealedPart part, SegmentFooter footer)
    {
        _footer = footer;
        _chunks = new SealedChunks(new ColumnChunkWriter(file, new Lz4Encoder()));
        _places = part.PlacesIn(footer.Columns);
        _found = [.. footer.Columns.Select(_ => new List<(BatchColumn, int)>())];
    }

    /// <summary>True when no text has to be made of an id.</summary>
    public static bool CanWrite(SealedPart part, SegmentFooter footer)
    {
        var types = footer.Columns.ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
        return part.Stored.All(c => !types.TryGetValue(c.Name, out var type) || type == c.Type || (type == StorageType.Float64 && c.Type == StorageType.Int64) || (type == StorageType.String && c.Type != StorageType.Id));
    }

    /// <summary>Writes the file but does not sync it.</summary>
    /// <param name="file">An empty file.</param>
    /// <param name="part">The events; whoever calls holds their batches.</param>
    /// <param name="footer">What the file says of itself: its columns, and the events that it must have.</param>
    /// <param name="pace">Of the writing, a step a column.</param>
    public static void Write(Stream file, SealedPart part, SegmentFooter footer, WorkPace pace)
    {
        var writer = new ParquetWriter(file, part, footer);
        file.Write(ParquetFooter.Magic);
        writer.WriteGroups(part, pace);
        var rows = writer._groups.Sum(g => (long)g.Rows);
        if (rows != footer.Events) throw new InvalidOperationException($"a segment of {footer.Events} events was written with {rows}");
        ParquetFooter.Write(file, footer, writer._groups);
    }

    private void WriteGroups(SealedPart part, WorkPace pace)
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
                WriteGroup(rows, pace);
                rows = 0;
            }
        }

        if (rows > 0) WriteGroup(rows, pace);
    }

    private void WriteGroup(int rows, WorkPace pace)
    {
        FindColumns(rows);
        var chunks = new ChunkDescription[_footer.Columns.Length + 1];
        _source.Start(rows);
        _source.AddAll();
        chunks[0] = _chunks.WriteSequence(_source, _numbers.AsSpan(0, rows));
        for (var i = 0; i < _found.Length; i++)
        {
            pace.Step();
            _source.Start(rows);
            Collect(_found[i], _footer.Columns[i].Type == StorageType.String);
            chunks[i + 1] = _chunks.Write(_footer.Columns[i], _source);
            _found[i].Clear();
            foreach (var batch in _made) batch.Dispose();
            _made.Clear();
        }

        _groups.Add(new RowGroup(rows, _position, chunks));
        _position += chunks.Sum(c => (long)c.Bytes);
        _pieces.Clear();
    }

    private void Collect(List<(BatchColumn Column, int Piece)> found, bool isText)
    {
        for (var i = 0; i < found.Count;)
        {
            var (column, piece) = found[i];
            var end = i + 1;
            while (end < found.Count && found[end].Piece == piece) end++;
            if (isText && (column.Type != StorageType.String || end > i + 1)) AddAsTexts([.. found[i..end].Select(f => f.Column)], _pieces[piece]);
            // One batch may have a name as whole numbers and as fractions, on different events.
            else if (end > i + 1) _source.Add(column, found[i + 1].Column, _pieces[piece]);
            else _source.Add(column, _pieces[piece]);
            i = end;
        }
    }

    private void AddAsTexts(BatchColumn[] columns, RowPiece piece)
    {
        var texts = MixedColumn.AsTexts(columns, piece.Hot.Batch.Count);
        _made.Add(texts);
        _source.Add(texts.Columns[0], piece);
    }

    private void FindColumns(int rows)
    {
        if (_numbers.Length < rows) _numbers = new long[rows];
        for (var i = 0; i < _pieces.Count; i++)
        {
            var piece = _pieces[i];
            for (var c = 0; c < piece.Hot.Columns.Length; c++)
                if (_places[piece.Hot.Columns[c]] is var place and >= 0) _found[place].Add((piece.Hot.Batch.Columns[c], i));
            for (var row = 0; row < piece.Rows; row++)
            {
                var target = piece.Targets is { } targets ? targets[piece.FirstRow + row] : piece.Base + row;
                if (target >= 0) _numbers[target] = piece.Hot.FirstSeq + piece.FirstRow + row;
            }
        }
    }
}
