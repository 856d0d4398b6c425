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
    public static IEnumerable<(EventBatch Batch, long FirstSeq)> Read(string path, ILogger log)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var end = RandomAccess.GetLength(file);
        foreach (var piece in JournalScan.Read(file))
        {
            switch (piece.Kind)
            {
                case JournalPieceKind.Record:
                    yield return (piece.Batch!, piece.FirstSeq);
                    break;
                case JournalPieceKind.Damage:
                    SetAside(file, path, piece.Offset, piece.Offset + piece.Length);
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

    private static void SetAside(SafeFileHandle file, string path, long from, long to)
    {
        using var aside = File.Create($"{path}.damaged-{from}");
        var buffer = new byte[1 << 20];
        while (from < to)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from)), from);
            if (read == 0) break;
            aside.Write(buffer, 0, read);
            from += read;
        }

        aside.Flush(flushToDisk: true);
    }
}
