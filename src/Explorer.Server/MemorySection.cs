namespace Explorer.Server;

/// <summary>
/// The one limit on memory and its shares. A share that is set has that size; the others divide what is left. Beside them the process
/// needs room for itself: code, threads, pages, short-lived objects, some 150 to 350 MB.
/// </summary>
internal sealed class MemorySection
{
    public const long LeastLimit = 256L << 20;

    /// <summary>More unsealed events would take longer to read back at a start than a start may take.</summary>
    private const long MostHot = 1L << 30;

    private const long MostQueue = 128L << 20;
    private const long MostBuffered = 256L << 20;
    private const long MostSeal = 256L << 20;

    private const long OwnSealing = 16L << 20;

    /// <summary>What the process needs for itself under load before it gives back what its heaps hold in reserve: its code and tables alone are 150 MB.</summary>
    private const long Own = 160L << 20;

    private long? _queue;
    private long? _hot;
    private long? _buffered;
    private long? _query;
    private long? _seal;

    /// <summary>Bytes for telemetry on its way in, unsealed events and queries together.</summary>
    public long Limit { get; set; } = Math.Max(LeastLimit, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 >> 20 << 20);

    /// <summary>Requests that are being read; room for at least the largest.</summary>
    public long Buffered
    {
        get => _buffered ?? Math.Max(LargestRequest, Math.Min(MostBuffered, Limit * 15 / 100));
        set => _buffered = value;
    }

    /// <summary>Events that wait for the disk.</summary>
    public long Queue
    {
        get => _queue ?? Math.Min(MostQueue, Rest * 8 / 100);
        set => _queue = value;
    }

    /// <summary>Events that are not in a segment yet.</summary>
    public long Hot
    {
        get => _hot ?? Math.Min(MostHot, Rest * 25 / 100);
        set => _hot = value;
    }

    /// <summary>What queries may use before they spill: all that the others leave.</summary>
    public long Query
    {
        get => _query ?? Math.Max(0, Limit - Buffered - Queue - Hot - Sealing);
        set => _query = value;
    }

    /// <summary>A journal is sealed at this size: early enough that others fill while one is written.</summary>
    public long Seal
    {
        get => _seal ?? Math.Min(MostSeal, Hot / 6);
        set => _seal = value;
    }

    /// <summary>What the engine takes to write a segment: about five times the events that it is made of (measured), and something for itself.</summary>
    public long Sealing => 5 * Seal + OwnSealing;

    /// <summary>Largest request after decompression.</summary>
    public long LargestRequest { get; set; } = 64L << 20;

    /// <summary>See <see cref="Storage.EventStoreOptions.ResidentBytes"/>.</summary>
    public long Resident => Limit + Own;

    /// <summary>All shares together; above <see cref="Limit"/> where settings ask for too much.</summary>
    public long Total => Buffered + Queue + Hot + Sealing + Query;

    private long Rest => Math.Max(0, Limit - Buffered - (_query ?? 0));
}
