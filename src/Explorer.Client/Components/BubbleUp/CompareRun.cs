using Analysis.BubbleUp;
using Analysis.Changes;
using Explorer.Client.Runs;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Components.BubbleUp;

/// <summary>
/// Compares one selection at a time: a new question stops the old one, whose answer stays until the first ranking of the new one is there. What is
/// found is shown as it is found.
/// </summary>
/// <param name="store">Where the events are.</param>
/// <param name="time">The clock.</param>
/// <param name="apply">Changes what is shown, where it is safe to do so, and draws it.</param>
public sealed class CompareRun(IEventStore store, TimeProvider time, Func<Action, Task> apply) : IDisposable
{
    /// <summary>Columns whose counts are made exact.</summary>
    public const int CountedColumns = 24;

    private CancellationTokenSource? _running;
    private long _started;
    private TimeSpan _took;

    public RunStatus Status { get; private set; }

    /// <summary>The question that was asked last.</summary>
    public CompareQuestion? Question { get; private set; }

    /// <summary>What is known; of an older question while nothing is known of the new one.</summary>
    public Comparison? Result { get; private set; }

    /// <summary>True when <see cref="Result"/> answers an older question.</summary>
    public bool IsOld { get; private set; }

    /// <summary>What changed between two windows; null where that was not asked, or is not known yet.</summary>
    public IReadOnlyList<Change>? Changes { get; private set; }

    /// <summary>What was wrong with the question; paths are those of <see cref="CompareQuestion"/>.</summary>
    public IReadOnlyList<QueryError> Errors { get; private set; } = [];

    /// <summary>Columns scored so far, of how many; null when all are.</summary>
    public (int Scored, int Columns)? Scoring { get; private set; }

    /// <summary>Columns whose shown counts are of all events.</summary>
    public int Counted { get; private set; }

    /// <summary>True while the ranking stands and its counts are made exact.</summary>
    public bool IsVerifying => Status == RunStatus.Running && Result is not null && !IsOld && Scoring is null;

    /// <summary>How long it took, or has taken so far.</summary>
    public TimeSpan Elapsed => Status == RunStatus.Running ? time.GetElapsedTime(_started) : _took;

    /// <summary>Whether changes are looked for: between two windows.</summary>
    public bool AsksChanges => Question is { Selection: Selection.Time, Baseline: Baseline.Time };

    /// <summary>What is shown, to be kept; null while nothing is known of the present question.</summary>
    public KeptComparison? Found => Result is { } result && !IsOld && Scoring is null ? new KeptComparison(result, Changes, Counted, Elapsed) : null;

    /// <summary>Shows what was found when the question was asked, and asks nothing.</summary>
    public void Show(CompareQuestion question, KeptComparison kept)
    {
        _running?.Cancel();
        (_running, _took, Status, Question, Errors, Scoring) = (null, kept.Took, RunStatus.Complete, question, [], null);
        (Result, IsOld, Changes, Counted) = (kept.Result, false, kept.Changes, kept.Counted);
    }

    /// <summary>Compares; returns when that is done, stopped or has failed.</summary>
    public async Task RunAsync(CompareQuestion question)
    {
        _running?.Cancel();
        using var running = new CancellationTokenSource();
        (_running, _started, Status, Question, Errors, Scoring, Counted, IsOld, Changes) = (running, time.GetTimestamp(), RunStatus.Running, question, [], null, 0, Result is not null, null);
        // Scoring keeps a processor busy, which must not be that of the page.
        var asked = Task.Run(() => AskAsync(question, running), CancellationToken.None);
        try
        {
            await asked;
            await FinishAsync(running, RunStatus.Complete, []);
        }
        catch (OperationCanceledException)
        {
            await FinishAsync(running, RunStatus.Cancelled, []);
        }
        catch (QueryException fault)
        {
            await FinishAsync(running, RunStatus.Failed, fault.Errors);
        }
        catch (EventStoreException fault)
        {
            await FinishAsync(running, RunStatus.Failed, [new QueryError("", fault.Message)]);
        }
    }

    /// <summary>Stops comparing; what is known stays.</summary>
    public void Cancel() => _running?.Cancel();

    public void Dispose() => _running?.Cancel();

    private async Task AskAsync(CompareQuestion question, CancellationTokenSource running)
    {
        var now = time.GetUtcNow();
        var result = await Comparisons.RunAsync(
            store, question, now,
            ranked => ShowAsync(running, ranked, null),
            column => CountAsync(running, column),
            new Reports(this, running), running.Token);
        await ShowAsync(running, result, null);
        if (question is not { Selection: Selection.Time after, Baseline: Baseline.Time before }) return;
        var changes = await WhatChanged.FindAsync(store, question.Query, before.Window, after.Window, running.Token);
        await apply(() =>
        {
            if (_running == running) Changes = changes;
        });
    }

    private Task ShowAsync(CancellationTokenSource running, Comparison result, (int, int)? scoring) => apply(() =>
    {
        if (_running != running) return;
        (Result, IsOld, Scoring) = (result, false, scoring);
        if (result.Completeness is { IsExact: true } or { IsRecounted: true }) Counted = Math.Min(result.Columns.Length, CountedColumns);
    });

    private Task CountAsync(CancellationTokenSource running, ComparedColumn column) => apply(() =>
    {
        if (_running != running || Result is not { } result) return;
        var at = result.Columns.IndexOf(result.Columns.FirstOrDefault(c => c.Name == column.Name)!);
        if (at < 0) return;
        Result = result with { Columns = result.Columns.SetItem(at, column) };
        Counted++;
    });

    private Task FinishAsync(CancellationTokenSource running, RunStatus status, IReadOnlyList<QueryError> errors) => apply(() =>
    {
        if (_running != running) return;
        (_running, _took, Status, Errors, Scoring) = (null, time.GetElapsedTime(_started), status, errors, null);
    });

    // Told by the thread that scores; it need not wait until the page is drawn.
    private sealed class Reports(CompareRun run, CancellationTokenSource running) : IProgress<RankingProgress>
    {
        public void Report(RankingProgress value) => _ = run.ShowAsync(running, value.SoFar, (value.Scored, value.Columns));
    }
}
