using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;

namespace Storage.DuckDb;

/// <summary>
/// Tells a damaged segment from one that could not be read for want of memory, or for a fault of the disk: a sound one must neither be left
/// out of the store nor be moved away.
/// </summary>
internal static class SegmentFault
{
    /// <summary>True for what a segment that cannot be read ends in, whosever fault it is.</summary>
    public static bool IsUnreadable(Exception e) => e is DuckDbException or InvalidDataException or IOException or UnauthorizedAccessException;

    /// <summary>True for a fault of the engine that says nothing of the file.</summary>
    public static bool IsOfMachine(DuckDbException e) =>
        e.ErrorType is DuckDbErrorType.OutOfMemory or DuckDbErrorType.IO or DuckDbErrorType.Permission or DuckDbErrorType.Interrupt or DuckDbErrorType.Fatal;

    /// <summary>True when the bytes of a segment are not those that were written; null when its statistics do not tell.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    private static bool? IsChanged(string path, CancellationToken cancellationToken)
    {
        try
        {
            StatisticsFile.Read(StatisticsFile.PathOf(path), new FileInfo(path).Length, out var written);
            return written is null ? null : ChecksumStream.Of(path, cancellationToken) != written;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>True when the bytes of a segment could be read and are known not to be those that were written.</summary>
    public static bool IsKnownChanged(string path, CancellationToken cancellationToken)
    {
        try
        {
            return IsChanged(path, cancellationToken) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// True when a segment that could not be read is damaged for certain. Bytes that are those that were written prove that it is not, whatever
    /// the engine says; want of memory proves nothing, and a fault of the disk only of bytes that could be read and are others.
    /// </summary>
    public static bool IsDamaged(string path, Exception fault, CancellationToken cancellationToken)
    {
        if (fault is not DuckDbException ofEngine) return fault is InvalidDataException;
        try
        {
            return IsChanged(path, cancellationToken) switch
            {
                true => ofEngine.ErrorType != DuckDbErrorType.OutOfMemory,
                false => false,
                null => !IsOfMachine(ofEngine),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What happened, without the engine's advice for its own settings.</summary>
    public static string FirstLine(Exception e) => e.Message.Split('\n')[0];
}
