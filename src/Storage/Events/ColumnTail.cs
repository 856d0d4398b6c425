using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Storage.Events;

/// <summary>
/// The end of a column, where its next value goes, and its name: one line of the processor's cache. An event has values in twenty columns
/// or more, and what each needs in order to take one competes for the fastest memory with the request itself.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct ColumnTail
{
    public const int Bytes = 64;

    private static readonly byte[] NoColumn = GC.AllocateArray<byte>(Bytes, pinned: true);

    /// <summary>The name, see <see cref="ColumnNames"/>.</summary>
    public Vector128<byte> NameStart;
    public Vector128<byte> NameEnd;

    public long* Values;
    public int* Rows;
    public int Count;

    /// <summary>Values for which there is room.</summary>
    public int Capacity;

    /// <summary>Row of the last value, or -1.</summary>
    public int LastRow;

    /// <summary>
    /// Length of the name, and above it the column's type where it is the only one of its name that has values in the batch, and none is
    /// held; else 0. Both are asked at once.
    /// </summary>
    public uint Shape;

    /// <summary>The end of no column: no value has its type.</summary>
    public static ColumnTail* None { get; } = (ColumnTail*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(NoColumn));

    public int NameLength
    {
        readonly get => (byte)Shape;
        set => Shape = Shape & ~255u | (uint)value;
    }

    public StorageType OnlyType
    {
        readonly get => (StorageType)(Shape >> 8);
        set => Shape = Shape & 255u | (uint)value << 8;
    }

    /// <summary>Sets a value in a row, where that takes nothing but to write it at the end.</summary>
    /// <param name="row">The row.</param>
    /// <param name="bits">The value, of the column's type, as <see cref="ColumnBuffer"/> takes it.</param>
    /// <returns>False where the row has one or there is no room: nothing is set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(int row, long bits)
    {
        var count = Count;
        if (row <= LastRow || count >= Capacity) return false;
        Values[count] = bits;
        Rows[count] = row;
        Count = count + 1;
        LastRow = row;
        return true;
    }
}
