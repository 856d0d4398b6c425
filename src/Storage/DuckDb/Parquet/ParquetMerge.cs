using System.Buffers;
using System.Collections.Immutable;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Zstd;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Merges segments into one, in order of time, one column at a time: its pages are decoded, gathered in the new order and written to a
/// scratch file, out of which the segment is put together in the end. Holds the order of the rows and some pages of one column.
/// </summary>
internal sealed class ParquetMerge
{
    private const int CopyBytes = 1 << 18;

    private readonly ImmutableArray<MergeSource> _sources;
    private readonly SegmentFooter _footer;
    private readonly long _pageBytes;

    private ParquetMerge(ImmutableArray<MergeSource> sources, SegmentFooter footer, long memoryBytes)
    {
        (_sources, _footer) = (sources, footer);
        // The rest is for the order of the rows, dictionaries and what is written.
        _pageBytes = memoryBytes / 2;
    }

    /// <summary>True when every value can be taken over without the text of a number.</summary>
    public static bool CanMerge(ImmutableArray<Segment> inputs, SegmentFooter footer) =>
        footer.Columns.All(c => inputs.All(s => !s.Columns.TryGetValue(c.Name, out var stored) || MergeColumn.CanConvert(stored, c)));

    /// <summary>Writes the merged segment but does not sync it.</summary>
    /// <param name="file">An empty file.</param>
    /// <param name="scratch">Another one, which is not needed afterwards.</param>
    /// <param name="inputs">The segments, leased.</param>
    /// <param name="footer">What the new one says of itself.</param>
    /// <param name="sliceNs">Nanoseconds of a slice of time; within a slice events are in the order of their numbers.</param>
    /// <param name="memoryBytes">Memory that it should take.</param>
    /// <param name="statistics">Is told the traces.</param>
    /// <param name="pace">Of the work, a step for each column of a row group.</param>
    public static void Write(
        Stream file, FileStream scratch, ImmutableArray<Segment> inputs, SegmentFooter footer, long sliceNs, long memoryBytes, StatisticsBuilder statistics, WorkPace pace)
    {
        var sources = MergeSource.Open(inputs);
        try
        {
            new ParquetMerge(sources, footer, memoryBytes).Write(file, scratch, sliceNs, statistics, pace);
        }
        finally
        {
            foreach (var source in sources) source.Dispose();
        }
    }

    private void Write(Stream file, FileStream scratch, long sliceNs, StatisticsBuilder statistics, WorkPace pace)
    {
        var groups = MergeOrder.OfTime(_sources, sliceNs, pace.Stop);
        if (!Fits(groups)) groups = MergeOrder.OfArrival(_sources);
        var chunks = groups.ConvertAll(_ => new (ChunkDescription Chunk, long Offset)[_footer.Columns.Length + 1]);
        var merged = new MergedChunks(new ColumnChunkWriter(scratch, _footer.IsArchived ? new ZstdEncoder() : new Lz4Encoder()), statistics);
        var position = 0L;
        for (var c = 0; c <= _footer.Columns.Length; c++)
        {
            var column = c == 0 ? ParquetFooter.Sequence(_footer.Events) : _footer.Columns[c - 1];
            using var source = new MergeColumn(_sources, column, _pageBytes);
            for (var group = 0; group < groups.Count; group++)
            {
                pace.Step();
                var chunk = merged.Write(column, source, groups[group]);
                chunks[group][c] = (chunk, position);
                position += chunk.Bytes;
            }
        }

        Assemble(file, scratch, groups.ConvertAll(g => g.Sum(r => r.Count)), chunks, pace);
    }

    /// <summary>
    /// True when the pages that a row group is gathered from are within the bound: else they would be decoded again and again. That is so unless
    /// events of many times come in at once.
    /// </summary>
    private bool Fits(List<RowRun[]> groups)
    {
        foreach (var runs in groups)
        {
            var touched = new HashSet<int>();
            foreach (var run in runs) touched.Add(run.Group);
            foreach (var column in _footer.Columns)
            {
                long bytes = 0;
                foreach (var source in _sources)
                {
                    if (source.Stored(column.Name) is not { } stored) continue;
                    var place = source.Place(stored);
                    for (var group = 0; group < source.Layout.GroupCount; group++)
                    {
                        if (!touched.Contains(source.FirstGroup + group)) continue;
                        var rows = source.Layout.FirstRows[group + 1] - source.Layout.FirstRows[group];
                        bytes += source.Layout.Chunk(group, place).PlainBytes + rows * sizeof(long);
                    }
                }

                if (bytes > _pageBytes) return false;
            }
        }

        return true;
    }

    /// <summary>In the file the chunks of a row group lie side by side.</summary>
    private void Assemble(Stream file, FileStream scratch, List<int> rows, List<(ChunkDescription Chunk, long Offset)[]> chunks, WorkPace pace)
    {
        scratch.Flush();
        var groups = new List<RowGroup>();
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        file.Write(ParquetFooter.Magic);
        long position = ParquetFooter.Magic.Length;
        for (var group = 0; group < chunks.Count; group++)
        {
            pace.Step();
            groups.Add(new RowGroup(rows[group], position, Array.ConvertAll(chunks[group], c => c.Chunk)));
            foreach (var (chunk, offset) in chunks[group])
            {
                for (var done = 0; done < chunk.Bytes;)
                {
                    var read = RandomAccess.Read(scratch.SafeFileHandle, buffer.AsSpan(0, Math.Min(CopyBytes, chunk.Bytes - done)), offset + done);
                    if (read == 0) throw new IOException("the scratch file of a merge ends early");
                    file.Write(buffer, 0, read);
                    done += read;
                }

                position += chunk.Bytes;
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        ParquetFooter.Write(file, _footer, groups);
    }
}
