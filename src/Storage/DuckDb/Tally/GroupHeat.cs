using System.Runtime.CompilerServices;
using Storage.Compile;
using Storage.DuckDb.Native;

namespace Storage.DuckDb.Tally;

/// <summary>The values of a heatmap in the matching rows of one row group, or of batches in memory.</summary>
/// <param name="measure">The column.</param>
/// <param name="rows">The rows.</param>
internal sealed class GroupHeat(PlannedMeasure measure, GroupRows rows)
{
    /// <summary>Values that are looked at together.</summary>
    private const int Step = 256;

    /// <summary>What range the finite values have, and those of events whose number a step divides, unless that is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public HeatRange Range(long step)
    {
        if (measure.IsNothing || rows.Count == 0) return HeatRange.None;
        var (least, greatest, above, ranked) = (double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity, new List<double>());
        var (values, present) = rows.Numbers(measure.Column!);
        var seqs = step > 0 ? rows.Seqs() : [];
        Span<double> some = stackalloc double[Step];
        for (var first = 0; first < rows.Count; first += Step)
        {
            var count = Math.Min(Step, rows.Count - first);
            Fill(values.AsSpan(first, count), present, first, some);
            for (var i = 0; i < count; i++)
            {
                if (!double.IsFinite(some[i])) continue;
                least = Math.Min(least, some[i]);
                greatest = Math.Max(greatest, some[i]);
                if (some[i] > 0) above = Math.Min(above, some[i]);
                if (step > 0 && seqs[first + i] % step == 0) ranked.Add(some[i]);
            }
        }

        return least <= greatest ? new HeatRange(least, greatest, double.IsFinite(above) ? above : double.NaN, ranked) : HeatRange.None;
    }

    /// <summary>Adds the events to the cells of a grid, which several may share.</summary>
    public void Count(HeatmapGrid grid, long bucketNs)
    {
        if (rows.Count == 0) return;
        var buckets = BucketKey.Of(rows.Times().AsSpan(0, rows.Count), bucketNs, rows.Scratch.Ints(rows.Count));
        var cells = new CellCounts(grid, buckets.Count);
        Count(grid, buckets.Codes, cells);
        lock (grid)
        {
            for (var bucket = 0; bucket < buckets.Count; bucket++)
            {
                var start = buckets.StartOf(bucket);
                grid.AddBeside(start, cells.Missing[bucket], cells.NonPositive[bucket]);
                for (var row = 0; row < grid.Rows; row++) grid.Add(start, row, cells.Rows[bucket * grid.Rows + row]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Count(HeatmapGrid grid, int[] buckets, CellCounts cells)
    {
        if (measure.IsNothing)
        {
            for (var i = 0; i < rows.Count; i++) cells.Missing[buckets[i]]++;
            return;
        }

        var (values, present) = rows.Numbers(measure.Column!);
        Span<double> some = stackalloc double[Step];
        Span<int> found = stackalloc int[Step];
        for (var first = 0; first < rows.Count; first += Step)
        {
            var count = Math.Min(Step, rows.Count - first);
            Fill(values.AsSpan(first, count), present, first, some);
            HeatCells.Find(grid.Axis.Edges, some[..count], found);
            for (var i = 0; i < count; i++)
            {
                var bucket = buckets[first + i];
                if (double.IsFinite(some[i]))
                {
                    var isLow = some[i] <= 0;
                    if (isLow && grid.HasNonPositive) cells.NonPositive[bucket]++;
                    if (!isLow || !grid.IsAboveZero) cells.Rows[bucket * grid.Rows + found[i]]++;
                }
                else if (!Has(present, first + i))
                {
                    cells.Missing[bucket]++;
                }
            }
        }
    }

    /// <summary>Makes doubles of what is stored, and NaN of what is missing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill(ReadOnlySpan<long> values, byte[]? present, int first, Span<double> target)
    {
        if (measure.IsReal) for (var i = 0; i < values.Length; i++) target[i] = BitConverter.Int64BitsToDouble(values[i]);
        else if (measure.Column!.IsScaled) for (var i = 0; i < values.Length; i++) target[i] = KeptRanks.OfDecimal(values[i]);
        else for (var i = 0; i < values.Length; i++) target[i] = values[i];
        if (present is null) return;
        for (var i = 0; i < values.Length; i++)
            if (!Has(present, first + i)) target[i] = double.NaN;
    }

    private bool Has(byte[]? present, int place)
    {
        if (present is null) return true;
        var row = rows.Selection.IsEmpty ? place : rows.Selection[place];
        return (present[row >> 3] >> (row & 7) & 1) != 0;
    }

    /// <summary>Events by bucket, and by bucket and row.</summary>
    private sealed class CellCounts(HeatmapGrid grid, int buckets)
    {
        public int[] Rows { get; } = new int[buckets * grid.Rows];

        public int[] Missing { get; } = new int[buckets];

        public int[] NonPositive { get; } = new int[buckets];
    }
}
