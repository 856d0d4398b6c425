using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>The keys of the columns that come from fields, see <see cref="WellKnownColumns"/> and <see cref="OwnColumns"/>.</summary>
internal sealed class OwnKeys(KeyTable keys)
{
    public Key InvalidTime { get; } = keys.Find(WellKnownColumns.InvalidTime);
    public Key SignalType { get; } = keys.Find(WellKnownColumns.SignalType);
    public Key TraceId { get; } = keys.Find(WellKnownColumns.TraceId);
    public Key SpanId { get; } = keys.Find(WellKnownColumns.SpanId);
    public Key ParentId { get; } = keys.Find(WellKnownColumns.ParentId);
    public Key TraceState { get; } = keys.Find(WellKnownColumns.TraceState);
    public Key Name { get; } = keys.Find(WellKnownColumns.Name);
    public Key SpanKind { get; } = keys.Find(WellKnownColumns.SpanKind);
    public Key DurationMs { get; } = keys.Find(WellKnownColumns.DurationMs);
    public Key StatusCode { get; } = keys.Find(WellKnownColumns.StatusCode);
    public Key StatusMessage { get; } = keys.Find(WellKnownColumns.StatusMessage);
    public Key Error { get; } = keys.Find(WellKnownColumns.Error);
    public Key AnnotationType { get; } = keys.Find(WellKnownColumns.AnnotationType);
    public Key LinkTraceId { get; } = keys.Find(WellKnownColumns.LinkTraceId);
    public Key LinkSpanId { get; } = keys.Find(WellKnownColumns.LinkSpanId);
    public Key ScopeName { get; } = keys.Find(WellKnownColumns.ScopeName);
    public Key ScopeVersion { get; } = keys.Find(WellKnownColumns.ScopeVersion);
    public Key SampleRate { get; } = keys.Find(WellKnownColumns.SampleRate);
    public Key Body { get; } = keys.Find(WellKnownColumns.Body);
    public Key LogTemplate { get; } = keys.Find(OwnColumns.LogTemplate);
    public Key SeverityText { get; } = keys.Find(WellKnownColumns.SeverityText);
    public Key SeverityNumber { get; } = keys.Find(WellKnownColumns.SeverityNumber);
    public Key ServiceName { get; } = keys.Find(WellKnownColumns.ServiceName);
    public Key TraceFlags { get; } = keys.Find(OwnColumns.TraceFlags);
    public Key ParentIsRemote { get; } = keys.Find(OwnColumns.ParentIsRemote);
    public Key LinkTraceState { get; } = keys.Find(OwnColumns.LinkTraceState);
    public Key LinkFlags { get; } = keys.Find(OwnColumns.LinkFlags);
    public Key DroppedAttributes { get; } = keys.Find(OwnColumns.DroppedAttributes);
    public Key DroppedEvents { get; } = keys.Find(OwnColumns.DroppedEvents);
    public Key DroppedLinks { get; } = keys.Find(OwnColumns.DroppedLinks);
    public Key ResourceSchemaUrl { get; } = keys.Find(OwnColumns.ResourceSchemaUrl);
    public Key ResourceDroppedAttributes { get; } = keys.Find(OwnColumns.ResourceDroppedAttributes);
    public Key ScopeSchemaUrl { get; } = keys.Find(OwnColumns.ScopeSchemaUrl);
    public Key ScopeDroppedAttributes { get; } = keys.Find(OwnColumns.ScopeDroppedAttributes);
    public Key EventName { get; } = keys.Find(OwnColumns.EventName);
    public Key ObservedTime { get; } = keys.Find(OwnColumns.ObservedTime);
    public Key MetricName { get; } = keys.Find(OwnColumns.MetricName);
    public Key MetricDescription { get; } = keys.Find(OwnColumns.MetricDescription);
    public Key MetricUnit { get; } = keys.Find(OwnColumns.MetricUnit);
    public Key MetricType { get; } = keys.Find(OwnColumns.MetricType);
    public Key MetricTemporality { get; } = keys.Find(OwnColumns.MetricTemporality);
    public Key MetricMonotonic { get; } = keys.Find(OwnColumns.MetricMonotonic);
    public Key MetricStartTime { get; } = keys.Find(OwnColumns.MetricStartTime);
    public Key MetricValue { get; } = keys.Find(OwnColumns.MetricValue);
    public Key MetricCount { get; } = keys.Find(OwnColumns.MetricCount);
    public Key MetricSum { get; } = keys.Find(OwnColumns.MetricSum);
    public Key MetricMin { get; } = keys.Find(OwnColumns.MetricMin);
    public Key MetricMax { get; } = keys.Find(OwnColumns.MetricMax);
    public Key MetricBucketCounts { get; } = keys.Find(OwnColumns.MetricBucketCounts);
    public Key MetricExplicitBounds { get; } = keys.Find(OwnColumns.MetricExplicitBounds);
    public Key MetricScale { get; } = keys.Find(OwnColumns.MetricScale);
    public Key MetricZeroCount { get; } = keys.Find(OwnColumns.MetricZeroCount);
    public Key MetricZeroThreshold { get; } = keys.Find(OwnColumns.MetricZeroThreshold);
    public Key MetricPositiveOffset { get; } = keys.Find(OwnColumns.MetricPositiveOffset);
    public Key MetricPositiveCounts { get; } = keys.Find(OwnColumns.MetricPositiveCounts);
    public Key MetricNegativeOffset { get; } = keys.Find(OwnColumns.MetricNegativeOffset);
    public Key MetricNegativeCounts { get; } = keys.Find(OwnColumns.MetricNegativeCounts);
    public Key MetricQuantiles { get; } = keys.Find(OwnColumns.MetricQuantiles);
    public Key MetricExemplars { get; } = keys.Find(OwnColumns.MetricExemplars);
    public Key MetricFlags { get; } = keys.Find(OwnColumns.MetricFlags);
    public Key MetricNoRecordedValue { get; } = keys.Find(OwnColumns.MetricNoRecordedValue);
}
