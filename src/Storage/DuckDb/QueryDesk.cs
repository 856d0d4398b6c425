using System.Diagnostics;
using Storage.Compile;
using Storage.DuckDb.Native;
using Storage.DuckDb.Tally;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// Takes questions in: answers what it has answered before while that is still true, runs equal ones once, lets so many run at a time, and holds each to its
/// limits. What finds too little memory beside others is read again when no other heavy question is; what needs too much even then is estimated where it can be.
/// </summary>
internal sealed class QueryDesk : IAsyncDisposable
{
    /// <summary>A query about more events than this is heavy: it takes two cores for some tens of milliseconds and more.</summary>
    private const long HeavyEvents = 500_000;

    /// <summary>The values that a query counts itself take at most this part of the memory, and half as much again while they are ranked.</summary>
    private const int CountedPart = 8;

    private readonly EventStoreOptions _options;
    private readonly Engine _engine;
    private readonly ColumnRegistry _registry;
    private readonly PublishedState _published;
    private readonly CancellationToken _closing;
    private readonly QueryGate _gate;
    private readonly SharedRuns _runs = new();
    private readonly AnswerCache _answers;
    private readonly KeptRows _kept;
    private int _disposed;
    private long _reads;

    public QueryDesk(EventStoreOptions options, Engine engine, ColumnRegistry registry, PublishedState published, CancellationToken closing)
    {
        (_options, _engine, _registry, _published, _closing) = (options, engine, registry, published, closing);
        _gate = new QueryGate(options.MaxConcurrentQueries, options.MaxWaitingQueries);
        _answers = new AnswerCache(options.QueryCacheBytes);
        _kept = new KeptRows(options.KeptRowsBytes);
    }

    /// <summary>Questions since the start that were not answered from memory.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>True while a question is being answered that is not known.</summary>
    public bool IsBusy => _gate.IsBusy;

    /// <summary>Answers a question; see <see cref="IEventStore.RunAsync(Query, CancellationToken)"/>.</summary>
    /// <param name="query">The question.</param>
    /// <param name="progress">Is told how far it is, unless an equal question runs already and its answer serves both.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<QueryResult> RunAsync(Query query, IProgress<QueryProgress>? progress, CancellationToken cancellationToken) =>
        Within(() => AnswerAsync(query, progress, cancellationToken), cancellationToken);

    private async Task<QueryResult> AnswerAsync(Query query, IProgress<QueryProgress>? progress, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        cancellationToken.ThrowIfCancellationRequested();
        var (now, state) = (_options.Time.GetUtcNow(), _published.Current);
        var window = query.Time.Resolve(now);
        var key = QueryKey.Of(query, window, state, _registry.Snapshot);
        if (_answers.Find(key) is { } known) return known.With(known.Meta with { Elapsed = watch.Elapsed });
        var isHeavy = QueryKey.EventsNear(window, state) > HeavyEvents;
        var answer = await _runs.RunAsync(key, stop => ReadAsync((attempt, token, isOver) => Run(query, now, attempt.ExactEvents, progress, token, isOver), Attempts(query, isHeavy), stop), cancellationToken);
        if (!answer.Meta.IsPartial && _options.QueryCacheBytes > 0) _answers.Add(key, answer);
        return answer;
    }

    /// <summary>Reads events themselves; see <see cref="IEventStore.SampleAsync"/>.</summary>
    public Task SampleAsync(SampleRequest request, Action<EventSample> read, CancellationToken cancellationToken) =>
        Within(() => Task.Run(() => ReadAsync((_, token, _) => Sample(request, read, token), [new Attempt(QueryWeight.Heavy, _options.ExactEvents)], cancellationToken), CancellationToken.None), cancellationToken);

    /// <summary>Waits until nothing is read any more, and lets nothing in.</summary>
    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _disposed, 1);
        await _gate.CloseAsync();
    }

    /// <summary>
    /// What is cancelled by the caller is cancelled with the caller's token. A fault that nobody foresaw is told as the store's own: a page or a
    /// client that asks a question gets an answer to it, whatever happens here.
    /// </summary>
    private async Task<T> Within<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or QueryException or EventStoreException))
        {
            _options.Logger.QueryFault(e);
            throw new EventStoreException($"the query met a fault that was not foreseen ({e.GetType().Name}); the log of the server tells where", e);
        }
    }

    /// <summary>How a question is read.</summary>
    /// <param name="Weight">Beside whom.</param>
    /// <param name="ExactEvents">Matching events up to which it is answered exactly.</param>
    private readonly record struct Attempt(QueryWeight Weight, long ExactEvents);

    /// <summary>What is tried in turn as long as there is too little memory.</summary>
    private Attempt[] Attempts(Query query, bool isHeavy)
    {
        Attempt first = new(isHeavy ? QueryWeight.Heavy : QueryWeight.Small, _options.ExactEvents), alone = new(QueryWeight.Alone, _options.ExactEvents);
        return query.Calculations.Any(c => c.Op == CalculationOp.CountDistinct || c.Op.Quantile() is not null) ? [first, alone, alone with { ExactEvents = 0 }] : [first, alone];
    }

    /// <summary>Waits for a place, reads within the time limit, on the thread that it is called by or one that a place becomes free on, and translates what goes wrong.</summary>
    private async Task<T> ReadAsync<T>(Func<Attempt, CancellationToken, Func<bool>, T> read, Attempt[] attempts, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _disposed) != 0) throw new EventStoreException(EventStoreFault.Closed, "the store is closed");
        Interlocked.Increment(ref _reads);
        using var limit = new CancellationTokenSource(_options.QueryTimeout, _options.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token, _closing);
        bool IsOver() => limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested;
        try
        {
            for (var next = 0; ; next++)
            {
                var attempt = attempts[next];
                try
                {
                    using var place = await _gate.EnterAsync(attempt.Weight, stop.Token);
                    return read(attempt, stop.Token, IsOver);
                }
                catch (DuckDbException e) when (e.ErrorType is DuckDbErrorType.OutOfMemory or DuckDbErrorType.Executor && next < attempts.Length - 1) // of a failure while rows come the reason may be lost
                {
                    _options.Logger.QueryReadAgain(attempts[next + 1].ExactEvents > 0 ? "when no other heavy query runs" : "with estimates");
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw limit.IsCancellationRequested
                ? new EventStoreException(EventStoreFault.Timeout,
                    $"the query was stopped after {_options.QueryTimeout.TotalSeconds:0.#} s; ask for a shorter time range, or raise Query:Timeout")
                : new EventStoreException(EventStoreFault.Closed, "the store is closing");
        }
        catch (DuckDbException e)
        {
            throw Translate(e);
        }
    }

    private static EventStoreException Translate(DuckDbException e)
    {
        // A segment is only read: what finds the disk full is what the query spills.
        if (e.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase))
        {
            return new EventStoreException(EventStoreFault.OutOfMemory,
                "the query needs more memory than it may use, and the disk has no room for the rest; free space, or ask for a shorter time range or fewer groups", e);
        }

        return e.ErrorType == DuckDbErrorType.OutOfMemory
            ? new EventStoreException(EventStoreFault.OutOfMemory,
                "the query needs more memory than it may use; ask for a shorter time range or fewer groups, or raise Query:MemoryBytes", e)
            : new EventStoreException("the query failed in the engine; where a segment is damaged, --check names it once the server is stopped", e);
    }

    private QueryResult Run(Query query, DateTimeOffset now, long exactEvents, IProgress<QueryProgress>? progress, CancellationToken cancellationToken, Func<bool> isOver)
    {
        var watch = Stopwatch.StartNew();
        var lease = _published.Lease();
        using var session = new ReadSession(_engine, lease, _registry, _options, _kept, progress is not null, cancellationToken);
        var expected = QueryProgress.ExpectedStatements(query);
        using var telling = progress is null ? null : _options.Time.CreateTimer(_ => progress.Report(session.Progress(expected)), null, QueryProgress.Interval, QueryProgress.Interval);
        var counted = exactEvents == 0 ? 0 : Math.Max(exactEvents, _options.QueryMemoryBytes / CountedPart / sizeof(long));
        var result = QueryRunner.Run(query, session.Sql with { IsOutOfTime = isOver, ExactEvents = exactEvents, CountedEvents = counted }, now, cancellationToken);
        return result.With(result.Meta with
        {
            Elapsed = watch.Elapsed,
            RowsExamined = session.RowsExamined,
            SegmentsTotal = lease.State.Segments.Length,
            SegmentsRead = session.SegmentsRead,
        });
    }

    private bool Sample(SampleRequest request, Action<EventSample> read, CancellationToken cancellationToken)
    {
        var lease = _published.Lease();
        using var session = new ReadSession(_engine, lease, _registry, _options, _kept, tellsProgress: false, cancellationToken);
        new SampleRun(session, lease.State, request, _options.Time.GetUtcNow()).Read(read, cancellationToken);
        return true;
    }
}
