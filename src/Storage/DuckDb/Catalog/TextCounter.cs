using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>Counts texts by their bytes.</summary>
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
