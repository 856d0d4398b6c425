using System.Net;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Transport;

namespace Explorer.Server.Tests.Otlp;

/// <summary>What is particular to gRPC: frames, encodings, unknown methods, deadlines, trailers.</summary>
public sealed class GrpcTests : IAsyncLifetime
{
    private const string Export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private static readonly byte[] Message = Requests.Valid(Transport.Grpc, OtlpSignal.Traces);
    private IngestServer _server = null!;

    public async Task InitializeAsync() => _server = await IngestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc;charset=utf-8")]
    public async Task Content_types_of_grpc(string type)
    {
        var reply = await _server.SendGrpcAsync(Export, Sending.Frame(Message), contentType: type);
        reply.GrpcStatus.ShouldBe(0);
        reply.Response.TrailingHeaders.Contains("grpc-status").ShouldBeTrue();
        reply.Body.ShouldBe(new byte[5]);
    }

    [Fact]
    public async Task Other_content_types()
    {
        (await _server.SendGrpcAsync(Export, Sending.Frame(Message), contentType: "application/json")).Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await _server.SendGrpcAsync(Export, Sending.Frame(Message), contentType: "application/grpc+json")).GrpcStatus.ShouldBe((int)GrpcStatus.Unimplemented);
        _server.Store.Events.ShouldBe(0);
    }

    [Theory]
    [InlineData("/opentelemetry.proto.collector.trace.v1.TraceService/Import")]
    [InlineData("/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task Unknown_methods_are_unimplemented(string path)
    {
        var reply = await _server.SendGrpcAsync(path, Sending.Frame(Message));
        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.GrpcStatus.ShouldBe((int)GrpcStatus.Unimplemented);
    }

    [Fact]
    public async Task Broken_frames_are_invalid()
    {
        var good = Sending.Frame(Message);
        foreach (var frame in new byte[][] { [], good[..3], good[..^1], [.. good, .. good], Sending.Frame(Message, 2), [0, 255, 255, 255, 255] })
        {
            var reply = await _server.SendGrpcAsync(Export, frame);
            reply.GrpcStatus.ShouldBe((int)GrpcStatus.InvalidArgument);
            reply.GrpcMessage.ShouldNotBeEmpty();
        }

        _server.Store.Events.ShouldBe(0);
    }

    [Fact]
    public async Task Encodings()
    {
        var compressed = Sending.Frame(Sending.Gzip(Message), 1);
        (await _server.SendGrpcAsync(Export, compressed, r => r.Headers.Add("grpc-encoding", "gzip"))).GrpcStatus.ShouldBe(0);
        (await _server.SendGrpcAsync(Export, Sending.Frame(Message), r => r.Headers.Add("grpc-encoding", "gzip"))).GrpcStatus.ShouldBe(0);
        (await _server.SendGrpcAsync(Export, Sending.Frame(Message), r => r.Headers.Add("grpc-encoding", "identity"))).GrpcStatus.ShouldBe(0);
        (await _server.SendGrpcAsync(Export, compressed)).GrpcStatus.ShouldBe((int)GrpcStatus.InvalidArgument);
        var unknown = await _server.SendGrpcAsync(Export, compressed, r => r.Headers.Add("grpc-encoding", "snappy"));
        unknown.GrpcStatus.ShouldBe((int)GrpcStatus.Unimplemented);
        Sending.Header(unknown.Response, "grpc-accept-encoding").ShouldBe("identity,gzip");
        _server.Store.Events.ShouldBe(3);
    }

    [Fact]
    public async Task A_deadline_ends_the_wait()
    {
        _server.Store.Stalls = true;
        var reply = await _server.SendGrpcAsync(Export, Sending.Frame(Message), r => r.Headers.Add("grpc-timeout", "50m"));
        reply.GrpcStatus.ShouldBe((int)GrpcStatus.DeadlineExceeded);
    }

    [Theory]
    [InlineData("1H", 0)]
    [InlineData("99999999H", 0)]
    [InlineData("10S", 0)]
    [InlineData("5", 3)]
    [InlineData("123456789S", 3)]
    [InlineData("-1S", 3)]
    [InlineData("1x", 3)]
    public async Task Deadlines_are_digits_and_a_unit(string timeout, int status)
    {
        var reply = await _server.SendGrpcAsync(Export, Sending.Frame(Message), r => r.Headers.TryAddWithoutValidation("grpc-timeout", timeout));
        reply.GrpcStatus.ShouldBe(status);
    }

    [Fact]
    public async Task A_sender_that_goes_away_gets_and_costs_nothing()
    {
        _server.Store.Stalls = true;
        using var cancel = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, Export)
        {
            Content = new ByteArrayContent(Sending.Frame(Message)),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.ContentType = new("application/grpc");
        var sending = _server.GrpcClient.SendAsync(request, cancel.Token);
        await _server.Store.Entered.Task;
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => sending);
        _server.Store.Stalls = false;
        (await _server.SendGrpcAsync(Export, Sending.Frame(Message))).GrpcStatus.ShouldBe(0);
        _server.Statistics.Refused.ShouldBeEmpty();
    }

    [Fact]
    public async Task Grpc_over_http_1_is_told_to_upgrade()
    {
        var reply = await _server.SendHttpAsync(Export, Sending.Frame(Message), "application/grpc");
        reply.Status.ShouldBe(HttpStatusCode.UpgradeRequired);
    }

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100%", "100%25")]
    [InlineData("é\n", "%C3%A9%0A")]
    public void Messages_are_percent_encoded(string message, string expected) => OtlpGrpc.Escape(message).ShouldBe(expected);
}
