using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>Collects the values of one column: their count, their range, and each with its count while they are few.</summary>
internal abstract class ColumnCounter(string name, StorageType type)
{
    /// <summary>A column with more values has only a range.</summary>
    public const int MaxValues = 1_000;

    /// <summary>A column whose texts take more bytes has only a range.</summary>
    public const int MaxValueBytes = 32 << 10;

    public string Name { get; } = name;

    public StorageType Type { get; } = type;

    /// <summary>Events that have a value.</summary>
    public long Count { get; set; }

    public static ColumnCounter Of(string name, StorageType type) => type switch
    {
        StorageType.String => new TextCounter(name),
        StorageType.Id => new IdCounter(name),
        _ => new NumberCounter(name, type),
    };

    /// <summary>Values that are counted one by one; 0 when they are no longer.</summary>
    public abstract int ValueCount { get; }

    /// <summary>What the values with their counts take of <see cref="SegmentStatistics.MaxValueBytes"/>.</summary>
    public abstract long ValueBytes { get; }

    /// <summary>There are more values than are told, within the range of those that are.</summary>
    public abstract void DropValues();

    public ColumnStatistics ToStatistics() => new(Name, Type, Count, Count == 0 ? null : Range(), Count == 0 ? null : Values());

    protected abstract ColumnRange? Range();

    protected abstract ValueCounts? Values();
}

/// <summary>Ids are nearly all different: they are only counted.</summary>
internal sealed class IdCounter(string name) : ColumnCounter(name, StorageType.Id)
{
    public override int ValueCount => 0;

    public override long ValueBytes => 0;

    public override void DropValues()
    {
    }

    protected override ColumnRange? Range() => null;

    protected override ValueCounts? Values() => null;
}

internal sealed class TextCounter(string name) : ColumnCounter(name, StorageType.String)
{
    private Dictionary<byte[], long>? _values = new(BytesComparer.Instance);
    private int _bytes;
    private byte[]? _min;
    private byte[]? _max;
    private ulong _minHead = ulong.MaxValue;
    private ulong _maxHead;
    private bool _unknown;

    /// <summary>Adds a text that so many events have; not to <see cref="ColumnCounter.Count"/>.</summary>
    public void Add(ReadOnlySpan<byte> text, long events)
    {
        if (_values is not null)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_values.GetAlternateLookup<ReadOnlySpan<byte>>(), text, out var known);
            count += events;
            if (known) return;
            _bytes += text.Length;
            if (_values.Count > MaxValues || _bytes > MaxValueBytes) _values = null;
        }

        Widen(text);
    }

    /// <summary>False when the values are so many that there is only a range, to which <see cref="Widen"/> adds.</summary>
    public bool IsCounted => _values is not null;

    /// <summary>Adds a text to the range alone.</summary>
    public void Widen(ReadOnlySpan<byte> text)
    {
        // Most texts lie inside, and eight bytes say so.
        var head = HeadOf(text);
        if (head > _minHead && head < _maxHead) return;
        var cut = ColumnRange.OfText.Cut(text);
        if (_min is null || cut.SequenceCompareTo(_min) < 0) (_min, _minHead) = (cut.ToArray(), head);
        if (_max is null || cut.SequenceCompareTo(_max) > 0) (_max, _maxHead) = (cut.ToArray(), head);
    }

    public void Add(string text, long events) => Add(Encoding.UTF8.GetBytes(text), events);

    /// <summary>There are values whose text is not known: neither range nor values can be told any more.</summary>
    public void Spoil() => (_unknown, _values) = (true, null);

    public override int ValueCount => _values?.Count ?? 0;

    public override long ValueBytes => _values is null ? 0 : _bytes + (long)_values.Count * SegmentStatistics.BytesPerCount;

    public override void DropValues() => _values = null;

    protected override ColumnRange? Range() => _unknown || _min is null ? null : new ColumnRange.OfText(_min, _max!);

    protected override ValueCounts? Values()
    {
        if (_unknown || _values is null) return null;
        var sorted = _values.ToArray();
        Array.Sort(sorted, (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var heap = new byte[_bytes];
        var ends = new int[sorted.Length];
        var end = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            sorted[i].Key.CopyTo(heap, end);
            ends[i] = end += sorted[i].Key.Length;
        }

        return new ValueCounts(StorageType.String, [], heap, ends, Array.ConvertAll(sorted, s => s.Value));
    }

    /// <summary>The first eight bytes as a number that is in order as they are.</summary>
    private static ulong HeadOf(ReadOnlySpan<byte> text)
    {
        if (text.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64BigEndian(text);
        ulong head = 0;
        for (var i = 0; i < text.Length; i++) head |= (ulong)text[i] << (56 - 8 * i);
        return head;
    }

    /// <summary>Compares bytes by content, and takes spans for look-ups.</summary>
    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static BytesComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)TraceFilter.KeyOf(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>Counts Bool, Int64 and Float64 by their bits.</summary>
internal sealed class NumberCounter(string name, StorageType type) : ColumnCounter(name, type)
{
    private const double Million = 1e6;
    private const double MaxScaled = 1L << 53;

    private Dictionary<long, long>? _values = [];
    private long _min = long.MaxValue;
    private long _max = long.MinValue;
    private double _least = double.NaN;
    private double _greatest = double.NaN;
    private bool _hasNaN;
    private bool _isScaled = true;
    private bool _unknown;
    private long _last;
    private long _run;

    /// <summary>True when every double so far is an integer of at most 53 bits divided by a million.</summary>
    public bool IsScaled
    {
        get
        {
            Flush();
            return _isScaled;
        }
    }

    /// <summary>Adds a value that one event has; not to <see cref="ColumnCounter.Count"/>.</summary>
    public void Add(long bits)
    {
        if (_run > 0 && bits == _last)
        {
            _run++;
            return;
        }

        Flush();
        _last = bits;
        _run = 1;
    }

    /// <summary>Adds a value that so many events have.</summary>
    public void Add(long bits, long events)
    {
        Flush();
        _last = bits;
        _run = events;
        Flush();
    }

    /// <summary>False when the values are so many that there is only a range, to which <see cref="Widen"/> adds.</summary>
    public bool IsCounted => _values is not null;

    /// <summary>Adds integers to the range alone.</summary>
    public void Widen(ReadOnlySpan<long> values)
    {
        var (min, max) = (_min, _max);
        foreach (var value in values) (min, max) = (Math.Min(min, value), Math.Max(max, value));
        (_min, _max) = (min, max);
    }

    public void AddRange(long min, long max) => (_min, _max) = (Math.Min(_min, min), Math.Max(_max, max));

    public void AddRange(double min, double max, bool hasNaN)
    {
        _hasNaN |= hasNaN;
        AddDouble(min);
        AddDouble(max);
    }

    public override int ValueCount => _values?.Count ?? 0;

    public override long ValueBytes => ValueCount * (sizeof(long) + (long)SegmentStatistics.BytesPerCount);

    public override void DropValues() => _values = null;

    /// <summary>There are values of which nothing is known: neither range nor values can be told any more.</summary>
    public void Spoil() => (_unknown, _values) = (true, null);

    /// <summary>The text that queries make of a value of this type, when that is simple; null for fractions.</summary>
    public static string? TextOf(StorageType type, long bits) => type switch
    {
        StorageType.Bool => bits != 0 ? "true" : "false",
        StorageType.Int64 => bits.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    protected override ColumnRange? Range()
    {
        Flush();
        if (_unknown) return null;
        if (Type == StorageType.Float64) return double.IsNaN(_least) && !_hasNaN ? null : new ColumnRange.OfFloat64(_least, _greatest, _hasNaN);
        return _min > _max ? null : new ColumnRange.OfInt64(_min, _max);
    }

    protected override ValueCounts? Values()
    {
        Flush();
        if (_values is null) return null;
        var sorted = _values.ToArray();
        Array.Sort(sorted, (a, b) => Type == StorageType.Float64
            ? BitConverter.Int64BitsToDouble(a.Key).CompareTo(BitConverter.Int64BitsToDouble(b.Key))
            : a.Key.CompareTo(b.Key));
        return new ValueCounts(Type, Array.ConvertAll(sorted, s => s.Key), [], [], Array.ConvertAll(sorted, s => s.Value));
    }

    private void Flush()
    {
        if (_run == 0) return;
        if (Type == StorageType.Float64)
        {
            var value = BitConverter.Int64BitsToDouble(_last);
            AddDouble(value);
            if (_isScaled)
            {
                var scaled = Math.Round(value * Million);
                // Bit by bit, so that a negative zero stays one.
                _isScaled = Math.Abs(scaled) < MaxScaled && BitConverter.DoubleToInt64Bits(scaled / Million) == _last;
            }
        }
        else
        {
            _min = Math.Min(_min, _last);
            _max = Math.Max(_max, _last);
        }

        if (_values is not null)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_values, _last, out var known) += _run;
            if (!known && _values.Count > MaxValues) _values = null;
        }

        _run = 0;
    }

    private void AddDouble(double value)
    {
        if (double.IsNaN(value))
        {
            _hasNaN = true;
            return;
        }

        if (!(value >= _least)) _least = double.IsNaN(_least) ? value : Math.Min(value, _least);
        if (!(value <= _greatest)) _greatest = double.IsNaN(_greatest) ? value : Math.Max(value, _greatest);
    }
}
