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
    /// <summary>Places at which a record of unknown length may end that are tried: more of them are texts that look like a header.</summary>
    private const int MaxEnds = 64;

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

            var end = EndOf(file, position, length, out batch, out firstSeq, out var hasHeaders);
            // What looks like a header behind the first is a sign that the length of that is wrong, and not that it was cut short.
            var kind = batch is not null ? JournalPieceKind.Record
                : end == length && !hasHeaders && IsCutShort(file, position, length) ? JournalPieceKind.Tail : JournalPieceKind.Damage;
            yield return new JournalPiece(kind, position, end - position, batch, firstSeq, HasWrongLength: batch is not null);
            position = end;
        }
    }

    /// <summary>Where what is no record as it stands ends: before the next header with which it is one, before the next whole record, or with the file.</summary>
    /// <param name="file">The journal.</param>
    /// <param name="position">Where it begins.</param>
    /// <param name="length">Of the journal.</param>
    /// <param name="batch">The events, where nothing but its length is wrong.</param>
    /// <param name="firstSeq">The number of the first of these.</param>
    /// <param name="hasHeaders">Whether there is something like a header in it behind its own.</param>
    private static long EndOf(SafeFileHandle file, long position, long length, out EventBatch? batch, out long firstSeq, out bool hasHeaders)
    {
        var ends = 0;
        foreach (var place in Headers(file, position + 1, length))
        {
            if (ends++ < MaxEnds && TryReadUpTo(file, position, place, out batch, out firstSeq))
            {
                hasHeaders = false;
                return place;
            }

            if (!TryRead(file, place, length, out var next, out _)) continue;
            next.Dispose();
            (batch, firstSeq, hasHeaders) = (null, 0, ends > 1);
            return place;
        }

        hasHeaders = ends > 0;
        _ = TryReadUpTo(file, position, length, out batch, out firstSeq);
        return length;
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

    /// <summary>Reads a record that ends at a place, whatever its header says of its length. The checksum is of the right one.</summary>
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

    /// <summary>The places at which something looks like a header, ascending.</summary>
    private static IEnumerable<long> Headers(SafeFileHandle file, long from, long length)
    {
        const int Window = 1 << 20;
        var buffer = new byte[Window];
        for (var at = from; at < length; at += Window - JournalRecord.MagicBytes + 1)
        {
            var read = RandomAccess.Read(file, buffer, at);
            for (var found = JournalRecord.FindNext(buffer.AsSpan(0, read), 0); found >= 0;
                 found = JournalRecord.FindNext(buffer.AsSpan(0, read), found + 1))
                yield return at + found;
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
