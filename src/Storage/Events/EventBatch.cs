using System.Buffers.Binary;
using System.Runtime.InteropServices;
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
    private readonly string[] _names;
    private int _references = 1;
    private int _disposed;
    private MemoryCount? _counted;

    private EventBatch(NativeBlock block, string[] names)
    {
        _block = block;
        _names = names;
        ReadOnlySpan<byte> bytes = block.GetSpan();
        Count = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        MinTimeUnixNs = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        MaxTimeUnixNs = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
    }

    /// <summary>Number of events.</summary>
    public int Count { get; }

    /// <summary>Smallest event time, Unix nanoseconds.</summary>
    public long MinTimeUnixNs { get; }

    /// <summary>Largest event time, Unix nanoseconds.</summary>
    public long MaxTimeUnixNs { get; }

    /// <summary>The columns; one name may occur once per storage type.</summary>
    public BatchColumns Columns => new(this);

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

    internal int ColumnCount => _names.Length;

    /// <summary>The batch's bytes, to be read while it is referenced.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    internal ReadOnlySpan<byte> Span => _block.GetSpan();

    /// <summary>The name of a column.</summary>
    internal string NameOf(int column) => _names[column];

    /// <summary>The directory entry of a column.</summary>
    internal ref readonly ColumnEntry EntryOf(int column) => ref MemoryMarshal.Cast<byte, ColumnEntry>(Span.Slice(HeaderBytes, _names.Length * EntryBytes))[column];

    /// <summary>A batch over a block that was laid out by this process; nothing of it is checked.</summary>
    /// <param name="block">The block; the batch owns it from now on.</param>
    /// <param name="names">Names of its columns, in their order; not to be changed afterwards.</param>
    internal static EventBatch Trust(NativeBlock block, string[] names) => new(block, names);

    /// <summary>Views a block as a batch after checking that every offset in it stays inside.</summary>
    /// <param name="block">The block; the batch owns it from now on, unless this throws.</param>
    /// <exception cref="InvalidDataException">The block is not a batch; says which part is wrong.</exception>
    internal static EventBatch Open(NativeBlock block)
    {
        ReadOnlySpan<byte> bytes = block.GetSpan();
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            throw new InvalidDataException("not an event batch");
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        var columns = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (count < 0 || columns < 0 || HeaderBytes + (long)columns * EntryBytes > bytes.Length)
            throw new InvalidDataException($"event batch with {count} events and {columns} columns does not fit its {bytes.Length} bytes");
        var batch = new EventBatch(block, new string[columns]);
        for (var i = 0; i < columns; i++) batch._names[i] = new BatchColumn(batch, i).Check();
        GC.KeepAlive(block);
        return batch;
    }
}
