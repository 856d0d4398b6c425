using System.Numerics;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Writes the values of one column in one row group: chooses how they are stored, and tells the footer where they are. Its buffers are kept
/// for the next one; they hold a page and the numbers of a row group. Not thread-safe.
/// </summary>
internal sealed class ColumnChunkWriter(Stream file, ThriftWriter footer)
{
    /// <summary>Bytes of texts after which a page ends. Everything but texts that do not repeat is one page a row group.</summary>
    private const int PageBytes = 1 << 20;

    /// <summary>How levels are written, by the number of the format.</summary>
    private const int RunsEncoding = 3;

    private readonly TextDictionary _texts = new();
    private readonly NumberDictionary _numberDictionary = new();
    private readonly ByteBuffer _page = new();
    private readonly ByteBuffer _packed = new();
    private readonly ByteBuffer _header = new();
    private readonly Lz4Encoder _lz4 = new();
    private long[] _numbers = [];
    private int[] _indexes = [];
    private long _plainBytes;
    private long _start;
    private long _dictionary;

    /// <summary>Bytes of the file so far.</summary>
    public long Position { get; set; }

    /// <summary>Bytes of the pages so far, before they were compressed.</summary>
    public long PlainBytes { get; private set; }

    /// <summary>Writes the numbers of the events.</summary>
    public void WriteSequence(string name, ChunkSource source, ReadOnlySpan<long> numbers)
    {
        Start(source);
        numbers.CopyTo(_numbers);
        WriteNumbers(name, source, StorageType.Int64);
    }

    /// <summary>Writes the values of a column.</summary>
    public void Write(SegmentColumn column, ChunkSource source)
    {
        Start(source);
        if (source.Values == 0)
        {
            BeginPage(source.Present, source.Rows, 0);
            EndPage(source.Rows, PageEncoding.Plain);
            Describe(column.StoredAs, PhysicalTypes.Of(column), source, PageEncoding.Plain, default, default);
            return;
        }

        switch (column.Type)
        {
            case StorageType.String or StorageType.Id:
                WriteTexts(column, source);
                break;
            case StorageType.Bool:
                WriteFlags(column, source);
                break;
            default:
                Gather(column, source);
                WriteNumbers(column.StoredAs, source, column.IsScaled ? StorageType.Int64 : column.Type);
                break;
        }
    }

    private void Start(ChunkSource source)
    {
        if (_numbers.Length < source.Rows) (_numbers, _indexes) = (new long[source.Rows], new int[source.Rows]);
        (_start, _dictionary, _plainBytes) = (Position, 0, 0);
    }

    private void Gather(SegmentColumn column, ChunkSource source)
    {
        var done = 0;
        foreach (var run in source.Runs)
        {
            var target = _numbers.AsSpan(done, run.Count);
            done += run.Count;
            if (run.Column.Type == StorageType.Float64)
            {
                var values = run.Column.Float64s.Slice(run.First, run.Count);
                if (column.IsScaled) for (var i = 0; i < values.Length; i++) target[i] = (long)Math.Round(values[i] * SegmentColumnScale);
                else MemoryMarshal.Cast<double, long>(values).CopyTo(target);
                continue;
            }

            var integers = run.Column.Int64s.Slice(run.First, run.Count);
            if (column.Type == StorageType.Int64) integers.CopyTo(target);
            else if (column.IsScaled) for (var i = 0; i < integers.Length; i++) target[i] = checked(integers[i] * SegmentColumnScale);
            else for (var i = 0; i < integers.Length; i++) target[i] = BitConverter.DoubleToInt64Bits(integers[i]);
        }
    }

    private const long SegmentColumnScale = 1_000_000;

    private void WriteNumbers(string name, ChunkSource source, StorageType type)
    {
        var numbers = _numbers.AsSpan(0, source.Values);
        var encoding = PageEncoding.Plain;
        var indexes = _indexes.AsSpan(0, numbers.Length);
        if (_numberDictionary.TryFill(numbers, indexes))
        {
            encoding = PageEncoding.Dictionary;
            WriteDictionary(_numberDictionary.Page, _numberDictionary.Count);
        }
        else if (type == StorageType.Int64)
        {
            encoding = PageEncoding.DeltaBinaryPacked;
        }

        BeginPage(source.Present, source.Rows, source.Values);
        switch (encoding)
        {
            case PageEncoding.Dictionary: AppendIndexes(indexes, _numberDictionary.Count); break;
            case PageEncoding.DeltaBinaryPacked: PackedWriter.Differences(_page, numbers); break;
            default: _page.Append(MemoryMarshal.AsBytes(numbers)); break;
        }

        EndPage(source.Rows, encoding);
        var (least, most, isKnown) = Range(encoding == PageEncoding.Dictionary ? MemoryMarshal.Cast<byte, long>(_numberDictionary.Page) : numbers, type);
        Span<byte> bounds = stackalloc byte[2 * sizeof(long)];
        MemoryMarshal.Write(bounds, least);
        MemoryMarshal.Write(bounds[sizeof(long)..], most);
        Describe(name, type == StorageType.Int64 ? PhysicalType.Int64 : PhysicalType.Double, source, encoding,
            isKnown ? bounds[..sizeof(long)] : default, isKnown ? bounds[sizeof(long)..] : default);
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

    private void WriteFlags(SegmentColumn column, ChunkSource source)
    {
        BeginPage(source.Present, source.Rows, source.Values);
        var bytes = _page.Append((source.Values + 7) / 8);
        bytes.Clear();
        var place = 0;
        foreach (var run in source.Runs)
        {
            foreach (var value in run.Column.Bools.Slice(run.First, run.Count))
            {
                if (value) bytes[place >> 3] |= (byte)(1 << (place & 7));
                place++;
            }
        }

        EndPage(source.Rows, PageEncoding.Plain);
        Describe(column.StoredAs, PhysicalType.Boolean, source, PageEncoding.Plain, default, default);
    }

    private void WriteTexts(SegmentColumn column, ChunkSource source)
    {
        var indexes = _indexes.AsSpan(0, source.Values);
        if (!_texts.TryFill(source.Runs, indexes))
        {
            WriteDistinctTexts(source);
            Describe(column.StoredAs, PhysicalType.ByteArray, source, PageEncoding.DeltaLengthByteArray, default, default);
            return;
        }

        WriteDictionary(_texts.Page, _texts.Count);
        BeginPage(source.Present, source.Rows, source.Values);
        AppendIndexes(indexes, _texts.Count);
        EndPage(source.Rows, PageEncoding.Dictionary);
        if (column.Type == StorageType.Id)
        {
            Describe(column.StoredAs, PhysicalType.ByteArray, source, PageEncoding.Dictionary, default, default);
            return;
        }

        var (least, most) = (0, 0);
        for (var i = 1; i < _texts.Count; i++)
        {
            if (_texts[i].SequenceCompareTo(_texts[least]) < 0) least = i;
            else if (_texts[i].SequenceCompareTo(_texts[most]) > 0) most = i;
        }

        Describe(column.StoredAs, PhysicalType.ByteArray, source, PageEncoding.Dictionary, _texts[least], _texts[most]);
    }

    /// <summary>Texts one by one: all lengths of a page, then the texts. A page ends at a multiple of eight rows.</summary>
    private void WriteDistinctTexts(ChunkSource source)
    {
        var lengths = _numbers.AsSpan(0, source.Values);
        var done = 0;
        foreach (var run in source.Runs)
            foreach (var slice in run.Column.Slices.Slice(run.First, run.Count)) lengths[done++] = slice.Length;
        var cursor = new TextCursor(source.Runs);
        var present = source.Present;
        var (firstByte, value) = (0, 0);
        while (firstByte < present.Length)
        {
            var (endByte, endValue, bytes) = (firstByte, value, 0L);
            while (endByte < present.Length && bytes < PageBytes)
                for (var left = BitOperations.PopCount(present[endByte++]); left > 0; left--) bytes += lengths[endValue++];
            var rows = Math.Min(endByte * 8, source.Rows) - firstByte * 8;
            BeginPage(present[firstByte..endByte], rows, endValue - value);
            PackedWriter.Differences(_page, lengths[value..endValue]);
            cursor.CopyTo(_page, endValue - value);
            EndPage(rows, PageEncoding.DeltaLengthByteArray);
            (firstByte, value) = (endByte, endValue);
        }
    }

    private void AppendIndexes(ReadOnlySpan<int> indexes, int count)
    {
        var width = Math.Max(1, 32 - BitOperations.LeadingZeroCount((uint)(count - 1)));
        _page.AppendByte(width);
        PackedWriter.Indexes(_page, indexes, width);
    }

    private void BeginPage(ReadOnlySpan<byte> present, int rows, int values)
    {
        _page.Clear();
        _page.AppendInt32(0);
        if (values == 0 || values == rows) PackedWriter.Run(_page, rows, values == 0 ? 0 : 1);
        else PackedWriter.Levels(_page, present, rows);
        _page.SetInt32(0, _page.Length - sizeof(int));
    }

    private void EndPage(int rows, PageEncoding encoding)
    {
        var header = BeginHeader(0, _page.Written);
        header.Begin(5);
        header.Int(1, rows);
        header.Int(2, (int)encoding);
        header.Int(3, RunsEncoding);
        header.Int(4, RunsEncoding);
        header.End();
        Flush(header);
    }

    private void WriteDictionary(ReadOnlySpan<byte> page, int count)
    {
        _dictionary = Position;
        var header = BeginHeader(2, page);
        header.Begin(7);
        header.Int(1, count);
        header.Int(2, (int)PageEncoding.Plain);
        header.End();
        Flush(header);
        _start = Position;
    }

    private ThriftWriter BeginHeader(int type, ReadOnlySpan<byte> page)
    {
        _packed.Clear();
        _lz4.Encode(page, _packed);
        _header.Clear();
        var header = new ThriftWriter(_header);
        header.Begin();
        header.Int(1, type);
        header.Int(2, page.Length);
        header.Int(3, _packed.Length);
        _plainBytes += page.Length;
        return header;
    }

    private void Flush(ThriftWriter header)
    {
        header.End();
        file.Write(_header.Written);
        file.Write(_packed.Written);
        Position += _header.Length + _packed.Length;
        _plainBytes += _header.Length;
    }

    /// <summary>Longest text that the footer keeps as an end of a range.</summary>
    private const int MaxBoundBytes = 256;

    private void Describe(string name, PhysicalType type, ChunkSource source, PageEncoding encoding, ReadOnlySpan<byte> least, ReadOnlySpan<byte> most)
    {
        PlainBytes += _plainBytes;
        var first = _dictionary > 0 ? _dictionary : _start;
        footer.Begin();
        footer.Long(2, 0);
        footer.Begin(3);
        footer.Int(1, (int)type);
        footer.List(2, ThriftWriter.Int32, _dictionary > 0 ? 3 : 2);
        if (_dictionary > 0) footer.IntItem((int)PageEncoding.Plain);
        footer.IntItem(RunsEncoding);
        footer.IntItem((int)encoding);
        footer.List(3, ThriftWriter.Binary, 1);
        footer.BytesItem(System.Text.Encoding.UTF8.GetBytes(name));
        footer.Int(4, (int)PageCodec.Lz4Raw);
        footer.Long(5, source.Rows);
        footer.Long(6, _plainBytes);
        footer.Long(7, Position - first);
        footer.Long(9, _start);
        if (_dictionary > 0) footer.Long(11, _dictionary);
        footer.Begin(12);
        footer.Long(3, source.Rows - source.Values);
        var isKnown = source.Values > 0 && Math.Max(least.Length, most.Length) <= MaxBoundBytes && (type != PhysicalType.ByteArray ? least.Length > 0 : most.Length > 0);
        if (isKnown)
        {
            footer.Bytes(5, most);
            footer.Bytes(6, least);
            footer.Bool(7, true);
            footer.Bool(8, true);
        }

        footer.End();
        footer.End();
        footer.End();
    }

    /// <summary>Walks over texts in their order.</summary>
    private sealed class TextCursor(IReadOnlyList<ValueRun> runs)
    {
        private int _run;
        private int _next;

        public void CopyTo(ByteBuffer target, int count)
        {
            while (count > 0)
            {
                var run = runs[_run];
                var step = Math.Min(count, run.Count - _next);
                var heap = run.Column.Heap;
                foreach (var slice in run.Column.Slices.Slice(run.First + _next, step)) target.Append(heap.Slice(slice.Offset, slice.Length));
                count -= step;
                _next += step;
                if (_next == run.Count) (_run, _next) = (_run + 1, 0);
            }
        }
    }
}
