using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>Counts of rows that are counted together those that match.</summary>
/// <param name="plan">What to count.</param>
/// <param name="rows">The rows.</param>
internal sealed class GroupTally(TallyPlan plan, GroupRows rows)
{
    /// <summary>More cells than this have no place of their own beforehand: those that occur are numbered.</summary>
    private const int MaxPlaces = 1 << 16;

    /// <summary>Above so many cells the engine is the better one to count.</summary>
    private const int MaxCells = 1 << 16;

    /// <summary>Adds their cells to columns: bucket, keys and measures, as far as they are asked for.</summary>
    /// <param name="target">The columns, empty.</param>
    /// <returns>How many cells there are.</returns>
    public int AddTo(ColumnBuffer[] target)
    {
        if (rows.Count == 0) return 0;
        var keys = Keys();
        var (cells, counts, place) = Cells(keys);
        var count = counts.Count;
        for (var k = 0; k < keys.Count; k++)
            for (var cell = 0; cell < count; cell++)
                keys[k].Set(place(cell, k), cell, target[k]);
        for (var m = 0; m < plan.Measures.Length; m++) new CellMeasure(plan.Measures[m], cells, counts).AddTo(target[keys.Count + m], rows, plan.Request.Run);
        return count;
    }

    private List<CodedKey> Keys()
    {
        var keys = new List<CodedKey>();
        if (plan.Request.BucketNs is { } width) keys.Add(Buckets(width));
        foreach (var column in plan.Keys)
        {
            var (codes, book) = rows.Codes(column);
            keys.Add(new ValueKey(book) { Codes = codes });
        }

        return keys;
    }

    /// <summary>The bucket of each row; where all lie in one, no time is read.</summary>
    private BucketKey Buckets(long width)
    {
        var (codes, (least, most)) = (rows.Scratch.Ints(rows.Count), rows.TimeRange);
        return least / width == most / width ? BucketKey.Of(least / width * width, codes, rows.Count) : BucketKey.Of(rows.Times().AsSpan(0, rows.Count), width, codes);
    }

    /// <summary>The cell of each row, how many rows each has, and how to tell the code that a cell has of a key.</summary>
    private (int[] Cells, List<int> Counts, Func<int, int, int> CodeOf) Cells(List<CodedKey> keys)
    {
        var places = keys.Aggregate(1L, (product, key) => Math.Min(product * key.Count, long.MaxValue >> 33));
        var (occurring, counts) = (new List<long>(), new List<int>());
        var cells = rows.Scratch.Ints(rows.Count);
        if (places <= MaxPlaces) Number(keys, cells.AsSpan(0, rows.Count), occurring, counts, new int[places]);
        else Number(keys, cells.AsSpan(0, rows.Count), occurring, counts);
        return (cells, counts, (cell, key) =>
        {
            var place = occurring[cell];
            for (var k = keys.Count - 1; k > key; k--) place /= keys[k].Count;
            return (int)(place % keys[key].Count);
        });
    }

    /// <summary>Numbers the cells that occur, of those few that there may be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Number(List<CodedKey> keys, Span<int> cells, List<long> occurring, List<int> counts, int[] known)
    {
        if (keys.Count == 0) cells.Clear();
        var isFirst = true;
        foreach (var key in keys)
        {
            var (codes, count) = (key.Codes, key.Count);
            if (count == 1 && (!isFirst || key != keys[^1])) continue; // all have the same
            if (isFirst) codes.AsSpan(0, cells.Length).CopyTo(cells);
            else for (var i = 0; i < cells.Length; i++) cells[i] = cells[i] * count + codes[i];
            isFirst = false;
        }

        // First how many there are of each, then numbers for those that there are.
        for (var i = 0; i < cells.Length; i++) known[cells[i]]++;
        for (var place = 0; place < known.Length; place++)
        {
            if (known[place] == 0) continue;
            occurring.Add(place);
            counts.Add(known[place]);
            known[place] = counts.Count - 1;
        }

        for (var i = 0; i < cells.Length; i++) cells[i] = known[cells[i]];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Number(List<CodedKey> keys, Span<int> cells, List<long> occurring, List<int> counts)
    {
        var known = new Dictionary<long, int>();
        for (var i = 0; i < cells.Length; i++)
        {
            long place = 0;
            foreach (var key in keys) place = checked(place * key.Count + key.Codes[i]);
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(known, place, out var isKnown);
            if (!isKnown)
            {
                if (occurring.Count == MaxCells) throw new InvalidDataException("there are too many cells");
                number = occurring.Count;
                occurring.Add(place);
                counts.Add(0);
            }

            counts[number]++;
            cells[i] = number;
        }
    }
}
