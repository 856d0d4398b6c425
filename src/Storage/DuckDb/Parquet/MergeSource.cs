using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace Storage.DuckDb.Parquet;

/// <summary>A segment that is merged, open.</summary>
internal sealed class MergeSource : IDisposable
{
    private readonly SafeFileHandle _file;

    /// <param name="segment">The segment, leased.</param>
    /// <param name="firstGroup">The number of its first row group among those of all segments.</param>
    public MergeSource(Segment segment, int firstGroup)
    {
        (Segment, FirstGroup) = (segment, firstGroup);
        _file = File.OpenHandle(segment.Path);
        try
        {
            Layout = ParquetLayout.Read(_file);
            if (Layout.FirstRows[^1] != segment.Footer.Events) throw new InvalidDataException("the file has other rows than its segment");
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public Segment Segment { get; }

    public int FirstGroup { get; }

    public ParquetLayout Layout { get; }

    /// <summary>Opens the segments; whatever cannot be read ends in one of <see cref="ChunkReader.IsUnreadable"/>.</summary>
    public static ImmutableArray<MergeSource> Open(ImmutableArray<Segment> segments)
    {
        var sources = ImmutableArray.CreateBuilder<MergeSource>();
        try
        {
            var groups = 0;
            foreach (var segment in segments)
            {
                sources.Add(new MergeSource(segment, groups));
                groups += sources[^1].Layout.GroupCount;
            }

            return sources.ToImmutable();
        }
        catch
        {
            foreach (var source in sources) source.Dispose();
            throw;
        }
    }

    /// <summary>How the segment stores a column; null when it has none of that name.</summary>
    public SegmentColumn? Stored(string name) => name == RelationText.SeqColumn ? ParquetFooter.Sequence(Segment.Footer.Events) : Segment.Columns.GetValueOrDefault(name);

    /// <summary>Where a column is in the file.</summary>
    public ParquetColumn Place(SegmentColumn stored) =>
        Layout.Columns.TryGetValue(stored.StoredAs, out var column) && column.Type == PhysicalTypes.Of(stored)
            ? column
            : throw new InvalidDataException("the file has other columns than its segment");

    /// <summary>The pages of a column in a row group of this file.</summary>
    public ChunkPages Pages(ParquetColumn column, int group)
    {
        var pages = new ChunkPages(_file, column, Layout.Chunk(group, column));
        return pages.Rows == Layout.FirstRows[group + 1] - Layout.FirstRows[group] ? pages : throw new InvalidDataException("a column has other rows than its row group");
    }

    public void Dispose() => _file.Dispose();
}
