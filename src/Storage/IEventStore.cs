using Storage.Events;
using Storage.Queries;

namespace Storage;

/// <summary>The outcome of an append.</summary>
public enum AppendStatus
{
    /// <summary>Every event of the batch is durable and visible to the next query.</summary>
    Committed,

    /// <summary>The queue is full or the disk takes nothing; nothing of the batch is stored. Try again later.</summary>
    Busy,
}

/// <param name="Status">Whether the batch is stored.</param>
/// <param name="RetryAfter">When <see cref="AppendStatus.Busy"/>: how long the sender should wait.</param>
/// <param name="Reason">When <see cref="AppendStatus.Busy"/>: one sentence for the sender.</param>
public readonly record struct AppendResult(AppendStatus Status, TimeSpan RetryAfter = default, string? Reason = null);

/// <summary>Numbers that describe a store now. Reading them is cheap and does no I/O.</summary>
/// <param name="Events">Stored events.</param>
/// <param name="HotEvents">Events that are not yet in a segment.</param>
/// <param name="QueueBytes">Bytes of batches that wait for the disk.</param>
/// <param name="BytesOnDisk">Bytes of journals and segments.</param>
/// <param name="Segments">Sealed segments.</param>
/// <param name="MinTimeUnixNs">Earliest event time; 0 when the store is empty.</param>
/// <param name="MaxTimeUnixNs">Latest event time; 0 when the store is empty.</param>
public readonly record struct StoreStatistics(
    long Events, long HotEvents, long QueueBytes, long BytesOnDisk, int Segments, long MinTimeUnixNs, long MaxTimeUnixNs)
{
    /// <summary>False while the disk has refused what was to be stored last, less than half a minute ago; then the next append tells.</summary>
    public bool TakesData { get; init; }

    /// <summary>Bytes of segments that were sealed since the start.</summary>
    public long BytesSealed { get; init; }

    /// <summary>Bytes of segments that took the place of others since the start: over <see cref="BytesSealed"/>, how often bytes are rewritten.</summary>
    public long BytesRewritten { get; init; }
}

/// <summary>What to keep. Null means without bound.</summary>
/// <param name="MaxAge">Events that arrived longer ago are removed.</param>
/// <param name="MaxBytes">Bytes on disk above which the oldest segments are removed.</param>
public sealed record RetentionPolicy(TimeSpan? MaxAge, long? MaxBytes)
{
    /// <summary>Age of spans with their events and links; null means <see cref="MaxAge"/>.</summary>
    public TimeSpan? SpansAge { get; init; }

    /// <summary>Age of log records; null means <see cref="MaxAge"/>.</summary>
    public TimeSpan? LogsAge { get; init; }

    /// <summary>Age of metric points; null means <see cref="MaxAge"/>.</summary>
    public TimeSpan? MetricsAge { get; init; }

    /// <summary>True when everything is kept.</summary>
    public bool KeepsAll => MaxAge is null && MaxBytes is null && SpansAge is null && LogsAge is null && MetricsAge is null;
}

/// <summary>
/// A store of events. All members may be called concurrently. The conformance tests execute every sentence of this contract.
/// </summary>
public interface IEventStore : IAsyncDisposable
{
    /// <summary>
    /// Stores batches, all or none of them. Returns <see cref="AppendStatus.Committed"/> only when all of them survive a crash of the process
    /// (and, with <see cref="Durability.Sync"/>, of the machine), and <see cref="AppendStatus.Busy"/> at once when the bounded queue is
    /// full; then nothing of them is stored. Empty batches are committed without I/O. Cancelling stops the wait, not the write.
    /// The caller disposes the batches whatever the outcome, and may do so as soon as this returns: the store holds what it needs.
    /// </summary>
    /// <exception cref="EventStoreException">The batches could not be written; nothing of them is visible.</exception>
    ValueTask<AppendResult> AppendAsync(IReadOnlyList<EventBatch> batches, CancellationToken cancellationToken);

    /// <summary>Stores one batch, as <see cref="AppendAsync(IReadOnlyList{EventBatch}, CancellationToken)"/> does.</summary>
    ValueTask<AppendResult> AppendAsync(EventBatch batch, CancellationToken cancellationToken) => AppendAsync([batch], cancellationToken);

    /// <summary>Answers a query over all batches that were committed before the call.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the engine has stopped working on the query.</exception>
    /// <exception cref="QueryException">The query is at fault; the errors say where.</exception>
    /// <exception cref="EventStoreException">The store is at fault, or the query hit a limit of time or memory.</exception>
    Task<QueryResult> RunAsync(Query query, CancellationToken cancellationToken);

    /// <summary>
    /// Reads events into columns of codes, over all batches that were committed before the call: what analyses count again and again. Equal requests on
    /// equal data give the same events. The columns come in parts of <see cref="SampleRequest.PartColumns"/>, so that memory is bounded however many
    /// there are; the keys come with each. Bounded by the request, and by the limits of queries.
    /// </summary>
    /// <param name="request">Which events and columns.</param>
    /// <param name="read">Is given each part in turn, at least one.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; the engine has stopped working on the request.</exception>
    /// <exception cref="QueryException">The request is at fault: paths are those of a query, <c>calculations[i].where</c> being the i-th condition.</exception>
    /// <exception cref="EventStoreException">The store is at fault, or the request hit a limit of time or memory.</exception>
    Task SampleAsync(SampleRequest request, Action<EventSample> read, CancellationToken cancellationToken);

    /// <summary>
    /// Says how many events of a time have columns and values, from what is known of whole segments, which takes some milliseconds however many events
    /// there are. Null where that does not say it exactly: events are not sealed, a segment is cut by the time, or events stand for more than one each.
    /// </summary>
    /// <param name="window">The time.</param>
    /// <param name="columns">Stored columns.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<ValueTotals?> CountValuesAsync(TimeWindow window, IReadOnlyList<string> columns, CancellationToken cancellationToken) => Task.FromResult<ValueTotals?>(null);

    /// <summary>
    /// Answers a query as <see cref="RunAsync(Query, CancellationToken)"/> does, and tells now and then how far it is, from any thread; a short
    /// query is answered before there is anything to tell.
    /// </summary>
    Task<QueryResult> RunAsync(Query query, IProgress<QueryProgress> progress, CancellationToken cancellationToken) => RunAsync(query, cancellationToken);

    /// <summary>An immutable snapshot of the columns, including those of every committed batch. Never does I/O.</summary>
    Schema Schema { get; }

    /// <summary>Numbers about the store. Never does I/O.</summary>
    StoreStatistics Statistics { get; }

    /// <summary>
    /// Moves everything that is committed into segments, merges neighbours among these as far as they may be merged, and returns when that
    /// is done. What stands in the store stays the same.
    /// </summary>
    /// <exception cref="EventStoreException">The disk did not take it, or the store is closing; nothing is lost.</exception>
    Task SealAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Removes whole segments that the policy does not keep, oldest first, and gives their bytes back when their last reader is done. Never
    /// removes an event before its age. Idempotent.
    /// </summary>
    /// <exception cref="EventStoreException">Old events could not be sealed, which goes before; what was sealed already has been removed.</exception>
    Task ExpireAsync(RetentionPolicy policy, CancellationToken cancellationToken);
}
