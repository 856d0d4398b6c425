using Explorer.Server.Otlp.Messages;

namespace Explorer.Server.Demo;

/// <summary>A pair of export requests and when a real shop would have sent them.</summary>
internal sealed class DemoBatch(DateTimeOffset due, IReadOnlyList<DemoTrace> traces)
{
    public DateTimeOffset Due { get; } = due;

    public int Spans { get; } = traces.Sum(trace => trace.Spans.Count);

    public ExportTraceServiceRequest ToTraces()
    {
        var request = new ExportTraceServiceRequest();
        foreach (var group in traces.SelectMany(trace => trace.Spans).GroupBy(item => item.Instance, item => item.Span))
        {
            var scope = new ScopeSpans { Scope = group.Key.Scope, SchemaUrl = SchemaUrl, Spans = { group } };
            request.ResourceSpans.Add(new ResourceSpans { Resource = group.Key.Resource, SchemaUrl = SchemaUrl, ScopeSpans = { scope } });
        }
        return request;
    }

    /// <summary>The log records of the same traces; null when there are none.</summary>
    public ExportLogsServiceRequest? ToLogs()
    {
        var request = new ExportLogsServiceRequest();
        foreach (var group in traces.SelectMany(trace => trace.Logs).GroupBy(item => item.Instance, item => item.Log))
        {
            var scope = new ScopeLogs { Scope = group.Key.Scope, SchemaUrl = SchemaUrl, LogRecords = { group } };
            request.ResourceLogs.Add(new ResourceLogs { Resource = group.Key.Resource, SchemaUrl = SchemaUrl, ScopeLogs = { scope } });
        }
        return request.ResourceLogs.Count > 0 ? request : null;
    }

    private const string SchemaUrl = "https://opentelemetry.io/schemas/1.37.0";
}

/// <summary>What is sent and in what order: a pure sequence, so that a clock decides when a batch goes but never what is in it.</summary>
internal sealed class DemoTraffic(DemoShop shop, TimeSpan backfill)
{
    private const int BatchSpans = 700;
    private const int WindowSeconds = 7200;

    /// <summary>Bits that number the seconds of a window: 8,192.</summary>
    private const int WindowBits = 13;

    /// <summary>Live traffic begins so long before the start that nothing in the backfill ends after it.</summary>
    private const int LiveFrom = -DemoShop.LongestSeconds;

    /// <summary>
    /// The time before the start, the last two hours first. Within two hours the seconds come in an order of which every beginning is spread
    /// evenly, so that a chart over them has its shape after the first batches and only grows.
    /// </summary>
    public IEnumerable<DemoBatch> Backfill()
    {
        var due = DateTimeOffset.FromUnixTimeSeconds(shop.StartNanos / 1_000_000_000);
        var first = -(int)backfill.TotalSeconds;
        var (pending, spans) = (new List<DemoTrace>(), 0);
        foreach (var second in SecondsBefore(first))
        {
            foreach (var trace in shop.Traces(second))
            {
                pending.Add(trace);
                if ((spans += trace.Spans.Count) < BatchSpans)
                    continue;
                yield return new DemoBatch(due, pending);
                (pending, spans) = ([], 0);
            }
        }
        if (pending.Count > 0)
            yield return new DemoBatch(due, pending);
    }

    /// <summary>Without end: for each second after the start, the traces that have ended by then.</summary>
    public IEnumerable<DemoBatch> Live()
    {
        var open = new PriorityQueue<DemoTrace, long>();
        for (var second = LiveFrom; ; second++)
        {
            foreach (var trace in shop.Traces(second))
                open.Enqueue(trace, trace.EndNanos);
            var now = shop.StartNanos + (second + 1) * 1_000_000_000L;
            var ended = new List<DemoTrace>();
            while (open.TryPeek(out _, out var end) && end <= now)
                ended.Add(open.Dequeue());
            if (ended.Count > 0)
                yield return new DemoBatch(DateTimeOffset.FromUnixTimeMilliseconds(now / 1_000_000), ended);
        }
    }

    private static IEnumerable<int> SecondsBefore(int first)
    {
        for (var last = LiveFrom; last > first; last -= WindowSeconds)
        {
            var window = Math.Max(first, last - WindowSeconds);
            for (var i = 0; i < 1 << WindowBits; i++)
            {
                if (window + Reversed(i) is var second && second < last)
                    yield return second;
            }
        }
    }

    /// <summary>The bits of a number in reverse order: 0, 4096, 2048, 6144, 1024 ... halves the largest gap again and again.</summary>
    private static int Reversed(int number)
    {
        var reversed = 0;
        for (var bit = 0; bit < WindowBits; bit++, number >>= 1)
            reversed = (reversed << 1) | (number & 1);
        return reversed;
    }
}
