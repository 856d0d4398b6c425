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

    /// <summary>An interrupt that our token caused is a cancellation; everything else stays what it is.</summary>
    public Exception Translate(DuckDbException exception) =>
        exception.ErrorType == DuckDbErrorType.Interrupt && CancellationToken.IsCancellationRequested
            ? new OperationCanceledException("the query was cancelled", exception, CancellationToken)
            : exception;
}
