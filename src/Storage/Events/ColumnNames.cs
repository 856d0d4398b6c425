using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Storage.Events;

/// <summary>
/// The ends of columns by the bytes of their names, for names of up to <see cref="MaxBytes"/>. Guessing the next name from the ones before
/// costs more where events of several kinds take turns: a wrong guess stops the processor, a look-up does not.
/// </summary>
internal sealed unsafe class ColumnNames
{
    /// <summary>Longest name.</summary>
    public const int MaxBytes = 32;

    private const int MaxNames = 1 << 13;
    private const int FirstPlaces = 1 << 8;

    /// <summary>Of so many places one is taken at most: nearly all names find the place that is theirs.</summary>
    private const int Places = 8;

    /// <summary>Where no column is there is the end of none: the look-up need not ask.</summary>
    private nint[] _tails = Empty(FirstPlaces);
    private int _count;

    /// <summary>The places and one less than how many they are, for <see cref="Find"/>; others after <see cref="Add"/>.</summary>
    public nint* Tails => (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_tails));

    public nuint LastPlace => (nuint)_tails.Length - 1;

    /// <summary>As many set bytes as a name is long are in front when it is read from 16 less that.</summary>
    private static ReadOnlySpan<byte> Masks =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>The end of the column of a name, at its place or beside it; else null.</summary>
    /// <param name="tails">See <see cref="Tails"/>.</param>
    /// <param name="lastPlace">See <see cref="LastPlace"/>.</param>
    /// <param name="name">The name; from there <see cref="MaxBytes"/> can be read.</param>
    /// <param name="length">Its length.</param>
    /// <param name="type">The type of the value, which must be that of all in the column's name.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnTail* Find(nint* tails, nuint lastPlace, byte* name, nuint length, StorageType type)
    {
        var (start, end) = Ends(name, length);
        var place = Hash(start, end) & lastPlace;
        var shape = (uint)length | (uint)type << 8;
        var tail = (ColumnTail*)tails[place];
        return Is(tail, start, end, shape) ? tail : FindBeside(tails[place ^ 1], start, end, shape);
    }

    /// <summary>Makes a column known. Beyond the bound, and where the names before it crowd its places, it is not.</summary>
    public void Add(ReadOnlySpan<byte> name, ColumnTail* tail)
    {
        if (name.Length is 0 or > MaxBytes || _count >= MaxNames) return;
        var readable = stackalloc byte[MaxBytes];
        name.CopyTo(new Span<byte>(readable, MaxBytes));
        (tail->NameStart, tail->NameEnd) = Ends(readable, (nuint)name.Length);
        tail->NameLength = name.Length;
        if (++_count * Places > _tails.Length) Grow();
        Insert(tail);
    }

    private void Insert(ColumnTail* tail)
    {
        var place = (int)Hash(tail->NameStart, tail->NameEnd) & (_tails.Length - 1);
        if (_tails[place] != (nint)ColumnTail.None) place ^= 1;
        if (_tails[place] == (nint)ColumnTail.None) _tails[place] = (nint)tail;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ColumnTail* FindBeside(nint tail, Vector128<byte> start, Vector128<byte> end, uint shape) =>
        Is((ColumnTail*)tail, start, end, shape) ? (ColumnTail*)tail : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Is(ColumnTail* tail, Vector128<byte> start, Vector128<byte> end, uint shape) =>
        tail->Shape == shape && ((start ^ tail->NameStart) | (end ^ tail->NameEnd)) == Vector128<byte>.Zero;

    private static nint[] Empty(int places)
    {
        var tails = GC.AllocateUninitializedArray<nint>(places, pinned: true);
        Array.Fill(tails, (nint)ColumnTail.None);
        return tails;
    }

    private void Grow()
    {
        var old = _tails;
        _tails = Empty(old.Length * 2);
        foreach (var tail in old)
            if (tail != (nint)ColumnTail.None) Insert((ColumnTail*)tail);
    }

    /// <summary>The first and the last sixteen bytes; of a shorter name both times all of it, with zeros behind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<byte> Start, Vector128<byte> End) Ends(byte* name, nuint length)
    {
        var known = Math.Min(length, (nuint)Vector128<byte>.Count);
        var mask = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)Vector128<byte>.Count - known);
        return (Vector128.Load(name) & mask, Vector128.Load(name + length - known) & mask);
    }

    /// <summary>Spreads, does not defend: names that crowd some places go the general way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(Vector128<byte> start, Vector128<byte> end) =>
        BitOperations.Crc32C(BitOperations.Crc32C(0, start.AsUInt64().ToScalar()), end.AsUInt64().GetElement(1));
}
