using System.Net;
using System.Text.Json;

namespace Explorer.Server.Tests.Api;

public sealed class ColumnAndTraceApiTests(ColumnAndTraceApiTests.Filled filled) : IClassFixture<ColumnAndTraceApiTests.Filled>
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private ServerFixture Server => filled.Server;

    [Fact]
    public async Task Columns_have_type_count_and_times()
    {
        var columns = await ColumnsAsync("");

        columns["http.route"].GetRawText().ShouldBe(
            """{"name":"http.route","type":"String","count":4,"first_seen":"2026-11-20T10:00:00Z","last_seen":"2026-11-20T10:00:05Z"}""");
        columns["ok"].GetProperty("type").GetString().ShouldBe("Bool");
        columns["size"].GetProperty("type").GetString().ShouldBe("Int64");
        columns["duration_ms"].GetProperty("type").GetString().ShouldBe("Float64");
        columns["time"].GetProperty("count").GetInt64().ShouldBe(6);
    }

    [Fact]
    public async Task A_prefix_is_matched_whatever_its_case() => (await ColumnsAsync("?prefix=HTTP.")).Keys.ShouldBe(["http.route"]);

    [Fact]
    public async Task A_service_shows_its_own_columns_with_its_own_counts()
    {
        var columns = await ColumnsAsync("?service=pay");

        columns["http.route"].GetProperty("count").GetInt64().ShouldBe(3);
        columns["size"].GetProperty("count").GetInt64().ShouldBe(3);
        columns.Keys.ShouldNotContain("ok");
    }

    [Fact]
    public async Task An_unknown_service_has_no_columns() => (await ColumnsAsync("?service=nobody")).ShouldBeEmpty();

    [Theory]
    [InlineData("/api/v1/columns/http.route/values", """[{"value":"/pay","count":2},{"value":"/cart","count":1},{"value":"/payments","count":1}]""")]
    [InlineData("/api/v1/columns/http.route/values?prefix=/pay", """[{"value":"/pay","count":2},{"value":"/payments","count":1}]""")]
    [InlineData("/api/v1/columns/http.route/values?limit=1", """[{"value":"/pay","count":2}]""")]
    [InlineData("/api/v1/columns/size/values", """[{"value":9007199254740993,"count":2},{"value":1,"count":1}]""")]
    [InlineData("/api/v1/columns/ok/values", """[{"value":true,"count":1}]""")]
    [InlineData("/api/v1/columns/http.route/values?start_time=2026-11-20T10:00:01Z", """[{"value":"/cart","count":1},{"value":"/pay","count":1}]""")]
    [InlineData("/api/v1/columns/http.route/values?end_time=1795168801", """[{"value":"/pay","count":1},{"value":"/payments","count":1}]""")]
    [InlineData("/api/v1/columns/app.kubernetes.io%2Fname/values", """[{"value":"web","count":1}]""")]
    [InlineData("/api/v1/columns/app.kubernetes.io/name/values", """[{"value":"web","count":1}]""")]
    [InlineData("/api/v1/columns/count/values", """[{"value":5,"count":1}]""")]
    public async Task Values_come_most_frequent_first(string path, string values) =>
        (await Server.GetAsync(path)).GetProperty("values").GetRawText().ShouldBe(values);

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("start_time=soon")]
    [InlineData("start_time=10&end_time=10")]
    public async Task Bad_parameters_are_400(string parameters)
    {
        using var response = await Server.Client.GetAsync("/api/v1/columns/http.route/values?" + parameters);

        (await QueryApiTests.ShouldBeProblemAsync(response, HttpStatusCode.BadRequest)).GetProperty("errors").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task An_unknown_column_is_404_with_suggestions()
    {
        using var response = await Server.Client.GetAsync("/api/v1/columns/http.rout/values");

        var problem = await QueryApiTests.ShouldBeProblemAsync(response, HttpStatusCode.NotFound);
        problem.GetProperty("errors")[0].GetProperty("suggestions")[0].GetString().ShouldBe("http.route");
    }

    [Fact]
    public async Task A_trace_is_all_of_its_events_oldest_first()
    {
        var events = (await Server.GetAsync("/api/v1/traces/" + TraceId.ToUpperInvariant())).GetProperty("events");

        events.EnumerateArray().Select(e => e.GetProperty("name").GetString()).ShouldBe(["first", "second"]);
        events[0].GetProperty("time").GetString().ShouldBe("2026-11-20T10:00:03.000000001Z");
        events[0].GetProperty("trace.trace_id").GetString().ShouldBe(TraceId);
        events[0].TryGetProperty("http.route", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0af7651916cd43dd8448eb211c80319d", HttpStatusCode.NotFound)]
    [InlineData("0af7651916cd43dd8448eb211c80319", HttpStatusCode.BadRequest)]
    [InlineData("zzf7651916cd43dd8448eb211c80319c", HttpStatusCode.BadRequest)]
    [InlineData("%27%20OR%201=1%20--", HttpStatusCode.BadRequest)]
    public async Task Other_traces_are_404_or_400(string id, HttpStatusCode status)
    {
        using var response = await Server.Client.GetAsync("/api/v1/traces/" + id);

        await QueryApiTests.ShouldBeProblemAsync(response, status);
    }

    [Fact]
    public async Task A_trace_of_several_pages_is_whole()
    {
        const int Events = 10_500;
        const string Long = "11111111111111111111111111111111";
        await Server.Store.AppendAsync(Enumerable.Range(0, Events).Select(i => new Dictionary<string, object>
        {
            ["time"] = EventSamples.Start - (i + 1) * 1000, ["trace.trace_id"] = Long, ["page.index"] = i,
        }));

        var events = (await Server.GetAsync("/api/v1/traces/" + Long)).GetProperty("events");

        events.EnumerateArray().Select(e => e.GetProperty("page.index").GetInt32()).ShouldBe(Enumerable.Range(0, Events).Reverse());
    }

    [Fact]
    public async Task A_service_may_have_hundreds_of_columns()
    {
        var wide = await ServerFixture.StartAsync();
        try
        {
            var values = new Dictionary<string, object> { ["time"] = EventSamples.Start, ["service.name"] = "wide" };
            for (var i = 0; i < 450; i++) values["k" + i] = i;
            await wide.Store.AppendAsync(values);
            (await wide.GetAsync("/api/v1/columns?service=wide")).GetProperty("columns").GetArrayLength().ShouldBe(452);
        }
        finally
        {
            await wide.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_empty_store_answers_everything()
    {
        var empty = await ServerFixture.StartAsync();
        try
        {
            (await empty.GetAsync("/api/v1/columns")).GetProperty("columns").GetArrayLength().ShouldBe(0);
            (await empty.GetAsync("/api/v1/columns?service=x")).GetProperty("columns").GetArrayLength().ShouldBe(0);
            (await empty.GetAsync("/api/v1/status")).GetProperty("events").GetInt64().ShouldBe(0);
            using var trace = await empty.Client.GetAsync("/api/v1/traces/" + TraceId);
            await QueryApiTests.ShouldBeProblemAsync(trace, HttpStatusCode.NotFound);
        }
        finally
        {
            await empty.DisposeAsync();
        }
    }

    private async Task<Dictionary<string, JsonElement>> ColumnsAsync(string parameters) =>
        (await Server.GetAsync("/api/v1/columns" + parameters)).GetProperty("columns").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);

    public sealed class Filled : IAsyncLifetime
    {
        internal ServerFixture Server { get; } = new();

        public async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            await Server.Store.AppendAsync(
                At(0, ("service.name", "pay"), ("http.route", "/pay"), ("size", 9_007_199_254_740_993L), ("duration_ms", 1.5)),
                At(0, ("service.name", "pay"), ("http.route", "/payments"), ("size", 9_007_199_254_740_993L), ("count", 5)),
                At(1, ("service.name", "pay"), ("http.route", "/pay"), ("size", 1L)),
                At(5, ("service.name", "cart"), ("http.route", "/cart"), ("ok", true), ("app.kubernetes.io/name", "web")),
                At(4, ("trace.trace_id", TraceId), ("name", "second")),
                At(3, ("trace.trace_id", TraceId), ("name", "first")));
        }

        public Task DisposeAsync() => Server.DisposeAsync();

        private static Dictionary<string, object> At(int second, params (string Name, object Value)[] values)
        {
            var time = EventSamples.Start + second * EventSamples.Second + (second == 3 ? 1 : 0);
            return new Dictionary<string, object>(values.Select(v => KeyValuePair.Create(v.Name, v.Value))) { ["time"] = time };
        }
    }
}
