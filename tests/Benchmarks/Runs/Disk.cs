using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Opponents;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Runs;

/// <summary>Bytes a span on disk, as sealed and once old data is compacted, beside ClickHouse and plain compression of what was sent.</summary>
internal static class Disk
{
    /// <summary>From this age on the server compresses for size; the smallest that it takes.</summary>
    private static readonly TimeSpan OldAfter = TimeSpan.FromMinutes(1);

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        using var work = new WorkDirectory(arguments, "disk");
        var spans = arguments.Number("spans", 1_000_000, 200_000);
        var requests = Workload.Prepare(Workload.W1(1, spans, DateTimeOffset.UtcNow.AddHours(-3)));
        var report = new Report($"Disk: bytes a span, {spans:#,0} spans of W1");
        report.Table("", "bytes a span");
        var (asSealed, compacted, segments) = await OursAsync(arguments, work, requests);
        report.Row("Explorer, segments as sealed", Report.Number((double)asSealed / spans));
        report.Row("Explorer, after seal and compaction", Report.Number((double)compacted / spans));
        report.AtMost("segments as sealed", (double)asSealed / spans, 56, "B a span");
        report.AtMost("after compaction of old data", (double)compacted / spans, 46, "B a span");
        report.Note($"{segments} segments in the end");
        report.Row("OTLP as sent", Report.Number((double)requests.Sum(r => (long)r.Length) / spans));
        var blocks = await ClickHouseBlocks.PrepareAsync(work.Fresh("blocks"), requests, ClickHouseTables.Exporter, ClickHouseTables.Typed);
        foreach (var table in new[] { ClickHouseTables.Exporter, ClickHouseTables.Typed })
            report.Row(table.Name, Report.Number((double)(await blocks.InsertAsync(table, work.Fresh("clickhouse"))).Bytes / spans));
        report.Row("zstd -3 of the OTLP", Report.Number((double)await ZstdAsync(work, requests) / spans));
        report.Row("gzip of the OTLP, a request at a time", Report.Number((double)requests.AsParallel().Sum(r => (long)LoadRun.Gzip(r).Length) / spans));
        using var columns = new SpanColumns(requests.Take(200));
        report.Row("DuckDB table, same columns", Report.Number((double)RawDuckDb.Append(work.Fresh("raw"), columns, requests).Bytes / spans));
        return report;
    }

    private static async Task<(long AsSealed, long Compacted, long Segments)> OursAsync(Arguments arguments, WorkDirectory work, byte[][] requests)
    {
        await using var server = await ServerProcess.StartAsync(arguments, work.Path("data"), $"EXPLORER__STORE__COMPRESSAFTER={OldAfter.TotalSeconds:0}s");
        await LoadRun.RunAsync(server, requests, new LoadOptions());
        var (asSealed, _) = await server.Api.SealAsync(() => ServerProcess.BytesBelow(server.Data, "*.parquet"));
        // Age counts from arrival: what was just sent is old when it has waited.
        await Task.Delay(OldAfter + TimeSpan.FromSeconds(5));
        var (_, status) = await server.Api.SealAsync(() => 0L);
        return (asSealed, ServerProcess.BytesBelow(server.Data, "*.parquet"), status.GetProperty("segments").GetInt64());
    }

    private static async Task<long> ZstdAsync(WorkDirectory work, byte[][] requests)
    {
        await using var engine = await ClickHouse.StartAsync(work.Fresh("zstd-engine"));
        long bytes = 0;
        foreach (var part in requests.Chunk(200))
        {
            await using (var file = File.Create(work.Path("part.bin")))
            {
                foreach (var request in part) await file.WriteAsync(request);
            }

            File.Delete(work.Path("part.zst"));
            await engine.RunAsync("SET output_format_compression_level = 3");
            await engine.RunAsync($"INSERT INTO FUNCTION file('{work.Path("part.zst")}', 'RawBLOB', 'd String', 'zstd') SELECT d FROM file('{work.Path("part.bin")}', 'RawBLOB', 'd String')");
            bytes += new FileInfo(work.Path("part.zst")).Length;
        }

        return bytes;
    }
}
