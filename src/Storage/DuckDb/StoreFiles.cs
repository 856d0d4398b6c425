using Microsoft.Extensions.Logging;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>Directories of a store, and what is found in them at start.</summary>
internal sealed class StoreFiles
{
    public StoreFiles(string root)
    {
        Root = Path.GetFullPath(root);
        Journals = Path.Combine(Root, "journal");
        Segments = Path.Combine(Root, "segments");
        Temporary = Path.Combine(Root, "tmp");
    }

    public string Root { get; }

    public string Journals { get; }

    public string Segments { get; }

    public string Temporary { get; }

    /// <exception cref="EventStoreException">A directory cannot be made.</exception>
    public void Create()
    {
        try
        {
            foreach (var directory in (string[])[Root, Journals, Segments, Temporary]) Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException($"the data directory {Root} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The finished segments, oldest first. Unfinished files are deleted; unreadable ones are reported and left out.</summary>
    public List<Segment> ReadSegments(DuckDbConnection connection, ILogger log)
    {
        foreach (var unfinished in Directory.EnumerateFiles(Segments, "*.tmp")) File.Delete(unfinished);
        var segments = new List<Segment>();
        foreach (var path in Directory.EnumerateFiles(Segments, "*.parquet"))
        {
            try
            {
                segments.Add(new Segment(path, new FileInfo(path).Length, ReadFooter(connection, path)));
            }
            catch (Exception e) when (e is DuckDbException or InvalidDataException)
            {
                log.SegmentUnreadable(path, e);
            }
        }

        return [.. segments.OrderBy(s => s.Footer.Number)];
    }

    /// <summary>
    /// The tiers that the journals hold, oldest first. A journal whose segment is there was sealed just before the process ended: it is
    /// deleted, so that every event exists once.
    /// </summary>
    public List<HotTier> ReplayJournals(HashSet<long> sealedNumbers, ColumnRegistry registry, MemoryCount memory, ILogger log)
    {
        var tiers = new List<HotTier>();
        foreach (var number in Journal.Numbers(Journals))
        {
            var path = Journal.PathOf(Journals, number);
            if (sealedNumbers.Contains(number))
            {
                File.Delete(path);
                continue;
            }

            var tier = new HotTier(number, new DateTimeOffset(File.GetCreationTimeUtc(path)), memory);
            var arrival = new DateTimeOffset(File.GetLastWriteTimeUtc(path));
            foreach (var (batch, firstSeq) in JournalReplay.Read(path, log))
            {
                tier.Add(batch, firstSeq, registry.Add(batch), arrival);
                foreach (var replaced in tier.MergeTail(registry)) replaced.Release();
            }

            tiers.Add(tier);
        }

        return tiers;
    }

    private static SegmentFooter ReadFooter(DuckDbConnection connection, string path)
    {
        using var statement = connection.Prepare(
            $"SELECT decode(value) FROM parquet_kv_metadata({RelationText.Literal(path)}) WHERE decode(key) = '{SegmentFooter.Key}'");
        using var result = statement.Execute(CancellationToken.None);
        if (result.NextChunk() is not { Count: > 0 } chunk) throw new InvalidDataException("not a segment of this store");
        return SegmentFooter.FromJson(chunk.GetString(0, 0));
    }
}
