using Storage.Events;
using Storage.Queries;

namespace Analysis.Changes;

/// <summary>
/// Spans and log records of two windows, trace by trace. A trace belongs to the window in which its first event lies; one that began before
/// both, or in neither, is left out. Log records without a trace are put together by service and time.
/// </summary>
internal sealed class TraceSet
{
    /// <summary>Where a log record is written, in the words of semantic conventions new and old.</summary>
    private static readonly string[] Places = ["code.function.name", "code.file.path", "code.namespace", "code.filepath", "logger.name"];
    private static readonly string[] Lines = ["code.line.number", "code.lineno"];

    /// <summary>What is read of each event; those that the store has none of are missing.</summary>
    public static readonly string[] ColumnNames =
    [
        WellKnownColumns.ServiceName, WellKnownColumns.Name, WellKnownColumns.SpanKind, "peer.service", WellKnownColumns.DurationMs, WellKnownColumns.Error,
        WellKnownColumns.SignalType, WellKnownColumns.AnnotationType, WellKnownColumns.SeverityNumber, "log.record.template", "k8s.pod.name", "service.version",
        .. Places, .. Lines,
    ];

    /// <summary>Slices of a window.</summary>
    private const int Slices = 60;

    private readonly EventSample _sample;
    private readonly Dictionary<string, SampleColumn> _columns;

    private TraceSet(EventSample sample)
    {
        _sample = sample;
        _columns = sample.Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
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
        .Where(row => _sample.Traces[row] == 0 && Contains(window, _sample.Times[row]) && Text("log.record.template", row) is not null)
        .GroupBy(row => (Service: Text(WellKnownColumns.ServiceName, row) ?? "", Slice: (long)((Int128)(_sample.Times[row] - window.StartUnixNs) * Slices / window.LengthNs)))
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
                Service = Text(WellKnownColumns.ServiceName, row) ?? "", Name = Text(WellKnownColumns.Name, row) ?? "", Kind = Text(WellKnownColumns.SpanKind, row) ?? "",
                Peer = Text("peer.service", row), Pod = Text("k8s.pod.name", row), Version = Text("service.version", row),
                Start = _sample.Times[row], DurationMs = Math.Max(0, Number(WellKnownColumns.DurationMs, row) ?? 0), IsError = Text(WellKnownColumns.Error, row) == "true",
            });
        }

        var place = 0;
        foreach (var row in rows)
        {
            if (_sample.Keys[0][row] == 0) continue;
            var parent = byId.GetValueOrDefault(_sample.Keys[1][row], -1);
            spans[place].Parent = parent == place ? -1 : parent;
            place++;
        }

        AddSelfTimes(spans);
        var logs = rows.Where(row => _sample.Keys[0][row] == 0 && Text("log.record.template", row) is not null).Select(row => Log(row, byId.GetValueOrDefault(_sample.Keys[1][row], -1)));
        return new TraceEvents(isAfter, spans, [.. logs]);
    }

    private ChangeLog Log(int row, int span) => new(
        span, Text(WellKnownColumns.ServiceName, row) ?? "", Text("log.record.template", row)! + Origin(row), Number(WellKnownColumns.SeverityNumber, row) ?? 0);

    /// <summary>The place in the code, when it is known: two statements may say the same.</summary>
    private string Origin(int row)
    {
        var line = Lines.Select(c => Text(c, row)).FirstOrDefault(t => t is not null);
        return line is null ? "" : $" ({Places.Select(c => Text(c, row)).FirstOrDefault(t => t is not null)}:{line})";
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

    private readonly Dictionary<(string, int), string> _texts = [];

    private string? Text(string name, int row)
    {
        if (!_columns.TryGetValue(name, out var column)) return null;
        var code = column.Codes[row];
        if (code < 1 || code > column.Values) return null;
        if (!_texts.TryGetValue((name, code), out var text)) _texts.Add((name, code), text = column[code].ToString());
        return text;
    }

    private double? Number(string name, int row)
    {
        if (!_columns.TryGetValue(name, out var column)) return null;
        var code = column.Codes[row];
        return code < 1 || code > column.Values || !column.Type.IsNumeric() ? null : column.Number(code);
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
    public string? Peer, Pod, Version;
    public long Start;
    public double DurationMs, SelfMs;
    public bool IsError;

    /// <summary>Place of the parent in the trace, or -1.</summary>
    public int Parent;
}
