using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Explorer.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Storage;

namespace Explorer.Server.Tests;

/// <summary>
/// A whole server in this process: real listeners on free loopback ports, a data directory of its own that goes with it. As a class
/// fixture it is shared by the tests of a class; <see cref="StartAsync"/> makes one with settings of its own.
/// </summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly ExplorerOptions _options = new() { Bind = IPAddress.Loopback, UiPort = 0, OtlpGrpcPort = 0, OtlpHttpPort = 0, Data = TemporaryDirectory() };
    private ExplorerApp? _app;

    public ServerFixture() : this(null) { }

    private ServerFixture(Action<ExplorerOptions>? configure)
    {
        // Tests start many servers on a small machine.
        _options.Store.Durability = Durability.Os;
        _options.Memory.Query = 256L << 20;
        configure?.Invoke(_options);
    }

    internal ExplorerApp App => _app ?? throw new InvalidOperationException("the server was not started");

    internal ServerAddresses Addresses => App.Addresses;

    internal IEventStore Store => App.Store;

    /// <summary>A client whose base address is the UI and API.</summary>
    public HttpClient Client { get; private set; } = null!;

    internal string DataDirectory => _options.DataDirectory;

    /// <summary>A server with settings of its own; dispose it by <see cref="DisposeAsync"/>.</summary>
    internal static async Task<ServerFixture> StartAsync(Action<ExplorerOptions>? configure = null)
    {
        var fixture = new ServerFixture(configure);
        await fixture.InitializeAsync();
        return fixture;
    }

    public async Task InitializeAsync()
    {
        _app = await ExplorerApp.StartAsync(_options, NullLoggerFactory.Instance, CancellationToken.None);
        Client = new HttpClient { BaseAddress = new Uri(_app.Addresses.UiUrl) };
    }

    /// <summary>Stops the server and starts another on the same data.</summary>
    internal async Task RestartAsync()
    {
        await StopAsync();
        await InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_options.DataDirectory, recursive: true);
    }

    /// <summary>Posts JSON to the API or to an ingest path of the UI port.</summary>
    internal Task<HttpResponseMessage> PostJsonAsync(string path, string json) =>
        Client.PostAsync(path, new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json")));

    /// <summary>The answer to a query, which must be 200.</summary>
    internal async Task<JsonElement> QueryAsync(string json)
    {
        using var response = await PostJsonAsync("/api/v1/query", json);
        return await ReadAsync(response);
    }

    /// <summary>The answer to a GET, which must be 200.</summary>
    internal async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return await ReadAsync(response);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement;
    }

    private async Task StopAsync()
    {
        Client?.Dispose();
        if (_app is { } app) await app.DisposeAsync();
        _app = null;
    }

    private static string TemporaryDirectory() => Path.Combine(Path.GetTempPath(), "explorer-tests-" + Guid.NewGuid().ToString("N"));
}
