namespace Explorer.Client.Components.Trace;

/// <summary>The span that is chosen in the waterfall.</summary>
/// <param name="SpanId">Its id.</param>
/// <param name="StartUnixNs">Its start, Unix nanoseconds.</param>
/// <param name="DurationNs">Its length; negative when it ends before it starts.</param>
/// <param name="SelfNs">Its self time.</param>
/// <param name="TraceStartUnixNs">The trace's start.</param>
/// <param name="Color">Number of its service's colour.</param>
/// <param name="IsLog">True when one of its log records is chosen.</param>
public sealed record ChosenSpan(string SpanId, long StartUnixNs, long DurationNs, long SelfNs, long TraceStartUnixNs, int Color, bool IsLog);
