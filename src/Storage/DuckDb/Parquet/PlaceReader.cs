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
    /// <summary>Rows whose places are kept on the stack.</summary>
    private const int Few = 64;

    private readonly SparsePage? _dictionary = places.Dictionary is { } page ? new SparsePage(file, chunk, page) : null;

    private EntryTexts? _texts;

    private bool IsText => column.Type == PhysicalType.ByteArray;

    public void Dispose() => _dictionary?.Dispose();

    /// <summary>Reads the values at rows into a column.</summary>
    /// <param name="rows">Rows of the group, ascending.</param>
    /// <param name="target">Where they go; rows without a value are left out.</param>
    /// <param name="firstTarget">The row of the target for the first of them; the others follow.</param>
    /// <param name="convert">Makes the bits that are stored in the target of those that stand in the file.</param>
    public void Read(ReadOnlySpan<int> rows, ColumnBuffer target, int firstTarget, Func<long, long>? convert = null)
    {
        Span<int> ranks = rows.Length <= Few ? stackalloc int[Few] : new int[rows.Length];
        var next = 0;
        foreach (var values in places.Pages)
        {
            var first = next;
            while (next < rows.Length && rows[next] < values.FirstRow + values.Rows) next++;
            if (next == first || values.Values == 0) continue;
            using var bytes = new SparsePage(file, chunk, values.Page);
            var some = ranks[..(next - first)];
            Rank(values, bytes, rows[first..next], some);
            var into = new Target(target, firstTarget + first, convert);
            switch (values.Encoding)
            {
                case PageEncoding.Dictionary when _dictionary is not null:
                    ReadEntries(values, bytes, some, into);
                    break;
                case PageEncoding.DeltaBinaryPacked or PageEncoding.DeltaLengthByteArray when values.Encoding == PageEncoding.DeltaLengthByteArray == IsText:
                    ReadDifferences(values, bytes, some, into);
                    break;
                case PageEncoding.Plain when !IsText:
                    ReadPlain(values, bytes, some, into);
                    break;
                default:
                    throw Damaged();
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

    /// <summary>
    /// The places of rows' values among the values of their page; -1 where there is none. Rows lie close together, mostly: of those behind the same mark each is
    /// looked for from the one before.
    /// </summary>
    private void Rank(PlacedValues values, SparsePage page, ReadOnlySpan<int> rows, Span<int> ranks)
    {
        if (!column.IsOptional || values.Values == values.Rows)
        {
            for (var i = 0; i < rows.Length; i++) ranks[i] = rows[i] - values.FirstRow;
            return;
        }

        var runs = default(HybridRuns);
        var (before, opened) = (0, int.MinValue);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i] - values.FirstRow;
            if (PlaceMark.Before(values.Levels, row) is var nearest && nearest > opened)
            {
                var (from, end, mark) = Stretch(values.Levels, row, row, values.ValuesAt - sizeof(int));
                runs = new HybridRuns(page.Get(sizeof(int) + from, end - from), 1, mark.Index);
                runs.Next();
                (before, opened) = ((int)mark.Value, nearest);
            }

            for (; runs.End <= row; runs.Next()) before += Ones(runs, runs.Length);
            ranks[i] = runs.At(row) == 0 ? -1 : before + Ones(runs, row - runs.Start);
        }
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

    private void ReadPlain(PlacedValues values, SparsePage page, ReadOnlySpan<int> ranks, Target target)
    {
        for (var i = 0; i < ranks.Length; i++)
        {
            var place = ranks[i];
            if (place < 0) continue;
            target.Set(i, column.Type == PhysicalType.Boolean
                ? page.Get(values.ValuesAt + (place >> 3), 1)[0] >> (place & 7) & 1
                : BinaryPrimitives.ReadInt64LittleEndian(page.Get(values.ValuesAt + place * sizeof(long), sizeof(long))));
        }
    }

    private void ReadDifferences(PlacedValues values, SparsePage page, ReadOnlySpan<int> ranks, Target target)
    {
        var integers = default(DeltaIntegers);
        var opened = int.MinValue;
        for (var i = 0; i < ranks.Length; i++)
        {
            if (ranks[i] < 0) continue;
            if (PlaceMark.Before(values.Marks, ranks[i]) is var nearest && nearest > opened)
            {
                integers = Differences(values, page, ranks[i], ranks[i]);
                opened = nearest;
            }

            integers.MoveTo(ranks[i]);
            if (IsText) target.Set(i, page.Get(checked(values.TextsAt + (int)integers.Sum), checked((int)integers.Value)));
            else target.Set(i, integers.Value);
        }
    }

    private void ReadEntries(PlacedValues values, SparsePage page, ReadOnlySpan<int> ranks, Target target)
    {
        var start = values.ValuesAt + 1;
        var width = page.Get(values.ValuesAt, 1)[0];
        var runs = default(HybridRuns);
        var opened = int.MinValue;
        for (var i = 0; i < ranks.Length; i++)
        {
            if (ranks[i] < 0) continue;
            if (PlaceMark.Before(values.Marks, ranks[i]) is var nearest && nearest > opened)
            {
                var (from, end, mark) = Stretch(values.Marks, ranks[i], ranks[i], values.Page.PlainBytes - start);
                runs = new HybridRuns(page.Get(start + from, end - from), width, mark.Index);
                runs.Next();
                opened = nearest;
            }

            while (runs.End <= ranks[i]) runs.Next();
            var entry = runs.At(ranks[i]);
            if (entry >= (ulong)places.Entries) throw Damaged();
            if (IsText) target.Set(i, (_texts ??= new EntryTexts(places, _dictionary!))[(int)entry]);
            else target.Set(i, BinaryPrimitives.ReadInt64LittleEndian(_dictionary!.Get(checked((int)entry * sizeof(long)), sizeof(long))));
        }
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

    /// <summary>Where values go.</summary>
    /// <param name="Column">The column.</param>
    /// <param name="First">Its row for the first of them.</param>
    /// <param name="Convert">Makes the bits that are stored there of those that stand in the file.</param>
    private readonly record struct Target(ColumnBuffer Column, int First, Func<long, long>? Convert)
    {
        public void Set(int row, long bits) => Column.Set(First + row, Convert is null ? bits : Convert(bits));

        public void Set(int row, ReadOnlySpan<byte> text) => Column.Set(First + row, text);
    }
}
