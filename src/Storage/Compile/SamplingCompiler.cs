using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Says how far weighted results may be from what they estimate. An event of weight w was kept with a chance of 1 / w, independently of others: then a
/// sum of x over all events is estimated by that of w x over the kept ones, with a variance of which the sum of (w² - w) x² is an unbiased estimate; a
/// count is the sum of 1. The mean is a quotient of two such sums, and its variance that of (w² - w) (x - mean)² over the square of the weights.
/// </summary>
internal sealed class SamplingCompiler(BoundCalculationQuery query, SqlDialect dialect, SqlRelation source)
{
    /// <summary>Standard deviations to each side that hold 95 % of a normal distribution.</summary>
    private const double Deviations = 1.96;

    private static readonly string[] Parts = ["n", "s", "a2", "w", "a1", "a0"];

    private readonly (BoundCalculation Calculation, int Index)[] _weighted =
        [.. query.Calculations.Select((c, i) => (c, i)).Where(x => x.c.Op is CalculationOp.Count or CalculationOp.Sum or CalculationOp.Avg)];

    public bool IsEmpty => _weighted.Length == 0;

    /// <summary>One row for each of the groups, and one without a key for all others: the sums from which intervals are made, which add up.</summary>
    /// <param name="keys">Keys of the groups; null when all events are one.</param>
    public SqlStatement Sums(IEnumerable<long>? keys)
    {
        var parameters = new SqlParameters();
        var selection = new SelectionCompiler(query, dialect, source, parameters);
        var outputs = _weighted.SelectMany(x => Outputs(x.Calculation, x.Index, selection));
        if (keys is null) return parameters.Statement($"SELECT {string.Join(", ", outputs)}\n{selection.From([], [], [])}");
        var key = dialect.GroupKey(query.Breakdowns.Select(b => $"e.{b.Alias}"));
        var list = dialect.Int64List(parameters.Add(string.Join(',', keys.Select(k => k.ToString(CultureInfo.InvariantCulture)))));
        return parameters.Statement($"SELECT CASE WHEN {key} IN ({list}) THEN {key} END AS k, {string.Join(", ", outputs)}\n{selection.From([], [], [])}\nGROUP BY 1");
    }

    /// <summary>The intervals of the total, then of each group.</summary>
    /// <param name="sums">The result of the statement.</param>
    /// <param name="keys">The groups in the order of the answer; null when all events are one.</param>
    /// <param name="rows">Rows of the answer.</param>
    public Sampling Read(ResultTable sums, IReadOnlyList<long>? keys, int rows)
    {
        var all = Enumerable.Range(0, sums.RowCount).ToArray();
        var total = Intervals(sums, all);
        if (keys is null) return new Sampling(total, [.. Enumerable.Repeat(total, rows)]);
        var key = ResultReader.Column(sums, "k");
        var places = all.Where(row => !key.IsNull(row)).ToDictionary(row => key[row].AsInt64());
        return new Sampling(total, [.. keys.Select(k => places.TryGetValue(k, out var row) ? Intervals(sums, [row]) : [])]);
    }

    private IEnumerable<string> Outputs(BoundCalculation calculation, int index, SelectionCompiler selection)
    {
        var value = calculation.Column is { } column ? $"e.{column.Alias}" : null;
        var tests = new[] { calculation.Where is { } where ? selection.Filters.Conjunct(where) : null, value is null ? null : Usable(calculation.Column!, value, calculation.Op) };
        var filter = tests.OfType<string>().ToArray() is { Length: > 0 } given ? $" FILTER (WHERE {string.Join(" AND ", given)})" : "";
        var weight = dialect.ToFloat64(selection.Weight!);
        var more = $"({weight} * ({weight} - 1))";
        var x = calculation.Op == CalculationOp.Count ? "1" : dialect.ToFloat64(value!);
        string[] sql = [$"count(*){filter}", $"sum({x} * {weight}){filter}", $"sum({x} * {x} * {more}){filter}", $"sum({weight}){filter}", $"sum({x} * {more}){filter}", $"sum({more}){filter}"];
        return Enumerable.Range(0, calculation.Op == CalculationOp.Avg ? 6 : 3)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? sql[i] : dialect.ToFloat64($"coalesce({sql[i]}, 0)"))} AS {Parts[i]}_{index}"));
    }

    private string Usable(BoundColumn column, string value, CalculationOp op) =>
        op != CalculationOp.Count && column.Type == ColumnType.Float64 ? dialect.IsFinite(value) : $"{value} IS NOT NULL";

    private ImmutableArray<Interval> Intervals(ResultTable sums, int[] rows) => [.. _weighted.Select(x => Of(x.Calculation, x.Index, sums, rows)).OfType<Interval>()];

    private static Interval? Of(BoundCalculation calculation, int index, ResultTable sums, int[] rows)
    {
        double Sum(string part) => rows.Sum(row => ResultReader.Column(sums, string.Create(CultureInfo.InvariantCulture, $"{part}_{index}"))[row].AsDouble());
        var n = (long)Sum("n");
        if (n == 0 && calculation.Op != CalculationOp.Count) return null;
        var (center, variance) = (Sum("s"), Sum("a2"));
        if (calculation.Op == CalculationOp.Avg)
        {
            var weight = Sum("w");
            center /= weight;
            variance = (variance - 2 * center * Sum("a1") + center * center * Sum("a0")) / (weight * weight);
        }

        var reach = Deviations * Math.Sqrt(Math.Max(0, variance));
        // There are no fewer events than were seen.
        var low = calculation.Op == CalculationOp.Count ? Math.Max(n, center - reach) : center - reach;
        return new Interval(calculation.Name, n, low, center + reach);
    }
}
