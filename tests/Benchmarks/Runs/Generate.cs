using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>Shows that the workloads are what they are said to be, and that making them costs little beside storing them.</summary>
internal static class Generate
{
    public static Task<Report> RunAsync(Arguments arguments)
    {
        var spans = arguments.Number("spans", 1_000_000, 100_000);
        var report = new Report($"Workloads, {spans:#,0} events each");
        report.Table("", "requests", "bytes an event", "attributes an event", "names", "made, events per s", "walked, events per s", "walked, MB per s");
        Describe(report, "W1 shop", Workload.W1(1, spans), spans);
        Describe(report, "W2 wide", Workload.W2(1, spans / 4), spans / 4);
        return Task.FromResult(report);
    }

    private static void Describe(Report report, string name, IEnumerable<byte[]> workload, long expected)
    {
        var watch = Stopwatch.StartNew();
        var requests = Workload.Prepare(workload);
        var made = watch.Elapsed.TotalSeconds;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new RequestReader();
        long spans = 0, attributes = 0;
        foreach (var request in requests)
        {
            reader.Open(request);
            while (reader.Read())
            {
                spans++;
                attributes += reader.Attributes.Count;
                foreach (var attribute in reader.Attributes) names.Add(System.Text.Encoding.UTF8.GetString(reader.Bytes(attribute.KeyStart, attribute.KeyLength)));
            }
        }

        if (spans != expected) throw new BenchmarkException($"{name} holds {spans} events instead of {expected}");
        var bytes = requests.Sum(r => (long)r.Length);
        watch.Restart();
        foreach (var request in requests)
        {
            reader.Open(request);
            while (reader.Read()) attributes++;
        }

        var walked = watch.Elapsed.TotalSeconds;
        report.Row(name, Report.Number(requests.Length), Report.Number((double)bytes / spans), Report.Number((double)(attributes - spans) / spans), Report.Number(names.Count),
            Report.Number(spans / made), Report.Number(spans / walked), Report.Number(bytes / walked / 1e6));
    }
}
