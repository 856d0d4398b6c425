using System.Net.Sockets;
using Explorer.Client;
using Explorer.Server.Hosting;
using Explorer.Server.Otlp.Decoding;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Storage;

namespace Explorer.Server;

/// <summary>The server cannot start; the message says in one sentence what is in its way.</summary>
internal sealed class StartException : Exception
{
    public StartException() { }

    public StartException(string message) : base(message) { }

    public StartException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>A running server: the store, and the three listeners in front of it.</summary>
internal sealed class ExplorerApp : IAsyncDisposable
{
    /// <summary>Of the pool, per question that may run.</summary>
    internal const int ThreadsPerQuestion = 4;

    private readonly WebApplication _app;

    private ExplorerApp(WebApplication app, IEventStore store)
    {
        _app = app;
        Store = store;
        Addresses = Listeners.Addresses(app.Services.GetRequiredService<IServer>());
    }

    public IEventStore Store { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where it listens, with the ports that were taken.</summary>
    public ServerAddresses Addresses { get; }

    /// <summary>Opens the store and listens. Whoever gets the app disposes it.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="loggers">Where everything logs to; the caller disposes it.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="EventStoreException">The data directory is in use or broken.</exception>
    /// <exception cref="StartException">A port or the data directory cannot be used.</exception>
    public static async Task<ExplorerApp> StartAsync(ExplorerOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        MakeDataDirectory(options);
        var storeOptions = options.ToEventStoreOptions() with { Logger = loggers.CreateLogger("Explorer.Storage") };
        KeepThreadsFor(storeOptions.MaxConcurrentQueries);
        var warm = Task.Run(DecoderWarmUp.Run, CancellationToken.None); // beside the store, whose opening waits for the disk
        var store = await EventStore.OpenAsync(storeOptions, cancellationToken);
        WebApplication? app = null;
        try
        {
            app = Composition.Build(options, loggers, store);
            await warm;
            await app.StartAsync(cancellationToken);
            return new ExplorerApp(app, store);
        }
        catch (Exception e)
        {
            if (app is not null) await app.DisposeAsync();
            await store.DisposeAsync();
            if (e is IOException or SocketException) throw new StartException(WhyNotBound(options, e), e);
            throw;
        }
    }

    /// <summary>Waits until the process is told to stop, and the requests at hand are finished.</summary>
    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await Store.DisposeAsync();
    }

    /// <summary>
    /// A question holds a thread of the pool while it is answered, and some more where it reads with all processors. When all are held the pool adds one only
    /// every half second, and until then nothing that arrives would be acknowledged: so there are always some for what arrives.
    /// </summary>
    private static void KeepThreadsFor(int questions)
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, ThreadsPerQuestion * questions), ports);
    }

    private static void MakeDataDirectory(ExplorerOptions options)
    {
        try
        {
            Directory.CreateDirectory(options.DataDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the data directory {options.DataDirectory} cannot be made ({e.Message}); choose another with --data", e);
        }
    }

    private static string WhyNotBound(ExplorerOptions options, Exception exception)
    {
        // Kestrel's sentence holds the address; only it says which of the three failed.
        (string Flag, int Port)[] ports = [("--ui-port", options.UiPort), ("--otlp-grpc-port", options.OtlpGrpcPort), ("--otlp-http-port", options.OtlpHttpPort)];
        var (flag, port) = ports.FirstOrDefault(p => exception.Message.Contains($":{p.Port}:", StringComparison.Ordinal) || exception.Message.EndsWith($":{p.Port}.", StringComparison.Ordinal));
        if (exception is AddressInUseException or { InnerException: AddressInUseException } && flag is not null)
            return $"port {port} on {options.Bind} is in use by another program; stop it, or choose another port with {flag}";
        return $"cannot listen on {options.Bind}{(flag is null ? "" : $" port {port} ({flag})")}: {exception.GetBaseException().Message}";
    }
}
