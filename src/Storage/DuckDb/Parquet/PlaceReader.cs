using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Reads single values out of one column of one row group from the nearest place before each: some kilobytes of a page of a megabyte. Whatever is not as our
/// own files are throws one of <see cref="ChunkReader.IsUnreadable"/>.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="column">The column.</param>
/// <param name="chunk">Where it is.</param>
/// <param name="places">Where its values are.</param>
internal sealed class PlaceReader(SafeFileHandle file, ParquetColumn column, ColumnChunk chunk, ChunkPlaces places) : IDisposable
{
    private readonly SparsePage? _dictionary = places.Dictionary is { } page ? new SparsePage(file, chunk, page) : null;
    private EntryTexts? _texts;

    public void Dispose() => _dictionary?.Dispose();

    /// <summary>Reads the values at rows into a column.</summary>
    /// <param name="rows">Rows of the group, ascending.</param>
    /// <param name="target">Where they go; rows without a value are left out.</param>
    /// <param name="firstTarget">The row of the target for the first of them; the others follow.</param>
    /// <param name="convert">Makes the bits that are stored in the target of those that stand in the file.</param>
    public void Read(ReadOnlySpan<int> rows, ColumnBuffer target, int firstTarget, Func<long, long>? convert = null)
    {
        var next = 0;
        foreach (var values in places.Pages)
        {
            var first = next;
            while (next < rows.Length && rows[next] < values.FirstRow + values.Rows) next++;
            if (next == first || values.Values == 0) continue;
            using var bytes = new SparsePage(file, chunk, values.Page);
            for (var i = first; i < next; i++)
            {
                var place = RankOf(values, bytes, rows[i] - values.FirstRow);
                if (place < 0) continue;
                if (column.Type == PhysicalType.ByteArray) target.Set(firstTarget + i, Text(values, bytes, place));
                else target.Set(firstTarget + i, convert is null ? Number(values, bytes, place) : convert(Number(values, bytes, place)));
            }
        }

        if (next < rows.Length) throw Damaged();
    }

    /// <summary>The rows of the group that have an id, ascending.</summary>
    public List<int> Find(ReadOnlySpan<byte> wanted)
    {
        var rows = new List<int>();
        var found = new List<int>();
        if (column.Type != PhysicalType.ByteArray || (_dictionary is not null && _dictionary.Get(0, _dictionary.Length).IndexOf(wanted) < 0)) return rows;
        foreach (var values in places.Pages)
        {
            using var bytes = new SparsePage(file, chunk, values.Page);
            var page = bytes.Get(0, bytes.Length);
            found.Clear();
            if (values.TextsAt > 0 && page[values.TextsAt..].IndexOf(wanted) < 0) continue;
            new PageValues(column.Type, values.Encoding, page[values.ValuesAt..], _dictionary is null ? [] : _dictionary.Bytes).Find(wanted, values.Values, found);
            foreach (var place in found) rows.Add(values.FirstRow + (column.IsOptional && values.Values < values.Rows ? RowOf(values, page, place) : place));
        }

        return rows;
    }

    /// <summary>The place of a row's value among the values of its page; -1 when it has none.</summary>
    private int RankOf(PlacedValues values, SparsePage page, int row)
    {
        if (!column.IsOptional || values.Values == values.Rows) return row;
        var (from, end, mark) = Stretch(values.Levels, row, row, values.ValuesAt - sizeof(int));
        var runs = new HybridRuns(page.Get(sizeof(int) + from, end - from), 1, mark.Index);
        var rank = (int)mark.Value;
        for (runs.Next(); runs.End <= row; runs.Next()) rank += Ones(runs, runs.Length);
        return runs.At(row) == 0 ? -1 : rank + Ones(runs, row - runs.Start);
    }

    private static int RowOf(PlacedValues values, ReadOnlySpan<byte> page, int place)
    {
        var runs = new HybridRuns(page[sizeof(int)..values.ValuesAt], 1, 0);
        var before = 0;
        runs.Next();
        for (int ones; before + (ones = Ones(runs, runs.Length)) <= place; runs.Next()) before += ones;
        var row = runs.Start;
        for (; ; row++)
            if (runs.At(row) != 0 && before++ == place) return row;
    }

    private long Number(PlacedValues values, SparsePage page, int place)
    {
        switch (values.Encoding)
        {
            case PageEncoding.Plain when column.Type == PhysicalType.Boolean:
                return page.Get(values.ValuesAt + (place >> 3), 1)[0] >> (place & 7) & 1;
            case PageEncoding.Plain:
                return BinaryPrimitives.ReadInt64LittleEndian(page.Get(values.ValuesAt + place * sizeof(long), sizeof(long)));
            case PageEncoding.Dictionary when _dictionary is not null:
                return BinaryPrimitives.ReadInt64LittleEndian(_dictionary.Get(checked(Entry(values, page, place) * sizeof(long)), sizeof(long)));
            case PageEncoding.DeltaBinaryPacked:
                return Difference(values, page, place).Value;
            default:
                throw Damaged();
        }
    }

    private ReadOnlySpan<byte> Text(PlacedValues values, SparsePage page, int place)
    {
        if (values.Encoding == PageEncoding.DeltaLengthByteArray)
        {
            var (length, before) = Difference(values, page, place);
            return page.Get(checked(values.TextsAt + (int)before), checked((int)length));
        }

        if (values.Encoding != PageEncoding.Dictionary || _dictionary is null) throw Damaged();
        _texts ??= new EntryTexts(places, _dictionary);
        return _texts[Entry(values, page, place)];
    }

    /// <summary>The place of a value in the dictionary.</summary>
    private int Entry(PlacedValues values, SparsePage page, int place)
    {
        var start = values.ValuesAt + 1;
        var (from, end, mark) = Stretch(values.Marks, place, place, values.Page.PlainBytes - start);
        var runs = new HybridRuns(page.Get(start + from, end - from), page.Get(values.ValuesAt, 1)[0], mark.Index);
        do runs.Next();
        while (runs.End <= place);
        var entry = runs.At(place);
        return entry < (ulong)places.Entries ? (int)entry : throw Damaged();
    }

    private static (long Value, long Before) Difference(PlacedValues values, SparsePage page, int place)
    {
        var integers = Differences(values, page, place, place);
        integers.MoveTo(place);
        return (integers.Value, integers.Sum);
    }

    /// <summary>The differences of a page, with those between two places at hand.</summary>
    public static DeltaIntegers Differences(PlacedValues values, SparsePage page, int first, int last)
    {
        var length = (values.TextsAt > 0 ? values.TextsAt : values.Page.PlainBytes) - values.ValuesAt;
        _ = page.Get(values.ValuesAt, Math.Min(length, DeltaIntegers.MaxHeadBytes));
        var (from, end, mark) = Stretch(values.Marks, first, last, length);
        _ = page.Get(values.ValuesAt + from, end - from);
        var integers = new DeltaIntegers(page.Bytes.Slice(values.ValuesAt, length));
        if (mark.Index > 0) integers.Resume(mark);
        return integers;
    }

    /// <summary>The bytes from the mark before a value to the next mark behind another, which is not before it.</summary>
    public static (int From, int End, PlaceMark Mark) Stretch(PlaceMark[] marks, int first, int last, int length)
    {
        var before = PlaceMark.Before(marks, first);
        var mark = before < 0 ? default : marks[before];
        // The value of the next mark is the last one before its place: what leads to it is before it too.
        var next = PlaceMark.Before(marks, last) + 1;
        return (mark.Offset, next < marks.Length ? marks[next].Offset : length, mark);
    }

    public static int Ones(HybridRuns runs, int length) => runs.IsRepeated ? runs.Value == 0 ? 0 : length : PackedBits.CountOnes(runs.Packed, length);

    public static InvalidDataException Damaged() => new("the places of the segment are damaged");
}
