using Storage.Events;
using Storage.Queries;

namespace Analysis.Trace;

/// <summary>The question that fetches a trace, and the reading of its answer.</summary>
public static class TraceQuery
{
    /// <summary>Around a time hint: no trace that a person looks at is longer.</summary>
    private const long HintReachNs = 24L * 3600 * 1_000_000_000;

    private static readonly ValueList<string> SpanColumns =
    [
        WellKnownColumns.Time, WellKnownColumns.SpanId, WellKnownColumns.ParentId, WellKnownColumns.Name, WellKnownColumns.ServiceName, WellKnownColumns.DurationMs,
        WellKnownColumns.Error, WellKnownColumns.SignalType, WellKnownColumns.AnnotationType, "http.response.status_code",
    ];

    /// <summary>The events of a trace with what the waterfall needs, oldest first.</summary>
    /// <param name="traceId">The trace, lower-case hex.</param>
    /// <param name="nearUnixNs">A time inside the trace, when one is known: less is read then.</param>
    /// <param name="schema">The columns there are; others are not asked for.</param>
    public static Query Events(string traceId, long? nearUnixNs, Schema schema) => new()
    {
        Time = Range(nearUnixNs),
        Where = Is(WellKnownColumns.TraceId, traceId),
        Columns = SpanColumns.Where(schema.Contains).ToValueList(),
        Orders = [new Order(new ResultReference(Column: WellKnownColumns.Time), Descending: false)],
        Limit = Query.MaxLimit,
    };

    /// <summary>One span with all its columns.</summary>
    public static Query Span(string traceId, string spanId, long? nearUnixNs) => new()
    {
        Time = Range(nearUnixNs),
        Where = new Filter.And([Is(WellKnownColumns.TraceId, traceId), Is(WellKnownColumns.SpanId, spanId)]),
        Limit = 1,
    };

    /// <summary>The spans among the events of a trace.</summary>
    public static IReadOnlyList<TraceSpan> Spans(ResultTable events)
    {
        var spans = new List<TraceSpan>(events.RowCount);
        var (time, id, parent) = (events.Find(WellKnownColumns.Time), events.Find(WellKnownColumns.SpanId), events.Find(WellKnownColumns.ParentId));
        if (time is null || id is null) return spans;
        var (name, service, duration) = (events.Find(WellKnownColumns.Name), events.Find(WellKnownColumns.ServiceName), events.Find(WellKnownColumns.DurationMs));
        var (error, status) = (events.Find(WellKnownColumns.Error), events.Find("http.response.status_code"));
        for (var row = 0; row < events.RowCount; row++)
        {
            if (id.IsNull(row)) continue;
            spans.Add(new TraceSpan(
                id[row].ToString(), Text(parent, row), Text(name, row) ?? "", Text(service, row) ?? "", time[row].AsInt64(),
                duration is not null && duration[row].IsNumber ? duration[row].AsDouble() : 0, Text(error, row) == "true", Text(status, row)));
        }

        return spans;
    }

    /// <summary>Log records among the events of a trace.</summary>
    public static int Logs(ResultTable events) => Count(events, WellKnownColumns.SignalType, "log");

    /// <summary>Span events among the events of a trace.</summary>
    public static int SpanEvents(ResultTable events) => Count(events, WellKnownColumns.AnnotationType, "span_event");

    private static int Count(ResultTable events, string column, string value)
    {
        var found = events.Find(column);
        return found is null ? 0 : Enumerable.Range(0, found.Count).Count(row => found[row].ToString() == value);
    }

    private static string? Text(ResultColumn? column, int row) => column is null || column.IsNull(row) ? null : column[row].ToString();

    private static Filter.Condition Is(string column, string value) => new(column, FilterOp.Equal, value);

    private static TimeRange Range(long? near) => near is { } time
        ? new TimeRange.Between(Math.Max(0, time - HintReachNs), time > long.MaxValue - HintReachNs ? long.MaxValue : time + HintReachNs)
        : TimeRange.All;
}
