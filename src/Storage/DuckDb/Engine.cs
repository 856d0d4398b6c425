using System.Collections.Concurrent;
using System.Globalization;
using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>The embedded DuckDB instance: its settings, its connections and the scan plans that statements refer to by number.</summary>
internal sealed class Engine : IDisposable
{
    private readonly DuckDbDatabase _database;
    private readonly ConcurrentBag<DuckDbConnection> _idle = [];
    private readonly ConcurrentDictionary<long, HotScanPlan> _plans = new();
    private long _lastPlan;

    public Engine(EventStoreOptions options, string temporaryDirectory)
    {
        _database = DuckDbDatabase.Open(null, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["memory_limit"] = (options.QueryMemoryBytes / 1_000_000).ToString(CultureInfo.InvariantCulture) + "MB",
            ["temp_directory"] = temporaryDirectory,
            ["autoinstall_known_extensions"] = "false",
            ["autoload_known_extensions"] = "false",
        });
        using var connection = _database.Connect();
        connection.RegisterTableFunction(RelationText.HotFunction, Open);
    }

    /// <summary>An idle connection, or a new one. Its user gives it back with <see cref="Return"/>.</summary>
    public DuckDbConnection Rent() => _idle.TryTake(out var connection) ? connection : _database.Connect();

    public void Return(DuckDbConnection connection) => _idle.Add(connection);

    /// <summary>Makes a plan known to statements. It is kept until <see cref="Forget"/>.</summary>
    public long Register(HotScanPlan plan)
    {
        var number = Interlocked.Increment(ref _lastPlan);
        _plans[number] = plan;
        return number;
    }

    public void Forget(long plan) => _plans.TryRemove(plan, out _);

    public void Dispose()
    {
        while (_idle.TryTake(out var connection)) connection.Dispose();
        _database.Dispose();
    }

    private TableScan Open(long plan) =>
        _plans.TryGetValue(plan, out var found) ? new HotScan(found) : throw new InvalidOperationException($"scan plan {plan} is over");
}
