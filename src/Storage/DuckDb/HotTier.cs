using Storage.DuckDb.Catalog;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>A committed batch in memory.</summary>
/// <param name="Batch">The events.</param>
/// <param name="FirstSeq">Number of the first event; the others follow.</param>
/// <param name="Columns">The registry's numbers of its stored columns, in their order.</param>
internal sealed record HotBatch(EventBatch Batch, long FirstSeq, int[] Columns)
{
    private NumberFacts[]? _facts;

    public long EndSeq => FirstSeq + Batch.Count;

    /// <summary>The time of each event, when it is not among the columns; found out when it is asked for.</summary>
    public Lazy<long[]>? Times { get; init; }

    /// <summary>The number of each event, when they do not follow each other; found out when it is asked for.</summary>
    public Lazy<long[]>? Seqs { get; init; }

    /// <summary>What is true of all values of a column, by its place; found out once.</summary>
    public NumberFacts FactsOf(int place)
    {
        var facts = _facts ??= new NumberFacts[Batch.Columns.Length];
        return facts[place] != NumberFacts.None ? facts[place] : facts[place] = NumberFacts.Known | Facts(Batch.Columns[place]);
    }

    private static NumberFacts Facts(BatchColumn column)
    {
        if (column.Type == StorageType.Int64) return NumberFacts.Finite;
        if (column.Type != StorageType.Float64) return NumberFacts.None;
        var isDecimal = true;
        foreach (var value in column.Float64s)
        {
            if (!double.IsFinite(value)) return NumberFacts.None;
            isDecimal = isDecimal && NumberCounter.IsDecimal(value);
        }

        return isDecimal ? NumberFacts.Finite | NumberFacts.Decimal : NumberFacts.Finite;
    }
}

/// <summary>What is true of all values of a column.</summary>
[Flags]
internal enum NumberFacts : byte
{
    None = 0,

    /// <summary>They were looked at.</summary>
    Known = 1,

    /// <summary>They are numbers, none of them NaN or infinite.</summary>
    Finite = 2,

    /// <summary>They are decimals of six places, see <see cref="NumberCounter.IsDecimal"/>.</summary>
    Decimal = 4,
}

/// <summary>A stored column: a name together with a storage type, since one name may be stored in several.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">How these values are stored.</param>
/// <param name="Number">The registry's number of the pair.</param>
internal readonly record struct HotColumn(string Name, StorageType Type, int Number);

/// <summary>
/// The committed batches of one journal. One thread adds and merges; readers see the batches of their snapshot, which they hold (see
/// <see cref="StateLease"/>). The tier holds its batches until it is released or has merged them.
/// </summary>
/// <param name="number">Number of its journal.</param>
/// <param name="openedAt">When its journal was started.</param>
/// <param name="memory">Counts the memory of its batches.</param>
internal sealed class HotTier(long number, DateTimeOffset openedAt, MemoryCount memory)
{
    /// <summary>A tier numbers its events from its own number times this.</summary>
    public const int SeqBits = 32;

    private HotBatch[] _batches = new HotBatch[64];

    public long Number { get; } = number;

    public MemoryCount Memory { get; } = memory;

    /// <summary>When its journal was started.</summary>
    public DateTimeOffset OpenedAt { get; } = openedAt;

    /// <summary>True when its journal has a damaged stretch that is kept nowhere else.</summary>
    public bool HasDamage { get; set; }

    /// <summary>Latest arrival of its batches; the earliest instant there is while it has none.</summary>
    public DateTimeOffset LastArrival { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Which traces are not in it.</summary>
    public GrowingTraceFilter Traces { get; } = new();

    public int BatchCount { get; private set; }

    public long Events { get; private set; }

    public long Bytes { get; private set; }

    public long MinTime { get; private set; } = long.MaxValue;

    public long MaxTime { get; private set; } = long.MinValue;

    /// <summary>Number of the next event.</summary>
    public long NextSeq { get; private set; } = number << SeqBits;

    /// <summary>Takes a batch over: the caller's hold becomes the tier's.</summary>
    public void Add(EventBatch batch, long firstSeq, int[] columns, DateTimeOffset arrival)
    {
        if (BatchCount == _batches.Length) Array.Resize(ref _batches, BatchCount * 2);
        _batches[BatchCount++] = new HotBatch(batch, firstSeq, columns);
        batch.CountIn(Memory);
        Traces.Add(batch);
        NextSeq = firstSeq + batch.Count;
        Events += batch.Count;
        Bytes += batch.SizeBytes;
        MinTime = Math.Min(MinTime, batch.MinTimeUnixNs);
        MaxTime = Math.Max(MaxTime, batch.MaxTimeUnixNs);
        if (arrival > LastArrival) LastArrival = arrival; // a clock may be set back
    }

    /// <summary>Where the tier ends now, for <see cref="Return"/>.</summary>
    public HotMark Mark() => new(BatchCount, NextSeq, Events, Bytes, MinTime, MaxTime, LastArrival);

    /// <summary>Forgets the batches since a mark, which were never in a view. The caller holds them again.</summary>
    public void Return(in HotMark mark) =>
        (BatchCount, NextSeq, Events, Bytes, MinTime, MaxTime, LastArrival) =
        (mark.BatchCount, mark.NextSeq, mark.Events, mark.Bytes, mark.MinTime, mark.MaxTime, mark.LastArrival);

    /// <summary>
    /// Merges the small batches at the end where that is due, see <see cref="SmallBatches"/>. Snapshots taken before keep what they show.
    /// </summary>
    /// <param name="registry">Numbers the columns of merged batches.</param>
    /// <returns>The batches that were replaced; to be released once the new view is published. Empty when nothing was due.</returns>
    public IReadOnlyList<EventBatch> MergeTail(ColumnRegistry registry)
    {
        var replaced = new List<EventBatch>();
        while (SmallBatches.DueAtEnd(_batches.AsSpan(0, BatchCount)) is var due and > 0)
        {
            var first = BatchCount - due;
            var parts = _batches.AsSpan(first, due).ToArray().Select(b => b.Batch).ToList();
            var merged = BatchMerge.Merge(parts);
            merged.CountIn(Memory);
            // Readers may hold the array up to its old end: what they see is never overwritten.
            var batches = new HotBatch[Math.Max(64, first * 2)];
            Array.Copy(_batches, batches, first);
            batches[first] = new HotBatch(merged, _batches[first].FirstSeq, registry.Numbers(merged));
            _batches = batches;
            BatchCount = first + 1;
            Bytes += merged.SizeBytes - parts.Sum(b => (long)b.SizeBytes);
            replaced.AddRange(parts);
        }

        return replaced;
    }

    /// <summary>Ends the tier's hold on its batches: it is no longer part of the published state. Called once.</summary>
    public void Release()
    {
        for (var i = 0; i < BatchCount; i++) _batches[i].Batch.Release();
    }

    /// <summary>The batches so far; later ones are not among them.</summary>
    public HotView View() => new(this, new ArraySegment<HotBatch>(_batches, 0, BatchCount), Events);
}

/// <summary>The end of a tier at one moment, as <see cref="HotTier"/> calls its parts.</summary>
internal readonly record struct HotMark(
    int BatchCount, long NextSeq, long Events, long Bytes, long MinTime, long MaxTime, DateTimeOffset LastArrival);

/// <summary>The batches of a tier at one moment.</summary>
internal sealed record HotView(HotTier Tier, ArraySegment<HotBatch> Batches, long Events);
