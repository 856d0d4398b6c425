using System.Text.Json;

namespace Explorer.Server.Tests.Api;

/// <summary>What an answer holds beyond its rows, and the forms in which it is given.</summary>
public sealed class QueryFormsTests(QueryFormsTests.Filled server) : IClassFixture<QueryFormsTests.Filled>
{
    private const string Hour = "\"start_time\":\"2026-11-20T10:00:00Z\",\"end_time\":\"2026-11-20T11:00:00Z\"";
    private const string Compared = "{" + Hour + ",\"granularity\":600,\"calculations\":[{\"op\":\"COUNT\"},{\"op\":\"MAX\",\"column\":\"duration_ms\",\"name\":\"slowest\"}],\"breakdowns\":[\"service.name\"],\"compare_time_offset_seconds\":3600}";

    [Fact]
    public async Task An_earlier_time_stands_beside_the_present_one_group_by_group()
    {
        var answer = await server.Server.QueryAsync(Compared);

        var compare = answer.GetProperty("data").GetProperty("compare");
        Data(compare.GetProperty("results")).ShouldBe(["""{"service.name":"pay","COUNT":1,"slowest":7}""", """{"service.name":"cart","COUNT":null,"slowest":null}"""]);
        Data(compare.GetProperty("series")).ShouldBe(["""{"service.name":"pay","COUNT":1,"slowest":7}"""]);
        compare.GetProperty("series")[0].GetProperty("time").GetString().ShouldBe("2026-11-20T09:10:00Z");
        compare.GetProperty("total").GetRawText().ShouldBe("""{"COUNT":3,"slowest":9}""");
        (compare.GetProperty("other").ValueKind, compare.GetProperty("heatmap").ValueKind).ShouldBe((JsonValueKind.Null, JsonValueKind.Null));
        var meta = answer.GetProperty("meta").GetProperty("compare");
        (meta.GetProperty("start_time").GetString(), meta.GetProperty("end_time").GetString(), meta.GetProperty("events_matched").GetInt32())
            .ShouldBe(("2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z", 3));
        var run = await server.Server.GetAsync("/api/v1/runs/" + answer.GetProperty("id").GetString());
        run.GetProperty("result").GetProperty("data").GetProperty("compare").GetRawText().ShouldBe(compare.GetRawText());
    }

    [Fact]
    public async Task A_comparison_in_csv_has_more_columns()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/query") { Content = new StringContent(Compared, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("text/csv");
        using var response = await server.Server.Client.SendAsync(request);

        (await response.Content.ReadAsStringAsync()).ShouldBe("service.name,COUNT,slowest,compare.COUNT,compare.slowest\r\npay,2,20,1,7\r\ncart,1,5,,\r\n");
    }

    [Theory]
    [InlineData(Compared)]
    [InlineData("{" + Hour + "}")]
    [InlineData("{" + Hour + ",\"columns\":[\"service.name\",\"time\"]}")]
    [InlineData("{\"start_time\":1,\"end_time\":2,\"calculations\":[{\"op\":\"COUNT\"}],\"breakdowns\":[\"name\"]}")]
    [InlineData("{\"start_time\":1,\"end_time\":2}")]
    [InlineData("{\"start_time\":1,\"end_time\":2,\"columns\":[\"duration_ms\"]}")]
    public async Task A_kept_run_comes_as_the_table_that_its_answer_was(string query)
    {
        using var asked = await server.Server.PostJsonAsync("/api/v1/query?format=csv", query);
        var wanted = await asked.Content.ReadAsStringAsync();
        var id = (await server.Server.QueryAsync(query)).GetProperty("id").GetString();
        (await server.Server.Client.GetStringAsync($"/r/{id}.csv")).ShouldBe(wanted);
        (await server.Server.Client.GetStringAsync($"/api/v1/runs/{id}?format=csv")).ShouldBe(wanted);
        (await server.Server.Client.GetByteArrayAsync($"/api/v1/runs/{id}?format=arrow"))[..4].ShouldBe(new byte[] { 255, 255, 255, 255 });
    }

    [Theory]
    [InlineData("application/vnd.apache.parquet", "", "PAR1", "explorer.parquet")]
    [InlineData("application/vnd.apache.arrow.stream", "", "\uffff\uffff\uffff\uffff", "explorer.arrow")]
    [InlineData("*/*", "?format=parquet", "PAR1", "explorer.parquet")]
    [InlineData("text/html", "?format=ARROW", "\uffff\uffff\uffff\uffff", "explorer.arrow")]
    [InlineData("application/json", "?format=csv", "serv", "explorer.csv")]
    public async Task Tables_come_as_files_of_other_tools(string accept, string format, string begin, string file)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/query" + format) { Content = new StringContent(Compared, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd(accept);
        using var response = await server.Server.Client.SendAsync(request);

        var bytes = await response.Content.ReadAsByteArrayAsync();
        bytes[..4].ShouldBe(begin.Select(c => (byte)c));
        response.Content.Headers.ContentDisposition!.FileName.ShouldBe(file);
        if (begin == "PAR1") bytes[^4..].ShouldBe("PAR1"u8.ToArray());
    }

    [Fact]
    public async Task An_answer_without_columns_is_no_parquet_file()
    {
        using var response = await server.Server.PostJsonAsync("/api/v1/query?format=parquet", "{" + Hour + ",\"calculations\":[{\"op\":\"HEATMAP\",\"column\":\"duration_ms\"}]}");

        (await QueryApiTests.ShouldBeProblemAsync(response, System.Net.HttpStatusCode.BadRequest)).GetProperty("detail").GetString()!.ShouldContain("ask for JSON");
    }

    [Fact]
    public async Task What_was_not_asked_for_is_not_there()
    {
        var answer = await server.Server.QueryAsync("{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\"}]}");

        answer.GetProperty("data").EnumerateObject().Select(p => p.Name).ShouldBe(["series", "results", "total", "other", "heatmap", "events", "cursor"]);
        answer.GetProperty("meta").TryGetProperty("compare", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Spans_in_flight_are_counted_over_the_api()
    {
        var answer = await server.Server.QueryAsync("""{"start_time":"2026-11-20T10:00:00Z","end_time":"2026-11-20T10:00:01Z","calculations":[{"op":"CONCURRENCY"}],"breakdowns":["service.name"]}""");

        Data(answer.GetProperty("data").GetProperty("results")).ShouldBe(["""{"service.name":"pay","CONCURRENCY":0.03}""", """{"service.name":"cart","CONCURRENCY":0.005}"""]);
    }

    [Fact]
    public async Task A_run_says_what_the_store_held_and_goes_without_an_answer_that_is_too_large()
    {
        var small = await ServerFixture.StartAsync(o => o.Runs.MaxRunBytes = 1_000);
        try
        {
            await small.Store.AppendAsync(Enumerable.Range(0, 500).Select(i => new Dictionary<string, object> { ["name"] = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i))) }));
            var run = await RunAsync("{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\"}]}");
            run.GetProperty("result").GetProperty("data").GetProperty("total").GetRawText().ShouldBe("""{"COUNT":500}""");
            run.GetProperty("data_version").GetRawText().ShouldBe("""{"events":500,"latest":"2026-11-20T10:00:00Z"}""");
            run.TryGetProperty("omitted", out _).ShouldBeFalse();

            var large = await RunAsync("{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\"}],\"breakdowns\":[\"name\"],\"limit\":500}");
            large.GetProperty("result").ValueKind.ShouldBe(JsonValueKind.Null);
            large.GetProperty("omitted").GetString()!.ShouldContain("Runs:MaxRunBytes");
            large.GetProperty("query").GetProperty("limit").GetInt32().ShouldBe(500);
        }
        finally
        {
            await small.DisposeAsync();
        }

        async Task<JsonElement> RunAsync(string query) => await small.GetAsync("/api/v1/runs/" + (await small.QueryAsync(query)).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Sampled_events_come_with_an_interval()
    {
        var sampled = await ServerFixture.StartAsync();
        try
        {
            await sampled.Store.AppendAsync(Enumerable.Range(0, 100).Select(i => new Dictionary<string, object> { ["service.name"] = i < 75 ? "a" : "b", ["SampleRate"] = i < 75 ? 10L : 1L }));
            var answer = await sampled.QueryAsync("{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\"}],\"breakdowns\":[\"service.name\"]}");

            answer.GetProperty("meta").GetProperty("mean_sample_rate").GetDouble().ShouldBe(7.75);
            var sampling = answer.GetProperty("meta").GetProperty("sampling");
            var total = sampling.GetProperty("total").GetProperty("COUNT");
            (total.GetProperty("rows").GetInt32(), Math.Round(total.GetProperty("low").GetDouble()), Math.Round(total.GetProperty("high").GetDouble())).ShouldBe((100, 614, 936));
            sampling.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("COUNT").GetProperty("rows").GetInt32()).ShouldBe([75, 25]);
            (await sampled.QueryAsync("{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\"}],\"where\":{\"column\":\"service.name\",\"op\":\"=\",\"value\":\"b\"}}"))
                .GetProperty("meta").TryGetProperty("sampling", out _).ShouldBeFalse();
        }
        finally
        {
            await sampled.DisposeAsync();
        }
    }

    private static string[] Data(JsonElement rows) => [.. rows.EnumerateArray().Select(r => r.GetProperty("data").GetRawText())];

    /// <summary>Three events from ten o'clock on, and three an hour before.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        internal ServerFixture Server { get; } = new();

        public async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            await Server.Store.AppendAsync(Event(0, "pay", 10), Event(0, "pay", 20), Event(0, "cart", 5), Event(-3000, "pay", 7), Event(-3000, "old", 8), Event(-2999, "old", 9));
        }

        public Task DisposeAsync() => Server.DisposeAsync();

        private static Dictionary<string, object> Event(int second, string service, double ms) =>
            new() { ["time"] = EventSamples.Start + second * EventSamples.Second, ["service.name"] = service, ["duration_ms"] = ms };
    }
}
