using System.Net;
using Explorer.Server.Otlp;
using Storage;

namespace Explorer.Server;

/// <summary>
/// Every setting of the process, with its default. <see cref="Settings"/> reads it from appsettings.json, environment variables and
/// flags, and refuses what is not valid, so that the rest of the code may trust these values.
/// </summary>
internal sealed class ExplorerOptions
{
    /// <summary>Address that all three listeners bind to.</summary>
    public IPAddress Bind { get; set; } = IPAddress.Loopback;

    /// <summary>Port of the UI and the HTTP API; 0 takes a free one.</summary>
    public int UiPort { get; set; } = 8080;

    /// <summary>Port of OTLP/gRPC; 0 takes a free one.</summary>
    public int OtlpGrpcPort { get; set; } = 4317;

    /// <summary>Port of OTLP/HTTP; 0 takes a free one.</summary>
    public int OtlpHttpPort { get; set; } = 4318;

    /// <summary>Directory of everything that is kept; relative to the working directory.</summary>
    public string Data { get; set; } = "./data";

    public DemoSection Demo { get; } = new();

    public MemorySection Memory { get; } = new();

    public IngestSection Ingest { get; } = new();

    public StoreSection Store { get; } = new();

    public QuerySection Query { get; } = new();

    public RetentionSection Retention { get; } = new();

    public RunsSection Runs { get; } = new();

    /// <summary>The absolute path of <see cref="Data"/>.</summary>
    public string DataDirectory => Path.GetFullPath(Data);

    /// <summary>These settings as the store takes them.</summary>
    public EventStoreOptions ToEventStoreOptions() => new()
    {
        DataDirectory = DataDirectory,
        Durability = Store.Durability,
        MaxQueueBytes = Memory.Queue,
        MaxColumns = Store.MaxColumns,
        MaxHotBytes = Memory.Hot,
        // Unsealed events take seven times the bytes of sealed ones: where little may be kept, the journal must not be most of it.
        SealBytes = Math.Min(Memory.Seal, Retention.MaxBytes / SealsInRetention ?? long.MaxValue),
        SealEvents = Store.SealEvents,
        // What is sealed late outlives its age: retention removes segments.
        SealAge = Retention.ShortestAge / AgesOutlived is { } soon && soon < Store.SealAge ? soon : Store.SealAge,
        CompressAfter = Store.CompressAfter,
        QueryMemoryBytes = Memory.Query,
        SealMemoryBytes = Memory.Sealing,
        ResidentBytes = Memory.Resident,
        MaxConcurrentQueries = Query.MaxConcurrent,
        MaxWaitingQueries = Query.MaxWaiting,
        QueryCacheBytes = Query.CacheBytes,
        ExactEvents = Query.ExactEvents,
        QueryTimeout = Query.Timeout,
    };

    /// <summary>These settings as the ingest side takes them.</summary>
    public IngestOptions ToIngestOptions() => new()
    {
        MaxBodyBytes = (int)Ingest.MaxBodyBytes,
        MaxDecompressedBytes = (int)Memory.LargestRequest,
        MaxBufferedBytes = Memory.Buffered,
        Keys = Ingest.Keys,
    };

    /// <summary>Journals that fit into the bytes that retention keeps, at least.</summary>
    private const int SealsInRetention = 8;

    /// <summary>Events may be kept for so small a part of their age longer than that.</summary>
    private const int AgesOutlived = 10;

    private static EventStoreOptions StoreDefaults { get; } = new() { DataDirectory = "" };

    internal sealed class DemoSection
    {
        /// <summary>Whether the built-in traffic source runs.</summary>
        public bool Enabled { get; set; }

        /// <summary>Equal seeds make equal traffic.</summary>
        public int Seed { get; set; } = 1;

        /// <summary>Mean rate of spans over a day.</summary>
        public int SpansPerSecond { get; set; } = 30;

        /// <summary>How far back from the start the source fills at once; zero goes live at once.</summary>
        public TimeSpan Backfill { get; set; } = TimeSpan.FromHours(2);
    }

    internal sealed class IngestSection
    {
        /// <summary>Senders must present one of these; none accepts everyone who reaches the ports.</summary>
        public IReadOnlyList<string> Keys { get; set; } = [];

        /// <summary>Largest request body as it arrives, bytes.</summary>
        public long MaxBodyBytes { get; set; } = 32L << 20;
    }

    internal sealed class StoreSection
    {
        public Durability Durability { get; set; } = StoreDefaults.Durability;

        public int MaxColumns { get; set; } = StoreDefaults.MaxColumns;

        public int SealEvents { get; set; } = StoreDefaults.SealEvents;

        public TimeSpan SealAge { get; set; } = StoreDefaults.SealAge;

        public TimeSpan CompressAfter { get; set; } = StoreDefaults.CompressAfter;
    }

    internal sealed class QuerySection
    {
        public int MaxConcurrent { get; set; } = StoreDefaults.MaxConcurrentQueries;

        public int MaxWaiting { get; set; } = StoreDefaults.MaxWaitingQueries;

        public long CacheBytes { get; set; } = StoreDefaults.QueryCacheBytes;

        public int ExactEvents { get; set; } = StoreDefaults.ExactEvents;

        public TimeSpan Timeout { get; set; } = StoreDefaults.QueryTimeout;
    }

    internal sealed class RetentionSection
    {
        /// <summary>Events that arrived longer ago are removed; null keeps them.</summary>
        public TimeSpan? MaxAge { get; set; }

        /// <summary>Bytes on disk above which the oldest segments are removed; null means no bound.</summary>
        public long? MaxBytes { get; set; }

        /// <summary>Age of spans with their events and links; null means <see cref="MaxAge"/>.</summary>
        public TimeSpan? SpansAge { get; set; }

        /// <summary>Age of log records; null means <see cref="MaxAge"/>.</summary>
        public TimeSpan? LogsAge { get; set; }

        /// <summary>Age of metric points; null means <see cref="MaxAge"/>.</summary>
        public TimeSpan? MetricsAge { get; set; }

        /// <summary>The shortest of all ages; null where everything is kept.</summary>
        public TimeSpan? ShortestAge => new[] { MaxAge, SpansAge, LogsAge, MetricsAge }.Min();

        public RetentionPolicy Policy => new(MaxAge, MaxBytes) { SpansAge = SpansAge, LogsAge = LogsAge, MetricsAge = MetricsAge };
    }

    internal sealed class RunsSection
    {
        /// <summary>Kept query runs; above it the oldest is removed.</summary>
        public int MaxCount { get; set; } = 1_000;

        /// <summary>Bytes of kept query runs on disk; above it the oldest are removed.</summary>
        public long MaxBytes { get; set; } = 256L << 20;

        /// <summary>Bytes of one run, compressed; a larger one is kept without its answer.</summary>
        public long MaxRunBytes { get; set; } = 1 << 20;
    }
}
