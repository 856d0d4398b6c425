using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Zstd;

/// <summary>Some bytes as they are, followed by a repetition.</summary>
/// <param name="Literals">How many bytes as they are.</param>
/// <param name="Offset">How the format tells the distance: 1 to 3 are the last three distances, others the distance plus 3.</param>
/// <param name="Length">Bytes that are repeated.</param>
internal readonly record struct Sequence(int Literals, int Offset, int Length);

/// <summary>
/// Finds repetitions: the latest place of each eight bytes, of each five bytes, and the distance of the last repetition are tried. Where
/// nothing repeats it looks at fewer and fewer places. Not thread-safe.
/// </summary>
internal sealed class MatchFinder
{
    private const int LongBits = 16;
    private const int ShortBits = 15;
    private const int FewBits = 12;

    /// <summary>Bytes at the end in which nothing is looked for: eight are read at once.</summary>
    private const int Margin = 16;

    /// <summary>Places without a repetition after which the step grows by one, as a power of two.</summary>
    private const int SkipBits = 7;

    private const ulong LongFactor = 0xCF1BBCDCB7A56463;
    private const ulong ShortFactor = 0x9E3779B185EBCA87;

    private readonly int[] _long = new int[1 << LongBits];
    private readonly int[] _short = new int[1 << ShortBits];
    private readonly List<Sequence> _sequences = [];
    private (int First, int Second, int Third) _last;
    private int _longShift;
    private int _shortShift;

    /// <summary>The repetitions of the latest block.</summary>
    public ReadOnlySpan<Sequence> Sequences => CollectionsMarshal.AsSpan(_sequences);

    /// <summary>What follows is another frame.</summary>
    public void Begin(int bytes)
    {
        // Few bytes fill few places, and clearing all of them would take longer than all else.
        var (longBits, shortBits) = bytes < 1 << FewBits ? (FewBits, FewBits) : (LongBits, ShortBits);
        Array.Clear(_long, 0, 1 << longBits);
        Array.Clear(_short, 0, 1 << shortBits);
        (_longShift, _shortShift) = (64 - longBits, 64 - shortBits);
        _last = (1, 4, 8);
    }

    /// <summary>Finds the repetitions of a block, and gives the bytes behind the last one.</summary>
    /// <param name="source">The whole frame.</param>
    /// <param name="start">Where the block begins; what is before it may be repeated.</param>
    /// <param name="end">Where it ends.</param>
    /// <returns>Where the bytes behind the last repetition begin.</returns>
    public int Find(ReadOnlySpan<byte> source, int start, int end)
    {
        _sequences.Clear();
        ref var from = ref MemoryMarshal.GetReference(source);
        var (anchor, place) = (start, Math.Max(start, 1));
        var limit = end - Margin;
        while (place < limit)
        {
            if (!TryMatch(ref from, ref place, out var candidate))
            {
                place += ((place - anchor) >> SkipBits) + 1;
                continue;
            }

            while (place > anchor && candidate > 0 && source[place - 1] == source[candidate - 1]) (place, candidate) = (place - 1, candidate - 1);
            var length = LengthOf(ref from, candidate, place, end);
            Add(place - anchor, place - candidate, length);
            Remember(ref from, place, length, limit);
            place += length;
            anchor = place;
        }

        return anchor;
    }

    /// <summary>Finds what begins at a place, or at the next one, which the place then becomes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryMatch(ref byte from, ref int place, out int candidate)
    {
        var bytes = Read(ref from, place);
        ref var longSeen = ref _long[bytes * LongFactor >> _longShift];
        ref var shortSeen = ref _short[(bytes << 24) * ShortFactor >> _shortShift];
        var (far, near) = (longSeen, shortSeen);
        longSeen = shortSeen = place;
        candidate = place + 1 - _last.First;
        if (candidate >= 0 && (uint)Read(ref from, candidate) == (uint)(bytes >> 8))
        {
            place++;
            return true;
        }

        candidate = far;
        if (far > 0 && Read(ref from, far) == bytes) return true;
        candidate = near;
        if (near == 0 || (Read(ref from, near) ^ bytes) << 24 != 0) return false;
        // A longer one may begin at the next place.
        var following = Read(ref from, place + 1);
        ref var nextSeen = ref _long[following * LongFactor >> _longShift];
        var next = nextSeen;
        nextSeen = place + 1;
        if (next == 0 || Read(ref from, next) != following) return true;
        candidate = next;
        place++;
        return true;
    }

    private void Remember(ref byte from, int place, int length, int limit)
    {
        Remember(ref from, place + 2, limit);
        Remember(ref from, place + length - 2, limit);
    }

    private void Remember(ref byte from, int place, int limit)
    {
        if (place >= limit) return;
        var bytes = Read(ref from, place);
        _long[bytes * LongFactor >> _longShift] = place;
        _short[(bytes << 24) * ShortFactor >> _shortShift] = place;
    }

    /// <summary>Tells the distance by one of the last three where it is one of them. Right behind a repetition these are counted on by one.</summary>
    private void Add(int literals, int distance, int length)
    {
        var (first, second, third) = _last;
        int offset;
        if (literals > 0)
        {
            offset = distance == first ? 1 : distance == second ? 2 : distance == third ? 3 : distance + 3;
            _last = offset switch { 1 => _last, 2 => (second, first, third), _ => (distance, first, second) };
        }
        else
        {
            offset = distance == second ? 1 : distance == third ? 2 : distance == first - 1 ? 3 : distance + 3;
            _last = offset == 1 ? (second, first, third) : (distance, first, second);
        }

        _sequences.Add(new Sequence(literals, offset, length));
    }

    private static int LengthOf(ref byte from, int candidate, int place, int end)
    {
        var (length, most) = (0, end - place);
        for (; length + sizeof(ulong) <= most; length += sizeof(ulong))
        {
            var differing = Read(ref from, candidate + length) ^ Read(ref from, place + length);
            if (differing != 0) return length + (BitOperations.TrailingZeroCount(differing) >> 3);
        }

        while (length < most && Unsafe.Add(ref from, candidate + length) == Unsafe.Add(ref from, place + length)) length++;
        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte from, int place) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, place));
}
