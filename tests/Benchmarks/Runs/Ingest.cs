using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Opponents;
using Benchmarks.Workloads;
using Explorer.Server.Otlp.Messages;

namespace Benchmarks.Runs;

/// <summary>Spans per CPU second from the socket to sealed Parquet, beside those who do less of that work.</summary>
internal sealed class Ingest
{
    private const string Http = "Explorer, OTLP/HTTP";
    private const string Grpc = "Explorer, OTLP/gRPC";
    private const string Raw = "DuckDB appender, same columns";

    private readonly Arguments _arguments;
    private readonly WorkDirectory _work;
    private readonly long _spans;
    private readonly byte[][] _requests;
    private readonly byte[][] _warmUp = OurIngest.WarmUp();
    private readonly Samples _acknowledged = new();
    private readonly Samples _compacted = new();
    private readonly Samples _exporterInsert = new();
    private readonly Samples _typedInsert = new();
    private readonly List<(string Name, double BytesPerSpan)> _sizes = [];
    private LoadResult? _load;

    private Ingest(Arguments arguments, WorkDirectory work)
    {
        _arguments = arguments;
        _work = work;
        _spans = arguments.Number("spans", 1_000_000, 100_000);
        _requests = Workload.Prepare(Workload.W1(1, _spans));
    }

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        using var work = new WorkDirectory(arguments, "ingest");
        return await new Ingest(arguments, work).RunAsync();
    }

    private async Task<Report> RunAsync()
    {
        var rounds = _arguments.Int("rounds", 5, 2);
        var only = _arguments.Text("only", "");
        var blocks = only is "explorer" or "raw" ? null : await ClickHouseBlocks.PrepareAsync(_work.Fresh("blocks"), _requests, ClickHouseTables.Exporter, ClickHouseTables.Typed);
        using var columns = new SpanColumns(_requests.Take(200));
        List<Contender> contenders = [new(Http, round => OursAsync(Transport.Http, round)), new(Grpc, round => OursAsync(Transport.Grpc, round))];
        if (blocks is not null)
        {
            contenders.Add(new(ClickHouseTables.Exporter.Name, round => ClickHouseAsync(blocks, ClickHouseTables.Exporter, round)));
            contenders.Add(new(ClickHouseTables.Typed.Name, round => ClickHouseAsync(blocks, ClickHouseTables.Typed, round)));
        }

        if (only != "explorer") contenders.Add(new(Raw, round => Task.FromResult(RawAsync(columns, round))));
        var samples = await Rounds.RunAsync(rounds, contenders);
        var report = new Report($"Ingest: {_spans:#,0} spans of W1, {_requests.Average(r => (double)r.Length) * _requests.Length / _spans:0} B a span, {rounds} rounds");
        report.Contest("spans", _spans, samples);
        await AddDetailsAsync(report);
        AddBars(report, samples);
        return report;
    }

    private void AddBars(Report report, IReadOnlyDictionary<string, Samples> samples)
    {
        var http = samples[Http];
        if (samples.TryGetValue(ClickHouseTables.Exporter.Name, out var exporter))
            report.AtLeast("spans per CPU s : ClickHouse with the Collector's schema and one merge", exporter.MedianCpu / http.MedianCpu, 3, "x", http, exporter);
        if (_typedInsert.Count > 0)
            report.AtLeast("spans per CPU s : ClickHouse typed by hand, before its merge", _typedInsert.MedianCpu / http.MedianCpu, 0.3, "x", http, _typedInsert);
        if (samples.TryGetValue(Raw, out var raw))
            report.AtLeast("spans per CPU s : DuckDB appender, commits of 122,880", raw.MedianCpu / http.MedianCpu, 1, "x", http, raw);
        report.AtLeast("gRPC : HTTP, spans per CPU s", http.MedianCpu / samples[Grpc].MedianCpu, 0.9, "x", http, samples[Grpc]);
        report.Note("CPU time of the server process alone, from the first request to the moment when everything is in Parquet segments; opponents start from vectors or Native blocks that are ready, without socket, decoding or sync.");
        foreach (var (name, bytes) in _sizes.DistinctBy(s => s.Name)) report.Note($"{name}: {bytes:0.0} B a span on disk");
    }

    private async Task AddDetailsAsync(Report report)
    {
        report.Table("parts and limits", "spans per CPU s", "CPU us a span");
        Part("Explorer until acknowledged (decoded, in the synced journal, visible)", _acknowledged.MedianCpu);
        Part("Explorer until sealed and compacted (time order, zstd)", _compacted.MedianCpu);
        if (_exporterInsert.Count > 0)
        {
            Part("ClickHouse, Collector's schema, before the merge", _exporterInsert.MedianCpu);
            Part("ClickHouse, typed by hand, before the merge", _typedInsert.MedianCpu);
        }

        byte[][] zipped = [.. _requests.AsParallel().AsOrdered().Select(LoadRun.Gzip)];
        byte[][] zippedWarmUp = [.. _warmUp.Select(LoadRun.Gzip)];
        await PartAsync("OTLP/HTTP with gzip", Transport.HttpGzip, zipped, zippedWarmUp);
        await PartAsync("OTLP/gRPC with gzip", Transport.GrpcGzip, zipped, zippedWarmUp);
        await PartAsync("OTLP/gRPC from .NET's HTTP client, in pieces", Transport.GrpcClient, _requests, _warmUp);

        Part("protobuf alone: Google.Protobuf ParseFrom", Measure(request => ExportTraceServiceRequest.Parser.ParseFrom(request)));
        var reader = new RequestReader();
        Part("protobuf alone: bare walk of every field", Measure(request =>
        {
            for (reader.Open(request); reader.Read();) { }
        }));
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var sync = await DiskSync.MeasureAsync(_work.Path("sync.bin"), 256 << 10, TimeSpan.Zero, end.Token);
        report.Note($"disk sync alone, 256 KiB a time: p50 {sync.QuantileMs(0.5):0.0} ms, p99 {sync.QuantileMs(0.99):0.0} ms, longest {sync.MaxMs:0.0} ms");
        if (_load is { } load)
            report.Note($"wall: {_spans / load.Seconds:#,0} spans per s over {Options(Transport.Http).Connections} connections; acknowledged p50 {load.Acknowledgement.QuantileMs(0.5):0} ms, p99 {load.Acknowledgement.QuantileMs(0.99):0} ms; client {load.ClientCpuSeconds:0.0} CPU s; told to try again {load.Retries} times");

        async Task PartAsync(string name, Transport transport, byte[][] requests, byte[][] warmUp)
        {
            var cost = await OurIngest.RunAsync(_arguments, _work.Fresh("ours"), requests, _spans, warmUp, Options(transport));
            Part($"Explorer, {name} (one run)", cost.Sealed.CpuSeconds);
        }

        void Part(string name, double cpu) => report.Row(name, Report.Number(_spans / cpu), Report.Number(cpu / _spans * 1e6));
    }

    private LoadOptions Options(Transport transport) => new() { Transport = transport, Connections = _arguments.Int("connections", 8, 8) };

    private double Measure(Action<byte[]> work)
    {
        foreach (var request in _requests.Take(50)) work(request);
        var clock = new CpuClock();
        clock.Start();
        foreach (var request in _requests) work(request);
        clock.Stop();
        return clock.Cost.CpuSeconds;
    }

    private async Task<Cost> OursAsync(Transport transport, int round)
    {
        var cost = await OurIngest.RunAsync(_arguments, _work.Fresh("ours"), _requests, _spans, _warmUp, Options(transport));
        if (transport == Transport.Http)
        {
            _acknowledged.Add(cost.Acknowledged);
            _compacted.Add(cost.Compacted);
            _load = cost.Load;
            if (round == 0) _sizes.Add(("Explorer, as sealed", (double)cost.SegmentBytes / _spans));
        }

        return cost.Sealed;
    }

    private async Task<Cost> ClickHouseAsync(ClickHouseBlocks blocks, ClickHouseTable table, int round)
    {
        var load = await blocks.InsertAsync(table, _work.Fresh("clickhouse"));
        (table == ClickHouseTables.Exporter ? _exporterInsert : _typedInsert).Add(load.Insert);
        if (round == 0) _sizes.Add((table.Name, (double)load.Bytes / _spans));
        return load.Merged;
    }

    private Cost RawAsync(SpanColumns columns, int round)
    {
        var load = RawDuckDb.Append(_work.Fresh("raw"), columns, _requests);
        if (load.Events != _spans) throw new BenchmarkException($"the appender holds {load.Events} of {_spans} spans");
        if (round == 0) _sizes.Add((Raw, (double)load.Bytes / _spans));
        return load.Cost;
    }
}
