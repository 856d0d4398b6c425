using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Storage.DuckDb.Native;
using Storage.Queries;

namespace Storage.Events;

/// <summary>
/// Events in column form, immutable. All of it lies in one block of native memory whose bytes are the journal's record and which the
/// query engine scans in place, so that an event is laid out once between the socket and the segment. Whoever builds a batch disposes
/// it; a store that was given one keeps it for as long as it needs it. The memory goes back when the last of them is done.
/// </summary>
/// <remarks>
/// Spans of a batch are valid while it is neither disposed nor unreachable.
///
/// Layout, little endian: header (magic, events, columns, reserved, smallest and largest time), one 40-byte entry per column, then each
/// column's parts at multiples of 8: row numbers (absent when every event has a value), values, and for text and ids a heap of bytes.
/// A text value is a pair (offset in the heap, length); equal values of a column share their bytes.
/// </remarks>
public sealed class EventBatch : IDisposable
{
    internal const uint Magic = 0x31_42_58_45; // "EXB1"
    internal const int HeaderBytes = 32;
    internal const int EntryBytes = 40;

    private readonly NativeBlock _block;
    private int _references = 1;
    private int _disposed;
    private MemoryCount? _counted;

    private EventBatch(NativeBlock block, int count, long minTime, long maxTime, ImmutableArray<BatchColumn> columns)
    {
        _block = block;
        Count = count;
        MinTimeUnixNs = minTime;
        MaxTimeUnixNs = maxTime;
        Columns = columns;
    }

    /// <summary>Number of events.</summary>
    public int Count { get; }

    /// <summary>Smallest event time, Unix nanoseconds.</summary>
    public long MinTimeUnixNs { get; }

    /// <summary>Largest event time, Unix nanoseconds.</summary>
    public long MaxTimeUnixNs { get; }

    /// <summary>The columns; one name may occur once per storage type.</summary>
    public ImmutableArray<BatchColumn> Columns { get; }

    /// <summary>Bytes of the whole batch, in memory and in the journal.</summary>
    public int SizeBytes => _block.Length;

    /// <summary>The batch as bytes.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public ReadOnlyMemory<byte> Bytes => _block.Memory;

    /// <summary>Address of the first byte; valid while this object is referenced and not released.</summary>
    internal nint Address => _block.Address;

    /// <summary>True when the memory was given back.</summary>
    internal bool IsReleased => Volatile.Read(ref _references) == 0;

    /// <summary>The value of a column on an event, widened over its storage types as queries do; for tests and single events.</summary>
    public Value this[int row, string column]
    {
        get
        {
            foreach (var candidate in Columns)
            {
                if (candidate.Name != column) continue;
                var value = candidate.ValueAt(row);
                if (!value.IsNull) return value;
            }

            return Value.Null;
        }
    }

    /// <summary>Ends the hold of whoever built the batch. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) Release();
    }

    /// <summary>Holds the memory until <see cref="Release"/>; to be called while somebody holds it, such as a store during an append.</summary>
    /// <exception cref="ObjectDisposedException">Nobody held it: the memory was given back.</exception>
    public EventBatch Retain()
    {
        while (true)
        {
            var seen = Volatile.Read(ref _references);
            ObjectDisposedException.ThrowIf(seen == 0, this);
            if (Interlocked.CompareExchange(ref _references, seen + 1, seen) == seen) return this;
        }
    }

    /// <summary>Ends a hold that <see cref="Retain"/> began. The last one gives the memory back.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left < 0) throw new InvalidOperationException("an event batch was released more often than it was held");
        if (left != 0) return;
        ((IDisposable)_block).Dispose();
        _counted?.Add(-_block.MemoryBytes);
    }

    /// <summary>Counts the memory from now until it is given back; once, however often a store was given the batch.</summary>
    internal void CountIn(MemoryCount count)
    {
        if (Interlocked.CompareExchange(ref _counted, count, null) is null) count.Add(_block.MemoryBytes);
    }

    /// <summary>A batch over a block that was laid out by this process; nothing of it is checked.</summary>
    /// <param name="block">The block; the batch owns it from now on.</param>
    /// <param name="names">Names of its columns, in their order.</param>
    internal static EventBatch Trust(NativeBlock block, ReadOnlySpan<string> names) => Open(block, names);

    /// <summary>Views a block as a batch after checking that every offset in it stays inside.</summary>
    /// <param name="block">The block; the batch owns it from now on, unless this throws.</param>
    /// <exception cref="InvalidDataException">The block is not a batch; says which part is wrong.</exception>
    internal static EventBatch Open(NativeBlock block) => Open(block, []);

    private static EventBatch Open(NativeBlock block, ReadOnlySpan<string> names)
    {
        ReadOnlySpan<byte> bytes = block.GetSpan();
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            throw new InvalidDataException("not an event batch");
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        var columnCount = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        var minTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        var maxTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
        if (count < 0 || columnCount < 0 || HeaderBytes + (long)columnCount * EntryBytes > bytes.Length)
            throw new InvalidDataException($"event batch with {count} events and {columnCount} columns does not fit its {bytes.Length} bytes");
        var columns = ImmutableArray.CreateBuilder<BatchColumn>(columnCount);
        for (var i = 0; i < columnCount; i++)
        {
            var entry = MemoryMarshal.Read<ColumnEntry>(bytes.Slice(HeaderBytes + i * EntryBytes, EntryBytes));
            columns.Add(names.IsEmpty ? BatchColumn.Checked(block, entry, count) : new BatchColumn(block, entry, names[i]));
        }

        GC.KeepAlive(block);
        return new EventBatch(block, count, minTime, maxTime, columns.MoveToImmutable());
    }
}

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

/// <summary>One column of a batch: the values of the events that have one, in event order.</summary>
public sealed class BatchColumn
{
    private readonly NativeBlock _block;
    private readonly ColumnEntry _entry;

    /// <summary>A column of a block that was laid out by this process.</summary>
    internal BatchColumn(NativeBlock block, ColumnEntry entry, string name)
    {
        _block = block;
        _entry = entry;
        Name = name;
    }

    public string Name { get; }

    public StorageType Type => (StorageType)_entry.Type;

    /// <summary>Events that have a value.</summary>
    public int ValueCount => _entry.ValueCount;

    /// <summary>True when every event has a value; then <see cref="Rows"/> is empty.</summary>
    public bool IsDense => _entry.RowsOffset == 0;

    /// <summary>Row numbers of the values, ascending; empty when dense.</summary>
    public ReadOnlySpan<int> Rows => View<int>(_entry.RowsOffset, IsDense ? 0 : ValueCount);

    public ReadOnlySpan<bool> Bools => View<bool>(_entry.ValuesOffset, Expect(StorageType.Bool));

    public ReadOnlySpan<long> Int64s => View<long>(_entry.ValuesOffset, Expect(StorageType.Int64));

    public ReadOnlySpan<double> Float64s => View<double>(_entry.ValuesOffset, Expect(StorageType.Float64));

    /// <summary>Places of texts (UTF-8) or ids in <see cref="Heap"/>.</summary>
    public ReadOnlySpan<HeapSlice> Slices =>
        View<HeapSlice>(_entry.ValuesOffset, Type == StorageType.Id ? ValueCount : Expect(StorageType.String));

    public ReadOnlySpan<byte> Heap => _block.GetSpan().Slice(_entry.HeapOffset, _entry.HeapLength);

    internal ColumnEntry Entry => _entry;

    /// <summary>A column of a block that comes from elsewhere: every offset in it is checked.</summary>
    /// <exception cref="InvalidDataException">A part of it lies outside the block, or contradicts another.</exception>
    internal static BatchColumn Checked(NativeBlock block, ColumnEntry entry, int eventCount)
    {
        var type = (StorageType)entry.Type;
        if (type is < StorageType.Bool or > StorageType.Id) throw new InvalidDataException($"column of unknown type {entry.Type}");
        if (entry.ValueCount < 0 || entry.ValueCount > eventCount || (entry.RowsOffset == 0 && entry.ValueCount != eventCount))
            throw new InvalidDataException($"column with {entry.ValueCount} values for {eventCount} events");
        Check(entry.NameOffset, entry.NameLength, 1);
        Check(entry.RowsOffset, entry.RowsOffset == 0 ? 0 : entry.ValueCount, sizeof(int));
        Check(entry.ValuesOffset, entry.ValueCount, type == StorageType.Bool ? 1 : 8);
        Check(entry.HeapOffset, entry.HeapLength, 1);
        var column = new BatchColumn(block, entry, Encoding.UTF8.GetString(block.GetSpan().Slice(entry.NameOffset, entry.NameLength)));
        column.CheckValues(eventCount);
        return column;

        void Check(int offset, int count, int itemBytes)
        {
            if (offset < 0 || count < 0 || offset + (long)count * itemBytes > block.Length)
                throw new InvalidDataException($"a part of {count} items at {offset} lies outside the batch of {block.Length} bytes");
        }
    }

    /// <summary>The value on an event, or null. Binary search: for tests and single events.</summary>
    public Value ValueAt(int row)
    {
        var value = ReadAt(row);
        GC.KeepAlive(this);
        return value;
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

    private int Expect(StorageType type) => Type == type ? ValueCount : throw new InvalidOperationException($"column {Name} is {Type}");

    private ReadOnlySpan<T> View<T>(int offset, int count) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(_block.GetSpan().Slice(offset, count * Unsafe.SizeOf<T>()));

    private void CheckValues(int eventCount)
    {
        var previous = -1;
        foreach (var row in Rows)
        {
            if (row <= previous || row >= eventCount) throw new InvalidDataException($"row {row} of column is out of order");
            previous = row;
        }

        if (Type is not (StorageType.String or StorageType.Id)) return;
        foreach (var slice in Slices)
            if (slice.Offset < 0 || slice.Length < 0 || (long)slice.Offset + slice.Length > _entry.HeapLength)
                throw new InvalidDataException("text lies outside its heap");
    }
}
