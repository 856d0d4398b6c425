using Explorer.Server.Otlp.Flattening;
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
/// From the bytes of an export request to batches of events. Protobuf is read where it lies and goes straight into columns; JSON, which few
/// send, becomes protobuf first, so that there is one set of rules.
/// </summary>
internal static class OtlpDecoder
{
    /// <summary>Requests that are decoded at once without new columns for each.</summary>
    public static readonly int MostAtOnce = Environment.ProcessorCount;

    private static readonly WriterPool Writers = new(MostAtOnce);

    /// <summary>Decodes a request.</summary>
    /// <param name="signal">What the request carries.</param>
    /// <param name="encoding">The form of the bytes.</param>
    /// <param name="body">The request, decompressed.</param>
    /// <param name="schema">The store's schema now.</param>
    /// <param name="arrivalUnixNs">Time of records that have none, Unix nanoseconds.</param>
    /// <param name="maxCost">Bytes that the events may take in memory.</param>
    /// <exception cref="RefusedException">The bytes are not such a request, or hold too much.</exception>
    public static unsafe DecodedRequest Decode(
        OtlpSignal signal, OtlpEncoding encoding, ReadOnlySpan<byte> body, Schema schema, long arrivalUnixNs, long maxCost)
    {
        if (encoding == OtlpEncoding.Json) body = ToProtobuf(signal, body);
        var writer = Writers.Take(schema, arrivalUnixNs, maxCost);
        try
        {
            fixed (byte* start = body)
            {
                writer.BeginRequest((nint)start, body.Length);
                Write(signal, body, writer);
                if (writer.MustStartOver)
                {
                    writer.Abandon();
                    writer.Reset(schema, arrivalUnixNs, maxCost);
                    writer.BeginRequest((nint)start, body.Length, mayGoStraight: false);
                    Write(signal, body, writer);
                }

                return DecodedRequest.From(writer);
            }
        }
        catch
        {
            writer.Abandon();
            throw;
        }
        finally
        {
            Writers.Return(writer);
        }
    }

    private static void Write(OtlpSignal signal, ReadOnlySpan<byte> body, EventWriter writer)
    {
        switch (signal)
        {
            case OtlpSignal.Traces: TraceFlattener.Write(body, writer); break;
            case OtlpSignal.Logs: LogFlattener.Write(body, writer); break;
            default: MetricFlattener.Write(body, writer); break;
        }
    }

    private static byte[] ToProtobuf(OtlpSignal signal, ReadOnlySpan<byte> json)
    {
        IMessage message = signal switch
        {
            OtlpSignal.Traces => TraceJson.Read(json),
            OtlpSignal.Logs => LogsJson.Read(json),
            _ => MetricsJson.Read(json),
        };
        return message.ToByteArray();
    }
}
