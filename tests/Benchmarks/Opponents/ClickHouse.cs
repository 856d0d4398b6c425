using System.Diagnostics;
using System.Text.Json;
using Benchmarks.Harness;

namespace Benchmarks.Opponents;

/// <summary>A ClickHouse engine in a process of its own (npm <c>chdb</c>), with two threads and 4 GB like the others.</summary>
internal sealed class ClickHouse : IAsyncDisposable
{
    private const string Settings = "SETTINGS max_threads = 2, max_insert_threads = 1, max_memory_usage = 4000000000";

    private readonly Process _process;

    private ClickHouse(Process process) => _process = process;

    /// <summary>CPU seconds of the process when it last answered.</summary>
    public double CpuSeconds { get; private set; }

    /// <summary>Seconds that its last statement took, without the way to it and back.</summary>
    public double WallSeconds { get; private set; }

    public long PeakBytes => ProcessUsage.Of(_process.Id).PeakBytes;

    public static string Project => Path.Combine(Repository.Root, "tests", "Benchmarks");

    /// <summary>Starts an engine with its data in a directory; the first use on a machine downloads the package (about 150 MB).</summary>
    public static async Task<ClickHouse> StartAsync(string directory)
    {
        if (!Directory.Exists(Path.Combine(Project, "node_modules", "chdb"))) await InstallAsync();
        var start = new ProcessStartInfo("node", [Path.Combine(Project, "Opponents", "clickhouse.mjs"), directory])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Project,
        };
        var engine = new ClickHouse(Process.Start(start) ?? throw new BenchmarkException("node did not start"));
        await engine.RunAsync("SELECT 1");
        return engine;
    }

    /// <summary>Runs a statement and gives its result, tab-separated.</summary>
    public async Task<string> RunAsync(string sql)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { sql = IsQuery(sql) ? $"{sql} {Settings}" : sql }));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new BenchmarkException($"the ClickHouse engine ended at: {sql}");
        var answer = JsonSerializer.Deserialize<JsonElement>(line);
        if (answer.TryGetProperty("error", out var error)) throw new BenchmarkException($"ClickHouse: {error.GetString()}\n{sql}");
        CpuSeconds = answer.GetProperty("cpu").GetDouble();
        WallSeconds = answer.GetProperty("wall").GetDouble();
        return answer.GetProperty("text").GetString()!;
    }

    /// <summary>Bytes on disk of all active parts.</summary>
    public async Task<long> BytesAsync() =>
        long.Parse(await RunAsync("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'default'"), System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20))) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static bool IsQuery(string sql) => sql.StartsWith("INSERT", StringComparison.Ordinal) || sql.StartsWith("SELECT", StringComparison.Ordinal);

    // Not "npm ci": the lock file knows the engine for this platform only, and the others are optional.
    private static async Task InstallAsync()
    {
        await Console.Error.WriteLineAsync("  installing the ClickHouse engine (npm install in tests/Benchmarks)");
        using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]) { WorkingDirectory = Project, UseShellExecute = false, RedirectStandardOutput = true })
            ?? throw new BenchmarkException("npm did not start");
        await npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0) throw new BenchmarkException("npm install failed in tests/Benchmarks");
    }
}
