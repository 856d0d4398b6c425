using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Which small batches are merged, and when. A sender that sends every span by itself must cost neither queries nor memory: thousands of
/// batches of one event are scanned many times slower than a few large ones, and each repeats its texts.
/// </summary>
/// <remarks>
/// Batches have levels by their events: below 8, below 64, below 512, and large ones, which stay as they are. When eight or more neighbours at
/// the end of a tier are of one level or lower, they become one, so each event is copied at most once a level or as often as its batch
/// at least doubles. 500,000 events leave at most some hundred batches beside the large ones, mostly far fewer.
/// </remarks>
internal static class SmallBatches
{
    /// <summary>From so many events on a batch is large: a scan of the engine's vectors of 2,048 rows visits few of them.</summary>
    public const int LargeEvents = 512;

    /// <summary>From so many bytes on a batch is large whatever it holds: copying it again costs more than its scan.</summary>
    public const int LargeBytes = 1 << 20;

    /// <summary>Neighbours that are merged at once.</summary>
    private const int Together = 8;

    private static readonly int[] s_levels = [8, 64, LargeEvents];

    public static bool IsSmall(EventBatch batch) => batch.Count < LargeEvents && batch.SizeBytes < LargeBytes;

    /// <summary>How many batches at the end are to be merged into one now; 0 for none.</summary>
    public static int DueAtEnd(ReadOnlySpan<HotBatch> batches)
    {
        foreach (var level in s_levels)
        {
            var (run, events, most, bytes) = (0, 0L, 0, 0L);
            for (var i = batches.Length - 1; i >= 0; i--)
            {
                var batch = batches[i].Batch;
                var isNeighbour = run == 0 || batches[i].EndSeq == batches[i + 1].FirstSeq;
                if (!IsSmall(batch) || batch.Count >= level || !isNeighbour || bytes + batch.SizeBytes > 2 * LargeBytes) break;
                run++;
                events += batch.Count;
                bytes += batch.SizeBytes;
                most = Math.Max(most, batch.Count);
            }

            if (run >= Together && events >= 2L * most) return run;
        }

        return 0;
    }

    /// <summary>
    /// The batches of one commit with the small ones merged. Their order is theirs: batches that are committed together have none. The
    /// caller holds what comes back.
    /// </summary>
    public static List<EventBatch> Gather(IReadOnlyList<EventBatch> batches)
    {
        var gathered = new List<EventBatch>();
        var small = new List<EventBatch>();
        var bytes = 0L;
        foreach (var batch in batches)
        {
            if (!IsSmall(batch))
            {
                gathered.Add(batch.Retain());
                continue;
            }

            small.Add(batch);
            bytes += batch.SizeBytes;
            if (bytes >= 2 * LargeBytes) Flush();
        }

        Flush();
        return gathered;

        void Flush()
        {
            if (small.Count > 0) gathered.Add(small.Count == 1 ? small[0].Retain() : BatchMerge.Merge(small));
            small.Clear();
            bytes = 0;
        }
    }
}
