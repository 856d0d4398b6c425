using System.Net;
using System.Text.Json;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp.Rpc;
using Storage;
using Status = Explorer.Server.Otlp.Rpc.Status;

namespace Explorer.Server.Tests.Otlp;

/// <summary>The answers of the OTLP specification, over every transport, plain and compressed.</summary>
public sealed class AnswerTests : IAsyncLifetime
{
    private static readonly OtlpSignal[] Signals = [OtlpSignal.Traces, OtlpSignal.Logs, OtlpSignal.Metrics];
    private IngestServer _server = null!;

    public static TheoryData<Transport, bool> Ways
    {
        get
        {
            var ways = new TheoryData<Transport, bool>();
            foreach (var transport in Enum.GetValues<Transport>())
            {
                ways.Add(transport, false);
                ways.Add(transport, true);
            }

            return ways;
        }
    }

    public async Task InitializeAsync() => _server = await IngestServer.StartAsync(new IngestOptions { MaxBodyBytes = 1 << 20, MaxDecompressedBytes = 2 << 20 });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory, MemberData(nameof(Ways))]
    public async Task Full_success_has_no_partial_success(Transport transport, bool gzip)
    {
        foreach (var signal in Signals)
        {
            var reply = await _server.SendAsync(transport, signal, Requests.Valid(transport, signal), gzip);
            ShouldSucceed(reply, transport);
            Message(reply, transport).ShouldBe(transport == Transport.HttpJson ? "{}"u8.ToArray() : []);
        }

        _server.Store.Events.ShouldBe(3);
        _server.Statistics.AcceptedEvents.ShouldBe(3);
        _server.Statistics.RejectedRecords.ShouldBe(0);
        _server.Statistics.EventsPerSecond.ShouldBeGreaterThan(0);
        _server.Statistics.Refused.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task An_empty_request_is_a_success(Transport transport, bool gzip)
    {
        foreach (var signal in Signals)
        {
            var reply = await _server.SendAsync(transport, signal, transport == Transport.HttpJson ? "{}"u8.ToArray() : [], gzip);
            ShouldSucceed(reply, transport);
        }

        _server.Store.Events.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Some_rejected_records_are_counted_and_named_and_the_others_stored(Transport transport, bool gzip)
    {
        var reply = await _server.SendAsync(transport, OtlpSignal.Traces, Requests.Spans(transport, valid: 2, invalid: 3), gzip);
        ShouldSucceed(reply, transport);
        if (transport == Transport.HttpJson)
        {
            var partial = JsonDocument.Parse(reply.Body).RootElement.GetProperty("partialSuccess");
            partial.GetProperty("rejectedSpans").GetString().ShouldBe("3");
            partial.GetProperty("errorMessage").GetString()!.ShouldContain("span id");
        }
        else
        {
            var partial = ExportTraceServiceResponse.Parser.ParseFrom(Message(reply, transport)).PartialSuccess;
            partial.RejectedSpans.ShouldBe(3);
            partial.ErrorMessage.ShouldContain("span id");
        }

        _server.Store.Events.ShouldBe(2);
        _server.Statistics.RejectedRecords.ShouldBe(3);
        _server.Statistics.Refused.ShouldHaveSingleItem().Status.ShouldBe("partial");
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Malformed_is_permanent_and_says_what_is_wrong(Transport transport, bool gzip)
    {
        foreach (var signal in Signals)
        {
            var body = transport == Transport.HttpJson ? "{\"resourceSpans\":5,\"resourceLogs\":5,\"resourceMetrics\":5}"u8.ToArray() : new byte[] { 0x0A, 0x7F, 1 };
            var reply = await _server.SendAsync(transport, signal, body, gzip);
            var status = ShouldFail(reply, transport, HttpStatusCode.BadRequest, GrpcStatus.InvalidArgument);
            status.Details.ShouldHaveSingleItem().Unpack<BadRequest>().FieldViolations[0].Description.ShouldNotBeEmpty();
            if (transport == Transport.HttpJson) status.Message.ShouldContain($"resource{(signal == OtlpSignal.Traces ? "Spans" : signal)}: expected an array");
        }

        _server.Store.Events.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_busy_store_is_retryable_and_says_when(Transport transport, bool gzip)
    {
        _server.Store.Answer = new AppendResult(AppendStatus.Busy, TimeSpan.FromMilliseconds(2500), "the queue is full");
        var reply = await _server.SendAsync(transport, OtlpSignal.Logs, Requests.Valid(transport, OtlpSignal.Logs), gzip);
        var status = ShouldFail(reply, transport, HttpStatusCode.ServiceUnavailable, GrpcStatus.Unavailable);
        status.Message.ShouldBe("the queue is full");
        status.Details.ShouldHaveSingleItem().Unpack<RetryInfo>().RetryDelay.Seconds.ShouldBe(3);
        if (transport != Transport.Grpc) reply.Response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(3));
        _server.Statistics.AcceptedEvents.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_store_that_fails_is_retryable(Transport transport, bool gzip)
    {
        _server.Store.Fault = new EventStoreException("no space left");
        var reply = await _server.SendAsync(transport, OtlpSignal.Traces, Requests.Valid(transport, OtlpSignal.Traces), gzip);
        ShouldFail(reply, transport, HttpStatusCode.ServiceUnavailable, GrpcStatus.Unavailable);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_fault_of_ours_is_internal_and_tells_no_secrets(Transport transport, bool gzip)
    {
        _server.Store.Fault = new InvalidTimeZoneException("secret");
        var reply = await _server.SendAsync(transport, OtlpSignal.Traces, Requests.Valid(transport, OtlpSignal.Traces), gzip);
        ShouldFail(reply, transport, HttpStatusCode.InternalServerError, GrpcStatus.Internal).Message.ShouldNotContain("secret");
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Too_long_is_permanent(Transport transport, bool gzip)
    {
        var body = new byte[3 << 20]; // compressed it is a few kilobytes, and only its expansion is too long
        var reply = await _server.SendAsync(transport, OtlpSignal.Traces, body, gzip);
        var status = ShouldFail(reply, transport, HttpStatusCode.RequestEntityTooLarge, GrpcStatus.ResourceExhausted);
        status.Details.ShouldBeEmpty(); // with RetryInfo the sender would try again
        status.Message.Contains("decompression", StringComparison.Ordinal).ShouldBe(gzip);
    }

    [Theory]
    [InlineData(Transport.HttpProtobuf)]
    [InlineData(Transport.HttpJson)]
    public async Task Too_long_without_a_length_is_noticed_on_the_way(Transport transport)
    {
        var reply = await _server.SendAsync(transport, OtlpSignal.Traces, new byte[3 << 20], change: r => r.Headers.TransferEncodingChunked = true);
        ShouldFail(reply, transport, HttpStatusCode.RequestEntityTooLarge, GrpcStatus.ResourceExhausted);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/protobuf")]
    [InlineData("application/grpc")]
    [InlineData("application/jsonx")]
    public async Task Other_content_types_are_415(string? type)
    {
        var reply = await _server.SendHttpAsync("/v1/traces", "{}"u8.ToArray(), type);
        reply.Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        reply.ContentType.ShouldBe("application/json");
        JsonDocument.Parse(reply.Body).RootElement.GetProperty("message").GetString()!.ShouldContain("application/x-protobuf");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "application/json")]
    [InlineData("APPLICATION/JSON", "application/json")]
    public async Task A_charset_is_allowed(string type, string answered)
    {
        var reply = await _server.SendHttpAsync("/v1/logs", Requests.Valid(Transport.HttpJson, OtlpSignal.Logs), type);
        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.ContentType.ShouldBe(answered);
    }

    [Theory]
    [InlineData("deflate", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("zstd", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("gzip, gzip", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("identity", HttpStatusCode.OK)]
    [InlineData("none", HttpStatusCode.OK)]
    public async Task Content_encodings(string encoding, HttpStatusCode expected)
    {
        var reply = await _server.SendHttpAsync(
            "/v1/logs", Requests.Valid(Transport.HttpJson, OtlpSignal.Logs), "application/json",
            r => r.Content!.Headers.TryAddWithoutValidation("Content-Encoding", encoding));
        reply.Status.ShouldBe(expected);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("OPTIONS")]
    public async Task Other_methods_are_405(string method)
    {
        var reply = await _server.SendHttpAsync("/v1/metrics", [], "application/json", r => r.Method = new HttpMethod(method));
        reply.Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        reply.Response.Content.Headers.Allow.ShouldBe(["POST"]);
    }

    [Fact]
    public async Task Gzip_that_is_none_or_is_cut_is_malformed()
    {
        var valid = Sending.Gzip(Requests.Valid(Transport.HttpJson, OtlpSignal.Logs));
        foreach (var body in new[] { "{}"u8.ToArray(), valid[..^9], valid[..^1], valid[..12], [.. valid, 0] })
        {
            var reply = await _server.SendHttpAsync("/v1/logs", body, "application/json", r => r.Content!.Headers.ContentEncoding.Add("gzip"));
            reply.Status.ShouldBe(HttpStatusCode.BadRequest);
        }

        _server.Store.Events.ShouldBe(0);
    }

    [Fact]
    public async Task Keys()
    {
        await using var server = await IngestServer.StartAsync(new IngestOptions { Keys = ["first", "second"] });
        foreach (var transport in Enum.GetValues<Transport>())
        {
            var body = Requests.Valid(transport, OtlpSignal.Traces);
            foreach (var (header, key) in new[] { ("x-explorer-key", "wrong"), ("x-other", "first"), ("x-explorer-key", "") })
            {
                var refused = await server.SendAsync(transport, OtlpSignal.Traces, body, change: r => r.Headers.Add(header, key));
                ShouldFail(refused, transport, HttpStatusCode.Unauthorized, GrpcStatus.Unauthenticated);
            }

            foreach (var (header, key) in new[] { ("x-explorer-key", "second"), ("x-honeycomb-team", "first") })
                ShouldSucceed(await server.SendAsync(transport, OtlpSignal.Traces, body, change: r => r.Headers.Add(header, key)), transport);
        }

        server.Store.Events.ShouldBe(6);
        server.Statistics.Refused.Count.ShouldBe(9);
        server.Statistics.Refused[0].Reason.ShouldNotContain("wrong");
    }

    [Fact]
    public async Task Memory_for_bodies_is_bounded_over_all_requests()
    {
        await using var server = await IngestServer.StartAsync(new IngestOptions { MaxBufferedBytes = 100_000 });
        var reply = await server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Traces, new byte[200_000]);
        ShouldFail(reply, Transport.HttpProtobuf, HttpStatusCode.ServiceUnavailable, GrpcStatus.Unavailable);
        for (var i = 0; i < 20; i++) // and everything taken is given back
            ShouldSucceed(await server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Traces, Requests.Spans(Transport.HttpProtobuf, 200, 0), i % 2 == 0), Transport.HttpProtobuf);
    }

    [Fact]
    public async Task Refused_requests_are_kept_up_to_a_bound()
    {
        for (var i = 0; i < 30; i++) await _server.SendHttpAsync("/v1/traces", "secret"u8.ToArray(), "application/json");
        var refused = _server.Statistics.Refused;
        refused.Count.ShouldBe(20);
        refused[0].Request.ShouldBe("POST /v1/traces");
        refused[0].Status.ShouldBe("400");
        refused[0].RemotePort.ShouldBeGreaterThan(0);
        refused.ShouldAllBe(r => !r.Reason.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_count_what_came_in()
    {
        var counted = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Scope == _server.Meters) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            lock (counted) counted[instrument.Name] = counted.GetValueOrDefault(instrument.Name) + value;
        });
        listener.Start();
        var body = Requests.Spans(Transport.HttpProtobuf, 3, 2);
        await _server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Traces, body);
        await _server.SendAsync(Transport.HttpJson, OtlpSignal.Traces, "x"u8.ToArray());
        await _server.SendAsync(
            Transport.HttpProtobuf, OtlpSignal.Traces, Google.Protobuf.MessageExtensions.ToByteArray(Requests.Request(Requests.Span(1, Requests.Attribute("", "v")))));
        lock (counted)
        {
            counted["explorer.ingest.events"].ShouldBe(4);
            counted["explorer.ingest.rejected"].ShouldBe(2);
            counted["explorer.ingest.requests"].ShouldBe(3);
            counted["explorer.ingest.bytes"].ShouldBeGreaterThan(body.Length + 1);
            counted["explorer.ingest.overflowed_values"].ShouldBe(1);
            counted.ShouldNotContainKey("explorer.ingest.truncated_values");
        }
    }

    private static void ShouldSucceed(Reply reply, Transport transport)
    {
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
        if (transport == Transport.Grpc) reply.GrpcStatus.ShouldBe(0, reply.GrpcMessage);
        reply.ContentType.ShouldBe(ContentType(transport));
    }

    private static Status ShouldFail(Reply reply, Transport transport, HttpStatusCode http, GrpcStatus grpc)
    {
        reply.ContentType.ShouldBe(ContentType(transport));
        if (transport == Transport.Grpc)
        {
            reply.Status.ShouldBe(HttpStatusCode.OK);
            reply.GrpcStatus.ShouldBe((int)grpc);
            var status = Status.Parser.ParseFrom(Convert.FromBase64String(Sending.Header(reply.Response, "grpc-status-details-bin")!));
            status.Message.ShouldBe(reply.GrpcMessage);
            return status;
        }

        reply.Status.ShouldBe(http);
        if (transport == Transport.HttpProtobuf) return Status.Parser.ParseFrom(reply.Body);
        var types = Google.Protobuf.Reflection.TypeRegistry.FromMessages(RetryInfo.Descriptor, BadRequest.Descriptor);
        return new Google.Protobuf.JsonParser(new Google.Protobuf.JsonParser.Settings(10, types)).Parse<Status>(reply.Text);
    }

    private static byte[] Message(Reply reply, Transport transport)
    {
        if (transport != Transport.Grpc) return reply.Body;
        reply.Body[0].ShouldBe((byte)0);
        return reply.Body[5..];
    }

    private static string ContentType(Transport transport) => transport switch
    {
        Transport.Grpc => "application/grpc",
        Transport.HttpJson => "application/json",
        _ => "application/x-protobuf",
    };
}
