using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Reflection;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>Metric requests from OTLP/JSON.</summary>
internal static class MetricsJson
{
    private static readonly EnumDescriptor Temporalities = Metric.Descriptor.File.EnumTypes[0];

    public static ExportMetricsServiceRequest Read(ReadOnlySpan<byte> body) => JsonCursor.Read(body, ReadRequest);

    private static ExportMetricsServiceRequest ReadRequest(ref JsonCursor json)
    {
        var request = new ExportMetricsServiceRequest();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "resourceMetrics": json.Repeated(request.ResourceMetrics, ReadResourceMetrics); break;
                default: json.Skip(); break;
            }
        }

        return request;
    }

    private static ResourceMetrics ReadResourceMetrics(ref JsonCursor json)
    {
        var metrics = new ResourceMetrics();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "resource": metrics.Resource = CommonJson.ReadResource(ref json); break;
                case "scopeMetrics": json.Repeated(metrics.ScopeMetrics, ReadScopeMetrics); break;
                case "schemaUrl": metrics.SchemaUrl = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return metrics;
    }

    private static ScopeMetrics ReadScopeMetrics(ref JsonCursor json)
    {
        var metrics = new ScopeMetrics();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "scope": metrics.Scope = CommonJson.ReadScope(ref json); break;
                case "metrics": json.Repeated(metrics.Metrics, ReadMetric); break;
                case "schemaUrl": metrics.SchemaUrl = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return metrics;
    }

    private static Metric ReadMetric(ref JsonCursor json)
    {
        var metric = new Metric();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "name": metric.Name = json.Text(); break;
                case "description": metric.Description = json.Text(); break;
                case "unit": metric.Unit = json.Text(); break;
                case "gauge": metric.Gauge = ReadGauge(ref json); break;
                case "sum": metric.Sum = ReadSum(ref json); break;
                case "histogram": metric.Histogram = ReadHistogram(ref json); break;
                case "exponentialHistogram": metric.ExponentialHistogram = ReadExponential(ref json); break;
                case "summary": metric.Summary = ReadSummary(ref json); break;
                case "metadata": json.Repeated(metric.Metadata, CommonJson.ReadKeyValue); break;
                default: json.Skip(); break;
            }
        }

        return metric;
    }

    private static Gauge ReadGauge(ref JsonCursor json)
    {
        var gauge = new Gauge();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "dataPoints": json.Repeated(gauge.DataPoints, PointJson.ReadNumber); break;
                default: json.Skip(); break;
            }
        }

        return gauge;
    }

    private static Sum ReadSum(ref JsonCursor json)
    {
        var sum = new Sum();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "dataPoints": json.Repeated(sum.DataPoints, PointJson.ReadNumber); break;
                case "aggregationTemporality": sum.AggregationTemporality = (AggregationTemporality)json.Enum(Temporalities); break;
                case "isMonotonic": sum.IsMonotonic = json.Bool(); break;
                default: json.Skip(); break;
            }
        }

        return sum;
    }

    private static Histogram ReadHistogram(ref JsonCursor json)
    {
        var histogram = new Histogram();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "dataPoints": json.Repeated(histogram.DataPoints, PointJson.ReadHistogram); break;
                case "aggregationTemporality": histogram.AggregationTemporality = (AggregationTemporality)json.Enum(Temporalities); break;
                default: json.Skip(); break;
            }
        }

        return histogram;
    }

    private static ExponentialHistogram ReadExponential(ref JsonCursor json)
    {
        var histogram = new ExponentialHistogram();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "dataPoints": json.Repeated(histogram.DataPoints, PointJson.ReadExponential); break;
                case "aggregationTemporality": histogram.AggregationTemporality = (AggregationTemporality)json.Enum(Temporalities); break;
                default: json.Skip(); break;
            }
        }

        return histogram;
    }

    private static Summary ReadSummary(ref JsonCursor json)
    {
        var summary = new Summary();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "dataPoints": json.Repeated(summary.DataPoints, PointJson.ReadSummary); break;
                default: json.Skip(); break;
            }
        }

        return summary;
    }
}
