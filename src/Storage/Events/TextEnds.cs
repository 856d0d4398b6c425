using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Storage.Events;

/// <summary>
/// Sixteen bytes that say most of a text: all of one of up to <see cref="Bytes"/>, with zeros behind it, and of a longer one the first and
/// the last eight.
/// </summary>
internal readonly struct TextEnds
{
    /// <summary>Longest text that has no middle.</summary>
    public const int Bytes = 2 * sizeof(ulong);

    private const ulong HighBits = 0x8080808080808080;

    public readonly ulong First;
    public readonly ulong Last;

    private TextEnds(ulong first, ulong last) => (First, Last) = (first, last);

    public bool AreAscii => ((First | Last) & HighBits) == 0;

    /// <summary>As many set bytes as a text is long are in front when it is read from 16 less that.</summary>
    private static ReadOnlySpan<byte> Masks =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    public static TextEnds Of(ReadOnlySpan<byte> text)
    {
        // Reads of 8, 4 or 1 bytes below, each within the length that was asked for before it.
        ref var start = ref MemoryMarshal.GetReference(text);
        var length = text.Length;
        if (length > Bytes) return OfLong(ref start, length);
        if (length >= sizeof(ulong)) return new TextEnds(Unsafe.ReadUnaligned<ulong>(ref start), Tail(ref start, length));
        if (length >= sizeof(uint))
        {
            ulong last = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, length - sizeof(uint)));
            return new TextEnds(Unsafe.ReadUnaligned<uint>(ref start) | last << 8 * (length - sizeof(uint)), 0);
        }

        ulong few = 0;
        for (var i = 0; i < length; i++) few |= (ulong)text[i] << 8 * i;
        return new TextEnds(few, 0);
    }

    /// <summary>The same for a text behind whose start at least <see cref="Bytes"/> may be read, without asking how long it is.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Its length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TextEnds OfReadable(ref byte start, int length)
    {
        return length > Bytes ? OfLong(ref start, length) : OfShort(ref start, length);
    }

    /// <summary>The same for a text of up to <see cref="Bytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TextEnds OfShort(ref byte start, int length)
    {
        var mask = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)(Bytes - length));
        var words = (Vector128.LoadUnsafe(ref start) & mask).AsUInt64();
        return new TextEnds(words.ToScalar(), words.GetElement(1));
    }

    /// <summary>A number that spreads over texts that have no middle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash() => BitOperations.Crc32C(BitOperations.Crc32C(0, First), Last);

    private static TextEnds OfLong(ref byte start, int length) =>
        new(Unsafe.ReadUnaligned<ulong>(ref start), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, length - sizeof(ulong))));

    /// <summary>The bytes from the eighth on.</summary>
    private static ulong Tail(ref byte start, int length)
    {
        var last = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, length - sizeof(ulong)));
        return length == sizeof(ulong) ? 0 : last >> 8 * (Bytes - length);
    }
}
