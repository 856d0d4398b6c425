using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>The values of one column in one row group: where they are, and which rows have one. Used again for each column.</summary>
internal sealed class ChunkSource
{
    private readonly List<ValueRun> _runs = [];
    private byte[] _present = [];

    public IReadOnlyList<ValueRun> Runs => _runs;

    /// <summary>Which rows have a value.</summary>
    public RowPresence Presence => new(_present, Rows, Values);

    public int Rows { get; private set; }

    /// <summary>Rows that have a value.</summary>
    public int Values { get; private set; }

    public void Start(int rows)
    {
        _runs.Clear();
        (Rows, Values) = (rows, 0);
        if (_present.Length < rows / 8 + 1) _present = new byte[rows / 8 + 1];
        Array.Clear(_present);
    }

    /// <summary>Adds what a batch has of the column.</summary>
    /// <param name="column">The column of the batch.</param>
    /// <param name="piece">The rows of the batch that are in the row group, behind those that were added.</param>
    public void Add(BatchColumn column, RowPiece piece)
    {
        if (piece.Targets is not null)
        {
            AddChosen(column, piece);
            return;
        }

        if (column.IsDense)
        {
            AddRun(column, piece.FirstRow, piece.Rows);
            Fill(piece.Base, piece.Rows);
            return;
        }

        var rows = column.Rows;
        var end = piece.FirstRow + piece.Rows;
        var first = LowerBound(rows, piece.FirstRow);
        var last = end < piece.Hot.Batch.Count ? LowerBound(rows, end) : rows.Length; // mostly the second: batches are seldom divided
        var (present, shift) = (_present, piece.Base - piece.FirstRow);
        foreach (var row in rows[first..last])
        {
            var target = row + shift;
            present[target >> 3] |= (byte)(1 << (target & 7));
        }

        AddRun(column, first, last - first);
    }

    /// <summary>Rows that all have a value which is in no batch.</summary>
    public void AddAll()
    {
        Fill(0, Rows);
        Values = Rows;
    }

    /// <summary>Adds two columns of a batch that have the same name and different types: no row has a value of both.</summary>
    public void Add(BatchColumn one, BatchColumn other, RowPiece piece)
    {
        var end = piece.FirstRow + piece.Rows;
        var (i, j) = (FirstOf(one, piece.FirstRow), FirstOf(other, piece.FirstRow));
        while (true)
        {
            var (row, otherRow) = (RowOf(one, i), RowOf(other, j));
            if (Math.Min(row, otherRow) >= end) return;
            if (row < otherRow) AddOne(one, i++, row, piece);
            else AddOne(other, j++, otherRow, piece);
        }
    }

    private static int FirstOf(BatchColumn column, int row) => column.IsDense ? row : LowerBound(column.Rows, row);

    private static int RowOf(BatchColumn column, int value) => value >= column.ValueCount ? int.MaxValue : column.IsDense ? value : column.Rows[value];

    private void AddChosen(BatchColumn column, RowPiece piece)
    {
        var end = piece.FirstRow + piece.Rows;
        for (var i = FirstOf(column, piece.FirstRow); RowOf(column, i) is var row && row < end; i++) AddOne(column, i, row, piece);
    }

    private void AddOne(BatchColumn column, int value, int row, RowPiece piece)
    {
        var target = piece.Targets is { } targets ? targets[row] : row - piece.FirstRow + piece.Base;
        if (target < 0) return;
        Set(target);
        Values++;
        if (_runs.Count > 0 && _runs[^1] is var last && last.Column == column && last.First + last.Count == value) _runs[^1] = last with { Count = last.Count + 1 };
        else _runs.Add(new ValueRun(column, value, 1));
    }

    private void AddRun(BatchColumn column, int first, int count)
    {
        if (count == 0) return;
        _runs.Add(new ValueRun(column, first, count));
        Values += count;
    }

    private void Set(int row) => _present[row >> 3] |= (byte)(1 << (row & 7));

    private void Fill(int start, int count)
    {
        for (; count > 0 && (start & 7) != 0; start++, count--) Set(start);
        _present.AsSpan(start >> 3, count >> 3).Fill(255);
        start += count & ~7;
        for (count &= 7; count > 0; start++, count--) Set(start);
    }

    private static int LowerBound(ReadOnlySpan<int> rows, int row)
    {
        if (row == 0) return 0;
        var place = rows.BinarySearch(row);
        return place < 0 ? ~place : place;
    }
}

/// <summary>Rows of a batch that go into a row group.</summary>
/// <param name="Hot">The batch.</param>
/// <param name="FirstRow">The first of them.</param>
/// <param name="Rows">How many rows of the batch.</param>
/// <param name="Base">The place of the first in the row group.</param>
/// <param name="Targets">When only some of them go there: the place of each row of the batch in the row group, or -1.</param>
internal readonly record struct RowPiece(HotBatch Hot, int FirstRow, int Rows, int Base, int[]? Targets);
