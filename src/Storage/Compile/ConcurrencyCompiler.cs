using System.Globalization;

namespace Storage.Compile;

/// <summary>The columns that say when a span was in flight.</summary>
/// <param name="Duration">Its length in milliseconds.</param>
/// <param name="Signal">The kind of signal; null when no event has one.</param>
/// <param name="Annotation">Set on events of spans, which are none themselves; null when no event has one.</param>
internal sealed record BoundSpans(BoundColumn Duration, BoundColumn? Signal, BoundColumn? Annotation);

/// <summary>
/// Writes the relation that CONCURRENCY is computed from. The mean number of spans in flight over a stretch of time is the time that spans
/// spent in it, over its length: so each event has the nanoseconds <c>n{i}</c> that it adds to the i-th CONCURRENCY. Spans that began before the
/// window and reach into it are rows too, but not the query's <c>own</c>: no other calculation sees them. For a series the
/// nanoseconds are in rows of their own, one for each <c>bucket</c> in which a group has spans in flight.
/// </summary>
/// <param name="query">The query; it has spans.</param>
/// <param name="dialect">The engine's way of writing.</param>
/// <param name="selection">The events.</param>
/// <param name="conditions">For each CONCURRENCY, which spans take part; null for all.</param>
internal sealed class ConcurrencyCompiler(BoundCalculationQuery query, SqlDialect dialect, SelectionCompiler selection, IReadOnlyList<string?> conditions)
{
    private readonly string _start = selection.Parameters.Add(query.Window.StartUnixNs);
    private readonly string _end = selection.Parameters.Add(query.Window.EndUnixNs);

    /// <summary>True where a row is an event of the window.</summary>
    public const string Own = "e.own";

    /// <summary>The bucket of a row of a series.</summary>
    public const string Bucket = "e.bucket";

    /// <summary>The i-th CONCURRENCY over rows: nanoseconds of spans over nanoseconds of time.</summary>
    public static string Mean(int index, string lengthNs) => string.Create(CultureInfo.InvariantCulture, $"coalesce(sum(e.n{index}), 0) / {lengthNs}");

    /// <summary>The length of the window, at least 1.</summary>
    public static string WindowLength(BoundCalculationQuery query, SqlDialect dialect, SqlParameters parameters) =>
        dialect.ToFloat64($"greatest({parameters.Add(query.Window.EndUnixNs)} - {parameters.Add(query.Window.StartUnixNs)}, 1)");

    /// <summary>The part of a bucket that lies in the window.</summary>
    public static string BucketLength(BoundCalculationQuery query, SqlDialect dialect, SqlParameters parameters) => dialect.ToFloat64(string.Create(CultureInfo.InvariantCulture,
        $"least({query.GranularityNs}, {parameters.Add(query.Window.EndUnixNs)} - {Bucket}) - greatest({parameters.Add(query.Window.StartUnixNs)} - {Bucket}, 0)"));

    /// <summary>True for spans that are in flight in the window and that a CONCURRENCY counts.</summary>
    private string Taking => conditions.Contains(null) ? "e.overlap > 0" : $"e.overlap > 0 AND ({string.Join(" OR ", conditions.Select(c => $"({c})"))})";

    /// <summary>The rows for aggregates over the window.</summary>
    public string Whole(IEnumerable<string> more) => $"""
        FROM (
        SELECT e.*, e.time >= {_start} AS own, {Numbered("n", i => $"CASE WHEN {conditions[i] ?? "true"} THEN {Nanoseconds("e.overlap")} END")}
        {Spans(more)}
        ) AS e
        """;

    /// <summary>The rows for the points of a series.</summary>
    /// <param name="more">Conditions beyond the query's own.</param>
    public string Points(IEnumerable<string> more)
    {
        var groups = query.Breakdowns.Select(b => "e." + b.Alias).Distinct(StringComparer.Ordinal).ToArray();
        // Each column of an event, or nothing in its place.
        var columns = query.Columns.Concat(query.Fields).Concat(query.Relational).Select(c => "e." + c.Alias).Prepend("e.time").ToArray();
        var weight = query.Weight is null ? "" : ", e.w";
        string Own() => string.Join(", ", columns);
        string OfGroup() => string.Join(", ", columns.Select(c => groups.Contains(c) ? c : $"NULL AS {c[2..]}"));
        return $"""
            FROM (
            WITH s AS (
            SELECT e.*, e.time >= {_start} AS own, greatest(e.time, {_start}) AS a, greatest(e.time, {_start}) + e.overlap AS z
            {Spans(more)}
            ), d AS ({Changes(groups)}
            ), r AS ({Running(groups)}
            ), p AS ({Filled(groups)}
            )
            SELECT {Own()}{weight}, true AS own, {dialect.BucketStart("e.time", query.GranularityNs)} AS bucket, {Numbered("n", _ => "NULL")}
            FROM s AS e WHERE e.own
            UNION ALL
            SELECT {OfGroup()}{(weight.Length == 0 ? "" : ", NULL")}, false, e.bucket, {Numbered("n", i => $"e.n{i}")}
            FROM p AS e
            ) AS e
            """;
    }

    /// <summary>The matching events with their weight and the time that they, as spans, spend in the window; and the spans that reach into it.</summary>
    private string Spans(IEnumerable<string> more)
    {
        return $"""
            FROM (
            SELECT e.*{selection.WeightColumn}, {Overlap()} AS overlap
            {selection.EventsBefore(more)}
            ) AS e
            WHERE e.time >= {_start} OR ({Taking})
            """;
    }

    /// <summary>Nanoseconds of a span in the window, below 0 when it ended before; null for what is no span.</summary>
    private string Overlap()
    {
        var (duration, signal, annotation) = query.Spans!;
        var value = $"e.{duration.Alias}";
        var ms = duration.Type == Events.ColumnType.String ? dialect.ParsedNumber(value) : dialect.ToFloat64(value);
        List<string> tests = [$"{dialect.IsFinite(ms)} AND {ms} >= 0"];
        if (signal is not null) tests.Add($"coalesce(e.{signal.Alias} = {selection.Parameters.Add("trace")}, true)");
        if (annotation is not null) tests.Add($"e.{annotation.Alias} IS NULL");
        var length = string.Create(CultureInfo.InvariantCulture, $"coalesce({dialect.Truncated($"{ms} * 1e6 + 0.5")}, {long.MaxValue})");
        return $"CASE WHEN {string.Join(" AND ", tests)} THEN least({length}, {_end} - e.time) - greatest({_start} - e.time, 0) END";
    }

    /// <summary>
    /// Per group and bucket: <c>part</c>, nanoseconds of spans that begin or end there; <c>up</c> and <c>down</c>, the weights of spans that go
    /// on behind it and that end in it having begun before; <c>ups</c> and <c>downs</c>, how many these are.
    /// </summary>
    private string Changes(string[] groups)
    {
        var width = query.GranularityNs.ToString(CultureInfo.InvariantCulture);
        var (first, last) = (dialect.BucketStart("e.a", query.GranularityNs), dialect.BucketStart("(e.z - 1)", query.GranularityNs));
        string When(int i, string value) => $"CASE WHEN {conditions[i] ?? "true"} THEN {value} END";
        var weight = dialect.ToFloat64(query.Weight is null ? "1" : "e.w");
        return $"""

            SELECT {List(groups, "e.bucket", Numbered("part", i => $"coalesce(sum(e.part{i}), 0)"), Numbered("up", i => $"coalesce(sum(e.up{i}), 0)"),
                Numbered("down", i => $"coalesce(sum(e.down{i}), 0)"), Numbered("ups", i => $"count(e.up{i})"), Numbered("downs", i => $"count(e.down{i})"))}
            FROM (
            SELECT {List(groups, $"{first} AS bucket", Numbered("part", i => When(i, Nanoseconds($"(least({width}, e.z - {first}) - (e.a - {first}))"))),
                Numbered("up", i => $"CASE WHEN {last} > {first} THEN {When(i, weight)} END"), Numbered("down", _ => dialect.Typed("NULL", Events.ColumnType.Float64)))}
            FROM s AS e WHERE {Taking}
            UNION ALL
            SELECT {List(groups, last, Numbered("part", i => When(i, Nanoseconds($"(e.z - {last})"))), Numbered("up", _ => "NULL"), Numbered("down", i => When(i, weight)))}
            FROM s AS e WHERE {Taking} AND {last} > {first}
            ) AS e
            GROUP BY {List(groups, "e.bucket")}
            """;
    }

    /// <summary>The changes summed over time: <c>live</c>, the weight of spans in flight at the end of the bucket; and the bucket of the next change.</summary>
    private string Running(string[] groups)
    {
        var over = $"OVER ({(groups.Length == 0 ? "" : $"PARTITION BY {string.Join(", ", groups)} ")}ORDER BY e.bucket)";
        // Fractions need not add up to nothing when all have ended; their number does.
        return $"""

            SELECT e.*, {Numbered("live", i => $"CASE WHEN sum(e.ups{i} - e.downs{i}) {over} > 0 THEN sum(e.up{i} - e.down{i}) {over} ELSE 0 END")}, lead(e.bucket) {over} AS next
            FROM d AS e
            """;
    }

    /// <summary>Nanoseconds per group and bucket, those included in which nothing begins or ends.</summary>
    private string Filled(string[] groups)
    {
        var width = query.GranularityNs.ToString(CultureInfo.InvariantCulture);
        return $"""

            SELECT {List(groups, "e.bucket", Numbered("n", i => $"e.part{i} + greatest(e.live{i} - e.up{i}, 0) * {width}"))}
            FROM r AS e
            UNION ALL
            (SELECT {List(groups, dialect.Steps($"e.bucket + {width}", "e.next", width), Numbered("n", i => $"e.live{i} * {width}"))}
            FROM r AS e WHERE e.next - e.bucket > {width} AND ({string.Join(" OR ", conditions.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"e.live{i} > 0")))})
            LIMIT {(QueryCompiler.MaxSeriesPoints + 1).ToString(CultureInfo.InvariantCulture)})
            """;
    }

    private string Nanoseconds(string overlap) => query.Weight is null ? dialect.ToFloat64(overlap) : $"{dialect.ToFloat64(overlap)} * e.w";

    private string Numbered(string name, Func<int, string> sql) =>
        string.Join(", ", conditions.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"{sql(i)} AS {name}{i}")));

    private static string List(string[] groups, params string[] more) => string.Join(", ", groups.Concat(more));
}
