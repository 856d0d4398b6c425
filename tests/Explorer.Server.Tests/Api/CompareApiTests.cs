using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Storage;
using Storage.Events;

namespace Explorer.Server.Tests.Api;

public sealed class CompareApiTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private static readonly string Window = $"\"start_time\":{EventSamples.Start / EventSamples.Second},\"end_time\":{EventSamples.Start / EventSamples.Second + 600}";

    /// <summary>What a query has besides its time when a comparison is asked of its heatmap.</summary>
    private const string Drawn = """ "calculations":[{"op":"COUNT"},{"op":"HEATMAP","column":"duration_ms"}],"breakdowns":["host.name"],"calculated_fields":[{"name":"slow","expression":"GT($duration_ms, 500)"}] """;

    private static readonly string[] HostNames = [.. Enumerable.Range(0, 7).Select(i => $"host-{i}")];

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
        var lines = await LinesAsync(body);

        lines[^1].GetProperty("type").GetString().ShouldBe("result");
        lines[^1].GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldContain("service.version");
        lines[^1].GetProperty("baseline").GetProperty("count").GetDouble().ShouldBe(960);
        var changes = lines.Single(l => l.GetProperty("type").GetString() == "changes").GetProperty("changes").EnumerateArray().ToArray();
        changes.ShouldContain(c => c.GetProperty("kind").GetString() == "latency" && c.GetProperty("times_slower").GetDouble() > 1.5);
    }

    /// <summary>Of more events than are all looked at, the ranking by a sample comes first and says so, then each column as it was counted, then the whole with exact counts.</summary>
    [Fact]
    public async Task A_ranking_by_a_sample_says_so_and_what_was_counted_again_follows()
    {
        const int events = 240_000;
        var start = EventSamples.Start + 86_400 * EventSamples.Second;
        var builder = new EventBatchBuilder(server.Store.Schema);
        for (var i = 0; i < events; i++)
        {
            builder.BeginEvent(start + i * (EventSamples.Second / 1_000));
            builder.SetId(WellKnownColumns.TraceId, [.. BitConverter.GetBytes(i + 1L), .. BitConverter.GetBytes(~(long)i)]);
            builder.Set("service.version", i % 10 == 0 ? "2" : "1");
            builder.Set("host.name", HostNames[i % HostNames.Length]);
            builder.Set(WellKnownColumns.DurationMs, i % 20 == 0 ? 900.0 : 20.0 + i % 50);
            builder.EndEvent();
        }

        using var batch = builder.Build();
        (await server.Store.AppendAsync(batch, CancellationToken.None)).Status.ShouldBe(AppendStatus.Committed);
        var seconds = start / EventSamples.Second;

        var lines = await LinesAsync($$"""{"query":{"start_time":{{seconds}},"end_time":{{seconds + 600}}},"selection":{"where":{"column":"duration_ms","op":">","value":500} } }""");

        lines.Select(l => l.GetProperty("type").GetString()).ShouldBe(["ranking", "column", "result"]);
        var (ranking, counted, result) = (lines[0], lines[1].GetProperty("column"), lines[2]);
        Completeness(ranking).ShouldBe((false, false));
        Completeness(result).ShouldBe((false, true));
        foreach (var answer in (JsonElement[])[ranking, result])
        {
            answer.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldBe(["service.version"]);
            answer.GetProperty("selection").GetProperty("count").GetDouble().ShouldBe(events / 20);
            answer.GetProperty("selection").GetProperty("sample_share").GetDouble().ShouldBe(1);
            answer.GetProperty("baseline").GetProperty("count").GetDouble().ShouldBe(events - events / 20);
            answer.GetProperty("baseline").GetProperty("sample_share").GetDouble().ShouldBeInRange(0.1, 0.5);
            answer.GetProperty("baseline").GetProperty("sampled_events").GetInt32().ShouldBeLessThan(events / 2);
        }

        Of("2", ranking.GetProperty("columns")[0], "baseline").ShouldBeInRange(events / 20 * 0.9, events / 20 * 1.1);
        counted.GetProperty("rank").GetInt32().ShouldBe(1);
        foreach (var column in (JsonElement[])[counted, result.GetProperty("columns")[0]])
        {
            (Of("2", column, "selection"), Of("2", column, "baseline")).ShouldBe((events / 20, events / 20));
            (Of("1", column, "selection"), Of("1", column, "baseline")).ShouldBe((0, events / 10 * 9));
            column.GetProperty("best").GetProperty("precision").GetDouble().ShouldBe(0.5, 1e-9);
        }

        static (bool, bool) Completeness(JsonElement answer) => (answer.GetProperty("meta").GetProperty("exact").GetBoolean(), answer.GetProperty("meta").GetProperty("recounted").GetBoolean());
        static double Of(string value, JsonElement column, string side) =>
            column.GetProperty("values").EnumerateArray().Single(v => v.GetProperty("value").GetString() == value).GetProperty(side).GetProperty("count").GetDouble();
    }

    [Theory]
    [InlineData(""" "selection":{"where":{"column":"name","op":"=","value":"nothing"}} """, 0, 1_200, null)]
    [InlineData(""" "selection":{"where":{"column":"name","op":"exists"}} """, 1_200, 0, null)]
    [InlineData(""" "selection":{"where":{"column":"request.id","op":"=","value":"r960"}} """, 1, 1_199, null)]
    [InlineData(""" "selection":{"group":{"error":null}} """, 1_200, 0, null)]
    [InlineData(""" "selection":{"time":{"start_time":"2026-11-20T20:00:00Z","end_time":"2026-11-20T21:00:00Z"}} """, 0, 1_200, null)]
    [InlineData(""" "selection":{"group":{"service.version":"2"}},"baseline":{"where":{"column":"name","op":"=","value":"nothing"}} """, 60, 0, null)]
    [InlineData(""" "selection":{"group":{"service.version":"2"}},"baseline":{"where":{"column":"service.version","op":"=","value":"2"}} """, 60, 0, null)]
    [InlineData(""" "selection":{"where":{"column":"duration_ms","op":">","value":500}},"baseline":{"where":{"column":"host.name","op":"in","value":["host-0","host-1"]}} """, 60, 327, "service.version")]
    [InlineData(""" "selection":{"where":{"column":"slow","op":"=","value":true}} """, 60, 1_140, "service.version")]
    [InlineData(""" "selection":{"where":{"column":"root.duration_ms","op":">","value":500}} """, 60, 1_140, "service.version")]
    [InlineData(""" "selection":{"box":{"start_time":"2026-11-20T10:08:00Z","end_time":"2026-11-20T10:10:00Z","min":500}} """, 60, 1_140, "service.version")]
    public async Task Questions_at_the_edge_have_their_answers(string sides, double selection, double baseline, string? first)
    {
        var answer = await CompareAsync($$"""{"query":{ {{Window}},{{Drawn}} },{{sides}} }""");

        (answer.GetProperty("selection").GetProperty("count").GetDouble(), answer.GetProperty("baseline").GetProperty("count").GetDouble()).ShouldBe((selection, baseline));
        answer.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()).FirstOrDefault().ShouldBe(first);
        answer.GetProperty("meta").GetProperty("too_few").GetBoolean().ShouldBe(Math.Min(selection, baseline) < 20);
        answer.GetProperty("explanation").ValueKind.ShouldBe(first is null ? JsonValueKind.Null : JsonValueKind.Object);
    }

    [Fact]
    public async Task Counts_are_of_real_events_where_these_are_sampled()
    {
        var start = EventSamples.Start + 2 * 86_400 * EventSamples.Second;
        await server.Store.AppendAsync(Enumerable.Range(0, 400).Select(i => new Dictionary<string, object>
        {
            ["time"] = start + i * EventSamples.Second, ["trace.trace_id"] = $"{i + 900_000:x32}", ["name"] = "GET /", ["app.slow"] = i % 4 == 0, ["app.build"] = i % 4 == 0 ? "b" : "a",
            ["SampleRate"] = 10L,
        }));

        var answer = await CompareAsync($$"""{"query":{"start_time":{{start / EventSamples.Second}},"end_time":{{start / EventSamples.Second + 400}}},"selection":{"group":{"app.slow":true} } }""");

        (answer.GetProperty("selection").GetProperty("count").GetDouble(), answer.GetProperty("baseline").GetProperty("count").GetDouble()).ShouldBe((1_000, 3_000));
        answer.GetProperty("selection").GetProperty("sampled_events").GetInt32().ShouldBe(100);
        var build = answer.GetProperty("columns").EnumerateArray().ShouldHaveSingleItem();
        build.GetProperty("best").GetProperty("selection").GetProperty("count").GetDouble().ShouldBe(1_000);
        answer.GetProperty("aside").EnumerateArray().Select(a => a.GetProperty("name").GetString()).ShouldContain("SampleRate");
    }

    /// <summary>Points of metrics belong to no trace, so each counts for itself; there are no requests that could have changed.</summary>
    [Fact]
    public async Task Windows_of_metrics_alone_are_compared_point_by_point()
    {
        var start = EventSamples.Start + 3 * 86_400 * EventSamples.Second;
        await server.Store.AppendAsync(Enumerable.Range(0, 600).Select(i => new Dictionary<string, object>
        {
            ["time"] = start + i * EventSamples.Second, ["meta.signal_type"] = "metric", ["name"] = "queue.depth", ["host.name"] = HostNames[i % HostNames.Length],
            ["value"] = i >= 300 && i % HostNames.Length == 2 ? 90.0 + i % 9 : 3.0 + i % 30 / 10.0,
        }));
        var (first, second) = (start / EventSamples.Second, start / EventSamples.Second + 300);

        var answer = await CompareAsync($$"""{"query":{"start_time":{{first}},"end_time":{{first + 600}}},"selection":{"where":{"column":"value","op":">","value":50} } }""");

        answer.GetProperty("baseline").GetProperty("sampled_traces").GetInt32().ShouldBe(answer.GetProperty("baseline").GetProperty("sampled_events").GetInt32());
        answer.GetProperty("columns").EnumerateArray().ShouldHaveSingleItem().GetProperty("best").GetProperty("text").GetString().ShouldBe("host.name = \"host-2\"");
        answer = await CompareAsync($$"""{"query":{"start_time":{{first}},"end_time":{{first + 600}}},"selection":{"time":{"start_time":{{second}},"end_time":{{second + 300}}} },"baseline":{"time":{"start_time":{{first}},"end_time":{{second}}} } }""");
        answer.GetProperty("columns").EnumerateArray().ShouldHaveSingleItem().GetProperty("best").GetProperty("text").GetString().ShouldStartWith("value > ");
        answer.GetProperty("changes").GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("{}", "selection")]
    [InlineData("""{"selection":{"circle":{}}}""", "selection.circle")]
    [InlineData("""{"selection":{"where":{"column":"nowhere","op":"exists"}}}""", "selection.where.column")]
    [InlineData("""{"selection":{"where":{"and":[{"column":"name","op":"is"}]}}}""", "selection.where.and[0].op")]
    [InlineData("""{"selection":{"where":null}}""", "selection.where")]
    [InlineData("""{"selection":{"group":{"name":"GET /"}},"baseline":{"where":null}}""", "baseline.where")]
    [InlineData("""{"selection":{"where":{"column":"name","op":"matches","value":"("}}}""", "selection.where.value")]
    [InlineData("""{"selection":{"group":{"nowhere":1}}}""", "selection.group")]
    [InlineData("""{"selection":{"box":{"column":"nowhere","start_time":1,"end_time":2,"min":1}}}""", "selection.box")]
    [InlineData("""{"selection":{"group":{"name":"GET /"}},"baseline":{"where":{"column":"nowhere","op":"exists"}}}""", "baseline.where.column")]
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

    private async Task<JsonElement[]> LinesAsync(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/compare") { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var response = await server.Client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/x-ndjson");
        return [.. (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    private async Task<JsonElement> CompareAsync(string body)
    {
        using var response = await server.PostJsonAsync("/api/v1/compare", body);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
