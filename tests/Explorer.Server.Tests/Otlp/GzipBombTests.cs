using System.Net;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Tests.Otlp;

/// <summary>Tests that measure the whole process, and so run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}

/// <summary>A small body that unpacks to a gigabyte is given up at the bound: the answer says so, and the memory shows it.</summary>
[Collection(AloneCollection.Name)]
public sealed class GzipBombTests : IAsyncLifetime
{
    private IngestServer _server = null!;

    public async Task InitializeAsync() => _server = await IngestServer.StartAsync();

    public async Task DisposeAsync()
    {
        var before = _server.Store.Events;
        var reply = await _server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Logs, Requests.Valid(Transport.HttpProtobuf, OtlpSignal.Logs));
        await _server.DisposeAsync();
        reply.Status.ShouldBe(HttpStatusCode.OK);
        _server.Store.Events.ShouldBe(before + 1);
    }

    [Theory]
    [InlineData(Transport.HttpProtobuf)]
    [InlineData(Transport.HttpJson)]
    [InlineData(Transport.Grpc)]
    public async Task A_gzip_bomb_stops_at_the_bound(Transport transport)
    {
        var before = GC.GetTotalAllocatedBytes();
        var bomb = new byte[1 << 20];
        using var target = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(target, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            for (var i = 0; i < 1024; i++) gzip.Write(bomb); // a gigabyte
        var reply = transport == Transport.Grpc
            ? await _server.SendGrpcAsync("/opentelemetry.proto.collector.trace.v1.TraceService/Export", Sending.Frame(target.ToArray(), 1), r => r.Headers.Add("grpc-encoding", "gzip"))
            : await _server.SendHttpAsync("/v1/traces", target.ToArray(), transport == Transport.HttpJson ? "application/json" : "application/x-protobuf", r => r.Content!.Headers.ContentEncoding.Add("gzip"));
        if (transport == Transport.Grpc) reply.GrpcStatus.ShouldBe((int)GrpcStatus.ResourceExhausted);
        else reply.Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(400L << 20);
    }
}
