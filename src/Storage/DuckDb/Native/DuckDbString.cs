using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// One slot of a VARCHAR or BLOB vector: 4 bytes of length, then either up to 12 bytes of content padded with zeros, or the first
/// 4 bytes of it and a pointer to all of it. The slot owns nothing.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly unsafe struct DuckDbString
{
    /// <summary>Contents up to this length are inside the slot.</summary>
    public const int MaxInlineLength = 12;

    private readonly ulong _lengthAndPrefix;
    private readonly ulong _restOrPointer;

    private DuckDbString(ulong lengthAndPrefix, ulong restOrPointer)
    {
        _lengthAndPrefix = lengthAndPrefix;
        _restOrPointer = restOrPointer;
    }

    public int Length => (int)(uint)_lengthAndPrefix;

    /// <summary>
    /// A slot for <paramref name="length"/> bytes at <paramref name="address"/>. Up to 12 bytes are copied; longer content stays where
    /// it is, and the caller keeps it alive and unmoved for as long as DuckDB may read the slot.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DuckDbString From(nint address, int length)
    {
        if (length > MaxInlineLength) return new DuckDbString((uint)length | (ulong)*(uint*)address << 32, (ulong)address);

        // DuckDB compares slots as two words, so what follows the content must be zero.
        DuckDbString slot = default;
        *(uint*)&slot = (uint)length;
        new ReadOnlySpan<byte>((void*)address, length).CopyTo(new Span<byte>((byte*)&slot + 4, MaxInlineLength));
        return slot;
    }

    /// <summary>The content of a slot that stays at its place while the span is used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> BytesAt(DuckDbString* slot)
    {
        var length = slot->Length;
        return new ReadOnlySpan<byte>(length <= MaxInlineLength ? (byte*)slot + 4 : (byte*)slot->_restOrPointer, length);
    }
}
