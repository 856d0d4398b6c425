using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Google.Protobuf;
using Storage.Events;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>The three kinds of telemetry.</summary>
internal enum OtlpSignal
{
    Traces,
    Logs,
    Metrics,
}

/// <summary>The two forms of an OTLP message.</summary>
internal enum OtlpEncoding
{
    Protobuf,
    Json,
}

/// <summary>A request as events.</summary>
/// <param name="Batches">Usually one; none for a request without telemetry.</param>
/// <param name="Events">Events in the batches.</param>
/// <param name="Rejected">Spans, log records or points that could not be taken.</param>
/// <param name="RejectionReason">Why; null when none were rejected.</param>
/// <param name="OverflowedValues">Values in meta.overflow.</param>
/// <param name="TruncatedValues">Values that were cut.</param>
internal sealed record DecodedRequest(
    IReadOnlyList<EventBatch> Batches, int Events, int Rejected, string? RejectionReason, int OverflowedValues, int TruncatedValues)
{
    public static DecodedRequest From(EventWriter writer)
    {
        var batches = writer.Build();
        return new DecodedRequest(
            batches, writer.Events, writer.Rejected, writer.RejectionReason, writer.OverflowedValues, writer.TruncatedValues);
    }
}

/// <summary>
/// From the bytes of an export request to batches of events. Everything between the two is behind this one method, so that a decoder that
/// writes columns without building messages can take its place.
/// </summary>
internal static class OtlpDecoder
{
    /// <summary>Decodes a request.</summary>
    /// <param name="signal">What the request carries.</param>
    /// <param name="encoding">The form of the bytes.</param>
    /// <param name="body">The request, decompressed.</param>
    /// <param name="schema">The store's schema now.</param>
    /// <param name="arrivalUnixNs">Time of records that have none, Unix nanoseconds.</param>
    /// <param name="maxCost">Bytes that the events may take in memory.</param>
    /// <exception cref="RefusedException">The bytes are not such a request, or hold too much.</exception>
    public static DecodedRequest Decode(
        OtlpSignal signal, OtlpEncoding encoding, ReadOnlySpan<byte> body, Schema schema, long arrivalUnixNs, long maxCost)
    {
        var writer = new EventWriter(schema, arrivalUnixNs, maxCost);
        switch (signal)
        {
            case OtlpSignal.Traces:
                TraceFlattener.Write(
                    encoding == OtlpEncoding.Json ? TraceJson.Read(body) : Parse(ExportTraceServiceRequest.Parser, WireShape.Traces, body), writer);
                break;
            case OtlpSignal.Logs:
                LogFlattener.Write(
                    encoding == OtlpEncoding.Json ? LogsJson.Read(body) : Parse(ExportLogsServiceRequest.Parser, WireShape.Logs, body), writer);
                break;
            default:
                MetricFlattener.Write(
                    encoding == OtlpEncoding.Json ? MetricsJson.Read(body) : Parse(ExportMetricsServiceRequest.Parser, WireShape.Metrics, body), writer);
                break;
        }

        return DecodedRequest.From(writer);
    }

    private static T Parse<T>(MessageParser<T> parser, WireShape shape, ReadOnlySpan<byte> body) where T : IMessage<T>
    {
        shape.Check(body);
        try
        {
            return parser.WithDiscardUnknownFields(true).ParseFrom(body);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new RefusedException(Verdict.Malformed, "not an OTLP message: " + e.Message);
        }
    }
}
