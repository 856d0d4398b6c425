using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;
using Storage.DuckDb.Parquet;

namespace Storage.DuckDb;

/// <summary>
/// A segment that is being written: first under a name that does not count, with its statistics beside it, both synced; then renamed. A crash
/// before the rename leaves files that the next start deletes.
/// </summary>
internal sealed partial class SegmentFile
{
    public const string Suffix = ".parquet";
    public const string UnfinishedSuffix = ".tmp";

    /// <summary>Rows of a row group: what the engine's vectors, statistics and threads are made for.</summary>
    private const int RowGroupRows = 122_880;

    /// <summary>
    /// Values of a row group. The engine holds all of one while it writes, 16 bytes for each that is missing too: of 2,000 columns it
    /// would take 4 GB, and a tier that cannot be sealed ends all appends.
    /// </summary>
    private const int RowGroupValues = 16 << 20;

    /// <summary>What the engine holds for a value of the row group that it writes: 16 bytes, and its share of texts and dictionaries.</summary>
    private const int BufferedValueBytes = 24;

    private const int VectorRows = 2048;

    /// <summary>What is written to the file at once, where columns are small.</summary>
    private const int BufferBytes = 1 << 18;

    private readonly string _path;
    private readonly SegmentFooter _footer;
    private SegmentStatistics? _statistics;
    private uint _checksum;

    public SegmentFile(string directory, SegmentFooter footer)
    {
        _footer = footer;
        _path = Path.Combine(directory, NameOf(footer));
    }

    /// <summary>Time, number, kind, and how often it was rewritten: no other segment ever has the name.</summary>
    public static string NameOf(SegmentFooter footer)
    {
        var generation = footer.Generation == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{footer.Generation}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{footer.MinTime / 1_000_000_000:D10}-{footer.Number:D10}-{Signals.NameOf(footer.Signal)}{generation}{Suffix}");
    }

    /// <summary>The number in the name of a segment, finished or not, or of its statistics; null when it is not such a name, or no store has come so far.</summary>
    public static long? NumberIn(string path) =>
        NamePattern().Match(Path.GetFileName(path)) is { Success: true } name && int.TryParse(name.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^-?[0-9]+-([0-9]+)-[a-z]+(?:-[0-9]+)?\.", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    /// <summary>Writes and syncs the events and their statistics.</summary>
    /// <param name="connection">Runs the statement; on failure it may be used again.</param>
    /// <param name="select">The events, in their order.</param>
    /// <param name="statistics">What is known of them.</param>
    /// <param name="step">Told of each step.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    public void Write(DuckDbConnection connection, string select, SegmentStatistics statistics, Action<string>? step, CancellationToken cancellationToken)
    {
        WriteEvents(connection, select, RowGroupValues, cancellationToken);
        WriteStatistics(statistics, step);
    }

    /// <summary>Writes and syncs the events of batches, from their column buffers, and their statistics.</summary>
    /// <param name="part">The events; whoever calls holds their batches.</param>
    /// <param name="step">Told of each step.</param>
    /// <param name="pace">Of the writing.</param>
    public void Write(SealedPart part, Action<string>? step, WorkPace pace)
    {
        using (var file = new FileStream(UnfinishedPath, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytes))
        {
            using var summed = new ChecksumStream(file);
            ParquetWriter.Write(summed, part, _footer, pace);
            file.Flush(flushToDisk: true);
            _checksum = summed.Checksum;
        }

        WriteStatistics(part.Statistics, step);
    }

    /// <summary>Writes and syncs the events of segments that are merged.</summary>
    /// <param name="inputs">The segments, leased.</param>
    /// <param name="memoryBytes">Memory that it should take.</param>
    /// <param name="statistics">Is told the traces.</param>
    /// <param name="pace">Of the work.</param>
    public void WriteEvents(ImmutableArray<Segment> inputs, long memoryBytes, StatisticsBuilder statistics, WorkPace pace)
    {
        // What a crash leaves of the scratch file is deleted by its name, as what it leaves of the segment.
        using var scratch = new FileStream(_path + ".columns" + UnfinishedSuffix, FileMode.Create, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.DeleteOnClose);
        using var file = new FileStream(UnfinishedPath, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytes);
        using var summed = new ChecksumStream(file);
        ParquetMerge.Write(summed, scratch, inputs, _footer, SegmentMerge.SliceNs, memoryBytes, statistics, pace);
        file.Flush(flushToDisk: true);
        _checksum = summed.Checksum;
    }

    /// <summary>Values of a row group that leave an engine with so much memory half of it for what it reads.</summary>
    public static long ValuesFor(long memoryBytes) => Math.Min(RowGroupValues, memoryBytes / 2 / BufferedValueBytes);

    /// <summary>Writes and syncs the events alone.</summary>
    /// <param name="connection">Runs the statement; on failure it may be used again.</param>
    /// <param name="select">The events, in their order.</param>
    /// <param name="values">Values of a row group; see <see cref="ValuesFor"/>.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    public void WriteEvents(DuckDbConnection connection, string select, long values, CancellationToken cancellationToken)
    {
        // Without bloom filters: they take 0.7 bytes a W1 span, and the statistics beside a segment answer the same for the whole of it.
        var compression = _footer.IsArchived ? "zstd" : "lz4_raw";
        var footer = RelationText.Literal(_footer.ToJson());
        var rows = Math.Clamp(values / (_footer.Columns.Length + 1) / VectorRows * VectorRows, VectorRows, RowGroupRows);
        using (var statement = connection.Prepare(string.Create(CultureInfo.InvariantCulture,
            $"COPY ({select}) TO {RelationText.Literal(UnfinishedPath)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION {compression}, ROW_GROUP_SIZE {rows}, WRITE_BLOOM_FILTER false, KV_METADATA {{{SegmentFooter.Key}: {footer}}})")))
        using (statement.Execute(cancellationToken)) { }

        using (var file = File.OpenHandle(UnfinishedPath, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(file);
        _checksum = ChecksumStream.Of(UnfinishedPath, cancellationToken);
    }

    public void WriteStatistics(SegmentStatistics statistics, Action<string>? step)
    {
        _statistics = statistics;
        StatisticsFile.Write(StatisticsFile.PathOf(_path), statistics, new FileInfo(UnfinishedPath).Length, _checksum);
        step?.Invoke(_footer.Generation == 0 ? "seal.stats-written" : "compact.stats-written");
    }

    /// <summary>Bytes of the segment, after <see cref="Rename"/>.</summary>
    public long Bytes => new FileInfo(_path).Length;

    /// <summary>Path of the events before <see cref="Rename"/>.</summary>
    public string UnfinishedPath => _path + UnfinishedSuffix;

    /// <summary>Makes the segment count; the caller syncs the directory.</summary>
    public void Rename() => File.Move(UnfinishedPath, _path, overwrite: true);

    /// <summary>Deletes what was written before <see cref="Rename"/>.</summary>
    public void Discard()
    {
        File.Delete(UnfinishedPath);
        File.Delete(StatisticsFile.PathOf(_path));
    }

    public Segment ToSegment(EventStoreOptions options) => new(_path, new FileInfo(_path).Length, _footer, _statistics, options) { Checksum = _checksum };
}
