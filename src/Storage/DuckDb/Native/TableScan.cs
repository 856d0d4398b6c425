namespace Storage.DuckDb.Native;

/// <summary>
/// One scan of a registered table function: made when a query is bound, released when the query is destroyed. Text handed to DuckDB
/// without a copy must stay where it is until then.
/// </summary>
internal abstract class TableScan
{
    /// <summary>The columns: BOOLEAN, BIGINT, DOUBLE, VARCHAR, BLOB and other types of fixed width. Names must not hold zero characters.</summary>
    public abstract IReadOnlyList<(string Name, DuckDbType Type)> Columns { get; }

    /// <summary>Rows to expect, for the planner; need not be exact.</summary>
    public abstract long Cardinality { get; }

    /// <summary>At most so many threads call <see cref="Scan"/> at once; at least 1.</summary>
    public abstract int MaxThreads { get; }

    /// <summary>
    /// Called before the first <see cref="StartThread"/> of each run, to begin with the first row: a prepared statement may run again, and
    /// a recursive query runs its scan once a step. Runs follow one another.
    /// </summary>
    public abstract void Start();

    /// <summary>The state of one thread of the scan, which <see cref="Scan"/> gets back. May be called concurrently.</summary>
    public abstract object? StartThread();

    /// <summary>
    /// Writes up to <see cref="ChunkWriter.Capacity"/> rows and returns how many; 0 when there are none left for this thread.
    /// Called concurrently, with a state of its own per thread. What it throws becomes the query's error.
    /// </summary>
    public abstract int Scan(object? threadState, ChunkWriter output);

    /// <summary>Called once, after the last use, on any thread. Must not throw: there is nobody to tell, so the process ends.</summary>
    public virtual void Release()
    {
    }
}
