using System.Reflection;
using Explorer.Server.Otlp;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>How the process is, for people, load balancers and benchmarks.</summary>
internal static class StatusEndpoints
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The version of the product, as the build has it.</summary>
    public static string Version { get; } =
        typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static void Map(IEndpointRouteBuilder app, RouteGroupBuilder api)
    {
        app.MapGet("/healthz", (HttpContext context) => context.Response.WriteAsync("ok\n", context.RequestAborted));
        app.MapGet("/readyz", ReadyAsync);
        api.MapGet("/status", WriteStatusAsync);
        api.MapPost("/admin/seal", SealAsync);
        api.MapGet("/admin/storage", WriteStorageAsync);
    }

    /// <summary>Ready means that the store takes data and answers a query, now, and that the process is not on its way out.</summary>
    private static async Task ReadyAsync(HttpContext context, IEventStore store, IHostApplicationLifetime lifetime)
    {
        var answer = lifetime.ApplicationStopping.IsCancellationRequested ? "stopping"
            : store.Statistics.TakesData ? "ready" : "the disk takes no data; free space or check the data directory";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(ReadyTimeout);
        try
        {
            var query = new Query { Time = new TimeRange.Last(TimeSpan.FromSeconds(1)), Series = false, Calculations = [new Calculation(CalculationOp.Count)] };
            await store.RunAsync(query, limit.Token);
        }
        catch (EventStoreException e)
        {
            answer = $"the event store does not answer: {e.Message}";
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            answer = "the event store is too busy to answer";
        }

        context.Response.StatusCode = answer == "ready" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync(answer + "\n", context.RequestAborted);
    }

    private static async Task SealAsync(HttpContext context, IEventStore store, IngestStatistics ingest)
    {
        // A form on any web page may post here without asking first; browsers say so in this header.
        if (context.Request.Headers["Sec-Fetch-Site"] is [{ } site, ..] && site is not ("same-origin" or "none"))
            throw new ApiException(StatusCodes.Status403Forbidden, "Pages of other sites may not do this.");
        await store.SealAsync(context.RequestAborted);
        await WriteStatusAsync(context, store, ingest);
    }

    private static Task WriteStatusAsync(HttpContext context, IEventStore store, IngestStatistics ingest)
    {
        var statistics = store.Statistics;
        return Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("version", Version);
            json.WriteNumber("events", statistics.Events);
            json.WriteNumber("bytes_on_disk", statistics.BytesOnDisk);
            json.WriteNumber("hot_events", statistics.HotEvents);
            json.WriteNumber("queue_bytes", statistics.QueueBytes);
            json.WriteNumber("segments", statistics.Segments);
            json.WriteNumber("ingest_rate", Math.Round(ingest.EventsPerSecond, 1));
            json.WriteNumber("rejected", ingest.RejectedRecords);
            json.WriteEndObject();
        });
    }

    /// <summary>What the store has written since the process started. Amplification: bytes of all segments written by bytes of those that events arrived in.</summary>
    private static Task WriteStorageAsync(HttpContext context, IEventStore store)
    {
        var statistics = store.Statistics;
        return Json.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("bytes_sealed", statistics.BytesSealed);
            json.WriteNumber("bytes_rewritten", statistics.BytesRewritten);
            if (statistics.BytesSealed == 0) json.WriteNull("write_amplification");
            else json.WriteNumber("write_amplification", Math.Round(1 + (double)statistics.BytesRewritten / statistics.BytesSealed, 3));
            json.WriteEndObject();
        });
    }
}
