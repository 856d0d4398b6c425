using System.Collections.Immutable;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// What a scan of hot batches reads. Made once a query and shared by the scans that the engine opens on it. It holds the batches until
/// whoever made it has disposed it and the last of those scans is over.
/// </summary>
internal sealed class HotScanPlan : IDisposable
{
    /// <summary>Rows of one work unit: the engine's vector size.</summary>
    private const int UnitRows = 2048;

    private int _users = 1;

    /// <param name="columns">Columns that can be asked for.</param>
    /// <param name="batches">Batches that the caller holds during this call.</param>
    /// <param name="inOrder">True when one thread must deliver the rows in arrival order.</param>
    public HotScanPlan(ImmutableArray<HotColumn> columns, IReadOnlyList<HotBatch> batches, bool inOrder)
    {
        Columns = columns;
        Batches = [.. batches];
        InOrder = inOrder;
        Places = [.. Batches.Select(b => PlacesOf(b))];
        var pieces = ImmutableArray.CreateBuilder<Piece>();
        var units = ImmutableArray.CreateBuilder<int>();
        var room = 0;
        for (var b = 0; b < Batches.Length; b++)
        {
            for (var row = 0; row < Batches[b].Batch.Count;)
            {
                if (room == 0)
                {
                    units.Add(pieces.Count);
                    room = UnitRows;
                }

                var rows = Math.Min(room, Batches[b].Batch.Count - row);
                pieces.Add(new Piece(b, row, rows));
                row += rows;
                room -= rows;
                Rows += rows;
            }
        }

        foreach (var hot in Batches) hot.Batch.Retain();
        units.Add(pieces.Count);
        Pieces = pieces.ToImmutable();
        Units = units.ToImmutable();
    }

    public ImmutableArray<HotColumn> Columns { get; }

    public ImmutableArray<HotBatch> Batches { get; }

    /// <summary>Consecutive rows of a batch; a unit is a run of pieces with at most <see cref="UnitRows"/> rows.</summary>
    public ImmutableArray<Piece> Pieces { get; }

    /// <summary>Where each unit starts among the pieces, and the end.</summary>
    public ImmutableArray<int> Units { get; }

    /// <summary>Per batch, per column: its place among the batch's columns, or -1.</summary>
    public ImmutableArray<int[]> Places { get; }

    /// <summary>True when one thread must deliver the rows in arrival order.</summary>
    public bool InOrder { get; }

    public long Rows { get; }

    /// <summary>One more scan uses the plan, which somebody still holds.</summary>
    public void Use() => Interlocked.Increment(ref _users);

    /// <summary>Ends one use of the plan; each user calls it once.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) != 0) return;
        foreach (var hot in Batches) hot.Batch.Release();
    }

    internal readonly record struct Piece(int Batch, int FirstRow, int Rows);

    private int[] PlacesOf(HotBatch batch) => [.. Columns.Select(column => Array.IndexOf(batch.Columns, column.Number))];
}

/// <summary>
/// Delivers hot batches to the engine in place: numbers are copied into its vectors, texts are pointed to where they lie. The plan keeps the
/// batches until the engine has let go of the scan. The first column is the event's number (seq).
/// </summary>
internal sealed class HotScan(HotScanPlan plan) : TableScan
{
    private int _nextUnit = -1;

    public override IReadOnlyList<(string Name, DuckDbType Type)> Columns { get; } =
    [
        ("seq", DuckDbType.Int64),
        .. plan.Columns.Select((c, i) => ("h" + i.ToString(System.Globalization.CultureInfo.InvariantCulture), EngineType(c.Type))),
    ];

    public override long Cardinality => plan.Rows;

    public override int MaxThreads => plan.InOrder ? 1 : Math.Max(1, plan.Units.Length - 1);

    public override void Release() => plan.Dispose();

    public override void Start() => Volatile.Write(ref _nextUnit, -1);

    public override object? StartThread() => null;

    public override int Scan(object? threadState, ChunkWriter output)
    {
        var unit = Interlocked.Increment(ref _nextUnit);
        if (unit >= plan.Units.Length - 1) return 0;
        var pieces = plan.Pieces.AsSpan()[plan.Units[unit]..plan.Units[unit + 1]];
        var rows = 0;
        foreach (var piece in pieces) rows += piece.Rows;
        for (var i = 0; i < output.ColumnCount; i++)
        {
            var source = output.SourceColumn(i);
            if (source == 0) WriteSeq(output.Values<long>(i), pieces);
            else if (source > 0) WriteColumn(output, i, source - 1, pieces);
        }

        return rows;
    }

    private void WriteSeq(Span<long> target, ReadOnlySpan<HotScanPlan.Piece> pieces)
    {
        var row = 0;
        foreach (var piece in pieces)
        {
            var batch = plan.Batches[piece.Batch];
            if (batch.Seqs is { } seqs)
            {
                seqs.Value.AsSpan(piece.FirstRow, piece.Rows).CopyTo(target[row..]);
                row += piece.Rows;
                continue;
            }

            var seq = batch.FirstSeq + piece.FirstRow;
            for (var i = 0; i < piece.Rows; i++) target[row++] = seq++;
        }
    }

    private void WriteColumn(ChunkWriter output, int i, int column, ReadOnlySpan<HotScanPlan.Piece> pieces)
    {
        var target = new VectorTarget(output, i);
        var row = 0;
        foreach (var piece in pieces)
        {
            var place = plan.Places[piece.Batch][column];
            if (plan.Batches[piece.Batch].Times is { } times && plan.Columns[column].Name == WellKnownColumns.Time)
            {
                times.Value.AsSpan(piece.FirstRow, piece.Rows).CopyTo(output.Values<long>(i)[row..]);
            }
            else if (place < 0)
            {
                target.SetNull(row, piece.Rows);
            }
            else
            {
                var batch = plan.Batches[piece.Batch].Batch;
                target.Write(batch, batch.Columns[place], piece.FirstRow, piece.Rows, row);
            }

            row += piece.Rows;
        }
    }

    private static DuckDbType EngineType(StorageType type) => type switch
    {
        StorageType.Bool => DuckDbType.Boolean,
        StorageType.Int64 => DuckDbType.Int64,
        StorageType.Float64 => DuckDbType.Double,
        StorageType.String => DuckDbType.Varchar,
        _ => DuckDbType.Blob,
    };

    /// <summary>One vector of the engine, filled piece by piece.</summary>
    private ref struct VectorTarget(ChunkWriter output, int index)
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
}
