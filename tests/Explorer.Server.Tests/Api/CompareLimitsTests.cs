using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Explorer.Server.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Tests.Api;

/// <summary>Comparisons that cannot be finished: whoever asked has gone, or there is not the memory.</summary>
[Collection(Otlp.AloneCollection.Name)]
public sealed class CompareLimitsTests
{
    /// <summary>More than are all looked at, so that the ranking comes before the exact counts.</summary>
    private const int Events = 240_000;

    private static readonly string Window = $$""" "query":{"start_time":{{EventSamples.Start / EventSamples.Second}},"end_time":{{EventSamples.Start / EventSamples.Second + 600}}} """;

    [Fact]
    public async Task A_reader_who_goes_after_the_ranking_stops_the_counting()
    {
        await using var server = await StartAsync();
        var held = new HeldStore(server.Fixture.Store);
        var options = new ExplorerOptions { Bind = IPAddress.Loopback, UiPort = 0, OtlpGrpcPort = 0, OtlpHttpPort = 0, Data = Path.Combine(server.Fixture.DataDirectory, "beside") };
        await using (var app = Composition.Build(options, NullLoggerFactory.Instance, held))
        {
            await app.StartAsync();
            using var client = new HttpClient { BaseAddress = new Uri(Listeners.Addresses(app.Services.GetRequiredService<IServer>()).UiUrl) };
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/compare") { Content = Json($$"""{ {{Window}},"selection":{"where":{"column":"duration_ms","op":">","value":500} } }""") };
            request.Headers.Accept.ParseAdd("application/x-ndjson");
            using (var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
            using (var lines = new StreamReader(await response.Content.ReadAsStreamAsync()))
            {
                JsonDocument.Parse((await lines.ReadLineAsync()).ShouldNotBeNull()).RootElement.GetProperty("type").GetString().ShouldBe("ranking");
                await held.Asked;
            }

            await held.GivenUp;
            await app.StopAsync(); // waits for the request
        }

        held.Queries.ShouldBe(1);
    }

    [Fact]
    public async Task Memory_that_does_not_suffice_is_said()
    {
        await using var server = await StartAsync(o => o.Memory.Query = 4 << 20);

        using var response = await server.Fixture.PostJsonAsync("/api/v1/compare", $$"""{ {{Window}},"selection":{"where":{"column":"root.duration_ms","op":">","value":500} } }""");

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("needs more memory than it may use");
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private static async Task<Running> StartAsync(Action<ExplorerOptions>? configure = null)
    {
        var server = await ServerFixture.StartAsync(configure);
        var builder = new EventBatchBuilder(server.Store.Schema);
        for (var i = 0; i < Events; i++)
        {
            builder.BeginEvent(EventSamples.Start + i * (EventSamples.Second / 1_000));
            builder.SetId(WellKnownColumns.TraceId, [.. BitConverter.GetBytes(i + 1L), .. BitConverter.GetBytes(~(long)i)]);
            builder.SetId(WellKnownColumns.SpanId, BitConverter.GetBytes(i + 1L));
            builder.Set("service.version", i % 10 == 0 ? "2" : "1");
            builder.Set(WellKnownColumns.DurationMs, i % 20 == 0 ? 900.0 : 20.0 + i % 50);
            builder.EndEvent();
        }

        using var batch = builder.Build();
        (await server.Store.AppendAsync(batch, CancellationToken.None)).Status.ShouldBe(AppendStatus.Committed);
        return new Running(server);
    }

    private sealed record Running(ServerFixture Fixture) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Fixture.DisposeAsync();
    }

    /// <summary>A store that, once a sample was read, holds every query until it is given up.</summary>
    private sealed class HeldStore(IEventStore store) : IEventStore
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _holds;
        private int _queries;

        public Task Asked => _asked.Task;

        public Task GivenUp => _givenUp.Task;

        /// <summary>Queries that were held.</summary>
        public int Queries => Volatile.Read(ref _queries);

        public Schema Schema => store.Schema;

        public StoreStatistics Statistics => store.Statistics;

        public async Task SampleAsync(SampleRequest request, Action<EventSample> read, CancellationToken cancellationToken)
        {
            await store.SampleAsync(request, read, cancellationToken);
            Volatile.Write(ref _holds, true);
        }

        public async Task<QueryResult> RunAsync(Query query, CancellationToken cancellationToken)
        {
            if (!Volatile.Read(ref _holds)) return await store.RunAsync(query, cancellationToken);
            Interlocked.Increment(ref _queries);
            _asked.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                _givenUp.TrySetResult();
            }

            return await store.RunAsync(query, cancellationToken);
        }

        public ValueTask<AppendResult> AppendAsync(IReadOnlyList<EventBatch> batches, CancellationToken cancellationToken) => store.AppendAsync(batches, cancellationToken);

        public Task SealAsync(CancellationToken cancellationToken) => store.SealAsync(cancellationToken);

        public Task ExpireAsync(RetentionPolicy policy, CancellationToken cancellationToken) => store.ExpireAsync(policy, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
