using System.Net;
using System.Text.Json;

namespace Explorer.Server.Tests.Api;

public sealed class StatusApiTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Health_and_readiness_are_200()
    {
        (await server.Client.GetStringAsync("/healthz")).ShouldBe("ok\n");
        (await server.Client.GetStringAsync("/readyz")).ShouldBe("ready\n");
    }

    [Fact]
    public async Task Status_counts_what_is_stored_and_sealing_makes_segments()
    {
        await server.Store.AppendAsync(Enumerable.Range(0, 100).Select(i => new Dictionary<string, object> { ["n"] = i }));
        var before = await server.GetAsync("/api/v1/status");

        using var sealing = await server.Client.PostAsync("/api/v1/admin/seal", null);
        var after = await server.GetAsync("/api/v1/status");

        sealing.StatusCode.ShouldBe(HttpStatusCode.OK);
        before.EnumerateObject().Select(p => p.Name).ShouldBe(["version", "events", "bytes_on_disk", "hot_events", "queue_bytes", "segments", "ingest_rate", "rejected"]);
        before.GetProperty("version").GetString().ShouldBe("0.1.0");
        Numbers(before, "events", "hot_events", "segments", "rejected").ShouldBe([100, 100, 0, 0]);
        Numbers(after, "events", "hot_events", "segments", "rejected").ShouldBe([100, 0, 1, 0]);
        after.GetProperty("bytes_on_disk").GetInt64().ShouldBeGreaterThan(0);
        var storage = await server.GetAsync("/api/v1/admin/storage");
        storage.GetProperty("bytes_sealed").GetInt64().ShouldBe(after.GetProperty("bytes_on_disk").GetInt64());
        Numbers(storage, "bytes_rewritten", "write_amplification").ShouldBe([0, 1]);
        (await server.Store.CountAsync()).ShouldBe(100);
    }

    [Fact]
    public async Task Pages_of_other_sites_may_not_seal()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/admin/seal");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var response = await server.Client.SendAsync(request);

        await QueryApiTests.ShouldBeProblemAsync(response, HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/")]
    public async Task Every_answer_of_the_ui_port_has_the_security_headers(string path)
    {
        using var response = await server.Client.GetAsync(path);

        var policy = response.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();
        policy.ShouldContain("script-src 'self';");
        policy.ShouldContain("frame-ancestors 'none'");
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        response.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        response.Headers.Contains("Server").ShouldBeFalse();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/healthz")]
    [InlineData("/api/v1/status")]
    [InlineData("/explore")]
    [InlineData("/_blazor/negotiate")]
    public async Task The_ports_for_telemetry_serve_nothing_else(string path)
    {
        using var overHttp = await server.Client.GetAsync(server.Addresses.OtlpHttpUrl + path);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Addresses.OtlpGrpcUrl + path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var overGrpc = await server.Client.SendAsync(request);

        overHttp.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        overGrpc.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await overHttp.Content.ReadAsStringAsync()).ShouldContain("/v1/traces");
    }

    private static long[] Numbers(JsonElement status, params string[] names) => [.. names.Select(n => status.GetProperty(n).GetInt64())];
}
