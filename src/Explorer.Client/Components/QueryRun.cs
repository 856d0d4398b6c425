using Explorer.Client.State;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>How a run stands.</summary>
public enum RunStatus
{
    /// <summary>Nothing was asked yet.</summary>
    None,
    Running,
    Complete,

    /// <summary>The user stopped it.</summary>
    Cancelled,

    /// <summary>The question or the store was at fault; see the errors.</summary>
    Failed,
}

/// <summary>An answer, with the question as it was asked: at its absolute time.</summary>
/// <param name="Asked">The query that ran.</param>
/// <param name="State">The state it came from.</param>
/// <param name="Result">The answer.</param>
/// <param name="At">When it was complete.</param>
public sealed record Answer(Query Asked, ExplorerState State, QueryResult Result, DateTimeOffset At)
{
    /// <summary>The roots of the traces that it lists, by trace; null when it lists none, or they could not be read.</summary>
    public IReadOnlyDictionary<string, TraceRoot>? Roots { get; init; }
}

/// <summary>
/// Runs one question at a time: a new one cancels the old one, whose answer stays until the new one is there. The store really stops
/// working on what is cancelled.
/// </summary>
public sealed class QueryRun(IEventStore store, TimeProvider time, Func<Task> changed) : IDisposable
{
    /// <summary>Events on the first page of a listing.</summary>
    public const int EventsPerPage = 100;

    private const int MaxTraces = 100;

    private readonly Func<Task> _changed = changed;
    private CancellationTokenSource? _running;
    private DateTimeOffset _started;

    public RunStatus Status { get; private set; }

    /// <summary>The last answer; of an older question while a new one runs or has failed.</summary>
    public Answer? Answer { get; private set; }

    /// <summary>What was wrong with the last question.</summary>
    public IReadOnlyList<UrlError> Errors { get; private set; } = [];

    /// <summary>How long the running question has run.</summary>
    public TimeSpan Elapsed => time.GetUtcNow() - _started;

    /// <summary>How far the running question is; null while nothing is known.</summary>
    public QueryProgress? Progress { get; private set; }

    /// <summary>Answers the state's question; returns when it is answered, cancelled or failed.</summary>
    public async Task RunAsync(ExplorerState state)
    {
        _running?.Cancel();
        using var running = new CancellationTokenSource();
        (_running, _started, Status, Errors, Progress) = (running, time.GetUtcNow(), RunStatus.Running, [], null);
        await _changed();
        try
        {
            var query = Absolute(state);
            var result = await store.RunAsync(query, new Reports(this, running), running.Token);
            var roots = state.View == ExplorerView.Traces ? await RootsAsync(result, running.Token) : null;
            if (_running == running) (Answer, Status) = (new Answer(query, state, result, time.GetUtcNow()) { Roots = roots }, RunStatus.Complete);
        }
        catch (OperationCanceledException)
        {
            if (_running == running) Status = RunStatus.Cancelled;
        }
        catch (QueryException fault)
        {
            Fail(running, [.. fault.Errors.Select(e => QueryFault.Locate(state.Query, AsAsked(state, e)))]);
        }
        catch (EventStoreException fault)
        {
            Fail(running, [new UrlError("", "", fault.Message)]);
        }

        if (_running != running) return;
        _running = null;
        await _changed();
    }

    /// <summary>Shows what is wrong with a question that is not run.</summary>
    public async Task RefuseAsync(IReadOnlyList<UrlError> errors)
    {
        _running?.Cancel();
        (_running, Status, Errors) = (null, RunStatus.Failed, errors);
        await _changed();
    }

    /// <summary>Takes the errors away again without running anything.</summary>
    public async Task ForgiveAsync()
    {
        if (Status != RunStatus.Failed) return;
        (Status, Errors) = (Answer is null ? RunStatus.None : RunStatus.Complete, []);
        await _changed();
    }

    /// <summary>Says that the answer also answers this state, which differs in what is shown of it only.</summary>
    public void Adopt(ExplorerState state) => Answer = Answer is { } answer ? answer with { State = state } : null;

    /// <summary>Stops the running question.</summary>
    public void Cancel() => _running?.Cancel();

    /// <summary>The absolute window of a range, now. All data is what there is, so that an axis shows data and not centuries.</summary>
    public TimeWindow Window(TimeRange range)
    {
        var window = range.Resolve(time.GetUtcNow());
        var statistics = store.Statistics;
        if (statistics.MaxTimeUnixNs <= 0) return window;
        const long minute = 60_000_000_000;
        var start = window.StartUnixNs == 0 ? Math.Max(0, statistics.MinTimeUnixNs / minute * minute) : window.StartUnixNs;
        var end = window.EndUnixNs == long.MaxValue ? Math.Max(start + minute, Math.Min(statistics.MaxTimeUnixNs, long.MaxValue - 2 * minute) / minute * minute + minute) : window.EndUnixNs;
        return new TimeWindow(start, end);
    }

    public void Dispose() => _running?.Cancel();

    // Before the list is shown, so that it comes in one paint, and is kept with what it shows.
    private async Task<IReadOnlyDictionary<string, TraceRoot>?> RootsAsync(QueryResult traces, CancellationToken cancellationToken)
    {
        if (traces.Results.RowCount == 0) return null;
        try
        {
            return TraceRoot.Read(await store.RunAsync(TraceRoot.Of(traces), cancellationToken));
        }
        catch (Exception fault) when (fault is QueryException or EventStoreException)
        {
            return null; // The list stands without its roots.
        }
    }

    private Query Absolute(ExplorerState state)
    {
        var window = Window(state.Query.Time);
        var query = state.View switch
        {
            ExplorerView.Events => state.EventsQuery(EventsPerPage),
            ExplorerView.Traces => state.TracesQuery(MaxTraces),
            _ => state.OverviewQuery,
        };
        return query with { Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs) };
    }

    // The list of traces has a condition of its own beside the question's Where.
    private static QueryError AsAsked(ExplorerState state, QueryError error) =>
        state.View == ExplorerView.Traces && state.Query.Where is not Filter.And && error.Path.StartsWith("where.and[0]", StringComparison.Ordinal)
            ? error with { Path = "where" + error.Path["where.and[0]".Length..] }
            : error;

    private void Fail(CancellationTokenSource running, IReadOnlyList<UrlError> errors)
    {
        if (_running == running) (Status, Errors) = (RunStatus.Failed, errors);
    }

    // Told by the store from a thread of its own.
    private sealed class Reports(QueryRun run, CancellationTokenSource running) : IProgress<QueryProgress>
    {
        public void Report(QueryProgress value)
        {
            if (run._running != running) return;
            run.Progress = value;
            _ = run._changed();
        }
    }
}
