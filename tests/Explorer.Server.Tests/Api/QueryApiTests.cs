using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Explorer.Server.Tests.Api;

public sealed class QueryApiTests(QueryApiTests.Filled server) : IClassFixture<QueryApiTests.Filled>
{
    private const string Window = "\"start_time\":\"2026-11-20T10:00:00Z\",\"end_time\":\"2026-11-20T11:00:00Z\"";
    private const string CountByService = "{" + Window + ",\"calculations\":[{\"op\":\"COUNT\"},{\"op\":\"MAX\",\"column\":\"duration_ms\"}],\"breakdowns\":[\"service.name\"]}";

    [Fact]
    public async Task Groups_are_counted_and_the_run_is_kept()
    {
        var answer = await server.Server.QueryAsync(CountByService);

        Rows(answer).ShouldBe(["""{"service.name":"pay","COUNT":3,"MAX(duration_ms)":30}""", """{"service.name":"cart, \"big\"","COUNT":1,"MAX(duration_ms)":null}"""]);
        var id = answer.GetProperty("id").GetString()!;
        id.ShouldMatch("^[0-9A-Za-z]{8}$");
        answer.GetProperty("url").GetString().ShouldBe("/r/" + id);

        var run = await server.Server.GetAsync("/api/v1/runs/" + id);
        run.GetProperty("result").GetProperty("data").GetRawText().ShouldBe(answer.GetProperty("data").GetRawText());
        run.GetProperty("start_time").GetString().ShouldBe("2026-11-20T10:00:00Z");
        run.GetProperty("query").GetProperty("breakdowns")[0].GetString().ShouldBe("service.name");
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_404_and_a_page_all_the_same()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Accept.ParseAdd("text/html");
        using var response = await server.Server.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).ShouldContain("blazor.web");
    }

    [Theory]
    [InlineData("/api/v1/runs/AAAAAAAA")]
    [InlineData("/api/v1/runs/..%2F..%2Fa")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/api/v2/query")]
    [InlineData("/api/v1/columns/service.name")]
    public async Task What_is_not_there_is_404_with_a_problem(string path)
    {
        using var response = await server.Server.Client.GetAsync(path);

        await ShouldBeProblemAsync(response, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_wrong_method_is_405_and_names_the_right_one()
    {
        using var response = await server.Server.Client.GetAsync("/api/v1/query");

        await ShouldBeProblemAsync(response, HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.ShouldBe(["POST"]);
    }

    [Fact]
    public async Task Faults_of_a_query_say_where_they_are()
    {
        using var response = await server.Server.PostJsonAsync(
            "/api/v1/query", """{"calculations":[{"op":"P99","column":"service.name"}],"where":{"and":[{"column":"servce.name","op":"=","value":1}]}}""");

        var errors = (await ShouldBeProblemAsync(response, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateArray().ToArray();
        errors.Length.ShouldBe(2);
        var unknown = errors.Single(e => e.GetProperty("path").GetString() == "where.and[0].column");
        unknown.GetProperty("message").GetString()!.ShouldContain("servce.name");
        unknown.GetProperty("suggestions")[0].GetString().ShouldBe("service.name");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"calculations\":7}")]
    [InlineData("{\"limit\":0}")]
    [InlineData("{\"limit\":10001}")]
    [InlineData("{\"time_range\":-1}")]
    public async Task What_is_no_query_is_400(string body)
    {
        using var response = await server.Server.PostJsonAsync("/api/v1/query", body);

        (await ShouldBeProblemAsync(response, HttpStatusCode.BadRequest)).GetProperty("errors").GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Only_json_is_taken(string? contentType)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes("{}"));
        if (contentType is not null) content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using var response = await server.Server.Client.PostAsync("/api/v1/query", content);

        await ShouldBeProblemAsync(response, HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_one_mebibyte_is_413(bool lengthIsKnown)
    {
        var body = new string(' ', (1 << 20) + 1);
        HttpContent content = lengthIsKnown ? new StringContent(body) : new StreamContent(new Unseekable(Encoding.ASCII.GetBytes(body)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await server.Server.Client.PostAsync("/api/v1/query", content);

        await ShouldBeProblemAsync(response, HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Csv_is_quoted_as_rfc_4180_says()
    {
        using var response = await AskAsync(CountByService, "text/csv");

        response.Content.Headers.ContentType!.ToString().ShouldBe("text/csv; charset=utf-8");
        (await response.Content.ReadAsStringAsync()).ShouldBe("service.name,COUNT,MAX(duration_ms)\r\npay,3,30\r\n\"cart, \"\"big\"\"\",1,\r\n");
    }

    [Fact]
    public async Task Events_as_csv_have_readable_times()
    {
        using var response = await AskAsync("{" + Window + ",\"columns\":[\"time\",\"name\"],\"orders\":[{\"column\":\"time\",\"order\":\"ascending\"}],\"limit\":2}", "text/csv");

        (await response.Content.ReadAsStringAsync()).ShouldBe("time,name\r\n2026-11-20T10:00:00.000000000Z,GET /0\r\n2026-11-20T10:00:01.000000000Z,GET /1\r\n");
    }

    [Theory]
    [InlineData("application/xml")]
    [InlineData("text/html")]
    public async Task Forms_that_are_not_there_are_406_and_say_which_are(string accept)
    {
        using var response = await AskAsync(CountByService, accept);

        (await ShouldBeProblemAsync(response, HttpStatusCode.NotAcceptable)).GetProperty("detail").GetString()!.ShouldContain("application/json, text/csv, application/vnd.apache.arrow.stream, application/vnd.apache.parquet (or ?format=json, csv, arrow, parquet)");
    }

    [Theory]
    [InlineData("*/*", "application/json")]
    [InlineData("text/csv;q=0.5, application/json", "application/json")]
    [InlineData("text/html, application/xhtml+xml, */*;q=0.8", "application/json")]
    [InlineData("application/json;q=0.1, text/*", "text/csv")]
    [InlineData("application/*", "application/json")]
    [InlineData("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream")]
    [InlineData("text/csv;q=0.2, application/vnd.apache.parquet", "application/vnd.apache.parquet")]
    public async Task The_preferred_form_is_given(string accept, string mediaType)
    {
        using var response = await AskAsync(CountByService, accept);

        response.Content.Headers.ContentType!.MediaType.ShouldBe(mediaType);
    }

    [Fact]
    public async Task Answers_are_compressed_for_who_asks()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/columns");
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var response = await server.Server.Client.SendAsync(request);

        response.Content.Headers.ContentEncoding.ShouldBe(["br"]);
    }

    [Fact]
    public async Task Kept_runs_survive_a_restart_and_make_room_at_their_bound()
    {
        var small = await ServerFixture.StartAsync(o => o.Runs.MaxCount = 3);
        try
        {
            var ids = new List<string>();
            for (var i = 0; i < 5; i++) ids.Add((await small.QueryAsync("{\"calculations\":[{\"op\":\"COUNT\"}]}")).GetProperty("id").GetString()!);
            await small.RestartAsync();

            foreach (var id in ids[2..]) (await small.GetAsync("/api/v1/runs/" + id)).GetProperty("id").GetString().ShouldBe(id);
            foreach (var id in ids[..2])
            {
                using var gone = await small.Client.GetAsync("/api/v1/runs/" + id);
                await ShouldBeProblemAsync(gone, HttpStatusCode.NotFound);
            }
        }
        finally
        {
            await small.DisposeAsync();
        }
    }

    internal static async Task<JsonElement> ShouldBeProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, body);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(body).RootElement;
        problem.GetProperty("status").GetInt32().ShouldBe((int)status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        body.ShouldNotContain("   at ");
        return problem;
    }

    private static string[] Rows(JsonElement answer) =>
        [.. answer.GetProperty("data").GetProperty("results").EnumerateArray().Select(r => JsonSerializer.Serialize(r.GetProperty("data"), Relaxed))];

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private async Task<HttpResponseMessage> AskAsync(string query, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/query") { Content = new StringContent(query, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd(accept);
        return await server.Server.Client.SendAsync(request);
    }

    /// <summary>Three events of pay, one of a service whose name CSV must quote.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        internal ServerFixture Server { get; } = new();

        public async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            await Server.Store.AppendAsync(Enumerable.Range(0, 3).Select(i => new Dictionary<string, object>
            {
                ["time"] = EventSamples.Start + i * EventSamples.Second, ["service.name"] = "pay", ["name"] = $"GET /{i}", ["duration_ms"] = 10.0 * (i + 1),
            }));
            await Server.Store.AppendAsync(new Dictionary<string, object> { ["time"] = EventSamples.Start + 9 * EventSamples.Second, ["service.name"] = "cart, \"big\"" });
        }

        public Task DisposeAsync() => Server.DisposeAsync();
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
