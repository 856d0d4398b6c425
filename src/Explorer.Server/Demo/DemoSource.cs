using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Explorer.Client.Components.Guide;
using Google.Protobuf;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Demo;

/// <summary>
/// Sends the shop's traffic to this process's own OTLP/HTTP endpoint, as any other program would, once it is switched on: first the backfill,
/// several requests at a time, then live. A request is tried again while the server is busy and given up after <see cref="MaxAttempts"/>.
/// </summary>
internal sealed partial class DemoSource(
    ExplorerOptions.DemoSection options, string? ingestKey, Func<Uri> otlpHttpAddress, DemoSwitch demo, IEventStore store,
    TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<DemoSource> logger) : BackgroundService
{
    /// <summary>Encoding and the server share the cores; more requests in flight only fill the server's queue.</summary>
    private const int InFlight = 3;
    private const int MaxAttempts = 12;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await StartedAsync(stoppingToken))
            return;
        if (options.Enabled)
            demo.TurnOn();
        await demo.On.WaitAsync(stoppingToken);
        using var client = CreateClient();
        var start = clock.GetUtcNow();
        var missing = await MissingAsync(start, stoppingToken);
        var traffic = new DemoTraffic(new DemoShop(options.Seed, start, options.SpansPerSecond), missing);
        await BackfillAsync(client, traffic, missing, stoppingToken);
        foreach (var batch in traffic.Live())
        {
            if (batch.Due - clock.GetUtcNow() is { Ticks: > 0 } early)
                await Task.Delay(early, clock, stoppingToken);
            await SendAsync(client, batch, stoppingToken);
        }
    }

    /// <summary>How far back the shop has not been seen: a restart goes on where the last run ended, instead of doubling it.</summary>
    private async Task<TimeSpan> MissingAsync(DateTimeOffset start, CancellationToken stoppingToken)
    {
        if (!store.Schema.Contains(DemoShop.NamespaceColumn))
            return options.Backfill;
        var newest = await store.RunAsync(new Query
        {
            Time = new TimeRange.Last(options.Backfill),
            Where = new Filter.Condition(DemoShop.NamespaceColumn, FilterOp.Equal, DemoShop.Namespace),
            Columns = [WellKnownColumns.Time],
            Limit = 1,
        }, stoppingToken);
        return newest.Events is { Table.RowCount: > 0 } page
            ? start - UnixTime.ToDateTimeOffset(page.Table.Find(WellKnownColumns.Time)![0].AsInt64())
            : options.Backfill;
    }

    private async Task BackfillAsync(HttpClient client, DemoTraffic traffic, TimeSpan missing, CancellationToken stoppingToken)
    {
        LogBackfillStarts(missing, options.Seed);
        var (begun, spans) = (Stopwatch.GetTimestamp(), 0);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = stoppingToken };
        await Parallel.ForEachAsync(traffic.Backfill(), parallel, async (batch, token) =>
        {
            await SendAsync(client, batch, token);
            Interlocked.Add(ref spans, batch.Spans);
        });
        LogBackfillEnds(spans, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    private async ValueTask SendAsync(HttpClient client, DemoBatch batch, CancellationToken stoppingToken)
    {
        await PostAsync(client, "v1/traces", batch.ToTraces(), stoppingToken);
        if (batch.ToLogs() is { } logs)
            await PostAsync(client, "v1/logs", logs, stoppingToken);
    }

    private async Task PostAsync(HttpClient client, string path, IMessage message, CancellationToken stoppingToken)
    {
        // Rented: some 400 kB a request would go to the large object heap and bring on a full collection each time.
        var size = message.CalculateSize();
        var body = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            message.WriteTo(body.AsSpan(0, size));
            await DeliverAsync(client, path, new ReadOnlyMemory<byte>(body, 0, size), stoppingToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    private async Task DeliverAsync(HttpClient client, string path, ReadOnlyMemory<byte> body, CancellationToken stoppingToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (status, retryAfter) = await TryPostAsync(client, path, body, stoppingToken);
            if (status is HttpStatusCode.OK)
                return;
            var retryable = status is null or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
            if (!retryable || attempt == MaxAttempts)
            {
                LogGivenUp(path, body.Length, attempt, status is null ? "no answer" : ((int)status).ToString(CultureInfo.InvariantCulture));
                return;
            }
            var backOff = retryAfter ?? TimeSpan.FromMilliseconds(50 << Math.Min(attempt, 6));
            await Task.Delay(backOff < s_longestWait ? backOff : s_longestWait, clock, stoppingToken);
        }
    }

    /// <summary>The answer's status, null when there was none, and how long the server asks to wait.</summary>
    private static async Task<(HttpStatusCode? Status, TimeSpan? RetryAfter)> TryPostAsync(
        HttpClient client, string path, ReadOnlyMemory<byte> body, CancellationToken stoppingToken)
    {
        using var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        try
        {
            using var response = await client.PostAsync(path, content, stoppingToken);
            return (response.StatusCode, response.Headers.RetryAfter?.Delta);
        }
        catch (HttpRequestException)
        {
            return (null, null);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            return (null, null); // The client's own time limit.
        }
    }

    private HttpClient CreateClient()
    {
        // Loopback never goes through a proxy of the environment.
        var handler = new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = InFlight };
        var client = new HttpClient(handler) { BaseAddress = otlpHttpAddress(), Timeout = TimeSpan.FromSeconds(30) };
        if (ingestKey is { } key)
            client.DefaultRequestHeaders.Add("x-explorer-key", key);
        return client;
    }

    /// <summary>Waits until the listeners are open; false when the process stops before.</summary>
    private async Task<bool> StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var onStart = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        using var onStop = stoppingToken.Register(() => started.TrySetCanceled(stoppingToken));
        await started.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return started.Task.IsCompletedSuccessfully;
    }

    [LoggerMessage(7001, LogLevel.Information, "Demo traffic starts: {Backfill} back, then live; seed {Seed}")]
    private partial void LogBackfillStarts(TimeSpan backfill, int seed);

    [LoggerMessage(7002, LogLevel.Information, "Demo backfill done: {Spans} spans in {Seconds:F1} s; live from here on")]
    private partial void LogBackfillEnds(int spans, double seconds);

    [LoggerMessage(7003, LogLevel.Warning, "Demo request to {Path} of {Bytes} bytes given up after {Attempts} attempts: {Status}")]
    private partial void LogGivenUp(string path, int bytes, int attempts, string status);
}

/// <summary>Registration of the demo.</summary>
internal static class DemoRegistration
{
    /// <summary>The traffic source: it starts with the host where the settings say so, else when somebody switches it on.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="options">Seed, rate and backfill.</param>
    /// <param name="ingestKey">The key that the endpoint asks for, if any.</param>
    /// <param name="otlpHttpAddress">This process's OTLP/HTTP listener; asked once, after the listeners are open.</param>
    public static void AddDemo(
        this IServiceCollection services, ExplorerOptions.DemoSection options, string? ingestKey, Func<IServiceProvider, Uri> otlpHttpAddress)
    {
        services.AddSingleton(provider => new DemoSwitch(() => Incident.Story(provider.GetRequiredService<TimeProvider>().GetUtcNow())));
        services.AddHostedService(provider => new DemoSource(options, ingestKey, () => otlpHttpAddress(provider),
            provider.GetRequiredService<DemoSwitch>(), provider.GetRequiredService<IEventStore>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IHostApplicationLifetime>(), provider.GetRequiredService<ILogger<DemoSource>>()));
    }
}
