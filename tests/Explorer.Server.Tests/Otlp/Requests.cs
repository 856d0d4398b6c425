using System.Text;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Messages;
using Google.Protobuf;

namespace Explorer.Server.Tests.Otlp;

/// <summary>Small requests in the form that a transport carries.</summary>
internal static class Requests
{
    public const string TraceId = "5b8efff798038103d269b633813fc60c";

    /// <summary>A request with one span, log record or point.</summary>
    public static byte[] Valid(Transport transport, OtlpSignal signal)
    {
        if (transport == Transport.HttpJson)
        {
            return Encoding.UTF8.GetBytes(signal switch
            {
                OtlpSignal.Traces => $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{SpanJson("00000000000000aa")}}]}]}]}""",
                OtlpSignal.Logs => """{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"5","body":{"stringValue":"hi"}}]}]}]}""",
                _ => """{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"timeUnixNano":"5","asInt":"1"}]}}]}]}]}""",
            });
        }

        IMessage message = signal switch
        {
            OtlpSignal.Traces => Request(Span(0xAA)),
            OtlpSignal.Logs => new ExportLogsServiceRequest
            {
                ResourceLogs = { new ResourceLogs { ScopeLogs = { new ScopeLogs { LogRecords = { new LogRecord { TimeUnixNano = 5 } } } } } },
            },
            _ => new ExportMetricsServiceRequest
            {
                ResourceMetrics =
                {
                    new ResourceMetrics
                    {
                        ScopeMetrics =
                        {
                            new ScopeMetrics
                            {
                                Metrics = { new Metric { Name = "m", Gauge = new Gauge { DataPoints = { new NumberDataPoint { TimeUnixNano = 5, AsInt = 1 } } } } },
                            },
                        },
                    },
                },
            },
        };
        return message.ToByteArray();
    }

    /// <summary>Spans with ids, and spans whose span id is missing.</summary>
    public static byte[] Spans(Transport transport, int valid, int invalid)
    {
        if (transport == Transport.HttpJson)
        {
            var spans = Enumerable.Range(1, valid).Select(i => SpanJson(i.ToString("x16"))).Concat(Enumerable.Repeat(SpanJson(""), invalid));
            return Encoding.UTF8.GetBytes($$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{string.Join(',', spans)}}]}]}]}""");
        }

        var all = Enumerable.Range(1, valid).Select(i => Span((byte)(i % 255 + 1))).Concat(Enumerable.Range(0, invalid).Select(_ => new Span { TraceId = Id(16, 1) }));
        return Request([.. all]).ToByteArray();
    }

    public static ExportTraceServiceRequest Request(params Span[] spans)
    {
        var scope = new ScopeSpans();
        scope.Spans.AddRange(spans);
        return new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { ScopeSpans = { scope } } } };
    }

    public static Span Span(byte id, params KeyValue[] attributes)
    {
        var span = new Span { TraceId = Id(16, 1), SpanId = Id(8, id), Name = "n", StartTimeUnixNano = 1_000_000_000, EndTimeUnixNano = 2_000_000_000 };
        span.Attributes.AddRange(attributes);
        return span;
    }

    public static KeyValue Attribute(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    public static KeyValue Attribute(string key, AnyValue value) => new() { Key = key, Value = value };

    public static ByteString Id(int length, byte last)
    {
        var id = new byte[length];
        id[^1] = last;
        return ByteString.CopyFrom(id);
    }

    private static string SpanJson(string id) =>
        $$"""{"traceId":"{{TraceId}}","spanId":"{{id}}","name":"n","startTimeUnixNano":"1000000000","endTimeUnixNano":"2000000000"}""";
}
