using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>The load tool by itself: drives a server that it starts, and says what the server needed for it.</summary>
internal static class LoadVerb
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var spans = arguments.Number("spans", 1_000_000, 100_000);
        var rate = arguments.Number("rate", 0, 0);
        var transport = Enum.TryParse<Transport>(arguments.Text("transport", "http"), ignoreCase: true, out var named)
            ? named
            : throw new BenchmarkException("--transport: http, httpgzip, grpc, grpcgzip or grpcclient");
        var seed = arguments.Int("seed", 1, 1);
        var wide = arguments.Text("workload", "shop") == "wide";
        var requests = Workload.Prepare(wide ? Workload.W2(seed, spans) : Workload.W1(seed, spans));
        if (transport is Transport.HttpGzip or Transport.GrpcGzip) requests = [.. requests.AsParallel().AsOrdered().Select(LoadRun.Gzip)];
        using var work = new WorkDirectory(arguments, "load");
        await using var server = await ServerProcess.StartAsync(arguments, work.Path("data"));
        var options = new LoadOptions { Transport = transport, Connections = arguments.Int("connections", 8, 8), SpansPerSecond = rate == 0 ? null : rate };
        if (arguments.Has("warm")) await OurIngest.WarmUpAsync(server, OurIngest.WarmUp(), new LoadOptions());
        var before = server.Usage;
        var result = await LoadRun.RunAsync(server, requests, options);
        var after = server.Usage;
        var unsealed = after;
        if (arguments.Has("seal")) (after, _) = await server.Api.SealAsync(() => server.Usage);
        var report = new Report($"Load: {spans:#,0} spans of {(wide ? "W2" : "W1")} by {transport}, {options.Connections} connections, {(rate == 0 ? "as fast as acknowledged" : $"{rate:#,0} spans per s")}");
        report.Table("", "value");
        report.Row("spans per s", Report.Number(spans / result.Seconds));
        report.Row("acknowledged after, p50 ms", Report.Number(result.Acknowledgement.QuantileMs(0.5)));
        report.Row("p99 ms", Report.Number(result.Acknowledgement.QuantileMs(0.99)));
        report.Row("longest ms", Report.Number(result.Acknowledgement.MaxMs));
        report.Row("told to try again", Report.Number(result.Retries));
        report.Row("CPU s of the server", Report.Number(after.CpuSeconds - before.CpuSeconds));
        if (arguments.Has("seal")) report.Row("of that until acknowledged", Report.Number(unsealed.CpuSeconds - before.CpuSeconds));
        report.Row("CPU s of the client", Report.Number(result.ClientCpuSeconds));
        report.Row("most resident memory of the server", Report.Bytes(after.PeakBytes));
        report.Row("events that the server reports", Report.Number((await server.Api.StatusAsync()).GetProperty("events").GetInt64()));
        return report;
    }
}
