using Microsoft.Extensions.Logging;

namespace Storage.DuckDb;

/// <summary>Everything that the store says. Users' names and values are never among it.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(1, LogLevel.Information, "Opened {Directory}: {Events} events, {Segments} segments, {Replayed} events replayed in {Milliseconds} ms")]
    public static partial void Opened(this ILogger log, string directory, long events, int segments, long replayed, long milliseconds);

    [LoggerMessage(2, LogLevel.Information, "Sealed segment {Number}: {Events} events, {Bytes} bytes in {Milliseconds} ms")]
    public static partial void Sealed(this ILogger log, long number, long events, long bytes, long milliseconds);

    [LoggerMessage(3, LogLevel.Information, "Removed {Segments} segments that retention does not keep")]
    public static partial void Expired(this ILogger log, int segments);

    [LoggerMessage(4, LogLevel.Information, "Compacted {Segments} segments, {Events} events: {Before} bytes became {After} in {Milliseconds} ms")]
    public static partial void Compacted(this ILogger log, int segments, long events, long before, long after, long milliseconds);

    [LoggerMessage(14, LogLevel.Warning, "Segments could not be compacted; the next try is in a minute")]
    public static partial void CompactionFailed(this ILogger log, Exception exception);

    [LoggerMessage(16, LogLevel.Information, "{Segments} segments are merged by the engine: one of them has pages of another kind than ours")]
    public static partial void LeftToEngine(this ILogger log, int segments, Exception exception);

    [LoggerMessage(15, LogLevel.Warning, "{Segments} segments with {Events} events stay as they are: {Bytes} bytes of memory are not enough to merge them; a larger memory limit helps")]
    public static partial void TooLargeToCompact(this ILogger log, int segments, long events, long bytes, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "Journal {Path}: cut off an incomplete record of {Bytes} bytes at {Offset}; it was never acknowledged")]
    public static partial void JournalTailCut(this ILogger log, string path, long offset, long bytes);

    [LoggerMessage(11, LogLevel.Warning, "Journal write failed; appends are refused until the disk takes data again")]
    public static partial void JournalWriteFailed(this ILogger log, Exception exception);

    [LoggerMessage(12, LogLevel.Warning, "Sealing journal {Number} failed; it is kept and tried again in {Seconds} s")]
    public static partial void SealFailed(this ILogger log, long number, double seconds, Exception exception);

    [LoggerMessage(17, LogLevel.Warning, "Segment {Path} is no part of the store any more, but its files could not be deleted; the next start tries again")]
    public static partial void NotDeleted(this ILogger log, string path, Exception exception);

    [LoggerMessage(22, LogLevel.Error, "{Segments} segments stay as they are until the next start: they could not be read to merge them or to make their statistics; --check tells whether one of them is damaged")]
    public static partial void NotMerged(this ILogger log, int segments, Exception exception);

    [LoggerMessage(25, LogLevel.Error, "Segment {Path} stays as it is until the next start: its file is gone, or not what was written; --check tells what can be done")]
    public static partial void Unsound(this ILogger log, string path);

    [LoggerMessage(20, LogLevel.Error, "Journal {Path} is damaged at {Offset}: {Bytes} bytes were copied to a .damaged file beside it and skipped")]
    public static partial void JournalDamaged(this ILogger log, string path, long offset, long bytes);

    [LoggerMessage(26, LogLevel.Error, "Journal {Path} is damaged at {Offset}: {Bytes} bytes were skipped; they could not be copied aside and stay where they are until there is room")]
    public static partial void JournalDamageStays(this ILogger log, string path, long offset, long bytes, Exception exception);

    [LoggerMessage(27, LogLevel.Warning, "Journal {Path}: the length of the record at {Offset} is damaged, but nothing else of it; its events are there")]
    public static partial void JournalLengthDamaged(this ILogger log, string path, long offset);

    [LoggerMessage(21, LogLevel.Error, "Segment {Path} cannot be read and is left out; its events are missing from answers")]
    public static partial void SegmentUnreadable(this ILogger log, string path, Exception exception);

    [LoggerMessage(29, LogLevel.Warning, "Segment {Path} is a copy of {Original}, which is there: it does not count; --check --repair moves it away")]
    public static partial void SegmentCopied(this ILogger log, string path, string original);

    [LoggerMessage(31, LogLevel.Error, "Segment {Path} counts only under the name {Original}, which is not there: its events are missing from answers until it has that name again")]
    public static partial void SegmentRenamed(this ILogger log, string path, string original);

    [LoggerMessage(32, LogLevel.Error, "Segment {Path} is not what was written and was moved to {Damaged}: the segments that it was merged from are all there and count in its place")]
    public static partial void MergedSetAside(this ILogger log, string path, string damaged);

    [LoggerMessage(33, LogLevel.Error, "Segment {Path} is not what was written, and counts all the same, since it cannot be replaced by all that it was merged from; what is left of that is kept; --check tells what can be done")]
    public static partial void MergedUnsound(this ILogger log, string path);

    [LoggerMessage(28, LogLevel.Error, "Segment {Path} is gone, and only its statistics were left: its events are missing from answers, unless retention was removing it")]
    public static partial void SegmentLost(this ILogger log, string path);

    [LoggerMessage(13, LogLevel.Warning, "Statistics of segment {Path} are made again: {Reason}")]
    public static partial void StatisticsUnreadable(this ILogger log, string path, string reason);

    [LoggerMessage(23, LogLevel.Error, "A query met a fault that was not foreseen")]
    public static partial void QueryFault(this ILogger log, Exception exception);

    [LoggerMessage(24, LogLevel.Information, "A query found too little memory and is read again {How}")]
    public static partial void QueryReadAgain(this ILogger log, string how);

    [LoggerMessage(30, LogLevel.Debug, "SQL: {Sql}")]
    public static partial void Sql(this ILogger log, string sql);
}
