using System.Collections.Immutable;
using Storage.Compile;
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

    private readonly int[]?[] _selected;
    private int _users = 1;

    /// <param name="columns">Columns that can be asked for.</param>
    /// <param name="batches">Batches that the caller holds during this call.</param>
    /// <param name="inOrder">True when one thread must deliver the rows in arrival order.</param>
    public HotScanPlan(ImmutableArray<HotColumn> columns, IReadOnlyList<HotBatch> batches, bool inOrder)
        : this(columns, [.. batches], new int[]?[batches.Count]) => InOrder = inOrder;

    private HotScanPlan(ImmutableArray<HotColumn> columns, ImmutableArray<HotBatch> batches, int[]?[] selected)
    {
        (Columns, Batches, _selected) = (columns, batches, selected);
        Places = [.. Batches.Select(b => PlacesOf(b))];
        var pieces = ImmutableArray.CreateBuilder<Piece>();
        var units = ImmutableArray.CreateBuilder<int>();
        var room = 0;
        for (var b = 0; b < Batches.Length; b++)
        {
            var count = selected[b]?.Length ?? Batches[b].Batch.Count;
            for (var row = 0; row < count;)
            {
                if (room == 0)
                {
                    units.Add(pieces.Count);
                    room = UnitRows;
                }

                var rows = Math.Min(room, count - row);
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

    /// <summary>A plan that leaves out rows for which a condition is not true, as far as that can be told from values where they lie.</summary>
    /// <param name="columns">Columns that can be asked for, those of the condition among them.</param>
    /// <param name="batches">Batches that the caller holds during this call.</param>
    /// <param name="where">The condition; null for none.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static HotScanPlan Of(ImmutableArray<HotColumn> columns, IReadOnlyList<HotBatch> batches, BoundFilter? where, CancellationToken cancellationToken)
    {
        var selected = new int[]?[batches.Count];
        if (HotSearch.Of(where, columns) is { } search)
            Parallel.For(0, selected.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, i => selected[i] = search.Find(batches[i]));
        return new HotScanPlan(columns, [.. batches], selected);
    }

    public ImmutableArray<HotColumn> Columns { get; }

    public ImmutableArray<HotBatch> Batches { get; }

    /// <summary>Consecutive rows of a batch, or of those selected of it; a unit is a run of pieces with at most <see cref="UnitRows"/> rows.</summary>
    public ImmutableArray<Piece> Pieces { get; }

    /// <summary>Where each unit starts among the pieces, and the end.</summary>
    public ImmutableArray<int> Units { get; }

    /// <summary>Per batch, per column: its place among the batch's columns, or -1.</summary>
    public ImmutableArray<int[]> Places { get; }

    /// <summary>True when one thread must deliver the rows in arrival order.</summary>
    public bool InOrder { get; }

    public long Rows { get; }

    /// <summary>The rows of a piece, where it is one of selected rows.</summary>
    public ReadOnlySpan<int> Selected(Piece piece) => _selected[piece.Batch] is { } rows ? rows.AsSpan(piece.FirstRow, piece.Rows) : default;

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
            if (plan.Selected(piece) is { IsEmpty: false } selected)
            {
                foreach (var chosen in selected) target[row++] = batch.Seqs is { } some ? some.Value[chosen] : batch.FirstSeq + chosen;
                continue;
            }

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
        var target = new HotVector(output, i);
        var row = 0;
        foreach (var piece in pieces)
        {
            var place = plan.Places[piece.Batch][column];
            var selected = plan.Selected(piece);
            if (plan.Batches[piece.Batch].Times is { } times && plan.Columns[column].Name == WellKnownColumns.Time)
            {
                var values = output.Values<long>(i)[row..];
                if (selected.IsEmpty) times.Value.AsSpan(piece.FirstRow, piece.Rows).CopyTo(values);
                for (var chosen = 0; chosen < selected.Length; chosen++) values[chosen] = times.Value[selected[chosen]];
            }
            else if (place < 0)
            {
                target.SetNull(row, piece.Rows);
            }
            else
            {
                var batch = plan.Batches[piece.Batch].Batch;
                if (selected.IsEmpty) target.Write(batch, batch.Columns[place], piece.FirstRow, piece.Rows, row);
                else target.Write(batch, batch.Columns[place], selected, row);
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
}
