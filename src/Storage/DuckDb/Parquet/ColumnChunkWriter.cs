using System.Numerics;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Writes the values of one column in one row group: chooses how they are stored, and says where they are. Its buffers are kept for the
/// next one. Not thread-safe.
/// </summary>
/// <param name="file">Takes the pages.</param>
/// <param name="encoder">Compresses them.</param>
internal sealed class ColumnChunkWriter(Stream file, IPageEncoder encoder)
{
    /// <summary>Bytes of texts after which a page ends. Everything but texts that do not repeat is one page a row group.</summary>
    private const int PageBytes = 1 << 20;

    private readonly PageWriter _pages = new(file, encoder);
    private readonly NumberDictionary _numbers = new();
    private int[] _indexes = [];

    /// <summary>Writes a column that no row has a value of.</summary>
    public ChunkDescription WriteNothing(SegmentColumn column, int rows)
    {
        _pages.BeginChunk();
        _pages.Begin(new RowPresence(new byte[(rows + 7) / 8], rows, 0));
        _pages.End(rows, PageEncoding.Plain);
        return Describe(column.StoredAs, PhysicalTypes.Of(column), PageEncoding.Plain, rows, 0);
    }

    /// <summary>Writes numbers.</summary>
    /// <param name="name">The column's name in the file.</param>
    /// <param name="type">Int64, or Float64 whose bits the numbers are.</param>
    /// <param name="rows">Which rows have one.</param>
    /// <param name="values">The numbers of these, in order.</param>
    public ChunkDescription WriteNumbers(string name, StorageType type, RowPresence rows, ReadOnlySpan<long> values)
    {
        if (_indexes.Length < values.Length) _indexes = new int[values.Length];
        var indexes = _indexes.AsSpan(0, values.Length);
        var encoding = _numbers.TryFill(values, indexes) ? PageEncoding.Dictionary : type == StorageType.Int64 ? PageEncoding.DeltaBinaryPacked : PageEncoding.Plain;
        _pages.BeginChunk();
        _pages.Begin(rows);
        switch (encoding)
        {
            case PageEncoding.Dictionary: AppendIndexes(indexes, _numbers.Count); break;
            case PageEncoding.DeltaBinaryPacked: PackedWriter.Differences(_pages.Page, values, _pages.Marks); break;
            default: _pages.Page.Append(MemoryMarshal.AsBytes(values)); break;
        }

        if (encoding == PageEncoding.Dictionary) _pages.End(rows.Rows, encoding, _numbers.Page, _numbers.Count, areTexts: false);
        else _pages.End(rows.Rows, encoding);
        var description = Describe(name, type == StorageType.Int64 ? PhysicalType.Int64 : PhysicalType.Double, encoding, rows.Rows, rows.Values);
        var (least, most, isKnown) = Range(encoding == PageEncoding.Dictionary ? MemoryMarshal.Cast<byte, long>(_numbers.Page) : values, type);
        return isKnown ? description with { Least = Bytes(least), Most = Bytes(most) } : description;
    }

    /// <summary>Writes truths.</summary>
    /// <param name="name">The column's name in the file.</param>
    /// <param name="rows">Which rows have one.</param>
    /// <param name="values">The truths of these, in order, 0 or 1.</param>
    public ChunkDescription WriteFlags(string name, RowPresence rows, ReadOnlySpan<long> values)
    {
        _pages.BeginChunk();
        _pages.Begin(rows);
        var bytes = _pages.Page.Append((values.Length + 7) / 8);
        bytes.Clear();
        for (var i = 0; i < values.Length; i++) bytes[i >> 3] |= (byte)((int)values[i] << (i & 7));
        _pages.End(rows.Rows, PageEncoding.Plain);
        return Describe(name, PhysicalType.Boolean, PageEncoding.Plain, rows.Rows, rows.Values);
    }

    /// <summary>Writes texts or ids that repeat.</summary>
    /// <param name="column">The column.</param>
    /// <param name="rows">Which rows have one.</param>
    /// <param name="dictionary">All of them.</param>
    /// <param name="indexes">The place of each in the dictionary.</param>
    public ChunkDescription WriteTexts(SegmentColumn column, RowPresence rows, TextDictionary dictionary, ReadOnlySpan<int> indexes)
    {
        _pages.BeginChunk();
        _pages.Begin(rows);
        AppendIndexes(indexes, dictionary.Count);
        _pages.End(rows.Rows, PageEncoding.Dictionary, dictionary.Page, dictionary.Count, areTexts: true);
        var description = Describe(column.StoredAs, PhysicalType.ByteArray, PageEncoding.Dictionary, rows.Rows, rows.Values);
        if (column.Type == StorageType.Id) return description;
        var (least, most) = (0, 0);
        for (var i = 1; i < dictionary.Count; i++)
        {
            if (dictionary[i].SequenceCompareTo(dictionary[least]) < 0) least = i;
            else if (dictionary[i].SequenceCompareTo(dictionary[most]) > 0) most = i;
        }

        var isShort = Math.Max(dictionary[least].Length, dictionary[most].Length) <= ChunkDescription.MaxBoundBytes && !dictionary[most].IsEmpty;
        return isShort ? description with { Least = dictionary[least].ToArray(), Most = dictionary[most].ToArray() } : description;
    }

    /// <summary>Writes texts or ids one by one: all lengths of a page, then the texts. A page ends at a multiple of eight rows.</summary>
    /// <param name="column">The column.</param>
    /// <param name="rows">Which rows have one.</param>
    /// <param name="lengths">Bytes of each.</param>
    /// <param name="copy">Appends the next so many texts to a page.</param>
    public ChunkDescription WriteTexts(SegmentColumn column, RowPresence rows, ReadOnlySpan<long> lengths, Action<ByteBuffer, int> copy)
    {
        _pages.BeginChunk();
        var (firstByte, value) = (0, 0);
        var present = rows.Bits;
        long left = 0;
        foreach (var length in lengths) left += length;
        while (firstByte < present.Length)
        {
            // What fits into a page need not be counted by rows.
            var (endByte, endValue, bytes) = left < PageBytes ? (present.Length, lengths.Length, left) : (firstByte, value, 0L);
            while (endByte < present.Length && bytes < PageBytes)
                for (var more = BitOperations.PopCount(present[endByte++]); more > 0; more--) bytes += lengths[endValue++];
            var count = Math.Min(endByte * 8, rows.Rows) - firstByte * 8;
            _pages.Begin(new RowPresence(present[firstByte..endByte], count, endValue - value));
            PackedWriter.Differences(_pages.Page, lengths[value..endValue], _pages.Marks);
            _pages.BeginTexts();
            copy(_pages.Page, endValue - value);
            _pages.End(count, PageEncoding.DeltaLengthByteArray);
            (firstByte, value) = (endByte, endValue);
            left -= bytes;
        }

        return Describe(column.StoredAs, PhysicalType.ByteArray, PageEncoding.DeltaLengthByteArray, rows.Rows, rows.Values);
    }

    private void AppendIndexes(ReadOnlySpan<int> indexes, int count)
    {
        var width = Math.Max(1, 32 - BitOperations.LeadingZeroCount((uint)(count - 1)));
        _pages.Page.AppendByte(width);
        PackedWriter.Indexes(_pages.Page, indexes, width, _pages.Marks);
    }

    /// <summary>The bits of the smallest and the largest number; of doubles with a NaN there is no order.</summary>
    private static (long Least, long Most, bool IsKnown) Range(ReadOnlySpan<long> numbers, StorageType type)
    {
        if (type == StorageType.Int64)
        {
            var (least, most) = (long.MaxValue, long.MinValue);
            foreach (var number in numbers) (least, most) = (Math.Min(least, number), Math.Max(most, number));
            return (least, most, true);
        }

        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var number in MemoryMarshal.Cast<long, double>(numbers))
        {
            if (double.IsNaN(number)) return default;
            (low, high) = (Math.Min(low, number), Math.Max(high, number));
        }

        // A zero at an end stands for both zeros.
        if (low == 0) low = -0.0;
        if (high == 0) high = 0.0;
        return (BitConverter.DoubleToInt64Bits(low), BitConverter.DoubleToInt64Bits(high), true);
    }

    private static byte[] Bytes(long bits) => MemoryMarshal.AsBytes([bits]).ToArray();

    private ChunkDescription Describe(string name, PhysicalType type, PageEncoding encoding, int rows, int values) =>
        new(name, type, encoding, _pages.Codec, rows, values, _pages.Bytes, _pages.DictionaryBytes, _pages.PlainBytes) { Places = _pages.Places };
}
