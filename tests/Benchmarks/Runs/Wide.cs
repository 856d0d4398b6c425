using System.Text;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Opponents;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>2,060 attribute names: what they cost, and that none is lost, beside one DuckDB table with a column for each.</summary>
internal static class Wide
{
    private const string Ours = "Explorer, OTLP/HTTP";
    private const string Naive = "DuckDB appender, a column a name";

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        using var work = new WorkDirectory(arguments, "wide");
        var events = arguments.Number("events", 250_000, 50_000);
        var naive = arguments.Number("naive-events", 122_880, 20_480);
        var requests = Workload.Prepare(Workload.W2(1, events));
        var report = new Report($"Wide: {events:#,0} events of W2, 2,060 names, {requests.Sum(r => (long)r.Length) / events:0} B an event");
        var (cost, peak) = await OursAsync(arguments, work, requests, events, report);
        await NewNameAsync(arguments, work, requests, report);
        using var columns = new SpanColumns(requests);
        var table = RawDuckDb.Append(work.Fresh("raw"), columns, requests, limit: naive);
        var (ours, theirs) = (events / cost.CpuSeconds, table.Events / table.Cost.CpuSeconds);
        report.Table("", "events", "CPU s", "events per CPU s", "bytes an event");
        report.Row(Ours, Report.Number(events), Report.Number(cost.CpuSeconds), Report.Number(ours), Report.Number((double)ServerProcess.BytesBelow(work.Path("data"), "*.parquet") / events));
        report.Row(Naive, Report.Number(table.Events), Report.Number(table.Cost.CpuSeconds), Report.Number(theirs), Report.Number((double)table.Bytes / table.Events));
        report.AtLeast("events per CPU s : naive wide table", ours / theirs, 10, "x");
        report.Note($"most memory of the server: {Report.Bytes(peak)}");
        return report;
    }

    private static async Task<(Cost Cost, long Peak)> OursAsync(Arguments arguments, WorkDirectory work, byte[][] requests, long events, Report report)
    {
        await using var server = await ServerProcess.StartAsync(arguments, work.Path("data"));
        await OurIngest.WarmUpAsync(server, OurIngest.WarmUp(), new LoadOptions());
        var known = (await server.Api.StatusAsync()).GetProperty("events").GetInt64();
        var cpu = server.Usage.CpuSeconds;
        var load = await LoadRun.RunAsync(server, requests, new LoadOptions());
        var (cost, _) = await server.Api.SealAsync(() => new Cost(server.Usage.CpuSeconds - cpu, load.Seconds));
        var usage = server.Usage;
        report.Note($"compaction on top: {usage.CpuSeconds - cpu - cost.CpuSeconds:0.0} CPU s");
        var stored = (await server.Api.StatusAsync()).GetProperty("events").GetInt64() - known;
        report.AtLeast("events stored of those sent", stored, events, "");
        await CheckNamesAsync(server, requests, report);
        report.Note($"acknowledged p50 {load.Acknowledgement.QuantileMs(0.5):0} ms, p99 {load.Acknowledgement.QuantileMs(0.99):0} ms, longest {load.Acknowledgement.MaxMs:0} ms");
        return (cost, usage.PeakBytes);
    }

    /// <summary>Every value of every name is counted again by the server: in its column, or in the overflow of the events.</summary>
    private static async Task CheckNamesAsync(ServerProcess server, byte[][] requests, Report report)
    {
        var sent = new Dictionary<string, long>(StringComparer.Ordinal);
        var reader = new RequestReader();
        foreach (var request in requests)
        {
            for (reader.Open(request); reader.Read();)
            {
                foreach (var attribute in reader.Attributes)
                {
                    var name = Encoding.UTF8.GetString(reader.Bytes(attribute.KeyStart, attribute.KeyLength));
                    sent[name] = sent.GetValueOrDefault(name) + 1;
                }
            }
        }

        var columns = (await server.Api.GetAsync("/api/v1/columns")).GetProperty("columns").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("count").GetInt64());
        var whole = sent.Count(name => columns.GetValueOrDefault(name.Key) == name.Value);
        var elsewhere = sent.Where(name => columns.GetValueOrDefault(name.Key) < name.Value).Sum(name => name.Value - columns.GetValueOrDefault(name.Key));
        var overflowEvents = columns.GetValueOrDefault("meta.overflow");
        report.Note($"{sent.Count:#,0} names sent, {whole:#,0} of them whole in columns; {elsewhere:#,0} values of the others in meta.overflow of {overflowEvents:#,0} events");
        if (elsewhere > 0 && overflowEvents == 0) throw new BenchmarkException($"{elsewhere} values are neither in columns nor in meta.overflow");
        var rare = sent.Where(name => columns.GetValueOrDefault(name.Key) == name.Value).MinBy(name => name.Value);
        var counted = await server.Api.CountAsync(0, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60, $$"""{ "column": "{{rare.Key}}", "op": "exists" }""");
        if (counted != rare.Value) throw new BenchmarkException($"{rare.Key} was sent {rare.Value} times and is counted {counted} times");
    }

    /// <summary>While 2,060 names are in use and room for more is left, a service that nobody has heard of sends a name that nobody has heard of.</summary>
    private static async Task NewNameAsync(Arguments arguments, WorkDirectory work, byte[][] requests, Report report)
    {
        await using var server = await ServerProcess.StartAsync(arguments, work.Path("new-name"), "EXPLORER__STORE__MAXCOLUMNS=4000");
        await LoadRun.RunAsync(server, requests.Take(40), new LoadOptions());
        using var end = new CancellationTokenSource();
        var load = LoadRun.RunAsync(server, requests.Skip(40), new LoadOptions { SpansPerSecond = 2_000, Connections = 2 }, end.Token);
        using var connection = LoadRun.Connect(server, Transport.Http);
        var longest = TimeSpan.Zero;
        for (var i = 0; i < 10; i++)
        {
            var name = $"newcomer.name_{i}";
            var now = DateTimeOffset.UtcNow;
            if (!await connection.SendAsync(OneSpan(name, now))) throw new BenchmarkException("the server is busy at 2,000 events per s");
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var counted = await server.Api.CountAsync(now.ToUnixTimeSeconds() - 60, now.ToUnixTimeSeconds() + 60, $$"""{ "column": "{{name}}", "op": "exists" }""");
            if (counted != 1) throw new BenchmarkException($"the new name {name} is counted {counted} times");
            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
        }

        await end.CancelAsync();
        await load;
        report.AtMost("a new name is queryable, longest of 10", longest.TotalMilliseconds, 1_000, "ms");
    }

    private static byte[] OneSpan(string name, DateTimeOffset time)
    {
        var resource = new OtlpBuffer(64);
        resource.StringAttribute(0x0A, "service.name"u8, "newcomer"u8);
        var spans = new OtlpBuffer(1_024);
        var span = spans.Begin(0x12);
        spans.Bytes(0x0A, Guid.NewGuid().ToByteArray());
        spans.Bytes(0x12, Guid.NewGuid().ToByteArray().AsSpan(0, 8));
        spans.Bytes(0x2A, "first"u8);
        spans.Fixed64(0x39, (ulong)time.ToUnixTimeMilliseconds() * 1_000_000);
        spans.Fixed64(0x41, (ulong)time.ToUnixTimeMilliseconds() * 1_000_000);
        spans.StringAttribute(0x4A, Encoding.ASCII.GetBytes(name), "asked for by its name as soon as it is acknowledged, never seen before"u8);
        spans.End(span);
        return OtlpRequest.Of(resource.Written, spans.Written);
    }
}
