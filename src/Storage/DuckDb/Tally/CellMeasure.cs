using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Storage.Compile;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>Computes one measure of the cells of a row group, or of batches in memory.</summary>
/// <param name="measure">The measure.</param>
/// <param name="cells">The cell of each selected row; there may be room behind the last.</param>
/// <param name="all">How many rows each cell has.</param>
internal sealed class CellMeasure(PlannedMeasure measure, int[] cells, List<int> all)
{
    /// <summary>Sums of decimals beyond this are no decimals of that width.</summary>
    private const long MaxUnits = 1_000_000_000_000_000_000;

    /// <summary>The last place takes what does not count, so that the loops have no branches.</summary>
    private readonly int[] _counts = new int[all.Count + 1];

    private readonly int _count = all.Count;

    private TallyKind Kind => measure.Asked.Kind;

    /// <summary>Sets the results of all cells that have one.</summary>
    /// <param name="target">Where they go.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="run">Keeps values.</param>
    public void AddTo(ColumnBuffer target, GroupRows rows, long run)
    {
        if (Kind == TallyKind.Count)
        {
            if (!measure.IsNothing) _ = Taking(rows, measure.Column is { } column ? rows.Present(column) : null);
            for (var cell = 0; cell < _count; cell++) target.Set(cell, _counts[cell]);
            return;
        }

        if (measure.IsNothing) return;
        var (values, present) = rows.Numbers(measure.Column!);
        var taking = Taking(rows, present);
        if (Kind == TallyKind.Values) Keep(values, taking, rows.Scratch.Longs(taking.Length), target, run);
        else if (measure.IsReal) Set(Reals(values, taking), target, BitConverter.DoubleToInt64Bits);
        else Set(Integers(values, taking), target, BitsOf);
    }

    /// <summary>The cell of each row that takes part, and counts these; those that do not share a place behind the others.</summary>
    private ReadOnlySpan<int> Taking(GroupRows rows, byte[]? present)
    {
        ReadOnlySpan<int> taking = cells.AsSpan(0, rows.Count);
        var passing = rows.Passing(measure.Where);
        if (passing is null && present is null)
        {
            all.CopyTo(_counts);
            return taking;
        }

        var some = rows.Scratch.Ints(rows.Count).AsSpan(0, rows.Count);
        if (present is null) taking.CopyTo(some);
        else Choose(present, rows.Selection, taking, some, _count);
        if (passing is not null) LeaveOut(passing, some, _count);
        Count(some, _counts);
        return some;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LeaveOut(bool[] marks, Span<int> taking, int place)
    {
        for (var i = 0; i < taking.Length; i++) taking[i] = marks[i] ? taking[i] : place;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Choose(byte[] present, ReadOnlySpan<int> selection, ReadOnlySpan<int> taking, Span<int> having, int place)
    {
        var i = 0;
        if (selection.IsEmpty)
        {
            // A byte of bits says it of eight rows.
            var (bits, others) = (Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128), Vector256.Create(place));
            for (; i + 8 <= having.Length; i += 8)
            {
                var has = Vector256.Equals(Vector256.Create((int)present[i >> 3]) & bits, bits);
                Vector256.ConditionalSelect(has, Vector256.Create(taking.Slice(i, 8)), others).CopyTo(having[i..]);
            }
        }

        for (; i < having.Length; i++)
        {
            var row = selection.IsEmpty ? i : selection[i];
            having[i] = (present[row >> 3] >> (row & 7) & 1) != 0 ? taking[i] : place;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Count(ReadOnlySpan<int> taking, int[] counts)
    {
        foreach (var cell in taking) counts[cell]++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long[] Integers(long[] values, ReadOnlySpan<int> taking)
    {
        var results = new long[_count + 1];
        switch (Kind)
        {
            case TallyKind.Sum:
                // What is left out is added up too, without a branch. Should that be too much, the engine counts.
                for (var i = 0; i < taking.Length; i++) results[taking[i]] = checked(results[taking[i]] + values[i]);
                break;
            case TallyKind.Min:
                Array.Fill(results, long.MaxValue);
                for (var i = 0; i < taking.Length; i++) results[taking[i]] = Math.Min(results[taking[i]], values[i]);
                break;
            default:
                Array.Fill(results, long.MinValue);
                for (var i = 0; i < taking.Length; i++) results[taking[i]] = Math.Max(results[taking[i]], values[i]);
                break;
        }

        return results;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double[] Reals(long[] bits, ReadOnlySpan<int> taking)
    {
        var results = new double[_count + 1];
        switch (Kind)
        {
            case TallyKind.Sum:
                for (var i = 0; i < taking.Length; i++) results[taking[i]] += BitConverter.Int64BitsToDouble(bits[i]);
                break;
            case TallyKind.Min:
                Array.Fill(results, double.PositiveInfinity);
                for (var i = 0; i < taking.Length; i++) results[taking[i]] = Math.Min(results[taking[i]], BitConverter.Int64BitsToDouble(bits[i]));
                break;
            default:
                Array.Fill(results, double.NegativeInfinity);
                for (var i = 0; i < taking.Length; i++) results[taking[i]] = Math.Max(results[taking[i]], BitConverter.Int64BitsToDouble(bits[i]));
                break;
        }

        return results;
    }

    private void Set<T>(T[] results, ColumnBuffer target, Func<T, long> bitsOf)
    {
        for (var cell = 0; cell < _count; cell++)
            if (_counts[cell] > 0) target.Set(cell, bitsOf(results[cell]));
    }

    /// <summary>A result of integers in the form in which it is handed over.</summary>
    private long BitsOf(long result)
    {
        if (PlannedMeasure.ResultOf(measure.Asked) == StorageType.Float64) return BitConverter.DoubleToInt64Bits(measure.Column!.IsScaled ? KeptRanks.OfDecimal(result) : result);
        return !measure.Asked.IsExact || Math.Abs(result) < MaxUnits ? result : throw new OverflowException();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Keep(long[] values, ReadOnlySpan<int> taking, long[] sorted, ColumnBuffer target, long run)
    {
        if (KeptValues.Find(run) is not { } kept) throw new InvalidDataException("the run is over");
        var next = new int[_count + 1];
        for (var cell = 0; cell < _count; cell++) next[cell + 1] = next[cell] + _counts[cell];
        var isFloat = measure.Asked is { IsExact: false, Column.Type: ColumnType.Float64 };
        if (!isFloat)
        {
            for (var i = 0; i < taking.Length; i++) sorted[next[taking[i]]++] = values[i];
        }

        for (var i = 0; isFloat && i < taking.Length; i++)
        {
            var value = values[i];
            value = KeptRanks.Ordered(measure.IsReal ? value : BitConverter.DoubleToInt64Bits(measure.Column!.IsScaled ? KeptRanks.OfDecimal(value) : value));
            sorted[next[taking[i]]++] = value;
        }

        // Each place has come to the end of its values.
        for (var cell = 0; cell < _count; cell++)
            if (_counts[cell] > 0) target.Set(cell, kept.Add(sorted.AsSpan(next[cell] - _counts[cell], _counts[cell])));
    }
}
