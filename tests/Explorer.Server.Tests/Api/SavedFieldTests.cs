using System.Net;
using System.Text;
using System.Text.Json;

namespace Explorer.Server.Tests.Api;

public sealed class SavedFieldTests(SavedFieldTests.Filled server) : IClassFixture<SavedFieldTests.Filled>
{
    private const string Hour = "\"start_time\":\"2026-11-20T10:00:00Z\",\"end_time\":\"2026-11-20T11:00:00Z\"";

    [Fact]
    public async Task A_saved_field_is_a_column_of_every_query_until_it_is_removed()
    {
        (await PutAsync("slow", "$duration_ms > 15")).ShouldBe((HttpStatusCode.Created, """{"name":"slow","expression":"$duration_ms > 15","type":"Bool"}"""));
        (await PutAsync("slow", "$duration_ms >= 20")).Status.ShouldBe(HttpStatusCode.OK);
        (await PutAsync("slow/very%20slow", "$slow and $duration_ms > 25")).Status.ShouldBe(HttpStatusCode.Created);

        (await RowsAsync("\"where\":{\"column\":\"slow\",\"op\":\"=\",\"value\":true}")).ShouldBe("""{"COUNT":2}""");
        (await RowsAsync("\"breakdowns\":[\"slow/very slow\"],\"orders\":[{\"op\":\"COUNT\",\"order\":\"ascending\"}]")).ShouldBe("""{"slow/very slow":true,"COUNT":1} {"slow/very slow":false,"COUNT":2}""");
        (await RowsAsync("\"where\":{\"column\":\"slow\",\"op\":\"=\",\"value\":true},\"calculated_fields\":[{\"name\":\"slow\",\"expression\":\"$duration_ms = 10\"}]")).ShouldBe("""{"COUNT":1}""");
        (await server.Server.GetAsync("/api/v1/fields/slow%2Fvery%20slow")).GetProperty("type").GetString().ShouldBe("Bool");

        var run = await server.Server.QueryAsync("{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\",\"column\":\"slow\"}]}");
        (await server.Server.GetAsync("/api/v1/runs/" + run.GetProperty("id").GetString())).GetProperty("query").GetProperty("calculated_fields")[0].GetProperty("expression").GetString().ShouldBe("$duration_ms >= 20");

        await server.Server.RestartAsync();
        (await server.Server.GetAsync("/api/v1/fields")).GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("name").GetString()).ShouldBe(["slow", "slow/very slow"]);
        (await server.Server.Client.DeleteAsync("/api/v1/fields/slow")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await server.Server.Client.DeleteAsync("/api/v1/fields/slow")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await server.Server.GetAsync("/api/v1/fields/slow/very%20slow")).GetProperty("errors")[0].GetProperty("message").GetString().ShouldBe("there is no column \"slow\"");
        (await server.Server.Client.DeleteAsync("/api/v1/fields/slow/very%20slow")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using var unknown = await server.Server.PostJsonAsync("/api/v1/query", "{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\",\"column\":\"slow\"}]}");
        unknown.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("bad", "{\"expression\":\"$duration_ms > \"}", "expression", 15)]
    [InlineData("bad", "{\"expression\":\"$nothing > 1\"}", "expression", 0)]
    [InlineData("bad", "{\"expression\":\"REG_MATCH($name, `a[`)\"}", "expression", 17)]
    [InlineData("bad", "{\"expression\":\"1 + $bad\"}", "expression", 4)]
    [InlineData("bad", "{}", "expression", null)]
    [InlineData("bad", "{\"expression\":7}", "expression", null)]
    [InlineData("bad", "{\"expresion\":\"1\"}", "expresion", null)]
    [InlineData("bad", "[]", "", null)]
    [InlineData("bad", "{", "", null)]
    [InlineData("duration_ms", "{\"expression\":\"1\"}", "name", null)]
    [InlineData("time", "{\"expression\":\"1\"}", "name", null)]
    [InlineData("", "{\"expression\":\"1\"}", "name", null)]
    public async Task A_field_that_is_none_is_refused_with_the_place(string name, string body, string path, int? position)
    {
        using var response = await server.Server.Client.PutAsync("/api/v1/fields/" + name, Json(body));

        var error = (await QueryApiTests.ShouldBeProblemAsync(response, HttpStatusCode.BadRequest)).GetProperty("errors")[0];
        error.GetProperty("path").GetString().ShouldBe(path);
        (error.TryGetProperty("position", out var at) ? at.GetInt32() : (int?)null).ShouldBe(position);
        (await server.Server.GetAsync("/api/v1/fields")).GetProperty("fields").EnumerateArray().ShouldNotContain(f => f.GetProperty("name").GetString() == name);
    }

    [Fact]
    public async Task A_damaged_file_is_set_aside()
    {
        var other = await ServerFixture.StartAsync();
        try
        {
            var file = Path.Combine(other.DataDirectory, "workspace", "fields.json");
            await File.WriteAllTextAsync(file, "{\"fields\":[{\"name\":");
            await other.RestartAsync();
            (await other.GetAsync("/api/v1/fields")).GetProperty("fields").GetArrayLength().ShouldBe(0);
            File.Exists(file + ".damaged").ShouldBeTrue();
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private async Task<(HttpStatusCode Status, string Body)> PutAsync(string name, string expression)
    {
        using var response = await server.Server.Client.PutAsync("/api/v1/fields/" + name, Json(JsonSerializer.Serialize(new { expression })));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<string> RowsAsync(string rest)
    {
        var answer = await server.Server.QueryAsync("{" + Hour + ",\"calculations\":[{\"op\":\"COUNT\"}]," + rest + "}");
        return string.Join(' ', answer.GetProperty("data").GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data").GetRawText()));
    }

    /// <summary>Three events of 10, 20 and 30 milliseconds.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        internal ServerFixture Server { get; } = new();

        public async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            await Server.Store.AppendAsync(Enumerable.Range(1, 3).Select(i => new Dictionary<string, object> { ["name"] = "a", ["duration_ms"] = 10.0 * i }));
        }

        public Task DisposeAsync() => Server.DisposeAsync();
    }
}
