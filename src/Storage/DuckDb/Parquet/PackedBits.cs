using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Parquet;

/// <summary>Numbers of some bits each, one after another, least significant bit first.</summary>
internal static class PackedBits
{
    /// <summary>The number of <paramref name="width"/> bits, 0 to 64, that starts at a bit.</summary>
    public static ulong At(ReadOnlySpan<byte> bytes, long bit, int width)
    {
        var (start, shift) = ((int)(bit >> 3), (int)(bit & 7));
        var value = start + sizeof(ulong) <= bytes.Length ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[start..]) >> shift : Tail(bytes, start) >> shift;
        if (shift + width > 64) value |= (ulong)bytes[start + sizeof(ulong)] << (64 - shift);
        return width == 64 ? value : value & ((1UL << width) - 1);
    }

    /// <summary>Numbers of up to so many bits can be read as a part of one word, wherever they start.</summary>
    public const int MaxWordWidth = 57;

    /// <summary>The word in which a number of up to <see cref="MaxWordWidth"/> bits stands lowest; there must be eight bytes from where it starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Word(ReadOnlySpan<byte> bytes, long bit) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)(bit >> 3)..]) >> (int)(bit & 7);

    /// <summary>Reads the first numbers, of up to 31 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(ReadOnlySpan<byte> bytes, int width, Span<int> target)
    {
        var (i, mask) = (0, (1UL << width) - 1);
        if (width <= 8)
        {
            // Eight of them are so many bytes as one has bits.
            for (var at = 0; i + 8 <= target.Length && at + sizeof(ulong) <= bytes.Length; i += 8, at += width)
            {
                var eight = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
                var some = target.Slice(i, 8);
                some[0] = (int)(eight & mask);
                some[1] = (int)(eight >> width & mask);
                some[2] = (int)(eight >> (2 * width) & mask);
                some[3] = (int)(eight >> (3 * width) & mask);
                some[4] = (int)(eight >> (4 * width) & mask);
                some[5] = (int)(eight >> (5 * width) & mask);
                some[6] = (int)(eight >> (6 * width) & mask);
                some[7] = (int)(eight >> (7 * width) & mask);
            }
        }

        var whole = bytes.Length < sizeof(ulong) ? 0 : (int)Math.Min(target.Length, (bytes.Length - sizeof(ulong)) * 8L / Math.Max(1, width) + 1);
        for (; i < whole; i++) target[i] = (int)(Word(bytes, (long)i * width) & mask);
        for (; i < target.Length; i++) target[i] = (int)At(bytes, (long)i * width, width);
    }

    /// <summary>Reads numbers of up to <see cref="MaxWordWidth"/> bits that are differences; there must be eight bytes from where each starts.</summary>
    /// <param name="bytes">The numbers.</param>
    /// <param name="bit">Where the first starts.</param>
    /// <param name="width">Bits of each.</param>
    /// <param name="least">What is added to each.</param>
    /// <param name="value">What the first is the difference to.</param>
    /// <param name="target">Takes the sums.</param>
    /// <returns>The last sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long AddUp(ReadOnlySpan<byte> bytes, long bit, int width, long least, long value, Span<long> target)
    {
        if (target.IsEmpty) return value;
        if (((bit + (target.Length - 1L) * width) >> 3) + sizeof(ulong) > bytes.Length) throw new InvalidDataException("a page of the segment ends early");
        ref var from = ref MemoryMarshal.GetReference(bytes);
        var mask = (1UL << width) - 1;
        for (var i = 0; i < target.Length; i++, bit += width)
            target[i] = value += least + (long)(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, (nint)(bit >> 3))) >> (int)(bit & 7) & mask);
        return value;
    }

    /// <summary>How many of the first bits are 1.</summary>
    public static int CountOnes(ReadOnlySpan<byte> bytes, int bits)
    {
        var ones = 0;
        for (; bits >= 64; bits -= 64, bytes = bytes[sizeof(ulong)..]) ones += BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        return bits == 0 ? ones : ones + BitOperations.PopCount(At(bytes, 0, bits));
    }

    /// <summary>A number of seven bits a byte.</summary>
    public static ulong Varint(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = bytes[position++];
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }

        throw new InvalidDataException("a page of the segment is damaged");
    }

    private static ulong Tail(ReadOnlySpan<byte> bytes, int start)
    {
        ulong value = 0;
        for (var i = bytes.Length - 1; i >= start; i--) value = value << 8 | bytes[i];
        return value;
    }
}

/// <summary>Parquet's hybrid of runs of one number and of packed numbers: levels, and places in a dictionary.</summary>
/// <param name="bytes">The runs.</param>
/// <param name="width">Bits of a number.</param>
/// <param name="start">Numbers before the first of these runs.</param>
internal ref struct HybridRuns(ReadOnlySpan<byte> bytes, int width, int start = 0)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;
    private int _packedAt;

    /// <summary>Numbers before this run.</summary>
    public int Start { get; private set; } = start;

    /// <summary>Numbers in this run; the last one may have more than there are values.</summary>
    public int Length { get; private set; }

    /// <summary>True when they are all <see cref="Value"/>; else they are <see cref="Packed"/>.</summary>
    public bool IsRepeated { get; private set; }

    public ulong Value { get; private set; }

    public ReadOnlySpan<byte> Packed { get; private set; }

    public readonly int End => Start + Length;

    /// <exception cref="InvalidDataException">There is no further run.</exception>
    public void Next()
    {
        if (_position >= _bytes.Length) throw new InvalidDataException("a page of the segment ends early");
        Start += Length;
        var head = PackedBits.Varint(_bytes, ref _position);
        IsRepeated = (head & 1) == 0;
        var count = head >> 1;
        if (count > (ulong)(IsRepeated ? int.MaxValue / 2 : int.MaxValue / 16)) throw new InvalidDataException("a page of the segment is damaged");
        var size = IsRepeated ? (width + 7) / 8 : checked((int)count * width);
        _packedAt = _position;
        var data = _bytes.Slice(_position, Math.Min(size, _bytes.Length - _position));
        _position += data.Length;
        Length = IsRepeated ? (int)count : (int)count * 8;
        if (IsRepeated) Value = data.Length == 1 ? data[0] & ((1UL << width) - 1) : PackedBits.At(data, 0, width);
        else Packed = data;
    }

    /// <summary>The number at a place of this run. Runs are often shorter than a word, so that it is read with what is behind the run.</summary>
    public readonly ulong At(int place) => IsRepeated ? Value : PackedBits.At(_bytes, _packedAt * 8L + (long)(place - Start) * width, width);
}
