using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Storage.DuckDb.Parquet;

/// <summary>Reads the values of all rows of a row group.</summary>
internal sealed partial class ChunkReader
{
    public byte[]? Numbers(long[] target, int rows)
    {
        byte[]? present = null;
        ForEachPage((row, count, levels, values) =>
        {
            var (bits, found) = Presence(levels, count);
            if (bits is null) values.All(target.AsSpan(row, count));
            else Spread(bits, values, found, target.AsSpan(row, count));
            Note(ref present, rows, row, count, bits);
        });
        return present;
    }

    public CodeBook Codes(int[] target)
    {
        var (entries, book) = (0, new CodeBook());
        var own = new OwnCodes(book);
        ForEachPage((row, count, levels, values) =>
        {
            var (bits, found) = Presence(levels, count);
            var page = target.AsSpan(row, count);
            if (found == 0)
            {
                page.Clear();
                if (bits is not null) ArrayPool<byte>.Shared.Return(bits);
                return;
            }

            var codes = values.IsCoded ? values.Codes(found, entries) : own.Of(values, found, _column.Type == PhysicalType.ByteArray);
            Number(bits, codes.AsSpan(0, found), page);
            ArrayPool<int>.Shared.Return(codes);
            if (bits is not null) ArrayPool<byte>.Shared.Return(bits);
        }, dictionary =>
        {
            book.Add(_column.Type, dictionary);
            entries = book.Count;
            return true;
        });
        return book;
    }

    public byte[]? Presence(int rows)
    {
        byte[]? present = null;
        ForEachPage((row, count, levels, _) => Note(ref present, rows, row, count, Presence(levels, count).Bits));
        return present;
    }

    private (byte[]? Bits, int Found) Presence(ReadOnlySpan<byte> levels, int count) => _column.IsOptional ? PageLevels.Read(levels, count) : (null, count);

    /// <summary>Gives each row of which a bit is set the next value, and the others 0.</summary>
    private static void Spread(byte[] bits, PageValues values, int found, Span<long> target)
    {
        if (found == 0)
        {
            target.Clear();
            return;
        }

        var numbers = values.All(found);
        Spread(bits, numbers.AsSpan(0, found), target);
        ArrayPool<long>.Shared.Return(numbers);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(byte[] bits, ReadOnlySpan<long> values, Span<long> target)
    {
        var next = 0;
        // Without branches: which rows have a value can seldom be foretold.
        for (var i = 0; i < target.Length; i++)
        {
            var bit = bits[i >> 3] >> (i & 7) & 1;
            target[i] = values[Math.Min(next, values.Length - 1)] & -bit;
            next += bit;
        }
    }

    /// <summary>Gives each row of which a bit is set, or each, the next place as a code, and the others 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Number(byte[]? bits, ReadOnlySpan<int> places, Span<int> target)
    {
        var next = 0;
        if (bits is null)
        {
            var last = target.Length - Vector<int>.Count;
            for (; next <= last; next += Vector<int>.Count) (new Vector<int>(places[next..]) + Vector<int>.One).CopyTo(target[next..]);
            for (; next < target.Length; next++) target[next] = places[next] + 1;
            return;
        }

        for (var i = 0; i < target.Length; i++)
        {
            var bit = bits[i >> 3] >> (i & 7) & 1;
            target[i] = (places[Math.Min(next, places.Length - 1)] + 1) & -bit;
            next += bit;
        }
    }

    /// <summary>Adds what a page says of its rows, and takes its bits over.</summary>
    private static void Note(ref byte[]? present, int rows, int row, int count, byte[]? bits)
    {
        if (bits is null && present is null) return;
        if (present is null && row == 0 && count == rows)
        {
            present = bits; // mostly there is one page
            return;
        }

        if (present is null)
        {
            present = ArrayPool<byte>.Shared.Rent(rows / 8 + 1);
            Array.Clear(present);
            for (var i = 0; i < row; i++) present[i >> 3] |= (byte)(1 << (i & 7)); // all had one until now
        }

        for (var i = 0; i < count; i++)
            if (bits is null || (bits[i >> 3] >> (i & 7) & 1) != 0) present[(row + i) >> 3] |= (byte)(1 << ((row + i) & 7));
        if (bits is not null) ArrayPool<byte>.Shared.Return(bits);
    }
}
