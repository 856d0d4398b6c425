using Microsoft.Extensions.Logging;
using Storage.DuckDb.Catalog;
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

    /// <summary>Deletes what queries and merges of a process that was killed have spilled: nobody else would. Held back by nothing but the directory's lock.</summary>
    public void ClearTemporary()
    {
        foreach (var directory in Directory.EnumerateDirectories(Temporary)) Directory.Delete(directory, recursive: true);
        foreach (var file in Directory.EnumerateFiles(Temporary)) File.Delete(file);
    }

    /// <summary>
    /// The number after all that were ever given to a journal or segment of which something is left, readable or not: a number names an
    /// event's place for ever.
    /// </summary>
    public long NextNumber() => Journal.Numbers(Journals)
        .Concat(Directory.EnumerateFiles(Segments).Select(SegmentFile.NumberIn).OfType<long>()).DefaultIfEmpty(0).Max() + 1;

    /// <summary>
    /// The finished segments. Unfinished files, and segments whose place another has taken, are deleted; unreadable ones are reported and
    /// left out, but kept.
    /// </summary>
    public List<Segment> ReadSegments(DuckDbConnection connection, EventStoreOptions options)
    {
        foreach (var unfinished in Directory.EnumerateFiles(Segments, "*" + SegmentFile.UnfinishedSuffix)) File.Delete(unfinished);
        var segments = new List<Segment>();
        foreach (var path in Directory.EnumerateFiles(Segments, "*" + SegmentFile.Suffix))
        {
            try
            {
                segments.Add(ReadSegment(connection, path, options));
            }
            catch (Exception e) when (e is DuckDbException or InvalidDataException)
            {
                options.Logger.SegmentUnreadable(path, e);
            }
        }

        DeleteReplaced(segments, options);
        foreach (var statistics in StatisticsAlone())
        {
            if (IsLost(statistics, segments.Select(s => s.Footer))) options.Logger.SegmentLost(Path.ChangeExtension(statistics, SegmentFile.Suffix));
            File.Delete(statistics);
        }

        return [.. segments.OrderBy(s => s.Footer.Number).ThenBy(s => s.Footer.Signal)];
    }

    /// <summary>Files of statistics whose segment is not there.</summary>
    public IReadOnlyList<string> StatisticsAlone() =>
    [
        .. Directory.EnumerateFiles(Segments, "*" + StatisticsFile.Suffix)
            .Where(statistics => !File.Exists(Path.ChangeExtension(statistics, SegmentFile.Suffix))).Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// True when statistics without a segment are not of one that was being written or replaced when a process ended: then its events are in a journal or in other segments.
    /// </summary>
    public bool IsLost(string statistics, IEnumerable<SegmentFooter> footers) =>
        SegmentFile.NumberIn(statistics) is { } number && !File.Exists(Journal.PathOf(Journals, number))
        && !footers.Any(f => Path.GetFileName(statistics).Contains($"-{Signals.NameOf(f.Signal)}", StringComparison.Ordinal) && (f.Number == number || f.Journals.Contains(number)));

    /// <summary>
    /// The tiers that the journals hold, oldest first. A journal whose segments are all there was sealed just before the process ended: it
    /// is deleted. Where only some of them are there it was being sealed: they are taken out and deleted, and it is replayed. So every event
    /// exists once.
    /// </summary>
    public List<HotTier> ReplayJournals(List<Segment> segments, ColumnRegistry registry, MemoryCount memory, ILogger log)
    {
        var tiers = new List<HotTier>();
        foreach (var number in Journal.Numbers(Journals))
        {
            var path = Journal.PathOf(Journals, number);
            if (IsSealed(number, [.. segments.Select(s => s.Footer)]))
            {
                File.Delete(path);
                continue;
            }

            foreach (var part in segments.Where(s => s.Footer.Number == number).ToArray())
            {
                part.Remove();
                segments.Remove(part);
            }

            var tier = new HotTier(number, new DateTimeOffset(File.GetCreationTimeUtc(path)), memory);
            var arrival = new DateTimeOffset(File.GetLastWriteTimeUtc(path));
            foreach (var (batch, firstSeq) in JournalReplay.Read(path, log, stays: () => tier.HasDamage = true))
            {
                tier.Add(batch, firstSeq, registry.Add(batch), arrival);
                foreach (var replaced in tier.MergeTail(registry)) replaced.Release();
            }

            tiers.Add(tier);
        }

        return tiers;
    }

    /// <summary>True when the journal of a segment as it was sealed is still there: until it is gone the segment must not change or go.</summary>
    public bool HasJournal(Segment segment) => segment.Footer.Generation == 0 && File.Exists(Journal.PathOf(Journals, segment.Footer.Number));

    /// <summary>
    /// True when the deletion of a segment's files is the end of its events: neither its journal is there any more nor a file that it took
    /// the place of, from which the next start would bring them back.
    /// </summary>
    public bool MayRemove(Segment segment) => !HasJournal(segment) && !segment.Footer.Replaces.Any(name => File.Exists(Path.Combine(Segments, name)));

    private static Segment ReadSegment(DuckDbConnection connection, string path, EventStoreOptions options)
    {
        var bytes = new FileInfo(path).Length;
        var footer = ReadFooter(connection, path);
        SegmentStatistics? statistics = null;
        uint? checksum = null;
        try
        {
            statistics = StatisticsFile.Read(StatisticsFile.PathOf(path), bytes, out checksum);
            if (statistics is null || statistics.Events != footer.Events) throw new InvalidDataException("there are no statistics of this segment");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            options.Logger.StatisticsUnreadable(path, e.Message);
        }

        return new Segment(path, bytes, footer, statistics, options) { Checksum = checksum };
    }

    /// <summary>Also those that cannot be read: as long as one is there, the segment with its events cannot be removed.</summary>
    private void DeleteReplaced(List<Segment> segments, EventStoreOptions options)
    {
        foreach (var name in segments.SelectMany(s => s.Footer.Replaces).ToHashSet(StringComparer.Ordinal))
        {
            var path = Path.Combine(Segments, Path.GetFileName(name));
            if (File.Exists(path)) Segment.DeleteFiles(path, options);
            segments.RemoveAll(s => s.FileName == name);
        }
    }

    /// <summary>True when all segments of a journal are there, or some segment of several journals has it.</summary>
    public static bool IsSealed(long number, IReadOnlyCollection<SegmentFooter> segments)
    {
        if (segments.Any(s => s.Generation > 0 && (s.Number == number || s.Journals.Contains(number)))) return true;
        var parts = segments.Where(s => s.Number == number).ToArray();
        return parts.Length > 0 && parts[0].Parts.All(kind => parts.Any(p => p.Signal == kind));
    }

    /// <summary>What a segment says of itself.</summary>
    /// <exception cref="DuckDbException">It is no Parquet file.</exception>
    /// <exception cref="InvalidDataException">It is none of ours, or a copy that somebody made of one: with that its events would be there twice.</exception>
    public static SegmentFooter ReadFooter(DuckDbConnection connection, string path)
    {
        using var statement = connection.Prepare(
            $"SELECT decode(value) FROM parquet_kv_metadata({RelationText.Literal(path)}) WHERE decode(key) = '{SegmentFooter.Key}'");
        using var result = statement.Execute(CancellationToken.None);
        if (result.NextChunk() is not { Count: > 0 } chunk) throw new InvalidDataException("not a segment of this store");
        var footer = SegmentFooter.FromJson(chunk.GetString(0, 0));
        var name = SegmentFile.NameOf(footer);
        return Path.GetFileName(path) == name ? footer : throw new InvalidDataException($"it is a copy of {name}, the only name under which these events count");
    }
}
