using Storage.Events;

namespace Storage.DuckDb;

/// <summary>A committed batch in memory.</summary>
/// <param name="Batch">The events.</param>
/// <param name="FirstSeq">Number of the first event; the others follow.</param>
/// <param name="Columns">The registry's numbers of its stored columns, in their order.</param>
internal sealed record HotBatch(EventBatch Batch, long FirstSeq, int[] Columns);

/// <summary>A stored column: a name together with a storage type, since one name may be stored in several.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">How these values are stored.</param>
/// <param name="Number">The registry's number of the pair.</param>
internal readonly record struct HotColumn(string Name, StorageType Type, int Number);

/// <summary>The committed batches of one journal. One thread adds; readers see the prefix that their snapshot counted.</summary>
internal sealed class HotTier(long number, DateTimeOffset openedAt)
{
    /// <summary>A tier numbers its events from its own number times this.</summary>
    public const int SeqBits = 32;

    private HotBatch[] _batches = new HotBatch[64];

    public long Number { get; } = number;

    /// <summary>When its journal was started.</summary>
    public DateTimeOffset OpenedAt { get; } = openedAt;

    /// <summary>Arrival of its newest batch.</summary>
    public DateTimeOffset LastArrival { get; private set; } = openedAt;

    public int BatchCount { get; private set; }

    public long Events { get; private set; }

    public long Bytes { get; private set; }

    public long MinTime { get; private set; } = long.MaxValue;

    public long MaxTime { get; private set; } = long.MinValue;

    /// <summary>Number of the next event.</summary>
    public long NextSeq { get; private set; } = number << SeqBits;

    public void Add(EventBatch batch, long firstSeq, int[] columns, DateTimeOffset arrival)
    {
        if (BatchCount == _batches.Length)
        {
            var larger = new HotBatch[BatchCount * 2];
            Array.Copy(_batches, larger, BatchCount);
            _batches = larger;
        }

        _batches[BatchCount] = new HotBatch(batch, firstSeq, columns);
        NextSeq = firstSeq + batch.Count;
        BatchCount++;
        Events += batch.Count;
        Bytes += batch.SizeBytes;
        MinTime = Math.Min(MinTime, batch.MinTimeUnixNs);
        MaxTime = Math.Max(MaxTime, batch.MaxTimeUnixNs);
        LastArrival = arrival;
    }

    /// <summary>The batches so far; later ones are not among them.</summary>
    public HotView View() => new(this, new ArraySegment<HotBatch>(_batches, 0, BatchCount), Events);
}

/// <summary>The batches of a tier at one moment.</summary>
internal sealed record HotView(HotTier Tier, ArraySegment<HotBatch> Batches, long Events);
