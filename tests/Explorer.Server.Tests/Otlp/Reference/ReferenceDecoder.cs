using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Messages;
using Google.Protobuf;
using Storage.Events;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>
/// What protobuf requests must become, by generated messages and a flattener that reads them: slow, plain, and written apart from the
/// decoder that is held to it.
/// </summary>
internal static class ReferenceDecoder
{
    /// <exception cref="RefusedException">The bytes are not such a request.</exception>
    public static DecodedRequest Decode(OtlpSignal signal, ReadOnlySpan<byte> body, Schema schema, long arrivalUnixNs, long maxCost)
    {
        var writer = new EventWriter(schema, arrivalUnixNs, maxCost);
        switch (signal)
        {
            case OtlpSignal.Traces: TraceFlattener.Write(Parse(ExportTraceServiceRequest.Parser, WireShape.Traces, body), writer); break;
            case OtlpSignal.Logs: LogFlattener.Write(Parse(ExportLogsServiceRequest.Parser, WireShape.Logs, body), writer); break;
            default: MetricFlattener.Write(Parse(ExportMetricsServiceRequest.Parser, WireShape.Metrics, body), writer); break;
        }

        var batches = writer.Build();
        return new DecodedRequest(batches, writer.Events, writer.Rejected, writer.RejectionReason, writer.OverflowedValues, writer.TruncatedValues);
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
