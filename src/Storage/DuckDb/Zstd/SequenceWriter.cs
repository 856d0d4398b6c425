namespace Storage.DuckDb.Zstd;

/// <summary>Writes the repetitions of a block. Its buffers are kept for the next one. Not thread-safe.</summary>
internal sealed class SequenceWriter
{
    /// <summary>With fewer repetitions the tables that a reader knows cost less than a description of others.</summary>
    private const int FewSequences = 48;

    private const int LiteralLog = 9;
    private const int LengthLog = 9;
    private const int OffsetLog = 8;

    private readonly FseTable _literalTable = new();
    private readonly FseTable _lengthTable = new();
    private readonly FseTable _offsetTable = new();
    private byte[] _literals = [];
    private byte[] _lengths = [];
    private byte[] _offsets = [];

    /// <summary>Writes them; the target has room for eleven bytes each and a kilobyte.</summary>
    /// <returns>Bytes written.</returns>
    public int Write(ReadOnlySpan<Sequence> sequences, Span<byte> target)
    {
        var position = WriteCount(sequences.Length, target);
        if (sequences.IsEmpty) return position;
        if (_literals.Length < sequences.Length)
            (_literals, _lengths, _offsets) = (new byte[sequences.Length * 2], new byte[sequences.Length * 2], new byte[sequences.Length * 2]);
        for (var i = 0; i < sequences.Length; i++)
        {
            _literals[i] = SequenceCodes.OfLiterals(sequences[i].Literals).Code;
            _lengths[i] = SequenceCodes.OfLength(sequences[i].Length).Code;
            _offsets[i] = SequenceCodes.OfOffset(sequences[i].Offset).Code;
        }

        var modes = position++;
        var (literals, literalMode) = Table(_literals.AsSpan(0, sequences.Length), SequenceCodes.LiteralCodes, LiteralLog, _literalTable, SequenceCodes.UsualLiterals, target, ref position);
        var (offsets, offsetMode) = Table(_offsets.AsSpan(0, sequences.Length), SequenceCodes.OffsetCodes, OffsetLog, _offsetTable, SequenceCodes.UsualOffsets, target, ref position);
        var (lengths, lengthMode) = Table(_lengths.AsSpan(0, sequences.Length), SequenceCodes.LengthCodes, LengthLog, _lengthTable, SequenceCodes.UsualLengths, target, ref position);
        target[modes] = (byte)(literalMode << 6 | offsetMode << 4 | lengthMode << 2);
        return position + WriteStream(sequences, literals, offsets, lengths, target[position..]);
    }

    private static int WriteCount(int count, Span<byte> target)
    {
        switch (count)
        {
            case < 128:
                target[0] = (byte)count;
                return 1;
            case < 0x7F00:
                (target[0], target[1]) = ((byte)((count >> 8) + 128), (byte)count);
                return 2;
            default:
                (target[0], target[1], target[2]) = (255, (byte)(count - 0x7F00), (byte)((count - 0x7F00) >> 8));
                return 3;
        }
    }

    /// <summary>Chooses a table: one for a single code, the one that a reader knows, or one of the codes' own, which is described.</summary>
    private static (FseTable Table, int Mode) Table(ReadOnlySpan<byte> codes, int count, int maxLog, FseTable own, FseTable usual, Span<byte> target, ref int position)
    {
        const int Usual = 0, Single = 1, Described = 2;
        Span<int> counts = stackalloc int[count];
        counts.Clear();
        foreach (var code in codes) counts[code]++;
        if (counts[codes[0]] == codes.Length)
        {
            target[position++] = codes[0];
            own.SetOnly(codes[0]);
            return (own, Single);
        }

        if (codes.Length < FewSequences) return (usual, Usual);
        own.Set(counts, codes.Length, maxLog);
        position += own.WriteTo(target[position..]);
        return (own, Described);
    }

    private int WriteStream(ReadOnlySpan<Sequence> sequences, FseTable literals, FseTable offsets, FseTable lengths, Span<byte> target)
    {
        var stream = new BitWriter(target);
        var last = sequences.Length - 1;
        var (length, offset, literal) = (lengths.Begin(_lengths[last]), offsets.Begin(_offsets[last]), literals.Begin(_literals[last]));
        WriteRests(ref stream, sequences[last]);
        for (var i = last - 1; i >= 0; i--)
        {
            offsets.Write(ref stream, ref offset, _offsets[i]);
            lengths.Write(ref stream, ref length, _lengths[i]);
            literals.Write(ref stream, ref literal, _literals[i]);
            stream.Flush();
            WriteRests(ref stream, sequences[i]);
        }

        lengths.End(ref stream, length);
        offsets.End(ref stream, offset);
        literals.End(ref stream, literal);
        return stream.Close();
    }

    private static void WriteRests(ref BitWriter stream, Sequence sequence)
    {
        var (_, more, bits) = SequenceCodes.OfLiterals(sequence.Literals);
        stream.Add((ulong)more, bits);
        (_, more, bits) = SequenceCodes.OfLength(sequence.Length);
        stream.Add((ulong)more, bits);
        stream.Flush();
        (_, more, bits) = SequenceCodes.OfOffset(sequence.Offset);
        stream.Add((ulong)more, bits);
        stream.Flush();
    }
}
