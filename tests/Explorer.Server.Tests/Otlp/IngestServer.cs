using System.Diagnostics.Metrics;
using System.Net;
using Explorer.Server.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Storage;

namespace Explorer.Server.Tests.Otlp;

/// <summary>The ingest endpoints on real ports.</summary>
internal sealed class IngestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private IngestServer(WebApplication app, IEventStore store)
    {
        _app = app;
        EventStore = store;
        var addresses = app.Urls.Select(u => new Uri(u)).ToArray();
        Http = addresses[0];
        Grpc = addresses[1];
        Statistics = app.Services.GetRequiredService<IngestStatistics>();
        Meters = app.Services.GetRequiredService<IMeterFactory>();
        HttpClient = new HttpClient { BaseAddress = Http };
        GrpcClient = new HttpClient
        {
            BaseAddress = Grpc,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public Uri Http { get; }

    public Uri Grpc { get; }

    public IEventStore EventStore { get; }

    /// <summary>The store, where it is the one that only records.</summary>
    public RecordingStore Store => (RecordingStore)EventStore;

    public IngestStatistics Statistics { get; }

    /// <summary>Scope of this server's own metrics.</summary>
    public IMeterFactory Meters { get; }

    public HttpClient HttpClient { get; }

    public HttpClient GrpcClient { get; }

    public static async Task<IngestServer> StartAsync(IngestOptions? options = null, IEventStore? store = null)
    {
        store ??= new RecordingStore();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(store);
        builder.Services.AddOtlpIngest(options ?? new IngestOptions());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1AndHttp2);
            kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.MapOtlp();
        await app.StartAsync();
        return new IngestServer(app, store);
    }

    public async ValueTask DisposeAsync()
    {
        HttpClient.Dispose();
        GrpcClient.Dispose();
        await _app.DisposeAsync();
        await EventStore.DisposeAsync();
    }
}
