using System.Buffers.Binary;

namespace Storage.DuckDb.Parquet;

/// <summary>A growing list of bits, one for each row: which rows have a value. Not thread-safe.</summary>
internal sealed class RowBits
{
    /// <summary>Bits that are moved at once: with a shift of up to seven they still fit into a word.</summary>
    private const int Step = 56;

    private byte[] _bits = [];

    /// <summary>Bits so far.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bits => _bits.AsSpan(0, (Count + 7) / 8);

    /// <summary>Begins anew, with room for so many.</summary>
    public void Start(int rows)
    {
        Count = 0;
        var bytes = rows / 8 + 2 * sizeof(ulong);
        if (_bits.Length < bytes) _bits = new byte[bytes];
        else Array.Clear(_bits);
    }

    /// <summary>Appends so many equal bits.</summary>
    public void Append(bool bit, int count)
    {
        var to = Count;
        Count += count;
        if (!bit) return;
        for (; count > 0 && (to & 7) != 0; to++, count--) _bits[to >> 3] |= (byte)(1 << (to & 7));
        _bits.AsSpan(to >> 3, count >> 3).Fill(255);
        to += count & ~7;
        if ((count & 7) != 0) _bits[to >> 3] |= (byte)((1 << (count & 7)) - 1);
    }

    /// <summary>Appends bits of a list, from one on.</summary>
    public void Append(ReadOnlySpan<byte> source, int from, int count)
    {
        while (count > 0)
        {
            var step = Math.Min(count, Step);
            var place = _bits.AsSpan(Count >> 3, sizeof(ulong));
            var word = BinaryPrimitives.ReadUInt64LittleEndian(place);
            BinaryPrimitives.WriteUInt64LittleEndian(place, word | PackedBits.At(source, from, step) << (Count & 7));
            Count += step;
            from += step;
            count -= step;
        }
    }
}
