using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>
/// Reads everything that a closed store has on disk and says what is wrong. With repair, what is damaged is moved to <c>damaged/</c> and
/// what is whole stays, so that the store opens without complaint; without, nothing is changed.
/// </summary>
internal sealed class StoreCheck(StoreFiles files, Engine engine, bool repair, CancellationToken cancellationToken)
{
    private readonly ImmutableArray<StoreProblem>.Builder _problems = ImmutableArray.CreateBuilder<StoreProblem>();
    private readonly ImmutableArray<string>.Builder _notes = ImmutableArray.CreateBuilder<string>();
    private int _journals;
    private int _segments;
    private int _unsummed;
    private long _events;

    private string Damaged => Path.Combine(files.Root, "damaged");

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
            using var engine = new Engine(options.QueryMemoryBytes, Environment.ProcessorCount, files.Temporary);
            return new StoreCheck(files, engine, repair, cancellationToken).Run();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException($"the store in {files.Root} cannot be checked: {e.Message}", e);
        }
    }

    private StoreReport Run()
    {
        var footers = CheckSegments();
        foreach (var number in Journal.Numbers(files.Journals)) CheckJournal(Journal.PathOf(files.Journals, number), number, footers);
        foreach (var unfinished in Directory.EnumerateFiles(files.Segments, "*" + SegmentFile.UnfinishedSuffix).Order(StringComparer.Ordinal))
            _notes.Add($"{unfinished}: an unfinished segment; the next start deletes it, its events are in a journal or in other segments");
        foreach (var left in files.StatisticsAlone())
        {
            if (files.IsLost(left, footers.Values))
                Report(left, "its segment is gone, and with it the events, unless retention was removing it when the process ended", $"move it to {Damaged}", () => SetAside(left));
            else
                _notes.Add($"{left}: statistics without their segment, which was being written or replaced when a process ended; the next start deletes them");
        }

        if (_unsummed > 0)
            _notes.Add($"{_unsummed} segments were written by an earlier version, without a checksum: all their events can be read, but whether every value is the one that was written cannot be told");
        foreach (var aside in Directory.EnumerateFiles(files.Journals, "*.damaged-*").Order(StringComparer.Ordinal))
            _notes.Add($"{aside}: a damaged stretch of a journal that an earlier start kept for you; not needed by the store");
        return new StoreReport(_journals, _segments, _events, _problems.ToImmutable(), _notes.ToImmutable());
    }

    private Dictionary<string, SegmentFooter> CheckSegments()
    {
        var footers = new Dictionary<string, SegmentFooter>(StringComparer.Ordinal);
        var connection = engine.Rent();
        var paths = Directory.EnumerateFiles(files.Segments, "*" + SegmentFile.Suffix).Order(StringComparer.Ordinal).ToArray();
        var replaced = Replaced(connection, paths);
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _segments++;
            if (replaced.TryGetValue(Path.GetFileName(path), out var by)) _notes.Add($"{path}: its events are in {by} too; the next start deletes it");
            else if (CheckSegment(connection, path) is { } footer) footers.Add(Path.GetFileName(path), footer);
        }

        engine.Return(connection);
        _events += footers.Values.Sum(f => f.Events);
        return footers;
    }

    /// <summary>Names of segments whose place another has taken, and of that: whatever state they are in, they are not needed.</summary>
    private static Dictionary<string, string> Replaced(DuckDbConnection connection, string[] paths)
    {
        var replaced = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            try
            {
                foreach (var name in StoreFiles.ReadFooter(connection, path).Replaces) replaced[Path.GetFileName(name)] = Path.GetFileName(path);
            }
            catch (Exception e) when (e is DuckDbException or InvalidDataException)
            {
                // Told when it is checked itself.
            }
        }

        return replaced;
    }

    private SegmentFooter? CheckSegment(DuckDbConnection connection, string path)
    {
        var statistics = StatisticsFile.PathOf(path);
        try
        {
            var footer = StoreFiles.ReadFooter(connection, path);
            if (FaultOf(connection, path, footer) is { } fault)
            {
                Report(path, fault, $"move it and its statistics to {Damaged}; its events are lost to queries, as they are now", () => SetAside(path, statistics));
                return null;
            }

            CheckStatistics(path, statistics, footer);
            return footer;
        }
        catch (Exception e) when (e is DuckDbException or InvalidDataException)
        {
            Report(path, "cannot be read as a segment: " + FirstLine(e.Message), $"move it and its statistics to {Damaged}", () => SetAside(path, statistics));
            return null;
        }
    }

    private void CheckStatistics(string path, string statistics, SegmentFooter footer)
    {
        const string Remade = "they are made again from the segment";
        try
        {
            var read = StatisticsFile.Read(statistics, new FileInfo(path).Length, out var checksum);
            if (read is null) _notes.Add($"{statistics}: missing; {Remade} after the next start");
            else if (read.Events != footer.Events) Wrong($"are of {read.Events} events, the segment has {footer.Events}");
            else if (checksum is null) _unsummed++;
            else if (ChecksumStream.Of(path, cancellationToken) != checksum)
                Report(path, "all its events can be read, but its bytes are not those that were written: some values may be wrong", $"leave it in its place, and move its statistics with the checksum to {Damaged}; {Remade} after the next start", () => SetAside(statistics));
        }
        catch (InvalidDataException e)
        {
            Wrong("are damaged: " + e.Message);
        }

        void Wrong(string what) => Report(statistics, "the statistics " + what, $"move them to {Damaged}; {Remade} after the next start", () => SetAside(statistics));
    }

    /// <summary>Reads every value of a segment and compares with what its footer says; null when all agrees.</summary>
    private string? FaultOf(DuckDbConnection connection, string path, SegmentFooter footer)
    {
        var text = new StringBuilder("SELECT count(*), coalesce(min(time), 0), coalesce(max(time), 0)");
        // A text's length is not known without its bytes: the sum makes the engine unpack them.
        foreach (var column in footer.Columns)
        {
            var name = RelationText.Quote(column.StoredAs);
            text.Append(CultureInfo.InvariantCulture, $", count({name}) + 0 * coalesce(sum({(column.Type == Events.StorageType.String ? $"strlen({name})" : "0")}), 0)::BIGINT");
        }

        text.Append(CultureInfo.InvariantCulture, $" FROM read_parquet({RelationText.Literal(path)})");
        using var statement = connection.Prepare(text.ToString());
        using var result = statement.Execute(cancellationToken);
        var row = result.NextChunk() ?? throw new InvalidDataException("no answer");
        long At(int i) => row.Values<long>(i)[0];
        if (At(0) != footer.Events) return $"has {At(0)} events, its footer says {footer.Events}";
        if (At(1) != footer.MinTime || At(2) != footer.MaxTime) return $"has times from {At(1)} to {At(2)}, its footer says {footer.MinTime} to {footer.MaxTime}";
        for (var i = 0; i < footer.Columns.Length; i++)
            if (At(i + 3) != footer.Columns[i].Count) return $"has {At(i + 3)} values in its column {i + 1}, its footer says {footer.Columns[i].Count}";
        return null;
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
        Report(path, string.Join("; ", faults), $"move it to {Damaged} and put its {whole.Count} whole records in its place", () => Rewrite(path, whole));
    }

    private void Report(string path, string what, string how, Action action)
    {
        if (repair) action();
        _problems.Add(new StoreProblem(path, what, how, repair));
    }

    /// <summary>Writes the whole records anew, keeps the original, and only then takes its place.</summary>
    private void Rewrite(string path, List<JournalPiece> whole)
    {
        var (anew, kept) = (path + ".repaired", FreeName(path));
        try
        {
            WriteWhole(path, anew, whole);
            File.Copy(path, kept);
        }
        catch
        {
            // No room: half a file of either would only puzzle.
            File.Delete(anew);
            File.Delete(kept);
            throw;
        }

        DirectorySync.Flush(Damaged);
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

    private void SetAside(params string[] paths)
    {
        foreach (var path in paths.Where(File.Exists)) File.Move(path, FreeName(path));
        DirectorySync.Flush(Damaged);
        DirectorySync.Flush(files.Segments);
    }

    /// <summary>A name in the directory of damaged files that nothing has yet.</summary>
    private string FreeName(string path)
    {
        Directory.CreateDirectory(Damaged);
        var name = Path.Combine(Damaged, Path.GetFileName(path));
        for (var i = 2; File.Exists(name); i++) name = Path.Combine(Damaged, string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}.{i}"));
        return name;
    }

    private static string FirstLine(string text) => text.Split('\n')[0];
}
