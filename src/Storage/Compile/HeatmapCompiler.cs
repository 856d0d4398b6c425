using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Writes the two statements of a HEATMAP: what range the values have, and how many lie in each cell.</summary>
internal sealed class HeatmapCompiler(BoundCalculationQuery query, BoundCalculation heatmap, SqlDialect dialect, SqlRelation source)
{
    private readonly string _value = $"e.{heatmap.Column!.Alias}";

    /// <summary>The condition that a value is a finite number.</summary>
    private string Usable => heatmap.Column!.Type == ColumnType.Float64 && !source.IsFinite(heatmap.Column) ? dialect.IsFinite(_value) : $"{_value} IS NOT NULL";

    /// <summary>
    /// One row: least and greatest value; then, where these decide on the axis, the median and the 99th percentile of all of few values, or of an even sample of many, or,
    /// for a logarithmic axis that was asked for, the least value above 0. Float64, null when there is no value.
    /// </summary>
    public SqlStatement Range()
    {
        var (parameters, selection) = Begin();
        double[] quantiles = [0.5, 0.99];
        var value = source.IsExact(heatmap.Column!) ? $"e.{SqlRelation.ExactOf(heatmap.Column!)}" : _value;
        var sample = HeatmapRun.StepOf(source.Events) is > 1 and var step ? $" FILTER (WHERE {IsRanked(step)})" : "";
        string[] decisive = query.HeatmapScale switch
        {
            HeatmapScale.Log => [$"min({value}) FILTER (WHERE {value} > 0)"],
            HeatmapScale.Linear => [],
            _ => [dialect.Quantile(value, quantiles, 0, sample), dialect.Quantile(value, quantiles, 1, sample)],
        };
        string[] values = [$"min({value})", $"max({value})", .. decisive];
        return parameters.Statement($"""
            SELECT {string.Join(", ", values.Select((v, i) => $"{dialect.ToFloat64(v)} AS v{i}"))}
            {selection.Events([.. Own(selection), Usable])}
            """);
    }

    /// <summary>The values among which ranks are looked for; Float64.</summary>
    /// <param name="step">Of events, those whose number it divides are.</param>
    public SqlStatement Ranked(long step)
    {
        var (parameters, selection) = Begin();
        return parameters.Statement($"""
            SELECT {dialect.ToFloat64(_value)} AS v
            {selection.Events([.. Own(selection), Usable, IsRanked(step)])}
            """);
    }

    /// <summary>
    /// Per time bucket k0 and row k1 of the axis, from 0: the weight of the events. Beside the first row of a bucket stand the weight of its events without the column, and of
    /// those with a value of at most 0. A bucket of which no event has a finite value has the first row alone.
    /// </summary>
    public SqlStatement Cells(HeatmapAxis axis)
    {
        var (parameters, selection) = Begin();
        var edges = dialect.Float64List(parameters.Add(string.Join(',', axis.Edges.Select(e => e.ToString("R", CultureInfo.InvariantCulture)))));
        var weight = selection.Weight is null ? "count(*)" : "sum(e.w)";
        var isBeside = IsAboveZero(query, axis);
        var number = dialect.ToFloat64(isBeside ? $"CASE WHEN {_value} > 0 THEN {_value} END" : _value);
        var low = axis.Edges[0] > 0 && !isBeside ? "NULL" : $"{weight} FILTER (WHERE {_value} <= 0 AND {Usable})";
        return parameters.Statement($"""
            SELECT k0, {dialect.Numbered("cells")} AS k1, {dialect.Unnested("cells")} AS weight, missing, nonpositive
            FROM (
            SELECT {dialect.BucketStart("e.time", query.GranularityNs)} AS k0, {dialect.HeatCells(number, dialect.ToFloat64(selection.Weight is null ? "1" : "e.w"), edges, source.Run)} AS cells,
              {dialect.ToFloat64($"{weight} FILTER (WHERE {_value} IS NULL)")} AS missing, {dialect.ToFloat64(low)} AS nonpositive
            {selection.From(Own(selection), [], [])}
            GROUP BY 1
            )
            """);
    }

    /// <summary>True when values of 0 or less are in no row: those of a logarithmic axis that was asked for.</summary>
    public static bool IsAboveZero(BoundCalculationQuery query, HeatmapAxis axis) => axis.IsLog && query.HeatmapScale == HeatmapScale.Log;

    private static string IsRanked(long step) => string.Create(CultureInfo.InvariantCulture, $"e.seq % {step} = 0");

    private (SqlParameters Parameters, SelectionCompiler Selection) Begin()
    {
        var parameters = new SqlParameters();
        return (parameters, new SelectionCompiler(query, dialect, source, parameters));
    }

    private string[] Own(SelectionCompiler selection) => heatmap.Where is { } where ? [selection.Filters.Conjunct(where)] : [];
}
