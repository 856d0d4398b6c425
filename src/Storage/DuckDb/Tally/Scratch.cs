using System.Buffers;

namespace Storage.DuckDb.Tally;

/// <summary>Arrays of the shared pools for the time in which one row group, or some batches in memory, are counted: each is about a megabyte, which nobody should allocate and clear anew. Not thread-safe.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly List<int[]> _ints = [];
    private readonly List<long[]> _longs = [];
    private readonly List<bool[]> _bools = [];
    private readonly List<byte[]> _bytes = [];

    /// <summary>At least so many, which may hold anything.</summary>
    public int[] Ints(int count) => Rent(_ints, count);

    /// <inheritdoc cref="Ints"/>
    public long[] Longs(int count) => Rent(_longs, count);

    /// <inheritdoc cref="Ints"/>
    public bool[] Bools(int count) => Rent(_bools, count);

    /// <summary>Gives an array back with the others.</summary>
    public void Take(byte[] rented) => _bytes.Add(rented);

    public void Dispose()
    {
        Return(_bytes);
        Return(_ints);
        Return(_longs);
        Return(_bools);
    }

    private static T[] Rent<T>(List<T[]> rented, int count)
    {
        var array = ArrayPool<T>.Shared.Rent(count);
        rented.Add(array);
        return array;
    }

    private static void Return<T>(List<T[]> rented)
    {
        foreach (var array in rented) ArrayPool<T>.Shared.Return(array);
        rented.Clear();
    }
}
