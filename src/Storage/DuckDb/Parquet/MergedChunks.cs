using Storage.DuckDb.Catalog;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Gathers the values of one row group of a merged segment, column by column, and writes them. Texts of dictionaries stay numbers on the way.
/// Its buffers are kept for the next one. Not thread-safe.
/// </summary>
/// <param name="writer">Writes them.</param>
/// <param name="statistics">Is told the traces of each row group.</param>
internal sealed class MergedChunks(ColumnChunkWriter writer, StatisticsBuilder statistics)
{
    private readonly RowBits _present = new();
    private readonly TextDictionary _texts = new();
    private readonly List<(int Group, int Row, int First, int Count)> _pieces = [];
    private long[] _numbers = [];
    private int[] _indexes = [];
    private int _chunk;

    /// <summary>Writes a column of a row group.</summary>
    /// <param name="column">The column.</param>
    /// <param name="source">Its values in the segments that are merged.</param>
    /// <param name="runs">The rows of the row group.</param>
    public ChunkDescription Write(SegmentColumn column, MergeColumn source, RowRun[] runs)
    {
        var rows = runs.Sum(r => r.Count);
        if (_numbers.Length < rows) (_numbers, _indexes) = (new long[rows], new int[rows]);
        _chunk++;
        var isText = column.Type is StorageType.String or StorageType.Id;
        var values = Gather(source, runs, rows, isText);
        if (column is { Name: WellKnownColumns.TraceId } && isText) statistics.Traces.Begin(rows);
        if (values == 0) return writer.WriteNothing(column, rows);
        if (isText) return WriteTexts(column, source, rows, values);
        var present = new RowPresence(_present.Bits, rows, values);
        return column.Type == StorageType.Bool
            ? writer.WriteFlags(column.StoredAs, present, _numbers.AsSpan(0, values))
            : writer.WriteNumbers(column.StoredAs, column.IsScaled ? StorageType.Int64 : column.Type, present, _numbers.AsSpan(0, values));
    }

    /// <summary>Finds which rows have a value, and where: the numbers themselves, or the pieces of pages that have the texts.</summary>
    private int Gather(MergeColumn source, RowRun[] runs, int rows, bool isText)
    {
        _present.Start(rows);
        _pieces.Clear();
        var values = 0;
        foreach (var run in runs)
        {
            for (int row = run.Row, end = run.Row + run.Count; row < end;)
            {
                if (source.PageAt(run.Group, row) is not { } page)
                {
                    _present.Append(false, end - row);
                    break;
                }

                var until = Math.Min(end, page.EndRow);
                page.AppendPresence(row, until - row, _present);
                if (page.Values > 0)
                {
                    var first = page.RankOf(row);
                    var count = page.RankOf(until) - first;
                    if (isText) AddPiece(run.Group, row, first, count);
                    else page.Numbers.AsSpan(first, count).CopyTo(_numbers.AsSpan(values));
                    values += count;
                }

                row = until;
            }
        }

        return values;
    }

    private void AddPiece(int group, int row, int first, int count)
    {
        if (count > 0) _pieces.Add((group, row, first, count));
    }

    private ChunkDescription WriteTexts(SegmentColumn column, MergeColumn source, int rows, int values)
    {
        var present = new RowPresence(_present.Bits, rows, values);
        var isTrace = column.Name == WellKnownColumns.TraceId;
        if (TryFillDictionary(source, values))
        {
            if (isTrace) for (var i = 0; i < _texts.Count; i++) statistics.Traces.Add(_texts[i], column.Type);
            return writer.WriteTexts(column, present, _texts, _indexes.AsSpan(0, values));
        }

        var lengths = _numbers.AsSpan(0, values);
        var done = 0;
        foreach (var (group, row, first, count) in _pieces)
        {
            var page = source.PageAt(group, row)!;
            for (var i = first; i < first + count; i++)
            {
                var text = Text(source, group, page, i);
                lengths[done++] = text.Length;
                if (isTrace) statistics.Traces.Add(text, column.Type);
            }
        }

        return writer.WriteTexts(column, present, lengths, new TextCursor(source, _pieces).CopyTo);
    }

    private static ReadOnlySpan<byte> Text(MergeColumn source, int group, DecodedPage page, int value) =>
        page.Codes.Length > 0 ? source.Chunk(group)!.Entry(page.Codes[value]) : page.Text(value);

    private bool TryFillDictionary(MergeColumn source, int values)
    {
        _texts.Start(values);
        var done = 0;
        foreach (var (group, row, first, count) in _pieces)
        {
            var page = source.PageAt(group, row)!;
            var target = _indexes.AsSpan(done, count);
            if (page.Codes.Length > 0 ? !TryTranslate(source.Chunk(group)!, page.Codes.AsSpan(first, count), target, done) : !TryPlace(page, first, target, done)) return false;
            done += count;
        }

        return true;
    }

    private bool TryPlace(DecodedPage page, int first, Span<int> target, int before)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = _texts.Place(page.Text(first + i), before + i);
            if (target[i] < 0) return false;
        }

        return true;
    }

    /// <summary>Places in the dictionary of a source become places in the new one: each text is looked up once.</summary>
    private bool TryTranslate(ChunkPages chunk, ReadOnlySpan<int> codes, Span<int> target, int before)
    {
        if (chunk.MarkedFor != _chunk)
        {
            Array.Clear(chunk.Marks);
            chunk.MarkedFor = _chunk;
        }

        var marks = chunk.Marks;
        for (var i = 0; i < codes.Length; i++)
        {
            var mark = marks[codes[i]];
            if (mark == 0)
            {
                var place = _texts.Place(chunk.Entry(codes[i]), before + i);
                if (place < 0) return false;
                marks[codes[i]] = mark = place + 1;
            }

            target[i] = mark - 1;
        }

        return true;
    }

    /// <summary>Walks over the texts of pieces in their order.</summary>
    private sealed class TextCursor(MergeColumn source, List<(int Group, int Row, int First, int Count)> pieces)
    {
        private int _piece;
        private int _next;

        public void CopyTo(ByteBuffer target, int count)
        {
            while (count > 0)
            {
                var (group, row, first, all) = pieces[_piece];
                var page = source.PageAt(group, row)!;
                var step = Math.Min(count, all - _next);
                var start = first + _next;
                if (page.Codes.Length == 0) target.Append(page.Texts.AsSpan(page.Starts[start]..page.Starts[start + step]));
                else for (var i = start; i < start + step; i++) target.Append(source.Chunk(group)!.Entry(page.Codes[i]));
                count -= step;
                _next += step;
                if (_next == all) (_piece, _next) = (_piece + 1, 0);
            }
        }
    }
}
