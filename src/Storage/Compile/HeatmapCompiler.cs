using System.Globalization;
using Storage.Events;

namespace Storage.Compile;

/// <summary>Writes the two statements of a HEATMAP: what range the values have, and how many lie in each cell.</summary>
internal sealed class HeatmapCompiler(BoundCalculationQuery query, BoundCalculation heatmap, SqlDialect dialect, SqlRelation source)
{
    /// <summary>Rows of <see cref="Cells"/> for events without the column, and for NaN and infinities, which are nowhere in a heatmap.</summary>
    public const int Missing = -2, NotFinite = -1;

    private readonly string _value = $"e.{heatmap.Column!.Alias}";

    private string Number => dialect.ToFloat64(_value);

    /// <summary>One row: least and greatest value, median and 99th percentile, Float64, null when there is no value.</summary>
    public SqlStatement Range()
    {
        var (parameters, selection) = Begin();
        double[] quantiles = [0.5, 0.99];
        var usable = heatmap.Column!.Type == ColumnType.Float64 ? dialect.IsFinite(_value) : $"{_value} IS NOT NULL";
        string[] values = [$"min({_value})", $"max({_value})", dialect.Quantile(_value, quantiles, 0, ""), dialect.Quantile(_value, quantiles, 1, "")];
        return parameters.Statement($"""
            SELECT {string.Join(", ", values.Select((v, i) => $"{dialect.ToFloat64(v)} AS v{i}"))}
            {selection.Events([.. Own(selection), usable])}
            """);
    }

    /// <summary>
    /// Per time bucket k0 and row k1 of the axis: weight of the events, and of those with a value of at most 0. The row is found by
    /// arithmetic, then corrected by at most one against the edges themselves, so that a value on an edge is where the edges say.
    /// </summary>
    public SqlStatement Cells(HeatmapAxis axis)
    {
        var (parameters, selection) = Begin();
        var rows = axis.Edges.Length - 1;
        var edges = dialect.Float64List(parameters.Add(string.Join(',', axis.Edges.Select(e => e.ToString("R", CultureInfo.InvariantCulture)))));
        var bucket = dialect.BucketStart("e.time", query.GranularityNs);
        var weight = selection.Weight is null ? "count(*)" : "sum(e.w)";
        var weightColumn = selection.Weight is null ? "" : ", e.w AS w";
        return parameters.Statement(string.Create(CultureInfo.InvariantCulture, $"""
            SELECT e.k0, CASE
              WHEN e.v IS NULL THEN {Missing}
              WHEN e.i IS NULL THEN {NotFinite}
              WHEN e.v < ({edges})[e.i + 1] THEN e.i - 1
              WHEN e.i < {rows - 1} AND e.v >= ({edges})[e.i + 2] THEN e.i + 1
              ELSE e.i END AS k1,
              {dialect.ToFloat64(weight)} AS weight, {dialect.ToFloat64($"{weight} FILTER (WHERE e.v <= 0 AND e.i IS NOT NULL)")} AS nonpositive
            FROM (
            SELECT {bucket} AS k0, {Number} AS v, CASE WHEN {dialect.IsFinite(Number)} THEN {Row(axis, parameters)} END AS i{weightColumn}
            {selection.From(Own(selection), [], [])}
            ) AS e
            GROUP BY 1, 2
            """));
    }

    private (SqlParameters Parameters, SelectionCompiler Selection) Begin()
    {
        var parameters = new SqlParameters();
        return (parameters, new SelectionCompiler(query, dialect, source, parameters));
    }

    private string[] Own(SelectionCompiler selection) => heatmap.Where is { } where ? [selection.Filters.Conjunct(where)] : [];

    /// <summary>The row of a finite value, right but for rounding.</summary>
    private string Row(HeatmapAxis axis, SqlParameters parameters)
    {
        var rows = axis.Edges.Length - 1;
        var (from, to) = (axis.Edges[0], axis.Edges[^1]);
        // Halved, so that the distance between the largest and the least double is still a number.
        var share = axis.IsLog
            ? $"(ln({Number}) - {parameters.Add(Math.Log(from))}) / {parameters.Add(Math.Log(to) - Math.Log(from))}"
            : $"({Number} / 2 - {parameters.Add(from / 2)}) / {parameters.Add(to / 2 - from / 2)}";
        return string.Create(CultureInfo.InvariantCulture, $"CAST(least(greatest(floor({share} * {rows}), 0), {rows - 1}) AS BIGINT)");
    }
}
