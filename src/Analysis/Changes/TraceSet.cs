using Storage.Events;
using Storage.Queries;

namespace Analysis.Changes;

/// <summary>
/// Spans and log records of two windows, trace by trace. A trace belongs to the window in which its first event lies; one that began before
/// both, or in neither, is left out. Log records without a trace are put together by service and time.
/// </summary>
internal sealed class TraceSet
{
    /// <summary>Slices of a window.</summary>
    private const int Slices = 60;

    private readonly EventSample _sample;
    private readonly TraceColumns _columns;

    private TraceSet(EventSample sample)
    {
        _sample = sample;
        _columns = new TraceColumns(sample);
    }

    /// <summary>The traces, in no order that matters.</summary>
    public required IReadOnlyList<TraceEvents> Traces { get; init; }

    /// <param name="sample">Events with the columns above and, as keys, span id and parent id.</param>
    /// <param name="before">The window that is compared with.</param>
    /// <param name="after">The window that is asked about.</param>
    public static TraceSet Of(EventSample sample, TimeWindow before, TimeWindow after)
    {
        var order = Enumerable.Range(0, sample.Count).Where(i => sample.Traces[i] != 0).ToArray();
        Array.Sort(Array.ConvertAll(order, i => sample.Traces[i]), order);
        var traces = new List<TraceEvents>();
        var set = new TraceSet(sample) { Traces = traces };
        for (var first = 0; first < order.Length;)
        {
            var end = first + 1;
            while (end < order.Length && sample.Traces[order[end]] == sample.Traces[order[first]]) end++;
            var rows = order[first..end];
            var start = rows.Min(row => sample.Times[row]);
            first = end;
            if (Contains(after, start)) traces.Add(set.Read(rows, isAfter: true));
            else if (Contains(before, start)) traces.Add(set.Read(rows, isAfter: false));
        }

        traces.AddRange(set.Untraced(before, isAfter: false));
        traces.AddRange(set.Untraced(after, isAfter: true));
        return set;
    }

    /// <summary>
    /// Log records that belong to no trace: those of a service in a slice of the time are one witness together, since such records come in bursts.
    /// </summary>
    private IEnumerable<TraceEvents> Untraced(TimeWindow window, bool isAfter) => Enumerable.Range(0, _sample.Count)
        .Where(row => _sample.Traces[row] == 0 && Contains(window, _sample.Times[row]) && _columns.Text("log.record.template", row) is not null)
        .GroupBy(row => (Service: _columns.Service(row), Slice: (long)((Int128)(_sample.Times[row] - window.StartUnixNs) * Slices / window.LengthNs)))
        .Select(slice => new TraceEvents(isAfter, [], [.. slice.Select(row => Log(row, span: -1))]));

    private static bool Contains(TimeWindow window, long time) => time >= window.StartUnixNs && time < window.EndUnixNs;

    private TraceEvents Read(int[] rows, bool isAfter)
    {
        var spans = new List<ChangeSpan>();
        var byId = new Dictionary<ulong, int>();
        foreach (var row in rows)
        {
            var id = _sample.Keys[0][row];
            if (id == 0) continue;
            byId.TryAdd(id, spans.Count);
            spans.Add(new ChangeSpan
            {
                Service = _columns.Service(row), Name = _columns.Text(WellKnownColumns.Name, row) ?? "", Kind = _columns.Text(WellKnownColumns.SpanKind, row) ?? "",
                Peer = _columns.Text("peer.service", row), Instance = _columns.Instance(row), Version = _columns.Text("service.version", row),
                Start = _sample.Times[row], DurationMs = Math.Max(0, _columns.Number(WellKnownColumns.DurationMs, row) ?? 0), IsError = _columns.Text(WellKnownColumns.Error, row) == "true",
            });
        }

        int[] spanRows = [.. rows.Where(row => _sample.Keys[0][row] != 0)];
        for (var place = 0; place < spanRows.Length; place++)
        {
            var parent = byId.GetValueOrDefault(_sample.Keys[1][spanRows[place]], -1);
            spans[place].Parent = parent == place ? -1 : parent;
        }

        AddPeers(spans, spanRows);
        AddSelfTimes(spans);
        var logs = rows.Where(row => _sample.Keys[0][row] == 0 && _columns.Text("log.record.template", row) is not null).Select(row => Log(row, byId.GetValueOrDefault(_sample.Keys[1][row], -1)));
        return new TraceEvents(isAfter, spans, [.. logs]);
    }

    private ChangeLog Log(int row, int span) => new(
        span, _columns.Service(row), _columns.Text("log.record.template", row)! + _columns.Origin(row), _columns.Number(WellKnownColumns.SeverityNumber, row) ?? 0);

    /// <summary>Where a call does not name the called service, the span below it does, or its address.</summary>
    private void AddPeers(List<ChangeSpan> spans, int[] rows)
    {
        foreach (var span in spans)
            if (span.Parent >= 0 && spans[span.Parent] is { IsCall: true, Peer: null } call && call.Service != span.Service) call.Peer = span.Service;
        for (var i = 0; i < rows.Length; i++)
            if (spans[i].IsCall) spans[i].Peer ??= _columns.Address(rows[i]);
    }

    /// <summary>What of a span no child covers.</summary>
    private static void AddSelfTimes(List<ChangeSpan> spans)
    {
        var children = new List<int>?[spans.Count];
        for (var i = 0; i < spans.Count; i++)
            if (spans[i].Parent >= 0) (children[spans[i].Parent] ??= []).Add(i);
        for (var i = 0; i < spans.Count; i++)
        {
            var span = spans[i];
            span.SelfMs = span.DurationMs;
            if (children[i] is not { } below) continue;
            below.Sort((x, y) => spans[x].Start.CompareTo(spans[y].Start));
            var (reached, end) = (span.Start, span.Start + (long)(span.DurationMs * 1e6));
            foreach (var child in below)
            {
                var (from, to) = (Math.Max(reached, spans[child].Start), Math.Min(end, spans[child].Start + (long)(spans[child].DurationMs * 1e6)));
                if (to <= from) continue;
                span.SelfMs -= (to - from) / 1e6;
                reached = to;
            }

            span.SelfMs = Math.Max(0, span.SelfMs);
        }
    }
}

/// <param name="IsAfter">True for the window that is asked about.</param>
/// <param name="Spans">Its spans.</param>
/// <param name="Logs">Its log records that have a template.</param>
internal sealed record TraceEvents(bool IsAfter, List<ChangeSpan> Spans, ChangeLog[] Logs);

/// <param name="Span">Place of its span in the trace, or -1.</param>
internal sealed record ChangeLog(int Span, string Service, string Template, double Severity);

internal sealed class ChangeSpan
{
    public required string Service, Name, Kind;
    public string? Peer, Instance, Version;
    public long Start;
    public double DurationMs, SelfMs;
    public bool IsError;

    /// <summary>True for a span that is one side of a call, the other side being somewhere else.</summary>
    public bool IsCall => Kind is "client" or "producer";

    /// <summary>Place of the parent in the trace, or -1.</summary>
    public int Parent;
}
