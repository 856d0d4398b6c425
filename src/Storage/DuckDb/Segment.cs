using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>A column of a segment.</summary>
/// <param name="Name">The name that its sender gave it.</param>
/// <param name="StoredAs">Its name in the Parquet file: the same, unless the engine could not tell it from another.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Count">Events that have a value.</param>
internal sealed record SegmentColumn(string Name, string StoredAs, StorageType Type, long Count)
{
    /// <summary>
    /// True when a Float64 stands in the file as a decimal of six places, which says the same in half the bytes: a duration in milliseconds
    /// is a whole number of nanoseconds.
    /// </summary>
    public bool IsScaled { get; init; }
}

/// <summary>What the events of a segment are. Retention has an age for each; columns differ between them.</summary>
internal enum SignalKind : byte
{
    /// <summary>None of the others, or several.</summary>
    Other,

    /// <summary>Spans with their events and links.</summary>
    Trace,
    Log,
    Metric,
}

/// <summary>What a segment says of itself in the footer of its file, under the key <see cref="Key"/>. The times are those of its events.</summary>
/// <param name="Number">Number of the journal it was sealed from; of several, the largest.</param>
/// <param name="Events">Events in it.</param>
/// <param name="MinTime">Earliest event time, Unix nanoseconds.</param>
/// <param name="MaxTime">Latest event time.</param>
/// <param name="LastArrival">When the last of its events arrived, or later.</param>
/// <param name="Columns">Its columns but the event's number.</param>
internal sealed record SegmentFooter(
    long Number, long Events, long MinTime, long MaxTime, DateTimeOffset LastArrival, ImmutableArray<SegmentColumn> Columns)
{
    public const string Key = "explorer";

    public SignalKind Signal { get; init; }

    /// <summary>When the first of its events arrived, or earlier; the same as the last where that is not known.</summary>
    public DateTimeOffset FirstArrival { get; init; } = LastArrival;

    /// <summary>All kinds into which the journal was sealed, one segment each; empty in segments of several journals.</summary>
    public ImmutableArray<SignalKind> Parts { get; init; } = [];

    /// <summary>How often its events were rewritten at most; 0 as sealed.</summary>
    public int Generation { get; init; }

    /// <summary>True when it is compressed for size rather than speed, and not to be rewritten again.</summary>
    public bool IsArchived { get; init; }

    /// <summary>The journals whose events it holds, of one kind, beside <see cref="Number"/>.</summary>
    public ImmutableArray<long> Journals { get; init; } = [];

    /// <summary>Names of the files that it took the place of. They are deleted wherever they are found beside it, if it is what was written.</summary>
    public ImmutableArray<string> Replaces { get; init; } = [];

    /// <summary>ASCII only: every other character is escaped.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SegmentFooterJson.Default.SegmentFooter);

    /// <exception cref="InvalidDataException">The text is not a footer.</exception>
    public static SegmentFooter FromJson(string json)
    {
        try
        {
            var footer = JsonSerializer.Deserialize(json, SegmentFooterJson.Default.SegmentFooter) ?? throw new InvalidDataException("empty segment footer");
            if (footer.Columns.IsDefault || footer.Events < 0) throw new InvalidDataException("the segment footer is not complete");
            // What older versions did not write.
            return footer with
            {
                FirstArrival = footer.FirstArrival == default ? footer.LastArrival : footer.FirstArrival,
                Parts = footer.Parts.IsDefault ? [] : footer.Parts,
                Journals = footer.Journals.IsDefault ? [] : footer.Journals,
                Replaces = footer.Replaces.IsDefault ? [] : footer.Replaces,
            };
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("the segment footer is not valid", e);
        }
    }
}

[JsonSerializable(typeof(SegmentFooter))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
internal sealed partial class SegmentFooterJson : JsonSerializerContext;

/// <summary>
/// An immutable Parquet file of events. Readers lease it; a segment that was removed loses its files when the last lease ends.
/// </summary>
internal sealed class Segment : IStoredColumns
{
    /// <summary>A description of more column chunks is kept only until memory is collected: one of W1's segments has 600, one of 2,000 columns a quarter of a million.</summary>
    private const int MaxKeptChunks = 8_192;

    private static long _lastId;

    private readonly EventStoreOptions _options;
    private ParquetLayout? _layout;
    private WeakReference<ParquetLayout>? _largeLayout;
    private SegmentStatistics _statistics;
    private long _statisticsBytes;
    private int _leases;
    private int _removed;

    /// <param name="path">The Parquet file.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="footer">What it says of itself.</param>
    /// <param name="statistics">What its statistics say; null while they are not known.</param>
    /// <param name="options">Of the store; its log is told when the files cannot be deleted.</param>
    public Segment(string path, long bytes, SegmentFooter footer, SegmentStatistics? statistics, EventStoreOptions options)
    {
        Path = path;
        FileBytes = bytes;
        Footer = footer;
        _options = options;
        HasStatistics = statistics is not null;
        _statistics = statistics ?? SegmentStatistics.Of(footer);
        Columns = footer.Columns.ToFrozenDictionary(c => c.Name, StringComparer.Ordinal);
        _statisticsBytes = SizeOf(StatisticsFile.PathOf(path));
    }

    /// <summary>A number that no other segment of the process has or had.</summary>
    public long Id { get; } = Interlocked.Increment(ref _lastId);

    public string Path { get; }

    /// <summary>Length of the Parquet file.</summary>
    public long FileBytes { get; }

    /// <summary>Length of all its files.</summary>
    public long Bytes => FileBytes + Volatile.Read(ref _statisticsBytes);

    public SegmentFooter Footer { get; }

    public FrozenDictionary<string, SegmentColumn> Columns { get; }

    /// <summary>What is known of its values; no more than the footer says while <see cref="HasStatistics"/> is false.</summary>
    public SegmentStatistics Statistics => Volatile.Read(ref _statistics);

    /// <summary>False when the file of statistics was missing or damaged and is still to be made again.</summary>
    public bool HasStatistics { get; private set; }

    public long Events => Footer.Events;

    public SegmentColumn? Column(string name) => Columns.GetValueOrDefault(name);

    public ValueCounts? Values(string name) => Statistics.Columns.GetValueOrDefault(name)?.Values;

    /// <summary>The name under which other segments' footers know it.</summary>
    public string FileName => System.IO.Path.GetFileName(Path);

    /// <summary>Puts statistics that were made again in place; their file is written.</summary>
    public void Learn(SegmentStatistics statistics)
    {
        Volatile.Write(ref _statistics, statistics);
        Volatile.Write(ref _statisticsBytes, SizeOf(StatisticsFile.PathOf(Path)));
        HasStatistics = true;
    }

    /// <summary>Where the values are in the file.</summary>
    /// <param name="file">The file, open.</param>
    /// <param name="cancellationToken">Stops the reading of a large footer.</param>
    /// <exception cref="InvalidDataException">Its footer is damaged, or not as ours are.</exception>
    public ParquetLayout Layout(SafeFileHandle file, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _layout) is { } known) return known;
        if (Volatile.Read(ref _largeLayout) is { } large && large.TryGetTarget(out var still)) return still;
        var layout = ParquetLayout.Read(file, cancellationToken);
        if (layout.ChunkCount <= MaxKeptChunks) Volatile.Write(ref _layout, layout);
        else Volatile.Write(ref _largeLayout, new WeakReference<ParquetLayout>(layout));
        return layout;
    }

    public void Lease() => Interlocked.Increment(ref _leases);

    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0) DeleteIfUnused();
    }

    /// <summary>Gives the files up. They are deleted now, or when the last reader is done.</summary>
    public void Remove()
    {
        Volatile.Write(ref _removed, 1);
        DeleteIfUnused();
    }

    /// <summary>CRC-32C of its file as it was written; null where that is not known.</summary>
    public uint? Checksum { get; init; }

    /// <summary>Reads its file: true when that is there and, as far as can be known, what was written.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool IsSound(CancellationToken cancellationToken) => File.Exists(Path) && (Checksum is not { } written || ChecksumStream.Of(Path, cancellationToken) == written);

    private void DeleteIfUnused()
    {
        if (Volatile.Read(ref _leases) == 0 && Interlocked.CompareExchange(ref _removed, 2, 1) == 1) DeleteFiles(Path, _options);
    }

    /// <summary>Deletes the files of a segment that is no part of the store any more. Where they cannot be, that is reported.</summary>
    public static void DeleteFiles(string path, EventStoreOptions options)
    {
        try
        {
            // The segment first: statistics without a segment are nothing.
            File.Delete(path);
            options.Step?.Invoke("segment.file-deleted");
            File.Delete(StatisticsFile.PathOf(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever let it go last, a query perhaps, cannot help it. The next start finds the file, and deletes it or leaves it to retention again.
            options.Logger.NotDeleted(path, e);
        }
    }

    private static long SizeOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
