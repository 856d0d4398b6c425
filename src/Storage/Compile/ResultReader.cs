using System.Collections.Immutable;
using System.Globalization;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Takes the parts of a statement's result by the names that the compiler gave them, and gives them the query's names.</summary>
internal static class ResultReader
{
    /// <summary>The column of that name, which the statement must have.</summary>
    public static ResultColumn Column(ResultTable table, string name) =>
        table.Find(name) ?? throw new InvalidOperationException($"the statement gave no column {name}");

    public static long Int64(ResultTable table, string name) => Column(table, name)[0].AsInt64();

    /// <summary>The numbers of a column by row; none of those that are asked for is missing.</summary>
    public static Func<int, long> Int64s(ResultTable table, string name)
    {
        var column = Column(table, name);
        return row => column[row].AsInt64();
    }

    /// <summary>Row numbers from 0.</summary>
    public static int[] FirstRows(int count) => [.. Enumerable.Range(0, count)];

    public static ImmutableArray<ResultColumn> Breakdowns(BoundCalculationQuery query, ResultTable table, int[] rows) =>
        [.. query.Breakdowns.Select((b, i) => Column(table, Name("g", i)).Select(b.Name, rows))];

    /// <summary>The calculations and formulas of the given rows. Where an exact Int64 does not fit in one of them, the column is Float64.</summary>
    public static ImmutableArray<ResultColumn> Calculations(BoundCalculationQuery query, ResultTable table, int[] rows) =>
        [.. query.ResultNames.Select((name, i) => Calculation(table, i, rows).Select(name, rows))];

    private static ResultColumn Calculation(ResultTable table, int index, int[] rows)
    {
        var exact = Column(table, Name("r", index));
        if (table.Find(Name("r", index) + "x") is not { } rough) return exact;
        return Array.TrueForAll(rows, row => exact.IsNull(row) == rough.IsNull(row)) ? exact : rough;
    }

    private static string Name(string prefix, int index) => prefix + index.ToString(CultureInfo.InvariantCulture);
}
