using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Collections;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>Points of metrics from OTLP/JSON.</summary>
internal static class PointJson
{
    public static NumberDataPoint ReadNumber(ref JsonCursor json)
    {
        var point = new NumberDataPoint();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "startTimeUnixNano": point.StartTimeUnixNano = json.UnixNano(); break;
                case "timeUnixNano": point.TimeUnixNano = json.UnixNano(); break;
                case "asDouble": point.AsDouble = json.Double(); break;
                case "asInt": point.AsInt = json.Int64(); break;
                case "exemplars": json.Repeated(point.Exemplars, ReadExemplar); break;
                case "attributes": json.Repeated(point.Attributes, CommonJson.ReadKeyValue); break;
                case "flags": point.Flags = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return point;
    }

    public static HistogramDataPoint ReadHistogram(ref JsonCursor json)
    {
        var point = new HistogramDataPoint();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "startTimeUnixNano": point.StartTimeUnixNano = json.UnixNano(); break;
                case "timeUnixNano": point.TimeUnixNano = json.UnixNano(); break;
                case "count": point.Count = json.UInt64(); break;
                case "sum": point.Sum = json.Double(); break;
                case "min": point.Min = json.Double(); break;
                case "max": point.Max = json.Double(); break;
                case "bucketCounts": ReadCounts(ref json, point.BucketCounts); break;
                case "explicitBounds": ReadBounds(ref json, point.ExplicitBounds); break;
                case "exemplars": json.Repeated(point.Exemplars, ReadExemplar); break;
                case "attributes": json.Repeated(point.Attributes, CommonJson.ReadKeyValue); break;
                case "flags": point.Flags = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return point;
    }

    public static ExponentialHistogramDataPoint ReadExponential(ref JsonCursor json)
    {
        var point = new ExponentialHistogramDataPoint();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "startTimeUnixNano": point.StartTimeUnixNano = json.UnixNano(); break;
                case "timeUnixNano": point.TimeUnixNano = json.UnixNano(); break;
                case "count": point.Count = json.UInt64(); break;
                case "sum": point.Sum = json.Double(); break;
                case "min": point.Min = json.Double(); break;
                case "max": point.Max = json.Double(); break;
                case "scale": point.Scale = json.Int32(); break;
                case "zeroCount": point.ZeroCount = json.UInt64(); break;
                case "zeroThreshold": point.ZeroThreshold = json.Double(); break;
                case "positive": point.Positive = ReadBuckets(ref json); break;
                case "negative": point.Negative = ReadBuckets(ref json); break;
                case "exemplars": json.Repeated(point.Exemplars, ReadExemplar); break;
                case "attributes": json.Repeated(point.Attributes, CommonJson.ReadKeyValue); break;
                case "flags": point.Flags = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return point;
    }

    public static SummaryDataPoint ReadSummary(ref JsonCursor json)
    {
        var point = new SummaryDataPoint();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "startTimeUnixNano": point.StartTimeUnixNano = json.UnixNano(); break;
                case "timeUnixNano": point.TimeUnixNano = json.UnixNano(); break;
                case "count": point.Count = json.UInt64(); break;
                case "sum": point.Sum = json.Double(); break;
                case "quantileValues": json.Repeated(point.QuantileValues, ReadQuantile); break;
                case "attributes": json.Repeated(point.Attributes, CommonJson.ReadKeyValue); break;
                case "flags": point.Flags = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return point;
    }

    private static ExponentialHistogramDataPoint.Types.Buckets ReadBuckets(ref JsonCursor json)
    {
        var buckets = new ExponentialHistogramDataPoint.Types.Buckets();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "offset": buckets.Offset = json.Int32(); break;
                case "bucketCounts": ReadCounts(ref json, buckets.BucketCounts); break;
                default: json.Skip(); break;
            }
        }

        return buckets;
    }

    private static SummaryDataPoint.Types.ValueAtQuantile ReadQuantile(ref JsonCursor json)
    {
        var quantile = new SummaryDataPoint.Types.ValueAtQuantile();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "quantile": quantile.Quantile = json.Double(); break;
                case "value": quantile.Value = json.Double(); break;
                default: json.Skip(); break;
            }
        }

        return quantile;
    }

    private static Exemplar ReadExemplar(ref JsonCursor json)
    {
        var exemplar = new Exemplar();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "timeUnixNano": exemplar.TimeUnixNano = json.UnixNano(); break;
                case "asDouble": exemplar.AsDouble = json.Double(); break;
                case "asInt": exemplar.AsInt = json.Int64(); break;
                case "traceId": exemplar.TraceId = json.Id(); break;
                case "spanId": exemplar.SpanId = json.Id(); break;
                case "filteredAttributes": json.Repeated(exemplar.FilteredAttributes, CommonJson.ReadKeyValue); break;
                default: json.Skip(); break;
            }
        }

        return exemplar;
    }

    private static void ReadCounts(ref JsonCursor json, RepeatedField<ulong> into)
    {
        json.EnterArray();
        while (json.NextItem()) into.Add(json.UInt64());
    }

    private static void ReadBounds(ref JsonCursor json, RepeatedField<double> into)
    {
        json.EnterArray();
        while (json.NextItem()) into.Add(json.Double());
    }
}
