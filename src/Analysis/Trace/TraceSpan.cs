namespace Analysis.Trace;

/// <summary>What the waterfall shows of a span.</summary>
/// <param name="SpanId">Its id, lower-case hex.</param>
/// <param name="ParentId">The id of its parent; null on a root.</param>
/// <param name="Name">Its name.</param>
/// <param name="Service">Its service; empty when it has none.</param>
/// <param name="StartUnixNs">Start, Unix nanoseconds.</param>
/// <param name="DurationMs">Length in milliseconds; negative when the sender's end lies before its start.</param>
/// <param name="IsError">Whether its status is an error.</param>
/// <param name="StatusCode">The HTTP or gRPC status that it reports, when it does.</param>
public sealed record TraceSpan(
    string SpanId, string? ParentId, string Name, string Service, long StartUnixNs, double DurationMs, bool IsError, string? StatusCode = null)
{
    /// <summary>End, Unix nanoseconds; the start when the length is negative.</summary>
    public long EndUnixNs => StartUnixNs + (long)Math.Min(Math.Max(0, DurationMs) * 1e6, long.MaxValue - StartUnixNs);
}
