using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>What it costs to turn a journal into a segment, and to read it again after a crash.</summary>
internal static class Seal
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        using var work = new WorkDirectory(arguments, "seal");
        var spans = arguments.Number("spans", 450_000, 50_000);
        var rounds = arguments.Int("rounds", 3, 1);
        var report = new Report($"Seal and replay: {spans:#,0} spans of W1 in one journal, {rounds} rounds");
        var (seals, compactions, replays) = (new Samples(), new Samples(), new Samples());
        var (journal, segment, empty) = (0L, 0L, double.MaxValue);
        for (var round = 0; round < rounds; round++)
        {
            var data = work.Fresh("data");
            await using (var server = await ServerProcess.StartAsync(arguments, data))
            {
                empty = Math.Min(empty, server.StartTime.TotalSeconds);
                await LoadRun.RunAsync(server, Workload.W1(round, spans), new LoadOptions());
                var hot = (await server.Api.StatusAsync()).GetProperty("hot_events").GetInt64();
                if (hot < spans * 9 / 10) throw new BenchmarkException($"only {hot} of {spans} spans are unsealed; ask for fewer");
                journal = ServerProcess.BytesBelow(data, "*.log");
                await server.KillAsync();
            }

            await using var again = await ServerProcess.StartAsync(arguments, data);
            replays.Add(new Cost(again.Usage.CpuSeconds, again.StartTime.TotalSeconds));
            await again.Api.SealAsync();
            // The first seal of a process pays for compiling it; the second one is what a running server pays.
            await OurIngest.WarmUpAsync(again, OurIngest.WarmUp(), new LoadOptions());
            await LoadRun.RunAsync(again, Workload.W1(round + 100, spans), new LoadOptions());
            var cpu = again.Usage.CpuSeconds;
            var before = ServerProcess.BytesBelow(data, "*.parquet");
            var watch = Stopwatch.StartNew();
            var (sealCost, _) = await again.Api.SealAsync(() =>
            {
                segment = ServerProcess.BytesBelow(data, "*.parquet") - before;
                return new Cost(again.Usage.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
            });
            seals.Add(sealCost);
            compactions.Add(new Cost(again.Usage.CpuSeconds - cpu - sealCost.CpuSeconds, watch.Elapsed.TotalSeconds - sealCost.WallSeconds));
            await again.StopAsync();
        }

        report.Table("", "CPU s", "wall s", "us CPU a span", "MB per s wall");
        report.Row("compaction after it, earlier segments included", Report.Number(compactions.MedianCpu), Report.Number(compactions.MedianWall), Report.Number(compactions.MedianCpu / spans * 1e6), "-");
        report.Row("seal", Report.Number(seals.MedianCpu), Report.Number(seals.MedianWall), Report.Number(seals.MedianCpu / spans * 1e6), Report.Number(journal / seals.MedianWall / 1e6));
        var replay = Math.Max(replays.MedianWall - empty, 0.001);
        report.Row("replay: start to ready beyond that of an empty store", Report.Number(replays.MedianCpu), Report.Number(replay), Report.Number(replays.MedianCpu / spans * 1e6), Report.Number(journal / replay / 1e6));
        report.Note($"journal {(double)journal / spans:0} B a span, segment {(double)segment / spans:0.0} B a span; an empty store is ready after {empty:0.00} s");
        return report;
    }
}
