using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>
/// The rows of one row group that match, and what they hold. Whatever is not as our own files are throws one of <see cref="Parquet.ChunkReader.IsUnreadable"/>.
/// </summary>
/// <param name="plan">Says which rows match.</param>
/// <param name="reader">Reads the file.</param>
/// <param name="group">The row group.</param>
internal sealed class GroupRows(TallyPlan plan, SegmentReader reader, int group) : IDisposable
{
    private readonly int _rows = (int)(reader.Layout.FirstRows[group + 1] - reader.Layout.FirstRows[group]);

    private readonly Dictionary<string, (long[] Values, byte[]? Present)> _numbers = new(StringComparer.Ordinal);

    /// <summary>The rows that match; null while these are all.</summary>
    private List<int>? _selected;

    /// <summary>Memory until it is disposed.</summary>
    public Scratch Scratch { get; } = new();

    /// <summary>Rows that match.</summary>
    public int Count => _selected?.Count ?? _rows;

    public void Dispose() => Scratch.Dispose();

    /// <summary>The selected rows, by their places in the row group; empty when these are all.</summary>
    public ReadOnlySpan<int> Selection => CollectionsMarshal.AsSpan(_selected);

    /// <summary>
    /// Numbers of the selected rows as they stand in the file, and a bit for each row of the row group that says whether it has one; null when all have. There may be room
    /// behind the last.
    /// </summary>
    public (long[] Values, byte[]? Present) Numbers(SegmentColumn column)
    {
        if (_numbers.TryGetValue(column.StoredAs, out var known)) return known;
        var values = Scratch.Longs(_rows);
        using var chunk = reader.Chunk(group, TallyPlan.In(reader, column));
        var present = chunk.Numbers(values, _rows);
        if (present is not null) Scratch.Take(present);
        return _numbers[column.StoredAs] = (Selected(values), present);
    }

    /// <summary>The times of the selected rows; there may be room behind the last.</summary>
    public long[] Times() => Numbers(Time).Values;

    /// <summary>The numbers of the selected events; there may be room behind the last.</summary>
    public long[] Seqs()
    {
        var values = Scratch.Longs(_rows);
        using var chunk = reader.Chunk(group, reader.Column(RelationText.SeqColumn, PhysicalType.Int64));
        return chunk.Numbers(values, _rows) is null ? Selected(values) : throw new InvalidDataException("events lack a number");
    }

    /// <summary>A code for each of the selected rows, 0 where it has no value; there may be room behind the last.</summary>
    public (int[] Codes, CodeBook Book) Codes(SegmentColumn? column)
    {
        var codes = Scratch.Ints(_rows);
        if (column is null)
        {
            Array.Clear(codes, 0, Count);
            return (codes, new CodeBook());
        }

        using var chunk = reader.Chunk(group, TallyPlan.In(reader, column));
        var book = chunk.Codes(codes);
        return (Selected(codes), book);
    }

    /// <summary>A bit for each row of the row group that says whether it has a value; null when all have.</summary>
    public byte[]? Present(SegmentColumn column)
    {
        if (column.Count == plan.Segment.Footer.Events) return null;
        if (column.Type is StorageType.Int64 or StorageType.Float64) return Numbers(column).Present;
        using var chunk = reader.Chunk(group, TallyPlan.In(reader, column));
        var bits = chunk.Presence(_rows);
        if (bits is not null) Scratch.Take(bits);
        return bits;
    }

    /// <summary>Which of the selected rows pass; null when there is no condition.</summary>
    public bool[]? Passing(RowFilter? filter) => filter is null ? null : Marked(filter);

    private bool[] Marked(RowFilter filter)
    {
        var marks = Scratch.Bools(Count);
        Array.Clear(marks, 0, Count);
        var place = 0;
        foreach (var row in Rows(filter, _selected))
        {
            if (_selected is not null) while (_selected[place] != row) place++;
            marks[_selected is null ? row : place] = true;
        }

        return marks;
    }

    /// <summary>Leaves the rows that match.</summary>
    public void Select()
    {
        var window = plan.Request.Window;
        var (least, most) = reader.Layout.Times[group];
        if (plan.Where is { } where) _selected = Rows(where, null);
        _numbers.Clear(); // what conditions read is of all rows
        if (_selected?.Count == 0 || window.Holds(least, most)) return;
        var (times, _) = Numbers(Time);
        _numbers.Clear(); // they are of other rows
        var inside = new List<int>();
        for (var i = 0; i < Count; i++)
            if (window.Holds(times[i], times[i])) inside.Add(_selected is null ? i : _selected[i]);
        _selected = inside;
    }

    private SegmentColumn Time => plan.Segment.Columns[WellKnownColumns.Time];

    /// <summary>Moves the values of selected rows to the front.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private T[] Selected<T>(T[] values)
    {
        // In place: no row goes behind where it was.
        var rows = CollectionsMarshal.AsSpan(_selected);
        for (var i = 0; i < rows.Length; i++) values[i] = values[rows[i]];
        return values;
    }

    /// <summary>The rows that pass, ascending.</summary>
    /// <param name="filter">The condition.</param>
    /// <param name="among">The rows to look at, ascending; null for all.</param>
    private List<int> Rows(RowFilter filter, List<int>? among)
    {
        switch (filter)
        {
            case RowFilter.All all:
                foreach (var part in all.Parts)
                {
                    among = Rows(part, among);
                    if (among.Count == 0) break;
                }

                return among ?? [.. Enumerable.Range(0, _rows)];
            case RowFilter.Any any:
                var either = Scratch.Bools(_rows);
                Array.Clear(either, 0, _rows);
                foreach (var part in any.Parts)
                    foreach (var row in Rows(part, among)) either[row] = true;
                return Those(among, row => either[row]);
            case RowFilter.Not not:
                var passing = Scratch.Bools(_rows);
                Array.Clear(passing, 0, _rows);
                foreach (var row in Rows(not.Part, among)) passing[row] = true;
                return Those(among, row => !passing[row]);
            case RowFilter.Present present:
                var bits = Present(present.Column);
                return Those(among, row => bits is null || (bits[row >> 3] >> (row & 7) & 1) != 0);
            case RowFilter.Test test:
                using (var chunk = reader.Chunk(group, TallyPlan.In(reader, test.Rows.Column))) return among is null ? chunk.Find(test.Rows) : chunk.Keep(among, test.Rows);
            default:
                throw new InvalidOperationException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private List<int> Those(List<int>? among, Func<int, bool> pass)
    {
        var rows = new List<int>(among?.Count ?? _rows);
        if (among is null)
        {
            for (var row = 0; row < _rows; row++)
                if (pass(row)) rows.Add(row);
        }
        else
        {
            foreach (var row in among)
                if (pass(row)) rows.Add(row);
        }

        return rows;
    }
}
