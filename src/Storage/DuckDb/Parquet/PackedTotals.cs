using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Storage.DuckDb.Parquet;

/// <summary>Adds packed numbers up without taking each out: where few of many differences are wanted, most need only their sum.</summary>
internal static class PackedTotals
{
    /// <summary>Numbers that are added at once; they begin and end with a byte.</summary>
    private const int Lanes = 8;

    /// <summary>For numbers of each width how eight of them get into lanes of their own.</summary>
    private static readonly Quarter[][] OfWidth = [.. Enumerable.Range(0, PackedBits.MaxWordWidth + 1).Select(width => new[] { new Quarter(width, 0), new Quarter(width, 4) })];

    /// <summary>The sum of numbers of up to <see cref="PackedBits.MaxWordWidth"/> bits, beyond 64 bits cut off; there must be eight bytes from where each starts.</summary>
    /// <param name="bytes">The numbers.</param>
    /// <param name="bit">Where the first starts.</param>
    /// <param name="width">Bits of each.</param>
    /// <param name="count">How many there are.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Of(ReadOnlySpan<byte> bytes, long bit, int width, int count)
    {
        var (total, mask) = (0UL, (1UL << width) - 1);
        for (; count > 0 && (bit & 7) != 0; count--, bit += width) total += PackedBits.Word(bytes, bit) & mask;
        if (Avx2.IsSupported && count >= Lanes)
        {
            ref var from = ref MemoryMarshal.GetReference(bytes);
            var (first, second) = (OfWidth[width][0], OfWidth[width][1]);
            var (sums, masks) = (Vector256<ulong>.Zero, Vector256.Create(mask));
            var last = bytes.Length - Vector128<byte>.Count - second.Upper;
            var at = (int)(bit >> 3);
            for (; count >= Lanes && at <= last; count -= Lanes, at += width) sums += (first.Take(ref from, at) & masks) + (second.Take(ref from, at) & masks);
            total += Vector256.Sum(sums);
            bit = at * 8L;
        }

        for (; count > 0; count--, bit += width) total += PackedBits.Word(bytes, bit) & mask;
        return total;
    }

    /// <summary>Four of eight numbers.</summary>
    private readonly struct Quarter
    {
        private readonly Vector256<byte> _moves;
        private readonly Vector256<ulong> _shifts;
        private readonly int _lower;

        public Quarter(int width, int first)
        {
            // Bytes move within halves only, of which each is loaded from where its first number starts.
            (_lower, Upper) = (first * width >> 3, (first + 2) * width >> 3);
            Span<byte> moves = stackalloc byte[4 * sizeof(ulong)];
            Span<ulong> shifts = stackalloc ulong[4];
            for (var lane = 0; lane < 4; lane++)
            {
                var bit = (first + lane) * width - 8 * (lane < 2 ? _lower : Upper);
                for (var i = 0; i < sizeof(ulong); i++) moves[lane * sizeof(ulong) + i] = (byte)((bit >> 3) + i);
                shifts[lane] = (ulong)(bit & 7);
            }

            (_moves, _shifts) = (Vector256.Create<byte>(moves), Vector256.Create<ulong>(shifts));
        }

        /// <summary>Where the upper two are loaded from, behind the first byte of the eight.</summary>
        public int Upper { get; }

        /// <summary>The numbers, lowest in their lanes, with what stands above them.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<ulong> Take(ref byte from, int at) => Avx2.ShiftRightLogicalVariable(
            Avx2.Shuffle(Vector256.Create(Vector128.LoadUnsafe(ref from, (nuint)(at + _lower)), Vector128.LoadUnsafe(ref from, (nuint)(at + Upper))), _moves).AsUInt64(), _shifts);
    }
}
