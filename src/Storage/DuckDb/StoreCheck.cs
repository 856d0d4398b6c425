using System.Collections.Immutable;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>
/// Reads everything that a closed store has on disk and says what is wrong. With repair, what is damaged is moved to <c>damaged/</c> and
/// what is whole stays, so that the store opens without complaint; without, nothing is changed. What could not be read for want of memory or
/// for a fault of the disk is told and stays.
/// </summary>
internal sealed class StoreCheck(StoreFiles files, SegmentProof proof, CancellationToken cancellationToken)
{
    private readonly List<(StoreProblem Problem, Action? Repair)> _problems = [];
    private readonly ImmutableArray<string>.Builder _notes = ImmutableArray.CreateBuilder<string>();
    private int _journals;
    private int _segments;
    private int _unsummed;
    private long _events;

    /// <summary>Checks a directory that no process uses.</summary>
    /// <exception cref="EventStoreException">It is in use, or cannot be read.</exception>
    public static StoreReport Run(EventStoreOptions options, bool repair, CancellationToken cancellationToken)
    {
        var files = new StoreFiles(options.DataDirectory);
        if (!Directory.Exists(files.Journals) || !Directory.Exists(files.Segments))
            throw new EventStoreException($"there is no store in {files.Root}");
        using var directoryLock = DirectoryLock.Take(files.Root);
        try
        {
            using var proof = new SegmentProof(options.QueryMemoryBytes, files.Temporary, cancellationToken);
            return new StoreCheck(files, proof, cancellationToken).Run(repair);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException($"the store in {files.Root} cannot be checked: {e.Message}", e);
        }
    }

    private StoreReport Run(bool repair)
    {
        var footers = CheckSegments();
        foreach (var number in Journal.Numbers(files.Journals)) CheckJournal(Journal.PathOf(files.Journals, number), number, footers);
        foreach (var unfinished in Directory.EnumerateFiles(files.Segments, "*" + SegmentFile.UnfinishedSuffix).Order(StringComparer.Ordinal))
            _notes.Add($"{unfinished}: an unfinished segment; the next start deletes it, its events are in a journal or in other segments");
        foreach (var left in files.StatisticsAlone())
        {
            if (files.IsLost(left, footers.Values))
                Report(left, "its segment is gone, and with it the events, unless retention was removing it when the process ended", $"move it to {files.Damaged}", () => files.SetAside(left));
            else
                _notes.Add($"{left}: statistics without their segment, which was being written or replaced when a process ended; the next start deletes them");
        }

        if (_unsummed > 0)
            _notes.Add($"{_unsummed} segments were written by an earlier version, without a checksum: all their events can be read, but whether every value is the one that was written cannot be told");
        foreach (var aside in Directory.EnumerateFiles(files.Journals, "*.damaged-*").Order(StringComparer.Ordinal))
            _notes.Add($"{aside}: a damaged stretch of a journal that an earlier start kept for you; not needed by the store");
        // Not before all is known: a fault on the way has then changed nothing.
        return new StoreReport(_journals, _segments, _events, [.. _problems.Select(p => repair ? Repair(p.Problem, p.Repair) : p.Problem)], _notes.ToImmutable());
    }

    /// <returns>The footers of the segments that count, by name.</returns>
    private Dictionary<string, SegmentFooter> CheckSegments()
    {
        var paths = Directory.GetFiles(files.Segments, "*" + SegmentFile.Suffix).Order(StringComparer.Ordinal).ToArray();
        _segments = paths.Length;
        var (footers, faults) = ReadFooters(paths);
        var counting = new Dictionary<string, SegmentFooter>(StringComparer.Ordinal);
        var replaced = new HashSet<string>(StringComparer.Ordinal);
        // Merged ones first: what is left of their inputs matters only where they are damaged.
        foreach (var (name, footer) in footers.OrderByDescending(f => f.Value.Generation).ThenBy(f => f.Key, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (replaced.Contains(name)) continue;
            var path = Path.Combine(files.Segments, name);
            var names = ReplacedSegments.NamesOf(footer, footers);
            var inputs = paths.Where(p => names.Contains(Path.GetFileName(p))).ToArray();
            var isChanged = inputs.Length > 0 && SegmentFault.IsKnownChanged(path, cancellationToken);
            if (isChanged && ReplacedSegments.HoldAll(footer, names, footers, n => !SegmentFault.IsKnownChanged(Path.Combine(files.Segments, n), cancellationToken)))
            {
                Report(path, "its bytes are not those that were written, and the segments that it was merged from are all there and whole", $"move it and its statistics to {files.Damaged}; the others count in its place",
                    () => files.SetAside(path, StatisticsFile.PathOf(path)));
                continue;
            }

            if (!CheckSegment(path, footer, inputs)) continue;
            counting.Add(name, footer);
            replaced.UnionWith(inputs.Select(p => Path.GetFileName(p)));
            if (!isChanged) _notes.AddRange(inputs.Select(p => $"{p}: its events are in {name} too; the next start deletes it"));
        }

        foreach (var (path, fault) in faults.Where(f => !replaced.Contains(Path.GetFileName(f.Path)))) ReportUnreadable(path, fault);
        return counting;
    }

    private (Dictionary<string, SegmentFooter> Footers, List<(string Path, Exception Fault)> Faults) ReadFooters(string[] paths)
    {
        var footers = new Dictionary<string, SegmentFooter>(StringComparer.Ordinal);
        var faults = new List<(string, Exception)>();
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var footer = proof.ReadFooter(path);
                if (StoreFiles.OriginalOf(path, footer) is { } original) throw new InvalidDataException($"it is a copy of {original}, the only name under which these events count");
                footers.Add(Path.GetFileName(path), footer);
            }
            catch (Exception e) when (SegmentFault.IsUnreadable(e))
            {
                faults.Add((path, e));
            }
        }

        return (footers, faults);
    }

    /// <returns>False when it is no part of the store after a repair.</returns>
    private bool CheckSegment(string path, SegmentFooter footer, string[] inputs)
    {
        var statistics = StatisticsFile.PathOf(path);
        try
        {
            if (proof.FaultOf(path, footer) is { } fault)
            {
                Report(path, fault, $"move it and its statistics to {files.Damaged}; its events are lost to queries, as they are now", () => files.SetAside(path, statistics));
                return false;
            }

            _events += footer.Events;
            CheckStatistics(path, statistics, footer, inputs);
            return true;
        }
        catch (Exception e) when (SegmentFault.IsUnreadable(e))
        {
            return !ReportUnreadable(path, e);
        }
    }

    /// <returns>True when it is damaged; else it stays where it is.</returns>
    private bool ReportUnreadable(string path, Exception fault)
    {
        if (SegmentFault.IsDamaged(path, fault, cancellationToken))
        {
            Report(path, "cannot be read as a segment: " + SegmentFault.FirstLine(fault), $"move it and its statistics to {files.Damaged}", () => files.SetAside(path, StatisticsFile.PathOf(path)));
            return true;
        }

        var advice = fault is DuckDbException { ErrorType: DuckDbErrorType.OutOfMemory } ? "; a larger --memory helps" : "";
        Report(path, $"could not be checked, for want of memory or for a fault of the disk, and is not known to be damaged: {SegmentFault.FirstLine(fault)}{advice}", null, null);
        return false;
    }

    private void CheckStatistics(string path, string statistics, SegmentFooter footer, string[] inputs)
    {
        const string Remade = "they are made again from the segment";
        try
        {
            var read = StatisticsFile.Read(statistics, new FileInfo(path).Length, out var checksum);
            if (read is null) _notes.Add($"{statistics}: missing; {Remade} after the next start");
            else if (read.Events != footer.Events) Wrong($"are of {read.Events} events, the segment has {footer.Events}");
            else if (checksum is null) _unsummed++;
            else if (ChecksumStream.Of(path, cancellationToken) != checksum)
            {
                // What is left of its inputs must not be deleted for its sake, and would be: the checksum made again is that of its wrong bytes.
                Report(path, "all its events can be read, but its bytes are not those that were written: some values may be wrong",
                    $"leave it in its place, and move its statistics with the checksum{(inputs.Length > 0 ? " and what is left of the segments that it was merged from" : "")} to {files.Damaged}; {Remade} after the next start",
                    () => files.SetAside([.. inputs, .. inputs.Select(StatisticsFile.PathOf), statistics]));
            }
        }
        catch (InvalidDataException e)
        {
            Wrong("are damaged: " + e.Message);
        }

        void Wrong(string what) => Report(statistics, "the statistics " + what, $"move them to {files.Damaged}; {Remade} after the next start", () => files.SetAside(statistics));
    }

    private void CheckJournal(string path, long number, Dictionary<string, SegmentFooter> footers)
    {
        _journals++;
        if (StoreFiles.IsSealed(number, [.. footers.Values]))
        {
            _notes.Add($"{path}: all of it is in segments; the next start deletes it");
            return;
        }

        var whole = new List<JournalPiece>();
        var faults = new List<string>();
        using (var file = File.OpenHandle(path))
        {
            var end = RandomAccess.GetLength(file);
            foreach (var piece in JournalScan.Read(file))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (piece.Batch is { } batch)
                {
                    _events += batch.Count;
                    batch.Dispose();
                    whole.Add(piece with { Batch = null });
                    if (piece.HasWrongLength) faults.Add($"the length of the record at {piece.Offset} is damaged, nothing else of it is");
                }
                else
                {
                    faults.Add(piece.Kind == JournalPieceKind.Tail
                        ? $"{piece.Length} bytes at its end, from {piece.Offset} on, are no whole record: a write that was cut short and never acknowledged"
                        : $"{piece.Length} bytes at {piece.Offset} are damaged" + (piece.Offset + piece.Length < end ? "; the records after them are whole" : ", up to its end"));
                }
            }
        }

        if (faults.Count == 0) return;
        Report(path, string.Join("; ", faults), $"move it to {files.Damaged} and put its {whole.Count} whole records in its place", () => Rewrite(path, whole));
    }

    private void Report(string path, string what, string? how, Action? action) => _problems.Add((new StoreProblem(path, what, how, IsRepaired: false), action));

    private static StoreProblem Repair(StoreProblem problem, Action? action)
    {
        if (action is null) return problem;
        try
        {
            action();
            return problem with { IsRepaired = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return problem with { Fault = e.Message };
        }
    }

    /// <summary>Writes the whole records anew, keeps the original, and only then, when both are on the disk, takes its place.</summary>
    private void Rewrite(string path, List<JournalPiece> whole)
    {
        var (anew, kept) = (path + ".repaired", files.FreeName(path));
        try
        {
            WriteWhole(path, anew, whole);
            File.Copy(path, kept);
            using (var copy = File.OpenHandle(kept, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(copy);
            DirectorySync.Flush(files.Damaged);
        }
        catch
        {
            // No room: half a file of either would only puzzle.
            File.Delete(anew);
            File.Delete(kept);
            throw;
        }

        File.Move(anew, path, overwrite: true);
        DirectorySync.Flush(files.Journals);
    }

    private static void WriteWhole(string path, string anew, List<JournalPiece> whole)
    {
        using var source = File.OpenHandle(path);
        using var target = File.Create(anew);
        foreach (var piece in whole)
        {
            var bytes = new byte[piece.Length];
            if (RandomAccess.Read(source, bytes, piece.Offset) != bytes.Length) throw new EndOfStreamException($"{path} became shorter while it was read");
            if (piece.HasWrongLength) JournalRecord.SetLength(bytes, bytes.Length - JournalRecord.HeaderBytes);
            target.Write(bytes);
        }

        target.Flush(flushToDisk: true);
    }
}
