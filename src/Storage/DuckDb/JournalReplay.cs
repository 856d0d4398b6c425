using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Reads a journal back. A torn last record is cut off; a damaged stretch in the middle is copied aside, skipped, and everything after it
/// is recovered. Both are reported.
/// </summary>
internal static class JournalReplay
{
    /// <summary>The batches of a journal in order, each with the number of its first event. The caller owns them.</summary>
    public static IEnumerable<(EventBatch Batch, long FirstSeq)> Read(string path, ILogger log)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var length = RandomAccess.GetLength(file);
        long position = 0;
        while (position < length)
        {
            if (TryRead(file, position, length, out var batch, out var firstSeq))
            {
                position += JournalRecord.HeaderBytes + batch.SizeBytes;
                yield return (batch, firstSeq);
                continue;
            }

            var next = FindNext(file, position + 1, length);
            if (next < 0)
            {
                RandomAccess.SetLength(file, position);
                log.JournalTailCut(path, position, length - position);
                break;
            }

            SetAside(file, path, position, next);
            log.JournalDamaged(path, position, next - position);
            position = next;
        }
    }

    private static bool TryRead(SafeFileHandle file, long position, long length, [NotNullWhen(true)] out EventBatch? batch, out long firstSeq)
    {
        batch = null;
        Span<byte> header = stackalloc byte[JournalRecord.HeaderBytes];
        var read = RandomAccess.Read(file, header, position);
        if (!JournalRecord.TryReadHeader(header[..read], out var bytes, out firstSeq)) return false;
        if (position + JournalRecord.HeaderBytes + bytes > length) return false;
        var block = NativeBlock.Allocate(bytes);
        try
        {
            ReadFully(file, block.GetSpan(), position + JournalRecord.HeaderBytes);
            if (JournalRecord.Verify(header, block.GetSpan())) batch = EventBatch.Open(block);
        }
        finally
        {
            if (batch is null) ((IDisposable)block).Dispose();
        }

        return batch is not null;
    }

    private static long FindNext(SafeFileHandle file, long from, long length)
    {
        const int Window = 1 << 20;
        var buffer = new byte[Window];
        for (var at = from; at < length; at += Window - JournalRecord.HeaderBytes)
        {
            var read = RandomAccess.Read(file, buffer, at);
            for (var found = JournalRecord.FindNext(buffer.AsSpan(0, read), 0); found >= 0;
                 found = JournalRecord.FindNext(buffer.AsSpan(0, read), found + 1))
            {
                if (!TryRead(file, at + found, length, out var batch, out _)) continue;
                batch.Dispose();
                return at + found;
            }
        }

        return -1;
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
    }

    private static void ReadFully(SafeFileHandle file, Span<byte> target, long position)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(file, target, position);
            if (read == 0) throw new EndOfStreamException();
            target = target[read..];
            position += read;
        }
    }
}
