using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>What ingesting a workload took the server.</summary>
/// <param name="Acknowledged">Until every request was acknowledged.</param>
/// <param name="Sealed">Until everything was in Parquet segments, and compacted as far as the server does that then.</param>
/// <param name="SegmentBytes">Size of the segments of the workload.</param>
/// <param name="PeakBytes">Most resident memory.</param>
/// <param name="Load">What the client saw.</param>
internal sealed record IngestCost(Cost Acknowledged, Cost Sealed, long SegmentBytes, long PeakBytes, LoadResult Load);

/// <summary>Our side of every ingest benchmark: a server of its own, real OTLP, real syncs.</summary>
internal static class OurIngest
{
    private const int WarmUpSpans = 200 * Workload.BatchSpans;

    /// <summary>Starts a server, warms it up with other data, and sends the requests.</summary>
    public static async Task<IngestCost> RunAsync(
        Arguments arguments, string directory, IEnumerable<byte[]> requests, IReadOnlyList<byte[]> warmUp, LoadOptions options, params string[] settings)
    {
        await using var server = await ServerProcess.StartAsync(arguments, Path.Combine(directory, "data"), settings);
        // A server that has just started compiles its code; those who run for weeks have that behind them.
        await LoadRun.RunAsync(server, warmUp, options);
        await server.Api.SealAsync();
        var known = (await server.Api.StatusAsync()).GetProperty("events").GetInt64();
        var before = ServerProcess.BytesBelow(server.Data, "*.parquet");
        var cpu = server.Usage.CpuSeconds;
        var watch = Stopwatch.StartNew();
        var load = await LoadRun.RunAsync(server, requests, options);
        var acknowledged = new Cost(server.Usage.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        var status = await server.Api.SealAsync();
        var usage = server.Usage;
        var done = new Cost(usage.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        var stored = status.GetProperty("events").GetInt64() - known;
        if (stored > load.Spans || stored <= load.Spans - Workload.BatchSpans * 210) throw new BenchmarkException($"the server holds {stored} of {load.Spans} spans");
        return new IngestCost(acknowledged, done, ServerProcess.BytesBelow(server.Data, "*.parquet") - before, usage.PeakBytes, load);
    }

    public static byte[][] WarmUp() => Workload.Prepare(Workload.W1(99, WarmUpSpans));
}
