using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>One vector of the engine, filled piece by piece.</summary>
internal ref struct HotVector(ChunkWriter output, int index)
{
    private readonly ChunkWriter _output = output;
    private Span<ulong> _validity;

    public void SetNull(int row, int count)
    {
        Validity();
        for (var end = row + count; row < end;)
        {
            var bit = row & 63;
            var bits = Math.Min(64 - bit, end - row);
            var mask = bits == 64 ? ulong.MaxValue : ((1UL << bits) - 1) << bit;
            _validity[row >> 6] &= ~mask;
            row += bits;
        }
    }

    /// <summary>Writes the values of some rows of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="column">Its column.</param>
    /// <param name="rows">The rows, ascending.</param>
    /// <param name="targetRow">Where the first of them goes; the others follow.</param>
    public void Write(EventBatch batch, BatchColumn column, scoped ReadOnlySpan<int> rows, int targetRow)
    {
        var present = column.Rows;
        if (!column.IsDense) SetNull(targetRow, rows.Length);
        var next = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var value = rows[i];
            if (!column.IsDense)
            {
                next += LowerBound(present[next..], rows[i]);
                if (next == present.Length) return;
                if (present[next] != rows[i]) continue;
                value = next;
                _validity[(targetRow + i) >> 6] |= 1UL << ((targetRow + i) & 63);
            }

            Write(batch, column, value, targetRow + i);
        }
    }

    /// <summary>Writes the values of rows of a batch that follow each other.</summary>
    public void Write(EventBatch batch, BatchColumn column, int firstRow, int rows, int targetRow)
    {
        int first, count;
        ReadOnlySpan<int> present = default;
        if (column.IsDense)
        {
            (first, count) = (firstRow, rows);
        }
        else
        {
            var all = column.Rows;
            first = LowerBound(all, firstRow);
            count = LowerBound(all[first..], firstRow + rows);
            present = all.Slice(first, count);
            SetNull(targetRow, rows);
        }

        switch (column.Type)
        {
            case StorageType.Bool:
                Copy(column.Bools.Slice(first, count), _output.Values<bool>(index), present, targetRow, firstRow);
                break;
            case StorageType.Int64:
                Copy(column.Int64s.Slice(first, count), _output.Values<long>(index), present, targetRow, firstRow);
                break;
            case StorageType.Float64:
                Copy(column.Float64s.Slice(first, count), _output.Values<double>(index), present, targetRow, firstRow);
                break;
            default:
                var heap = batch.Address + column.Entry.HeapOffset;
                var target = _output.Strings(index);
                var slices = column.Slices.Slice(first, count);
                for (var i = 0; i < slices.Length; i++)
                {
                    var row = Place(present, i, targetRow, firstRow);
                    target[row] = DuckDbString.From(heap + slices[i].Offset, slices[i].Length);
                }

                break;
        }
    }

    private readonly void Write(EventBatch batch, BatchColumn column, int value, int row)
    {
        switch (column.Type)
        {
            case StorageType.Bool:
                _output.Values<bool>(index)[row] = column.Bools[value];
                break;
            case StorageType.Int64:
                _output.Values<long>(index)[row] = column.Int64s[value];
                break;
            case StorageType.Float64:
                _output.Values<double>(index)[row] = column.Float64s[value];
                break;
            default:
                var slice = column.Slices[value];
                _output.Strings(index)[row] = DuckDbString.From(batch.Address + column.Entry.HeapOffset + slice.Offset, slice.Length);
                break;
        }
    }

    private void Copy<T>(ReadOnlySpan<T> values, Span<T> target, ReadOnlySpan<int> present, int targetRow, int firstRow) where T : unmanaged
    {
        if (present.IsEmpty)
        {
            values.CopyTo(target[targetRow..]);
            return;
        }

        for (var i = 0; i < values.Length; i++) target[Place(present, i, targetRow, firstRow)] = values[i];
    }

    /// <summary>Target row of the i-th value; marks it present when the column is sparse.</summary>
    private readonly int Place(ReadOnlySpan<int> present, int i, int targetRow, int firstRow)
    {
        if (present.IsEmpty) return targetRow + i;
        var row = targetRow + present[i] - firstRow;
        _validity[row >> 6] |= 1UL << (row & 63);
        return row;
    }

    private void Validity()
    {
        if (_validity.IsEmpty) _validity = _output.Validity(index);
    }

    private static int LowerBound(ReadOnlySpan<int> rows, int row)
    {
        var found = MemoryExtensions.BinarySearch(rows, row);
        return found < 0 ? ~found : found;
    }
}
