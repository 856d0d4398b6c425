using System.Buffers.Binary;
using Storage.DuckDb.Parquet;

namespace Storage.DuckDb.Zstd;

/// <summary>
/// Compresses into a Zstandard frame (RFC 8878): repetitions are found as fast levels of the reference do, and all that is written is coded
/// by how often it comes. Its buffers are kept for the next frame. Not thread-safe.
/// </summary>
internal sealed class ZstdEncoder : IPageEncoder
{
    private const uint Magic = 0xFD2FB528;
    private const int BlockBytes = 128 << 10;
    private const int HeadBytes = 3;

    // What a block is, and how its literals are written, by the numbers of the format.
    private const int Raw = 0;
    private const int Single = 1;
    private const int Compressed = 2;

    /// <summary>Fewer literals are not worth a table of codes.</summary>
    private const int FewLiterals = 64;

    /// <summary>More literals than that are written as four streams, which are read at once.</summary>
    private const int OneStream = 256;

    private readonly MatchFinder _matches = new();
    private readonly SequenceWriter _sequences = new();
    private readonly HuffmanTable _codes = new();
    private readonly byte[] _literals = new byte[BlockBytes];
    private readonly byte[] _block = new byte[4 * BlockBytes];
    private readonly byte[] _streams = new byte[2 * BlockBytes];

    public PageCodec Codec => PageCodec.Zstd;

    public void Encode(ReadOnlySpan<byte> source, int unique, ByteBuffer target, List<Restart> restarts)
    {
        var head = target.Append(2 * sizeof(uint) + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        head[4] = 0b1010_0000; // a window as long as the content, whose length of four bytes follows
        BinaryPrimitives.WriteInt32LittleEndian(head[5..], source.Length);
        _matches.Begin(source.Length);
        var start = 0;
        do
        {
            var end = Math.Min(start + BlockBytes, source.Length);
            EncodeBlock(source, start, end, target);
            start = end;
        }
        while (start < source.Length);
    }

    private void EncodeBlock(ReadOnlySpan<byte> source, int start, int end, ByteBuffer target)
    {
        var block = source[start..end];
        var isLast = end == source.Length ? 1 : 0;
        if (block.Length > 1 && !block.ContainsAnyExcept(block[0]))
        {
            WriteHead(target, isLast, Single, block.Length);
            target.AppendByte(block[0]);
            return;
        }

        var rest = _matches.Find(source, start, end);
        var literals = Gather(block, rest - start);
        var length = WriteLiterals(_literals.AsSpan(0, literals), _block);
        length += _sequences.Write(_matches.Sequences, _block.AsSpan(length));
        if (length >= block.Length)
        {
            WriteHead(target, isLast, Raw, block.Length);
            target.Append(block);
            return;
        }

        WriteHead(target, isLast, Compressed, length);
        target.Append(_block.AsSpan(0, length));
    }

    private static void WriteHead(ByteBuffer target, int isLast, int type, int length)
    {
        var head = length << HeadBytes | type << 1 | isLast;
        for (var shift = 0; shift < HeadBytes * 8; shift += 8) target.AppendByte(head >> shift);
    }

    /// <summary>Brings the bytes that are no repetitions together.</summary>
    private int Gather(ReadOnlySpan<byte> block, int rest)
    {
        var (place, count) = (0, 0);
        foreach (var sequence in _matches.Sequences)
        {
            block.Slice(place, sequence.Literals).CopyTo(_literals.AsSpan(count));
            count += sequence.Literals;
            place += sequence.Literals + sequence.Length;
        }

        block[rest..].CopyTo(_literals.AsSpan(count));
        return count + block.Length - rest;
    }

    private int WriteLiterals(ReadOnlySpan<byte> literals, Span<byte> target)
    {
        if (literals.Length >= FewLiterals)
        {
            if (!literals.ContainsAnyExcept(literals[0]))
            {
                var size = WriteSize(Single, literals.Length, target);
                target[size] = literals[0];
                return size + 1;
            }

            if (TryCode(literals, target) is var coded and > 0) return coded;
        }

        var head = WriteSize(Raw, literals.Length, target);
        literals.CopyTo(target[head..]);
        return head + literals.Length;
    }

    private static int WriteSize(int type, int length, Span<byte> target)
    {
        switch (length)
        {
            case < 32:
                target[0] = (byte)(length << 3 | type);
                return 1;
            case < 4096:
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)(length << 4 | 1 << 2 | type));
                return 2;
            default:
                BinaryPrimitives.WriteInt32LittleEndian(target, length << 4 | 3 << 2 | type);
                return 3;
        }
    }

    /// <summary>Writes the literals in codes; 0 when that takes more than a thirty-second less.</summary>
    private int TryCode(ReadOnlySpan<byte> literals, Span<byte> target)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (var literal in literals) counts[literal]++;
        _codes.Set(counts);
        var most = literals.Length - literals.Length / 32;
        if (_codes.BitsOf(counts) / 8 >= most) return 0;
        var length = _codes.WriteTo(_streams);
        if (length == 0) return 0;
        var isOne = literals.Length <= OneStream;
        length += isOne ? _codes.Encode(literals, _streams.AsSpan(length)) : EncodeFour(literals, _streams.AsSpan(length));
        if (length >= most) return 0;
        var head = WriteSizes(literals.Length, length, isOne, target);
        _streams.AsSpan(0, length).CopyTo(target[head..]);
        return head + length;
    }

    private int EncodeFour(ReadOnlySpan<byte> literals, Span<byte> target)
    {
        var part = (literals.Length + 3) / 4;
        var position = 3 * sizeof(ushort);
        for (var i = 0; i < 4; i++)
        {
            var length = _codes.Encode(literals[(i * part)..Math.Min((i + 1) * part, literals.Length)], target[position..]);
            if (i < 3) BinaryPrimitives.WriteUInt16LittleEndian(target[(i * sizeof(ushort))..], (ushort)length);
            position += length;
        }

        return position;
    }

    private static int WriteSizes(int plain, int packed, bool isOne, Span<byte> target)
    {
        var (format, bits, bytes) = plain < 1 << 10 ? (isOne ? 0 : 1, 10, 3) : plain < 1 << 14 ? (2, 14, 4) : (3, 18, 5);
        var head = (ulong)packed << (4 + bits) | (ulong)plain << 4 | (ulong)format << 2 | Compressed;
        for (var i = 0; i < bytes; i++) target[i] = (byte)(head >> 8 * i);
        return bytes;
    }
}
