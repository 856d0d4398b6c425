using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>The engine of one round of work on segments, opened when there is something to do: between rounds it holds no memory.</summary>
internal sealed class LazyEngine(EventStoreOptions options, string temporaryDirectory) : IDisposable
{
    private Engine? _engine;
    private DuckDbConnection? _connection;

    /// <summary>Its one thread is the calling one, so its priority is that of all the work.</summary>
    public DuckDbConnection Connection =>
        _connection ??= (_engine = new Engine(options.CompactionMemoryBytes, 1, Path.Combine(temporaryDirectory, "compact"))).Rent();

    public void Dispose()
    {
        _connection?.Dispose();
        _engine?.Dispose();
    }
}
