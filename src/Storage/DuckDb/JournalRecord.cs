using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Storage.DuckDb;

/// <summary>
/// Header before each batch in a journal, 32 bytes, little endian: magic, length of the batch, checksum, reserved, number of the batch's
/// first event, reserved. The checksum (CRC-32C, polynomial 0x1EDC6F41) covers the batch and every header field but itself.
/// </summary>
internal static class JournalRecord
{
    public const int HeaderBytes = 32;
    public const int MagicBytes = sizeof(uint);
    private const uint Magic = 0x31_4A_58_45; // "EXJ1"

    /// <summary>Writes the header for a batch.</summary>
    public static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> batch, long firstSeq)
    {
        header[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        SetLength(header, batch.Length);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], firstSeq);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Checksum(header, batch));
    }

    /// <summary>Reads a header; false when it is not one. The length is only trustworthy after <see cref="Verify"/>.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out int length, out long firstSeq)
    {
        length = 0;
        firstSeq = 0;
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic) return false;
        length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        firstSeq = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        return length > 0 && firstSeq >= 0;
    }

    /// <summary>Gives a header another length of the batch.</summary>
    public static void SetLength(Span<byte> header, int length) => BinaryPrimitives.WriteInt32LittleEndian(header[4..], length);

    /// <summary>True when header and batch are as they were written.</summary>
    public static bool Verify(ReadOnlySpan<byte> header, ReadOnlySpan<byte> batch) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == Checksum(header, batch);

    /// <summary>Offset of the next place at or after <paramref name="from"/> that looks like a header, or -1.</summary>
    public static int FindNext(ReadOnlySpan<byte> bytes, int from)
    {
        Span<byte> magic = stackalloc byte[MagicBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, Magic);
        var found = bytes[from..].IndexOf(magic);
        return found < 0 ? -1 : from + found;
    }

    private static uint Checksum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> batch) =>
        ~Crc32C(Crc32C(Crc32C(uint.MaxValue, header[..8]), header[12..HeaderBytes]), batch);

    internal static uint Crc32C(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, rest);
        return crc;
    }
}
