using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Storage.Events;

/// <summary>A growing column of one storage type: the row of each value, the values, and for text and ids a heap.</summary>
internal sealed unsafe class ColumnBuffer
{
    private const int FirstCapacity = 16;

    private readonly TextHeap? _heap;
    private readonly byte[] _utf8Name;
    private readonly ColumnMemory _memory;

    /// <summary>
    /// Beside the next value's place it says where the values and their rows are: these ascend, and are also kept while no row is left out, since storing
    /// them costs less than asking.
    /// </summary>
    private readonly ColumnTail* _tail;

    /// <summary>Before this one no value is still a place in other memory.</summary>
    private int _settled;

    /// <summary>The value that all rows so far have, while it is not written to each: what a resource gives is nearly always so until the batch is laid out.</summary>
    private long _only;
    private bool _hasOnly;

    /// <summary>What the tail does not say meanwhile, so that nothing is written behind the tail's count.</summary>
    private int _capacity;

    /// <param name="name">The column's name.</param>
    /// <param name="type">Of all its values.</param>
    /// <param name="memory">Where they are; null for memory of its own.</param>
    public ColumnBuffer(string name, StorageType type, ColumnMemory? memory = null)
    {
        (Name, Type) = (name, type);
        _memory = memory ?? new ColumnMemory();
        _utf8Name = Encoding.UTF8.GetBytes(name);
        _heap = type is StorageType.String or StorageType.Id ? new TextHeap(_memory) : null;
        var first = _memory.Take(ColumnTail.Bytes + FirstCapacity * (sizeof(long) + sizeof(int)));
        _tail = (ColumnTail*)first;
        *_tail = new ColumnTail { LastRow = -1, Capacity = FirstCapacity, Values = (long*)(first + ColumnTail.Bytes) };
        _tail->Rows = (int*)(_tail->Values + FirstCapacity);
    }

    public string Name { get; }

    /// <summary>The name as it is stored.</summary>
    public ReadOnlySpan<byte> Utf8Name => _utf8Name;

    public StorageType Type { get; }

    public int Count => _tail->Count;

    /// <summary>Row of the last value, or -1.</summary>
    public int LastRow => _tail->LastRow;

    /// <summary>Where its next value goes; valid as long as the column is referenced.</summary>
    public ColumnTail* Tail => _tail;

    public int HeapLength => _heap?.Length ?? 0;

    public ReadOnlySpan<byte> Heap => _heap is null ? [] : _heap.Bytes;

    /// <summary>True when there is something to forget.</summary>
    public bool IsUsed => Count > 0 || HeapLength > 0;

    private Span<long> Values => new(_tail->Values, Count);

    private Span<int> Rows => new(_tail->Rows, Count);

    /// <summary>Bool, Int64 and Float64 values as bits, or what <see cref="Place"/> gave. Replaces what the row has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int row, long bits)
    {
        var tail = _tail;
        var count = tail->Count;
        if (row > tail->LastRow && count < tail->Capacity)
        {
            tail->Values[count] = bits;
            tail->Rows[count] = row;
            tail->Count = count + 1;
            tail->LastRow = row;
            return;
        }

        Replace(row, bits);
    }

    /// <summary>Takes the texts over that lie in other memory, one after the other: what they need is at hand then.</summary>
    /// <param name="source">Where that begins.</param>
    public void Settle(nint source)
    {
        if (_heap is null) return;
        var values = _hasOnly ? [] : Values[_settled..];
        if (Type == StorageType.Id) _heap.TakeOverIds(values, source);
        else _heap.TakeOver(values, source);
        _settled = Count;
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
        if (from == Count && (from == 0 || (_hasOnly && _only == bits)))
        {
            if (!_hasOnly) (_only, _hasOnly, _capacity, _tail->Capacity) = (bits, true, _tail->Capacity, 0);
            (_tail->Count, _tail->LastRow) = (to, to - 1);
            return;
        }

        WriteOnly();
        var (start, count) = (Count, to - from);
        Reserve(start + count);
        _tail->Count = start + count;
        _tail->LastRow = to - 1;
        Values[start..].Fill(bits);
        Number(Rows[start..], from);
    }

    /// <summary>Takes back the value of a row if it was the last one set.</summary>
    public void Unset(int row)
    {
        if (LastRow != row) return;
        WriteOnly();
        var count = --_tail->Count;
        _tail->LastRow = count == 0 ? -1 : _tail->Rows[count - 1];
    }

    /// <summary>Writes the values in their stored width.</summary>
    public void WriteValues(Span<byte> target)
    {
        if (_hasOnly)
        {
            if (Type == StorageType.Bool) target[..Count].Fill((byte)_only);
            else MemoryMarshal.Cast<byte, long>(target)[..Count].Fill(_only);
            return;
        }

        if (Type == StorageType.Bool)
        {
            var values = Values;
            for (var i = 0; i < values.Length; i++) target[i] = (byte)values[i];
            return;
        }

        MemoryMarshal.AsBytes(Values).CopyTo(target);
    }

    /// <summary>Writes the row of each value.</summary>
    public void WriteRows(Span<byte> target)
    {
        WriteOnly();
        MemoryMarshal.AsBytes(Rows).CopyTo(target);
    }

    /// <summary>Forgets all values and keeps the memory.</summary>
    public void Reset()
    {
        if (_hasOnly) (_hasOnly, _tail->Capacity) = (false, _capacity);
        (_tail->Count, _tail->LastRow, _tail->OnlyType) = (0, -1, 0);
        _settled = 0;
        _heap?.Reset();
    }

    private static void Number(Span<int> rows, int first)
    {
        var next = Vector<int>.Indices + new Vector<int>(first);
        var i = 0;
        for (; i <= rows.Length - Vector<int>.Count; i += Vector<int>.Count, next += new Vector<int>(Vector<int>.Count)) next.CopyTo(rows[i..]);
        for (; i < rows.Length; i++) rows[i] = first + i;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Set is inlined, and this would be with it
    private void Replace(int row, long bits)
    {
        WriteOnly();
        if (LastRow == row)
        {
            _tail->Values[Count - 1] = bits;
            return;
        }

        Reserve(Count + 1);
        Set(row, bits);
    }

    /// <summary>Writes the value that all rows have to each of them.</summary>
    private void WriteOnly()
    {
        if (!_hasOnly) return;
        var count = Count;
        (_hasOnly, _tail->Capacity, _tail->Count) = (false, _capacity, 0);
        Reserve(count);
        _tail->Count = count;
        Values.Fill(_only);
        Number(Rows, 0);
    }

    private void Reserve(int count)
    {
        var tail = _tail;
        var capacity = tail->Capacity;
        if (count <= capacity) return;
        var larger = Math.Max(BitOperations.RoundUpToPowerOf2((uint)count), capacity * 2L);
        var values = (long*)_memory.Take(larger * sizeof(long));
        var rows = (int*)_memory.Take(larger * sizeof(int));
        Values.CopyTo(new Span<long>(values, Count));
        Rows.CopyTo(new Span<int>(rows, Count));
        _memory.Return((byte*)tail->Values, capacity * (long)sizeof(long));
        _memory.Return((byte*)tail->Rows, capacity * (long)sizeof(int));
        tail->Values = values;
        tail->Rows = rows;
        tail->Capacity = (int)larger;
    }
}
