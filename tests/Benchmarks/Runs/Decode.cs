using System.Diagnostics;
using Benchmarks.Harness;
using Benchmarks.Workloads;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Messages;
using Storage.Events;

namespace Benchmarks.Runs;

/// <summary>B1: a request's bytes to a finished batch, on one thread, beside what generated messages take for parsing alone, a bare walk, and memcpy.</summary>
internal static class Decode
{
    private const long MaxCost = 512L << 20;
    private const string Ours = "to columns";
    private const string Messages = "Google.Protobuf ParseFrom";
    private const string Walk = "bare walk";
    private const string Copy = "memcpy";

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var spans = arguments.Number("spans", 250_000, 20_000);
        var rounds = arguments.Int("rounds", 9, 2);
        var isWide = arguments.Has("wide");
        var requests = Workload.Prepare(isWide ? Workload.W2(1, spans) : Workload.W1(1, spans));
        var bytes = requests.Sum(r => (long)r.Length);
        var schema = SchemaOf(requests.AsSpan(0, Math.Min(requests.Length, 16)));
        var target = new byte[requests.Max(r => r.Length)];
        var reader = new RequestReader();
        (string Name, Action<byte[]> Run)[] runs =
        [
            (Ours, request => ToColumns(request, schema)),
            (Messages, request => ExportTraceServiceRequest.Parser.ParseFrom(request)),
            (Walk, request => WalkAll(request, reader)),
            (Copy, request => request.CopyTo(target, 0)),
        ];
        var allocated = runs.ToDictionary(r => r.Name, _ => 0L, StringComparer.Ordinal);
        foreach (var (_, run) in runs)
            for (var i = 0; i < 3; i++) Array.ForEach(requests, r => run(r)); // code that is compiled in tiers settles
        var contenders = runs.Select(r => new Contender(r.Name, _ => Task.FromResult(Measure(r.Run, requests, bytes => allocated[r.Name] = bytes)))).ToList();
        var samples = await Rounds.RunAsync(rounds, contenders);
        var report = new Report($"B1 decode, {spans:#,0} spans of W1, {Workload.BatchSpans} a request, {(double)bytes / spans:0} bytes a span, one thread");
        report.Contest("spans", spans, samples);
        report.Table("", "MB per CPU s (best)", "us a span (best)", "bytes allocated a span");
        foreach (var (name, side) in samples)
            report.Row(name, Report.Number(bytes / side.MinCpu / 1e6), Report.Number(side.MinCpu / spans * 1e6), Report.Number((double)allocated[name] / spans));
        report.Note("Ours ends with the batch in native memory as it goes into the journal; ParseFrom ends with objects, the walk with nothing.");
        report.Note($"batches take {(double)BatchBytes(requests, schema) / spans:0} bytes a span");
        if (isWide) return report;
        report.AtLeast("columns : ParseFrom", samples[Messages].MinCpu / samples[Ours].MinCpu, 5, "x", samples[Ours], samples[Messages]);
        report.AtLeast("columns : bare walk", samples[Walk].MinCpu / samples[Ours].MinCpu, 0.5, "x", samples[Ours], samples[Walk]);
        report.AtMost("allocated", (double)allocated[Ours] / spans, 16, "B a span");
        return report;
    }

    private static long BatchBytes(byte[][] requests, Schema schema)
    {
        var bytes = 0L;
        foreach (var request in requests)
        {
            foreach (var batch in OtlpDecoder.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, request, schema, 1, MaxCost).Batches)
            {
                bytes += batch.SizeBytes;
                batch.Dispose();
            }
        }

        return bytes;
    }

    private static Cost Measure(Action<byte[]> run, byte[][] requests, Action<long> allocated)
    {
        GC.Collect();
        var process = Process.GetCurrentProcess();
        var (cpu, before, watch) = (process.TotalProcessorTime, GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        foreach (var request in requests) run(request);
        watch.Stop();
        allocated(GC.GetAllocatedBytesForCurrentThread() - before);
        process.Refresh();
        return new Cost((process.TotalProcessorTime - cpu).TotalSeconds, watch.Elapsed.TotalSeconds);
    }

    private static void ToColumns(byte[] request, Schema schema)
    {
        var decoded = OtlpDecoder.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, request, schema, 1, MaxCost);
        foreach (var batch in decoded.Batches) batch.Dispose();
    }

    private static void WalkAll(byte[] request, RequestReader reader)
    {
        reader.Open(request);
        while (reader.Read())
        {
        }
    }

    /// <summary>The schema of a store that has seen such requests.</summary>
    private static Schema SchemaOf(ReadOnlySpan<byte[]> requests)
    {
        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (var request in requests)
        {
            var decoded = OtlpDecoder.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, request, Schema.Empty, 1, MaxCost);
            foreach (var batch in decoded.Batches)
            {
                foreach (var column in batch.Columns) columns.TryAdd(column.Name, new Column(column.Name, ColumnTypes.Logical(column.Type), 1, 1, 1));
                batch.Dispose();
            }
        }

        return new Schema(columns.Values, Schema.Empty.MaxColumns);
    }
}
