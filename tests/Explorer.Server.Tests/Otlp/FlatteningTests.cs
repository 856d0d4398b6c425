using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Google.Protobuf;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

/// <summary>The rules by which telemetry becomes events; the samples show whole events, these the corners.</summary>
public sealed class FlatteningTests
{
    [Theory]
    [InlineData(0, "internal")]
    [InlineData(1, "internal")]
    [InlineData(2, "server")]
    [InlineData(3, "client")]
    [InlineData(4, "producer")]
    [InlineData(5, "consumer")]
    [InlineData(99, "internal")]
    [InlineData(-1, "internal")]
    public void Kinds(int kind, string expected)
    {
        var span = Requests.Span(1);
        span.Kind = (Span.Types.SpanKind)kind;
        One(span)["span.kind"].ShouldBe(expected);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Error_is_true_or_absent(int code, bool error)
    {
        var span = Requests.Span(1);
        span.Status = new Status { Code = (Status.Types.StatusCode)code };
        var stored = One(span);
        stored["status_code"].ShouldBe((long)code);
        stored.ContainsKey("error").ShouldBe(error);
        stored.ShouldNotContainKey("status_message");
    }

    [Fact]
    public void An_error_attribute_stays_unless_the_status_says_more()
    {
        One(Requests.Span(1, Requests.Attribute("error", "timeout")))["error"].ShouldBe("timeout");
        One(Requests.Span(1, Requests.Attribute("error", new AnyValue { BoolValue = false })))["error"].ShouldBe(false);
        var failed = Requests.Span(1, Requests.Attribute("error", new AnyValue { BoolValue = true }));
        failed.Status = new Status { Code = Status.Types.StatusCode.Error };
        var stored = One(failed);
        stored["error"].ShouldBe(true);
        stored.ShouldNotContainKey("attributes.error");
    }

    [Theory]
    [InlineData(16, 8, 0, true)]
    [InlineData(16, 8, 8, true)]
    [InlineData(8, 8, 0, false)]
    [InlineData(0, 8, 0, false)]
    [InlineData(16, 0, 0, false)]
    [InlineData(16, 16, 0, false)]
    [InlineData(16, 8, 16, false)]
    [InlineData(16, 8, 1, false)]
    public void Spans_need_ids(int traceId, int spanId, int parentId, bool valid)
    {
        var span = Requests.Span(1);
        span.TraceId = traceId == 0 ? ByteString.Empty : Requests.Id(traceId, 9);
        span.SpanId = spanId == 0 ? ByteString.Empty : Requests.Id(spanId, 9);
        span.ParentSpanId = parentId == 0 ? ByteString.Empty : Requests.Id(parentId, 8);
        span.Events.Add(new Span.Types.Event { Name = "e" });
        var decoded = Decode(span);
        decoded.Rejected.ShouldBe(valid ? 0 : 1);
        decoded.Events.ShouldBe(valid ? 2 : 0);
    }

    [Fact]
    public void All_zero_ids_are_none()
    {
        var zero = Requests.Span(1);
        zero.TraceId = Requests.Id(16, 0);
        Decode(zero).RejectionReason!.ShouldContain("trace id");
        zero = Requests.Span(0);
        Decode(zero).RejectionReason!.ShouldContain("span id");
        var root = Requests.Span(1);
        root.ParentSpanId = Requests.Id(8, 0);
        One(root).ShouldNotContainKey("trace.parent_id");
    }

    [Theory]
    [InlineData("ot=th:0", 1.0)]
    [InlineData("ot=th:8", 2.0)]
    [InlineData("ot=th:c", 4.0)]
    [InlineData("a=b, ot=rv:1;th:e ,c=d", 8.0)]
    [InlineData("ot=th:ff", 256.0)]
    [InlineData("ot=th:fd70a3d70a3d71", 100.0)]
    [InlineData("ot=th:", null)]
    [InlineData("ot=th:xyz", null)]
    [InlineData("ot=th:123456789012345", null)]
    [InlineData("ot=th:ffffffffffffff", 72057594037927936.0)]
    [InlineData("ot=th:-8", null)]
    [InlineData("ot=th:0x8", null)]
    [InlineData("ot=th: 8", null)]
    [InlineData("ot=th:８", null)]
    [InlineData("ot=th:8\0", null)]
    [InlineData("OT=th:8", null)]
    [InlineData("ot=,,;=;th:8,ot=th:c", 4.0)]
    [InlineData("ot=rv:th:8", null)]
    [InlineData("other=th:8", null)]
    [InlineData("", null)]
    public void Sampling_thresholds(string state, double? rate)
    {
        var actual = TraceState.SampleRate(state);
        if (rate is null) actual.ShouldBeNull();
        else actual!.Value.ShouldBe(rate.Value, 1e-9);
    }

    [Theory]
    [InlineData("7", null, null, "7")]
    [InlineData(null, "6", null, "6")]
    [InlineData(null, null, "ot=th:8", "2")]
    [InlineData("7", "6", "ot=th:8", "7")]
    [InlineData(null, "6", "ot=th:8", "6")]
    [InlineData("often", "6", "ot=th:8", "6")]
    [InlineData("NaN", null, "ot=th:8", "2")]
    [InlineData("2.5", null, null, "2.5")]
    [InlineData(null, null, null, null)]
    public void The_nearest_sample_rate_counts_and_span_events_and_links_have_it_too(string? own, string? resource, string? state, string? expected)
    {
        var span = Requests.Span(1);
        if (own is not null) span.Attributes.Add(Requests.Attribute("SampleRate", own));
        span.TraceState = state ?? "";
        span.Events.Add(new Span.Types.Event { Name = "e", Attributes = { Requests.Attribute("SampleRate", "99") } });
        span.Links.Add(new Span.Types.Link());
        var request = Requests.Request(span);
        if (resource is not null) request.ResourceSpans[0].Resource = new Resource { Attributes = { Requests.Attribute("SampleRate", resource) } };
        var events = Events.Of(Events.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, request.ToByteArray()));
        events.Count.ShouldBe(3);
        foreach (var stored in events) (stored.TryGetValue("SampleRate", out var rate) ? rate.ToString() : null).ShouldBe(expected);
        events.ShouldAllBe(e => !e.ContainsKey("SampleRate") || e["SampleRate"].IsNumber);
        if (own is "often") events[0]["attributes.SampleRate"].ShouldBe("often");
        events[1]["attributes.SampleRate"].ToString().ShouldBe("99");
    }

    [Fact]
    public void The_last_of_equal_names_wins_and_the_nearest_layer_over_all()
    {
        var span = Requests.Span(1, Requests.Attribute("k", "1"), Requests.Attribute("k", new AnyValue { IntValue = 2 }));
        One(span)["k"].ShouldBe(2L);
    }

    [Fact]
    public void What_a_resource_calls_like_a_field_is_kept_beside_it()
    {
        var request = Requests.Request(Requests.Span(1, Requests.Attribute("name", "from span")));
        request.ResourceSpans[0].Resource = new Resource
        {
            Attributes = { Requests.Attribute("name", "from resource"), Requests.Attribute("severity_text", "high"), Requests.Attribute("trace.trace_id", "forged") },
        };
        var stored = Events.Of(Events.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, request.ToByteArray()))[0];
        stored["name"].ShouldBe("n");
        stored["attributes.name"].ShouldBe("from span");
        stored["severity_text"].ShouldBe("high");
        stored["trace.trace_id"].AsString().Length.ShouldBe(32);
        stored["attributes.trace.trace_id"].ShouldBe("forged");
    }

    [Fact]
    public void Values_of_one_span_do_not_leak_into_the_next()
    {
        var first = Requests.Span(1, Requests.Attribute("time", "x"), Requests.Attribute("only.first", "x"));
        first.Status = new Status { Code = Status.Types.StatusCode.Error, Message = "m" };
        var events = Events.Of(Decode(first, Requests.Span(2)));
        events[1].Keys.ShouldBe(["duration_ms", "meta.signal_type", "name", "span.kind", "status_code", "time", "trace.span_id", "trace.trace_id"]);
    }

    [Fact]
    public void A_missing_end_is_no_duration()
    {
        var span = Requests.Span(1);
        span.EndTimeUnixNano = 0;
        var stored = One(span);
        stored["time"].ShouldBe(1_000_000_000L);
        stored.ShouldNotContainKey("duration_ms");
        stored["meta.invalid_time"].ShouldBe(true);
    }

    [Fact]
    public void A_body_is_text_whatever_it_is()
    {
        const string Json = """
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[
              {"body":{"stringValue":""}},{"body":{"boolValue":true}},{"body":{"intValue":"-3"}},{"body":{"doubleValue":0.5}},{"body":{"doubleValue":"-Infinity"}},
              {"body":{"bytesValue":"AAE="}},{"body":{"arrayValue":{"values":[{"intValue":1}]}}},{"body":{"kvlistValue":{"values":[]}}},{"body":{}},{}]}]}]}
            """;
        Events.FromJson(OtlpSignal.Logs, Json).Select(e => e.TryGetValue("body", out var body) ? body : Value.Null).ShouldBe(
            ["", "true", "-3", "0.5", "-Infinity", "AAE=", "[1]", "{}", Value.Null, Value.Null]);
    }

    private static SortedDictionary<string, Value> One(Span span) => Events.Of(Decode(span)).ShouldHaveSingleItem();

    private static DecodedRequest Decode(params Span[] spans) =>
        Events.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, Requests.Request(spans).ToByteArray());
}
