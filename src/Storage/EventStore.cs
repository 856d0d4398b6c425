using Storage.DuckDb;

namespace Storage;

/// <summary>Opens stores.</summary>
public static class EventStore
{
    /// <summary>Opens the embedded store in a directory: takes its lock, reads its segments and replays its journals.</summary>
    /// <exception cref="EventStoreException">The directory is in use or cannot be written, or the engine does not start.</exception>
    public static Task<IEventStore> OpenAsync(EventStoreOptions options, CancellationToken cancellationToken) =>
        Task.Run<IEventStore>(() => DuckDbEventStore.Open(options, cancellationToken), cancellationToken);

    /// <summary>
    /// Reads everything in the directory of a store that is not open, and says what is wrong. Changes nothing unless asked to repair; a
    /// repair moves what is damaged to <c>damaged/</c> and deletes nothing.
    /// </summary>
    /// <exception cref="EventStoreException">There is no store, a process uses it (<see cref="EventStoreFault.Locked"/>), or it cannot be read.</exception>
    public static Task<StoreReport> CheckAsync(EventStoreOptions options, bool repair, CancellationToken cancellationToken) =>
        Task.Run(() => StoreCheck.Run(options, repair, cancellationToken), cancellationToken);
}
