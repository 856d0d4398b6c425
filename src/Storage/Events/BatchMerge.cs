namespace Storage.Events;

/// <summary>
/// Makes one batch of several, in their order: equal texts of a column share their bytes again, and a scan has one batch to visit
/// instead of many.
/// </summary>
internal static class BatchMerge
{
    /// <summary>A new batch with the events of all; the given ones stay as they are. The caller owns it.</summary>
    public static EventBatch Merge(IReadOnlyList<EventBatch> batches)
    {
        var byKey = new Dictionary<(string, StorageType), ColumnBuffer>();
        var columns = new List<ColumnBuffer>();
        var memory = new ColumnMemory();
        var (minTime, maxTime) = (long.MaxValue, long.MinValue);
        var row = 0;
        foreach (var batch in batches)
        {
            foreach (var column in batch.Columns)
            {
                var key = (column.Name, column.Type);
                if (!byKey.TryGetValue(key, out var target))
                {
                    byKey.Add(key, target = new ColumnBuffer(column.Name, column.Type, memory));
                    columns.Add(target);
                }

                Append(target, column, row);
            }

            row += batch.Count;
            minTime = Math.Min(minTime, batch.MinTimeUnixNs);
            maxTime = Math.Max(maxTime, batch.MaxTimeUnixNs);
            GC.KeepAlive(batch);
        }

        return BatchLayout.Build(columns, row, minTime, maxTime);
    }

    private static void Append(ColumnBuffer target, BatchColumn column, int firstRow)
    {
        var rows = column.Rows;
        switch (column.Type)
        {
            case StorageType.Bool:
                var bools = column.Bools;
                for (var i = 0; i < bools.Length; i++) target.Set(Row(rows, i), bools[i] ? 1 : 0);
                break;
            case StorageType.Int64:
                var integers = column.Int64s;
                for (var i = 0; i < integers.Length; i++) target.Set(Row(rows, i), integers[i]);
                break;
            case StorageType.Float64:
                var doubles = column.Float64s;
                for (var i = 0; i < doubles.Length; i++) target.Set(Row(rows, i), BitConverter.DoubleToInt64Bits(doubles[i]));
                break;
            default:
                AppendBytes(target, column, rows, firstRow);
                break;
        }

        int Row(ReadOnlySpan<int> present, int i) => firstRow + (present.IsEmpty ? i : present[i]);
    }

    private static void AppendBytes(ColumnBuffer target, BatchColumn column, ReadOnlySpan<int> rows, int firstRow)
    {
        var heap = column.Heap;
        var slices = column.Slices;
        // Neighbours of one request often share a text: what was placed last need not be looked up again.
        var (last, bits) = (new HeapSlice(-1, 0), 0L);
        for (var i = 0; i < slices.Length; i++)
        {
            var slice = slices[i];
            if (slice != last) (last, bits) = (slice, target.Place(heap.Slice(slice.Offset, slice.Length)));
            target.Set(firstRow + (rows.IsEmpty ? i : rows[i]), bits);
        }
    }
}
