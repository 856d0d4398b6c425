using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.Events;

/// <summary>A growing column of one storage type: row numbers, values, and for text and ids a heap without repeated bytes.</summary>
internal sealed class ColumnBuffer(string name, StorageType type)
{
    private const int FirstCapacity = 16;
    private const int MaxDistinct = 1 << 16;

    private int[] _rows = new int[FirstCapacity];
    private long[] _values = new long[FirstCapacity];
    private byte[] _heap = [];
    private int _heapLength;
    private int[] _table = [];
    private int _distinct;

    public string Name { get; } = name;

    public StorageType Type { get; } = type;

    public int Count { get; private set; }

    /// <summary>Row of the last value, or -1.</summary>
    public int LastRow => Count == 0 ? -1 : _rows[Count - 1];

    public int HeapLength => _heapLength;

    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    public ReadOnlySpan<byte> Heap => _heap.AsSpan(0, _heapLength);

    /// <summary>Bool, Int64 and Float64 values as bits.</summary>
    public void Set(int row, long bits) => Slot(row) = bits;

    /// <summary>A text or id.</summary>
    public void Set(int row, ReadOnlySpan<byte> bytes) => Slot(row) = Place(bytes);

    /// <summary>Lays a text or id into the heap; the result is what <see cref="Set(int, long)"/> takes for it.</summary>
    public long Place(ReadOnlySpan<byte> bytes) => Unsafe.BitCast<HeapSlice, long>(Intern(bytes));

    /// <summary>Takes back the value of a row if it was the last one set.</summary>
    public void Unset(int row)
    {
        if (LastRow == row) Count--;
    }

    /// <summary>Writes the values in their stored width.</summary>
    public void WriteValues(Span<byte> target)
    {
        if (Type == StorageType.Bool)
        {
            for (var i = 0; i < Count; i++) target[i] = (byte)_values[i];
            return;
        }

        MemoryMarshal.AsBytes(_values.AsSpan(0, Count)).CopyTo(target);
    }

    private ref long Slot(int row)
    {
        if (LastRow == row) return ref _values[Count - 1];
        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Count * 2);
            Array.Resize(ref _values, Count * 2);
        }

        _rows[Count] = row;
        return ref _values[Count++];
    }

    private HeapSlice Intern(ReadOnlySpan<byte> bytes)
    {
        if (_distinct * 4 >= _table.Length && _table.Length < MaxDistinct * 2) Rehash();
        var mask = _table.Length / 2 - 1;
        var position = (int)Hash(bytes) & mask;
        for (var probe = 0; probe < 16; probe++, position = (position + 1) & mask)
        {
            var (offset, length) = (_table[position * 2], _table[position * 2 + 1] - 1);
            if (length < 0)
            {
                var added = Append(bytes);
                _table[position * 2] = added.Offset;
                _table[position * 2 + 1] = added.Length + 1;
                _distinct++;
                return added;
            }

            if (length == bytes.Length && bytes.SequenceEqual(_heap.AsSpan(offset, length))) return new HeapSlice(offset, length);
        }

        return Append(bytes); // a crowded table: repeat the bytes rather than search on
    }

    private HeapSlice Append(ReadOnlySpan<byte> bytes)
    {
        var needed = checked(_heapLength + bytes.Length);
        if (needed > _heap.Length) Array.Resize(ref _heap, (int)Math.Min(Array.MaxLength, Math.Max(needed, Math.Max(256L, _heap.Length * 2L))));
        bytes.CopyTo(_heap.AsSpan(_heapLength));
        var slice = new HeapSlice(_heapLength, bytes.Length);
        _heapLength = needed;
        return slice;
    }

    private void Rehash()
    {
        var old = _table;
        _table = new int[Math.Max(64, old.Length * 2)];
        var mask = _table.Length / 2 - 1;
        for (var i = 0; i < old.Length; i += 2)
        {
            if (old[i + 1] == 0) continue;
            var position = (int)Hash(_heap.AsSpan(old[i], old[i + 1] - 1)) & mask;
            while (_table[position * 2 + 1] != 0) position = (position + 1) & mask;
            _table[position * 2] = old[i];
            _table[position * 2 + 1] = old[i + 1];
        }
    }

    /// <summary>Multiply-and-fold over 8 bytes at a time; spreads, does not defend: a crowded table only costs repeated bytes.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var hash = (ulong)bytes.Length * Multiplier;
        while (bytes.Length >= 8)
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(bytes)) * Multiplier;
            hash ^= hash >> 32;
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (var i = 0; i < bytes.Length; i++) rest |= (ulong)bytes[i] << (8 * i);
        hash = (hash ^ rest) * Multiplier;
        return (uint)(hash >> 32) ^ (uint)(hash >> 15);
    }
}
