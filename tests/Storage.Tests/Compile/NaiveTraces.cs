using System.Text;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>Finds the relatives of an event by looking at every other event.</summary>
internal sealed class NaiveTraces(IReadOnlyList<TestEvent> events)
{
    private readonly Dictionary<string, List<TestEvent>> _spans = events
        .Where(e => !e[WellKnownColumns.TraceId].IsNull && !e[WellKnownColumns.SpanId].IsNull).GroupBy(e => e[WellKnownColumns.TraceId].AsString())
        .ToDictionary(g => g.Key, g => g.OrderBy(e => e.Time).ThenBy(e => Convert.ToHexString(Encoding.UTF8.GetBytes(e[WellKnownColumns.SpanId].AsString())), StringComparer.Ordinal).ThenBy(e => e["id"].AsInt64()).ToList());

    /// <summary>The spans of an event's trace, first ones first.</summary>
    public List<TestEvent> Spans(TestEvent e) => e[WellKnownColumns.TraceId].IsNull ? [] : _spans.GetValueOrDefault(e[WellKnownColumns.TraceId].AsString(), []);

    /// <summary>The spans that may be meant, first ones first.</summary>
    public List<TestEvent> Candidates(Relative relative, TestEvent e) => relative switch
    {
        Relative.Root => Spans(e).FindAll(s => s[WellKnownColumns.ParentId].IsNull),
        Relative.Parent => Spans(e).FindAll(s => !e[WellKnownColumns.ParentId].IsNull && s[WellKnownColumns.SpanId] == e[WellKnownColumns.ParentId]),
        Relative.Child => Spans(e).FindAll(s => !e[WellKnownColumns.SpanId].IsNull && s[WellKnownColumns.ParentId] == e[WellKnownColumns.SpanId]),
        _ => Spans(e),
    };

    /// <summary>A column of the event's trace as a whole.</summary>
    public Value OfTrace(string name, TestEvent e)
    {
        if (e[WellKnownColumns.TraceId].IsNull) return Value.Null;
        var spans = Spans(e);
        switch (name)
        {
            case RelationalColumns.TraceSpanCount: return (long)spans.Count;
            case RelationalColumns.TraceErrorCount: return (long)spans.Count(s => s[WellKnownColumns.Error] is { IsNull: false } error && error.ToString() == "true");
            case RelationalColumns.TraceServiceCount: return (long)spans.Select(s => s[WellKnownColumns.ServiceName]).Where(v => !v.IsNull).Distinct().Count();
            case RelationalColumns.TraceRootMissing: return Candidates(Relative.Root, e).Count == 0;
            default: return spans.Count == 0 ? Value.Null : (double)(spans.Max(End) - spans.Min(s => s.Time)) / 1e6;
        }
    }

    private static Int128 End(TestEvent span)
    {
        var duration = span[WellKnownColumns.DurationMs];
        var ms = duration.IsNull ? 0 : duration.IsNumber ? duration.AsDouble() : NaiveEvaluator.Parse(duration.ToString()) ?? 0;
        var ns = Math.Round(ms * 1e6, MidpointRounding.AwayFromZero);
        return span.Time + (Math.Abs(ns) < 9.2e18 ? (Int128)ns : 0);
    }
}
