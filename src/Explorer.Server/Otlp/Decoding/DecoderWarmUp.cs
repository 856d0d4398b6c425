using Explorer.Server.Otlp.Messages;
using Google.Protobuf;
using Storage;
using Storage.Events;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>
/// Decodes a request of each kind before a sender's first one comes, and drops what it gives. The runtime compiles a method when it is first
/// called: the thousand that decoding takes were 170 of the 400 ms that the first acknowledgement after a start took.
/// </summary>
internal static class DecoderWarmUp
{
    /// <summary>Spans of the request: more than a few, since some methods are for what is like the record before.</summary>
    private const int Records = 8;

    /// <summary>Larger than all of them.</summary>
    private const long MaxCost = 1 << 20;

    private const ulong Time = 1_700_000_000_000_000_000;

    /// <summary>Takes some tenths of a second of one processor; once is enough.</summary>
    public static void Run()
    {
        foreach (var (signal, body) in Requests)
        {
            var decoded = OtlpDecoder.Decode(signal, OtlpEncoding.Protobuf, body, new Schema([], EventStoreOptions.DefaultMaxColumns), (long)Time, MaxCost);
            foreach (var batch in decoded.Batches) batch.Dispose();
        }
    }

    /// <summary>What senders send: each kind of record, with values of each type.</summary>
    internal static IEnumerable<(OtlpSignal Signal, byte[] Body)> Requests =>
    [
        (OtlpSignal.Traces, new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { Resource = Service(), ScopeSpans = { Spans() } } } }.ToByteArray()),
        (OtlpSignal.Logs, new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { Resource = Service(), ScopeLogs = { Logs() } } } }.ToByteArray()),
        (OtlpSignal.Metrics, new ExportMetricsServiceRequest { ResourceMetrics = { new ResourceMetrics { Resource = Service(), ScopeMetrics = { Metrics() } } } }.ToByteArray()),
    ];

    private static Resource Service() => new() { Attributes = { Text("service.name", "warm-up"), Text("host.name", "this"), Number("process.pid", 1) } };

    private static InstrumentationScope Scope() => new() { Name = "warm-up", Version = "1.0" };

    private static ScopeSpans Spans()
    {
        var spans = new ScopeSpans { Scope = Scope() };
        for (var i = 1; i <= Records; i++)
        {
            spans.Spans.Add(new Span
            {
                TraceId = Id(16, 1), SpanId = Id(8, i), ParentSpanId = i > 1 ? Id(8, i - 1) : ByteString.Empty, Name = "warm-up", Kind = Span.Types.SpanKind.Server,
                StartTimeUnixNano = Time, EndTimeUnixNano = Time + (ulong)i,
                Attributes = { Attributes(i) },
                Status = new Status { Code = i == 1 ? Status.Types.StatusCode.Error : Status.Types.StatusCode.Unset },
                Events = { new Span.Types.Event { TimeUnixNano = Time, Name = "warm", Attributes = { Text("exception.type", "none") } } },
                Links = { new Span.Types.Link { TraceId = Id(16, 2), SpanId = Id(8, 1) } },
            });
        }

        return spans;
    }

    private static ScopeLogs Logs()
    {
        var logs = new ScopeLogs { Scope = Scope() };
        for (var i = 1; i <= Records; i++)
        {
            logs.LogRecords.Add(new LogRecord
            {
                TimeUnixNano = Time, SeverityNumber = SeverityNumber.Info, SeverityText = "INFO", Body = new AnyValue { StringValue = $"request {i} took {i} ms" },
                TraceId = Id(16, 1), SpanId = Id(8, i), Attributes = { Attributes(i) },
            });
        }

        return logs;
    }

    private static ScopeMetrics Metrics()
    {
        NumberDataPoint Point(int i) => new() { TimeUnixNano = Time, AsDouble = i, Attributes = { Text("http.route", "/") } };
        return new ScopeMetrics
        {
            Scope = Scope(),
            Metrics =
            {
                new Metric { Name = "warm.gauge", Unit = "1", Gauge = new Gauge { DataPoints = { Point(1), Point(2) } } },
                new Metric { Name = "warm.sum", Sum = new Sum { IsMonotonic = true, AggregationTemporality = AggregationTemporality.Cumulative, DataPoints = { Point(1), Point(2) } } },
                new Metric
                {
                    Name = "warm.histogram",
                    Histogram = new Histogram { DataPoints = { new HistogramDataPoint { TimeUnixNano = Time, Count = 3, Sum = 4, BucketCounts = { 1, 2 }, ExplicitBounds = { 1 } } } },
                },
            },
        };
    }

    private static KeyValue[] Attributes(int i) =>
    [
        Text("http.route", "/warm/{up}"), Text("user.id", $"u{i}"), Number("http.response.status_code", 200),
        new() { Key = "http.cached", Value = new AnyValue { BoolValue = true } },
        new() { Key = "http.share", Value = new AnyValue { DoubleValue = 0.5 } },
        new() { Key = "http.tags", Value = new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { StringValue = "a" } } } } },
    ];

    private static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    private static KeyValue Number(string key, long value) => new() { Key = key, Value = new AnyValue { IntValue = value } };

    private static ByteString Id(int length, int last)
    {
        var id = new byte[length];
        id[^1] = (byte)last;
        return ByteString.CopyFrom(id);
    }
}
