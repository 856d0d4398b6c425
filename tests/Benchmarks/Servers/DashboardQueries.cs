using System.Globalization;

namespace Benchmarks.Servers;

/// <summary>What the panels of a dashboard on W1 ask.</summary>
internal static class DashboardQueries
{
    private static readonly string[] Questions =
    [
        """ "calculations": [ { "op": "COUNT" }, { "op": "P95", "column": "duration_ms" } ], "breakdowns": [ "service.name" ] """,
        """ "calculations": [ { "op": "HEATMAP", "column": "duration_ms" } ] """,
        """ "calculations": [ { "op": "COUNT" } ], "where": { "column": "http.response.status_code", "op": ">=", "value": 500 }, "breakdowns": [ "http.route" ], "limit": 20 """,
        """ "calculations": [ { "op": "COUNT_DISTINCT", "column": "app.user_id" } ], "breakdowns": [ "app.tenant" ], "limit": 10 """,
    ];

    public static int Count => Questions.Length;

    /// <summary>One of the questions over the last seconds.</summary>
    public static string Last(int question, int seconds) => $$"""{ "time_range": {{seconds}}, {{Questions[question % Questions.Length]}} }""";

    /// <summary>One of the questions over a window, times in Unix seconds.</summary>
    public static string Between(int question, double start, double end) => string.Create(CultureInfo.InvariantCulture,
        $$"""{ "start_time": {{start:0.###}}, "end_time": {{end:0.###}}, {{Questions[question % Questions.Length]}} }""");
}
