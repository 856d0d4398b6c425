using System.Net;
using Explorer.Server.Otlp.Decoding;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

/// <summary>A real store at its bound, seen from a sender: told to come again, and taken when there is room.</summary>
public sealed class BackpressureTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("explorer-busy-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData(Transport.HttpProtobuf)]
    [InlineData(Transport.HttpJson)]
    [InlineData(Transport.Grpc)]
    public async Task Senders_are_told_to_retry_while_unsealed_events_are_at_their_bound_and_queries_go_on(Transport transport)
    {
        var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _data, MaxHotBytes = 1 }, default);
        await using var server = await IngestServer.StartAsync(store: store);
        var body = Requests.Valid(transport, OtlpSignal.Traces);
        IsAccepted(await server.SendAsync(transport, OtlpSignal.Traces, body)).ShouldBeTrue();

        var refused = await server.SendAsync(transport, OtlpSignal.Traces, body);
        if (transport == Transport.Grpc)
        {
            refused.GrpcStatus.ShouldBe(14); // UNAVAILABLE
            Sending.Header(refused.Response, "grpc-status-details-bin").ShouldNotBeNull(); // RetryInfo
        }
        else
        {
            refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        }

        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Series = false };
        (await store.RunAsync(query, default)).Results.Columns[0][0].AsInt64().ShouldBe(1);

        await store.SealAsync(default);
        IsAccepted(await server.SendAsync(transport, OtlpSignal.Traces, body)).ShouldBeTrue();
        (await store.RunAsync(query, default)).Results.Columns[0][0].AsInt64().ShouldBe(2);
    }

    private static bool IsAccepted(Reply reply) => reply.Status == HttpStatusCode.OK && reply.GrpcStatus is null or 0;
}
