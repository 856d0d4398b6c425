using System.Collections.Immutable;
using Storage.Compile;
using Storage.DuckDb.Catalog;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Finds the rows of batches in memory that a condition may be true for. The engine would be given every value of every column to find the few events of one user; here one column
/// is looked at where it lies.
/// </summary>
internal sealed class HotSearch
{
    private readonly ImmutableArray<Wanted> _wanted;

    private HotSearch(ImmutableArray<Wanted> wanted) => _wanted = wanted;

    /// <summary>The search for a condition; null when only the engine can tell, or all rows must be looked at.</summary>
    /// <param name="where">The condition.</param>
    /// <param name="columns">How batches store columns: all ways of those that are named here.</param>
    public static HotSearch? Of(BoundFilter? where, ImmutableArray<HotColumn> columns)
    {
        var wanted = ImmutableArray.CreateBuilder<Wanted>();
        foreach (var condition in RowTest.Conjuncts(where))
        {
            var ways = columns.Where(c => c.Name == condition.Column.Name).Select(c => new Way(c.Number, RowTest.Of(condition, c))).ToImmutableArray();
            if (ways.Any(w => w.Test is not null)) wanted.Add(new Wanted(ways));
        }

        return wanted.Count == 0 ? null : new HotSearch([.. wanted.OrderBy(w => w.Share)]);
    }

    /// <summary>The rows of a batch that may match, ascending; null when these are half of them or more, and looking for them has no use.</summary>
    public int[]? Find(HotBatch batch)
    {
        List<int>? rows = null;
        foreach (var wanted in _wanted)
        {
            // A batch that has the column in two ways is left to the engine, which puts them together.
            Way? only = null;
            var (place, count) = (-1, 0);
            foreach (var way in wanted.Ways)
            {
                if (Array.IndexOf(batch.Columns, way.Number) is not (var at and >= 0)) continue;
                (only, place) = (way, at);
                count++;
            }

            if (count == 0) return []; // no condition that asks for something is true of a missing value
            if (count > 1 || only!.Value.Test is not { } test) continue;
            var column = batch.Batch.Columns[place];
            rows = rows is null ? Find(column, test) : Keep(rows, column, test);
            if (rows.Count == 0) return [];
        }

        return rows is null || rows.Count >= batch.Batch.Count / 2 ? null : [.. rows];
    }

    /// <summary>The rows of a column that have a value which may pass a test, ascending.</summary>
    public static List<int> Find(BatchColumn column, RowTest test)
    {
        var rows = new List<int>();
        var present = column.Rows;
        if (column.Type is StorageType.String or StorageType.Id)
        {
            var slices = column.Slices;
            var heap = column.Heap;
            // Equal texts share their bytes, and neighbours are often equal.
            var (before, passes) = (new HeapSlice(-1, 0), false);
            for (var i = 0; i < slices.Length; i++)
            {
                if (slices[i] != before) (before, passes) = (slices[i], test.MayPass(heap.Slice(slices[i].Offset, slices[i].Length)));
                if (passes) rows.Add(present.IsEmpty ? i : present[i]);
            }

            return rows;
        }

        for (var i = 0; i < column.ValueCount; i++)
            if (Passes(column, i, test)) rows.Add(present.IsEmpty ? i : present[i]);
        return rows;
    }

    private static List<int> Keep(List<int> rows, BatchColumn column, RowTest test)
    {
        var kept = new List<int>();
        var present = column.Rows;
        foreach (var row in rows)
        {
            var value = column.IsDense ? row : present.BinarySearch(row);
            if (value >= 0 && Passes(column, value, test)) kept.Add(row);
        }

        return kept;
    }

    /// <summary>Whether a value of a column may pass a test.</summary>
    public static bool Passes(BatchColumn column, int value, RowTest test)
    {
        switch (column.Type)
        {
            case StorageType.Bool:
                return test.MayPass(column.Bools[value] ? 1 : 0);
            case StorageType.Int64:
                return test.MayPass(column.Int64s[value]);
            case StorageType.Float64:
                var number = column.Float64s[value];
                return test.MayPass(test.Column.IsScaled ? NumberCounter.UnitsOf(number) : BitConverter.DoubleToInt64Bits(number));
            default:
                var slice = column.Slices[value];
                return test.MayPass(column.Heap.Slice(slice.Offset, slice.Length));
        }
    }

    /// <summary>A way to store a column, and the condition's test of its values; null where the engine has to tell.</summary>
    private readonly record struct Way(int Number, RowTest? Test);

    /// <summary>A condition, by the ways in which its column is stored.</summary>
    private sealed record Wanted(ImmutableArray<Way> Ways)
    {
        /// <summary>About the share of the rows that pass.</summary>
        public double Share { get; } = Ways.Max(w => w.Test?.Share ?? 1);
    }
}
