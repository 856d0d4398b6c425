using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>A column of a segment.</summary>
/// <param name="Name">The name that its sender gave it.</param>
/// <param name="StoredAs">Its name in the Parquet file: the same, unless the engine could not tell it from another.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Count">Events that have a value.</param>
internal sealed record SegmentColumn(string Name, string StoredAs, StorageType Type, long Count);

/// <summary>What a segment says of itself in the footer of its file, under the key <see cref="Key"/>.</summary>
internal sealed record SegmentFooter(
    long Number, long Events, long MinTime, long MaxTime, DateTimeOffset LastArrival, ImmutableArray<SegmentColumn> Columns)
{
    public const string Key = "explorer";

    /// <summary>ASCII only: every other character is escaped.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SegmentFooterJson.Default.SegmentFooter);

    /// <exception cref="InvalidDataException">The text is not a footer.</exception>
    public static SegmentFooter FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, SegmentFooterJson.Default.SegmentFooter) ?? throw new InvalidDataException("empty segment footer");
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
/// An immutable Parquet file of events. Readers lease it; a segment that was removed loses its file when the last lease ends.
/// </summary>
internal sealed class Segment(string path, long bytes, SegmentFooter footer)
{
    private int _leases;
    private int _removed;

    public string Path { get; } = path;

    public long Bytes { get; } = bytes;

    public SegmentFooter Footer { get; } = footer;

    public FrozenDictionary<string, SegmentColumn> Columns { get; } = footer.Columns.ToFrozenDictionary(c => c.Name, StringComparer.Ordinal);

    public void Lease() => Interlocked.Increment(ref _leases);

    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0) DeleteIfUnused();
    }

    /// <summary>Gives the file up. It is deleted now, or when the last reader is done.</summary>
    public void Remove()
    {
        Volatile.Write(ref _removed, 1);
        DeleteIfUnused();
    }

    private void DeleteIfUnused()
    {
        if (Volatile.Read(ref _leases) == 0 && Interlocked.CompareExchange(ref _removed, 2, 1) == 1) File.Delete(Path);
    }
}
