using System.Globalization;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

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

    /// <summary>True when a double is an integer of at most 53 bits divided by a million.</summary>
    public static bool IsDecimal(double value)
    {
        var scaled = Math.Round(value * Million);
        // Bit by bit and by way of the integer, so that a negative zero is none.
        return Math.Abs(scaled) < MaxScaled && BitConverter.DoubleToInt64Bits((long)scaled / Million) == BitConverter.DoubleToInt64Bits(value);
    }

    /// <summary>The integer of which such a double is the millionth part.</summary>
    public static long UnitsOf(double value) => (long)Math.Round(value * Million);

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
            _isScaled = _isScaled && IsDecimal(value);
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
