using System.IO.Compression;
using Analysis.Trace;
using Explorer.Client;
using Explorer.Client.Runs;
using Explorer.Server.Api;
using Explorer.Server.Demo;
using Explorer.Server.Hosting;
using Explorer.Server.Jobs;
using Explorer.Server.Otlp;
using Explorer.Server.Telemetry;
using Explorer.Server.Workspace;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.StaticWebAssets;
using Microsoft.AspNetCore.ResponseCompression;
using Storage;

namespace Explorer.Server;

/// <summary>Puts the parts together: services, listeners, and the way of a request through them.</summary>
internal static class Composition
{
    /// <summary>Time that requests get to finish when the process is told to stop; the store gets the rest of ten seconds.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(6);

    /// <summary>Longest message of a page to its circuit, bytes: a pasted query, not a file.</summary>
    private const int MaxHubMessageBytes = 256 << 10;

    public static WebApplication Build(ExplorerOptions options, ILoggerFactory loggers, IEventStore store)
    {
        // Empty: no configuration that is not ours, no file watchers, no listeners from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Composition).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        // Build output is served as published output is: without a catch-all route that looks for changed files.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        StaticWebAssetsLoader.UseStaticWebAssets(builder.Environment, builder.Configuration);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listeners.Bind(kestrel, options));
        AddServices(builder.Services, options, loggers, store);
        var app = builder.Build();
        UsePipeline(app);
        return app;
    }

    private static void AddServices(IServiceCollection services, ExplorerOptions options, ILoggerFactory loggers, IEventStore store)
    {
        services.AddSingleton(loggers);
        services.AddSingleton(options);
        services.AddSingleton<FieldStore>();
        services.AddSingleton<IEventStore>(provider => new WorkspaceStore(store, provider.GetRequiredService<FieldStore>()));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<RunStore>();
        services.AddSingleton<RunArchive>(provider => provider.GetRequiredService<RunStore>());
        services.AddSingleton<OpenedTraces>();
        services.AddSingleton<TraceReader>();
        services.AddSingleton<QueryMetrics>();
        services.AddHostedService<RetentionJob>();
        services.AddOtlpIngest(options.ToIngestOptions());
        services.AddSingleton(provider => Listeners.Addresses(provider.GetRequiredService<IServer>()));
        services.AddDemo(options.Demo, options.Ingest.Keys.FirstOrDefault(), provider => new Uri(provider.GetRequiredService<ServerAddresses>().OtlpHttpUrl));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        AddPages(services, options);
    }

    private static void AddPages(IServiceCollection services, ExplorerOptions options)
    {
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            // A lost circuit comes back at its URL, which is the whole state; there is little to keep for long.
            circuits.DisconnectedCircuitMaxRetained = 50;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
        }).AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxHubMessageBytes);
        services.AddSingleton(new ServerFacts(options.Data, () => FreeBytes(options.DataDirectory), Settings.Shown(options)));
        services.AddSingleton(provider =>
        {
            var ingest = provider.GetRequiredService<IngestStatistics>();
            return new Arrivals(() => [.. ingest.Refused.Select(r => new Explorer.Client.RefusedRequest(r.Time, r.Request, r.Status, r.Reason))]);
        });
        // The policy's frame-ancestors says more than the header that this would add.
        services.AddAntiforgery(antiforgery => antiforgery.SuppressXFrameOptionsHeader = true);
        services.AddRouting();
        services.AddDataProtection().SetApplicationName("explorer").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(options.DataDirectory, "keys")));
        services.AddResponseCompression(compression =>
        {
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, Csv.MediaType, WaterfallAnswer.MediaType, "application/problem+json", "image/svg+xml"];
        });
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
    }

    private static long? FreeBytes(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // The page says nothing of it.
        }
    }

    private static void UsePipeline(WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseResponseCompression();
        app.UseErrorEdge();
        app.UseListenerGate();
        app.UseStatusCodePagesWithReExecute("/not-found");
        app.Use((context, next) =>
        {
            // A page that is not there has a page; everything else has its status.
            context.Features.Get<IStatusCodePagesFeature>()!.Enabled = ErrorEdge.IsPage(context);
            return next(context);
        });
        app.UseOpenPages();
        app.UseRunPages();
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapGet("/", context =>
        {
            context.Response.Redirect($"/explore{context.Request.QueryString}");
            return Task.CompletedTask;
        });
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null);
        app.MapApi();
        app.MapOtlp();
        app.MakeFirstVisit();
    }
}
