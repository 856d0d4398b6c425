using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>Resident memory of the server: idle, under load with a limit, and afterwards.</summary>
internal static class Memory
{
    private const double Mega = 1e6;

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        using var work = new WorkDirectory(arguments, "memory");
        var limit = arguments.Number("limit", 512, 512);
        var spans = arguments.Number("spans", 3_000_000, 300_000);
        await using var server = await ServerProcess.StartAsync(arguments, work.Path("data"), "--memory", $"{limit}MiB");
        await Task.Delay(TimeSpan.FromSeconds(arguments.Quick ? 2 : 10));
        var idle = server.Usage.ResidentBytes;
        using var end = new CancellationTokenSource();
        var queries = Probe.EveryAsync(TimeSpan.FromMilliseconds(500), 4, i => server.Api.QueryAsync(DashboardQueries.Last(i, 3_600)), end.Token);
        var load = await LoadRun.RunAsync(server, Workload.W1(1, spans), new LoadOptions { Connections = 16 });
        await end.CancelAsync();
        var asked = await queries;
        var loaded = server.Usage;
        await server.Api.SealAsync();
        var peak = server.Usage.PeakBytes;
        await Task.Delay(TimeSpan.FromSeconds(arguments.Quick ? 5 : 60));
        var again = server.Usage.ResidentBytes;
        var report = new Report($"Memory: limit {limit} MiB, {spans:#,0} spans of W1 as fast as acknowledged over 16 connections, 2 queries a second over the last hour");
        report.Table("resident memory", "MB");
        report.Row("idle after start", Report.Number(idle / Mega));
        report.Row("at the end of the load", Report.Number(loaded.ResidentBytes / Mega));
        report.Row("most, load and seal", Report.Number(peak / Mega));
        report.Row("a minute later", Report.Number(again / Mega));
        report.AtMost("idle after start", idle / Mega, 150, "MB");
        report.AtMost("most under load", peak / Mega, (limit * 1.048576) + 350, "MB");
        report.Note($"told to try again {load.Retries} times in {load.Requests} requests, {load.Spans / load.Seconds:#,0} spans per s; {asked.Count} queries, p99 {asked.QuantileMs(0.99):0} ms; a minute later: {(double)again / idle:0.0} times idle");
        return report;
    }
}
