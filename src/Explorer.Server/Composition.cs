using System.IO.Compression;
using Explorer.Server.Api;
using Explorer.Server.Demo;
using Explorer.Server.Hosting;
using Explorer.Server.Jobs;
using Explorer.Server.Telemetry;
using Explorer.Server.Workspace;
using Microsoft.AspNetCore.DataProtection;
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

    public static WebApplication Build(ExplorerOptions options, ILoggerFactory loggers, IEventStore store)
    {
        // Empty: no configuration that is not ours, no file watchers, no listeners from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Composition).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
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
        services.AddSingleton(store);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<RunStore>();
        services.AddSingleton<QueryMetrics>();
        services.AddHostedService<RetentionJob>();
        if (options.Demo.Enabled)
        {
            services.AddDemo(options.Demo, options.Ingest.Keys.FirstOrDefault(),
                provider => new Uri(Listeners.Addresses(provider.GetRequiredService<IServer>()).OtlpHttp));
        }
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);

        services.AddRouting();
        services.AddDataProtection().SetApplicationName("explorer").PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(options.DataDirectory, "keys")));
        services.AddResponseCompression(compression =>
        {
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, Csv.MediaType, "application/problem+json", "image/svg+xml"];
        });
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
    }

    private static void UsePipeline(WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseResponseCompression();
        app.UseErrorEdge();
        app.UseListenerGate();
        app.MapApi();
    }
}
