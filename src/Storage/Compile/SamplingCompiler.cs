using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Says how far weighted results may be from what they estimate. An event of weight w was kept with a chance of 1 / w, independently of others: then a
/// sum of x over all events is estimated by that of w x over the kept ones, with a variance of which the sum of (w² - w) x² is an unbiased estimate; a
/// count is the sum of 1. The mean is a quotient of two such sums, and its variance that of (w² - w) (x - mean)² over the square of the weights. For percentiles see <see cref="SqlDialect.QuantileInterval"/>.
/// </summary>
internal sealed class SamplingCompiler(BoundCalculationQuery query, SqlDialect dialect, SqlRelation source)
{
    /// <summary>Standard deviations to each side that hold 95 % of a normal distribution.</summary>
    private const double Deviations = 1.96;

    private static readonly string[] Parts = ["n", "s", "a2", "w", "a1", "a0"];

    private readonly (BoundCalculation Calculation, int Index)[] _weighted =
        [.. query.Calculations.Select((c, i) => (c, i)).Where(x => x.c.Op is CalculationOp.Count or CalculationOp.Sum or CalculationOp.Avg || x.c.Op.Quantile() is not null)];

    public bool IsEmpty => _weighted.Length == 0;

    /// <summary>Sums from which intervals are made, and the intervals of percentiles: a row of all events, in which <c>z</c> is 1, and one for each of the groups, with its key.</summary>
    /// <param name="keys">Keys of the groups; null when all events are one.</param>
    public SqlStatement Sums(IEnumerable<long>? keys)
    {
        var parameters = new SqlParameters();
        var selection = new SelectionCompiler(query, dialect, source, parameters);
        var outputs = string.Join(", ", _weighted.SelectMany(x => Outputs(x.Calculation, x.Index, selection, keys is not null)));
        if (keys is null) return parameters.Statement($"SELECT {dialect.Typed("1", ColumnType.Int64)} AS z, {outputs}\n{selection.From([], [], [])}");
        var key = dialect.GroupKey(query.Breakdowns.Select(b => $"e.{b.Alias}"));
        var list = dialect.Int64List(parameters.Add(string.Join(',', keys.Select(k => k.ToString(CultureInfo.InvariantCulture)))));
        return parameters.Statement($"""
            SELECT grouping(e.k) AS z, e.k, {outputs}
            FROM (
            SELECT e.*, CASE WHEN {key} IN ({list}) THEN {key} END AS k
            {selection.From([], [], [])}
            ) AS e
            GROUP BY GROUPING SETS ((e.k), ())
            """);
    }

    /// <summary>The intervals of the total, then of each group.</summary>
    /// <param name="sums">The result of the statement.</param>
    /// <param name="keys">The groups in the order of the answer; null when all events are one.</param>
    /// <param name="rows">Rows of the answer.</param>
    public Sampling Read(ResultTable sums, IReadOnlyList<long>? keys, int rows)
    {
        var whole = ResultReader.Int64s(sums, "z");
        var all = Enumerable.Range(0, sums.RowCount).ToLookup(row => whole(row) == 1);
        var total = Intervals(sums, all[true].Single());
        if (keys is null) return new Sampling(total, [.. Enumerable.Repeat(total, rows)]);
        var key = ResultReader.Column(sums, "k");
        var places = all[false].Where(row => !key.IsNull(row)).ToDictionary(row => key[row].AsInt64());
        return new Sampling(total, [.. keys.Select(k => places.TryGetValue(k, out var row) ? Intervals(sums, row) : [])]);
    }

    private IEnumerable<string> Outputs(BoundCalculation calculation, int index, SelectionCompiler selection, bool isGrouped)
    {
        var value = calculation.Column is { } column ? $"e.{column.Alias}" : null;
        var tests = new[] { calculation.Where is { } where ? selection.Filters.Conjunct(where) : null, value is null ? null : Usable(calculation.Column!, value, calculation.Op) };
        var filter = tests.OfType<string>().ToArray() is { Length: > 0 } given ? $" FILTER (WHERE {string.Join(" AND ", given)})" : "";
        if (calculation.Op.Quantile() is { } quantile)
        {
            var type = calculation.Column!.Type;
            var ends = dialect.QuantileInterval(source.IsEstimated ? dialect.Rounded(value!, type) : value!, type, selection.Weight!, quantile, filter, source.Run, isGrouped);
            return [Text($"count(*){filter} AS n_{index}"), Text($"({ends})[1] AS s_{index}"), Text($"({ends})[2] AS a2_{index}")];
        }

        var weight = dialect.ToFloat64(selection.Weight!);
        var more = $"({weight} * ({weight} - 1))";
        var x = calculation.Op == CalculationOp.Count ? "1" : dialect.ToFloat64(value!);
        string[] sql = [$"count(*){filter}", $"sum({x} * {weight}){filter}", $"sum({x} * {x} * {more}){filter}", $"sum({weight}){filter}", $"sum({x} * {more}){filter}", $"sum({more}){filter}"];
        return Enumerable.Range(0, calculation.Op == CalculationOp.Avg ? 6 : 3)
            .Select(i => Text($"{(i == 0 ? sql[i] : dialect.ToFloat64($"coalesce({sql[i]}, 0)"))} AS {Parts[i]}_{index}"));
    }

    private static string Text(DefaultInterpolatedStringHandler text) => string.Create(CultureInfo.InvariantCulture, ref text);

    private string Usable(BoundColumn column, string value, CalculationOp op) =>
        op != CalculationOp.Count && column.Type == ColumnType.Float64 ? dialect.IsFinite(value) : $"{value} IS NOT NULL";

    private ImmutableArray<Interval> Intervals(ResultTable sums, int row) => [.. _weighted.Select(x => Of(x.Calculation, x.Index, sums, row)).OfType<Interval>()];

    private static Interval? Of(BoundCalculation calculation, int index, ResultTable sums, int row)
    {
        double Sum(string part) => ResultReader.Column(sums, Text($"{part}_{index}"))[row].AsDouble();
        var n = (long)Sum("n");
        if (n == 0 && calculation.Op != CalculationOp.Count) return null;
        var (center, variance) = (Sum("s"), Sum("a2"));
        if (calculation.Op.Quantile() is not null) return new Interval(calculation.Name, n, center, variance);
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
