using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Explorer.Server.Tests;

/// <summary>Names and values that try to be something else: they go in over OTLP and come back as they were, by every way of asking.</summary>
public sealed class HostileTextTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static TheoryData<string> Texts { get; } =
    [
        "it's",
        "say \"hi\"",
        "a\"; DROP TABLE events; --",
        "x'); DELETE FROM hot(); --",
        "`backtick`; SELECT 1",
        "semi;colon/slash\\back",
        "line\nbreak\r\ntab\t",
        "🙂 émoji \u202e",
        "$1 ? :name {0} %s",
        "${jndi:ldap://x}<script>alert(1)</script>",
        "null\0byte",
        "../../etc/passwd",
        "read_csv('/etc/passwd')",
        "\"",
        "'",
        "''\"\"\\",
        " leading and trailing ",
        "time\"",
        "%2F%00",
        new string('k', 2_000),
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_hostile_name_is_only_a_name(string text)
    {
        // Its own column whatever ran before: one event has it, once as an integer.
        var name = "n." + text;
        await SendAsync([(name, "{\"intValue\":\"41\"}")], "names");

        var answer = await QueryAsync(new
        {
            time_range = 600,
            calculations = new object[] { new { op = "COUNT" }, new { op = "SUM", column = name, name = "sum" } },
            where = new { column = name, op = ">", value = 40 },
            breakdowns = new[] { name },
            orders = new[] { new { column = name } },
        });
        Rows(answer).ShouldBe([[41.0, 1.0, 41.0]]);

        var listing = await QueryAsync(new { time_range = 600, where = new { column = name, op = "exists" }, columns = new[] { name } });
        listing.GetProperty("data").GetProperty("events")[0].GetProperty(name).GetInt32().ShouldBe(41);
        var columns = await server.GetAsync("/api/v1/columns?prefix=" + Uri.EscapeDataString(name));
        columns.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ShouldContain(name);

        using var values = await server.Client.GetAsync($"/api/v1/columns/{Uri.EscapeDataString(name)}/values");
        // An address with %00 is refused before it reaches us.
        if (text.Contains('\0')) values.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        else (await values.Content.ReadAsStringAsync()).ShouldBe("""{"values":[{"value":41,"count":1}]}""");
        await ShouldBeAliveAsync();
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_hostile_value_is_only_a_value(string text)
    {
        // A column of its own for each text.
        var column = "v" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..12];
        await SendAsync([(column, JsonSerializer.Serialize(new { stringValue = text })), ("other", "{\"stringValue\":\"x\"}")], text);
        await SendAsync([(column, "{\"stringValue\":\"harmless\"}")], "names");

        foreach (var (op, value) in new (string, object)[]
        {
            ("=", text), ("in", new[] { text }), ("starts-with", text), ("ends-with", text), ("contains", text), ("matches", "^" + System.Text.RegularExpressions.Regex.Escape(text) + "$"),
        })
        {
            // Escape() writes \uXXXX for nothing here, but a zero byte has no place in a pattern.
            if (op == "matches" && text.Contains('\0')) continue;
            var found = await QueryAsync(new { time_range = 600, calculations = new[] { new { op = "COUNT" } }, where = new { column, op, value }, breakdowns = new[] { column } });
            Rows(found).ShouldBe([[text, 1.0]], op);
        }

        var other = await QueryAsync(new { time_range = 600, calculations = new[] { new { op = "COUNT" } }, where = new { column = "service.name", op = "=", value = text } });
        Rows(other).ShouldBe([[1.0]]);
        var values = await server.GetAsync($"/api/v1/columns/{column}/values?prefix={Uri.EscapeDataString(text.Replace("\0", ""))}");
        if (!text.Contains('\0')) values.GetProperty("values")[0].GetProperty("value").GetString().ShouldBe(text);
        var ofService = await server.GetAsync("/api/v1/columns?prefix=other&service=" + Uri.EscapeDataString(text));
        ofService.GetProperty("columns")[0].GetProperty("count").GetInt64().ShouldBe(1);
        await ShouldBeAliveAsync();
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_hostile_name_of_a_result_is_only_a_name(string text)
    {
        var answer = await QueryAsync(new { time_range = 600, calculations = new[] { new { op = "COUNT", name = text } }, orders = new[] { new { name = text } }, havings = new[] { new { name = text, op = ">=", value = 0 } } });

        answer.GetProperty("data").GetProperty("results")[0].EnumerateObject().Single().Value.EnumerateObject().Single().Name.ShouldBe(text);
        using var unknown = await PostAsync(new { time_range = 600, calculations = new[] { new { op = "MAX", column = "missing " + text } } });
        unknown.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await ShouldBeAliveAsync();
    }

    [Theory]
    [InlineData("/api/v1/runs/'%20OR%201=1")]
    [InlineData("/api/v1/traces/%22;DROP%20TABLE%20x")]
    [InlineData("/api/v1/columns/%22%3B%20DROP%20TABLE%20x/values")]
    [InlineData("/api/v1/columns/..%2f..%2f..%2fetc%2fpasswd/values")]
    [InlineData("/api/v1/columns//values")]
    [InlineData("/api/v1/columns?prefix=%27%22%3B--")]
    [InlineData("/explore?where=%22%3B%20DROP%20TABLE%20x")]
    [InlineData("/r/%3Cscript%3E")]
    public async Task Hostile_addresses_get_an_answer_below_500(string path)
    {
        using var response = await server.Client.GetAsync(path);

        ((int)response.StatusCode).ShouldBeLessThan(500);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain("<script>alert");
        await ShouldBeAliveAsync();
    }

    private async Task SendAsync((string Name, string Value)[] attributes, string service)
    {
        var now = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000).ToString();
        var list = string.Join(',', attributes.Select(a => $$"""{"key":{{JsonSerializer.Serialize(a.Name)}},"value":{{a.Value}} }"""));
        using var response = await server.PostJsonAsync("/v1/traces", $$$"""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":{{{JsonSerializer.Serialize(service)}}}}}]},"scopeSpans":[{"spans":[
              {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"hostile","startTimeUnixNano":"{{{now}}}","endTimeUnixNano":"{{{now}}}","attributes":[{{{list}}}]}]}]}]}
            """);
        (await response.Content.ReadAsStringAsync()).ShouldBe("{}");
    }

    private Task<JsonElement> QueryAsync(object query) => server.QueryAsync(Serialize(query));

    private Task<HttpResponseMessage> PostAsync(object query) => server.PostJsonAsync("/api/v1/query", Serialize(query));

    private static string Serialize(object query) => JsonSerializer.Serialize(query, new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private async Task ShouldBeAliveAsync() => (await server.Client.GetStringAsync("/readyz")).ShouldBe("ready\n");

    private static object?[][] Rows(JsonElement answer) =>
        [.. answer.GetProperty("data").GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data").EnumerateObject().Select(p => (object?)(p.Value.ValueKind switch
        {
            JsonValueKind.Number => p.Value.GetDouble(),
            JsonValueKind.String => p.Value.GetString(),
            _ => null,
        })).ToArray())];
}
