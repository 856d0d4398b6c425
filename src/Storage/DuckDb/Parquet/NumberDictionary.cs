using System.Runtime.InteropServices;

namespace Storage.DuckDb.Parquet;

/// <summary>The distinct numbers of a column in a row group, and the place of each value among them. Not thread-safe.</summary>
internal sealed class NumberDictionary
{
    /// <summary>Numbers of a dictionary: more of them save little over the numbers themselves.</summary>
    private const int MaxCount = 4096;

    private const int TableSize = MaxCount * 4;

    /// <summary>Values that are looked at before numbers that hardly repeat are given up.</summary>
    private const int TrialValues = 256;

    private readonly List<long> _numbers = [];
    private readonly short[] _table = new short[TableSize];

    public int Count => _numbers.Count;

    /// <summary>The numbers as a dictionary page has them.</summary>
    public ReadOnlySpan<byte> Page => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_numbers));

    /// <summary>Finds the place of each value; false when they are too many.</summary>
    /// <param name="values">The bits of the numbers: equal are those with equal bits.</param>
    /// <param name="indexes">Takes the places.</param>
    public bool TryFill(ReadOnlySpan<long> values, Span<int> indexes)
    {
        if (Count > 0) Array.Clear(_table);
        _numbers.Clear();
        var (last, lastIndex) = (0L, -1);
        for (var i = 0; i < values.Length; i++)
        {
            if (lastIndex < 0 || values[i] != last)
            {
                (last, lastIndex) = (values[i], IndexOf(values[i]));
                if (lastIndex < 0 || (i > TrialValues && Count > i / 2)) return false;
            }

            indexes[i] = lastIndex;
        }

        return Count * 4L <= values.Length || values.Length <= 16;
    }

    private int IndexOf(long number)
    {
        var slot = (int)((ulong)number * 0x9E3779B97F4A7C15 >> 50);
        for (; _table[slot] != 0; slot = (slot + 1) & (TableSize - 1))
            if (_numbers[_table[slot] - 1] == number) return _table[slot] - 1;
        if (Count == MaxCount) return -1;
        _numbers.Add(number);
        _table[slot] = (short)Count;
        return Count - 1;
    }
}
