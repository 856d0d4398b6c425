using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Reads a journal back. A torn last record is cut off; a damaged stretch is copied aside, skipped, and everything after it is recovered.
/// Both are reported.
/// </summary>
internal static class JournalReplay
{
    /// <summary>The batches of a journal in order, each with the number of its first event. The caller owns them.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="log">Is told what is wrong with it.</param>
    /// <param name="stays">Called when a damaged stretch could not be copied aside, most likely for want of room, and so stays where it is: then the journal must not be deleted before <see cref="SetDamageAside"/>.</param>
    public static IEnumerable<(EventBatch Batch, long FirstSeq)> Read(string path, ILogger log, Action stays)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var end = RandomAccess.GetLength(file);
        foreach (var piece in JournalScan.Read(file))
        {
            switch (piece.Kind)
            {
                case JournalPieceKind.Record:
                    if (piece.HasWrongLength) log.JournalLengthDamaged(path, piece.Offset);
                    yield return (piece.Batch!, piece.FirstSeq);
                    break;
                case JournalPieceKind.Damage when !TrySetAside(file, path, piece, log):
                    stays();
                    break;
                case JournalPieceKind.Damage:
                    if (piece.Offset + piece.Length == end) RandomAccess.SetLength(file, piece.Offset);
                    log.JournalDamaged(path, piece.Offset, piece.Length);
                    break;
                default:
                    RandomAccess.SetLength(file, piece.Offset);
                    log.JournalTailCut(path, piece.Offset, piece.Length);
                    break;
            }
        }
    }

    /// <summary>Copies the damaged stretches of a journal aside that is not written any more.</summary>
    /// <exception cref="IOException">There is still no room.</exception>
    public static void SetDamageAside(string path)
    {
        using var file = File.OpenHandle(path);
        foreach (var piece in JournalScan.Read(file))
        {
            piece.Batch?.Dispose();
            if (piece.Kind == JournalPieceKind.Damage) SetAside(file, path, piece);
        }
    }

    /// <summary>A full disk is no reason not to start.</summary>
    private static bool TrySetAside(SafeFileHandle file, string path, JournalPiece piece, ILogger log)
    {
        try
        {
            SetAside(file, path, piece);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.JournalDamageStays(path, piece.Offset, piece.Length, e);
            return false;
        }
    }

    /// <summary>Copies a stretch into a file of its own beside the journal, and never over another one: an earlier stretch may have stood at the same place.</summary>
    private static void SetAside(SafeFileHandle file, string path, JournalPiece piece)
    {
        var aside = $"{path}.damaged-{piece.Offset}";
        for (var copy = 2; File.Exists(aside); copy++)
        {
            if (Holds(aside, file, piece)) return;
            aside = $"{path}.damaged-{piece.Offset}-{copy}";
        }

        var unfinished = path + ".aside";
        try
        {
            using (var target = File.Create(unfinished))
            {
                foreach (var some in Parts(file, piece)) target.Write(some.Span);
                target.Flush(flushToDisk: true);
            }

            File.Move(unfinished, aside);
            DirectorySync.Flush(Path.GetDirectoryName(path)!);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private static bool Holds(string path, SafeFileHandle file, JournalPiece piece)
    {
        using var other = File.OpenHandle(path);
        if (RandomAccess.GetLength(other) != piece.Length) return false;
        using var kept = Parts(other, piece with { Offset = 0 }).GetEnumerator();
        foreach (var some in Parts(file, piece))
            if (!kept.MoveNext() || !some.Span.SequenceEqual(kept.Current.Span)) return false;
        return true;
    }

    /// <summary>The bytes of a stretch, some at a time, which hold until the next are asked for.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Parts(SafeFileHandle file, JournalPiece piece)
    {
        var buffer = new byte[1 << 20];
        for (long at = 0; at < piece.Length;)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, piece.Length - at)), piece.Offset + at);
            if (read == 0) yield break;
            yield return buffer.AsMemory(0, read);
            at += read;
        }
    }
}
