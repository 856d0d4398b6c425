using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Opponents;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>Minutes at half of what a core of the server takes, with queries running: how long acknowledgements, queries and new events wait, and what ingest costs queries.</summary>
internal sealed class Stalls
{
    private readonly Arguments _arguments;
    private readonly WorkDirectory _work;
    private readonly Report _report;
    private readonly double _minutes;
    private readonly int _panelSeconds;
    private ServerProcess _server = null!;
    private double _rate;
    private Replay _replay = null!;
    private long _sent;

    private Stalls(Arguments arguments, WorkDirectory work)
    {
        _arguments = arguments;
        _work = work;
        _minutes = arguments.Real("minutes", 10, 0.5);
        _panelSeconds = arguments.Int("panel-seconds", 10, 10);
        _report = new Report($"Stalls: {_minutes:0.#} minutes at half of what a core of the server takes, 4 panel queries a second over the last {_panelSeconds} s");
    }

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        using var work = new WorkDirectory(arguments, "stalls");
        var stalls = new Stalls(arguments, work);
        await using (stalls._server = await ServerProcess.StartAsync(arguments, work.Path("data"))) await stalls.RunAsync();
        return stalls._report;
    }

    private async Task RunAsync()
    {
        var hour = Workload.Full(Workload.W1(2, _arguments.Number("hour", 1_000_000, 200_000)));
        await SendAsync(hour, new LoadOptions());
        await _server.Api.SealAsync();
        _rate = _arguments.Number("rate", 0, 0) is > 0 and var rate ? rate : await MaximumAsync(hour) / 2;
        _replay = new Replay(Math.Max(400_000, (long)_rate * 5), _rate);
        await HoldAsync();
        await SlowdownAsync();
        var events = (await _server.Api.StatusAsync()).GetProperty("events").GetInt64();
        if (events < _sent) throw new BenchmarkException($"the server holds {events} events of {_sent} that it acknowledged");
        if (!_arguments.Has("no-raw")) Raw(hour);
    }

    /// <summary>Spans that a core of the server takes in a second, until they are in segments: the maximum by which ingest is measured elsewhere, and no matter of what else the cores do.</summary>
    private async Task<double> MaximumAsync(byte[][] requests)
    {
        var before = _server.Usage.CpuSeconds;
        var result = await SendAsync(Again(requests), new LoadOptions { Duration = TimeSpan.FromSeconds(_arguments.Quick ? 5 : 20) });
        var (used, _) = await _server.Api.SealAsync(() => _server.Usage.CpuSeconds - before); // no work is put off until after it
        var maximum = result.Spans / used;
        _report.Table("maximum", "spans per s", "per CPU s of the server, until sealed", "acknowledged p50 ms", "p99 ms", "longest ms");
        _report.Row("8 connections, as fast as acknowledged", Report.Number(result.Spans / result.Seconds), Report.Number(maximum), Report.Number(result.Acknowledgement.QuantileMs(0.5)),
            Report.Number(result.Acknowledgement.QuantileMs(0.99)), Report.Number(result.Acknowledgement.MaxMs));
        return maximum;
    }

    private async Task HoldAsync()
    {
        var duration = TimeSpan.FromMinutes(_minutes);
        var (acks, pauses) = (new Timeline(), new Timeline());
        using var end = new CancellationTokenSource();
        using var fresh = new Freshness(_server);
        await using var machine = new MachineWatch(_work.Path("sync.bin"));
        var usage = _server.Usage;
        var failed = 0;
        void Failed() => Interlocked.Increment(ref failed);
        var panels = Probe.EveryAsync(TimeSpan.FromMilliseconds(250), 16, i => _server.Api.QueryAsync(DashboardQueries.Last(i, _panelSeconds)), end.Token, failed: Failed);
        var smallest = Probe.EveryAsync(TimeSpan.FromMilliseconds(100), 1, _ => SmallestQueryAsync(), end.Token, pauses, Failed);
        var visible = Probe.EveryAsync(TimeSpan.FromMilliseconds(500), 1, _ => fresh.ProbeAsync(), end.Token);
        var load = await SendAsync(_replay.From(DateTimeOffset.UtcNow), new LoadOptions { SpansPerSecond = _rate, Connections = 8, Duration = duration, Timeline = acks });
        await end.CancelAsync();
        await machine.StopAsync();
        var after = _server.Usage;
        _report.Table($"at {_rate:#,0} spans per s", "count", "p50 ms", "p99 ms", "longest ms");
        Row("acknowledgement of 512 spans, from when it was due", load.Acknowledgement);
        Row("disk sync alone, 64 KiB, in the same minutes", await machine.Syncs);
        Row("timers of the client itself (the machine's own lateness)", await machine.Timers);
        Row("panel queries", await panels);
        Row("smallest query (COUNT of the last second)", await smallest);
        Row("acknowledged to the start of the first query that counts it", fresh.Visible);
        Row("acknowledged to that query's answer", fresh.Answered);
        _report.Note($"told to try again {load.Retries} times; {fresh.AtOnce} events were in the first answer after their acknowledgement");
        _report.Note($"server: {(after.CpuSeconds - usage.CpuSeconds) / load.Seconds:0.00} cores, queries included; most memory {Report.Bytes(after.PeakBytes)}; wrote {Report.Bytes(after.WrittenBytes - usage.WrittenBytes)} for {Report.Bytes(load.Spans * 493.0)} of OTLP; client: {load.ClientCpuSeconds / load.Seconds:0.00} cores");
        _report.AtMost("longest acknowledgement, beyond the disk's own sync in the same 3 s", machine.MostOverSyncMs(acks), 250, "ms");
        _report.Note($"longest acknowledgement beyond what the machine let the client's own timers wait in the same 3 s: {machine.MostOverTimersMs(acks):0} ms; smallest query: {machine.MostOverTimersMs(pauses):0} ms");
        _report.AtMost("longest pause of queries (the smallest query)", (await smallest).MaxMs, 500, "ms");
        _report.AtMost("queries that failed", failed, 0, "");
        _report.AtMost("acknowledged to visible, p99", fresh.Visible.QuantileMs(0.99), 100, "ms");
    }

    /// <summary>Ten seconds without ingest, ten with, and so on: each time with is compared with the two beside it, as the hour grows meanwhile.</summary>
    private async Task SlowdownAsync()
    {
        var phase = TimeSpan.FromSeconds(_arguments.Quick ? 3 : 10);
        var pairs = _arguments.Int("pairs", 4, 1);
        var without = new List<double> { await PhaseAsync(phase, ingest: false) };
        var ratios = new List<double>();
        for (var i = 0; i < pairs; i++)
        {
            var with = await PhaseAsync(phase, ingest: true);
            without.Add(await PhaseAsync(phase, ingest: false));
            ratios.Add(with / ((without[^1] + without[^2]) / 2));
        }

        ratios.Sort();
        _report.Table("queries over the last hour, one after the other", "p50 ms without ingest", "slower with ingest, best", "median", "worst");
        _report.Row("count and p95 by service", Report.Number(without[0]), Report.Ratio(ratios[0]), Report.Ratio(ratios[ratios.Count / 2]), Report.Ratio(ratios[^1]));
        _report.AtMost("a query over the last hour with ingest : without", ratios[ratios.Count / 2], 1.4, "x");
    }

    private async Task<double> PhaseAsync(TimeSpan time, bool ingest)
    {
        using var end = new CancellationTokenSource();
        var load = ingest
            ? SendAsync(_replay.From(DateTimeOffset.UtcNow), new LoadOptions { SpansPerSecond = _rate, Duration = time }, end.Token)
            : Task.Delay(time);
        if (ingest) await Task.Delay(500);
        var latencies = new LatencyHistogram();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < time - TimeSpan.FromSeconds(1) || latencies.Count == 0)
        {
            var watch = Stopwatch.StartNew();
            try
            {
                await _server.Api.QueryAsync(DashboardQueries.Last(0, 3_600));
            }
            catch (BenchmarkException e)
            {
                _report.Note($"a query over the last hour, {(ingest ? "with" : "without")} ingest: {e.Message}");
            }

            latencies.Add(watch.Elapsed);
            await Task.Delay(20);
        }

        await end.CancelAsync();
        await load;
        return latencies.QuantileMs(0.5);
    }

    private void Raw(byte[][] requests)
    {
        using var columns = new SpanColumns(requests.Take(200));
        var raw = RawDuckDb.Append(_work.Fresh("raw"), columns, requests, commitRows: 10_240, limit: _arguments.Number("raw-spans", 500_000, 50_000));
        _report.Table("beside it", "commits", "p50 ms", "p99 ms", "longest ms");
        Row("DuckDB appender alone, commits of 10,240 rows", raw.Commits);
    }

    private async Task<LoadResult> SendAsync(IEnumerable<byte[]> requests, LoadOptions options, CancellationToken cancellationToken = default)
    {
        var result = await LoadRun.RunAsync(_server, requests, options, cancellationToken);
        _sent += result.Spans;
        return result;
    }

    private Task SmallestQueryAsync()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        return _server.Api.CountAsync(now - 1, now);
    }

    private static IEnumerable<byte[]> Again(byte[][] requests)
    {
        while (true)
        {
            foreach (var request in requests) yield return request;
        }
    }

    private void Row(string name, LatencyHistogram times) =>
        _report.Row(name, Report.Number(times.Count), Report.Number(times.QuantileMs(0.5)), Report.Number(times.QuantileMs(0.99)), Report.Number(times.MaxMs));
}
