using System.Globalization;
using Storage.Events;

namespace Storage.Compile;

/// <summary>Writes the two statements of a HEATMAP: what range the values have, and how many lie in each cell.</summary>
internal sealed class HeatmapCompiler(BoundCalculationQuery query, BoundCalculation heatmap, SqlDialect dialect, SqlRelation source)
{
    /// <summary>Rows of <see cref="Cells"/> for events without the column, and for NaN and infinities, which are nowhere in a heatmap.</summary>
    public const int Missing = -2, NotFinite = -1;

    /// <summary>Of more events than this, only one in <see cref="SampleStep"/> says whether the axis is logarithmic: exact quantiles cost more than all cells.</summary>
    private const long MaxRanked = 250_000;

    private const int SampleStep = 31;

    /// <summary>Nearer than this to an edge, as a share of a row, arithmetic does not say on which side of it a value is; more where rows are only some doubles wide.</summary>
    private const double EdgeDoubt = 1e-6;

    private readonly string _value = $"e.{heatmap.Column!.Alias}";

    private string Number => dialect.ToFloat64(_value);

    /// <summary>The condition that a value is a finite number.</summary>
    private string Usable => heatmap.Column!.Type == ColumnType.Float64 && !source.IsFinite(heatmap.Column) ? dialect.IsFinite(_value) : $"{_value} IS NOT NULL";

    /// <summary>
    /// One row: least and greatest value, then the median and the 99th percentile of all of few values, or of an even sample of many; Float64, null when there
    /// is no value.
    /// </summary>
    public SqlStatement Range()
    {
        var (parameters, selection) = Begin();
        double[] quantiles = [0.5, 0.99];
        var value = source.IsExact(heatmap.Column!) ? $"e.{SqlRelation.ExactOf(heatmap.Column!)}" : _value;
        var sample = source.Events > MaxRanked ? string.Create(CultureInfo.InvariantCulture, $" FILTER (WHERE e.seq % {SampleStep} = 0)") : "";
        string[] values = [$"min({value})", $"max({value})", dialect.Quantile(value, quantiles, 0, sample), dialect.Quantile(value, quantiles, 1, sample)];
        return parameters.Statement($"""
            SELECT {string.Join(", ", values.Select((v, i) => $"{dialect.ToFloat64(v)} AS v{i}"))}
            {selection.Events([.. Own(selection), Usable])}
            """);
    }

    /// <summary>
    /// Per time bucket k0 and row k1 of the axis: weight of the events, and of those with a value of at most 0. The row is found by
    /// arithmetic; where that is in doubt it is corrected by at most one against the edges themselves, so that a value on an edge is where the edges say.
    /// </summary>
    public SqlStatement Cells(HeatmapAxis axis)
    {
        var (parameters, selection) = Begin();
        var rows = axis.Edges.Length - 1;
        var edges = dialect.Float64List(parameters.Add(string.Join(',', axis.Edges.Select(e => e.ToString("R", CultureInfo.InvariantCulture)))));
        var bucket = dialect.BucketStart("e.time", query.GranularityNs);
        var weight = selection.Weight is null ? "count(*)" : "sum(e.w)";
        var weightColumn = selection.Weight is null ? "" : ", e.w AS w";
        var low = axis.Edges[0] > 0 ? "NULL" : $"{weight} FILTER (WHERE e.v <= 0 AND e.x IS NOT NULL)";
        var row = string.Create(CultureInfo.InvariantCulture, $"CAST(least(greatest(floor(e.x), 0), {rows - 1}) AS BIGINT)");
        return parameters.Statement(string.Create(CultureInfo.InvariantCulture, $"""
            SELECT e.k0, CASE
              WHEN e.x IS NULL THEN CASE WHEN e.v IS NULL THEN {Missing} ELSE {NotFinite} END
              WHEN abs(e.x - round(e.x)) > {Doubt(axis)} THEN {row}
              WHEN e.v < ({edges})[{row} + 1] THEN {row} - 1
              WHEN {row} < {rows - 1} AND e.v >= ({edges})[{row} + 2] THEN {row} + 1
              ELSE {row} END AS k1,
              {dialect.ToFloat64(weight)} AS weight, {dialect.ToFloat64(low)} AS nonpositive
            FROM (
            SELECT {bucket} AS k0, {Number} AS v, {Place(axis, parameters)} AS x{weightColumn}
            {selection.From(Own(selection), [], [])}
            ) AS e
            GROUP BY 1, 2
            """));
    }

    private static double Doubt(HeatmapAxis axis)
    {
        var largest = Math.Max(Math.Abs(axis.Edges[0]), Math.Abs(axis.Edges[^1]));
        var row = axis.Edges[^1] / axis.Edges.Length - axis.Edges[0] / axis.Edges.Length;
        return axis.IsLog ? EdgeDoubt : EdgeDoubt + 4 * (Math.BitIncrement(largest) - largest) / row;
    }

    private (SqlParameters Parameters, SelectionCompiler Selection) Begin()
    {
        var parameters = new SqlParameters();
        return (parameters, new SelectionCompiler(query, dialect, source, parameters));
    }

    private string[] Own(SelectionCompiler selection) => heatmap.Where is { } where ? [selection.Filters.Conjunct(where)] : [];

    /// <summary>Where on the axis a finite value is, in rows, right but for rounding; null for all others.</summary>
    private string Place(HeatmapAxis axis, SqlParameters parameters)
    {
        var rows = axis.Edges.Length - 1;
        var (from, to) = (axis.Edges[0], axis.Edges[^1]);
        // Halved, so that the distance between the largest and the least double is still a number.
        var share = axis.IsLog
            ? $"(ln({Number}) - {parameters.Add(Math.Log(from))}) / {parameters.Add(Math.Log(to) - Math.Log(from))}"
            : $"({Number} / 2 - {parameters.Add(from / 2)}) / {parameters.Add(to / 2 - from / 2)}";
        var place = string.Create(CultureInfo.InvariantCulture, $"{share} * {rows}");
        return heatmap.Column!.Type == ColumnType.Float64 && !source.IsFinite(heatmap.Column) ? $"CASE WHEN {dialect.IsFinite(Number)} THEN {place} END" : place;
    }
}
