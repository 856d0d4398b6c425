using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Benchmarks.Explore;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>
/// Fifty people who each refine a question of their own; small questions beside one that reads everything; the same panels for everybody; a
/// question that nobody waits for any more; and sessions with and without spans that arrive.
/// </summary>
internal sealed class ConcurrencyVerb
{
    private const int MemoryAllowance = 350 << 20;

    private readonly Arguments _arguments;
    private readonly ExploreData _data;
    private readonly Report _report;

    private ConcurrencyVerb(Arguments arguments, ExploreData data, Report report) => (_arguments, _data, _report) = (arguments, data, report);

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var spans = arguments.Number("spans", 10_000_000, 200_000);
        var limit = arguments.Number("limit", 2_048, 1_024) << 20;
        using var work = arguments.Has("data") ? null : new WorkDirectory(arguments, "concurrency");
        arguments.Default("no-clickhouse", "");
        await using var data = await ExploreData.OpenAsync(arguments, arguments.Text("data", "") is { Length: > 0 } path ? path : work!.Path("concurrency"), spans, "--memory", limit.ToString(CultureInfo.InvariantCulture));
        var report = new Report($"Concurrency: {spans:#,0} spans of W1, memory limit {Report.Bytes(limit)}");
        var verb = new ConcurrencyVerb(arguments, data, report);
        report.Table("", "queries", "p50 ms", "p95 ms", "p99 ms", "longest ms", "queries per s");
        (string Name, Func<Task> Run)[] parts = [("users", () => verb.UsersAsync(limit)), ("shared", verb.SharedAsync), ("heavy", verb.BesideHeavyAsync), ("sessions", verb.WithIngestAsync), ("cancel", verb.CancelAsync)];
        var only = arguments.Text("only", "");
        if (only.Length > 0 && !parts.Any(part => part.Name == only)) throw new BenchmarkException($"--only: there is no part \"{only}\", but {string.Join(", ", parts.Select(part => part.Name))}");
        await verb.WarmAsync();
        foreach (var part in parts)
            if (only.Length == 0 || part.Name == only) await part.Run();
        return report;
    }

    /// <summary>Others ask such questions before: the runtime compiles well only what has been in use for a while.</summary>
    private async Task WarmAsync()
    {
        for (var i = 0; i < _arguments.Int("warm", 6, 1); i++)
        {
            await ManyAsync(4, 6, (user, step) => _data.Server.Api.QueryBytesAsync(Refined(200 + i * 4 + user, step)));
            await Task.Delay(500);
        }
    }

    /// <summary>Each user starts with an hour, adds a filter, groups, narrows: nobody's questions are anybody else's.</summary>
    private async Task UsersAsync(long limit)
    {
        var (users, steps) = (_arguments.Int("users", 50, 10), _arguments.Int("steps", 6, 3));
        ProcessUsage.ResetPeak(_data.Server.Id);
        var failed = 0;
        var times = await ManyAsync(users, steps, async (user, step) =>
        {
            try
            {
                await _data.Server.Api.QueryBytesAsync(Refined(user, step));
            }
            catch (BenchmarkException e)
            {
                if (Interlocked.Increment(ref failed) == 1) _report.Note(e.Message);
            }
        });
        Row($"{users} users, each refining a question at once", times.Times, times.Seconds);
        var most = _data.Server.Usage.PeakBytes;
        _report.AtMost("failed queries of the users", failed, 0, "");
        _report.AtMost("p95 of the users", times.Times.QuantileMs(0.95), 3_000, "ms");
        _report.AtMost("most memory, limit and the process itself", most / 1e6, (limit + MemoryAllowance) / 1e6, "MB");
    }

    /// <summary>A dashboard that everybody has open: equal questions at the same time.</summary>
    private async Task SharedAsync()
    {
        var (users, panels) = (_arguments.Int("users", 50, 10), 4);
        var shared = await ManyAsync(users, panels, (_, panel) => _data.Server.Api.QueryBytesAsync(Refined(1_000, panel + 1)));
        Row($"{users} users with the same four panels", shared.Times, shared.Seconds);
    }

    private async Task BesideHeavyAsync()
    {
        var count = _arguments.Int("small", 100, 20);
        async Task<LatencyHistogram> SmallAsync(int salt)
        {
            var times = new LatencyHistogram();
            for (var i = 0; i < count; i++)
            {
                var watch = Stopwatch.StartNew();
                await _data.Server.Api.QueryBytesAsync(Small(salt + i));
                times.Add(watch.Elapsed);
            }

            return times;
        }

        var alone = await SmallAsync(0);
        using var end = new CancellationTokenSource();
        var heavy = Enumerable.Range(0, 6).Select(i => RepeatAsync(n => Heavy((i * 1_000) + n), end.Token)).ToArray();
        var whole = Stopwatch.StartNew();
        var beside = await SmallAsync(500);
        var seconds = whole.Elapsed.TotalSeconds;
        await end.CancelAsync();
        await Task.WhenAll(heavy);
        Row("a minute of the hour, alone", alone, 0);
        Row("the same beside six that count users over everything", beside, seconds);
        _report.AtMost("p95 of small queries beside heavy ones", beside.QuantileMs(0.95), 1_000, "ms");
    }

    /// <summary>
    /// Eight sessions with a query a second, without and with 20,000 spans a second that lie in the hour they ask about, in turn. Both run for a while before anything counts, and
    /// requests are made beforehand: neither the compiler nor the client is what is measured.
    /// </summary>
    private async Task WithIngestAsync()
    {
        var (seconds, rounds) = (_arguments.Int("seconds", 15, 3), _arguments.Int("rounds", 1, 1));
        var (without, with) = (new LatencyHistogram(), new LatencyHistogram());
        for (var round = -1; round < rounds; round++)
        {
            var some = round < 0 ? Math.Min(seconds, 5) : seconds;
            var spans = Workload.Prepare(Workload.W1(10 + round, 20_000L * (some + 5), DateTimeOffset.FromUnixTimeSeconds((long)_data.Start + 60)));
            await SessionsAsync(2_100 + (round * 8), some, round < 0 ? new LatencyHistogram() : without);
            using var end = new CancellationTokenSource();
            var load = LoadRun.RunAsync(_data.Server, spans, new LoadOptions { SpansPerSecond = 20_000, Connections = 4 }, end.Token);
            await SessionsAsync(3_100 + (round * 8), some, round < 0 ? new LatencyHistogram() : with);
            await end.CancelAsync();
            await load;
        }

        Row("8 sessions, a query a second", without, 0);
        Row("the same while 20,000 spans a second arrive", with, 0);
        _report.AtMost("p95 with ingest : without", with.QuantileMs(0.95) / without.QuantileMs(0.95), 1.4, "x");
        // The data of a directory that is used again would not be what it says any more.
        if (_arguments.Has("data")) File.Delete(Path.Combine(_arguments.Text("data", ""), "done"));
    }

    private async Task SessionsAsync(int salt, int seconds, LatencyHistogram times)
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async session =>
        {
            await Task.Delay(session * 120);
            for (var i = 0; i < seconds; i++)
            {
                var watch = Stopwatch.StartNew();
                await _data.Server.Api.QueryBytesAsync(Refined(salt + session, i + 1));
                times.Add(watch.Elapsed);
                if (watch.ElapsedMilliseconds < 1_000) await Task.Delay(1_000 - (int)watch.ElapsedMilliseconds);
            }
        }));
    }

    /// <summary>How long the server goes on working when the client is gone: the CPU time that it uses from then on.</summary>
    private async Task CancelAsync()
    {
        var clock = new ProcessClock(_data.Server.Id);
        var used = new List<double>();
        for (var i = 0; i < _arguments.Int("cancels", 10, 3); i++)
        {
            await Task.Delay(300);
            var before = clock.CpuSeconds;
            await Task.Delay(500);
            var idle = clock.CpuSeconds - before;
            using var leave = new CancellationTokenSource();
            var query = _data.Server.Api.QueryBytesAsync(Heavy(9_000 + i), leave.Token);
            await Task.Delay(60);
            var running = !query.IsCompleted;
            await leave.CancelAsync();
            before = clock.CpuSeconds;
            await Task.Delay(500);
            if (running) used.Add(Math.Max(0, clock.CpuSeconds - before - idle));
            try
            {
                await query;
            }
            catch (OperationCanceledException)
            {
                // As it should be.
            }
        }

        if (used.Count == 0)
        {
            _report.Note("every query was done before it could be cancelled; ask for more spans");
            return;
        }

        used.Sort();
        // Two threads for 100 ms could use twice that.
        _report.AtMost("CPU after the client has gone, median", used[used.Count / 2] * 1e3, 100, "ms");
        _report.Note($"CPU after the client has gone, longest of {used.Count}: {used[^1] * 1e3:0} ms");
    }

    private async Task RepeatAsync(Func<int, string> query, CancellationToken cancellationToken)
    {
        for (var n = 0; !cancellationToken.IsCancellationRequested; n++)
        {
            try
            {
                await _data.Server.Api.QueryBytesAsync(query(n), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task<(LatencyHistogram Times, double Seconds)> ManyAsync(int users, int steps, Func<int, int, Task> ask)
    {
        var times = new LatencyHistogram();
        var all = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, users).Select(user => Task.Run(async () =>
        {
            for (var step = 0; step < steps; step++)
            {
                var watch = Stopwatch.StartNew();
                await ask(user, step);
                times.Add(watch.Elapsed);
            }
        })));
        return (times, all.Elapsed.TotalSeconds);
    }

    private string Refined(int user, int step)
    {
        List<object> filters = [Filter("app.tenant", "=", $"tenant-{user:D4}")];
        if (step > 0) filters.Add(Filter("duration_ms", ">", step));
        if (step > 1) filters.Add(Filter("span.kind", "=", "server"));
        if (step > 2) filters.Add(Filter("http.response.status_code", ">=", 200 + step));
        string[] by = step % 3 == 0 ? [] : step % 3 == 1 ? ["service.name"] : ["http.route"];
        return Query(_data.Start, _data.End, [new { op = "COUNT" }, new { op = "P95", column = "duration_ms" }], by, new { and = filters });
    }

    private string Small(int i) => Query(_data.Start + 60 + i, _data.Start + 120 + i, [new { op = "COUNT" }], ["service.name"], Filter("error", "=", true));

    private string Heavy(int salt) =>
        Query(_data.Start, _data.End, [new { op = "COUNT_DISTINCT", column = "app.user_id" }, new { op = "P99", column = "duration_ms" }], ["name"], Filter("duration_ms", ">", salt / 1e6));

    private static object Filter(string column, string op, object value) => new { column, op, value };

    private static string Query(double start, double end, object[] calculations, string[] by, object where) =>
        JsonSerializer.Serialize(new { start_time = start, end_time = end, calculations, breakdowns = by, where });

    private void Row(string name, LatencyHistogram times, double seconds) => _report.Row(
        name, $"{times.Count}", Report.Number(times.QuantileMs(0.5)), Report.Number(times.QuantileMs(0.95)), Report.Number(times.QuantileMs(0.99)), Report.Number(times.MaxMs),
        seconds > 0 ? Report.Number(times.Count / seconds) : "-");
}
