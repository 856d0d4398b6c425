using System.Numerics;
using System.Runtime.CompilerServices;
using Storage.DuckDb.Parquet;

namespace Storage.DuckDb.Tally;

/// <summary>
/// Some of the rows of a row group or of batches in memory, and what has been read of them. A question that is refined asks for the same columns of the same rows again. Safe to use concurrently.
/// </summary>
/// <param name="rows">The rows, ascending.</param>
internal sealed class FewRows(int[] rows)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FewNumbers> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FewCodes> _codes = new(StringComparer.Ordinal);

    public int[] Rows => rows;

    /// <summary>Memory it takes, bytes.</summary>
    public long Bytes { get; private set; } = 256 + sizeof(int) * (long)rows.Length;

    /// <summary>Numbers or truths of the rows.</summary>
    /// <param name="column">The column.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="scratch">Memory to read into.</param>
    public FewNumbers Numbers(SegmentColumn column, Func<SegmentColumn, IColumnValues> open, Scratch scratch)
    {
        lock (_lock) if (_numbers.TryGetValue(column.StoredAs, out var known)) return known;
        var values = scratch.Longs(rows.Length);
        using var chunk = open(column);
        var present = chunk.Numbers(rows, values);
        var read = new FewNumbers(values.AsSpan(0, rows.Length), present);
        lock (_lock) if (_numbers.TryAdd(column.StoredAs, read)) Bytes += read.Bytes;
        return read;
    }

    /// <summary>Codes of the rows.</summary>
    /// <inheritdoc cref="Numbers"/>
    public FewCodes Codes(SegmentColumn column, Func<SegmentColumn, IColumnValues> open, Scratch scratch)
    {
        lock (_lock) if (_codes.TryGetValue(column.StoredAs, out var known)) return known;
        var codes = scratch.Ints(rows.Length);
        using var chunk = open(column);
        var book = chunk.Codes(rows, codes);
        var read = new FewCodes(codes.AsSpan(0, rows.Length), book);
        lock (_lock) if (_codes.TryAdd(column.StoredAs, read)) Bytes += read.Bytes;
        return read;
    }
}

/// <summary>Numbers in as few bytes as hold them: four, five for the times of some minutes, or eight.</summary>
internal sealed class FewNumbers
{
    private const int LowBits = 32, NarrowBits = 40;

    private readonly long _least;
    private readonly uint[]? _low;
    private readonly byte[]? _high;
    private readonly long[]? _wide;

    /// <param name="values">One for each row.</param>
    /// <param name="present">Of each row a bit that says whether it has one; null when all have.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public FewNumbers(ReadOnlySpan<long> values, byte[]? present)
    {
        Present = present;
        var (least, most) = (long.MaxValue, long.MinValue);
        foreach (var value in values) (least, most) = (Math.Min(least, value), Math.Max(most, value));
        var bits = values.IsEmpty ? 0 : 64 - BitOperations.LeadingZeroCount((ulong)unchecked(most - least));
        Bytes = 128 + (present?.Length ?? 0) + values.Length * (long)(bits <= LowBits ? 4 : bits <= NarrowBits ? 5 : 8);
        if (bits > NarrowBits)
        {
            _wide = values.ToArray();
            return;
        }

        (_least, _low) = (least, new uint[values.Length]);
        for (var i = 0; i < values.Length; i++) _low[i] = (uint)(values[i] - least);
        if (bits <= LowBits) return;
        _high = new byte[values.Length];
        for (var i = 0; i < values.Length; i++) _high[i] = (byte)((values[i] - least) >> LowBits);
    }

    public byte[]? Present { get; }

    public long Bytes { get; }

    /// <summary>The number of a row.</summary>
    public long this[int row] => _wide is not null ? _wide[row] : _least + _low![row] + (_high is null ? 0 : (long)_high[row] << LowBits);

    /// <summary>Writes the numbers of some rows one after another.</summary>
    /// <param name="selection">The rows; nothing for all.</param>
    /// <param name="target">Takes them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyTo(ReadOnlySpan<int> selection, Span<long> target)
    {
        var count = !selection.IsEmpty ? selection.Length : _wide?.Length ?? _low!.Length;
        if (_low is { } low && _high is null)
        {
            for (var i = 0; i < count; i++) target[i] = _least + low[selection.IsEmpty ? i : selection[i]];
            return;
        }

        for (var i = 0; i < count; i++) target[i] = this[selection.IsEmpty ? i : selection[i]];
    }
}

/// <summary>Codes in as few bytes as hold them: 0 for a row without a value, else one more than the place of its value.</summary>
internal sealed class FewCodes
{
    private readonly byte[]? _narrow;
    private readonly ushort[]? _wide;
    private readonly int[]? _widest;

    /// <param name="codes">One for each row.</param>
    /// <param name="book">The values.</param>
    public FewCodes(ReadOnlySpan<int> codes, CodeBook book)
    {
        Book = book;
        var width = book.Count <= byte.MaxValue ? sizeof(byte) : book.Count <= ushort.MaxValue ? sizeof(ushort) : sizeof(int);
        Bytes = 128 + book.Bytes + codes.Length * (long)width;
        if (width == sizeof(byte)) _narrow = new byte[codes.Length];
        else if (width == sizeof(ushort)) _wide = new ushort[codes.Length];
        else _widest = codes.ToArray();
        for (var i = 0; i < codes.Length; i++)
        {
            if (_narrow is not null) _narrow[i] = (byte)codes[i];
            else if (_wide is not null) _wide[i] = (ushort)codes[i];
        }
    }

    public CodeBook Book { get; }

    public long Bytes { get; }

    /// <summary>The code of a row.</summary>
    public int this[int row] => _narrow is not null ? _narrow[row] : _wide is not null ? _wide[row] : _widest![row];

    /// <summary>Writes the codes of some rows one after another.</summary>
    /// <param name="selection">The rows; nothing for all.</param>
    /// <param name="target">Takes them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyTo(ReadOnlySpan<int> selection, Span<int> target)
    {
        var count = selection.IsEmpty ? (_narrow?.Length ?? _wide?.Length ?? _widest!.Length) : selection.Length;
        if (_narrow is { } narrow) for (var i = 0; i < count; i++) target[i] = narrow[selection.IsEmpty ? i : selection[i]];
        else for (var i = 0; i < count; i++) target[i] = this[selection.IsEmpty ? i : selection[i]];
    }
}
