using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Storage.DuckDb.Parquet;

/// <summary>Finds a number among packed ones.</summary>
internal static class PackedSearch
{
    /// <summary>Numbers that are compared at once.</summary>
    private const int Lanes = 8;

    /// <summary>A wider number does not lie within four bytes wherever it starts.</summary>
    private const int MaxLaneWidth = 25;

    /// <param name="bytes">The numbers.</param>
    /// <param name="width">Bits of each, up to 32.</param>
    /// <param name="wanted">The number.</param>
    /// <param name="first">The place of the first.</param>
    /// <param name="end">The place behind the last.</param>
    /// <param name="places">Gets the places, ascending.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Find(ReadOnlySpan<byte> bytes, int width, ulong wanted, int first, int end, List<int> places)
    {
        var place = Avx2.IsSupported && width is > 0 and <= MaxLaneWidth ? FindLanes(bytes, width, (uint)wanted, first, end, places) : first;
        var (bit, mask) = ((long)(place - first) * width, (1UL << width) - 1);
        var whole = bytes.Length < sizeof(ulong) ? place : (int)Math.Min(end, first + (bytes.Length - sizeof(ulong)) * 8L / Math.Max(1, width) + 1);
        ref var from = ref MemoryMarshal.GetReference(bytes);
        for (; place < whole; place++, bit += width)
            if ((Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, (nint)(bit >> 3))) >> (int)(bit & 7) & mask) == wanted) places.Add(place);
        for (; place < end; place++, bit += width)
            if (PackedBits.At(bytes, bit, width) == wanted) places.Add(place);
    }

    /// <summary>Looks at eight numbers at once, each moved into a lane of its own, as long as there are bytes to load; the place behind the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FindLanes(ReadOnlySpan<byte> bytes, int width, uint wanted, int place, int end, List<int> places)
    {
        // Bytes move within halves only: the upper four numbers are loaded from where they start.
        var upper = 4 * width >> 3;
        Span<byte> moves = stackalloc byte[Lanes * sizeof(uint)];
        Span<uint> masks = stackalloc uint[Lanes], values = stackalloc uint[Lanes];
        for (var lane = 0; lane < Lanes; lane++)
        {
            var bit = lane * width - (lane < 4 ? 0 : upper * 8);
            for (var i = 0; i < sizeof(uint); i++) moves[lane * sizeof(uint) + i] = (byte)((bit >> 3) + i);
            masks[lane] = ((1u << width) - 1) << (bit & 7);
            values[lane] = wanted << (bit & 7);
        }

        var (move, mask, value) = (Vector256.Create<byte>(moves), Vector256.Create<uint>(masks), Vector256.Create<uint>(values));
        ref var from = ref MemoryMarshal.GetReference(bytes);
        var last = bytes.Length - Vector128<byte>.Count - upper;
        for (var at = 0; place + Lanes <= end && at <= last; place += Lanes, at += width)
        {
            var loaded = Vector256.Create(Vector128.LoadUnsafe(ref from, (nuint)at), Vector128.LoadUnsafe(ref from, (nuint)(at + upper)));
            var lanes = Avx2.Shuffle(loaded, move).AsUInt32();
            for (var found = Vector256.Equals(lanes & mask, value).ExtractMostSignificantBits(); found != 0; found &= found - 1)
                places.Add(place + BitOperations.TrailingZeroCount(found));
        }

        return place;
    }
}
