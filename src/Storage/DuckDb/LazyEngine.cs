using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>The engine of one round of work on the store's own files, opened when there is something that only it can do: between rounds it holds no memory.</summary>
/// <param name="memoryBytes">Memory above which it spills.</param>
/// <param name="temporaryDirectory">Where it spills to; of its own.</param>
internal sealed class LazyEngine(long memoryBytes, string temporaryDirectory) : IDisposable
{
    /// <summary>
    /// The calling one, so its priority is that of all the work. A second one has nothing to do in a scan in order, and DuckDB lets the calling thread
    /// spin while another works: 450,000 spans took 2.6 s of CPU with one thread, 2.7 to 4.3 s with two.
    /// </summary>
    private const int Threads = 1;

    private Engine? _engine;
    private DuckDbConnection? _connection;

    public Engine Engine => _engine ??= new Engine(memoryBytes, Threads, temporaryDirectory);

    public DuckDbConnection Connection => _connection ??= Engine.Rent();

    public void Dispose()
    {
        _connection?.Dispose();
        _engine?.Dispose();
    }
}
