using System.Globalization;
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
        Damaged = Path.Combine(Root, "damaged");
    }

    public string Root { get; }

    public string Journals { get; }

    public string Segments { get; }

    public string Temporary { get; }

    /// <summary>What is damaged and no part of the store any more; made when it is needed.</summary>
    public string Damaged { get; }

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
    /// The finished segments. Unfinished files, and segments whose place another has taken, are deleted; damaged ones and copies are reported
    /// and left out, but kept.
    /// </summary>
    /// <exception cref="EventStoreException">One could not be read for want of memory or for a fault of the disk: its events would be missing.</exception>
    public List<Segment> ReadSegments(DuckDbConnection connection, EventStoreOptions options)
    {
        foreach (var unfinished in Directory.EnumerateFiles(Segments, "*" + SegmentFile.UnfinishedSuffix)) File.Delete(unfinished);
        var segments = new List<Segment>();
        foreach (var path in Directory.EnumerateFiles(Segments, "*" + SegmentFile.Suffix))
            if (TryReadSegment(connection, path, options) is { } segment) segments.Add(segment);

        TakeReplacedOut(segments, options);
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

    /// <summary>Moves files that are there to <see cref="Damaged"/>, under names that nothing has yet.</summary>
    /// <exception cref="IOException">One could not be moved; those before it were.</exception>
    public void SetAside(params IEnumerable<string> paths)
    {
        var there = paths.Where(File.Exists).ToArray();
        if (there.Length == 0) return;
        foreach (var path in there) File.Move(path, FreeName(path));
        DirectorySync.Flush(Damaged);
        DirectorySync.Flush(Segments);
    }

    /// <summary>A name in <see cref="Damaged"/>, which is there then, that nothing has yet.</summary>
    public string FreeName(string path)
    {
        Directory.CreateDirectory(Damaged);
        DirectorySync.Flush(Root);
        var name = Path.Combine(Damaged, Path.GetFileName(path));
        for (var i = 2; File.Exists(name); i++) name = Path.Combine(Damaged, string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}.{i}"));
        return name;
    }

    /// <summary>Null when it is damaged or a copy, which is reported.</summary>
    private Segment? TryReadSegment(DuckDbConnection connection, string path, EventStoreOptions options)
    {
        try
        {
            var footer = ReadFooter(connection, path);
            if (OriginalOf(path, footer) is not { } original) return ToSegment(path, footer, options);
            if (File.Exists(Path.Combine(Segments, original))) options.Logger.SegmentCopied(path, original);
            else options.Logger.SegmentRenamed(path, original);
        }
        catch (Exception e) when (e is DuckDbException or InvalidDataException)
        {
            // What is known to be damaged must not keep the store from starting for ever.
            if (e is DuckDbException fault && SegmentFault.IsOfMachine(fault) && !SegmentFault.IsKnownChanged(path, CancellationToken.None))
            {
                throw new EventStoreException(
                    $"the segment {path} cannot be read, for want of memory or for a fault of the disk, and without it its events would be missing from answers: {SegmentFault.FirstLine(e)}", e);
            }

            options.Logger.SegmentUnreadable(path, e);
        }

        return null;
    }

    private static Segment ToSegment(string path, SegmentFooter footer, EventStoreOptions options)
    {
        var bytes = new FileInfo(path).Length;
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

    /// <summary>
    /// Deletes what merged segments took the place of, also what cannot be read: as long as it is there, the segment with its events cannot be
    /// removed. Of a merged segment that is not what was written nothing is deleted: what it was merged from counts in its place where that
    /// is all there and sound, and else it does, so that every event counts once.
    /// </summary>
    private void TakeReplacedOut(List<Segment> segments, EventStoreOptions options)
    {
        var footers = segments.ToDictionary(s => s.FileName, s => s.Footer, StringComparer.Ordinal);
        foreach (var merged in segments.Where(s => !s.Footer.Replaces.IsEmpty).OrderByDescending(s => s.Footer.Generation).ToArray())
        {
            if (!footers.ContainsKey(merged.FileName)) continue; // another has taken its place
            var names = ReplacedSegments.NamesOf(merged.Footer, footers);
            string[] left = [.. names.Select(name => Path.Combine(Segments, name)).Where(File.Exists)];
            if (left.Length == 0) continue;
            if (IsSound(merged))
            {
                foreach (var path in left) Segment.DeleteFiles(path, options);
            }
            else if (ReplacedSegments.HoldAll(merged.Footer, names, footers, n => IsSound(segments.Find(s => s.FileName == n)!)) && TrySetAside(merged))
            {
                options.Logger.MergedSetAside(merged.Path, Damaged);
                segments.Remove(merged);
                footers.Remove(merged.FileName);
                continue;
            }
            else
            {
                options.Logger.MergedUnsound(merged.Path);
            }

            segments.RemoveAll(s => names.Contains(s.FileName));
            foreach (var name in names) footers.Remove(name);
        }
    }

    /// <summary>A disk that does not give it back is as good as damage: what it was merged from is still there.</summary>
    private static bool IsSound(Segment segment)
    {
        try
        {
            return segment.IsSound(CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>False when it is still in its place, on a full disk perhaps.</summary>
    private bool TrySetAside(Segment segment)
    {
        try
        {
            SetAside(segment.Path, StatisticsFile.PathOf(segment.Path));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !File.Exists(segment.Path);
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
    /// <exception cref="DuckDbException">It is no Parquet file, or could not be read.</exception>
    /// <exception cref="InvalidDataException">It is none of ours.</exception>
    public static SegmentFooter ReadFooter(DuckDbConnection connection, string path)
    {
        using var statement = connection.Prepare(
            $"SELECT decode(value) FROM parquet_kv_metadata({RelationText.Literal(path)}) WHERE decode(key) = '{SegmentFooter.Key}'");
        using var result = statement.Execute(CancellationToken.None);
        return result.NextChunk() is { Count: > 0 } chunk ? SegmentFooter.FromJson(chunk.GetString(0, 0)) : throw new InvalidDataException("not a segment of this store");
    }

    /// <summary>The only name under which the events of a segment count, where the file has another: beside its original, a copy would make them count twice.</summary>
    public static string? OriginalOf(string path, SegmentFooter footer) => SegmentFile.NameOf(footer) is var name && Path.GetFileName(path) == name ? null : name;
}
