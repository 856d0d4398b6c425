using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>Metric points as events, read where they lie in the request: one event per point, distributions as JSON text.</summary>
internal static class MetricFlattener
{
    private const uint NoRecordedValue = 1;
    private const uint PointsTag = 0x0A;
    private const uint PositiveTag = 0x42;
    private const uint NegativeTag = 0x4A;
    private const uint BucketCountsField = 6;
    private const uint BoundsField = 7;
    private const int MetricDepth = 3;
    private const int PointDepth = 5;

    public static void Write(ReadOnlySpan<byte> request, EventWriter writer) => RequestWalk.Write(request, "metric"u8, writer, WriteMetric);

    private static void WriteMetric(WireReader reader, EventWriter writer)
    {
        var metric = MetricFields.Read(reader);
        var any = false;
        var points = new WireReader(metric.Data, metric.DataOrigin);
        while (points.Next(PointsTag))
        {
            any = true;
            WritePoint(reader, metric, points.Message(), writer);
        }

        if (!any && !metric.Metadata.IsEmpty) WireShape.Metric.Check(reader.All, reader.Place, MetricDepth);
    }

    private static void WritePoint(WireReader metricReader, in MetricFields metric, WireReader reader, EventWriter writer)
    {
        var point = PointFields.Read(reader, metric.Kind);
        Begin(metricReader, metric, point, reader, writer);
        switch (metric.Kind)
        {
            case MetricKind.Gauge or MetricKind.Sum: WriteNumber(metric, point, writer); break;
            case MetricKind.Histogram: WriteHistogram(metric, point, reader, writer); break;
            case MetricKind.ExponentialHistogram: WriteExponential(metric, point, reader, writer); break;
            default: WriteSummary(point, reader, writer); break;
        }

        if (MetricJson.Exemplars(reader, point.Exemplars, point.ExemplarsTag, PointDepth + 1, writer.Json, out var exemplars))
            writer.Set(writer.Keys.MetricExemplars, exemplars);
        writer.EndEvent();
    }

    private static void Begin(WireReader metricReader, in MetricFields metric, in PointFields point, WireReader reader, EventWriter writer)
    {
        var keys = writer.Keys;
        writer.BeginEvent(point.Time);
        writer.Attributes(reader, point.Attributes, point.AttributesTag, PointDepth + 1);
        writer.Set(keys.MetricName, metric.Name);
        writer.Set(keys.MetricType, Type(metric.Kind));
        writer.SetText(keys.MetricUnit, metric.Unit);
        writer.SetText(keys.MetricDescription, metric.Description);
        if (EventWriter.IsTime(point.Start)) writer.Set(keys.MetricStartTime, (long)point.Start);
        writer.SetCount(keys.MetricFlags, point.Flags);
        if ((point.Flags & NoRecordedValue) != 0) writer.Set(keys.MetricNoRecordedValue, true);
        if (!metric.Metadata.IsEmpty) WriteMetadata(metricReader, metric.Metadata, writer);
    }

    private static void WriteMetadata(WireReader reader, FieldRange metadata, EventWriter writer)
    {
        reader.At = metadata.Start;
        while (reader.Next(MetricFields.MetadataTag, metadata.End))
        {
            var message = reader.Message();
            var entry = WireAttribute.Read(message.All, message.Place, MetricDepth + 1);
            if (entry.Value.Kind != WireKind.None) writer.FlattenBelow("metric.metadata"u8, entry, MetricDepth + 2);
        }
    }

    private static ReadOnlySpan<byte> Type(MetricKind kind) => kind switch
    {
        MetricKind.Gauge => "gauge"u8,
        MetricKind.Sum => "sum"u8,
        MetricKind.Histogram => "histogram"u8,
        MetricKind.ExponentialHistogram => "exponential_histogram"u8,
        _ => "summary"u8,
    };

    private static void WriteNumber(in MetricFields metric, in PointFields point, EventWriter writer)
    {
        if (metric.Kind == MetricKind.Sum)
        {
            WriteTemporality(metric, writer);
            writer.Set(writer.Keys.MetricMonotonic, metric.IsMonotonic);
        }

        if (point.HasInt) writer.Set(writer.Keys.MetricValue, point.AsInt);
        else if (point.HasDouble) writer.Set(writer.Keys.MetricValue, point.AsDouble);
    }

    private static void WriteHistogram(in MetricFields metric, in PointFields point, WireReader reader, EventWriter writer)
    {
        var keys = writer.Keys;
        WriteDistribution(metric, point, writer);
        if (MetricJson.Fixed64s(reader, point.Buckets, BucketCountsField, writer.Json, out var counts)) writer.Set(keys.MetricBucketCounts, counts);
        if (MetricJson.Doubles(reader, point.Bounds, BoundsField, writer.Json, out var bounds)) writer.Set(keys.MetricExplicitBounds, bounds);
    }

    private static void WriteExponential(in MetricFields metric, in PointFields point, WireReader reader, EventWriter writer)
    {
        var keys = writer.Keys;
        WriteDistribution(metric, point, writer);
        writer.Set(keys.MetricScale, (long)point.Scale);
        SetUnsigned(keys.MetricZeroCount, point.ZeroCount, writer);
        if (point.ZeroThreshold != 0) writer.Set(keys.MetricZeroThreshold, point.ZeroThreshold);
        WriteBuckets(reader, point.Positive, PositiveTag, keys.MetricPositiveOffset, keys.MetricPositiveCounts, writer);
        WriteBuckets(reader, point.Negative, NegativeTag, keys.MetricNegativeOffset, keys.MetricNegativeCounts, writer);
    }

    private static void WriteDistribution(in MetricFields metric, in PointFields point, EventWriter writer)
    {
        var keys = writer.Keys;
        WriteTemporality(metric, writer);
        SetUnsigned(keys.MetricCount, point.Count, writer);
        if (point.HasSum) writer.Set(keys.MetricSum, point.Sum);
        if (point.HasMin) writer.Set(keys.MetricMin, point.Min);
        if (point.HasMax) writer.Set(keys.MetricMax, point.Max);
    }

    private static void WriteSummary(in PointFields point, WireReader reader, EventWriter writer)
    {
        SetUnsigned(writer.Keys.MetricCount, point.Count, writer);
        writer.Set(writer.Keys.MetricSum, point.Sum);
        if (MetricJson.Quantiles(reader, point.Quantiles, writer.Json, out var quantiles)) writer.Set(writer.Keys.MetricQuantiles, quantiles);
    }

    private static void WriteTemporality(in MetricFields metric, EventWriter writer)
    {
        if (metric.Temporality == 1) writer.Set(writer.Keys.MetricTemporality, "delta"u8);
        else if (metric.Temporality == 2) writer.Set(writer.Keys.MetricTemporality, "cumulative"u8);
    }

    /// <summary>Buckets in pieces are read as one: the counts of all pieces, the last offset.</summary>
    private static void WriteBuckets(WireReader reader, FieldRange range, uint tag, Key offsetKey, Key countsKey, EventWriter writer)
    {
        if (range.IsEmpty || !MetricJson.Buckets(reader, range, tag, writer.Json, out var offset, out var counts)) return;
        writer.Set(offsetKey, (long)offset);
        writer.Set(countsKey, counts);
    }

    /// <summary>Counts beyond Int64 do not happen; should one, it is nearly right rather than negative.</summary>
    private static void SetUnsigned(Key key, ulong value, EventWriter writer)
    {
        if (value <= long.MaxValue) writer.Set(key, (long)value);
        else writer.Set(key, (double)value);
    }
}
