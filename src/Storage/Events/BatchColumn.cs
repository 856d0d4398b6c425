using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Storage.Queries;

namespace Storage.Events;

/// <summary>Directory entry of a column in a block.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = EventBatch.EntryBytes)]
internal struct ColumnEntry
{
    public int NameOffset;
    public int NameLength;
    public int Type;
    public int ValueCount;

    /// <summary>Offset of the row numbers, or 0 when every event has a value.</summary>
    public int RowsOffset;
    public int ValuesOffset;
    public int HeapOffset;
    public int HeapLength;
    public int Reserved0;
    public int Reserved1;
}

/// <summary>Where a text or id lies in its column's heap.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct HeapSlice(int Offset, int Length);

/// <summary>The columns of a batch, in their order.</summary>
public readonly struct BatchColumns : IReadOnlyList<BatchColumn>
{
    private readonly EventBatch _batch;

    internal BatchColumns(EventBatch batch) => _batch = batch;

    /// <summary>How many they are.</summary>
    public int Length => _batch.ColumnCount;

    int IReadOnlyCollection<BatchColumn>.Count => Length;

    /// <summary>A column by its place.</summary>
    public BatchColumn this[int index] => new(_batch, index);

    /// <summary>Walks over them.</summary>
    public Enumerator GetEnumerator() => new(_batch);

    IEnumerator<BatchColumn> IEnumerable<BatchColumn>.GetEnumerator()
    {
        for (var i = 0; i < Length; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<BatchColumn>)this).GetEnumerator();

    /// <summary>A walk over the columns of a batch.</summary>
    public struct Enumerator
    {
        private readonly EventBatch _batch;
        private int _index = -1;

        internal Enumerator(EventBatch batch) => _batch = batch;

        /// <summary>The column reached.</summary>
        public readonly BatchColumn Current => new(_batch, _index);

        /// <summary>Goes to the next; false behind the last.</summary>
        public bool MoveNext() => ++_index < _batch.ColumnCount;
    }
}

/// <summary>
/// One column of a batch: the values of the events that have one, in event order. A place in the batch and nothing more: a batch may have
/// thousands of columns, and an object for each would have to be kept as long as the batch.
/// </summary>
public readonly struct BatchColumn : IEquatable<BatchColumn>
{
    private readonly EventBatch _batch;
    private readonly int _index;

    internal BatchColumn(EventBatch batch, int index) => (_batch, _index) = (batch, index);

    public string Name => _batch.NameOf(_index);

    public StorageType Type => (StorageType)Entry.Type;

    /// <summary>Events that have a value.</summary>
    public int ValueCount => Entry.ValueCount;

    /// <summary>True when every event has a value; then <see cref="Rows"/> is empty.</summary>
    public bool IsDense => Entry.RowsOffset == 0;

    /// <summary>Row numbers of the values, ascending; empty when dense.</summary>
    public ReadOnlySpan<int> Rows
    {
        get
        {
            ref readonly var entry = ref Entry;
            return entry.RowsOffset == 0 ? [] : View<int>(entry.RowsOffset, entry.ValueCount);
        }
    }

    public ReadOnlySpan<bool> Bools => Values<bool>(StorageType.Bool);

    public ReadOnlySpan<long> Int64s => Values<long>(StorageType.Int64);

    public ReadOnlySpan<double> Float64s => Values<double>(StorageType.Float64);

    /// <summary>Places of texts (UTF-8) or ids in <see cref="Heap"/>.</summary>
    public ReadOnlySpan<HeapSlice> Slices => Values<HeapSlice>(Type == StorageType.Id ? StorageType.Id : StorageType.String);

    public ReadOnlySpan<byte> Heap
    {
        get
        {
            ref readonly var entry = ref Entry;
            return _batch.Span.Slice(entry.HeapOffset, entry.HeapLength);
        }
    }

    internal ref readonly ColumnEntry Entry => ref _batch.EntryOf(_index);

    public static bool operator ==(BatchColumn left, BatchColumn right) => left.Equals(right);

    public static bool operator !=(BatchColumn left, BatchColumn right) => !left.Equals(right);

    /// <summary>True for the same column of the same batch.</summary>
    public bool Equals(BatchColumn other) => ReferenceEquals(_batch, other._batch) && _index == other._index;

    public override bool Equals(object? obj) => obj is BatchColumn other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(_batch), _index);

    /// <summary>The value on an event, or null. Binary search: for tests and single events.</summary>
    public Value ValueAt(int row)
    {
        var value = ReadAt(row);
        GC.KeepAlive(_batch);
        return value;
    }

    /// <summary>Checks every offset of a column that comes from elsewhere.</summary>
    /// <returns>The column's name.</returns>
    /// <exception cref="InvalidDataException">A part of it lies outside the block, or contradicts another.</exception>
    internal string Check()
    {
        var entry = Entry;
        var (batchBytes, events) = (_batch.Span.Length, _batch.Count);
        if (entry.Type is < (int)StorageType.Bool or > (int)StorageType.Id) throw new InvalidDataException($"column of unknown type {entry.Type}");
        if (entry.ValueCount < 0 || entry.ValueCount > events || (entry.RowsOffset == 0 && entry.ValueCount != events))
            throw new InvalidDataException($"column with {entry.ValueCount} values for {events} events");
        CheckPart(entry.NameOffset, entry.NameLength, 1);
        CheckPart(entry.RowsOffset, entry.RowsOffset == 0 ? 0 : entry.ValueCount, sizeof(int));
        CheckPart(entry.ValuesOffset, entry.ValueCount, entry.Type == (int)StorageType.Bool ? 1 : 8);
        CheckPart(entry.HeapOffset, entry.HeapLength, 1);
        CheckValues(events);
        return Encoding.UTF8.GetString(_batch.Span.Slice(entry.NameOffset, entry.NameLength));

        void CheckPart(int offset, int count, int itemBytes)
        {
            if (offset < 0 || count < 0 || offset + (long)count * itemBytes > batchBytes)
                throw new InvalidDataException($"a part of {count} items at {offset} lies outside the batch of {batchBytes} bytes");
        }
    }

    private Value ReadAt(int row)
    {
        var index = IsDense ? row : Rows.BinarySearch(row);
        if (index < 0) return Value.Null;
        switch (Type)
        {
            case StorageType.Bool: return Bools[index];
            case StorageType.Int64: return Int64s[index];
            case StorageType.Float64: return Float64s[index];
            default:
                var slice = Slices[index];
                var bytes = Heap.Slice(slice.Offset, slice.Length);
                return Type == StorageType.Id ? Convert.ToHexStringLower(bytes) : Encoding.UTF8.GetString(bytes);
        }
    }

    private ReadOnlySpan<T> Values<T>(StorageType type) where T : unmanaged
    {
        ref readonly var entry = ref Entry;
        if (entry.Type != (int)type) throw new InvalidOperationException($"column {Name} is {Type}");
        return View<T>(entry.ValuesOffset, entry.ValueCount);
    }

    private ReadOnlySpan<T> View<T>(int offset, int count) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(_batch.Span.Slice(offset, count * Unsafe.SizeOf<T>()));

    private void CheckValues(int events)
    {
        var previous = -1;
        foreach (var row in Rows)
        {
            if (row <= previous || row >= events) throw new InvalidDataException($"row {row} of column is out of order");
            previous = row;
        }

        if (Type is not (StorageType.String or StorageType.Id)) return;
        var heap = Heap.Length;
        foreach (var slice in Slices)
            if (slice.Offset < 0 || slice.Length < 0 || (long)slice.Offset + slice.Length > heap)
                throw new InvalidDataException("text lies outside its heap");
    }
}
