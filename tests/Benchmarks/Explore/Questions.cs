using System.Globalization;

namespace Benchmarks.Explore;

/// <summary>
/// The sixteen questions of the explore benchmark. The SQL is what somebody who knows the engine writes for just this question: one statement,
/// integers for time buckets, several percentiles from one sort, percentiles exact like ours.
/// </summary>
internal static class Questions
{
    /// <param name="trace">A trace that exists, lower-case hex.</param>
    public static IReadOnlyList<Question> All(string trace) =>
    [
        new("count per minute", """ "calculations": [ { "op": "COUNT" } ], "granularity": 60 """, ["time"], ["COUNT"],
            """SELECT time // 60000000000 * 60, count(*) FROM spans WHERE {time} GROUP BY 1""",
            "SELECT toUnixTimestamp(toStartOfMinute(Timestamp)) AS t, count() FROM exporter WHERE {time} GROUP BY t",
            "SELECT toUnixTimestamp(toStartOfMinute(time)) AS t, count() FROM typed WHERE {time} GROUP BY t"),
        Percentiles(),
        new("route x minute: count, p99", """ "calculations": [ { "op": "COUNT" }, { "op": "P99", "column": "duration_ms" } ], "breakdowns": [ "http.route" ], "limit": 1000, "granularity": 60 """,
            ["time", "http.route"], ["COUNT", "P99(duration_ms)"],
            """SELECT time // 60000000000 * 60, "http.route", count(*), quantile_disc(duration_ms, 0.99) FROM spans WHERE {time} GROUP BY 1, 2""",
            "SELECT toUnixTimestamp(toStartOfMinute(Timestamp)) AS t, SpanAttributes['http.route'] AS r, count(), quantileExact(0.99)(Duration) / 1e6 FROM exporter WHERE {time} GROUP BY t, r",
            "SELECT toUnixTimestamp(toStartOfMinute(time)) AS t, `http.route` AS r, count(), quantileExact(0.99)(duration) / 1e6 FROM typed WHERE {time} GROUP BY t, r") { Compared = 1 },
        new("heatmap of durations", """ "calculations": [ { "op": "HEATMAP", "column": "duration_ms" } ], "granularity": 30 """, [], [],
            """SELECT count(*), time // 30000000000 AS t, CAST(floor(ln(duration_ms) * 7) AS BIGINT) AS v FROM spans WHERE {time} GROUP BY t, v""",
            "SELECT count(), intDiv(toUnixTimestamp64Nano(Timestamp), 30000000000) AS t, floor(log(Duration) * 7) AS v FROM exporter WHERE {time} GROUP BY t, v",
            "SELECT count(), intDiv(toUnixTimestamp64Nano(time), 30000000000) AS t, floor(log(duration) * 7) AS v FROM typed WHERE {time} GROUP BY t, v") { SumOnly = true },
        Top("top 50 of 1 M users", "app.user_id", 50),
        new("tenant and duration", """ "calculations": [ { "op": "COUNT" } ], "series": false, "where": { "and": [ { "column": "app.tenant", "op": "=", "value": "tenant-0007" }, { "column": "duration_ms", "op": ">", "value": 20 } ] } """,
            [], ["COUNT"],
            """SELECT count(*) FROM spans WHERE {time} AND "app.tenant" = 'tenant-0007' AND duration_ms > 20""",
            "SELECT count() FROM exporter WHERE {time} AND SpanAttributes['app.tenant'] = 'tenant-0007' AND Duration > 20000000",
            "SELECT count() FROM typed WHERE {time} AND `app.tenant` = 'tenant-0007' AND duration > 20000000"),
        new("sum of a number by service", """ "calculations": [ { "op": "SUM", "column": "http.request.body.size" } ], "breakdowns": [ "service.name" ], "series": false """,
            ["service.name"], ["SUM(http.request.body.size)"],
            """SELECT "service.name", CAST(sum("http.request.body.size") AS BIGINT) FROM spans WHERE {time} GROUP BY 1""",
            "SELECT ServiceName, sum(toInt64OrZero(SpanAttributes['http.request.body.size'])) FROM exporter WHERE {time} GROUP BY 1",
            "SELECT service, sum(`http.request.body.size`) FROM typed WHERE {time} GROUP BY 1"),
        new("trace by id", $$""" "where": { "column": "trace.trace_id", "op": "=", "value": "{{trace}}" } """, [], [],
            $"""SELECT 1::BIGINT, CAST(COLUMNS(*) AS VARCHAR) FROM spans WHERE "trace.trace_id" = unhex('{trace}')""",
            $"SELECT 1, * FROM exporter WHERE TraceId = '{trace}'",
            $"SELECT 1, * FROM typed WHERE trace_id = unhex('{trace}')") { SumOnly = true },
        Count("needle: one user", """{ "column": "app.user_id", "op": "=", "value": "user-777777" }""", "app.user_id", "= 'user-777777'"),
        Count("text within paths", """{ "column": "url.path", "op": "contains", "value": "/orders/77" }""", "url.path", "LIKE '%/orders/77%'"),
        new("status codes per minute", """ "calculations": [ { "op": "COUNT" } ], "breakdowns": [ "http.response.status_code" ], "granularity": 60 """,
            ["time", "http.response.status_code"], ["COUNT"],
            """SELECT time // 60000000000 * 60, "http.response.status_code", count(*) FROM spans WHERE {time} GROUP BY 1, 2""",
            "SELECT toUnixTimestamp(toStartOfMinute(Timestamp)) AS t, SpanAttributes['http.response.status_code'] AS s, count() FROM exporter WHERE {time} GROUP BY t, s",
            "SELECT toUnixTimestamp(toStartOfMinute(time)) AS t, if(`http.response.status_code` = 0, '', toString(`http.response.status_code`)) AS s, count() FROM typed WHERE {time} GROUP BY t, s"),
        new("slowest operations by mean", """ "calculations": [ { "op": "AVG", "column": "duration_ms" }, { "op": "MAX", "column": "duration_ms" }, { "op": "COUNT" } ], "breakdowns": [ "name" ], "limit": 20, "series": false """,
            ["name"], ["AVG(duration_ms)", "MAX(duration_ms)", "COUNT"],
            "SELECT name, avg(duration_ms), max(duration_ms), count(*) FROM spans WHERE {time} GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
            "SELECT SpanName, avg(Duration) / 1e6 AS a, max(Duration) / 1e6, count() FROM exporter WHERE {time} GROUP BY 1 ORDER BY a DESC LIMIT 20",
            "SELECT name, avg(duration) / 1e6 AS a, max(duration) / 1e6, count() FROM typed WHERE {time} GROUP BY 1 ORDER BY a DESC LIMIT 20"),
        new("error rate by version", """ "calculations": [ { "op": "COUNT", "name": "all" }, { "op": "COUNT", "name": "errors", "where": { "column": "error", "op": "=", "value": true } } ], "formulas": [ { "name": "rate", "expression": "$errors / $all" } ], "breakdowns": [ "service.version" ], "series": false """,
            ["service.version"], ["all", "errors", "rate"],
            """SELECT "service.version", count(*), count(*) FILTER (WHERE error), count(*) FILTER (WHERE error) / count(*) FROM spans WHERE {time} GROUP BY 1 ORDER BY 2 DESC LIMIT 100""",
            "SELECT ResourceAttributes['service.version'], count() AS c, countIf(StatusCode = 'Error') AS e, e / c FROM exporter WHERE {time} GROUP BY 1 ORDER BY c DESC LIMIT 100",
            "SELECT `service.version`, count() AS c, countIf(status = 1) AS e, e / c FROM typed WHERE {time} GROUP BY 1 ORDER BY c DESC LIMIT 100"),
        new("different users per minute", """ "calculations": [ { "op": "COUNT_DISTINCT", "column": "app.user_id" } ], "granularity": 60 """, ["time"], ["COUNT_DISTINCT(app.user_id)"],
            """SELECT time // 60000000000 * 60, count(DISTINCT "app.user_id") FROM spans WHERE {time} GROUP BY 1""",
            "SELECT toUnixTimestamp(toStartOfMinute(Timestamp)) AS t, uniqExact(SpanAttributes['app.user_id']) FROM exporter WHERE {time} GROUP BY t",
            "SELECT toUnixTimestamp(toStartOfMinute(time)) AS t, uniqExact(`app.user_id`) FROM typed WHERE {time} GROUP BY t"),
        Refined(),
        new("slowest operations by p99", """ "calculations": [ { "op": "P99", "column": "duration_ms" } ], "breakdowns": [ "name" ], "limit": 10, "series": false """,
            ["name"], ["P99(duration_ms)"],
            "SELECT name, quantile_disc(duration_ms, 0.99) FROM spans WHERE {time} GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
            "SELECT SpanName, quantileExact(0.99)(Duration) / 1e6 AS q FROM exporter WHERE {time} GROUP BY 1 ORDER BY q DESC LIMIT 10",
            "SELECT name, quantileExact(0.99)(duration) / 1e6 AS q FROM typed WHERE {time} GROUP BY 1 ORDER BY q DESC LIMIT 10") { ByRank = true, Tolerance = 0.05 },
    ];

    private static Question Percentiles() => new(
        "p50, p95, p99 by service",
        """ "calculations": [ { "op": "P50", "column": "duration_ms" }, { "op": "P95", "column": "duration_ms" }, { "op": "P99", "column": "duration_ms" } ], "breakdowns": [ "service.name" ], "series": false """,
        ["service.name"], ["P50(duration_ms)", "P95(duration_ms)", "P99(duration_ms)"],
        """SELECT s, q[1], q[2], q[3] FROM (SELECT "service.name" AS s, quantile_disc(duration_ms, [0.5, 0.95, 0.99]) AS q FROM spans WHERE {time} GROUP BY 1)""",
        "SELECT s, q[1] / 1e6, q[2] / 1e6, q[3] / 1e6 FROM (SELECT ServiceName AS s, quantilesExact(0.5, 0.95, 0.99)(Duration) AS q FROM exporter WHERE {time} GROUP BY 1)",
        "SELECT s, q[1] / 1e6, q[2] / 1e6, q[3] / 1e6 FROM (SELECT service AS s, quantilesExact(0.5, 0.95, 0.99)(duration) AS q FROM typed WHERE {time} GROUP BY 1)") { Tolerance = 0.02 };

    private static Question Refined() => new(
        "three filters, by build per minute",
        """
         "calculations": [ { "op": "COUNT" }, { "op": "P95", "column": "duration_ms" } ], "breakdowns": [ "app.build_id" ], "granularity": 60,
         "where": { "and": [ { "column": "service.name", "op": "=", "value": "checkout" }, { "column": "http.response.status_code", "op": ">=", "value": 400 }, { "column": "span.kind", "op": "=", "value": "server" } ] }
        """,
        ["time", "app.build_id"], ["COUNT", "P95(duration_ms)"],
        """
        SELECT time // 60000000000 * 60, "app.build_id", count(*), quantile_disc(duration_ms, 0.95) FROM spans
        WHERE {time} AND "service.name" = 'checkout' AND "http.response.status_code" >= 400 AND "span.kind" = 'server' GROUP BY 1, 2
        """,
        "SELECT toUnixTimestamp(toStartOfMinute(Timestamp)) AS t, SpanAttributes['app.build_id'] AS b, count(), quantileExact(0.95)(Duration) / 1e6 FROM exporter "
        + "WHERE {time} AND ServiceName = 'checkout' AND toUInt16OrZero(SpanAttributes['http.response.status_code']) >= 400 AND SpanKind = 'Server' GROUP BY t, b",
        "SELECT toUnixTimestamp(toStartOfMinute(time)) AS t, `app.build_id` AS b, count(), quantileExact(0.95)(duration) / 1e6 FROM typed "
        + "WHERE {time} AND service = 'checkout' AND `http.response.status_code` >= 400 AND kind = 'Server' GROUP BY t, b") { Compared = 1, IsRefined = true };

    private static Question Top(string name, string column, int limit)
    {
        var n = limit.ToString(CultureInfo.InvariantCulture);
        return new Question(name, $$""" "calculations": [ { "op": "COUNT" } ], "breakdowns": [ "{{column}}" ], "limit": {{n}}, "series": false """, [column], ["COUNT"],
            $$"""SELECT "{{column}}", count(*) FROM spans WHERE {time} GROUP BY 1 ORDER BY 2 DESC LIMIT {{n}}""",
            $$"""SELECT SpanAttributes['{{column}}'], count() AS c FROM exporter WHERE {time} GROUP BY 1 ORDER BY c DESC LIMIT {{n}}""",
            $$"""SELECT `{{column}}`, count() AS c FROM typed WHERE {time} GROUP BY 1 ORDER BY c DESC LIMIT {{n}}""") { ByRank = true };
    }

    private static Question Count(string name, string where, string column, string test) => new(
        name, $$""" "calculations": [ { "op": "COUNT" } ], "series": false, "where": {{where}} """, [], ["COUNT"],
        $$"""SELECT count(*) FROM spans WHERE {time} AND "{{column}}" {{test}}""",
        $$"""SELECT count() FROM exporter WHERE {time} AND SpanAttributes['{{column}}'] {{test}}""",
        $$"""SELECT count() FROM typed WHERE {time} AND `{{column}}` {{test}}""");
}
