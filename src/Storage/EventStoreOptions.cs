using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Storage;

/// <summary>When an append counts as durable.</summary>
public enum Durability
{
    /// <summary>Written and synced to the device: survives a power cut.</summary>
    Sync,

    /// <summary>Handed to the operating system: survives the process, not the machine.</summary>
    Os,
}

/// <summary>Settings of a store. Bounds say what happens when they are reached.</summary>
public sealed record EventStoreOptions
{
    public const int DefaultMaxColumns = 2_000;

    /// <summary>Directory of the store's files; made when missing. One process at a time.</summary>
    public required string DataDirectory { get; init; }

    public Durability Durability { get; init; } = Durability.Sync;

    /// <summary>Bytes of batches that may wait for the disk. Above it, appends answer <see cref="AppendStatus.Busy"/>.</summary>
    public long MaxQueueBytes { get; init; } = 128L << 20;

    /// <summary>Columns that the store holds; further attribute names go to <c>meta.overflow</c>.</summary>
    public int MaxColumns { get; init; } = DefaultMaxColumns;

    /// <summary>A journal of this size is sealed into a segment.</summary>
    public long SealBytes { get; init; } = 256L << 20;

    /// <summary>A journal with this many events is sealed into a segment.</summary>
    public int SealEvents { get; init; } = 500_000;

    /// <summary>A journal of this age is sealed into a segment.</summary>
    public TimeSpan SealAge { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Segments are merged in the background until they have so many events; 0 leaves them as they were sealed.</summary>
    public int CompactEvents { get; init; } = 1_500_000;

    /// <summary>Events that arrived longer ago are compressed for size: a seventh smaller, up to twice as slow to read.</summary>
    public TimeSpan CompressAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Bytes of events that may wait in memory to be sealed. Above it, appends answer <see cref="AppendStatus.Busy"/>.</summary>
    public long MaxHotBytes { get; init; } = 1L << 30;

    /// <summary>Memory that queries, and with a fifth of it or 96 MiB the merging of segments, may use before they spill to disk; bytes.</summary>
    public long QueryMemoryBytes { get; init; } = Math.Max(512L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>
    /// Memory that sealing and the work on segments are expected to use, apart from that of queries; bytes. Sealing is stopped only well
    /// above it: events that cannot be sealed would end all appends.
    /// </summary>
    public long SealMemoryBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Resident memory of the process above which its heaps give back what they hold in reserve, free pages and garbage, also while there is work, twice a second at most; bytes.
    /// </summary>
    public long ResidentBytes { get; init; } = long.MaxValue;

    /// <summary>Queries that run at once; others wait their turn.</summary>
    public int MaxConcurrentQueries { get; init; } = Math.Max(4, Environment.ProcessorCount * 2);

    /// <summary>Queries that wait their turn; further ones are refused with <see cref="EventStoreFault.Busy"/>.</summary>
    public int MaxWaitingQueries { get; init; } = 256;

    /// <summary>Bytes of answers that are kept while they are true; the one not asked for longest makes room. 0 keeps none.</summary>
    public long QueryCacheBytes { get; init; } = 32L << 20;

    /// <summary>
    /// Matching events above which percentiles (to 1 % of their value) and counts of different values are estimates, which <see cref="Queries.QueryMeta.Approximate"/>
    /// names.
    /// </summary>
    public int ExactEvents { get; init; } = 20_000_000;

    /// <summary>
    /// A query that takes longer, its wait included, is stopped. It answers with what it has by then, marked as partial, or with
    /// <see cref="EventStoreFault.Timeout"/>.
    /// </summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Rows of one answer, series included. A query that makes more is refused with advice.</summary>
    public int MaxResultRows { get; init; } = 2_000_000;

    /// <summary>Where the store reports its life and its repairs.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Told the name of each step that a crash could come between; tests end the process there. Null in production.</summary>
    internal Action<string>? Step { get; init; }

    /// <summary>Leaves all counting to the engine; tests compare with it. False in production.</summary>
    internal bool LeavesCounting { get; init; }

    /// <summary>The part of <see cref="QueryMemoryBytes"/> that merging segments may use.</summary>
    internal long CompactionMemoryBytes => Math.Clamp(QueryMemoryBytes / 5, Math.Min(96L << 20, QueryMemoryBytes / 2), 400L << 20);

    /// <summary>
    /// The part of <see cref="QueryMemoryBytes"/> in which rows that a condition leaves are kept for the next question with that condition; any of them make room for others.
    /// None where no answers are kept.
    /// </summary>
    internal long KeptRowsBytes => QueryCacheBytes == 0 ? 0 : Math.Min(QueryMemoryBytes / 8, 256L << 20);

    /// <summary>Clock of the store.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
