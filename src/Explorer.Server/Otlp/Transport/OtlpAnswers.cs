using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp.Rpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Status = Explorer.Server.Otlp.Rpc.Status;

namespace Explorer.Server.Otlp.Transport;

/// <summary>The messages that answer an export request, in both encodings.</summary>
internal static class OtlpAnswers
{
    private const string TypePrefix = "type.googleapis.com/";

    /// <summary>The response of an accepted request; partial_success only where something was rejected.</summary>
    public static byte[] Success(OtlpSignal signal, OtlpEncoding encoding, IngestAnswer answer)
    {
        if (answer.Rejected == 0) return encoding == OtlpEncoding.Json ? "{}"u8.ToArray() : [];
        return encoding == OtlpEncoding.Json ? PartialJson(signal, answer) : PartialMessage(signal, answer).ToByteArray();
    }

    /// <summary>The google.rpc.Status of a refused request.</summary>
    public static byte[] Failure(OtlpEncoding encoding, IngestAnswer answer) =>
        encoding == OtlpEncoding.Json ? FailureJson(answer) : FailureMessage(answer).ToByteArray();

    public static Status FailureMessage(IngestAnswer answer)
    {
        var status = new Status { Code = (int)answer.GrpcStatus, Message = answer.Reason ?? string.Empty };
        if (answer.Verdict == Verdict.Busy)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(answer.RetryAfterSeconds)) }));
        }
        else if (answer.Verdict == Verdict.Malformed)
        {
            var violation = new BadRequest.Types.FieldViolation { Field = answer.Field ?? string.Empty, Description = answer.Reason ?? string.Empty };
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { violation } }));
        }

        return status;
    }

    private static IMessage PartialMessage(OtlpSignal signal, IngestAnswer answer)
    {
        var reason = answer.Reason ?? string.Empty;
        return signal switch
        {
            OtlpSignal.Traces => new ExportTraceServiceResponse { PartialSuccess = new() { RejectedSpans = answer.Rejected, ErrorMessage = reason } },
            OtlpSignal.Logs => new ExportLogsServiceResponse { PartialSuccess = new() { RejectedLogRecords = answer.Rejected, ErrorMessage = reason } },
            _ => new ExportMetricsServiceResponse { PartialSuccess = new() { RejectedDataPoints = answer.Rejected, ErrorMessage = reason } },
        };
    }

    private static byte[] PartialJson(OtlpSignal signal, IngestAnswer answer) => Json(json =>
    {
        var rejected = signal switch
        {
            OtlpSignal.Traces => "rejectedSpans",
            OtlpSignal.Logs => "rejectedLogRecords",
            _ => "rejectedDataPoints",
        };
        json.WriteStartObject("partialSuccess");
        json.WriteString(rejected, answer.Rejected.ToString(CultureInfo.InvariantCulture)); // 64-bit integers are texts in this mapping
        json.WriteString("errorMessage", answer.Reason);
        json.WriteEndObject();
    });

    private static byte[] FailureJson(IngestAnswer answer) => Json(json =>
    {
        json.WriteNumber("code", (int)answer.GrpcStatus);
        json.WriteString("message", answer.Reason);
        if (answer.Verdict is not (Verdict.Busy or Verdict.Malformed)) return;
        json.WriteStartArray("details");
        json.WriteStartObject();
        if (answer.Verdict == Verdict.Busy)
        {
            json.WriteString("@type", TypePrefix + RetryInfo.Descriptor.FullName);
            json.WriteString("retryDelay", string.Create(CultureInfo.InvariantCulture, $"{answer.RetryAfterSeconds}s"));
        }
        else
        {
            json.WriteString("@type", TypePrefix + BadRequest.Descriptor.FullName);
            json.WriteStartArray("fieldViolations");
            json.WriteStartObject();
            if (answer.Field is not null) json.WriteString("field", answer.Field);
            json.WriteString("description", answer.Reason);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    });

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
