using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp;
using Google.Protobuf;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>Spans, their events and their links as events.</summary>
internal static class TraceFlattener
{
    public const string Signal = "trace";

    private const double NanosecondsPerMillisecond = 1e6;
    private const uint TraceFlagsMask = 0xFF;
    private const uint HasIsRemote = 0x100;
    private const uint IsRemote = 0x200;

    private static readonly string[] Kinds = ["internal", "internal", "server", "client", "producer", "consumer"];

    public static void Write(ExportTraceServiceRequest request, EventWriter writer)
    {
        foreach (var resourceSpans in request.ResourceSpans)
        {
            writer.BeginResource(resourceSpans.Resource, resourceSpans.SchemaUrl);
            foreach (var scopeSpans in resourceSpans.ScopeSpans)
            {
                writer.BeginScope(scopeSpans.Scope, scopeSpans.SchemaUrl);
                foreach (var span in scopeSpans.Spans) Write(span, writer);
            }
        }
    }

    private static void Write(Span span, EventWriter writer)
    {
        if (Fault(span) is { } fault)
        {
            writer.Reject(fault);
            return;
        }

        var rate = Rate(span, writer);
        WriteSpan(span, rate, writer);
        foreach (var spanEvent in span.Events)
        {
            BeginAnnotation(span, spanEvent.TimeUnixNano, "span_event", rate, writer);
            writer.Attributes(spanEvent.Attributes, mayHaveSampleRate: false);
            writer.Set(WellKnownColumns.Name, spanEvent.Name);
            writer.SetCount(OwnColumns.DroppedAttributes, spanEvent.DroppedAttributesCount);
            writer.EndEvent();
        }

        foreach (var link in span.Links) WriteLink(span, link, rate, writer);
    }

    private static string? Fault(Span span)
    {
        if (!Ids.IsTraceId(span.TraceId)) return "span whose trace id is not 16 bytes or is all zero";
        if (!Ids.IsSpanId(span.SpanId)) return "span whose span id is not 8 bytes or is all zero";
        return span.ParentSpanId.Length is 0 or Ids.SpanIdBytes ? null : "span whose parent span id is neither empty nor 8 bytes";
    }

    private static void WriteSpan(Span span, Leaf? rate, EventWriter writer)
    {
        writer.BeginEvent(span.StartTimeUnixNano);
        writer.Attributes(span.Attributes);
        if (rate is { } sampleRate) writer.Set(sampleRate);
        writer.Set(WellKnownColumns.SignalType, Signal);
        writer.SetId(WellKnownColumns.TraceId, span.TraceId.Span);
        writer.SetId(WellKnownColumns.SpanId, span.SpanId.Span);
        if (Ids.IsSpanId(span.ParentSpanId)) writer.SetId(WellKnownColumns.ParentId, span.ParentSpanId.Span);
        writer.SetText(WellKnownColumns.TraceState, span.TraceState);
        writer.Set(WellKnownColumns.Name, span.Name);
        writer.Set(WellKnownColumns.SpanKind, (int)span.Kind is >= 0 and var kind && kind < Kinds.Length ? Kinds[kind] : Kinds[0]);
        WriteDuration(span, writer);
        WriteStatus(span.Status, writer);
        writer.SetCount(OwnColumns.TraceFlags, span.Flags & TraceFlagsMask);
        if ((span.Flags & HasIsRemote) != 0) writer.Set(OwnColumns.ParentIsRemote, (span.Flags & IsRemote) != 0);
        writer.SetCount(OwnColumns.DroppedAttributes, span.DroppedAttributesCount);
        writer.SetCount(OwnColumns.DroppedEvents, span.DroppedEventsCount);
        writer.SetCount(OwnColumns.DroppedLinks, span.DroppedLinksCount);
        writer.EndEvent();
    }

    /// <summary>Without two usable times there is no duration: one made up with the arrival time would look like a measurement.</summary>
    private static void WriteDuration(Span span, EventWriter writer)
    {
        if (!EventWriter.IsTime(span.EndTimeUnixNano)) writer.MarkInvalidTime();
        else if (EventWriter.IsTime(span.StartTimeUnixNano))
            writer.Set(WellKnownColumns.DurationMs, ((long)span.EndTimeUnixNano - (long)span.StartTimeUnixNano) / NanosecondsPerMillisecond);
    }

    private static void WriteStatus(Status? status, EventWriter writer)
    {
        var code = (long)(status?.Code ?? Status.Types.StatusCode.Unset);
        writer.Set(WellKnownColumns.StatusCode, code);
        if (status is null) return;
        writer.SetText(WellKnownColumns.StatusMessage, status.Message);
        if (code == (long)Status.Types.StatusCode.Error) writer.Set(WellKnownColumns.Error, true);
    }

    private static void WriteLink(Span span, Span.Types.Link link, Leaf? rate, EventWriter writer)
    {
        BeginAnnotation(span, span.StartTimeUnixNano, "link", rate, writer);
        writer.Attributes(link.Attributes, mayHaveSampleRate: false);
        if (Ids.IsTraceId(link.TraceId)) writer.SetId(WellKnownColumns.LinkTraceId, link.TraceId.Span);
        if (Ids.IsSpanId(link.SpanId)) writer.SetId(WellKnownColumns.LinkSpanId, link.SpanId.Span);
        writer.SetText(OwnColumns.LinkTraceState, link.TraceState);
        writer.SetCount(OwnColumns.LinkFlags, link.Flags & TraceFlagsMask);
        writer.SetCount(OwnColumns.DroppedAttributes, link.DroppedAttributesCount);
        writer.EndEvent();
    }

    private static void BeginAnnotation(Span span, ulong time, string kind, Leaf? rate, EventWriter writer)
    {
        writer.BeginEvent(time);
        if (rate is { } sampleRate) writer.Set(sampleRate);
        writer.Set(WellKnownColumns.SignalType, Signal);
        writer.Set(WellKnownColumns.AnnotationType, kind);
        writer.SetId(WellKnownColumns.TraceId, span.TraceId.Span);
        writer.SetId(WellKnownColumns.ParentId, span.SpanId.Span);
    }

    private static Leaf? Rate(Span span, EventWriter writer)
    {
        if (writer.SampleRate(span.Attributes) is { } given) return given;
        if (span.TraceState.Length == 0 || TraceState.SampleRate(span.TraceState) is not { } rate) return null;
        return rate == Math.Floor(rate) ? new Leaf(WellKnownColumns.SampleRate, (long)rate) : new Leaf(WellKnownColumns.SampleRate, rate);
    }
}

/// <summary>Which bytes are an id: of the right length and not all zero.</summary>
internal static class Ids
{
    public const int TraceIdBytes = 16;
    public const int SpanIdBytes = 8;

    public static bool IsTraceId(ByteString id) => IsId(id.Span, TraceIdBytes);

    public static bool IsSpanId(ByteString id) => IsId(id.Span, SpanIdBytes);

    public static bool IsId(ReadOnlySpan<byte> id, int length) => id.Length == length && id.ContainsAnyExcept((byte)0);
}
