using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>The values of a column where they lie in batches. A batch has no dictionary, but each of its texts only once: where one lies is its number within the batch.</summary>
/// <param name="group">The batches.</param>
/// <param name="column">The column.</param>
/// <param name="number">The registry's number of it.</param>
internal sealed class HotValues(HotRows group, SegmentColumn column, int number) : IColumnValues
{
    /// <summary>With more values to group by, looking each of them up costs more than the engine's way.</summary>
    private const int MaxCodes = 256;

    private readonly int[] _places = [.. group.Batches.Select(b => Array.IndexOf(b.Columns, number))];

    public void Dispose() { }

    public byte[]? Numbers(long[] target, int rows)
    {
        ForEach((firstRow, count, values) =>
        {
            var some = target.AsSpan(firstRow, count);
            if (values is not { } found)
            {
                some.Clear();
                return;
            }

            if (found.IsDense)
            {
                Read(found, some);
                return;
            }

            var read = ArrayPool<long>.Shared.Rent(found.ValueCount);
            Read(found, read);
            some.Clear();
            var present = found.Rows;
            for (var i = 0; i < present.Length; i++) some[present[i]] = read[i];
            ArrayPool<long>.Shared.Return(read);
        });
        return Presence(rows);
    }

    public byte[]? Numbers(int[] rows, long[] target)
    {
        var (bits, count) = (new byte[rows.Length / 8 + 1], 0);
        Array.Clear(target, 0, rows.Length);
        ForSome(rows, (i, values, place) =>
        {
            target[i] = NumberAt(values, place);
            bits[i >> 3] |= (byte)(1 << (i & 7));
            count++;
        });
        return count == rows.Length ? null : bits;
    }

    public CodeBook Codes(int[] target)
    {
        var book = new CodeBook();
        var (own, known) = (new OwnCodes(book, MaxCodes), new Dictionary<long, int>());
        ForEach((firstRow, count, values) =>
        {
            var some = target.AsSpan(firstRow, count);
            if (values is not { IsDense: true }) some.Clear();
            if (values is { } found) Number(found, some, own, known);
        });
        return book;
    }

    public CodeBook Codes(int[] rows, int[] target)
    {
        var book = new CodeBook();
        var own = new OwnCodes(book);
        Array.Clear(target, 0, rows.Length);
        ForSome(rows, (i, values, place) => target[i] = 1 + (IsText ? own.Of(TextAt(values, place)) : own.Of(NumberAt(values, place))));
        return book;
    }

    public byte[]? Presence(int rows)
    {
        byte[]? bits = null;
        ForEach((firstRow, count, values) =>
        {
            if (values is { IsDense: true } && bits is null) return;
            if (bits is null)
            {
                bits = ArrayPool<byte>.Shared.Rent(rows / 8 + 1);
                Array.Clear(bits);
                Mark(bits, 0, firstRow); // all had one until now
            }

            if (values is not { } found) return;
            if (found.IsDense) Mark(bits, firstRow, firstRow + count);
            foreach (var row in found.Rows) bits[(firstRow + row) >> 3] |= (byte)(1 << ((firstRow + row) & 7));
        });
        return bits;
    }

    public List<int> Find(RowTest test)
    {
        var found = new List<int>();
        ForEach((firstRow, _, values) =>
        {
            if (values is not { } some) return;
            foreach (var row in HotSearch.Find(some, test)) found.Add(firstRow + row);
        });
        return found;
    }

    public List<int> Keep(List<int> rows, RowTest test)
    {
        var kept = new List<int>();
        ForSome(CollectionsMarshal.AsSpan(rows), (i, values, place) =>
        {
            if (HotSearch.Passes(values, place, test)) kept.Add(rows[i]);
        });
        return kept;
    }

    private bool IsText => column.Type is StorageType.String or StorageType.Id;

    /// <summary>Gives each value its code: texts are looked up once where they lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Number(BatchColumn values, Span<int> target, OwnCodes own, Dictionary<long, int> known)
    {
        var present = values.Rows;
        var read = ArrayPool<long>.Shared.Rent(values.ValueCount);
        // A text is known by where it lies, a number by itself.
        var bits = read.AsSpan(0, values.ValueCount);
        if (IsText) MemoryMarshal.Cast<HeapSlice, long>(values.Slices).CopyTo(bits);
        else Read(values, bits);
        if (IsText) known.Clear();
        var (last, code) = (0L, 0);
        for (var i = 0; i < bits.Length; i++)
        {
            if (code == 0 || bits[i] != last)
            {
                last = bits[i];
                ref var found = ref CollectionsMarshal.GetValueRefOrAddDefault(known, last, out _);
                if (found == 0) found = 1 + (IsText ? own.Of(TextAt(values, i)) : own.Of(last));
                code = found;
            }

            target[present.IsEmpty ? i : present[i]] = code;
        }

        ArrayPool<long>.Shared.Return(read);
    }

    /// <summary>Reads all values of a batch, as a segment would store them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Read(BatchColumn values, Span<long> target)
    {
        switch (column.Type)
        {
            case StorageType.Bool:
                var truths = values.Bools;
                for (var i = 0; i < truths.Length; i++) target[i] = truths[i] ? 1 : 0;
                break;
            case StorageType.Int64:
                values.Int64s.CopyTo(target);
                break;
            case StorageType.Float64 when column.IsScaled:
                var decimals = values.Float64s;
                for (var i = 0; i < decimals.Length; i++) target[i] = NumberCounter.UnitsOf(decimals[i]);
                break;
            case StorageType.Float64:
                MemoryMarshal.Cast<double, long>(values.Float64s).CopyTo(target);
                break;
            default:
                throw new InvalidDataException("texts are no numbers");
        }
    }

    private long NumberAt(BatchColumn values, int place) => column.Type switch
    {
        StorageType.Bool => values.Bools[place] ? 1 : 0,
        StorageType.Int64 => values.Int64s[place],
        StorageType.Float64 when column.IsScaled => NumberCounter.UnitsOf(values.Float64s[place]),
        StorageType.Float64 => BitConverter.DoubleToInt64Bits(values.Float64s[place]),
        _ => throw new InvalidDataException("texts are no numbers"),
    };

    private static ReadOnlySpan<byte> TextAt(BatchColumn values, int place)
    {
        var slice = values.Slices[place];
        return values.Heap.Slice(slice.Offset, slice.Length);
    }

    private static void Mark(byte[] bits, int from, int to)
    {
        for (; from < to && (from & 7) != 0; from++) bits[from >> 3] |= (byte)(1 << (from & 7));
        if (to - from >= 8) bits.AsSpan(from >> 3, (to - from) >> 3).Fill(byte.MaxValue);
        for (from += (to - from) & ~7; from < to; from++) bits[from >> 3] |= (byte)(1 << (from & 7));
    }

    /// <summary>Calls with each batch: its first row, its rows, and its column, if it has it.</summary>
    private void ForEach(Action<int, int, BatchColumn?> use)
    {
        for (var b = 0; b < _places.Length; b++)
        {
            var batch = group.Batches[b].Batch;
            use(group.FirstRows[b], batch.Count, _places[b] < 0 ? null : batch.Columns[_places[b]]);
        }
    }

    /// <summary>Calls with each of some rows that has a value: its place among them, the column, and the value's place there.</summary>
    private void ForSome(ReadOnlySpan<int> rows, Action<int, BatchColumn, int> use)
    {
        var batch = -1;
        BatchColumn? values = null;
        for (var i = 0; i < rows.Length; i++)
        {
            if (batch < 0 || rows[i] >= group.FirstRows[batch + 1])
            {
                do batch++; while (rows[i] >= group.FirstRows[batch + 1]);
                values = _places[batch] < 0 ? null : group.Batches[batch].Batch.Columns[_places[batch]];
            }

            if (values is not { } found) continue;
            var row = rows[i] - group.FirstRows[batch];
            var place = found.IsDense ? row : found.Rows.BinarySearch(row);
            if (place >= 0) use(i, found, place);
        }
    }
}
