using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

/// <summary>From the wire into the real store and back by a query.</summary>
public sealed class StoredEventsTests
{
    private static readonly TimeRange FirstHour = new TimeRange.Between(1, 3_600_000_000_000);

    [Fact]
    public async Task Hostile_names_and_values_come_back_as_they_were_sent()
    {
        string[] hostile = ["a\"b", "'; DROP TABLE events; --", "line\nbreak", "🚀", "%s{0}$x", " ", new string('k', 2048), "SELECT", "Case", "case"];
        var folder = Directory.CreateTempSubdirectory("explorer-otlp-");
        try
        {
            await using var server = await IngestServer.StartAsync(store: await OpenAsync(folder));
            var span = Requests.Span(1, [.. hostile.Select(name => Requests.Attribute(name, name + name))]);
            await server.SendAsync(Transport.Grpc, OtlpSignal.Traces, Google.Protobuf.MessageExtensions.ToByteArray(Requests.Request(span)));
            foreach (var name in hostile)
            {
                var found = await server.EventStore.RunAsync(
                    new Query { Time = FirstHour, Where = new Filter.Condition(name, FilterOp.Equal, [name + name]), Columns = [name] }, CancellationToken.None);
                found.Events!.Table.Find(name)![0].ShouldBe(name + name);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task What_was_acknowledged_is_found_also_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("explorer-otlp-");
        try
        {
            await using (var server = await IngestServer.StartAsync(store: await OpenAsync(folder)))
            {
                foreach (var transport in Enum.GetValues<Transport>())
                {
                    foreach (var signal in Enum.GetValues<OtlpSignal>())
                        await server.SendAsync(transport, signal, Requests.Valid(transport, signal), gzip: signal == OtlpSignal.Logs);
                    await server.SendAsync(transport, OtlpSignal.Traces, Requests.Spans(transport, valid: 4, invalid: 1));
                }

                server.Statistics.AcceptedEvents.ShouldBe(21);
                server.Statistics.RejectedRecords.ShouldBe(3);
                (await CountAsync(server.EventStore)).ShouldBe([("log", 3), ("metric", 3), ("trace", 15)]);
            }

            await using var again = await OpenAsync(folder);
            (await CountAsync(again)).ShouldBe([("log", 3), ("metric", 3), ("trace", 15)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<IEventStore> OpenAsync(DirectoryInfo folder) =>
        EventStore.OpenAsync(new EventStoreOptions { DataDirectory = folder.FullName }, CancellationToken.None);

    private static async Task<List<(string Signal, long Count)>> CountAsync(IEventStore store)
    {
        var result = await store.RunAsync(
            new Query
            {
                Time = FirstHour,
                Calculations = [new Calculation(CalculationOp.Count)],
                Breakdowns = ["meta.signal_type"],
                Series = false,
            },
            CancellationToken.None);
        var (signals, counts) = (result.Results.Find("meta.signal_type")!, result.Results.Find("COUNT")!);
        return [.. Enumerable.Range(0, counts.Count).Select(i => (signals[i].AsString(), counts[i].AsInt64())).Order()];
    }
}
