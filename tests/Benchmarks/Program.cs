using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Runs;

namespace Benchmarks;

/// <summary><c>dotnet run -c Release --project tests/Benchmarks -- NAME [options]</c></summary>
internal static class Program
{
    private static readonly Benchmark[] All =
    [
        new("decode", "B1: bytes to columns beside Google.Protobuf, a bare walk and memcpy: --spans 250k --rounds 9; --wide for W2", Decode.RunAsync),
        new("ingest", "spans per CPU second until sealed, beside ClickHouse and the DuckDB appender: --spans 1M --rounds 5", Ingest.RunAsync),
        new("stalls", "minutes at half of what a core takes, with queries: --minutes 10 --rate SPANS_PER_S --panel-seconds 10", Stalls.RunAsync),
        new("disk", "bytes a span, sealed and compacted: --spans 1M", Disk.RunAsync),
        new("wide", "2,060 attribute names: --events 250k --naive-events 122880", Wide.RunAsync),
        new("memory", "resident memory idle, under load and after: --limit MIB --spans 3M", Memory.RunAsync),
        new("seal", "what a journal costs to seal and to replay: --spans 450k", Seal.RunAsync),
        new("explore", "sixteen questions and single traces beside DuckDB and ClickHouse: --spans 10M --rounds 5 --data DIR --only TEXT --traces 1000 --no-clickhouse; --relational asks about other spans of the trace", ExploreVerb.RunAsync),
        new("concurrency", "fifty users, heavy beside small, ingest beside queries, cancelling: --spans 10M --users 50 --steps 6 --limit MIB --data DIR", ConcurrencyVerb.RunAsync),
        new("compare", "B7: a selection against the rest on all columns, beside a statement a column and one pass: --events 10M --columns 100 --filled 100 --rounds 5 --data DIR --no-opponents", CompareVerb.RunAsync),
        new("crash", "kill -9 under load, again and again, and every acknowledged event counted by its id: --rounds 50", Crash.RunAsync),
        new("restart", "start, crash and retention with many spans: --spans 20M", Restart.RunAsync),
    ];

    private static readonly Benchmark[] Tools =
    [
        new("generate", "how fast the workloads are made, and what they hold", Generate.RunAsync),
        new("load", "drives a server: --workload shop|wide --spans 1M --warm --seal --rate SPANS_PER_S --transport http|httpgzip|grpc|grpcgzip|grpcclient --connections 8", LoadVerb.RunAsync),
    ];

    private static async Task<int> Main(string[] words)
    {
        var chosen = words is ["all", ..] ? All : [.. All.Concat(Tools).Where(b => words.Length > 0 && b.Name == words[0])];
        if (chosen.Length == 0)
        {
            Console.WriteLine("Usage: Benchmarks NAME [--quick] [--markdown FILE] [--directory DIR] [--server explorer.dll] [--with \"SERVER FLAGS\"] [options]\n");
            foreach (var (name, description, _) in All.Concat(Tools)) Console.WriteLine($"  {name,-10} {description}");
            Console.WriteLine("  all        every one that has a bar\n\nExit status: 0 all bars met, 1 one is missed, 2 something did not work, 3 runs too unsteady to say.");
            return words is [] or ["--help"] ? 0 : 2;
        }

        try
        {
            var arguments = new Arguments(words.Skip(1));
            var worst = 0;
            if (chosen.Length > 1)
            {
                if (!arguments.Quick) arguments.Default("minutes", "8"); // leaves room for the others in 25 minutes
                Publish(arguments, Machine.Describe());
            }

            foreach (var benchmark in chosen) worst = Worse(worst, await RunAsync(benchmark, arguments));
            return worst;
        }
        catch (BenchmarkException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }

    private static async Task<int> RunAsync(Benchmark benchmark, Arguments arguments)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var report = await benchmark.RunAsync(arguments);
            report.Note($"`{benchmark.Name}`, took {watch.Elapsed.TotalSeconds:0} s; load of the machine then: {Machine.Load}");
            Publish(arguments, report);
            return report.Missed ? 1 : report.Unsteady ? 3 : 0;
        }
        catch (Exception e) when (e is BenchmarkException or IOException or HttpRequestException or System.Net.Sockets.SocketException)
        {
            var report = new Report($"{benchmark.Name}: did not work");
            report.Note(e.Message);
            Publish(arguments, report);
            return 2;
        }
    }

    private static void Publish(Arguments arguments, Report report)
    {
        Console.WriteLine(report.ToText(markdown: false));
        if (arguments.Text("markdown", "") is { Length: > 0 } path) File.AppendAllText(path, report.ToText(markdown: true) + "\n");
    }

    /// <summary>Something that did not work is worse than a bar that is missed, and that than runs that say nothing.</summary>
    private static int Worse(int a, int b) => new[] { 2, 1, 3, 0 }.First(code => code == a || code == b);

    private sealed record Benchmark(string Name, string Description, Func<Arguments, Task<Report>> RunAsync);
}
