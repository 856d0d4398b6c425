using Benchmarks.Harness;
using Benchmarks.Runs;

namespace Benchmarks;

/// <summary><c>dotnet run -c Release --project tests/Benchmarks -- NAME [options]</c></summary>
internal static class Program
{
    private static readonly (string Name, string Description, Func<Arguments, Task<Report>> RunAsync)[] Verbs =
    [
        ("generate", "how fast the workloads are made, and what they hold", Generate.RunAsync),
        ("ingest", "spans per CPU second until sealed, beside ClickHouse and the DuckDB appender: --spans 1M --rounds 5", Ingest.RunAsync),
        ("load", "drives a server: --spans 1M --rate SPANS_PER_S --transport http|httpgzip|grpc|grpcgzip --connections 8", LoadVerb.RunAsync),
    ];

    private static async Task<int> Main(string[] words)
    {
        var verb = Verbs.FirstOrDefault(v => words.Length > 0 && v.Name == words[0]);
        if (verb.RunAsync is null)
        {
            Console.WriteLine("Usage: Benchmarks NAME [--quick] [--markdown FILE] [--directory DIR] [options]\n");
            foreach (var (name, description, _) in Verbs) Console.WriteLine($"  {name,-10} {description}");
            return words is [] or ["--help"] ? 0 : 2;
        }

        try
        {
            var arguments = new Arguments(words.Skip(1));
            var report = await verb.RunAsync(arguments);
            Console.WriteLine(report.ToText(markdown: false));
            if (arguments.Text("markdown", "") is { Length: > 0 } path) await File.AppendAllTextAsync(path, report.ToText(markdown: true) + "\n");
            return report.Missed ? 1 : report.Unsteady ? 3 : 0;
        }
        catch (BenchmarkException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }
}
