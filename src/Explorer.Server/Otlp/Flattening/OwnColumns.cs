using System.Collections.Frozen;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>
/// Names of the columns that come from OTLP's own fields. An attribute of such a name does not take the field's place: where the event has
/// the field, the attribute's value is kept as <c>attributes.(name)</c>.
/// </summary>
internal static class OwnColumns
{
    /// <summary>Prefix under which an attribute is kept whose name is taken.</summary>
    public const string Displaced = "attributes.";

    public const string TraceFlags = "trace.flags";

    /// <summary>True when the parent span is in another process; only where the sender says so.</summary>
    public const string ParentIsRemote = "trace.parent_is_remote";
    public const string LinkTraceState = "link.trace_state";
    public const string LinkFlags = "link.flags";

    /// <summary>Attributes, events and links that the sender dropped; only where there were any.</summary>
    public const string DroppedAttributes = "meta.dropped_attributes_count";
    public const string DroppedEvents = "meta.dropped_events_count";
    public const string DroppedLinks = "meta.dropped_links_count";
    public const string ResourceSchemaUrl = "resource.schema_url";
    public const string ResourceDroppedAttributes = "resource.dropped_attributes_count";
    public const string ScopeSchemaUrl = "scope.schema_url";
    public const string ScopeDroppedAttributes = "scope.dropped_attributes_count";

    /// <summary>Name of a log record that is an event; the same as its <c>name</c>.</summary>
    public const string EventName = "event.name";

    /// <summary>When a log record was collected, Unix nanoseconds; only where it also says when it was written and the two differ.</summary>
    public const string ObservedTime = "log.observed_time_unix_ns";

    /// <summary>
    /// What a log record's text has in common with others of its kind, by <see cref="LogTemplate"/>. A sender's attribute of this name, such as the one
    /// that a collector's drain processor sets, takes its place.
    /// </summary>
    public const string LogTemplate = "log.record.template";

    public const string MetricName = "metric.name";
    public const string MetricDescription = "metric.description";
    public const string MetricUnit = "metric.unit";

    /// <summary>gauge, sum, histogram, exponential_histogram or summary.</summary>
    public const string MetricType = "metric.type";

    /// <summary>delta or cumulative; absent where it has no meaning or was not given.</summary>
    public const string MetricTemporality = "metric.temporality";
    public const string MetricMonotonic = "metric.monotonic";

    /// <summary>Start of the interval that the point covers, Unix nanoseconds.</summary>
    public const string MetricStartTime = "metric.start_time_unix_ns";

    /// <summary>Value of a gauge or sum.</summary>
    public const string MetricValue = "metric.value";
    public const string MetricCount = "metric.count";
    public const string MetricSum = "metric.sum";
    public const string MetricMin = "metric.min";
    public const string MetricMax = "metric.max";

    /// <summary>JSON array of counts, one more than <see cref="MetricExplicitBounds"/>.</summary>
    public const string MetricBucketCounts = "metric.bucket_counts";
    public const string MetricExplicitBounds = "metric.explicit_bounds";
    public const string MetricScale = "metric.scale";
    public const string MetricZeroCount = "metric.zero_count";
    public const string MetricZeroThreshold = "metric.zero_threshold";
    public const string MetricPositiveOffset = "metric.positive.offset";
    public const string MetricPositiveCounts = "metric.positive.bucket_counts";
    public const string MetricNegativeOffset = "metric.negative.offset";
    public const string MetricNegativeCounts = "metric.negative.bucket_counts";

    /// <summary>JSON array of objects with quantile and value.</summary>
    public const string MetricQuantiles = "metric.quantiles";

    /// <summary>JSON array of objects with time_unix_nano, value, trace_id, span_id and attributes.</summary>
    public const string MetricExemplars = "metric.exemplars";
    public const string MetricFlags = "metric.flags";

    /// <summary>True where the series ended and the point carries no value.</summary>
    public const string MetricNoRecordedValue = "metric.no_recorded_value";

    private static readonly FrozenSet<string> Names = WellKnownColumns.All
        .Except([WellKnownColumns.ServiceName, WellKnownColumns.SampleRate], StringComparer.Ordinal)
        .Concat([
            TraceFlags, ParentIsRemote, LinkTraceState, LinkFlags, DroppedAttributes, DroppedEvents, DroppedLinks, ResourceSchemaUrl,
            ResourceDroppedAttributes, ScopeSchemaUrl, ScopeDroppedAttributes, EventName, ObservedTime, MetricName, MetricDescription, MetricUnit,
            MetricType, MetricTemporality, MetricMonotonic, MetricStartTime, MetricValue, MetricCount, MetricSum, MetricMin, MetricMax,
            MetricBucketCounts, MetricExplicitBounds, MetricScale, MetricZeroCount, MetricZeroThreshold, MetricPositiveOffset,
            MetricPositiveCounts, MetricNegativeOffset, MetricNegativeCounts, MetricQuantiles, MetricExemplars, MetricFlags, MetricNoRecordedValue,
        ])
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True where an attribute of that name may meet a field.</summary>
    public static bool Contains(string name) => Names.Contains(name);

    /// <summary>
    /// True where an attribute of that name is displaced even on events without the field: an id, a time or a mark that a sender's
    /// attribute could otherwise forge.
    /// </summary>
    public static bool IsReserved(string name) =>
        name == WellKnownColumns.Time
        || (Names.Contains(name)
            && (name.StartsWith("trace.", StringComparison.Ordinal)
                || name.StartsWith("meta.", StringComparison.Ordinal)
                || name.StartsWith("link.", StringComparison.Ordinal)));
}
