namespace Benchmarks.Explore;

/// <summary>
/// Questions about other spans of the trace. The SQL by hand does what somebody writes who knows that each trace has one root and each span id one
/// span; ours holds where they have not. The ClickHouse tables are not asked.
/// </summary>
internal static class RelationalQuestions
{
    public static IReadOnlyList<Question> All { get; } =
    [
        Ask("p99 by route of the root, slow statement in the trace",
            """ "calculations": [ { "op": "P99", "column": "duration_ms" } ], "breakdowns": [ "root.http.route" ], "limit": 1000, "series": false, "where": { "and": [ { "column": "any.db.system.name", "op": "=", "value": "postgresql" }, { "column": "any.duration_ms", "op": ">", "value": 50 } ] } """,
            ["root.http.route"], ["P99(duration_ms)"],
            """
            WITH hit AS (SELECT DISTINCT "trace.trace_id" AS t FROM spans WHERE "db.system.name" = 'postgresql' AND duration_ms > 50),
            roots AS (SELECT "trace.trace_id" AS t, "http.route" AS r FROM spans WHERE "trace.parent_id" IS NULL)
            SELECT r, quantile_disc(e.duration_ms, 0.99) FROM spans AS e JOIN hit ON hit.t = e."trace.trace_id" LEFT JOIN roots ON roots.t = e."trace.trace_id" WHERE {time} GROUP BY 1
            """),
        Ask("errors of a service by route of the root",
            """ "calculations": [ { "op": "COUNT" } ], "breakdowns": [ "root.http.route" ], "limit": 1000, "series": false, "where": { "and": [ { "column": "service.name", "op": "=", "value": "payment" }, { "column": "error", "op": "=", "value": true } ] } """,
            ["root.http.route"], ["COUNT"],
            """
            WITH roots AS (SELECT "trace.trace_id" AS t, "http.route" AS r FROM spans WHERE "trace.parent_id" IS NULL)
            SELECT r, count(*) FROM spans AS e LEFT JOIN roots ON roots.t = e."trace.trace_id" WHERE {time} AND "service.name" = 'payment' AND error GROUP BY 1
            """),
        Ask("calls between services",
            """ "calculations": [ { "op": "COUNT" } ], "breakdowns": [ "parent.service.name", "service.name" ], "limit": 1000, "series": false, "where": { "column": "span.kind", "op": "=", "value": "server" } """,
            ["parent.service.name", "service.name"], ["COUNT"],
            """
            SELECT p.n, "service.name", count(*) FROM spans AS e
            LEFT JOIN (SELECT "trace.trace_id" AS t, "trace.span_id" AS s, "service.name" AS n FROM spans) AS p ON p.t = "trace.trace_id" AND p.s = "trace.parent_id" WHERE {time} AND "span.kind" = 'server' GROUP BY 1, 2
            """),
        Ask("length and spans of traces without an error",
            """ "calculations": [ { "op": "COUNT" }, { "op": "MAX", "column": "trace.duration_ms" }, { "op": "MAX", "column": "trace.span_count" } ], "series": false, "where": { "column": "none.error", "op": "=", "value": true } """,
            [], ["COUNT", "MAX(trace.duration_ms)", "MAX(trace.span_count)"],
            """
            WITH traces AS (SELECT "trace.trace_id" AS t, (max(time + CAST(duration_ms * 1e6 AS BIGINT)) - min(time)) / 1e6 AS d, count(*) AS n FROM spans GROUP BY 1 HAVING count(*) FILTER (WHERE error) = 0)
            SELECT count(*), max(d), max(n) FROM spans AS e JOIN traces ON traces.t = e."trace.trace_id" WHERE {time}
            """),
    ];

    private static Question Ask(string name, string query, string[] keys, string[] values, string sql) => new(name, query, keys, values, sql.ReplaceLineEndings(" "), "", "");
}
