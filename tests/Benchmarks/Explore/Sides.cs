using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Benchmarks.Harness;
using Benchmarks.Opponents;
using Benchmarks.Servers;
using Storage.DuckDb;
using Storage.DuckDb.Native;

namespace Benchmarks.Explore;

/// <summary>One who is asked.</summary>
internal abstract class Side(string name)
{
    public string Name => name;

    /// <summary>Asks a question once. Reading the answer is not in the cost.</summary>
    public abstract Task<(Cost Cost, Answer Answer)> AskAsync(Question question);

    /// <summary>Reads one trace; the number of its spans.</summary>
    public abstract Task<(Cost Cost, int Spans)> TraceAsync(string id);
}

/// <summary>Explorer, through its HTTP API.</summary>
internal sealed class OurSide(ServerProcess server, double start, double end) : Side("Explorer, HTTP API")
{
    private readonly ProcessClock _clock = new(server.Id);

    public override async Task<(Cost Cost, Answer Answer)> AskAsync(Question question)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $$"""{ "start_time": {{start:0}}, "end_time": {{end:0}}, {{question.Query}} }""");
        var (cpu, watch) = (_clock.CpuSeconds, Stopwatch.StartNew());
        var bytes = await server.Api.QueryBytesAsync(query);
        var cost = new Cost(_clock.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        using var json = JsonDocument.Parse(bytes);
        return (cost, Read(json.RootElement.GetProperty("data"), question));
    }

    public override async Task<(Cost Cost, int Spans)> TraceAsync(string id)
    {
        var (cpu, watch) = (_clock.CpuSeconds, Stopwatch.StartNew());
        var bytes = await server.Api.TraceBytesAsync(id);
        var cost = new Cost(_clock.CpuSeconds - cpu, watch.Elapsed.TotalSeconds);
        if (bytes is null) return (cost, 0);
        using var json = JsonDocument.Parse(bytes);
        return (cost, json.RootElement.GetProperty("events").GetArrayLength());
    }

    private static Answer Read(JsonElement data, Question question)
    {
        if (question.SumOnly)
        {
            var sum = data.GetProperty("heatmap") is { ValueKind: JsonValueKind.Object } heatmap
                ? heatmap.GetProperty("counts").EnumerateArray().Sum(c => c.EnumerateArray().Sum(n => n.GetDouble()))
                : data.GetProperty("events").GetArrayLength();
            return new Answer([("", [sum])]);
        }

        var rows = data.GetProperty(question.Keys.Contains("time") ? "series" : "results").EnumerateArray();
        return new Answer([.. rows.Select(row =>
        {
            var values = row.GetProperty("data");
            var key = question.Keys.Select(k => k == "time" ? row.GetProperty("time").GetDateTimeOffset().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) : values.GetProperty(k).ToString());
            return (string.Join('\t', key), Array.ConvertAll(question.Values, v => values.GetProperty(v) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : double.NaN));
        })]);
    }
}

/// <summary>DuckDB in this process with a table of exactly these columns; the statement and its result are all that counts.</summary>
internal sealed class DuckDbSide : Side, IDisposable
{
    private readonly DuckDbDatabase _database;
    private readonly DuckDbConnection _connection;
    private readonly string _window;

    public DuckDbSide(string path, string window) : base("DuckDB, SQL by hand")
    {
        _window = window;
        _database = DuckDbDatabase.Open(null, new Dictionary<string, string>(StringComparer.Ordinal) { ["threads"] = "2", ["memory_limit"] = "4GB" });
        _connection = _database.Connect();
        _connection.Execute($"ATTACH '{path}' AS raw (READ_ONLY); USE raw");
    }

    public override Task<(Cost Cost, Answer Answer)> AskAsync(Question question)
    {
        var (cost, text) = Run(question.DuckDb.Replace("{time}", _window, StringComparison.Ordinal));
        return Task.FromResult((cost, question.SumOnly ? Sum(text) : Answer.Of(text, question.Keys.Length)));
    }

    public override Task<(Cost Cost, int Spans)> TraceAsync(string id)
    {
        var (cost, text) = Run($"SELECT 1::BIGINT, CAST(COLUMNS(*) AS VARCHAR) FROM spans WHERE \"trace.trace_id\" = unhex('{id}')");
        return Task.FromResult((cost, (int)Sum(text).Rows[0].Values[0]));
    }

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    internal static Answer Sum(string text) =>
        new([("", [text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(line => Answer.Number(line.Split('\t')[0]))])]);

    private (Cost Cost, string Text) Run(string sql)
    {
        var (cpu, watch) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        using var statement = _connection.Prepare(sql);
        using var result = statement.Execute(CancellationToken.None);
        var table = ResultReader.Read(result, 10_000_000);
        var cost = new Cost((Environment.CpuUsage.TotalTime - cpu).TotalSeconds, watch.Elapsed.TotalSeconds);
        var lines = Enumerable.Range(0, table.RowCount).Select(row => string.Join('\t', table.Columns.Select(c => c.IsNull(row) ? "\\N" : c[row].ToString())));
        return (cost, string.Join('\n', lines));
    }
}

/// <summary>A table in ClickHouse; the statement as the engine times it.</summary>
internal sealed class ClickHouseSide(string name, ClickHouse engine, string window, Func<Question, string> sql, Func<string, string> trace) : Side(name)
{
    public override async Task<(Cost Cost, Answer Answer)> AskAsync(Question question)
    {
        var (cost, text) = await RunAsync(sql(question).Replace("{time}", window, StringComparison.Ordinal));
        return (cost, question.SumOnly ? DuckDbSide.Sum(text) : Answer.Of(text, question.Keys.Length));
    }

    public override async Task<(Cost Cost, int Spans)> TraceAsync(string id)
    {
        var (cost, text) = await RunAsync(trace(id));
        return (cost, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private async Task<(Cost Cost, string Text)> RunAsync(string statement)
    {
        var cpu = engine.CpuSeconds;
        var text = await engine.RunAsync(statement);
        return (new Cost(engine.CpuSeconds - cpu, engine.WallSeconds), text);
    }
}
