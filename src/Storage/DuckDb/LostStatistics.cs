using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>Makes the statistics of a segment again whose file was lost or damaged.</summary>
internal static class LostStatistics
{
    /// <summary>Reads the segment, writes the file beside it, and lets the segment know.</summary>
    /// <param name="segment">The segment, leased.</param>
    /// <param name="engine">Reads it.</param>
    /// <param name="cancellationToken">Stops it; then nothing has changed.</param>
    /// <exception cref="InvalidDataException">The segment cannot be read: that is its own fault, and others may be written all the same.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Restore(Segment segment, LazyEngine engine, CancellationToken cancellationToken)
    {
        var (statistics, checksum) = Read(segment, engine, cancellationToken);
        StatisticsFile.Write(StatisticsFile.PathOf(segment.Path), statistics, segment.FileBytes, checksum);
        DirectorySync.Flush(Path.GetDirectoryName(segment.Path)!);
        segment.Learn(statistics);
    }

    private static (SegmentStatistics Statistics, uint Checksum) Read(Segment segment, LazyEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            return (SegmentMerge.ReadStatistics(engine.Connection, segment.Footer, segment.Path, cancellationToken), ChecksumStream.Of(segment.Path, cancellationToken));
        }
        catch (Exception e) when (DuckDbException.IsOfDisk(e))
        {
            throw new InvalidDataException($"{segment.Path} cannot be read", e);
        }
    }
}
