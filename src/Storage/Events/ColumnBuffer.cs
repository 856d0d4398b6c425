using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.Events;

/// <summary>
/// A growing column of one storage type: values, for text and ids a heap, and row numbers from the first event on that has no value.
/// </summary>
internal sealed class ColumnBuffer(string name, StorageType type)
{
    private const int FirstCapacity = 16;

    private readonly TextHeap? _heap = type is StorageType.String or StorageType.Id ? new TextHeap() : null;

    /// <summary>Row of each value; not kept while the values are those of rows 0, 1, 2 and so on.</summary>
    private int[] _rows = [];
    private long[] _values = new long[FirstCapacity];
    private int _count;
    private int _lastRow = -1;
    private bool _sparse;

    public string Name { get; } = name;

    public StorageType Type { get; } = type;

    public int Count => _count;

    /// <summary>Row of the last value, or -1.</summary>
    public int LastRow => _lastRow;

    public int HeapLength => _heap?.Length ?? 0;

    /// <summary>Row of each value; empty when every row up to the last has one.</summary>
    public ReadOnlySpan<int> Rows => _sparse ? _rows.AsSpan(0, _count) : [];

    public ReadOnlySpan<byte> Heap => _heap is null ? [] : _heap.Bytes;

    /// <summary>Memory held, bytes.</summary>
    public long Capacity => _rows.Length * 4L + _values.Length * 8L + (_heap?.Capacity ?? 0);

    /// <summary>Bool, Int64 and Float64 values as bits, or what <see cref="Place"/> gave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int row, long bits)
    {
        var (count, values) = (_count, _values);
        if (!_sparse && row == count && (uint)count < (uint)values.Length)
        {
            values[count] = bits;
            _count = count + 1;
            _lastRow = row;
            return;
        }

        SetSparse(row, bits);
    }

    /// <summary>A text or id.</summary>
    public void Set(int row, ReadOnlySpan<byte> bytes) => Set(row, Place(bytes));

    /// <summary>Sets a text that the heap has already.</summary>
    /// <param name="row">The row.</param>
    /// <param name="text">The text.</param>
    /// <param name="hash">What <see cref="SetNew"/> takes when this returns false.</param>
    public bool TrySetKnown(int row, ReadOnlySpan<byte> text, out uint hash)
    {
        if (!_heap!.TryFind(text, out var slice, out hash)) return false;
        Set(row, Unsafe.BitCast<HeapSlice, long>(slice));
        return true;
    }

    /// <summary>Sets a text that <see cref="TrySetKnown"/> did not find.</summary>
    public void SetNew(int row, ReadOnlySpan<byte> text, uint hash) => Set(row, Unsafe.BitCast<HeapSlice, long>(_heap!.Add(text, hash)));

    /// <summary>Lays a text or id into the heap; the result is what <see cref="Set(int, long)"/> takes for it.</summary>
    public long Place(ReadOnlySpan<byte> bytes)
    {
        if (Type == StorageType.Id) return Unsafe.BitCast<HeapSlice, long>(_heap!.AddUnshared(bytes));
        if (!_heap!.TryFind(bytes, out var slice, out var hash)) slice = _heap.Add(bytes, hash);
        return Unsafe.BitCast<HeapSlice, long>(slice);
    }

    /// <summary>Gives rows from one up to before another, all after the last, the same value.</summary>
    public void Fill(int from, int to, long bits)
    {
        if (from >= to) return;
        if (from != _count) MakeSparse();
        var count = to - from;
        Reserve(_count + count);
        _values.AsSpan(_count, count).Fill(bits);
        if (_sparse)
            for (var i = 0; i < count; i++) _rows[_count + i] = from + i;
        _count += count;
        _lastRow = to - 1;
    }

    /// <summary>Takes back the value of a row if it was the last one set.</summary>
    public void Unset(int row)
    {
        if (_lastRow != row) return;
        _count--;
        _lastRow = _count == 0 ? -1 : _sparse ? _rows[_count - 1] : _count - 1;
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
    public void WriteRows(Span<byte> target)
    {
        if (_sparse)
        {
            MemoryMarshal.AsBytes(Rows).CopyTo(target);
            return;
        }

        var rows = MemoryMarshal.Cast<byte, int>(target);
        for (var i = 0; i < _count; i++) rows[i] = i;
    }

    /// <summary>Forgets all values and keeps the memory.</summary>
    public void Reset()
    {
        _count = 0;
        _lastRow = -1;
        _sparse = false;
        _heap?.Reset();
    }

    private void SetSparse(int row, long bits)
    {
        if (_lastRow == row)
        {
            _values[_count - 1] = bits;
            return;
        }

        if (row != _count) MakeSparse();
        if (_count == _values.Length || (_sparse && _count == _rows.Length)) Reserve(_count + 1);
        if (_sparse) _rows[_count] = row;
        _values[_count++] = bits;
        _lastRow = row;
    }

    private void MakeSparse()
    {
        if (_sparse) return;
        _sparse = true;
        Reserve(_count);
        for (var i = 0; i < _count; i++) _rows[i] = i;
    }

    private void Reserve(int count)
    {
        if (count > _values.Length) Array.Resize(ref _values, (int)Math.Min(Array.MaxLength, Math.Max(count, _values.Length * 2L)));
        if (_sparse && _rows.Length < _values.Length) Array.Resize(ref _rows, _values.Length);
    }
}
