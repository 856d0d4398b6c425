using Storage.DuckDb;

namespace Storage;

/// <summary>Opens stores.</summary>
public static class EventStore
{
    /// <summary>Opens the embedded store in a directory: takes its lock, reads its segments and replays its journals.</summary>
    /// <exception cref="EventStoreException">The directory is in use or cannot be written, or the engine does not start.</exception>
    public static Task<IEventStore> OpenAsync(EventStoreOptions options, CancellationToken cancellationToken) =>
        Task.Run<IEventStore>(() => DuckDbEventStore.Open(options, cancellationToken), cancellationToken);
}
