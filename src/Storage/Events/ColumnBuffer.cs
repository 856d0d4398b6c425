using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.Events;

/// <summary>A growing column of one storage type: the row of each value, the values, and for text and ids a heap.</summary>
internal sealed class ColumnBuffer(string name, StorageType type)
{
    private const int FirstCapacity = 16;

    private readonly TextHeap? _heap = type is StorageType.String or StorageType.Id ? new TextHeap() : null;

    /// <summary>Row of each value, ascending. Also kept while no row is left out: storing it costs less than asking.</summary>
    private int[] _rows = new int[FirstCapacity];
    private long[] _values = new long[FirstCapacity];
    private int _count;
    private int _lastRow = -1;

    public string Name { get; } = name;

    public StorageType Type { get; } = type;

    public int Count => _count;

    /// <summary>Row of the last value, or -1.</summary>
    public int LastRow => _lastRow;

    public int HeapLength => _heap?.Length ?? 0;

    public ReadOnlySpan<byte> Heap => _heap is null ? [] : _heap.Bytes;

    /// <summary>Memory held, bytes.</summary>
    public long Capacity => _rows.Length * 4L + _values.Length * 8L + (_heap?.Capacity ?? 0);

    /// <summary>Bool, Int64 and Float64 values as bits, or what <see cref="Place"/> gave. Replaces what the row has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int row, long bits)
    {
        var (count, values) = (_count, _values);
        if (row > _lastRow && (uint)count < (uint)values.Length)
        {
            values[count] = bits;
            Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_rows), count) = row; // as long as the other
            _count = count + 1;
            _lastRow = row;
            return;
        }

        Replace(row, bits);
    }

    /// <summary>A text or id.</summary>
    public void Set(int row, ReadOnlySpan<byte> bytes) => Set(row, Place(bytes));

    /// <summary>Sets a text that needs no look at its form: one that is there already, or plain ASCII of a usual length.</summary>
    /// <param name="row">The row.</param>
    /// <param name="text">The text's first byte.</param>
    /// <param name="length">Its length.</param>
    /// <param name="ends">Its ends.</param>
    /// <returns>False for other texts.</returns>
    public bool TrySetUsual(int row, ref byte text, int length, TextEnds ends)
    {
        var bits = _heap!.PlaceUsual(ref text, length, ends);
        if (bits == TextHeap.None) return false;
        Set(row, bits);
        return true;
    }

    /// <summary>Lays a text or id into the heap; the result is what <see cref="Set(int, long)"/> takes for it.</summary>
    public long Place(ReadOnlySpan<byte> bytes) => Type == StorageType.Id ? _heap!.PlaceUnshared(bytes) : _heap!.Place(bytes);

    /// <summary>Gives rows from one up to before another, all after the last, the same value.</summary>
    public void Fill(int from, int to, long bits)
    {
        if (from >= to) return;
        var count = to - from;
        Reserve(_count + count);
        _values.AsSpan(_count, count).Fill(bits);
        Number(_rows.AsSpan(_count, count), from);
        _count += count;
        _lastRow = to - 1;
    }

    /// <summary>Takes back the value of a row if it was the last one set.</summary>
    public void Unset(int row)
    {
        if (_lastRow != row) return;
        _count--;
        _lastRow = _count == 0 ? -1 : _rows[_count - 1];
    }

    /// <summary>Writes the values in their stored width.</summary>
    public void WriteValues(Span<byte> target)
    {
        if (Type == StorageType.Bool)
        {
            for (var i = 0; i < _count; i++) target[i] = (byte)_values[i];
            return;
        }

        MemoryMarshal.AsBytes(_values.AsSpan(0, _count)).CopyTo(target);
    }

    /// <summary>Writes the row of each value.</summary>
    public void WriteRows(Span<byte> target) => MemoryMarshal.AsBytes(_rows.AsSpan(0, _count)).CopyTo(target);

    /// <summary>Forgets all values and keeps the memory.</summary>
    public void Reset()
    {
        _count = 0;
        _lastRow = -1;
        _heap?.Reset();
    }

    private static void Number(Span<int> rows, int first)
    {
        var next = Vector<int>.Indices + new Vector<int>(first);
        var i = 0;
        for (; i <= rows.Length - Vector<int>.Count; i += Vector<int>.Count, next += new Vector<int>(Vector<int>.Count)) next.CopyTo(rows[i..]);
        for (; i < rows.Length; i++) rows[i] = first + i;
    }

    private void Replace(int row, long bits)
    {
        if (_lastRow == row)
        {
            _values[_count - 1] = bits;
            return;
        }

        Reserve(_count + 1);
        _rows[_count] = row;
        _values[_count++] = bits;
        _lastRow = row;
    }

    private void Reserve(int count)
    {
        if (count <= _values.Length) return;
        var capacity = (int)Math.Min(Array.MaxLength, Math.Max(count, _values.Length * 2L));
        Array.Resize(ref _values, capacity);
        Array.Resize(ref _rows, capacity);
    }
}
