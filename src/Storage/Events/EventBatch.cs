using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Storage.Queries;

namespace Storage.Events;

/// <summary>
/// Events in column form, immutable. All of it lies in one pinned block of memory whose bytes are the journal's record and which the
/// query engine scans in place, so that an event is laid out once between the socket and the segment.
/// </summary>
/// <remarks>
/// Layout, little endian: header (magic, events, columns, reserved, smallest and largest time), one 40-byte entry per column, then each
/// column's parts at multiples of 8: row numbers (absent when every event has a value), values, and for text and ids a heap of bytes.
/// A text value is a pair (offset in the heap, length); equal values of a column share their bytes.
/// </remarks>
public sealed class EventBatch
{
    internal const uint Magic = 0x31_42_58_45; // "EXB1"
    internal const int HeaderBytes = 32;
    internal const int EntryBytes = 40;

    private readonly byte[] _block;

    private EventBatch(byte[] block, int count, long minTime, long maxTime, ImmutableArray<BatchColumn> columns)
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
    public ReadOnlyMemory<byte> Bytes => _block;

    /// <summary>Address of the first byte; valid while this object is reachable.</summary>
    internal nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_block, 0);

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

    /// <summary>Allocates a block that never moves, to be filled and passed to <see cref="Open"/>.</summary>
    internal static byte[] AllocateBlock(int bytes) => GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    /// <summary>Views a block as a batch after checking that every offset in it stays inside.</summary>
    /// <exception cref="InvalidDataException">The block is not a batch; says which part is wrong.</exception>
    internal static EventBatch Open(byte[] block)
    {
        var bytes = block.AsSpan();
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
            columns.Add(new BatchColumn(block, entry, count));
        }

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
    private readonly byte[] _block;
    private readonly ColumnEntry _entry;

    internal BatchColumn(byte[] block, ColumnEntry entry, int eventCount)
    {
        _block = block;
        _entry = entry;
        Type = (StorageType)entry.Type;
        if (Type is < StorageType.Bool or > StorageType.Id) throw new InvalidDataException($"column of unknown type {entry.Type}");
        if (entry.ValueCount < 0 || entry.ValueCount > eventCount || (entry.RowsOffset == 0 && entry.ValueCount != eventCount))
            throw new InvalidDataException($"column with {entry.ValueCount} values for {eventCount} events");
        Check(entry.NameOffset, entry.NameLength, 1);
        Check(entry.RowsOffset, entry.RowsOffset == 0 ? 0 : entry.ValueCount, sizeof(int));
        Check(entry.ValuesOffset, entry.ValueCount, ValueBytes);
        Check(entry.HeapOffset, entry.HeapLength, 1);
        Name = Encoding.UTF8.GetString(block, entry.NameOffset, entry.NameLength);
        var previous = -1;
        foreach (var row in Rows)
        {
            if (row <= previous || row >= eventCount) throw new InvalidDataException($"row {row} of column is out of order");
            previous = row;
        }

        if (Type is StorageType.String or StorageType.Id)
        {
            foreach (var slice in Slices)
                if (slice.Offset < 0 || slice.Length < 0 || (long)slice.Offset + slice.Length > entry.HeapLength)
                    throw new InvalidDataException("text lies outside its heap");
        }
    }

    public string Name { get; }

    public StorageType Type { get; }

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

    public ReadOnlySpan<byte> Heap => _block.AsSpan(_entry.HeapOffset, _entry.HeapLength);

    internal ColumnEntry Entry => _entry;

    private int ValueBytes => Type == StorageType.Bool ? 1 : 8;

    /// <summary>The value on an event, or null. Binary search: for tests and single events.</summary>
    public Value ValueAt(int row)
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
        MemoryMarshal.Cast<byte, T>(_block.AsSpan(offset, count * Unsafe.SizeOf<T>()));

    private void Check(int offset, int count, int itemBytes)
    {
        if (offset < 0 || count < 0 || offset + (long)count * itemBytes > _block.Length)
            throw new InvalidDataException($"a part of {count} items at {offset} lies outside the batch of {_block.Length} bytes");
    }
}
