using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Which side of a trace is shown.</summary>
public enum TraceTab
{
    Waterfall,
    Flame,
    Statistics,
    Logs,
    Compare,
}

/// <summary>Everything that decides what the trace page shows. Its address says the same, see <see cref="TraceUrl"/>.</summary>
/// <param name="TraceId">The trace, or the id of one that was opened from a file.</param>
public sealed record TraceState(string TraceId)
{
    /// <summary>The span that is open, if one is.</summary>
    public string? SpanId { get; init; }

    /// <summary>A time inside the trace, which makes finding it cheap; null when it is unknown.</summary>
    public long? TimeUnixNs { get; init; }

    /// <summary>What the time axis shows, nanoseconds from the trace's start; null for all of it.</summary>
    public (long From, long To)? Zoom { get; init; }

    /// <summary>Columns beside the names.</summary>
    public ValueList<string> Columns { get; init; }

    public TraceTab Tab { get; init; }

    /// <summary>The column that statistics are grouped by; null for the name.</summary>
    public string? GroupBy { get; init; }

    /// <summary>The trace that this one is compared with.</summary>
    public string? OtherTraceId { get; init; }
}
