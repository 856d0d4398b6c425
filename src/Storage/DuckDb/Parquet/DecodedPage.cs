using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Storage.DuckDb.Parquet;

/// <summary>All values of a page, in memory of the shared pools.</summary>
internal sealed class DecodedPage : IDisposable
{
    private const int WordBits = 64;

    private readonly byte[]? _bits;
    private readonly int[] _before;

    /// <param name="firstRow">The first of its rows in the row group.</param>
    /// <param name="rows">How many.</param>
    /// <param name="present">Which of them have a value, with eight bytes behind the last; null when all have one. From the shared pool.</param>
    public DecodedPage(int firstRow, int rows, byte[]? present)
    {
        (FirstRow, Rows, Values, _bits) = (firstRow, rows, rows, present);
        _before = [];
        if (present is null) return;
        _before = ArrayPool<int>.Shared.Rent(rows / WordBits + 1);
        Values = 0;
        for (var word = 0; word <= rows / WordBits; word++)
        {
            _before[word] = Values;
            Values += BitOperations.PopCount(Below(word, Math.Min(WordBits, rows - word * WordBits)));
        }
    }

    public int FirstRow { get; }

    public int Rows { get; }

    public int EndRow => FirstRow + Rows;

    /// <summary>Rows that have a value.</summary>
    public int Values { get; private set; }

    /// <summary>Numbers as bits, truths as 0 and 1; empty for texts.</summary>
    public long[] Numbers { get; init; } = [];

    /// <summary>The place of each value in the dictionary of the chunk; empty when the texts themselves are here.</summary>
    public int[] Codes { get; init; } = [];

    /// <summary>The texts, one after another.</summary>
    public byte[] Texts { get; init; } = [];

    /// <summary>Where each text begins, and where the last one ends.</summary>
    public int[] Starts { get; init; } = [];

    /// <summary>Memory it takes, bytes.</summary>
    public long Bytes => (_bits?.Length ?? 0) + sizeof(int) * ((long)_before.Length + Codes.Length + Starts.Length) + sizeof(long) * (long)Numbers.Length + Texts.Length;

    /// <summary>Values before a row of the row group, which lies in the page or just behind it.</summary>
    public int RankOf(int row)
    {
        row -= FirstRow;
        return _bits is null ? row : row == Rows ? Values : _before[row / WordBits] + BitOperations.PopCount(Below(row / WordBits, row % WordBits));
    }

    /// <summary>Tells which of some rows have a value.</summary>
    public void AppendPresence(int row, int count, RowBits target)
    {
        if (_bits is null || Values == 0) target.Append(_bits is null, count);
        else target.Append(_bits, row - FirstRow, count);
    }

    public ReadOnlySpan<byte> Text(int value) => Texts.AsSpan(Starts[value], Starts[value + 1] - Starts[value]);

    public void Dispose()
    {
        Return(_bits);
        Return(_before);
        Return(Numbers);
        Return(Codes);
        Return(Texts);
        Return(Starts);
    }

    private static void Return<T>(T[]? array)
    {
        if (array is { Length: > 0 }) ArrayPool<T>.Shared.Return(array);
    }

    /// <summary>The first bits of a word, the others 0.</summary>
    private ulong Below(int word, int bits) =>
        bits <= 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(_bits.AsSpan(word * sizeof(ulong))) & (ulong.MaxValue >> (WordBits - bits));
}
