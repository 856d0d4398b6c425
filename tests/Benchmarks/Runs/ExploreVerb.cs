using Benchmarks.Explore;
using Benchmarks.Harness;

namespace Benchmarks.Runs;

/// <summary>Sixteen questions over an hour of spans, and single traces, beside DuckDB and ClickHouse with the same data.</summary>
internal static class ExploreVerb
{
    /// <summary>What a query may cost beyond its work: HTTP, JSON, planning.</summary>
    private const double OverheadSeconds = 0.003;

    /// <summary>Traces that are read before those that count.</summary>
    private const int WarmTraces = 300;

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        if (arguments.Has("relational")) arguments.Default("no-clickhouse", "");
        var spans = arguments.Number("spans", 10_000_000, 200_000);
        var rounds = arguments.Int("rounds", 5, 2);
        using var work = arguments.Has("data") ? null : new WorkDirectory(arguments, "explore");
        await using var data = await ExploreData.OpenAsync(arguments, arguments.Text("data", "") is { Length: > 0 } path ? path : work!.Path("explore"), spans, "EXPLORER__QUERY__CACHEBYTES=0");
        var report = new Report($"Explore: sixteen questions over an hour of {spans:#,0} spans of W1, {rounds} rounds");
        await AskAsync(arguments, data, rounds, report);
        await TracesAsync(data, arguments.Int("traces", 1_000, 50), report);
        var memory = data.Server.Usage;
        report.Note("Explorer keeps no answers here; every question is computed each time");
        report.Note($"memory of the server: {Report.Bytes(memory.ResidentBytes)} at the end, most {Report.Bytes(memory.PeakBytes)}");
        return report;
    }

    private static async Task AskAsync(Arguments arguments, ExploreData data, int rounds, Report report)
    {
        var questions = (arguments.Has("relational") ? RelationalQuestions.All : Questions.All(data.Traces[data.Traces.Count / 2])).Where(q => q.Name.Contains(arguments.Text("only", ""), StringComparison.Ordinal)).ToList();
        // The runtime compiles well only what has been in use for a while; the others are compiled already.
        for (var i = 0; i < arguments.Int("warm", 15, 2); i++)
            foreach (var question in questions) await data.Sides[0].AskAsync(question);
        var samples = data.Sides.Select(_ => questions.Select(_ => new Samples()).ToArray()).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < questions.Count; i++)
            {
                Answer? ours = null;
                foreach (var s in round % 2 == 0 ? Enumerable.Range(0, data.Sides.Count).Reverse() : Enumerable.Range(0, data.Sides.Count))
                {
                    var (cost, answer) = await data.Sides[s].AskAsync(questions[i]);
                    if (round >= 0) samples[s][i].Add(cost); // the first round fills caches
                    else if (ours is null) ours = answer;
                    else ours.Check(answer, questions[i].ByRank, s == 1 ? 1e-9 : questions[i].Tolerance, s == 1 ? int.MaxValue : questions[i].Compared, $"{questions[i].Name}, {data.Sides[s].Name}");
                }
            }
        }

        if (questions.Count == 0) return; // traces alone
        Table(report, data, questions, samples, "CPU", s => s.MedianCpu);
        Table(report, data, questions, samples, "wall", s => s.MedianWall);
        Bars(report, data, questions, samples);
    }

    private static void Table(Report report, ExploreData data, List<Question> questions, Samples[][] samples, string what, Func<Samples, double> read)
    {
        report.Table([$"{what} ms, median", .. data.Sides.Select(s => s.Name), .. data.Sides.Skip(1).Select(s => $"{s.Name.Split(' ', ',')[0]} : ours")]);
        for (var i = 0; i < questions.Count; i++)
        {
            var times = samples.Select(s => read(s[i])).ToArray();
            report.Row([questions[i].Name, .. times.Select(t => Report.Number(t * 1e3)), .. times.Skip(1).Select(t => Report.Ratio(t / times[0]))]);
        }

        report.Row(["geometric mean", .. samples.Select(s => Report.Number(Geometric(s.Select(read)) * 1e3)), .. samples.Skip(1).Select(s => Report.Ratio(Geometric(s.Zip(samples[0], (a, b) => read(a) / read(b)))))]);
    }

    private static void Bars(Report report, ExploreData data, List<Question> questions, Samples[][] samples)
    {
        foreach (var (what, read) in new (string, Func<Samples, double>)[] { ("CPU", s => s.MedianCpu), ("wall", s => s.MedianWall) })
        {
            var ratios = samples[0].Zip(samples[1], (ours, raw) => read(ours) / (read(raw) + OverheadSeconds)).ToArray();
            report.AtMost($"{what}, geometric mean : SQL by hand + 3 ms", Geometric(ratios), 1.15, "x");
            report.AtMost($"{what}, worst question ({questions[Array.IndexOf(ratios, ratios.Max())].Name}) : SQL by hand + 3 ms", ratios.Max(), 2, "x");
        }

        for (var s = 2; s < samples.Length; s++)
        {
            var bar = s == 2 ? 3.5 : 1;
            report.AtLeast($"CPU, geometric mean of {data.Sides[s].Name} : ours", Geometric(samples[s].Zip(samples[0], (a, b) => a.MedianCpu / b.MedianCpu)), bar, "x");
        }

        var refined = samples[0].Where((_, i) => questions[i].IsRefined).ToArray();
        if (refined.Length > 0) report.AtMost("a refined question, wall, median", refined.Max(s => s.MedianWall) * 1e3, 300, "ms");
    }

    private static async Task TracesAsync(ExploreData data, int count, Report report)
    {
        if (count == 0) return;
        var random = new Random(7);
        var ids = Enumerable.Range(0, count).Select(i => i % 5 == 4
            ? Convert.ToHexStringLower(Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256)).ToArray())
            : data.Traces[random.Next(data.Traces.Count)]).ToArray();
        report.Table("trace by id, of which a fifth is absent", "CPU ms a trace", "wall p50 ms", "wall p99 ms", "absent, wall p50 ms", "CPU : ours");
        double ours = 0;
        foreach (var side in data.Sides)
        {
            // A scan of everything a thousand times over says no more than a few.
            var asked = side is DuckDbSide ? ids.Take(Math.Max(10, count / 20)).ToArray() : ids;
            // As in other benchmarks, the runtime has compiled what is measured; an engine has nothing to compile, and gets as many.
            for (var part = 0; part < 3; part++)
            {
                foreach (var id in asked.Take(side is DuckDbSide ? 2 : WarmTraces / 3)) await side.TraceAsync(id);
                await Task.Delay(TimeSpan.FromSeconds(1)); // for the runtime, which compiles in pauses
            }

            var (cpu, all, absent) = (0.0, new LatencyHistogram(), new LatencyHistogram());
            for (var i = 0; i < asked.Length; i++)
            {
                var (cost, spans) = await side.TraceAsync(asked[i]);
                var missing = i % 5 == 4;
                if (missing != (spans == 0) || (!missing && spans != 10 && side is not OurSide)) throw new BenchmarkException($"{side.Name} found {spans} spans of trace {asked[i]}");
                cpu += cost.CpuSeconds;
                (missing ? absent : all).Add(TimeSpan.FromSeconds(cost.WallSeconds));
            }

            cpu /= asked.Length;
            if (side is OurSide) ours = cpu;
            report.Row(side.Name, Report.Number(cpu * 1e3), Report.Number(all.QuantileMs(0.5)), Report.Number(all.QuantileMs(0.99)), Report.Number(absent.QuantileMs(0.5)), Report.Ratio(cpu / ours));
            if (side.Name.Contains("Collector", StringComparison.Ordinal)) report.AtLeast("trace by id, CPU: Collector's schema : ours", cpu / ours, 20, "x");
            else if (side.Name.Contains("typed", StringComparison.Ordinal)) report.AtLeast("trace by id, CPU: typed by hand : ours", cpu / ours, 2, "x");
            else if (side is DuckDbSide) report.AtLeast("trace by id, CPU: SQL by hand : ours", cpu / ours, 10, "x");
            else report.AtMost("a trace that is not there, wall, median", absent.QuantileMs(0.5), 2, "ms");
        }
    }

    private static double Geometric(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return Math.Exp(all.Sum(v => Math.Log(v)) / all.Length);
    }
}
