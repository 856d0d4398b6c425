using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Storage.DuckDb.Native;

namespace Storage.Events;

/// <summary>Lays collected columns out as the one block of a batch.</summary>
internal static class BatchLayout
{
    /// <summary>A batch of the columns that have values; the columns may be used again afterwards.</summary>
    /// <param name="collected">Columns; those without values are left out.</param>
    /// <param name="count">Events.</param>
    /// <param name="minTime">Smallest event time, Unix nanoseconds.</param>
    /// <param name="maxTime">Largest event time, Unix nanoseconds.</param>
    /// <exception cref="InvalidOperationException">The batch would exceed 2 GiB.</exception>
    public static EventBatch Build(IReadOnlyList<ColumnBuffer> collected, int count, long minTime, long maxTime)
    {
        // Pooled: a batch is made for each request, and these would be most of what it allocates.
        var columns = ArrayPool<ColumnBuffer>.Shared.Rent(collected.Count);
        var entries = ArrayPool<ColumnEntry>.Shared.Rent(collected.Count);
        try
        {
            var used = 0;
            for (var i = 0; i < collected.Count; i++)
                if (collected[i].Count > 0) columns[used++] = collected[i];
            return Build(columns.AsSpan(0, used), entries, count, minTime, maxTime);
        }
        finally
        {
            ArrayPool<ColumnBuffer>.Shared.Return(columns, clearArray: true);
            ArrayPool<ColumnEntry>.Shared.Return(entries);
        }
    }

    private static EventBatch Build(ReadOnlySpan<ColumnBuffer> columns, Span<ColumnEntry> entries, int count, long minTime, long maxTime)
    {
        var names = new string[columns.Length];
        long size = EventBatch.HeaderBytes + (long)columns.Length * EventBatch.EntryBytes;
        for (var i = 0; i < columns.Length; i++)
        {
            names[i] = columns[i].Name;
            entries[i] = Place(columns[i], count, ref size);
        }

        if (size > Array.MaxLength) throw new InvalidOperationException($"a batch of {size} bytes is too large");
        var block = NativeBlock.Allocate((int)size);
        var bytes = block.GetSpan();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, EventBatch.Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], columns.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], count == 0 ? 0 : minTime);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], count == 0 ? 0 : maxTime);
        for (var i = 0; i < columns.Length; i++)
        {
            MemoryMarshal.Write(bytes[(EventBatch.HeaderBytes + i * EventBatch.EntryBytes)..], entries[i]);
            Write(columns[i], entries[i], bytes);
        }

        return EventBatch.Trust(block, names);
    }

    private static ColumnEntry Place(ColumnBuffer column, int count, ref long size)
    {
        var entry = new ColumnEntry
        {
            Type = (int)column.Type, ValueCount = column.Count, NameLength = column.Utf8Name.Length, HeapLength = column.HeapLength,
        };
        entry.NameOffset = Place(ref size, entry.NameLength);
        if (column.Count < count) entry.RowsOffset = Place(ref size, (long)column.Count * sizeof(int));
        entry.ValuesOffset = Place(ref size, (long)column.Count * (column.Type == StorageType.Bool ? 1 : 8));
        entry.HeapOffset = Place(ref size, column.HeapLength);
        return entry;
    }

    private static int Place(ref long size, long bytes)
    {
        size = (size + 7) & ~7L;
        var offset = size;
        size += bytes;
        return (int)Math.Min(offset, int.MaxValue);
    }

    private static void Write(ColumnBuffer column, ColumnEntry entry, Span<byte> bytes)
    {
        column.Utf8Name.CopyTo(bytes[entry.NameOffset..]);
        ClearGap(bytes, entry.NameOffset + entry.NameLength);
        if (entry.RowsOffset != 0)
        {
            column.WriteRows(bytes[entry.RowsOffset..entry.ValuesOffset]);
            ClearGap(bytes, entry.RowsOffset + column.Count * sizeof(int));
        }

        column.WriteValues(bytes[entry.ValuesOffset..]);
        if (column.Type == StorageType.Bool) ClearGap(bytes, entry.ValuesOffset + column.Count);
        column.Heap.CopyTo(bytes[entry.HeapOffset..]);
        ClearGap(bytes, entry.HeapOffset + column.HeapLength);
    }

    /// <summary>The memory was another's: nothing of that goes to the disk.</summary>
    private static void ClearGap(Span<byte> bytes, int from) => bytes[from..Math.Min((from + 7) & ~7, bytes.Length)].Clear();
}
