using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Reads many rows out of one column of one row group as codes: the stretches in which they lie are decompressed, and gone through once. Whatever is not as our
/// own files are throws one of <see cref="ChunkReader.IsUnreadable"/>.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="column">The column.</param>
/// <param name="chunk">Where it is.</param>
/// <param name="places">Where its values are.</param>
internal sealed class StretchReader(SafeFileHandle file, ParquetColumn column, ColumnChunk chunk, ChunkPlaces places) : IDisposable
{
    private readonly SparsePage? _dictionary = places.Dictionary is { } page ? new SparsePage(file, chunk, page) : null;

    /// <summary>Of each entry of the dictionary its code, less one; 0 while it was not asked for.</summary>
    private readonly int[] _known = new int[places.Dictionary is null ? 0 : places.Entries];

    private EntryTexts? _texts;

    public void Dispose() => _dictionary?.Dispose();

    /// <summary>Adds the values at rows to a column of codes, one for each, in their order.</summary>
    /// <param name="rows">Rows of the group, ascending.</param>
    /// <param name="target">Takes them.</param>
    public void Read(int[] rows, CodedValues target)
    {
        var (ranks, which, codes) = (ArrayPool<int>.Shared.Rent(rows.Length), ArrayPool<int>.Shared.Rent(rows.Length), ArrayPool<int>.Shared.Rent(rows.Length));
        var next = 0;
        foreach (var values in places.Pages)
        {
            var first = next;
            while (next < rows.Length && rows[next] < values.FirstRow + values.Rows) next++;
            if (next == first) continue;
            if (values.Values == 0)
            {
                target.AddMissing(next - first);
                continue;
            }

            using var bytes = new SparsePage(file, chunk, values.Page);
            var found = Ranks(values, bytes, rows.AsSpan(first, next - first), ranks, which);
            if (found > 0) Codes(values, bytes, ranks.AsSpan(0, found), codes.AsSpan(0, found), target);
            target.Add(codes.AsSpan(0, found), which.AsSpan(0, found), next - first);
        }

        if (next < rows.Length) throw PlaceReader.Damaged();
        ArrayPool<int>.Shared.Return(ranks);
        ArrayPool<int>.Shared.Return(which);
        ArrayPool<int>.Shared.Return(codes);
    }

    /// <summary>The places of rows' values among those of the page, and which of the rows have one. Returns how many do.</summary>
    private int Ranks(PlacedValues values, SparsePage page, ReadOnlySpan<int> rows, int[] ranks, int[] which)
    {
        if (!column.IsOptional || values.Values == values.Rows)
        {
            for (var i = 0; i < rows.Length; i++) (ranks[i], which[i]) = (rows[i] - values.FirstRow, i);
            return rows.Length;
        }

        var (from, end, mark) = PlaceReader.Stretch(values.Levels, rows[0] - values.FirstRow, rows[^1] - values.FirstRow, values.ValuesAt - sizeof(int));
        var runs = new HybridRuns(page.Get(sizeof(int) + from, end - from), 1, mark.Index);
        var (found, before) = (0, (int)mark.Value);
        runs.Next();
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i] - values.FirstRow;
            for (; runs.End <= row; runs.Next()) before += PlaceReader.Ones(runs, runs.Length);
            if (runs.At(row) == 0) continue;
            (ranks[found], which[found]) = (before + PlaceReader.Ones(runs, row - runs.Start), i);
            found++;
        }

        return found;
    }

    private void Codes(PlacedValues values, SparsePage page, ReadOnlySpan<int> ranks, Span<int> codes, CodedValues target)
    {
        switch (values.Encoding)
        {
            case PageEncoding.Dictionary when _dictionary is not null:
                Entries(values, page, ranks, codes);
                for (var i = 0; i < codes.Length; i++) codes[i] = _known[codes[i]] is not 0 and var known ? known - 1 : CodeOfEntry(codes[i], target);
                break;
            case PageEncoding.Plain when column.Type == PhysicalType.Boolean:
                for (var i = 0; i < ranks.Length; i++) codes[i] = target.CodeOf(page.Get(values.ValuesAt + (ranks[i] >> 3), 1)[0] >> (ranks[i] & 7) & 1);
                break;
            case PageEncoding.Plain when column.Type != PhysicalType.ByteArray:
                for (var i = 0; i < ranks.Length; i++) codes[i] = target.CodeOf(BinaryPrimitives.ReadInt64LittleEndian(page.Get(values.ValuesAt + ranks[i] * sizeof(long), sizeof(long))));
                break;
            case PageEncoding.DeltaBinaryPacked or PageEncoding.DeltaLengthByteArray:
                Differences(values, page, ranks, codes, target);
                break;
            default:
                throw PlaceReader.Damaged();
        }
    }

    /// <summary>The places of values in the dictionary.</summary>
    private void Entries(PlacedValues values, SparsePage page, ReadOnlySpan<int> ranks, Span<int> entries)
    {
        var (start, width) = (values.ValuesAt + 1, page.Get(values.ValuesAt, 1)[0]);
        var (from, end, mark) = PlaceReader.Stretch(values.Marks, ranks[0], ranks[^1], values.Page.PlainBytes - start);
        var runs = new HybridRuns(page.Get(start + from, end - from), width, mark.Index);
        for (var i = 0; i < ranks.Length;)
        {
            while (runs.End <= ranks[i]) runs.Next();
            // Events of a trace have much in common, and lie together.
            do
            {
                var entry = runs.At(ranks[i]);
                entries[i++] = entry < (ulong)places.Entries ? (int)entry : throw PlaceReader.Damaged();
            }
            while (i < ranks.Length && ranks[i] < runs.End);
        }
    }

    private int CodeOfEntry(int entry, CodedValues target)
    {
        var code = column.Type == PhysicalType.ByteArray
            ? target.CodeOf((_texts ??= new EntryTexts(places, _dictionary!))[entry])
            : target.CodeOf(BinaryPrimitives.ReadInt64LittleEndian(_dictionary!.Get(checked(entry * sizeof(long)), sizeof(long))));
        _known[entry] = code + 1;
        return code;
    }

    private void Differences(PlacedValues values, SparsePage page, ReadOnlySpan<int> ranks, Span<int> codes, CodedValues target)
    {
        var isText = column.Type == PhysicalType.ByteArray;
        if (isText != (values.Encoding == PageEncoding.DeltaLengthByteArray)) throw PlaceReader.Damaged();
        var integers = PlaceReader.Differences(values, page, ranks[0], ranks[^1]);
        for (var i = 0; i < ranks.Length; i++)
        {
            integers.MoveTo(ranks[i]);
            codes[i] = isText
                ? target.CodeOf(page.Get(checked(values.TextsAt + (int)integers.Sum), checked((int)integers.Value)))
                : target.CodeOf(integers.Value);
        }
    }
}
