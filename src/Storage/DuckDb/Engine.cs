using System.Collections.Concurrent;
using System.Globalization;
using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>
/// An embedded DuckDB instance: its settings, its connections and the scan plans that statements refer to by number. A store has one
/// for queries; the work on its own files has others while it lasts, so that a query that takes all memory does not stop events from being sealed.
/// </summary>
internal sealed class Engine : IDisposable
{
    /// <summary>What statements may spill, all together, is so many times the memory: without a bound it would be nine tenths of what is free on the disk.</summary>
    private const int SpillFactor = 16;

    private readonly DuckDbDatabase _database;
    private readonly ConcurrentBag<DuckDbConnection> _idle = [];
    private readonly ConcurrentBag<DuckDbConnection> _idleTelling = [];
    private readonly ConcurrentDictionary<long, HotScanPlan> _plans = new();
    private long _lastPlan;

    /// <param name="memoryBytes">Memory above which it spills.</param>
    /// <param name="threads">Threads that work on its statements.</param>
    /// <param name="temporaryDirectory">Where it spills to; of its own.</param>
    /// <param name="keepsFooters">Whether what the footers of segments say is kept from one statement to the next.</param>
    public Engine(long memoryBytes, int threads, string temporaryDirectory, bool keepsFooters = false)
    {
        _database = DuckDbDatabase.Open(null, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["threads"] = threads.ToString(CultureInfo.InvariantCulture),
            ["memory_limit"] = (memoryBytes / 1_000_000).ToString(CultureInfo.InvariantCulture) + "MB",
            ["temp_directory"] = temporaryDirectory,
            ["max_temp_directory_size"] = (memoryBytes / 1_000_000 * SpillFactor).ToString(CultureInfo.InvariantCulture) + "MB",
            // What a query has freed goes back to the system soon, not when the next one happens to come.
            ["allocator_background_threads"] = "true",
            ["allocator_flush_threshold"] = "32MB",
            ["allocator_bulk_deallocation_flush_threshold"] = "64MB",
            ["autoinstall_known_extensions"] = "false",
            ["autoload_known_extensions"] = "false",
        });
        using var connection = _database.Connect();
        // Of a hundred columns, footers take a third of the time of a short statement. They count towards the memory limit, and go first when it is near.
        if (keepsFooters) connection.Execute("SET GLOBAL parquet_metadata_cache = true");
        connection.RegisterTableFunction(RelationText.HotFunction, Open);
        connection.RegisterAggregates();
    }

    /// <summary>An idle connection, or a new one. Its user gives it back with <see cref="Return"/>.</summary>
    /// <param name="tellsProgress">See <see cref="DuckDbDatabase.Connect"/>.</param>
    public DuckDbConnection Rent(bool tellsProgress = false) => Idle(tellsProgress).TryTake(out var connection) ? connection : _database.Connect(tellsProgress);

    public void Return(DuckDbConnection connection) => Idle(connection.TellsProgress).Add(connection);

    /// <summary>Makes a plan known to statements, and takes it over. It is kept until <see cref="Forget"/>.</summary>
    public long Register(HotScanPlan plan)
    {
        var number = Interlocked.Increment(ref _lastPlan);
        _plans[number] = plan;
        return number;
    }

    /// <summary>No statement will name the plan any more; scans that are under way go on.</summary>
    public void Forget(long plan)
    {
        if (_plans.TryRemove(plan, out var found)) found.Dispose();
    }

    public void Dispose()
    {
        foreach (var connection in _idle.Concat(_idleTelling)) connection.Dispose();
        _database.Dispose();
    }

    private ConcurrentBag<DuckDbConnection> Idle(bool tellsProgress) => tellsProgress ? _idleTelling : _idle;

    /// <summary>A statement is only prepared by whoever registered the plan, before it forgets it.</summary>
    private TableScan Open(long plan)
    {
        if (!_plans.TryGetValue(plan, out var found)) throw new InvalidOperationException($"scan plan {plan} is over");
        found.Use();
        return new HotScan(found);
    }
}
