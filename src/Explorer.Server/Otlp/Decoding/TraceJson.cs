using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Reflection;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>Trace requests from OTLP/JSON.</summary>
internal static class TraceJson
{
    private static readonly EnumDescriptor Kinds = Span.Descriptor.EnumTypes[0];
    private static readonly EnumDescriptor Codes = Status.Descriptor.EnumTypes[0];

    public static ExportTraceServiceRequest Read(ReadOnlySpan<byte> body) => JsonCursor.Read(body, ReadRequest);

    private static ExportTraceServiceRequest ReadRequest(ref JsonCursor json)
    {
        var request = new ExportTraceServiceRequest();
        json.Enter();
        while (json.NextField())
        {
            if (json.Field is "resourceSpans") json.Repeated(request.ResourceSpans, ReadResourceSpans);
            else json.Skip();
        }

        return request;
    }

    private static ResourceSpans ReadResourceSpans(ref JsonCursor json)
    {
        var spans = new ResourceSpans();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "resource": spans.Resource = CommonJson.ReadResource(ref json); break;
                case "scopeSpans": json.Repeated(spans.ScopeSpans, ReadScopeSpans); break;
                case "schemaUrl": spans.SchemaUrl = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return spans;
    }

    private static ScopeSpans ReadScopeSpans(ref JsonCursor json)
    {
        var spans = new ScopeSpans();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "scope": spans.Scope = CommonJson.ReadScope(ref json); break;
                case "spans": json.Repeated(spans.Spans, ReadSpan); break;
                case "schemaUrl": spans.SchemaUrl = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return spans;
    }

    private static Span ReadSpan(ref JsonCursor json)
    {
        var span = new Span();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "traceId": span.TraceId = json.Id(); break;
                case "spanId": span.SpanId = json.Id(); break;
                case "traceState": span.TraceState = json.Text(); break;
                case "parentSpanId": span.ParentSpanId = json.Id(); break;
                case "flags": span.Flags = json.UInt32(); break;
                case "name": span.Name = json.Text(); break;
                case "kind": span.Kind = (Span.Types.SpanKind)json.Enum(Kinds); break;
                case "startTimeUnixNano": span.StartTimeUnixNano = json.UnixNano(); break;
                case "endTimeUnixNano": span.EndTimeUnixNano = json.UnixNano(); break;
                case "attributes": json.Repeated(span.Attributes, CommonJson.ReadKeyValue); break;
                case "droppedAttributesCount": span.DroppedAttributesCount = json.UInt32(); break;
                case "events": json.Repeated(span.Events, ReadEvent); break;
                case "droppedEventsCount": span.DroppedEventsCount = json.UInt32(); break;
                case "links": json.Repeated(span.Links, ReadLink); break;
                case "droppedLinksCount": span.DroppedLinksCount = json.UInt32(); break;
                case "status": span.Status = ReadStatus(ref json); break;
                default: json.Skip(); break;
            }
        }

        return span;
    }

    private static Span.Types.Event ReadEvent(ref JsonCursor json)
    {
        var spanEvent = new Span.Types.Event();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "timeUnixNano": spanEvent.TimeUnixNano = json.UnixNano(); break;
                case "name": spanEvent.Name = json.Text(); break;
                case "attributes": json.Repeated(spanEvent.Attributes, CommonJson.ReadKeyValue); break;
                case "droppedAttributesCount": spanEvent.DroppedAttributesCount = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return spanEvent;
    }

    private static Span.Types.Link ReadLink(ref JsonCursor json)
    {
        var link = new Span.Types.Link();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "traceId": link.TraceId = json.Id(); break;
                case "spanId": link.SpanId = json.Id(); break;
                case "traceState": link.TraceState = json.Text(); break;
                case "attributes": json.Repeated(link.Attributes, CommonJson.ReadKeyValue); break;
                case "droppedAttributesCount": link.DroppedAttributesCount = json.UInt32(); break;
                case "flags": link.Flags = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return link;
    }

    private static Status ReadStatus(ref JsonCursor json)
    {
        var status = new Status();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "message": status.Message = json.Text(); break;
                case "code": status.Code = (Status.Types.StatusCode)json.Enum(Codes); break;
                default: json.Skip(); break;
            }
        }

        return status;
    }
}
