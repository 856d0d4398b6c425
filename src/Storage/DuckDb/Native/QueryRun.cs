namespace Storage.DuckDb.Native;

/// <summary>One run of a query on a connection: how its cancellation reaches DuckDB and comes back.</summary>
internal readonly record struct QueryRun(DuckDbConnection Connection, long Number, CancellationToken CancellationToken)
{
    /// <summary>True until another query begins on the connection.</summary>
    public bool IsCurrent => Connection.IsCurrent(Number);

    /// <summary>Interrupts the query when the token is cancelled. Disposing waits for an interrupt under way, so none comes late.</summary>
    public CancellationTokenRegistration InterruptWhenCancelled() =>
        CancellationToken.CanBeCanceled ? CancellationToken.UnsafeRegister(static run => ((QueryRun)run!).Interrupt(), this) : default;

    public void Interrupt() => Connection.InterruptQuery(Number);

    /// <summary>An interrupt that our token caused is a cancellation; an interrupt that nobody asked for is another failure.</summary>
    /// <remarks>
    /// A thread of DuckDB that fails interrupts the other threads of its query. While rows are fetched, the interrupt is then now and again
    /// (once in ten failures) reported in place of the failure.
    /// </remarks>
    public Exception Translate(DuckDbException exception)
    {
        if (exception.ErrorType != DuckDbErrorType.Interrupt) return exception;
        if (CancellationToken.IsCancellationRequested) return new OperationCanceledException("the query was cancelled", exception, CancellationToken);
        return Connection.WasInterrupted(Number)
            ? exception
            : new DuckDbException(DuckDbErrorType.Executor, "the query failed while its rows were read, and DuckDB lost the reason");
    }
}
