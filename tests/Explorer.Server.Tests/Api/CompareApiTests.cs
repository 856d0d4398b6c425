using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Explorer.Server.Tests.Api;

public sealed class CompareApiTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private static readonly string Window = $"\"start_time\":{EventSamples.Start / EventSamples.Second},\"end_time\":{EventSamples.Start / EventSamples.Second + 600}";

    /// <summary>Ten minutes of requests; in the last two, those of version 2 fail and are slow.</summary>
    public async Task InitializeAsync()
    {
        if (server.Store.Statistics.Events > 0) return;
        await server.Store.AppendAsync(Enumerable.Range(0, 1_200).Select(i =>
        {
            var isSlow = i >= 960 && i % 4 == 0;
            return new Dictionary<string, object>
            {
                ["time"] = EventSamples.Start + i * EventSamples.Second / 2,
                ["trace.trace_id"] = $"{i + 1:x32}", ["trace.span_id"] = $"{i + 1:x16}",
                ["name"] = "GET /", ["service.version"] = isSlow ? "2" : "1", ["duration_ms"] = isSlow ? 900.0 + i : 20.0 + i % 50,
                ["host.name"] = $"host-{i % 7}", ["http.response.status_code"] = isSlow ? 500 : 200, ["request.id"] = $"r{i}",
            };
        }));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_box_of_slow_requests_is_told_by_their_version()
    {
        var box = $$"""{"column":"duration_ms","start_time":{{EventSamples.Start / EventSamples.Second + 480}},"end_time":{{EventSamples.Start / EventSamples.Second + 600}},"min":500}""";
        var answer = await CompareAsync($$"""{"query":{ {{Window}} },"selection":{"box":{{box}} } }""");

        var first = answer.GetProperty("columns")[0];
        first.GetProperty("name").GetString().ShouldBe("service.version");
        first.GetProperty("identical").EnumerateArray().Select(n => n.GetString()).ShouldBe(["http.response.status_code"]);
        first.GetProperty("score").GetDouble().ShouldBeInRange(0.9, 1);
        first.GetProperty("p_value").GetDouble().ShouldBeLessThan(1e-20);
        first.GetProperty("coverage").GetProperty("selection").GetDouble().ShouldBe(1);
        var value = first.GetProperty("values").EnumerateArray().Single(v => v.GetProperty("value").GetString() == "2");
        value.GetProperty("selection").GetProperty("count").GetDouble().ShouldBe(60);
        value.GetProperty("selection").GetProperty("share").GetDouble().ShouldBe(1);
        value.GetProperty("baseline").GetProperty("share").GetDouble().ShouldBe(0);
        first.GetProperty("best").GetProperty("text").GetString().ShouldBe("service.version = \"2\"");
        first.GetProperty("best").GetProperty("where").GetProperty("value").GetString().ShouldBe("2");
        first.GetProperty("trend").GetString().ShouldBe("new");
        answer.GetProperty("explanation").GetProperty("f1").GetDouble().ShouldBe(1);
        answer.GetProperty("meta").GetProperty("exact").GetBoolean().ShouldBeTrue();
        answer.GetProperty("not_significant").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldContain("host.name");
        answer.GetProperty("aside").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldContain("duration_ms");
    }

    [Theory]
    [InlineData("""{"where":{"column":"http.response.status_code","op":">=","value":500}}""")]
    [InlineData("""{"group":{"http.response.status_code":500}}""")]
    [InlineData("""{"query":{"start_time":1795168800,"end_time":1795169400,"where":{"column":"http.response.status_code","op":"=","value":500}}}""")]
    public async Task Other_selections_say_the_same(string selection)
    {
        var answer = await CompareAsync($$"""{"query":{ {{Window}} },"selection":{{selection}},"limit":1}""");

        answer.GetProperty("columns").GetArrayLength().ShouldBe(1);
        answer.GetProperty("columns")[0].GetProperty("name").GetString().ShouldBe("service.version");
        answer.GetProperty("columns")[0].GetProperty("identical").EnumerateArray().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Two_times_are_compared_and_lines_come_for_those_who_want_them()
    {
        const string times = """ "selection":{"time":{"start_time":"2026-11-20T10:08:00Z","end_time":"2026-11-20T10:10:00Z"}},"baseline":{"time":{"start_time":"2026-11-20T10:00:00Z","end_time":"2026-11-20T10:08:00Z"}} """;
        var body = "{\"query\":{" + Window + "}," + times + "}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/compare") { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var response = await server.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/x-ndjson");
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        lines[^1].GetProperty("type").GetString().ShouldBe("result");
        lines[^1].GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldContain("service.version");
        lines[^1].GetProperty("baseline").GetProperty("count").GetDouble().ShouldBe(960);
        var changes = lines.Single(l => l.GetProperty("type").GetString() == "changes").GetProperty("changes").EnumerateArray().ToArray();
        changes.ShouldContain(c => c.GetProperty("kind").GetString() == "latency" && c.GetProperty("times_slower").GetDouble() > 1.5);
    }

    [Theory]
    [InlineData("{}", "selection")]
    [InlineData("""{"selection":{"circle":{}}}""", "selection.circle")]
    [InlineData("""{"selection":{"where":{"column":"nowhere","op":"exists"}}}""", "selection.where.column")]
    [InlineData("""{"selection":{"where":{"and":[{"column":"name","op":"is"}]}}}""", "selection.where.and[0].op")]
    [InlineData("""{"selection":{"where":null}}""", "selection.where")]
    [InlineData("""{"selection":{"group":{"name":"GET /"}},"baseline":{"where":null}}""", "baseline.where")]
    [InlineData("""{"selection":{"where":{"column":"name","op":"matches","value":"("}}}""", "selection.where.value")]
    [InlineData("""{"selection":{"time":{"start_time":5}}}""", "selection.time.end_time")]
    [InlineData("""{"selection":{"time":{"start_time":5,"end_time":1}}}""", "selection.time.end_time")]
    [InlineData("""{"selection":{"box":{"start_time":1,"end_time":2}}}""", "selection.box.column")]
    [InlineData("""{"selection":{"group":{}},"limit":0}""", "selection.group")]
    [InlineData("""{"query":{"where":{"column":"x"}},"selection":{"group":{"name":1}}}""", "query.where.op")]
    [InlineData("""{"selection":{"group":{"name":"GET /"}},"limit":1000}""", "limit")]
    [InlineData("""{"selection":{"group":{"name":"\ud800"}}}""", "")]
    public async Task What_is_wrong_is_told_with_its_path(string body, string path)
    {
        using var response = await server.PostJsonAsync("/api/v1/compare", body);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("path").GetString()).ShouldContain(path);
    }

    private async Task<JsonElement> CompareAsync(string body)
    {
        using var response = await server.PostJsonAsync("/api/v1/compare", body);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
