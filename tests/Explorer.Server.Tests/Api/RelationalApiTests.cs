using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Explorer.Server.Tests.Api;

/// <summary>Columns of other spans through the whole server: real OTLP in, JSON out.</summary>
public sealed class RelationalApiTests : IAsyncLifetime
{
    private const string Window = "\"start_time\":\"2026-11-20T10:00:00Z\",\"end_time\":\"2026-11-20T11:00:00Z\"";

    private readonly ServerFixture _server = new();

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        // The slow statement lies after the window, the parent arrives after its child.
        await SendAsync("pay", Span("1", "b", "a", "charge", 2, 30, ""), Span("1", "c", "b", "slow", 4_000, 80, "\"db.system\""));
        await SendAsync("shop", Span("1", "a", "", "GET /pay", 1, 5_000, "\"http.route\""), Span("2", "d", "", "GET /cart", 5, 10, "\"http.route\""));
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Conditions_groups_and_calculations_reach_other_spans()
    {
        var answer = await _server.QueryAsync("{" + Window + """
            ,"calculations":[{"op":"COUNT"},{"op":"P99","column":"any.duration_ms","name":"slowest"},{"op":"COUNT","name":"paid","where":{"column":"parent.service.name","op":"=","value":"shop"}}],
            "breakdowns":["root.http.route"],"where":{"and":[{"column":"any.db.system","op":"exists"},{"column":"any.duration_ms","op":">","value":50}]}}
            """);
        answer.GetProperty("data").GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data").GetRawText())
            .ShouldBe(["""{"root.http.route":"GET /pay","COUNT":2,"slowest":80,"paid":1}"""]);
        answer.GetProperty("meta").GetProperty("columns").GetProperty("root.http.route").GetString().ShouldBe("String");
    }

    [Fact]
    public async Task The_flat_form_of_conditions_is_one_span_as_well()
    {
        var answer = await _server.QueryAsync("{" + Window + """
            ,"columns":["name","trace.span_count"],"filters":[{"column":"none.db.system","op":"exists"},{"column":"trace.root_missing","op":"=","value":false}]}
            """);
        answer.GetProperty("data").GetProperty("events").EnumerateArray().Select(e => $"{e.GetProperty("name")} {e.GetProperty("trace.span_count")}").ShouldBe(["GET /cart 1"]);
    }

    [Fact]
    public async Task Faults_are_told_with_their_place_and_what_was_meant()
    {
        using var response = await _server.PostJsonAsync("/api/v1/query", "{" + Window + ""","calculations":[{"op":"COUNT"}],"where":{"column":"any.db.sistem","op":"exists"}}""");
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("errors")[0];
        error.GetProperty("path").GetString().ShouldBe("where.column");
        error.GetRawText().ShouldContain("any.db.system");
    }

    private async Task SendAsync(string service, params string[] spans)
    {
        using var response = await _server.PostJsonAsync("/v1/traces", $$"""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{{service}}" } } ] },"scopeSpans":[{"spans":[{{string.Join(",", spans)}}]}]}]}
            """);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    private static string Span(string trace, string id, string parent, string name, long second, long ms, string attribute)
    {
        var start = EventSamples.Start + second * EventSamples.Second;
        var attributes = attribute.Length == 0 ? "" : $$"""{"key":{{attribute}},"value":{"stringValue":"{{name}}" } }""";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            {"traceId":"{{trace.PadLeft(32, '0')}}","spanId":"{{id.PadLeft(16, '0')}}","parentSpanId":"{{(parent.Length == 0 ? "" : parent.PadLeft(16, '0'))}}","name":"{{name}}",
            "startTimeUnixNano":"{{start}}","endTimeUnixNano":"{{start + ms * 1_000_000}}","attributes":[ {{attributes}} ] }
            """);
    }
}
