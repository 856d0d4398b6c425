using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text;

namespace Explorer.Server.Tests.Api;

/// <summary>Queries that take too long, for the server or for the one who asked.</summary>
public sealed class SlowQueryTests
{
    private const int Events = 200_000;

    /// <summary>A group for each event, over a minute of seconds: far more than a moment's work.</summary>
    private const string Heavy = """
        {"start_time":"2026-11-20T10:00:00Z","end_time":"2026-11-20T10:01:00Z","granularity":1,"breakdowns":["key"],"limit":10000,
         "calculations":[{"op":"COUNT"},{"op":"P99","column":"n"},{"op":"COUNT_DISTINCT","column":"key"}]}
        """;

    /// <summary>A limit that is over before the query has begun: with any longer one, a slow timer lets a part of the answer through, which is then given.</summary>
    [Fact]
    public async Task A_query_past_its_time_limit_is_504()
    {
        var impatient = await ServerFixture.StartAsync(o => o.Query.Timeout = TimeSpan.Zero);
        try
        {
            using var response = await impatient.PostJsonAsync("/api/v1/query", Heavy);

            await QueryApiTests.ShouldBeProblemAsync(response, HttpStatusCode.GatewayTimeout);
        }
        finally
        {
            await impatient.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_dropped_connection_cancels_the_query()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "explorer.query.duration") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
                if (tag is { Key: "outcome", Value: "cancelled" }) cancelled.TrySetResult();
        });
        listener.Start();
        var patient = await ServerFixture.StartAsync();
        try
        {
            await FillAsync(patient);
            (await patient.PostJsonAsync("/api/v1/query", """{"calculations":[{"op":"COUNT"}]}""")).Dispose();
            // Nothing is cancelled before the server has taken the question up, nor after it has answered: a little more patience each time meets it between.
            for (var patience = 50; !cancelled.Task.IsCompleted && patience < 5_000; patience += patience / 2)
            {
                using var client = new HttpClient { BaseAddress = patient.Client.BaseAddress };
                using var hangUp = new CancellationTokenSource(patience);
                try
                {
                    using var question = new StringContent(Heavy.Replace("10000", (10_000 - patience).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), Encoding.UTF8, "application/json");
                    using var answer = await client.PostAsync("/api/v1/query", question, hangUp.Token);
                }
                catch (OperationCanceledException)
                {
                    await Task.WhenAny(cancelled.Task, Task.Delay(TimeSpan.FromSeconds(2)));
                }
            }

            cancelled.Task.IsCompleted.ShouldBeTrue();
            (await patient.Client.GetStringAsync("/readyz")).ShouldBe("ready\n");
        }
        finally
        {
            await patient.DisposeAsync();
        }
    }

    private static Task FillAsync(ServerFixture server) => server.Store.AppendAsync(Enumerable.Range(0, Events).Select(i => new Dictionary<string, object>
    {
        ["time"] = EventSamples.Start + i % 60 * EventSamples.Second, ["key"] = $"key-{i * 7919L % Events:D8}", ["n"] = i,
    }));
}
