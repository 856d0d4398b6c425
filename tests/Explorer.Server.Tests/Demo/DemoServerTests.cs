namespace Explorer.Server.Tests.Demo;

/// <summary>The whole way: the source sends through the real endpoint into a real store, and the API shows the story.</summary>
public sealed class DemoServerTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private ServerFixture _server = null!;

    public async Task InitializeAsync() => _server = await ServerFixture.StartAsync(options =>
    {
        options.Demo.Enabled = true;
        options.Demo.SpansPerSecond = 12;
    });

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_incident_can_be_asked_for_and_live_events_follow()
    {
        const string Query = """
            { "time_range": 7200, "series": false, "breakdowns": ["cloud.region", "service.version"],
              "calculations": [ { "op": "COUNT" }, { "op": "P99", "column": "duration_ms", "name": "p99" } ],
              "where": { "and": [ { "column": "service.name", "op": "=", "value": "checkout" }, { "column": "span.kind", "op": "=", "value": "server" } ] } }
            """;

        // Only live traffic is younger than the server, and it begins when the backfill has been stored.
        var start = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await UntilAsync(async () => await CountAsync(start) > 0);
        var groups = (await _server.QueryAsync(Query)).GetProperty("data").GetProperty("results").EnumerateArray().Select(row => row.GetProperty("data"))
            .ToDictionary(row => (row.GetProperty("cloud.region").GetString(), row.GetProperty("service.version").GetString()));

        groups.Count.ShouldBe(8);
        foreach (var (group, data) in groups)
        {
            var p99 = data.GetProperty("p99").GetDouble();
            if (group == ("eu-west-1", "2026.11.3")) p99.ShouldBeGreaterThan(2000);
            else p99.ShouldBeLessThan(900, $"{group}");
        }

        var before = await CountAsync(start - 7200);
        before.ShouldBeGreaterThan(50_000);
        await UntilAsync(async () => await CountAsync(start - 7200) > before);
        (await _server.GetAsync("/api/v1/columns")).GetProperty("columns").GetArrayLength().ShouldBeGreaterThan(100);

        // A restart goes on where this run ended: what was filled in is not filled in again.
        before = await CountAsync(start - 7200);
        await _server.RestartAsync();
        await UntilAsync(async () => await CountAsync(start - 7200) > before);
        (await CountAsync(start - 7200)).ShouldBeLessThan(before + before / 2);
    }

    /// <summary>Events since a time, Unix seconds.</summary>
    private async Task<long> CountAsync(long since)
    {
        var query = $$"""{ "start_time": {{since}}, "end_time": {{since + 86_400}}, "series": false, "calculations": [ { "op": "COUNT" } ] }""";
        return (await _server.QueryAsync(query)).GetProperty("data").GetProperty("results")[0].GetProperty("data").GetProperty("COUNT").GetInt64();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (!await condition())
            await Task.Delay(200, limit.Token);
    }
}
