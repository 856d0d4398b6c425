using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Trace;

/// <summary>The events of a trace as its views need them.</summary>
/// <param name="Items">Spans and log records.</param>
/// <param name="Marks">Span events and links.</param>
/// <param name="Events">Events that the trace has, those that were left out included.</param>
/// <param name="LeftOut">Events beyond <see cref="TraceReader.MaxEvents"/>, the latest ones.</param>
public sealed record TraceEvents(IReadOnlyList<TraceItem> Items, IReadOnlyList<TraceMark> Marks, long Events, long LeftOut)
{
    private const int ErrorSeverity = 17;

    /// <summary>Longest text of a name, log record or value that is kept, characters: what a row can show.</summary>
    private const int MaxText = 300;

    private static readonly string[] StatusColumns = ["http.response.status_code", "http.status_code", "rpc.grpc.status_code", "rpc.response.status_code"];
    private static readonly string[] PeerColumns = ["peer.service", "messaging.destination.name", "db.system.name", "db.system", "server.address", "net.peer.name"];

    /// <summary>The columns that are read of every event, besides those that a person asks for.</summary>
    public static ImmutableArray<string> Columns { get; } =
    [
        WellKnownColumns.Time, WellKnownColumns.SpanId, WellKnownColumns.ParentId, WellKnownColumns.Name, WellKnownColumns.ServiceName, WellKnownColumns.DurationMs,
        WellKnownColumns.Error, WellKnownColumns.SpanKind, WellKnownColumns.SignalType, WellKnownColumns.AnnotationType, WellKnownColumns.LinkTraceId,
        WellKnownColumns.Body, WellKnownColumns.SeverityText, WellKnownColumns.SeverityNumber, .. StatusColumns, .. PeerColumns,
    ];

    /// <summary>Reads tables of events.</summary>
    /// <param name="pages">The tables, each with the columns that its events have.</param>
    /// <param name="columns">Further columns whose values are kept with each item.</param>
    /// <param name="events">Events of the whole trace.</param>
    public static TraceEvents Read(IEnumerable<ResultTable> pages, IReadOnlyList<string> columns, long events)
    {
        var (items, marks, read) = (new List<TraceItem>(), new List<TraceMark>(), 0L);
        foreach (var page in pages)
        {
            new PageReader(page, columns).Read(items, marks);
            read += page.RowCount;
        }

        return new TraceEvents(items, marks, Math.Max(events, read), Math.Max(0, events - read));
    }

    private sealed class PageReader(ResultTable page, IReadOnlyList<string> columns)
    {
        private readonly ResultColumn? _time = page.Find(WellKnownColumns.Time);
        private readonly ResultColumn? _span = page.Find(WellKnownColumns.SpanId);
        private readonly ResultColumn? _parent = page.Find(WellKnownColumns.ParentId);
        private readonly ResultColumn? _name = page.Find(WellKnownColumns.Name);
        private readonly ResultColumn? _service = page.Find(WellKnownColumns.ServiceName);
        private readonly ResultColumn? _duration = page.Find(WellKnownColumns.DurationMs);
        private readonly ResultColumn? _error = page.Find(WellKnownColumns.Error);
        private readonly ResultColumn? _kind = page.Find(WellKnownColumns.SpanKind);
        private readonly ResultColumn? _signal = page.Find(WellKnownColumns.SignalType);
        private readonly ResultColumn? _annotation = page.Find(WellKnownColumns.AnnotationType);
        private readonly ResultColumn? _link = page.Find(WellKnownColumns.LinkTraceId);
        private readonly ResultColumn? _body = page.Find(WellKnownColumns.Body);
        private readonly ResultColumn? _severity = page.Find(WellKnownColumns.SeverityText);
        private readonly ResultColumn? _severityNumber = page.Find(WellKnownColumns.SeverityNumber);
        private readonly ResultColumn?[] _status = [.. StatusColumns.Select(page.Find)];
        private readonly ResultColumn?[] _peer = [.. PeerColumns.Select(page.Find)];
        private readonly ResultColumn?[] _more = [.. columns.Select(page.Find)];

        public void Read(List<TraceItem> items, List<TraceMark> marks)
        {
            for (var row = 0; row < page.RowCount; row++)
            {
                var time = _time![row].AsInt64();
                if (Text(_span, row) is { Length: > 0 } id) items.Add(Span(row, id, time));
                else if (Text(_annotation, row) is { } annotation) Mark(row, annotation, time, marks);
                else if (Text(_signal, row) == "log") items.Add(Log(row, time));
            }
        }

        private TraceItem Span(int row, string id, long time) => new(
            TraceItemKind.Span, id, Text(_parent, row), Text(_name, row) ?? "", Text(_service, row) ?? "", time, Nanoseconds(row), Text(_error, row) == "true")
        {
            SpanKind = Text(_kind, row) ?? "", Status = First(_status, row), Peer = First(_peer, row), Values = More(row),
        };

        private TraceItem Log(int row, long time)
        {
            var severity = _severityNumber is not null && _severityNumber[row] is { IsNumber: true } number ? number.AsDouble() : 0;
            return new TraceItem(
                TraceItemKind.Log, "", Text(_parent, row), Text(_body, row) ?? Text(_name, row) ?? "", Text(_service, row) ?? "", time, 0, severity >= ErrorSeverity)
            {
                Status = Text(_severity, row) ?? Severity(severity), Values = More(row),
            };
        }

        private void Mark(int row, string annotation, long time, List<TraceMark> marks)
        {
            if (Text(_parent, row) is not { } span) return;
            if (annotation == "link") marks.Add(new TraceMark(TraceMarkKind.Link, span, time, Text(_link, row) ?? ""));
            else marks.Add(new TraceMark(TraceMarkKind.SpanEvent, span, time, Text(_name, row) ?? ""));
        }

        private long Nanoseconds(int row) =>
            _duration is not null && _duration[row] is { IsNumber: true } ms ? (long)Math.Round(Math.Clamp(ms.AsDouble(), -9.2e12, 9.2e12) * 1e6) : 0;

        private ImmutableArray<string?> More(int row) => _more.Length == 0 ? [] : [.. _more.Select(c => Text(c, row))];

        private static string First(ResultColumn?[] columns, int row)
        {
            foreach (var column in columns)
                if (Text(column, row) is { Length: > 0 } text) return text;
            return "";
        }

        private static string Severity(double number) => number switch { >= 21 => "FATAL", >= 17 => "ERROR", >= 13 => "WARN", >= 9 => "INFO", >= 5 => "DEBUG", >= 1 => "TRACE", _ => "" };

        private static string? Text(ResultColumn? column, int row)
        {
            if (column is null || column.IsNull(row)) return null;
            var text = column[row].ToString();
            return text.Length <= MaxText ? text : string.Concat(text.AsSpan(0, MaxText), "…");
        }
    }
}
