using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Opponents;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>A store with many spans: stop, start, first answer; a crash with a full journal; and the removal of the oldest tenth.</summary>
internal sealed class Restart
{
    /// <summary>Spans a second that arrive while retention works.</summary>
    private const double Rate = 20_000;

    private readonly Arguments _arguments;
    private readonly WorkDirectory _work;
    private readonly Report _report;
    private readonly long _spans;
    private readonly string _data;

    private Restart(Arguments arguments, WorkDirectory work)
    {
        _arguments = arguments;
        _work = work;
        _spans = arguments.Number("spans", 20_000_000, 500_000);
        _data = arguments.Text("data", work.Path("data"));
        _report = new Report($"Restart and retention: {_spans:#,0} spans of W1");
    }

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        using var work = new WorkDirectory(arguments, "restart");
        var restart = new Restart(arguments, work);
        await restart.FillAsync();
        restart._report.Table("", "seconds");
        await restart.StartAndStopAsync();
        await restart.CrashAsync();
        await restart.ExpireAsync();
        if (!arguments.Has("no-raw")) restart.Raw();
        return restart._report;
    }

    /// <summary>A day of spans, so that there are old ones.</summary>
    private async Task FillAsync()
    {
        if (_arguments.Has("data")) return;
        await using var server = await ServerProcess.StartAsync(_arguments, _data);
        var load = await LoadRun.RunAsync(server, Workload.W1(1, _spans, DateTimeOffset.UtcNow.AddHours(-20), TimeSpan.FromHours(20)), new LoadOptions());
        await server.Api.SealAsync();
        var status = await server.Api.StatusAsync();
        _report.Note($"filled at {_spans / load.Seconds:#,0} spans per s: {status.GetProperty("segments").GetInt64()} segments, {Report.Bytes(status.GetProperty("bytes_on_disk").GetInt64())}");
        if (status.GetProperty("events").GetInt64() != _spans) throw new BenchmarkException($"the server holds {status.GetProperty("events")} of {_spans} spans");
        _report.Note($"SIGTERM to the end of the process: {(await server.StopAsync()).TotalSeconds:0.00} s");
    }

    private async Task StartAndStopAsync()
    {
        var starts = new List<double>();
        for (var i = 0; i < _arguments.Int("starts", 3, 1); i++)
        {
            await using var server = await ServerProcess.StartAsync(_arguments, _data);
            starts.Add(server.StartTime.TotalSeconds);
            if (i == 0)
            {
                var watch = Stopwatch.StartNew();
                await server.Api.QueryAsync(DashboardQueries.Last(0, 3_600));
                _report.Row("first query after the start, last hour", Report.Number(watch.Elapsed.TotalSeconds));
                watch.Restart();
                await server.Api.QueryAsync(DashboardQueries.Last(0, 86_400));
                _report.Row("first query over everything, count and p95 by service", Report.Number(watch.Elapsed.TotalSeconds));
            }

            await server.StopAsync();
        }

        starts.Sort();
        _report.Row("process start to ready, median", Report.Number(starts[starts.Count / 2]));
        _report.AtMost($"restart with {_spans / 1e6:0.#} M spans to ready", starts[starts.Count / 2], 5, "s");
    }

    /// <summary>Ends the process with as much in the journal as it takes before it seals, and starts it again.</summary>
    private async Task CrashAsync()
    {
        long journal, acknowledged;
        await using (var server = await ServerProcess.StartAsync(_arguments, _data))
        {
            var known = (await server.Api.StatusAsync()).GetProperty("events").GetInt64();
            var load = await LoadRun.RunAsync(server, Workload.W1(5, _arguments.Number("journal", 450_000, 50_000)), new LoadOptions());
            acknowledged = (await server.Api.StatusAsync()).GetProperty("events").GetInt64() - known;
            if (load.Requests == 0) throw new BenchmarkException("nothing was acknowledged");
            await server.KillAsync();
            journal = ServerProcess.BytesBelow(_data, "*.log");
        }

        await using var again = await ServerProcess.StartAsync(_arguments, _data);
        var hot = (await again.Api.StatusAsync()).GetProperty("hot_events").GetInt64();
        _report.Row($"after kill -9 with {Report.Bytes(journal)} of journal, process start to ready", Report.Number(again.StartTime.TotalSeconds));
        _report.Note($"replayed {hot:#,0} of {acknowledged:#,0} unsealed events");
        _report.AtMost("restart under load (a full journal) to ready", again.StartTime.TotalSeconds, 10, "s");
        await again.Api.SealAsync();
        await again.StopAsync();
    }

    /// <summary>
    /// Starts with a bound below what is there: the oldest goes at once, and again when a minute of new spans has brought the store over it.
    /// </summary>
    private async Task ExpireAsync()
    {
        var before = ServerProcess.BytesBelow(_data);
        var bound = before / 10 * 9;
        var watch = Stopwatch.StartNew();
        await using var server = await ServerProcess.StartAsync(_arguments, _data, "--retention-bytes", $"{bound}");
        var ready = watch.Elapsed;
        await using var machine = new MachineWatch(_work.Path("sync.bin"));
        var acks = new Timeline();
        var time = TimeSpan.FromSeconds(_arguments.Quick ? 10 : 75);
        var loading = LoadRun.RunAsync(
            server, Workload.W1(6, (long)(Rate * time.TotalSeconds)), new LoadOptions { SpansPerSecond = Rate, Connections = 4, Duration = time, Timeline = acks });
        var least = before;
        for (; watch.Elapsed < ready + TimeSpan.FromSeconds(8) && (least = Math.Min(least, ServerProcess.BytesBelow(_data, "*.parquet"))) > bound;) await Task.Delay(5);
        var expired = watch.Elapsed;
        var load = await loading;
        await machine.StopAsync();
        _report.Row("start with a bound of nine tenths: process start to ready", Report.Number(ready.TotalSeconds));
        _report.Row("ready to a tenth of the bytes gone", Report.Number(Math.Max(0, (expired - ready).TotalSeconds)));
        _report.AtMost("retention of a tenth, ready to bytes given back", (expired - ready).TotalSeconds, 1, "s");
        _report.AtMost("bytes on disk : the bound", (double)least / bound, 1, "x");
        _report.AtMost("longest acknowledgement while retention removes, beyond the disk's own sync in the same 3 s", machine.MostOverSyncMs(acks), 250, "ms");
        _report.Note($"acknowledgements at {Rate:#,0} spans per s from the first moment on, for {time.TotalSeconds:0} s: p50 {load.Acknowledgement.QuantileMs(0.5):0} ms, p99 {load.Acknowledgement.QuantileMs(0.99):0} ms, longest {load.Acknowledgement.MaxMs:0} ms; "
            + $"beyond what the machine let the client's own timers wait: {machine.MostOverTimersMs(acks):0} ms; retention removed segments {server.LogLines("that retention does not keep")} times meanwhile; longest sync {(await machine.Syncs).MaxMs:0} ms");
    }

    private void Raw()
    {
        var spans = Math.Min(_spans, _arguments.Number("raw-spans", 1_000_000, 100_000));
        var directory = _work.Fresh("raw");
        using (var columns = new SpanColumns(Workload.W1(1, 100_000))) RawDuckDb.Append(directory, columns, Workload.W1(1, spans));
        var (seconds, before, after) = RawDuckDb.DeleteOldest(directory, 0.1);
        _report.Row($"DuckDB DELETE of a tenth and CHECKPOINT, {spans:#,0} spans in one table", Report.Number(seconds));
        _report.Note($"DuckDB's file: {Report.Bytes(before)} before, {Report.Bytes(after)} after");
    }
}
