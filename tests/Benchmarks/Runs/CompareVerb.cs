using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Benchmarks.Compare;
using Benchmarks.Harness;
using Benchmarks.Servers;
using Storage.DuckDb;
using Storage.DuckDb.Native;

namespace Benchmarks.Runs;

/// <summary>What tells a selection from the rest, on all columns, beside one statement a column by hand and one pass over all columns.</summary>
internal static class CompareVerb
{
    private const string WholeSegments = "condition, all day";
    private const int WarmRounds = 5;

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var events = arguments.Number("events", 10_000_000, 200_000);
        var columns = arguments.Int("columns", 100, 40);
        var filled = arguments.Int("filled", columns, columns);
        var rounds = arguments.Int("rounds", 5, 2);
        using var work = arguments.Has("data") ? null : new WorkDirectory(arguments, "compare");
        var directory = arguments.Text("data", "") is { Length: > 0 } path ? Path.Combine(path, "compare") : work!.Path("data");
        var data = await CompareData.OpenAsync(directory, events, columns, filled);
        var report = new Report($"Compare: a selection among {events:#,0} events of {columns} columns, {rounds} rounds");
        await using var server = await ServerProcess.StartAsync(arguments, directory, "EXPLORER__QUERY__CACHEBYTES=0", "EXPLORER__QUERY__TIMEOUT=10m"); // a busy machine is no fault of the question
        var clock = new ProcessClock(server.Id);
        report.Table("", "first ranking, wall ms", "recounted, wall ms", "CPU ms", "spread", "finds");
        Samples? box = null;
        report.Note($"the very first comparison after the start took {Report.Number(await WarmAsync(server) * 1e3)} ms, the others are counted after {WarmRounds} of each");
        foreach (var (name, selection) in Selections)
        {
            var (first, all, found) = await AskAsync(server, clock, selection, rounds);
            box ??= all;
            report.Row(name, Report.Number(first.MedianWall * 1e3), Report.Number(all.MedianWall * 1e3), Report.Number(all.MedianCpu * 1e3), Report.Share(all.Spread), found);
            if (columns > 100) continue; // the bars are for a hundred
            report.AtMost($"{name}: first ranking", first.MedianWall, 1, "s", first);
            report.AtMost($"{name}: recounted", all.MedianWall, 5, "s", all);
            if (name == WholeSegments) report.AtMost($"{name}: recounted, its baseline being whole segments", all.MedianWall, 0.3, "s", all);
        }

        if (!arguments.Has("no-opponents")) Opponents(report, data, directory, Math.Min(rounds, 2), box!);
        var (used, compiler) = await CancelAsync(server, clock);
        report.AtMost("CPU that is used later than 100 ms after its reader has gone", used, 30, "ms");
        report.Note($"beside it the runtime's own compiler then used at most {Report.Number(compiler)} ms: what ran much is compiled again when it has come to rest");
        report.Note($"memory of the server: {Report.Bytes(server.Usage.ResidentBytes)} at the end, most {Report.Bytes(server.Usage.PeakBytes)}");
        return report;
    }

    private static IEnumerable<(string Name, string Selection)> Selections
    {
        get
        {
            var (start, end) = (CompareData.FaultSeconds, CompareData.EndSeconds);
            yield return ("box of 2 %", string.Create(CultureInfo.InvariantCulture, $$"""{ "box": { "column": "duration_ms", "start_time": {{start}}, "end_time": {{end}}, "min": 500 } }"""));
            yield return (WholeSegments, """{ "where": { "column": "duration_ms", "op": ">", "value": 500 } }""");
            yield return ("last fifth", string.Create(CultureInfo.InvariantCulture, $$"""{ "time": { "start_time": {{start}}, "end_time": {{end}} } }"""));
        }
    }

    /// <summary>Asks all until the runtime has compiled well what they use; the seconds that the first one took.</summary>
    private static async Task<double> WarmAsync(ServerProcess server)
    {
        double? first = null;
        for (var round = 0; round < WarmRounds; round++)
        {
            foreach (var (_, selection) in Selections)
            {
                var watch = Stopwatch.StartNew();
                await foreach (var _ in server.Api.CompareAsync(Body(selection), CancellationToken.None))
                {
                    // Only the time is wanted.
                }

                first ??= watch.Elapsed.TotalSeconds;
            }
        }

        await Task.Delay(1_000);
        return first!.Value;
    }

    private static async Task<(Samples First, Samples All, string Found)> AskAsync(ServerProcess server, ProcessClock clock, string selection, int rounds)
    {
        var (first, all, found) = (new Samples(), new Samples(), "");
        for (var round = -1; round < rounds; round++)
        {
            var (cpu, watch) = (clock.CpuSeconds, Stopwatch.StartNew());
            double? ranked = null;
            await foreach (var line in server.Api.CompareAsync(Body(selection), CancellationToken.None))
            {
                ranked ??= watch.Elapsed.TotalSeconds;
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.GetProperty("type").GetString() == "result") found = json.RootElement.GetProperty("explanation") is { ValueKind: JsonValueKind.Object } e ? e.GetProperty("text").GetString()! : "nothing";
            }

            if (round < 0) continue; // the first round fills caches
            var cost = new Cost(clock.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
            first.Add(cost with { WallSeconds = ranked ?? cost.WallSeconds });
            all.Add(cost);
        }

        return (first, all, found);
    }

    /// <summary>Both over the same segments, in this process, with two threads.</summary>
    private static void Opponents(Report report, CompareData data, string directory, int rounds, Samples ours)
    {
        using var database = DuckDbDatabase.Open(null, new Dictionary<string, string>(StringComparer.Ordinal) { ["threads"] = "2", ["memory_limit"] = "4GB" });
        using var connection = database.Connect();
        connection.Execute($"CREATE VIEW events AS SELECT * FROM read_parquet('{directory}/segments/*.parquet', union_by_name = true)");
        var selected = string.Create(CultureInfo.InvariantCulture, $"(duration_ms >= 500 AND \"time\" >= {CompareData.FaultSeconds}000000000)");
        var (apart, pass) = (new Samples(), new Samples());
        for (var round = 0; round < rounds; round++)
        {
            apart.Add(Time(() =>
            {
                foreach (var name in data.Names) Run(connection, $"SELECT \"{name}\", count(*) FILTER ({selected}) a, count(*) FILTER (NOT {selected}) b FROM events GROUP BY 1 ORDER BY a DESC LIMIT 20");
            }));
            pass.Add(Time(() => Run(connection, $"SELECT {string.Join(", ", data.Names.Select(n => $"max(\"{n}\")"))} FROM events WHERE {selected} OR NOT {selected}")));
        }

        report.Table("beside, DuckDB over the same segments", "CPU ms", "wall ms", "CPU : ours");
        report.Row("a statement a column", Report.Number(apart.MedianCpu * 1e3), Report.Number(apart.MedianWall * 1e3), Report.Ratio(apart.MedianCpu / ours.MedianCpu));
        report.Row("one pass over all columns", Report.Number(pass.MedianCpu * 1e3), Report.Number(pass.MedianWall * 1e3), Report.Ratio(pass.MedianCpu / ours.MedianCpu));
        report.AtLeast("CPU, a statement a column : ours", apart.MedianCpu / ours.MedianCpu, 3, "x");
        report.AtMost("CPU, ours : one pass over all columns", ours.MedianCpu / pass.MedianCpu, 2, "x");
    }

    private static void Run(DuckDbConnection connection, string sql)
    {
        using var statement = connection.Prepare(sql);
        using var result = statement.Execute(CancellationToken.None);
        ResultReader.Read(result, 10_000);
    }

    private static Cost Time(Action work)
    {
        var (cpu, watch) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        work();
        return new Cost((Environment.CpuUsage.TotalTime - cpu).TotalSeconds, watch.Elapsed.TotalSeconds);
    }

    /// <summary>
    /// Milliseconds of CPU that the server goes on using from 100 ms after a comparison was given up, beyond what it uses idle; and apart from these, those of
    /// the runtime's compiler. The most of several times.
    /// </summary>
    private static async Task<(double Work, double Compiler)> CancelAsync(ServerProcess server, ProcessClock clock)
    {
        var (most, mostCompiler) = (0.0, 0.0);
        await Task.Delay(2_000);
        var (idle, _) = await UsedAsync(clock);
        foreach (var after in (int[])[60, 200, 400, 800])
        {
            using var gone = new CancellationTokenSource(after);
            try
            {
                await foreach (var _ in server.Api.CompareAsync(Body("""{ "where": { "column": "duration_ms", "op": ">", "value": 500 } }"""), gone.Token))
                {
                    // Read until it is given up.
                }
            }
            catch (OperationCanceledException)
            {
                // As wanted.
            }

            await Task.Delay(100);
            var (work, compiler) = await UsedAsync(clock);
            (most, mostCompiler) = (Math.Max(most, work - idle), Math.Max(mostCompiler, compiler));
        }

        return (most, mostCompiler);
    }

    private static async Task<(double Work, double Compiler)> UsedAsync(ProcessClock clock)
    {
        var (cpu, compiled) = (clock.CpuSeconds, clock.CompilerSeconds);
        await Task.Delay(400);
        var compiler = Math.Max(0, clock.CompilerSeconds - compiled) * 1e3;
        return (((clock.CpuSeconds - cpu) * 1e3) - compiler, compiler);
    }

    private static string Body(string selection) => string.Create(
        CultureInfo.InvariantCulture, $$"""{ "query": { "start_time": {{CompareData.StartSeconds}}, "end_time": {{CompareData.EndSeconds}} }, "selection": {{selection}} }""");
}
