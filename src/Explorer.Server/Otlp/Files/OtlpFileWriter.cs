using System.Globalization;
using System.Text.Json;
using Explorer.Server.Otlp.Flattening;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Otlp.Files;

/// <summary>
/// Events of a trace as an OTLP/JSON document: spans with their events and links under <c>resourceSpans</c>, log records under <c>resourceLogs</c>.
/// An event no longer says whether a column was an attribute of its resource or its own, so columns with the names that the semantic conventions give
/// to resources are written there. Read again, the document gives the same columns; arrays, which are text in the store, stay text.
/// </summary>
internal sealed class OtlpFileWriter(Utf8JsonWriter json)
{
    private static readonly string[] ResourcePrefixes =
    [
        "service.", "telemetry.", "host.", "k8s.", "cloud.", "container.", "deployment.", "device.", "os.", "process.", "faas.", "build.", "vcs.", "webengine.", "browser.",
    ];

    // What has a field of its own in a span, log record, event or link, or is worked out from one.
    private static readonly HashSet<string> Fields = new(WellKnownColumns.All, StringComparer.Ordinal)
    {
OwnColumns.TraceFlags, OwnColumns.ParentIsRemote, OwnColumns.LinkTraceState, OwnColumns.LinkFlags, OwnColumns.ObservedTime, OwnColumns.LogTemplate, OwnColumns.EventName,
        OwnColumns.ResourceSchemaUrl, OwnColumns.ScopeSchemaUrl, OwnColumns.ResourceDroppedAttributes, OwnColumns.ScopeDroppedAttributes,
    };

    private static readonly Dictionary<string, int> Kinds = new(StringComparer.Ordinal) { ["internal"] = 1, ["server"] = 2, ["client"] = 3, ["producer"] = 4, ["consumer"] = 5 };

    /// <summary>Writes the document.</summary>
    /// <param name="pages">The events of the trace, oldest first.</param>
    public void Write(IReadOnlyList<ResultTable> pages)
    {
        var events = pages.Select(p => new Page(p)).SelectMany(p => Enumerable.Range(0, p.Table.RowCount).Select(row => new Row(p, row))).ToList();
        var marks = events.Where(e => !e.Has(WellKnownColumns.SpanId) && e.Has(WellKnownColumns.AnnotationType)).ToLookup(e => e.Text(WellKnownColumns.ParentId) ?? "");
        json.WriteStartObject();
        WriteGroups("resourceSpans", "scopeSpans", "spans", events.Where(e => e.Has(WellKnownColumns.SpanId)), row => WriteSpan(row, marks));
        WriteGroups("resourceLogs", "scopeLogs", "logRecords", events.Where(e => e.Text(WellKnownColumns.SignalType) == "log"), WriteLog);
        json.WriteEndObject();
    }

    private void WriteGroups(string resources, string scopes, string records, IEnumerable<Row> rows, Action<Row> write)
    {
        json.WriteStartArray(resources);
        foreach (var resource in rows.GroupBy(r => r.Identity(column => IsResource(column) || column == OwnColumns.ResourceSchemaUrl), StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteStartObject("resource");
            WriteAttributes(resource.First(), IsResource);
            json.WriteEndObject();
            json.WriteStartArray(scopes);
            foreach (var scope in resource.GroupBy(r => (r.Text(WellKnownColumns.ScopeName), r.Text(WellKnownColumns.ScopeVersion), r.Text(OwnColumns.ScopeSchemaUrl))))
            {
                json.WriteStartObject();
                json.WriteStartObject("scope");
                WriteText("name", scope.Key.Item1);
                WriteText("version", scope.Key.Item2);
                json.WriteEndObject();
                json.WriteStartArray(records);
                foreach (var row in scope) write(row);
                json.WriteEndArray();
                WriteText("schemaUrl", scope.Key.Item3);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteText("schemaUrl", resource.First().Text(OwnColumns.ResourceSchemaUrl));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteSpan(Row row, ILookup<string, Row> marks)
    {
        json.WriteStartObject();
        WriteText("traceId", row.Text(WellKnownColumns.TraceId));
        WriteText("spanId", row.Text(WellKnownColumns.SpanId));
        WriteText("parentSpanId", row.Text(WellKnownColumns.ParentId));
        WriteText("traceState", row.Text(WellKnownColumns.TraceState));
        WriteText("name", row.Text(WellKnownColumns.Name));
        if (row.Text(WellKnownColumns.SpanKind) is { } kind && Kinds.TryGetValue(kind, out var number)) json.WriteNumber("kind", number);
        WriteCount("flags", Count(row[OwnColumns.TraceFlags]) | RemoteFlags(row[OwnColumns.ParentIsRemote]));
        var length = row[WellKnownColumns.DurationMs] is { IsNumber: true } ms ? (long)Math.Round(ms.AsDouble() * 1e6) : 0;
        WriteTime("startTimeUnixNano", row.Time);
        WriteTime("endTimeUnixNano", row.Time + length);
        WriteAttributes(row, IsOwn);
        var own = marks[row.Text(WellKnownColumns.SpanId)!].ToLookup(m => m.Text(WellKnownColumns.AnnotationType) == "link");
        WriteMarks("events", own[false], WriteEvent);
        WriteMarks("links", own[true], WriteLink);
        if (row.Has(WellKnownColumns.StatusCode) || row.Has(WellKnownColumns.StatusMessage))
        {
            json.WriteStartObject("status");
            if (row[WellKnownColumns.StatusCode] is { Kind: ValueKind.Int64 } code) json.WriteNumber("code", code.AsInt64());
            WriteText("message", row.Text(WellKnownColumns.StatusMessage));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void WriteMarks(string name, IEnumerable<Row> marks, Action<Row> write)
    {
        json.WriteStartArray(name);
        foreach (var mark in marks)
        {
            json.WriteStartObject();
            write(mark);
            // A mark has the weight of its span without saying so.
            WriteAttributes(mark, column => column != WellKnownColumns.SampleRate && IsOwn(column));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteEvent(Row mark)
    {
        WriteTime("timeUnixNano", mark.Time);
        WriteText("name", mark.Text(WellKnownColumns.Name));
    }

    private void WriteLink(Row mark)
    {
        WriteText("traceId", mark.Text(WellKnownColumns.LinkTraceId));
        WriteText("spanId", mark.Text(WellKnownColumns.LinkSpanId));
        WriteText("traceState", mark.Text(OwnColumns.LinkTraceState));
        WriteCount("flags", Count(mark[OwnColumns.LinkFlags]));
    }

    private void WriteLog(Row row)
    {
        json.WriteStartObject();
        WriteTime("timeUnixNano", row.Time);
        if (row[OwnColumns.ObservedTime] is { Kind: ValueKind.Int64 } observed) WriteTime("observedTimeUnixNano", observed.AsInt64());
        WriteText("traceId", row.Text(WellKnownColumns.TraceId));
        WriteText("spanId", row.Text(WellKnownColumns.ParentId));
        WriteCount("flags", Count(row[OwnColumns.TraceFlags]));
        WriteText("severityText", row.Text(WellKnownColumns.SeverityText));
        if (row[WellKnownColumns.SeverityNumber] is { Kind: ValueKind.Int64 } severity) json.WriteNumber("severityNumber", severity.AsInt64());
        WriteText("eventName", row.Text(OwnColumns.EventName));
        if (row.Text(WellKnownColumns.Body) is { } body)
        {
            json.WriteStartObject("body");
            json.WriteString("stringValue", body);
            json.WriteEndObject();
        }

        WriteAttributes(row, IsOwn);
        json.WriteEndObject();
    }

    private void WriteAttributes(Row row, Func<string, bool> isWanted)
    {
        json.WriteStartArray("attributes");
        foreach (var (name, value) in row.Values)
        {
            if (!isWanted(name)) continue;
            json.WriteStartObject();
            json.WriteString("key", name);
            json.WriteStartObject("value");
            switch (value.Kind)
            {
                case ValueKind.Bool: json.WriteBoolean("boolValue", value.AsBool()); break;
                case ValueKind.Int64: json.WriteString("intValue", value.ToString()); break;
                case ValueKind.Float64 when double.IsFinite(value.AsDouble()): json.WriteNumber("doubleValue", value.AsDouble()); break;
                case ValueKind.Float64: json.WriteString("doubleValue", value.AsDouble() switch { > 0 => "Infinity", < 0 => "-Infinity", _ => "NaN" }); break;
                default: json.WriteString("stringValue", value.ToString()); break;
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Bit 8 says that it is known whether the parent is remote, bit 9 that it is.
    private static long RemoteFlags(Value isRemote) => isRemote.Kind != ValueKind.Bool ? 0 : isRemote.AsBool() ? 0x300 : 0x100;

    private static long Count(Value value) => value is { Kind: ValueKind.Int64 } ? value.AsInt64() : 0;

    private void WriteCount(string name, long count)
    {
        if (count != 0) json.WriteNumber(name, count);
    }

    private void WriteText(string name, string? text)
    {
        if (text is not null) json.WriteString(name, text);
    }

    private void WriteTime(string name, long unixNs) => json.WriteString(name, Math.Max(0, unixNs).ToString(CultureInfo.InvariantCulture));

    private static bool IsResource(string column) => !Fields.Contains(column) && ResourcePrefixes.Any(p => column.StartsWith(p, StringComparison.Ordinal))
        || column == WellKnownColumns.ServiceName;

    private static bool IsOwn(string column) =>
        column == WellKnownColumns.SampleRate || (!Fields.Contains(column) && !column.StartsWith("meta.", StringComparison.Ordinal) && !IsResource(column));

    private sealed class Page(ResultTable table)
    {
        public ResultTable Table { get; } = table;

        public Dictionary<string, ResultColumn> Columns { get; } = table.Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    private readonly record struct Row(Page Page, int Index)
    {
        public Value this[string column] => Page.Columns.TryGetValue(column, out var found) ? found[Index] : Value.Null;

        public long Time => this[WellKnownColumns.Time].AsInt64();

        public IEnumerable<(string Name, Value Value)> Values
        {
            get
            {
                var index = Index;
                return Page.Table.Columns.Where(c => !c.IsNull(index)).Select(c => (c.Name, c[index]));
            }
        }

        public bool Has(string column) => !this[column].IsNull;

        public string? Text(string column) => this[column] is { IsNull: false } value ? value.ToString() : null;

        /// <summary>The wanted columns as one text, equal where they are.</summary>
        public string Identity(Func<string, bool> isWanted) => string.Join('\u0001', Values.Where(v => isWanted(v.Name)).Select(v => $"{v.Name}\u0002{v.Value.Kind}\u0002{v.Value}"));
    }
}
