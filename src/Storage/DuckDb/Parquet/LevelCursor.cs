using System.Buffers.Binary;
using System.Numerics;

namespace Storage.DuckDb.Parquet;

/// <summary>Goes forwards through the levels of a page, which say of each row whether it has a value: from rows to the places of their values, or back.</summary>
/// <param name="levels">The levels.</param>
internal ref struct LevelCursor(ReadOnlySpan<byte> levels)
{
    private const int WordBits = 64;

    private HybridRuns _runs = new(levels, 1);
    private int _before; // values before the run
    private int _word; // of a packed run: the word that was come to, and its bits
    private ulong _bits;
    private int _wordBefore; // values of the run before that word

    /// <summary>The place of a row's value; -1 when it has none. Rows are asked for in ascending order.</summary>
    public int PlaceOf(int row)
    {
        while (_runs.End <= row) NextRun();
        if (_runs.IsRepeated) return _runs.Value == 0 ? -1 : _before + row - _runs.Start;
        var (word, bit) = Math.DivRem(row - _runs.Start, WordBits);
        while (_word < word) NextWord();
        return (_bits >> bit & 1) == 0 ? -1 : _before + _wordBefore + BitOperations.PopCount(_bits & ((1UL << bit) - 1));
    }

    /// <summary>The row of a value. Places are asked for in ascending order.</summary>
    public int RowOf(int place)
    {
        while (_runs.Length == 0 || _before + Ones() <= place) NextRun();
        if (_runs.IsRepeated) return _runs.Start + place - _before;
        var wanted = place - _before;
        while (_wordBefore + BitOperations.PopCount(_bits) <= wanted) NextWord();
        var rest = _bits;
        for (var i = wanted - _wordBefore; i > 0; i--) rest &= rest - 1;
        return _runs.Start + _word * WordBits + BitOperations.TrailingZeroCount(rest);
    }

    /// <summary>How many of the first rows have a value. To be asked of one that was not moved.</summary>
    public static int Count(ReadOnlySpan<byte> levels, int rows)
    {
        var runs = new HybridRuns(levels, 1);
        var count = 0;
        while (runs.End < rows)
        {
            runs.Next();
            count += Ones(runs, Math.Min(runs.Length, rows - runs.Start));
        }

        return count;
    }

    private static int Ones(HybridRuns runs, int length) => runs.IsRepeated ? runs.Value == 0 ? 0 : length : PackedBits.CountOnes(runs.Packed, length);

    private readonly int Ones() => Ones(_runs, _runs.Length);

    private void NextRun()
    {
        _before += Ones();
        _runs.Next();
        (_word, _wordBefore) = (0, 0);
        if (!_runs.IsRepeated) _bits = WordAt(0);
    }

    private void NextWord()
    {
        _wordBefore += BitOperations.PopCount(_bits);
        _bits = WordAt(++_word);
    }

    private readonly ulong WordAt(int word)
    {
        var bytes = _runs.Packed[(word * sizeof(ulong))..];
        return bytes.Length >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : PackedBits.At(bytes, 0, bytes.Length * 8);
    }
}
