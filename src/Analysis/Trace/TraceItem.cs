using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>What an event of a trace is to its waterfall.</summary>
public enum TraceItemKind : byte
{
    Span,
    Log,
}

/// <summary>A span or a log record of a trace.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="SpanId">A span's id, lower-case hex; empty for a log record.</param>
/// <param name="ParentId">A span's parent, a log record's span; null when it names none.</param>
/// <param name="Name">A span's name, a log record's text.</param>
/// <param name="Service">Its service; empty when it has none.</param>
/// <param name="StartUnixNs">Start, or time of the log record, Unix nanoseconds.</param>
/// <param name="DurationNs">Length in nanoseconds; negative when the sender's end lies before its start; 0 for a log record.</param>
/// <param name="IsError">A span with an error status, a log record of severity error or above.</param>
public sealed record TraceItem(TraceItemKind Kind, string SpanId, string? ParentId, string Name, string Service, long StartUnixNs, long DurationNs, bool IsError)
{
    /// <summary>server, client and so on; empty when the span has none.</summary>
    public string SpanKind { get; init; } = "";

    /// <summary>The HTTP or gRPC status that a span reports, the severity of a log record; empty for none.</summary>
    public string Status { get; init; } = "";

    /// <summary>Who was called, as the caller names it; empty when the span names nobody.</summary>
    public string Peer { get; init; } = "";

    /// <summary>Values of the columns that were asked for besides, in their order; null where there is none.</summary>
    public ImmutableArray<string?> Values { get; init; } = [];

    /// <summary>End, Unix nanoseconds; the start when the length is negative.</summary>
    public long EndUnixNs => DurationNs <= 0 ? StartUnixNs : StartUnixNs > long.MaxValue - DurationNs ? long.MaxValue : StartUnixNs + DurationNs;
}

/// <summary>What kind of mark stands on a span's bar.</summary>
public enum TraceMarkKind : byte
{
    SpanEvent,
    Link,
}

/// <summary>A span event or a link: something that is shown on the bar of its span.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="SpanId">The span that it belongs to.</param>
/// <param name="TimeUnixNs">When; a link has its span's start.</param>
/// <param name="Name">The event's name; the linked trace of a link.</param>
public sealed record TraceMark(TraceMarkKind Kind, string SpanId, long TimeUnixNs, string Name);
