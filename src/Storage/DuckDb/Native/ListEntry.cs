using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>A value of a LIST vector as it lies there: where its items stand in the vector's child, and how many they are.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ListEntry
{
    public ulong Offset;
    public ulong Length;
}
