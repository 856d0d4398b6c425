using System.Text.Json;
using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp;
using Google.Protobuf.Collections;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>Metric points as events: one event per point, distributions as JSON text.</summary>
internal static class MetricFlattener
{
    public const string Signal = "metric";

    private const uint NoRecordedValue = 1;

    public static void Write(ExportMetricsServiceRequest request, EventWriter writer)
    {
        foreach (var resourceMetrics in request.ResourceMetrics)
        {
            writer.BeginResource(resourceMetrics.Resource, resourceMetrics.SchemaUrl);
            foreach (var scopeMetrics in resourceMetrics.ScopeMetrics)
            {
                writer.BeginScope(scopeMetrics.Scope, scopeMetrics.SchemaUrl);
                foreach (var metric in scopeMetrics.Metrics) Write(metric, writer);
            }
        }
    }

    private static void Write(Metric metric, EventWriter writer)
    {
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Gauge:
                foreach (var point in metric.Gauge.DataPoints) WriteNumber(metric, point, "gauge", null, writer);
                break;
            case Metric.DataOneofCase.Sum:
                foreach (var point in metric.Sum.DataPoints) WriteNumber(metric, point, "sum", metric.Sum, writer);
                break;
            case Metric.DataOneofCase.Histogram:
                foreach (var point in metric.Histogram.DataPoints) WriteHistogram(metric, point, writer);
                break;
            case Metric.DataOneofCase.ExponentialHistogram:
                foreach (var point in metric.ExponentialHistogram.DataPoints) WriteExponential(metric, point, writer);
                break;
            case Metric.DataOneofCase.Summary:
                foreach (var point in metric.Summary.DataPoints) WriteSummary(metric, point, writer);
                break;
        }
    }

    private static void WriteNumber(Metric metric, NumberDataPoint point, string type, Sum? sum, EventWriter writer)
    {
        Begin(metric, type, point.TimeUnixNano, point.StartTimeUnixNano, point.Attributes, point.Flags, writer);
        if (sum is not null)
        {
            WriteTemporality(sum.AggregationTemporality, writer);
            writer.Set(OwnColumns.MetricMonotonic, sum.IsMonotonic);
        }

        if (point.HasAsInt) writer.Set(OwnColumns.MetricValue, point.AsInt);
        else if (point.HasAsDouble) writer.Set(OwnColumns.MetricValue, point.AsDouble);
        End(point.Exemplars, writer);
    }

    private static void WriteHistogram(Metric metric, HistogramDataPoint point, EventWriter writer)
    {
        Begin(metric, "histogram", point.TimeUnixNano, point.StartTimeUnixNano, point.Attributes, point.Flags, writer);
        WriteTemporality(metric.Histogram.AggregationTemporality, writer);
        SetUnsigned(OwnColumns.MetricCount, point.Count, writer);
        if (point.HasSum) writer.Set(OwnColumns.MetricSum, point.Sum);
        if (point.HasMin) writer.Set(OwnColumns.MetricMin, point.Min);
        if (point.HasMax) writer.Set(OwnColumns.MetricMax, point.Max);
        SetCounts(OwnColumns.MetricBucketCounts, point.BucketCounts, writer);
        if (point.ExplicitBounds.Count > 0) writer.Set(OwnColumns.MetricExplicitBounds, JsonText.Of(point.ExplicitBounds, WriteBounds));
        End(point.Exemplars, writer);
    }

    private static void WriteExponential(Metric metric, ExponentialHistogramDataPoint point, EventWriter writer)
    {
        Begin(metric, "exponential_histogram", point.TimeUnixNano, point.StartTimeUnixNano, point.Attributes, point.Flags, writer);
        WriteTemporality(metric.ExponentialHistogram.AggregationTemporality, writer);
        SetUnsigned(OwnColumns.MetricCount, point.Count, writer);
        if (point.HasSum) writer.Set(OwnColumns.MetricSum, point.Sum);
        if (point.HasMin) writer.Set(OwnColumns.MetricMin, point.Min);
        if (point.HasMax) writer.Set(OwnColumns.MetricMax, point.Max);
        writer.Set(OwnColumns.MetricScale, (long)point.Scale);
        SetUnsigned(OwnColumns.MetricZeroCount, point.ZeroCount, writer);
        if (point.ZeroThreshold != 0) writer.Set(OwnColumns.MetricZeroThreshold, point.ZeroThreshold);
        WriteBuckets(point.Positive, OwnColumns.MetricPositiveOffset, OwnColumns.MetricPositiveCounts, writer);
        WriteBuckets(point.Negative, OwnColumns.MetricNegativeOffset, OwnColumns.MetricNegativeCounts, writer);
        End(point.Exemplars, writer);
    }

    private static void WriteSummary(Metric metric, SummaryDataPoint point, EventWriter writer)
    {
        Begin(metric, "summary", point.TimeUnixNano, point.StartTimeUnixNano, point.Attributes, point.Flags, writer);
        SetUnsigned(OwnColumns.MetricCount, point.Count, writer);
        writer.Set(OwnColumns.MetricSum, point.Sum);
        if (point.QuantileValues.Count > 0) writer.Set(OwnColumns.MetricQuantiles, JsonText.Of(point.QuantileValues, WriteQuantiles));
        writer.EndEvent();
    }

    private static void Begin(
        Metric metric, string type, ulong time, ulong start, RepeatedField<KeyValue> attributes, uint flags, EventWriter writer)
    {
        writer.BeginEvent(time);
        writer.Attributes(attributes);
        writer.Set(WellKnownColumns.SignalType, Signal);
        writer.Set(OwnColumns.MetricName, metric.Name);
        writer.Set(OwnColumns.MetricType, type);
        writer.SetText(OwnColumns.MetricUnit, metric.Unit);
        writer.SetText(OwnColumns.MetricDescription, metric.Description);
        if (EventWriter.IsTime(start)) writer.Set(OwnColumns.MetricStartTime, (long)start);
        writer.SetCount(OwnColumns.MetricFlags, flags);
        if ((flags & NoRecordedValue) != 0) writer.Set(OwnColumns.MetricNoRecordedValue, true);
        foreach (var entry in metric.Metadata) writer.Flatten("metric.metadata." + entry.Key, entry.Value);
    }

    private static void End(RepeatedField<Exemplar> exemplars, EventWriter writer)
    {
        if (exemplars.Count > 0) writer.Set(OwnColumns.MetricExemplars, JsonText.Of(exemplars, WriteExemplars));
        writer.EndEvent();
    }

    private static void WriteTemporality(AggregationTemporality temporality, EventWriter writer)
    {
        if (temporality == AggregationTemporality.Delta) writer.Set(OwnColumns.MetricTemporality, "delta");
        else if (temporality == AggregationTemporality.Cumulative) writer.Set(OwnColumns.MetricTemporality, "cumulative");
    }

    private static void WriteBuckets(ExponentialHistogramDataPoint.Types.Buckets? buckets, string offset, string counts, EventWriter writer)
    {
        if (buckets is null || buckets.BucketCounts.Count == 0) return;
        writer.Set(offset, (long)buckets.Offset);
        SetCounts(counts, buckets.BucketCounts, writer);
    }

    private static void SetCounts(string name, RepeatedField<ulong> counts, EventWriter writer)
    {
        if (counts.Count > 0) writer.Set(name, JsonText.Of(counts, WriteCounts));
    }

    /// <summary>Counts beyond Int64 do not happen; should one, it is nearly right rather than negative.</summary>
    private static void SetUnsigned(string name, ulong value, EventWriter writer)
    {
        if (value <= long.MaxValue) writer.Set(name, (long)value);
        else writer.Set(name, (double)value);
    }

    private static void WriteCounts(Utf8JsonWriter json, RepeatedField<ulong> counts)
    {
        json.WriteStartArray();
        foreach (var count in counts) json.WriteNumberValue(count);
        json.WriteEndArray();
    }

    private static void WriteBounds(Utf8JsonWriter json, RepeatedField<double> bounds)
    {
        json.WriteStartArray();
        foreach (var bound in bounds) JsonText.Write(json, bound);
        json.WriteEndArray();
    }

    private static void WriteQuantiles(Utf8JsonWriter json, RepeatedField<SummaryDataPoint.Types.ValueAtQuantile> quantiles)
    {
        json.WriteStartArray();
        foreach (var quantile in quantiles)
        {
            json.WriteStartObject();
            json.WritePropertyName("quantile");
            JsonText.Write(json, quantile.Quantile);
            json.WritePropertyName("value");
            JsonText.Write(json, quantile.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteExemplars(Utf8JsonWriter json, RepeatedField<Exemplar> exemplars)
    {
        json.WriteStartArray();
        foreach (var exemplar in exemplars)
        {
            json.WriteStartObject();
            json.WriteNumber("time_unix_nano", exemplar.TimeUnixNano);
            json.WritePropertyName("value");
            if (exemplar.HasAsInt) json.WriteNumberValue(exemplar.AsInt);
            else if (exemplar.HasAsDouble) JsonText.Write(json, exemplar.AsDouble);
            else json.WriteNullValue();
            if (Ids.IsTraceId(exemplar.TraceId)) json.WriteString("trace_id", Convert.ToHexStringLower(exemplar.TraceId.Span));
            if (Ids.IsSpanId(exemplar.SpanId)) json.WriteString("span_id", Convert.ToHexStringLower(exemplar.SpanId.Span));
            if (exemplar.FilteredAttributes.Count > 0)
            {
                json.WritePropertyName("attributes");
                JsonText.Write(json, exemplar.FilteredAttributes);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
