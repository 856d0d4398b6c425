using System.Text;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb.Catalog;

/// <summary>What is known of the values of one column in one segment.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">How the segment stores its values.</param>
/// <param name="Count">Events that have a value.</param>
/// <param name="Range">Between what the values lie; null when that is not known.</param>
/// <param name="Values">Every value and how many events have it; null when there are too many of them.</param>
internal sealed record ColumnStatistics(string Name, StorageType Type, long Count, ColumnRange? Range, ValueCounts? Values);

/// <summary>Bounds of the values of a column.</summary>
internal abstract record ColumnRange
{
    private ColumnRange() { }

    /// <summary>Bool (as 0 and 1) and Int64: the smallest and the largest value.</summary>
    public sealed record OfInt64(long Min, long Max) : ColumnRange;

    /// <summary>Float64: the smallest and the largest value, both NaN when there is none but NaN.</summary>
    public sealed record OfFloat64(double Min, double Max, bool HasNaN) : ColumnRange;

    /// <summary>
    /// Text in UTF-8, ordered by bytes. Both are cut at <see cref="MaxBytes"/>: no value is less than Min, and no value cut to that length
    /// is greater than Max.
    /// </summary>
    public sealed record OfText(byte[] Min, byte[] Max) : ColumnRange
    {
        public const int MaxBytes = 64;

        public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text) => text[..Math.Min(text.Length, MaxBytes)];
    }
}

/// <summary>All values of a column with their counts, in ascending order: texts by bytes, numbers by value.</summary>
internal sealed class ValueCounts
{
    private readonly long[] _bits;
    private readonly byte[] _heap;
    private readonly int[] _ends;

    /// <param name="type">Bool, Int64, Float64 or String.</param>
    /// <param name="bits">The values of a number or Bool, as bits; empty for texts.</param>
    /// <param name="heap">The texts, one after another.</param>
    /// <param name="ends">Where each text ends.</param>
    /// <param name="counts">Events per value.</param>
    public ValueCounts(StorageType type, long[] bits, byte[] heap, int[] ends, long[] counts)
    {
        Type = type;
        _bits = bits;
        _heap = heap;
        _ends = ends;
        Counts = counts;
    }

    public StorageType Type { get; }

    public int Length => Counts.Length;

    public long[] Counts { get; }

    /// <summary>Bytes that the values take, without their counts.</summary>
    public int Bytes => _heap.Length + _bits.Length * sizeof(long);

    /// <summary>The i-th text.</summary>
    public ReadOnlySpan<byte> Text(int i)
    {
        var start = i == 0 ? 0 : _ends[i - 1];
        return _heap.AsSpan(start, _ends[i] - start);
    }

    /// <summary>The i-th number or Bool as bits.</summary>
    public long Bits(int i) => _bits[i];

    /// <summary>The i-th value.</summary>
    public Value this[int i] => Type switch
    {
        StorageType.Bool => _bits[i] != 0,
        StorageType.Int64 => _bits[i],
        StorageType.Float64 => BitConverter.Int64BitsToDouble(_bits[i]),
        _ => Encoding.UTF8.GetString(Text(i)),
    };

    /// <summary>True when the text is among the values.</summary>
    public bool ContainsText(ReadOnlySpan<byte> text)
    {
        int low = 0, high = Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Text(middle).SequenceCompareTo(text);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return false;
    }
}
