using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.Events;

/// <summary>
/// Memory of columns that grow together, in pieces of a few arrays that do not move. With arrays of its own for each of two thousand columns the
/// runtime spends a fifth of the time that decoding takes on finding room for them. Not thread-safe.
/// </summary>
internal sealed unsafe class ColumnMemory
{
    /// <summary>Pieces begin at multiples of it, and have this size, twice, four times as much, and so on.</summary>
    public const int Line = 64;

    private const int FirstArrayBytes = 256;
    private const int MaxArrayBytes = 256 << 10;

    private readonly List<byte[]> _arrays = [];

    /// <summary>By the number of their doublings the pieces that came back; the first word of each says where the next is.</summary>
    private readonly nint[] _returned = new nint[32];
    private nint _next;
    private int _left;

    /// <summary>Bytes that are held, those included that were counted.</summary>
    public long Bytes { get; private set; }

    /// <summary>Counts memory that the columns hold elsewhere, or hold no longer.</summary>
    public void Count(long bytes) => Bytes += bytes;

    /// <summary>A piece of at least so many bytes, which belongs to the caller as long as this object is referenced. What is in it is left from others.</summary>
    /// <exception cref="InvalidOperationException">It would be longer than an array can be.</exception>
    public byte* Take(long bytes)
    {
        var size = SizeOf(bytes);
        ref var returned = ref _returned[BitOperations.Log2((uint)size)];
        var piece = returned;
        if (piece != 0)
        {
            returned = *(nint*)piece;
            return (byte*)piece;
        }

        if (size > _left) AddArray(size);
        piece = _next;
        _next += size;
        _left -= size;
        return (byte*)piece;
    }

    /// <summary>Takes a piece back.</summary>
    /// <param name="piece">Where it begins.</param>
    /// <param name="bytes">As they were asked for.</param>
    public void Return(byte* piece, long bytes)
    {
        ref var returned = ref _returned[BitOperations.Log2((uint)SizeOf(bytes))];
        *(nint*)piece = returned;
        returned = (nint)piece;
    }

    private static int SizeOf(long bytes) => bytes <= 1 << 30
        ? (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, Line))
        : throw new InvalidOperationException($"a column of {bytes} bytes is too large");

    private void AddArray(int size)
    {
        // The end of the last array is used by smaller pieces.
        while (_left >= Line)
        {
            var rest = 1 << BitOperations.Log2((uint)_left);
            Return((byte*)_next, rest);
            _next += rest;
            _left -= rest;
        }

        var bytes = (int)Math.Max(size, Math.Clamp(Bytes, FirstArrayBytes, MaxArrayBytes)) & -Line;
        var array = GC.AllocateUninitializedArray<byte>(bytes + Line, pinned: true);
        _arrays.Add(array);
        Bytes += array.Length;
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        (_next, _left) = ((start + Line - 1) & -Line, bytes);
    }
}
