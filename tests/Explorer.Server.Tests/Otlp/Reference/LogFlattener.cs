using System.Globalization;
using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>Log records as events.</summary>
internal static class LogFlattener
{
    public const string Signal = "log";

    private const uint TraceFlagsMask = 0xFF;

    public static void Write(ExportLogsServiceRequest request, EventWriter writer)
    {
        foreach (var resourceLogs in request.ResourceLogs)
        {
            writer.BeginResource(resourceLogs.Resource, resourceLogs.SchemaUrl);
            foreach (var scopeLogs in resourceLogs.ScopeLogs)
            {
                writer.BeginScope(scopeLogs.Scope, scopeLogs.SchemaUrl);
                foreach (var record in scopeLogs.LogRecords) Write(record, writer);
            }
        }
    }

    private static void Write(LogRecord record, EventWriter writer)
    {
        BeginEvent(record, writer);
        if (record.Body?.KvlistValue is { Values.Count: > 0 }) writer.Flatten(WellKnownColumns.Body, record.Body);
        if (record.Body is { ValueCase: AnyValue.ValueOneofCase.StringValue } text)
        {
            var template = new byte[LogTemplate.MaxBytes];
            var length = LogTemplate.Write(System.Text.Encoding.UTF8.GetBytes(text.StringValue), template);
            if (length > 0) writer.Set(OwnColumns.LogTemplate, System.Text.Encoding.UTF8.GetString(template, 0, length));
        }

        writer.Attributes(record.Attributes);
        writer.Set(WellKnownColumns.SignalType, Signal);
        if (Ids.IsTraceId(record.TraceId)) writer.SetId(WellKnownColumns.TraceId, record.TraceId.Span);
        if (Ids.IsSpanId(record.SpanId)) writer.SetId(WellKnownColumns.ParentId, record.SpanId.Span);
        writer.SetText(WellKnownColumns.SeverityText, record.SeverityText);
        writer.SetCount(WellKnownColumns.SeverityNumber, (int)record.SeverityNumber);
        writer.SetText(WellKnownColumns.Name, record.EventName);
        writer.SetText(OwnColumns.EventName, record.EventName);
        WriteBody(record.Body, writer);
        writer.SetCount(OwnColumns.TraceFlags, record.Flags & TraceFlagsMask);
        writer.SetCount(OwnColumns.DroppedAttributes, record.DroppedAttributesCount);
        writer.EndEvent();
    }

    /// <summary>The record's own time, else when it was collected. A time that is there but unusable is marked, one that is absent is not.</summary>
    private static void BeginEvent(LogRecord record, EventWriter writer)
    {
        var (own, observed) = (record.TimeUnixNano, record.ObservedTimeUnixNano);
        var useOwn = EventWriter.IsTime(own) || !EventWriter.IsTime(observed);
        writer.BeginEvent(useOwn ? own : observed);
        if (!useOwn && own != 0) writer.MarkInvalidTime();
        if (useOwn && observed != own && EventWriter.IsTime(observed)) writer.Set(OwnColumns.ObservedTime, (long)observed);
    }

    /// <summary>The body as one text, so that it is one column of one type; the entries of a structured body are columns below it as well.</summary>
    private static void WriteBody(AnyValue? body, EventWriter writer)
    {
        switch (body?.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue: writer.Set(WellKnownColumns.Body, body.StringValue); break;
            case AnyValue.ValueOneofCase.BoolValue: writer.Set(WellKnownColumns.Body, body.BoolValue ? "true" : "false"); break;
            case AnyValue.ValueOneofCase.IntValue: writer.Set(WellKnownColumns.Body, body.IntValue.ToString(CultureInfo.InvariantCulture)); break;
            case AnyValue.ValueOneofCase.DoubleValue: writer.Set(WellKnownColumns.Body, JsonText.Name(body.DoubleValue)); break;
            case AnyValue.ValueOneofCase.BytesValue: writer.Set(WellKnownColumns.Body, body.BytesValue.ToBase64()); break;
            case AnyValue.ValueOneofCase.ArrayValue: writer.Set(WellKnownColumns.Body, JsonText.Of(body)); break;
            case AnyValue.ValueOneofCase.KvlistValue: writer.Set(WellKnownColumns.Body, JsonText.Of(body)); break;
        }
    }
}
