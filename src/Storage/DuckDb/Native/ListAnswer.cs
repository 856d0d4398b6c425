namespace Storage.DuckDb.Native;

/// <summary>
/// The lists that an aggregate answers, in a vector with memory of the C heap. To make room for items in the vector that DuckDB hands out takes memory of its buffers: where none is
/// left, that throws through our frames, and the process ends.
/// </summary>
internal sealed unsafe class ListAnswer : IDisposable
{
    private readonly VectorHandle _vector;
    private readonly ListEntry* _entries;
    private ulong _items;

    /// <param name="item">What the lists are of.</param>
    /// <param name="count">How many lists there are.</param>
    /// <param name="items">Items for which there is room, of all lists together.</param>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    public ListAnswer(DuckDbType item, ulong count, ulong items)
    {
        using var itemType = DuckDbNative.CreateLogicalType(item);
        using var type = DuckDbNative.CreateListType(itemType);
        _vector = DuckDbNative.CreateVector(type, count);
        if (_vector.IsInvalid) throw new OutOfMemoryException();
        var vector = _vector.DangerousGetHandle();
        DuckDbNative.ListVectorReserve(vector, items);
        _entries = (ListEntry*)DuckDbNative.VectorData(vector);
        Next = (long*)DuckDbNative.VectorData(DuckDbNative.ListVectorChild(vector));
    }

    /// <summary>Where the items of the next list go; each has eight bytes.</summary>
    public long* Next { get; private set; }

    /// <summary>Ends the list of a row, which has so many items; without any it is null.</summary>
    public void End(ulong row, int length)
    {
        _entries[row] = new ListEntry { Offset = _items, Length = (ulong)length };
        if (length == 0) DuckDbNative.SetNull(_vector.DangerousGetHandle(), row);
        _items += (ulong)length;
        Next += length;
    }

    /// <summary>Makes them what DuckDB's vector holds. It has no rows before them: only those of windows would.</summary>
    public void MoveTo(nint result)
    {
        DuckDbNative.ListVectorSetSize(_vector.DangerousGetHandle(), _items);
        DuckDbNative.VectorReference(result, _vector);
    }

    public void Dispose() => _vector.Dispose();
}
