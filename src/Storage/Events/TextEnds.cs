using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.Events;

/// <summary>The first and last bytes of a text. With its length they are all of one of up to <see cref="Bytes"/>.</summary>
internal readonly struct TextEnds
{
    /// <summary>Longest text that has no middle.</summary>
    public const int Bytes = 2 * sizeof(ulong);

    private const ulong HighBits = 0x8080808080808080;

    public readonly ulong First;
    public readonly ulong Last;

    private TextEnds(ulong first, ulong last) => (First, Last) = (first, last);

    public bool AreAscii => ((First | Last) & HighBits) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TextEnds Of(ReadOnlySpan<byte> text)
    {
        // Reads of 8, 4 or 1 bytes below, each within the length that was asked for before it.
        ref var start = ref MemoryMarshal.GetReference(text);
        var length = text.Length;
        if (length >= sizeof(ulong))
            return new TextEnds(Unsafe.ReadUnaligned<ulong>(ref start), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, length - sizeof(ulong))));
        if (length >= sizeof(uint))
            return new TextEnds(Unsafe.ReadUnaligned<uint>(ref start), Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, length - sizeof(uint))));
        return length == 0 ? default : new TextEnds((uint)(start | Unsafe.Add(ref start, length / 2) << 8), Unsafe.Add(ref start, length - 1));
    }
}
