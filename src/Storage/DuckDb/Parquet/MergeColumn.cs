using System.Collections.Immutable;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// One column of all segments that are merged, decoded page by page as it is asked for. Pages are kept up to a bound; beyond it those that
/// were decoded first go. Not thread-safe.
/// </summary>
internal sealed class MergeColumn : IDisposable
{
    /// <summary>Above this a double does not hold every integer.</summary>
    private const long MaxExact = 1L << 53;

    private const double Scale = 1e6;

    private readonly ImmutableArray<MergeSource> _sources;
    private readonly (ParquetColumn Column, Func<long, long>? Convert)?[] _places;
    private readonly (ChunkPages Pages, DecodedPage?[] Decoded)?[] _chunks;
    private readonly Queue<(int Group, int Page)> _kept = new();
    private readonly long _maxBytes;
    private long _bytes;

    /// <param name="sources">The segments.</param>
    /// <param name="column">The column as it is wanted.</param>
    /// <param name="maxBytes">Memory that decoded pages may take; the page that is read is kept in any case.</param>
    public MergeColumn(ImmutableArray<MergeSource> sources, SegmentColumn column, long maxBytes)
    {
        _sources = sources;
        _maxBytes = maxBytes;
        _places = new (ParquetColumn, Func<long, long>?)?[sources.Length];
        for (var i = 0; i < sources.Length; i++)
            if (sources[i].Stored(column.Name) is { } stored) _places[i] = (sources[i].Place(stored), Conversion(stored, column));
        _chunks = new (ChunkPages, DecodedPage?[])?[sources[^1].FirstGroup + sources[^1].Layout.GroupCount];
    }

    /// <summary>True when the values of one can be made those of the other without a text of a number.</summary>
    public static bool CanConvert(SegmentColumn stored, SegmentColumn wanted) =>
        stored.Type == wanted.Type || (stored.Type == StorageType.Int64 && wanted is { Type: StorageType.Float64, IsScaled: false });

    /// <summary>The chunk of a row group, as the segments count them; null when its segment does not have the column.</summary>
    public ChunkPages? Chunk(int group) => Open(group)?.Pages;

    /// <summary>The page that has a row; null when the segment does not have the column. It is valid until the next call.</summary>
    public DecodedPage? PageAt(int group, int row)
    {
        if (Open(group) is not var (pages, decoded)) return null;
        var page = pages.PageOf(row);
        if (decoded[page] is { } known) return known;
        while (_bytes > _maxBytes && _kept.TryDequeue(out var oldest)) Forget(oldest.Group, oldest.Page);
        var read = pages.Decode(page, _places[SourceOf(group)]!.Value.Convert);
        decoded[page] = read;
        _kept.Enqueue((group, page));
        _bytes += read.Bytes;
        return read;
    }

    public void Dispose()
    {
        while (_kept.TryDequeue(out var page)) Forget(page.Group, page.Page);
        foreach (var chunk in _chunks) chunk?.Pages.Dispose();
    }

    private void Forget(int group, int page)
    {
        var decoded = _chunks[group]!.Value.Decoded;
        _bytes -= decoded[page]!.Bytes;
        decoded[page]!.Dispose();
        decoded[page] = null;
    }

    private (ChunkPages Pages, DecodedPage?[] Decoded)? Open(int group)
    {
        if (_chunks[group] is { } known) return known;
        var source = SourceOf(group);
        if (_places[source] is not var (column, _)) return null;
        var pages = _sources[source].Pages(column, group - _sources[source].FirstGroup);
        var opened = (pages, new DecodedPage?[pages.PageCount]);
        _chunks[group] = opened;
        return opened;
    }

    private int SourceOf(int group)
    {
        var source = 0;
        while (source + 1 < _sources.Length && _sources[source + 1].FirstGroup <= group) source++;
        return source;
    }

    private static Func<long, long>? Conversion(SegmentColumn stored, SegmentColumn wanted)
    {
        if (stored.IsScaled && !wanted.IsScaled) return Unscaled;
        return stored.Type == StorageType.Int64 && wanted.Type == StorageType.Float64 ? value => BitConverter.DoubleToInt64Bits(value) : null;
    }

    /// <summary>A decimal of six places as the double that the engine makes of it.</summary>
    private static long Unscaled(long value) => Math.Abs(value) <= MaxExact
        ? BitConverter.DoubleToInt64Bits(value / Scale)
        : throw new InvalidDataException("a number is left to the engine");
}
