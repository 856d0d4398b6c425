using System.Globalization;
using Benchmarks.Harness;
using Benchmarks.Load;
using Benchmarks.Opponents;
using Benchmarks.Servers;
using Benchmarks.Workloads;

namespace Benchmarks.Explore;

/// <summary>
/// The same hour of spans in Explorer, in a DuckDB file, and in both ClickHouse tables. With <c>--data DIR</c> everything is kept there and used
/// again, as long as the number of spans stays the same.
/// </summary>
internal sealed class ExploreData : IAsyncDisposable
{
    private const int BlockSpans = 100_000;
    private const int Seed = 1;

    private readonly DuckDbSide _duckDb;

    private ExploreData(ServerProcess server, DuckDbSide duckDb, ClickHouse? engine, IReadOnlyList<Side> sides, IReadOnlyList<string> traces, double start)
    {
        Server = server;
        _duckDb = duckDb;
        Engine = engine;
        Sides = sides;
        Traces = traces;
        Start = start;
    }

    public ServerProcess Server { get; }

    public ClickHouse? Engine { get; }

    /// <summary>Everybody who has the data; Explorer first, DuckDB second.</summary>
    public IReadOnlyList<Side> Sides { get; }

    /// <summary>Ids of traces that exist, from all over the hour.</summary>
    public IReadOnlyList<string> Traces { get; }

    /// <summary>Start of the window that holds everything, Unix seconds.</summary>
    public double Start { get; }

    /// <summary>End of that window.</summary>
    public double End => Start + 3_780;

    /// <param name="arguments">Names the server, the directory and <c>--no-clickhouse</c>.</param>
    /// <param name="directory">Where the data is or shall be.</param>
    /// <param name="spans">How many spans.</param>
    /// <param name="settings">Further settings of the server.</param>
    public static async Task<ExploreData> OpenAsync(Arguments arguments, string directory, long spans, params string[] settings)
    {
        Directory.CreateDirectory(directory);
        var (data, raw, clickHouse, done) = (Path.Combine(directory, "data"), Path.Combine(directory, "raw"), Path.Combine(directory, "clickhouse"), Path.Combine(directory, "done"));
        var with = !arguments.Has("no-clickhouse");
        var state = File.Exists(done) ? (await File.ReadAllTextAsync(done)).Split(' ') : [];
        var known = state is [var count, var since, var tables] && count == spans.ToString(CultureInfo.InvariantCulture) && (tables == "all" || !with);
        var start = known ? long.Parse(state[1], CultureInfo.InvariantCulture) : DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 3_600;
        var from = DateTimeOffset.FromUnixTimeSeconds(start);
        if (!known) foreach (var old in new[] { data, raw, clickHouse }.Where(Directory.Exists)) Directory.Delete(old, recursive: true);

        Directory.CreateDirectory(raw);
        var server = await ServerProcess.StartAsync(arguments, data, settings);
        ClickHouse? engine = null;
        try
        {
            if (!known) await FillAsync(server, spans, from);
            if (with) engine = await ClickHouse.StartAsync(clickHouse);
            if (!known)
            {
                Console.Error.WriteLine("  filling DuckDB");
                using (var columns = new SpanColumns(Workload.W1(Seed, Math.Min(spans, 100_000), from))) RawDuckDb.Append(raw, columns, Workload.W1(Seed, spans, from));
                if (engine is not null) await FillAsync(engine, clickHouse, spans, from);
                await File.WriteAllTextAsync(done, string.Create(CultureInfo.InvariantCulture, $"{spans} {start} {(with ? "all" : "ours")}"));
            }

            var (begin, end) = (start - 60, start + 3_720);
            var duckDb = new DuckDbSide(Path.Combine(raw, "raw.duckdb"), string.Create(CultureInfo.InvariantCulture, $"time >= {begin}000000000 AND time < {end}000000000"));
            List<Side> sides = [new OurSide(server, begin, end), duckDb];
            if (engine is not null)
            {
                sides.Add(new ClickHouseSide("ClickHouse, Collector's schema", engine, Window("Timestamp", begin, end), q => q.Exporter, id => $"SELECT * FROM exporter WHERE TraceId = '{id}'"));
                sides.Add(new ClickHouseSide("ClickHouse, typed by hand", engine, Window("time", begin, end), q => q.Typed, id => $"SELECT * FROM typed WHERE trace_id = unhex('{id}')"));
            }

            return new ExploreData(server, duckDb, engine, sides, TracesOf(spans, from), begin);
        }
        catch
        {
            await server.DisposeAsync();
            if (engine is not null) await engine.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _duckDb.Dispose();
        await Server.DisposeAsync();
        if (Engine is not null) await Engine.DisposeAsync();
    }

    private static string Window(string column, long start, long end) =>
        string.Create(CultureInfo.InvariantCulture, $"{column} >= toDateTime64({start}, 9) AND {column} < toDateTime64({end}, 9)");

    private static async Task FillAsync(ServerProcess server, long spans, DateTimeOffset from)
    {
        Console.Error.WriteLine("  filling Explorer");
        await LoadRun.RunAsync(server, Workload.W1(Seed, spans, from), new LoadOptions());
        var status = await server.Api.SealAsync();
        if (status.GetProperty("events").GetInt64() != spans) throw new BenchmarkException($"the server holds {status.GetProperty("events")} of {spans} spans");
    }

    private static async Task FillAsync(ClickHouse engine, string directory, long spans, DateTimeOffset from)
    {
        Console.Error.WriteLine("  filling ClickHouse");
        (ClickHouseTable Table, string Name)[] tables = [(ClickHouseTables.Exporter, "exporter"), (ClickHouseTables.Typed, "typed")];
        foreach (var (table, name) in tables) await engine.RunAsync(table.Create.Replace("CREATE TABLE spans", "CREATE TABLE " + name, StringComparison.Ordinal));
        var block = Path.Combine(directory, "block.bin");
        var reader = new RequestReader();
        SpanFile? file = null;
        var rows = 0;
        long all = 0;
        foreach (var request in Workload.W1(Seed, spans, from))
        {
            for (reader.Open(request); reader.Read();)
            {
                file ??= new SpanFile(block);
                file.Write(reader);
                all++;
                if (++rows < BlockSpans && all < spans) continue;
                file.Dispose();
                (file, rows) = (null, 0);
                foreach (var (table, name) in tables) await engine.RunAsync($"INSERT INTO {name} ({Names(table)}) SELECT {table.FromSpans} FROM file('{block}', 'RowBinary', '{ClickHouseTables.SpanStructure}')");
            }
        }

        File.Delete(block);
        foreach (var (_, name) in tables)
        {
            await engine.RunAsync($"OPTIMIZE TABLE {name} FINAL");
            if (await engine.RunAsync($"SELECT count() FROM {name}") is var held && held != spans.ToString(CultureInfo.InvariantCulture))
                throw new BenchmarkException($"{name} holds {held} of {spans} spans");
        }
    }

    /// <summary>The columns of a table in the order in which its select list gives them.</summary>
    private static string Names(ClickHouseTable table) => table == ClickHouseTables.Exporter
        ? "Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage"
        : "*";

    private static string[] TracesOf(long spans, DateTimeOffset from)
    {
        var reader = new RequestReader();
        var traces = new List<string>();
        var (requests, every) = (0L, Math.Max(1, spans / Workload.BatchSpans / 1_000));
        foreach (var request in Workload.W1(Seed, spans, from))
        {
            if (requests++ % every != 0) continue;
            reader.Open(request);
            if (reader.Read()) traces.Add(Convert.ToHexStringLower(reader.TraceId.Span));
        }

        return [.. traces];
    }
}
