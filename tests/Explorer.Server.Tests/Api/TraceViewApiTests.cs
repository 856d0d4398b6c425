using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Explorer.Server.Tests.Api;

/// <summary>What the trace page is made of: the waterfall's columns, searching, the OTLP/JSON file and its way back.</summary>
public sealed class TraceViewApiTests(TraceViewApiTests.Filled filled) : IClassFixture<TraceViewApiTests.Filled>
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string Request = """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"service.version","value":{"stringValue":"1.4"}}]},"schemaUrl":"https://schemas/1",
          "scopeSpans":[{"scope":{"name":"lib","version":"2"},"schemaUrl":"https://schemas/2","spans":[
          {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000a1","name":"GET /pay","kind":2,"startTimeUnixNano":"1795168800000000000","endTimeUnixNano":"1795168800100000001",
           "attributes":[{"key":"http.route","value":{"stringValue":"/pay"}},{"key":"big","value":{"intValue":"9007199254740993"}},{"key":"share","value":{"doubleValue":0.25}},{"key":"ok","value":{"boolValue":true}},{"key":"SampleRate","value":{"intValue":"4"}}],
           "events":[{"timeUnixNano":"1795168800050000000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"Timeout"}}]}],
           "links":[{"traceId":"abababababababababababababababab","spanId":"cdcdcdcdcdcdcdcd","flags":1,"attributes":[{"key":"why","value":{"stringValue":"retry"}}]}],
           "status":{"code":2,"message":"no"},"traceState":"a=b","flags":769},
          {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000a2","parentSpanId":"00000000000000a1","name":"SELECT","kind":3,"startTimeUnixNano":"1795168800010000000","endTimeUnixNano":"1795168800030000000","attributes":[{"key":"db.system.name","value":{"stringValue":"postgres"}}]},
          {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000a3","parentSpanId":"00000000000000ff","name":"lost","startTimeUnixNano":"1795168800040000000","endTimeUnixNano":"1795168800045000000"}]}]}],
         "resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"service.version","value":{"stringValue":"1.4"}}]},"schemaUrl":"https://schemas/1",
          "scopeLogs":[{"scope":{"name":"lib","version":"2"},"logRecords":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000a2","timeUnixNano":"1795168800020000000","severityNumber":17,"severityText":"ERROR","body":{"stringValue":"deadlock"},"attributes":[{"key":"try","value":{"intValue":"2"}}]}]}]}]}
        """;

    private ServerFixture Server => filled.Server;

    [Fact]
    public async Task The_waterfall_has_columns_of_numbers_and_every_text_once()
    {
        var trace = await WaterfallAsync($"{TraceId}/waterfall?column=http.route&column=nope");

        Numbers(trace, "kinds").ShouldBe([0, 0, 1, 2, 0]);
        Numbers(trace, "parents").ShouldBe([-1, 0, 1, -1, 3]);
        TextsOf(trace, "names").ShouldBe(["GET /pay", "SELECT", "deadlock", "", "lost"]);
        Numbers(trace, "starts").ShouldBe([0, 10_000_000, 20_000_000, -1, 40_000_000]);
        Numbers(trace, "durations").ShouldBe([100_000_001, 20_000_000, 0, 0, 5_000_000]);
        Numbers(trace, "self").ShouldBe([80_000_001, 20_000_000, 0, 0, 5_000_000]);
        Numbers(trace, "flags").ShouldBe([1, 0, 1, 0, 0]);
        Numbers(trace, "path").ShouldBe([0, 0, 10_000_000, 0, 30_000_000, 100_000_001, 1, 10_000_000, 30_000_000]);
        Numbers(trace, "marks").Where((_, i) => i % 4 < 3).ShouldBe([0, 1, 0, 0, 0, 50_000_000]);
        trace.GetProperty("ids")[3].GetString().ShouldBe("00000000000000ff");
        trace.GetProperty("start").GetString().ShouldBe("1795168800000000000");
        (trace.GetProperty("spans").GetInt32(), trace.GetProperty("logs").GetInt32(), trace.GetProperty("events").GetInt32()).ShouldBe((3, 1, 6));
        Texts(trace, "columns").ShouldBe(["http.route", "nope"]);
        trace.GetProperty("texts")[(int)Numbers(trace, "column0")[0]].GetString().ShouldBe("/pay");
        Numbers(trace, "column1").ShouldAllBe(v => v == -1);
    }

    [Fact]
    public async Task A_trace_that_has_not_grown_is_not_sent_again()
    {
        using var same = await Server.Client.GetAsync($"/api/v1/traces/{TraceId}/waterfall?after=6");
        same.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await WaterfallAsync($"{TraceId}/waterfall?after=5")).GetProperty("events").GetInt32().ShouldBe(6);
    }

    [Theory]
    [InlineData("DEADLOCK", new string[0], "1795168800020000000 00000000000000a2")]
    [InlineData("0.25", new[] { "00000000000000a1" })]
    [InlineData("timeout", new[] { "00000000000000a1" })]
    [InlineData("db.system.name = \"postgres\" or name = \"lost\"", new[] { "00000000000000a2", "00000000000000a3" })]
    [InlineData("nothing like it", new string[0])]
    public async Task A_search_names_the_spans_and_log_records_that_match(string text, string[] spans, params string[] logs)
    {
        var found = await Server.GetAsync($"/api/v1/traces/{TraceId}/search?q={Uri.EscapeDataString(text)}");
        found.GetProperty("spans").EnumerateArray().Select(s => s.GetString()!).Order().ShouldBe(spans);
        found.GetProperty("logs").EnumerateArray().Select(l => $"{l.GetProperty("time").GetString()} {l.GetProperty("span").GetString()}").ShouldBe(logs);
        found.GetProperty("cut").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("/search", HttpStatusCode.BadRequest)]
    [InlineData("/search?q=duration_ms%20%3D%20%22x%22", HttpStatusCode.BadRequest)]
    [InlineData("/waterfall?time=soon", HttpStatusCode.BadRequest)]
    [InlineData("/waterfall?after=-1", HttpStatusCode.BadRequest)]
    [InlineData("?format=xml", HttpStatusCode.NotAcceptable)]
    public async Task What_cannot_be_answered_is_a_problem(string path, HttpStatusCode status)
    {
        using var response = await Server.Client.GetAsync($"/api/v1/traces/{TraceId}{path}");
        await QueryApiTests.ShouldBeProblemAsync(response, status);
    }

    [Fact]
    public async Task A_trace_as_a_file_gives_the_same_events_when_it_is_opened_and_nothing_is_stored()
    {
        var file = await Server.GetAsync($"/api/v1/traces/{TraceId}?format=otlp");
        var before = (await Server.GetAsync("/api/v1/status")).GetProperty("events").GetInt64();
        using var response = await Server.PostJsonAsync("/api/v1/traces/open", file.GetRawText());
        var opened = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("traces")[0];
        opened.GetProperty("trace_id").GetString().ShouldBe(TraceId);
        var id = opened.GetProperty("id").GetString();

        Lines(await Server.GetAsync($"/api/v1/traces/{id}")).ShouldBe(Lines(await Server.GetAsync($"/api/v1/traces/{TraceId}")));
        (await WaterfallAsync($"{id}/waterfall")).GetProperty("spans").GetInt32().ShouldBe(3);
        (await Server.GetAsync($"/api/v1/traces/{id}/search?q=timeout")).GetProperty("spans")[0].GetString().ShouldBe("00000000000000a1");
        (await Server.GetAsync("/api/v1/status")).GetProperty("events").GetInt64().ShouldBe(before);
    }

    [Theory]
    [InlineData("{}", "has no spans")]
    [InlineData("[1]", "not OTLP/JSON")]
    [InlineData("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":", "not OTLP/JSON")]
    public async Task A_file_that_is_none_is_refused_with_the_reason(string file, string reason)
    {
        using var response = await Server.PostJsonAsync("/api/v1/traces/open", file);
        (await QueryApiTests.ShouldBeProblemAsync(response, HttpStatusCode.BadRequest)).GetProperty("detail").GetString()!.ShouldContain(reason);
    }

    [Fact]
    public async Task An_opened_trace_that_is_gone_is_404()
    {
        using var response = await Server.Client.GetAsync("/api/v1/traces/file-000000000000000000000000/waterfall");
        await QueryApiTests.ShouldBeProblemAsync(response, HttpStatusCode.NotFound);
    }

    // Events as sorted lines: what stands at one time has no order.
    private static IEnumerable<string> Lines(JsonElement trace) => trace.GetProperty("events").EnumerateArray()
        .Select(e => string.Join('|', e.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={p.Value.GetRawText()}"))).Order(StringComparer.Ordinal);

    // The head of a waterfall with its columns, which stand behind it, as lists.
    private async Task<JsonElement> WaterfallAsync(string path)
    {
        using var response = await Server.Client.GetAsync($"/api/v1/traces/{path}");
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/vnd.explorer.waterfall");
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var at = sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var trace = JsonNode.Parse(bytes.AsSpan(sizeof(int)..at))!.AsObject();
        foreach (var array in trace["arrays"]!.AsArray())
        {
            (at % 8).ShouldBe(0);
            var (type, count) = ((string)array![1]!, (int)array[2]!);
            var size = type switch { "u8" => 1, "i32" => 4, _ => 8 };
            var first = at;
            trace[(string)array[0]!] = new JsonArray([.. Enumerable.Range(0, count).Select(i => (JsonNode)NumberAt(bytes, type, first + i * size))]);
            at += (count * size + 7) / 8 * 8;
        }

        at.ShouldBe(bytes.Length);
        return JsonSerializer.SerializeToElement(trace);
    }

    private static long NumberAt(byte[] bytes, string type, int at) => type switch
    {
        "u8" => bytes[at],
        "i32" => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)),
        _ => (long)BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(at)),
    };

    private static long[] Numbers(JsonElement trace, string name) => [.. trace.GetProperty(name).EnumerateArray().Select(n => n.GetInt64())];

    private static string?[] Texts(JsonElement trace, string name) => [.. trace.GetProperty(name).EnumerateArray().Select(t => t.GetString())];

    private static string?[] TextsOf(JsonElement trace, string name) => [.. Numbers(trace, name).Select(t => trace.GetProperty("texts")[(int)t].GetString())];

    public sealed class Filled : IAsyncLifetime
    {
        internal ServerFixture Server { get; } = new();

        public async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            var request = JsonNode.Parse(Request)!.AsObject();
            foreach (var (signal, part) in new[] { ("traces", "resourceSpans"), ("logs", "resourceLogs") })
            {
                using var response = await Server.PostJsonAsync("/v1/" + signal, new JsonObject { [part] = request[part]!.DeepClone() }.ToJsonString());
                response.StatusCode.ShouldBe(HttpStatusCode.OK);
            }
        }

        public Task DisposeAsync() => Server.DisposeAsync();
    }
}
