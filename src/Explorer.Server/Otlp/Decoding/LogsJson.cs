using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Reflection;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>Log requests from OTLP/JSON.</summary>
internal static class LogsJson
{
    private static readonly EnumDescriptor Severities = LogRecord.Descriptor.File.EnumTypes[0];

    public static ExportLogsServiceRequest Read(ReadOnlySpan<byte> body) => JsonCursor.Read(body, ReadRequest);

    private static ExportLogsServiceRequest ReadRequest(ref JsonCursor json)
    {
        var request = new ExportLogsServiceRequest();
        json.Enter();
        while (json.NextField())
        {
            if (json.Field is "resourceLogs") json.Repeated(request.ResourceLogs, ReadResourceLogs);
            else json.Skip();
        }

        return request;
    }

    private static ResourceLogs ReadResourceLogs(ref JsonCursor json)
    {
        var logs = new ResourceLogs();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "resource": logs.Resource = CommonJson.ReadResource(ref json); break;
                case "scopeLogs": json.Repeated(logs.ScopeLogs, ReadScopeLogs); break;
                case "schemaUrl": logs.SchemaUrl = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return logs;
    }

    private static ScopeLogs ReadScopeLogs(ref JsonCursor json)
    {
        var logs = new ScopeLogs();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "scope": logs.Scope = CommonJson.ReadScope(ref json); break;
                case "logRecords": json.Repeated(logs.LogRecords, ReadRecord); break;
                case "schemaUrl": logs.SchemaUrl = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return logs;
    }

    private static LogRecord ReadRecord(ref JsonCursor json)
    {
        var record = new LogRecord();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "timeUnixNano": record.TimeUnixNano = json.UnixNano(); break;
                case "observedTimeUnixNano": record.ObservedTimeUnixNano = json.UnixNano(); break;
                case "severityNumber": record.SeverityNumber = (SeverityNumber)json.Enum(Severities); break;
                case "severityText": record.SeverityText = json.Text(); break;
                case "body": record.Body = CommonJson.ReadAnyValue(ref json); break;
                case "attributes": json.Repeated(record.Attributes, CommonJson.ReadKeyValue); break;
                case "droppedAttributesCount": record.DroppedAttributesCount = json.UInt32(); break;
                case "flags": record.Flags = json.UInt32(); break;
                case "traceId": record.TraceId = json.Id(); break;
                case "spanId": record.SpanId = json.Id(); break;
                case "eventName": record.EventName = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return record;
    }
}
