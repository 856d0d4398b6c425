using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>What ingesting a workload took the server.</summary>
/// <param name="Acknowledged">Until every request was acknowledged.</param>
/// <param name="Sealed">Until everything was in Parquet segments.</param>
/// <param name="Compacted">Until the segments were compacted.</param>
/// <param name="SegmentBytes">Size of the segments of the workload as they were sealed.</param>
/// <param name="PeakBytes">Most resident memory.</param>
/// <param name="Load">What the client saw.</param>
internal sealed record IngestCost(Cost Acknowledged, Cost Sealed, Cost Compacted, long SegmentBytes, long PeakBytes, LoadResult Load);

/// <summary>Our side of every ingest benchmark: a server of its own, real OTLP, real syncs.</summary>
internal static class OurIngest
{
    private const int WarmUpSpans = 200 * Workload.BatchSpans;

    /// <summary>Starts a server, warms it up with other data, and sends the requests.</summary>
    public static async Task<IngestCost> RunAsync(
        Arguments arguments, string directory, IEnumerable<byte[]> requests, long spans, IReadOnlyList<byte[]> warmUp, LoadOptions options, params string[] settings)
    {
        await using var server = await ServerProcess.StartAsync(arguments, Path.Combine(directory, "data"), settings);
        await WarmUpAsync(server, warmUp, options);
        var known = (await server.Api.StatusAsync()).GetProperty("events").GetInt64();
        var before = ServerProcess.BytesBelow(server.Data, "*.parquet");
        var cpu = server.Usage.CpuSeconds;
        var watch = Stopwatch.StartNew();
        var load = await LoadRun.RunAsync(server, requests, options);
        var acknowledged = new Cost(server.Usage.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        var ((sealedCost, sealedBytes), status) = await server.Api.SealAsync(
            () => (new Cost(server.Usage.CpuSeconds - cpu, watch.Elapsed.TotalSeconds), ServerProcess.BytesBelow(server.Data, "*.parquet")));
        var usage = server.Usage;
        var compacted = new Cost(usage.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        var stored = status.GetProperty("events").GetInt64() - known;
        if (stored != spans) throw new BenchmarkException($"the server holds {stored} of {spans} spans");
        return new IngestCost(acknowledged, sealedCost, compacted, sealedBytes - before, usage.PeakBytes, load);
    }

    /// <summary>
    /// A server that has just started runs code that was compiled in a hurry; one that has run for weeks has that behind it. The runtime
    /// compiles well what was called often, but only once nothing new has come for a while: hence the pauses.
    /// </summary>
    public static async Task WarmUpAsync(ServerProcess server, IReadOnlyList<byte[]> requests, LoadOptions options)
    {
        for (var i = 0; i < 4; i++)
        {
            await LoadRun.RunAsync(server, requests, options);
            if (i % 2 == 1) await server.Api.SealAsync();
            await Task.Delay(500);
        }
    }

    public static byte[][] WarmUp() => Workload.Prepare(Workload.W1(99, WarmUpSpans));
}
