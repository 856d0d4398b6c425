using System.Buffers;

namespace Storage.DuckDb.Parquet;

/// <summary>Reads the values of some rows of a row group.</summary>
internal sealed partial class ChunkReader
{
    /// <summary>Looks at the values of rows that lie together in a page.</summary>
    /// <param name="places">Where the values stand in the page.</param>
    /// <param name="which">The row that each belongs to, by its place among all that are asked for.</param>
    /// <param name="values">The page.</param>
    private delegate void SomeUse(ReadOnlySpan<int> places, ReadOnlySpan<int> which, PageValues values);

    public byte[]? Numbers(int[] rows, long[] target)
    {
        var found = ArrayPool<long>.Shared.Rent(rows.Length);
        var bits = new byte[rows.Length / 8 + 1];
        var count = 0;
        Array.Clear(target, 0, rows.Length);
        ForSome(rows, (places, which, values) =>
        {
            values.Numbers(places, found);
            count += which.Length;
            for (var i = 0; i < which.Length; i++)
            {
                target[which[i]] = found[i];
                bits[which[i] >> 3] |= (byte)(1 << (which[i] & 7));
            }
        });
        ArrayPool<long>.Shared.Return(found);
        return count == rows.Length ? null : bits;
    }

    public CodeBook Codes(int[] rows, int[] target)
    {
        var book = new CodeBook();
        var own = new OwnCodes(book);
        var found = ArrayPool<int>.Shared.Rent(rows.Length);
        Array.Clear(target, 0, rows.Length);
        ForSome(rows, (places, which, values) =>
        {
            if (values.IsCoded) values.Entries(places, found.AsSpan(0, places.Length));
            else own.Of(values, places, _column.Type == PhysicalType.ByteArray, found);
            for (var i = 0; i < which.Length; i++) target[which[i]] = found[i] + 1;
        }, dictionary => book.Add(_column.Type, dictionary));
        ArrayPool<int>.Shared.Return(found);
        return book.Only(target.AsSpan(0, rows.Length));
    }

    private void ForSome(int[] rows, SomeUse use, Action<ReadOnlySpan<byte>>? begin = null)
    {
        var (places, which) = (ArrayPool<int>.Shared.Rent(rows.Length), ArrayPool<int>.Shared.Rent(rows.Length));
        var next = 0;
        ForEachPage((firstRow, count, levels, values) =>
        {
            var first = next;
            while (next < rows.Length && rows[next] < firstRow + count) next++;
            if (next == first) return;
            var found = Places(rows.AsSpan(first, next - first), firstRow, levels, places, which);
            for (var i = 0; i < found; i++) which[i] += first;
            if (found > 0) use(places.AsSpan(0, found), which.AsSpan(0, found), values);
        }, dictionary =>
        {
            begin?.Invoke(dictionary);
            return true;
        });
        ArrayPool<int>.Shared.Return(places);
        ArrayPool<int>.Shared.Return(which);
        if (next < rows.Length) throw new InvalidDataException("the segment ends early");
    }
}
