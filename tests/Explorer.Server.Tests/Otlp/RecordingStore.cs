using System.Collections.Concurrent;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

/// <summary>A store that keeps batches as they are, and says it is busy when told to.</summary>
internal sealed class RecordingStore : IEventStore
{
    private readonly ConcurrentQueue<EventBatch> _batches = new();

    public AppendResult? Answer { get; set; }

    public Exception? Fault { get; set; }

    /// <summary>When set, appends wait for it and then for their cancellation.</summary>
    public bool Stalls { get; set; }

    /// <summary>Done when the first append or expiry has come.</summary>
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<EventBatch> Batches => [.. _batches];

    public int Events => _batches.Sum(b => b.Count);

    public Schema Schema { get; set; } = Schema.Empty;

    public StoreStatistics Statistics => default;

    public async ValueTask<AppendResult> AppendAsync(IReadOnlyList<EventBatch> batches, CancellationToken cancellationToken)
    {
        Entered.TrySetResult();
        if (Stalls) await Task.Delay(Timeout.Infinite, cancellationToken);
        if (Fault is not null) throw Fault;
        if (Answer is { } answer) return answer;
        // Its tests read the batches later: they are held, and freed with the process.
        foreach (var batch in batches) _batches.Enqueue(batch.Retain());
        return new AppendResult(AppendStatus.Committed);
    }

    public Task SampleAsync(SampleRequest request, Action<EventSample> read, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<QueryResult> RunAsync(Query query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ExpireAsync(RetentionPolicy policy, CancellationToken cancellationToken)
    {
        Entered.TrySetResult();
        return Fault is null ? Task.CompletedTask : Task.FromException(Fault);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
