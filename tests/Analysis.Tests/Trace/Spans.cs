using Analysis.Trace;

namespace Analysis.Tests.Trace;

/// <summary>Spans in few words.</summary>
internal static class Spans
{
    public static TraceItem Span(string id, string? parent, long start, long duration = 10, bool error = false, string? name = null, string service = "service", string kind = "") =>
        new(TraceItemKind.Span, id, parent, name ?? id, service, start, duration, error) { SpanKind = kind };

    public static TraceItem Log(string? span, long time, string text = "log") => new(TraceItemKind.Log, "", span, text, "service", time, 0, false);

    public static TraceModel Model(params IReadOnlyList<TraceItem> items) => TraceModel.Build(new TraceEvents(items, [], items.Count, 0));

    /// <summary>A line per node, indented by its depth; missing parents in parentheses.</summary>
    public static IEnumerable<string> Shape(TraceTree tree) => tree.Nodes.Select(n => new string(' ', n.Depth) + (n.IsMissing ? $"({n.Id})" : n.Item!.Name));
}
