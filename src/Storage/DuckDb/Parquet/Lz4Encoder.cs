using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Storage.DuckDb.Parquet;

/// <summary>
/// Compresses into the LZ4 block format: the latest place of each five bytes is tried, and nothing else. Where nothing repeats it
/// looks at fewer and fewer places, so bytes that do not shrink cost little more than a copy.
/// </summary>
internal sealed class Lz4Encoder : IPageEncoder
{
    private const int HashBits = 13;
    private const int MinMatch = 4;
    private const int MaxDistance = 65_535;

    /// <summary>
    /// Plain bytes after which repetitions of earlier bytes are no longer looked for, so that a reader who wants what follows need not decompress what is
    /// before. W1 grows by 1.4 bytes a span (of 53), with half of it by 2.0, with twice as much by 0.9.
    /// </summary>
    private const int RestartBytes = 16 << 10;

    /// <summary>The format ends every block in literals: no match begins in its last 12 bytes, or reaches into its last 5.</summary>
    private const int MatchMargin = 12;

    private const int LastLiterals = 5;

    /// <summary>Bytes that <see cref="ShortSequence"/> may write.</summary>
    private const int ShortSequenceBytes = 1 + 16 + 2;

    /// <summary>Places without a match after which the step grows by one, as a power of two.</summary>
    private const int SkipBits = 6;

    /// <summary>Counted on from block to block: what is left of earlier ones lies before a block begins, so that forgetting it costs nothing.</summary>
    private readonly int[] _places = new int[1 << HashBits];

    /// <summary>Where the last block ends.</summary>
    private int _end;

    public PageCodec Codec => PageCodec.Lz4Raw;

    public void Encode(ReadOnlySpan<byte> source, int unique, ByteBuffer target, List<Restart> restarts)
    {
        var start = target.Length;
        // The most that it can take: every sequence has less head than it saves, but for long stretches of literals.
        var room = target.Append(source.Length + source.Length / 255 + 16);
        target.CutTo(start + Encode(source, unique, room, restarts));
    }

    /// <summary>Writes bytes as a block in which nothing is a repetition.</summary>
    public static void Store(ReadOnlySpan<byte> source, ByteBuffer target)
    {
        var head = target.Append(StoredHead(source.Length));
        head[0] = (byte)(Math.Min(source.Length, 15) << 4);
        if (source.Length >= 15) _ = Rest(head, 1, source.Length - 15);
        target.Append(source);
    }

    /// <summary>Bytes before the plain ones of <see cref="Store"/>.</summary>
    public static int StoredHead(int length) => length < 15 ? 1 : 2 + (length - 15) / 255;

    private int Encode(ReadOnlySpan<byte> source, int unique, Span<byte> target, List<Restart> restarts)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        var (anchor, to, least) = (0, 0, unique); // matches begin at the least place or behind it
        var begin = Begin(source.Length);
        var (place, tries) = (unique + 1, 1 << SkipBits);
        var lastMatch = source.Length - MatchMargin;
        if (place < lastMatch) _places[HashOf(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, unique)))] = begin + unique;
        while (place < lastMatch)
        {
            var bytes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, place));
            ref var seen = ref _places[HashOf(bytes)];
            var candidate = seen - begin;
            seen = begin + place;
            if (place - candidate > MaxDistance || candidate < least || Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref from, candidate)) != (uint)bytes)
            {
                place += tries++ >> SkipBits;
                continue;
            }

            while (place > anchor && candidate > least && source[place - 1] == source[candidate - 1]) (place, candidate) = (place - 1, candidate - 1);
            var length = MatchLength(source[..^LastLiterals], candidate, place);
            to = place - anchor < 15 && length < MinMatch + 15 && anchor + Vector128<byte>.Count <= source.Length && to + ShortSequenceBytes <= target.Length
                ? ShortSequence(ref MemoryMarshal.GetReference(target), to, ref Unsafe.Add(ref from, anchor), place - anchor, place - candidate, length)
                : Sequence(target, to, source[anchor..place], place - candidate, length);
            place += length;
            anchor = place;
            if (anchor - least >= RestartBytes)
            {
                least = anchor;
                restarts.Add(new Restart(to, least));
            }

            tries = 1 << SkipBits;
            if (place < lastMatch) _places[HashOf(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, place - 2)))] = begin + place - 2;
        }

        return Literals(target, to, source[anchor..], 0);
    }

    /// <summary>Where the places of a block begin.</summary>
    private int Begin(int length)
    {
        if (length >= int.MaxValue - _end)
        {
            Array.Clear(_places);
            _end = 0;
        }

        var begin = _end + 1;
        _end += length;
        return begin;
    }

    /// <summary>Of the first five bytes: a match of four saves one byte, and hides a longer one that begins in it.</summary>
    private static int HashOf(ulong bytes) => (int)((bytes << 24) * 0x9E3779B185EBCA87 >> (64 - HashBits));

    private static int MatchLength(ReadOnlySpan<byte> source, int candidate, int place)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        var length = MinMatch;
        for (var most = source.Length - place; length < most; length += sizeof(ulong))
        {
            if (length + sizeof(ulong) > most)
            {
                while (length < most && source[candidate + length] == source[place + length]) length++;
                return length;
            }

            var differing = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, candidate + length)) ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, place + length));
            if (differing != 0) return length + (BitOperations.TrailingZeroCount(differing) >> 3);
        }

        return length;
    }

    /// <summary>
    /// Nearly all sequences: their lengths are in their first byte, and copying more literals than there are costs less than asking how many; what is behind
    /// them is written over by what follows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ShortSequence(ref byte target, int to, ref byte literals, int count, int distance, int length)
    {
        ref var place = ref Unsafe.Add(ref target, to);
        place = (byte)(count << 4 | (length - MinMatch));
        Vector128.LoadUnsafe(ref literals).StoreUnsafe(ref Unsafe.Add(ref place, 1));
        Unsafe.Add(ref place, count + 1) = (byte)distance;
        Unsafe.Add(ref place, count + 2) = (byte)(distance >> 8);
        return to + count + 3;
    }

    private static int Sequence(Span<byte> target, int to, ReadOnlySpan<byte> literals, int distance, int length)
    {
        var more = length - MinMatch;
        to = Literals(target, to, literals, Math.Min(more, 15));
        target[to++] = (byte)distance;
        target[to++] = (byte)(distance >> 8);
        return more < 15 ? to : Rest(target, to, more - 15);
    }

    private static int Literals(Span<byte> target, int to, ReadOnlySpan<byte> literals, int match)
    {
        target[to++] = (byte)(Math.Min(literals.Length, 15) << 4 | match);
        if (literals.Length >= 15) to = Rest(target, to, literals.Length - 15);
        literals.CopyTo(target[to..]);
        return to + literals.Length;
    }

    private static int Rest(Span<byte> target, int to, int rest)
    {
        for (; rest >= 255; rest -= 255) target[to++] = 255;
        target[to++] = (byte)rest;
        return to;
    }
}
