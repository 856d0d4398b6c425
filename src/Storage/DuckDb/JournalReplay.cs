using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
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

    private static void SetAside(SafeFileHandle file, string path, JournalPiece piece)
    {
        var aside = $"{path}.damaged-{piece.Offset}";
        try
        {
            using var copy = File.Create(aside);
            var buffer = new byte[1 << 20];
            var end = piece.Offset + piece.Length;
            for (var from = piece.Offset; from < end;)
            {
                var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - from)), from);
                if (read == 0) break;
                copy.Write(buffer, 0, read);
                from += read;
            }

            copy.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(aside); // a part would be taken for the whole
            throw;
        }
    }
}
