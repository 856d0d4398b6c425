using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>Runs that several callers wait for: one that asks what is being computed already waits for that, and leaves without ending it for the others.</summary>
internal sealed class SharedRuns
{
    private readonly Dictionary<string, SharedRun> _running = new(StringComparer.Ordinal);

    /// <param name="key">Equal for runs that have the same answer.</param>
    /// <param name="start">Begins a run. Its token is cancelled when nobody waits any more.</param>
    /// <param name="cancellationToken">Ends the wait of this caller. When it was the last one, the run has ended too when this returns.</param>
    public async Task<QueryResult> RunAsync(string key, Func<CancellationToken, Task<QueryResult>> start, CancellationToken cancellationToken)
    {
        SharedRun? run;
        lock (_running)
        {
            if (!_running.TryGetValue(key, out run)) _running[key] = run = new SharedRun();
            run.Callers++;
            run.Answer ??= EndAsync(key, run, start);
        }

        try
        {
            return await run.Answer.WaitAsync(cancellationToken);
        }
        finally
        {
            await LeaveAsync(key, run);
        }
    }

    /// <summary>Callers of a run that goes on or is over.</summary>
    public int CallersOf(string key)
    {
        lock (_running) return _running.TryGetValue(key, out var run) ? run.Callers : 0;
    }

    private async Task<QueryResult> EndAsync(string key, SharedRun run, Func<CancellationToken, Task<QueryResult>> start)
    {
        try
        {
            return await Task.Run(() => start(run.Stop.Token), CancellationToken.None);
        }
        finally
        {
            Forget(key, run);
        }
    }

    private async Task LeaveAsync(string key, SharedRun run)
    {
        bool last;
        lock (_running)
        {
            last = --run.Callers == 0;
            // Who comes from now on does not wait for a run that is being ended.
            if (last) Forget(key, run);
        }

        if (!last) return;
        if (!run.Answer!.IsCompleted)
        {
            await run.Stop.CancelAsync();
            await Task.WhenAny(run.Answer);
        }

        _ = run.Answer.Exception; // nobody is left to hear of it
        run.Stop.Dispose();
    }

    private void Forget(string key, SharedRun run)
    {
        lock (_running)
        {
            if (_running.TryGetValue(key, out var known) && known == run) _running.Remove(key);
        }
    }

    private sealed class SharedRun
    {
        public int Callers { get; set; }

        public Task<QueryResult>? Answer { get; set; }

        public CancellationTokenSource Stop { get; } = new();
    }
}
