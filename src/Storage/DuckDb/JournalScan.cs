using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>What a stretch of a journal is.</summary>
internal enum JournalPieceKind
{
    Record,

    /// <summary>Bytes that are no record, though nothing cut them short: they may have been one that was acknowledged.</summary>
    Damage,

    /// <summary>The beginning of a record at the end, or room for one: a write that was cut short, and so was never acknowledged.</summary>
    Tail,
}

/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Batch">The events of a record; whoever reads the piece owns them. Null otherwise.</param>
/// <param name="FirstSeq">Number of the first event of a record.</param>
/// <param name="HasWrongLength">A record of which nothing but the length in its header is damaged: with the right one its checksum says that it is whole.</param>
internal readonly record struct JournalPiece(
    JournalPieceKind Kind, long Offset, long Length, EventBatch? Batch = null, long FirstSeq = 0, bool HasWrongLength = false);

/// <summary>Reads a journal from begin to end and changes nothing.</summary>
internal static class JournalScan
{
    /// <summary>All of the file in pieces, in order.</summary>
    public static IEnumerable<JournalPiece> Read(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        long position = 0;
        while (position < length)
        {
            if (TryRead(file, position, length, out var batch, out var firstSeq))
            {
                var bytes = JournalRecord.HeaderBytes + (long)batch.SizeBytes;
                yield return new JournalPiece(JournalPieceKind.Record, position, bytes, batch, firstSeq);
                position += bytes;
                continue;
            }

            var next = FindNext(file, position + 1, length);
            var end = next < 0 ? length : next;
            if (TryReadUpTo(file, position, end, out batch, out firstSeq))
            {
                yield return new JournalPiece(JournalPieceKind.Record, position, end - position, batch, firstSeq, HasWrongLength: true);
                position = end;
                continue;
            }

            var kind = next < 0 && IsCutShort(file, position, length) ? JournalPieceKind.Tail : JournalPieceKind.Damage;
            yield return new JournalPiece(kind, position, end - position);
            position = end;
        }
    }

    private static bool TryRead(SafeFileHandle file, long position, long length, [NotNullWhen(true)] out EventBatch? batch, out long firstSeq)
    {
        batch = null;
        Span<byte> header = stackalloc byte[JournalRecord.HeaderBytes];
        var read = RandomAccess.Read(file, header, position);
        if (!JournalRecord.TryReadHeader(header[..read], out var bytes, out firstSeq)) return false;
        if (position + JournalRecord.HeaderBytes + bytes > length) return false;
        batch = ReadBatch(file, header, bytes, position + JournalRecord.HeaderBytes);
        return batch is not null;
    }

    /// <summary>Reads a record that ends where the next one begins, or the file, whatever its header says of its length. The checksum is of the right one.</summary>
    private static bool TryReadUpTo(SafeFileHandle file, long position, long end, [NotNullWhen(true)] out EventBatch? batch, out long firstSeq)
    {
        (batch, firstSeq) = (null, 0);
        var bytes = end - position - JournalRecord.HeaderBytes;
        if (bytes is <= 0 or > int.MaxValue) return false;
        Span<byte> header = stackalloc byte[JournalRecord.HeaderBytes];
        var read = RandomAccess.Read(file, header, position);
        if (read == header.Length) JournalRecord.SetLength(header, (int)bytes);
        if (!JournalRecord.TryReadHeader(header[..read], out _, out firstSeq)) return false;
        batch = ReadBatch(file, header, (int)bytes, position + JournalRecord.HeaderBytes);
        return batch is not null;
    }

    /// <summary>The batch behind a header; null when it is not as it was written.</summary>
    private static EventBatch? ReadBatch(SafeFileHandle file, ReadOnlySpan<byte> header, int bytes, long position)
    {
        EventBatch? batch = null;
        var block = NativeBlock.Allocate(bytes);
        try
        {
            ReadFully(file, block.GetSpan(), position);
            if (JournalRecord.Verify(header, block.GetSpan())) batch = EventBatch.Open(block);
        }
        catch (InvalidDataException)
        {
            // A record that is as it was written, and yet no batch: damage like any other.
        }
        finally
        {
            if (batch is null) ((IDisposable)block).Dispose();
        }

        return batch;
    }

    /// <summary>True for less than a header, for a record that is longer than the file, and for zeros, which is what a file is lengthened by before it is written.</summary>
    private static bool IsCutShort(SafeFileHandle file, long position, long length)
    {
        Span<byte> header = stackalloc byte[JournalRecord.HeaderBytes];
        var read = RandomAccess.Read(file, header, position);
        if (read < header.Length) return true;
        if (JournalRecord.TryReadHeader(header, out var bytes, out _) && bytes > length - position - header.Length) return true;
        var buffer = new byte[Math.Min(1 << 20, length - position)];
        for (var at = position; at < length; at += read)
        {
            read = RandomAccess.Read(file, buffer, at);
            if (read == 0) break;
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0)) return false;
        }

        return true;
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
