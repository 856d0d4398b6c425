using System.Collections.Frozen;

namespace Storage.Events;

/// <summary>Names of the columns that Explorer itself gives a meaning. Every other column keeps the name its sender gave it.</summary>
public static class WellKnownColumns
{
    /// <summary>Start of a span, time of a log or event; Unix nanoseconds, Int64, present on every event.</summary>
    public const string Time = "time";
    public const string TraceId = "trace.trace_id";
    public const string SpanId = "trace.span_id";
    public const string ParentId = "trace.parent_id";
    public const string TraceState = "trace.trace_state";
    public const string Name = "name";

    /// <summary>End minus start in milliseconds, Float64; negative when the sender's end lies before its start.</summary>
    public const string DurationMs = "duration_ms";
    public const string ServiceName = "service.name";
    public const string SpanKind = "span.kind";
    public const string StatusCode = "status_code";
    public const string StatusMessage = "status_message";

    /// <summary>True where <see cref="StatusCode"/> is 2; absent otherwise.</summary>
    public const string Error = "error";
    public const string Body = "body";
    public const string SeverityText = "severity_text";
    public const string SeverityNumber = "severity_number";
    public const string ScopeName = "scope.name";
    public const string ScopeVersion = "scope.version";
    public const string LinkTraceId = "link.trace_id";
    public const string LinkSpanId = "link.span_id";

    /// <summary>trace, log or metric.</summary>
    public const string SignalType = "meta.signal_type";

    /// <summary>span_event or link; absent on spans, logs and metric points.</summary>
    public const string AnnotationType = "meta.annotation_type";

    /// <summary>True when the sender's time was 0 or out of range and the arrival time stands in its place.</summary>
    public const string InvalidTime = "meta.invalid_time";

    /// <summary>True when at least one value of the event was cut at <see cref="EventBatchBuilder.MaxValueBytes"/>.</summary>
    public const string Truncated = "meta.truncated";

    /// <summary>JSON object of the attributes that could not become columns.</summary>
    public const string Overflow = "meta.overflow";

    /// <summary>How many real events this event stands for; absent or below 1 means 1.</summary>
    public const string SampleRate = "SampleRate";

    /// <summary>All names above; they become columns whatever the bound on columns says.</summary>
    public static FrozenSet<string> All { get; } = FrozenSet.ToFrozenSet(
    [
        Time, TraceId, SpanId, ParentId, TraceState, Name, DurationMs, ServiceName, SpanKind, StatusCode, StatusMessage, Error, Body,
        SeverityText, SeverityNumber, ScopeName, ScopeVersion, LinkTraceId, LinkSpanId, SignalType, AnnotationType, InvalidTime, Truncated,
        Overflow, SampleRate,
    ], StringComparer.Ordinal);

    /// <summary>The type that queries see of a well-known column before any event has it; null for other names.</summary>
    public static ColumnType? TypeOf(string name) => name switch
    {
        _ when !All.Contains(name) => null,
        Time or StatusCode or SeverityNumber => ColumnType.Int64,
        DurationMs or SampleRate => ColumnType.Float64,
        Error or InvalidTime or Truncated => ColumnType.Bool,
        _ => ColumnType.String,
    };
}
