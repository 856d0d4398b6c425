using System.Diagnostics;
using System.Globalization;
using Benchmarks.Harness;
using Benchmarks.Workloads;

namespace Benchmarks.Opponents;

/// <summary>
/// The workload in blocks of 100,000 spans, in ClickHouse's own Native format and with the types of the table: all that is left to the
/// engine is what no client can do for it.
/// </summary>
internal sealed class ClickHouseBlocks
{
    private const int BlockSpans = 100_000;

    private readonly string _directory;
    private readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal);
    private int _blocks;

    private ClickHouseBlocks(string directory) => _directory = directory;

    public long Spans { get; private set; }

    public static async Task<ClickHouseBlocks> PrepareAsync(string directory, IEnumerable<byte[]> requests, params ClickHouseTable[] tables)
    {
        Directory.CreateDirectory(directory);
        var blocks = new ClickHouseBlocks(directory);
        var raw = Path.Combine(directory, "block.bin");
        await using var engine = await ClickHouse.StartAsync(Path.Combine(directory, "preparation"));
        foreach (var rows in WriteBlocks(raw, requests))
        {
            foreach (var table in tables)
            {
                await engine.RunAsync($"INSERT INTO FUNCTION file('{blocks.File(table, blocks._blocks)}', 'Native') SELECT {table.FromSpans} FROM file('{raw}', 'RowBinary', '{ClickHouseTables.SpanStructure}')");
                if (blocks._columns.ContainsKey(table.Name)) continue;
                var described = await engine.RunAsync($"DESCRIBE TABLE file('{blocks.File(table, 0)}', 'Native')");
                blocks._columns[table.Name] = string.Join(", ", described.Split('\n').Select(line => $"`{line.Split('\t')[0]}`"));
            }

            blocks._blocks++;
            blocks.Spans += rows;
        }

        System.IO.File.Delete(raw);
        return blocks;
    }

    /// <summary>Inserts everything into a new table, a block a statement, then merges it to one part.</summary>
    public async Task<ClickHouseLoad> InsertAsync(ClickHouseTable table, string directory)
    {
        await using var engine = await ClickHouse.StartAsync(directory);
        await engine.RunAsync(table.Create);
        var cpu = engine.CpuSeconds;
        var watch = Stopwatch.StartNew();
        for (var block = 0; block < _blocks; block++)
            await engine.RunAsync($"INSERT INTO spans ({_columns[table.Name]}) SELECT {_columns[table.Name]} FROM file('{File(table, block)}', 'Native')");
        var insert = new Cost(engine.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        await engine.RunAsync("OPTIMIZE TABLE spans FINAL");
        var merged = new Cost(engine.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        var rows = await engine.RunAsync("SELECT count() FROM spans");
        if (rows != Spans.ToString(CultureInfo.InvariantCulture)) throw new BenchmarkException($"{table.Name} holds {rows} spans instead of {Spans}");
        return new ClickHouseLoad(insert, merged, await engine.BytesAsync(), engine.PeakBytes);
    }

    private static IEnumerable<int> WriteBlocks(string path, IEnumerable<byte[]> requests)
    {
        var reader = new RequestReader();
        SpanFile? file = null;
        var rows = 0;
        try
        {
            foreach (var request in requests)
            {
                for (reader.Open(request); reader.Read();)
                {
                    file ??= new SpanFile(path);
                    file.Write(reader);
                    if (++rows < BlockSpans) continue;
                    file.Dispose();
                    file = null;
                    yield return rows;
                    rows = 0;
                }
            }

            file?.Dispose();
            if (rows > 0) yield return rows;
        }
        finally
        {
            file?.Dispose();
        }
    }

    private string File(ClickHouseTable table, int block) => Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{(table == ClickHouseTables.Typed ? "typed" : "exporter")}-{block}.native"));
}

/// <summary>What loading a ClickHouse table took.</summary>
/// <param name="Insert">Until the last insert was answered.</param>
/// <param name="Merged">Until everything was one part.</param>
/// <param name="Bytes">On disk, merged.</param>
/// <param name="PeakBytes">Most resident memory.</param>
internal sealed record ClickHouseLoad(Cost Insert, Cost Merged, long Bytes, long PeakBytes);
