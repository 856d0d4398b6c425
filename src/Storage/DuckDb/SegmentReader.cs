using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Reads single values out of a segment's file. Whatever is not as our own files are throws one of <see cref="ChunkReader.IsUnreadable"/>, and the caller leaves the
/// segment to the engine. Safe to call concurrently.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    /// <summary>With more values than one in so many rows, a whole column is decompressed sooner than the nearest place before each.</summary>
    private const int DenseStep = 2_048;

    private readonly SafeFileHandle _file;
    private readonly ConcurrentDictionary<int, GroupPlaces> _places = [];

    /// <param name="segment">The segment, leased.</param>
    public SegmentReader(Segment segment)
    {
        _file = File.OpenHandle(segment.Path);
        try
        {
            Layout = segment.Layout(_file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public ParquetLayout Layout { get; }

    public void Dispose() => _file.Dispose();

    /// <summary>A column by its name in the file.</summary>
    public ParquetColumn Column(string storedAs, PhysicalType type) =>
        Layout.Columns.TryGetValue(storedAs, out var column) && column.Type == type ? column : throw new InvalidDataException("the file has other columns than its segment");

    /// <summary>The whole of a column in a row group. The caller disposes it.</summary>
    public ChunkReader Chunk(int group, ParquetColumn column) => new(_file, column, Layout.Chunk(group, column));

    /// <summary>The rows of a row group that have one of some ids, ascending.</summary>
    public int[] Find(int group, ParquetColumn column, IReadOnlyList<byte[]> ids)
    {
        if (Places(group, column) is { } places)
        {
            using var reader = new PlaceReader(_file, column, Layout.Chunk(group, column), places);
            return [.. ids.SelectMany(id => reader.Find(id)).Distinct().Order()];
        }

        using var chunk = Chunk(group, column);
        return [.. ids.SelectMany(chunk.Find).Distinct().Order()];
    }

    /// <summary>Reads the values at rows of a row group into a column.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="column">The column.</param>
    /// <param name="rows">Rows of the group, ascending.</param>
    /// <param name="target">Where they go; rows without a value are left out.</param>
    /// <param name="firstTarget">The row of the target for the first of them; the others follow.</param>
    /// <param name="convert">Makes the bits that are stored in the target of those that stand in the file.</param>
    public void Read(int group, ParquetColumn column, int[] rows, ColumnBuffer target, int firstTarget, Func<long, long>? convert)
    {
        if ((long)rows.Length * DenseStep < Layout.FirstRows[group + 1] - Layout.FirstRows[group] && Places(group, column) is { } known)
        {
            using var reader = new PlaceReader(_file, column, Layout.Chunk(group, column), known);
            reader.Read(rows, target, firstTarget, convert);
            return;
        }

        using var chunk = Chunk(group, column);
        chunk.Read(rows, target, firstTarget, convert);
    }

    /// <summary>Where the values of a column are; null when the file does not say.</summary>
    private ChunkPlaces? Places(int group, ParquetColumn column)
    {
        if (Layout.Places is not { } directory) return null;
        return _places.GetOrAdd(group, g => directory.Group(_file, g, Layout.Columns.Count)).Of(column);
    }
}
