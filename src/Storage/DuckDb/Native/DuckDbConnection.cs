using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// A connection: one query at a time, by one thread at a time. A new query ends a streaming result that is still open.
/// Only <see cref="Interrupt()"/>, <see cref="Progress"/> and <see cref="Dispose"/> may be called while another thread runs a query.
/// </summary>
internal sealed unsafe class DuckDbConnection : IDisposable
{
    private readonly ConnectionHandle _handle;
    private readonly Lock _gate = new();
    private long _query;
    private long _interruptedQuery;
    private DuckDbResult? _openResult;
    private bool _disposed; // under the gate; the handle itself stays open while a statement or result holds it

    internal DuckDbConnection(ConnectionHandle handle, bool tellsProgress)
    {
        (_handle, TellsProgress) = (handle, tellsProgress);
        try
        {
            // Without the (never printed) progress bar DuckDB computes no progress.
            Execute($"SET enable_progress_bar = {(tellsProgress ? "true" : "false")}; SET enable_progress_bar_print = false");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Whether <see cref="Progress"/> is known.</summary>
    public bool TellsProgress { get; }

    internal ConnectionHandle Handle => _handle;

    /// <summary>Share of the running query that is done, 0 to 1; null when unknown or when nothing runs. Table functions do not count.</summary>
    public double? Progress
    {
        get
        {
            lock (_gate)
            {
                var percentage = _disposed ? -1 : DuckDbNative.QueryProgress(_handle).Percentage;
                return percentage >= 0 ? Math.Min(percentage / 100, 1) : null;
            }
        }
    }

    /// <summary>Runs one or more statements to their end and drops their results.</summary>
    /// <exception cref="DuckDbException">A statement failed; those before it were executed.</exception>
    public void Execute(string sql)
    {
        RejectZero(sql);
        BeginQuery();
        NativeResult result = default;
        try
        {
            if (DuckDbNative.Query(_handle, sql, &result) != NativeState.Success) throw ErrorOf(&result);
        }
        finally
        {
            DuckDbNative.DestroyResult(&result);
        }
    }

    /// <summary>Parses and binds one statement; parameters are <c>?</c> or <c>$1</c>. Table functions in it are opened here.</summary>
    public DuckDbStatement Prepare(string sql)
    {
        RejectZero(sql);
        BeginQuery();
        if (DuckDbNative.Prepare(_handle, sql, out var statement) == NativeState.Success)
        {
            statement.HoldOpen(_handle);
            return new DuckDbStatement(this, statement);
        }

        using (statement) throw DuckDbException.FromMessage(Marshal.PtrToStringUTF8(DuckDbNative.PrepareError(statement)));
    }

    /// <summary>
    /// Makes the table function <c>name(BIGINT)</c> known to every connection of the database. <paramref name="open"/> is called with the
    /// argument each time a query with the function is bound - more than once for a query with parameters - from any thread.
    /// What it throws becomes the query's error.
    /// </summary>
    public void RegisterTableFunction(string name, Func<long, TableScan> open)
    {
        BeginQuery();
        TableFunction.Register(_handle, name, open);
    }

    /// <summary>Makes the aggregates of this namespace known to every connection of the database.</summary>
    public void RegisterAggregates()
    {
        BeginQuery();
        WeightedRanks.Register(_handle);
        DistinctEstimate.Register(_handle);
        KeptRanks.Register(_handle);
        HeatCells.Register(_handle);
    }

    /// <summary>A writer into an existing table. Flush it before the connection runs a query that should see its rows.</summary>
    public DuckDbAppender CreateAppender(string table, string? schema = null)
    {
        BeginQuery();
        return DuckDbAppender.Create(_handle, schema, table);
    }

    /// <summary>Makes the running query fail with <see cref="DuckDbErrorType.Interrupt"/>. Without one, or after dispose, does nothing.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            if (!_disposed) InterruptCurrent();
        }
    }

    /// <summary>Ends the open result and closes the connection. A query that runs on another thread is interrupted.</summary>
    public void Dispose()
    {
        DuckDbResult? open;
        lock (_gate)
        {
            if (_disposed) return;
            InterruptCurrent();
            _disposed = true;
            open = _openResult;
        }

        open?.Dispose();
        _handle.Dispose();
    }

    /// <summary>A number for the query about to start; from now on no <see cref="InterruptQuery"/> of an earlier one has an effect.</summary>
    /// <remarks>DuckDB itself forgets interrupts when a query starts, so what arrived before this call does no harm either.</remarks>
    internal long BeginQuery()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _openResult = null;
            return ++_query;
        }
    }

    /// <summary>Interrupts the query of this number if no later one has begun.</summary>
    internal void InterruptQuery(long query)
    {
        lock (_gate)
        {
            if (_query == query && !_handle.IsClosed) InterruptCurrent();
        }
    }

    /// <summary>True if somebody interrupted the query of this number, which must be the latest.</summary>
    internal bool WasInterrupted(long query)
    {
        lock (_gate) return _interruptedQuery == query;
    }

    internal bool IsCurrent(long query)
    {
        lock (_gate) return _query == query;
    }

    internal void ResultOpened(DuckDbResult result)
    {
        lock (_gate) _openResult = result;
    }

    internal void ResultClosed(DuckDbResult result)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_openResult, result)) _openResult = null;
        }
    }

    /// <summary>Ends what is left of an abandoned streaming query, so that it lets go of its memory and table scans now.</summary>
    /// <remarks>DuckDB does so when the next statement is prepared. An interrupt would also do, but it would abort an open transaction.</remarks>
    internal void EndAbandonedQuery(long query)
    {
        lock (_gate)
        {
            if (_query != query) return;
            _query++;
        }

        DuckDbNative.Prepare(_handle, "SELECT 1", out var statement);
        statement.Dispose();
    }

    /// <summary>To be called under the gate.</summary>
    private void InterruptCurrent()
    {
        _interruptedQuery = _query;
        DuckDbNative.Interrupt(_handle);
    }

    internal static DuckDbException ErrorOf(NativeResult* result)
    {
        var message = Marshal.PtrToStringUTF8(DuckDbNative.ResultError(result));
        var type = DuckDbNative.ResultErrorType(result);
        return type is DuckDbErrorType.Invalid or DuckDbErrorType.InvalidInput || message is null ? DuckDbException.FromMessage(message) : new DuckDbException(type, message);
    }

    /// <summary>The C API takes text up to its first zero: cutting SQL short silently could change its meaning.</summary>
    internal static void RejectZero(string sql)
    {
        var position = sql.IndexOf('\0', StringComparison.Ordinal);
        if (position >= 0) throw new DuckDbException(DuckDbErrorType.Parser, $"Parser Error: the SQL text holds a zero character at position {position}");
    }
}
