using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>
/// Of rows that are counted together those that match, and what they hold. Whatever cannot be read throws one of <see cref="ChunkReader.IsUnreadable"/>.
/// Rows are numbered from 0 among all of them, or among the few that the first condition leaves, of which alone values are read then.
/// </summary>
/// <param name="plan">Says which rows match.</param>
/// <param name="source">The rows.</param>
/// <param name="kept">Keeps what is read of few rows.</param>
internal sealed class GroupRows(TallyPlan plan, RowSource source, KeptRows kept) : IDisposable
{
    /// <summary>Of more rows than one in so many, all values of a column are read sooner than theirs.</summary>
    private const int LeastStep = 8;

    private readonly int _all = source.Count;

    private readonly Dictionary<string, (long[] Values, byte[]? Present)> _numbers = new(StringComparer.Ordinal);

    /// <summary>The few rows that are numbered; null when all are.</summary>
    private FewRows? _few;

    /// <summary>By what they are kept; null when they are not.</summary>
    private RowsKey? _key;

    /// <summary>The rows that match; null while these are all.</summary>
    private List<int>? _selected;

    /// <summary>Memory until it is disposed.</summary>
    public Scratch Scratch { get; } = new();

    /// <summary>Rows that match.</summary>
    public int Count => _selected?.Count ?? Rows;

    /// <summary>The least and the greatest time of all the rows.</summary>
    public (long Least, long Most) TimeRange => source.TimeRange;

    public void Dispose() => Scratch.Dispose();

    /// <summary>The selected rows, by their numbers; empty when these are all.</summary>
    public ReadOnlySpan<int> Selection => CollectionsMarshal.AsSpan(_selected);

    /// <summary>Rows that are numbered.</summary>
    private int Rows => _few?.Rows.Length ?? _all;

    private SegmentColumn Time => plan.Part.Column(WellKnownColumns.Time) ?? throw new InvalidDataException("events lack a time");

    /// <summary>
    /// Numbers of the selected rows as they are stored, and a bit for each numbered row that says whether it has one; null when all have. There may be room
    /// behind the last.
    /// </summary>
    public (long[] Values, byte[]? Present) Numbers(SegmentColumn column)
    {
        if (_numbers.TryGetValue(column.StoredAs, out var known)) return known;
        var values = Scratch.Longs(Rows);
        byte[]? present;
        if (_few is not null)
        {
            var few = _few.Numbers(column, Open, Scratch);
            few.CopyTo(Selection, values);
            present = few.Present;
        }
        else
        {
            using var chunk = Open(column);
            present = chunk.Numbers(values, _all);
            if (present is not null) Scratch.Take(present);
            values = Selected(values);
        }

        return _numbers[column.StoredAs] = (values, present);
    }

    /// <summary>The times of the selected rows; there may be room behind the last.</summary>
    public long[] Times() => Numbers(Time).Values;

    /// <summary>The numbers of the selected events; there may be room behind the last.</summary>
    public long[] Seqs()
    {
        var values = Scratch.Longs(Rows);
        source.ReadSeqs(_few?.Rows, values);
        return Selected(values);
    }

    /// <summary>A code for each of the selected rows, 0 where it has no value; there may be room behind the last.</summary>
    public (int[] Codes, CodeBook Book) Codes(SegmentColumn? column)
    {
        var codes = Scratch.Ints(Rows);
        if (column is null)
        {
            Array.Clear(codes, 0, Count);
            return (codes, new CodeBook());
        }

        if (_few is not null)
        {
            var few = _few.Codes(column, Open, Scratch);
            few.CopyTo(Selection, codes);
            return (codes, few.Book);
        }

        using var chunk = Open(column);
        var book = chunk.Codes(codes);
        return (Selected(codes), book);
    }

    /// <summary>A bit for each numbered row that says whether it has a value; null when all have.</summary>
    public byte[]? Present(SegmentColumn column)
    {
        if (column.Count == plan.Part.Events) return null;
        if (column.Type is StorageType.Int64 or StorageType.Float64) return _few is null ? Numbers(column).Present : _few.Numbers(column, Open, Scratch).Present;
        using var chunk = Open(column);
        var bits = chunk.Presence(_all);
        if (bits is null) return null;
        Scratch.Take(bits);
        if (_few is null) return bits;
        var some = new byte[Rows / 8 + 1];
        for (var i = 0; i < _few.Rows.Length; i++) some[i >> 3] |= (byte)((bits[_few.Rows[i] >> 3] >> (_few.Rows[i] & 7) & 1) << (i & 7));
        return some;
    }

    /// <summary>Which of the selected rows pass; null when there is no condition.</summary>
    public bool[]? Passing(RowFilter? filter) => filter is null ? null : Marked(filter);

    /// <summary>Leaves the rows that match.</summary>
    public void Select()
    {
        var window = plan.Request.Window;
        if (plan.Where is { } where) _selected = Select(where);
        _numbers.Clear(); // what conditions read is of all rows
        if (Count == 0 || window.Holds(TimeRange.Least, TimeRange.Most)) return;
        var (times, _) = Numbers(Time);
        _numbers.Clear(); // they are of other rows
        var inside = new List<int>();
        for (var i = 0; i < Count; i++)
            if (window.Holds(times[i], times[i])) inside.Add(_selected is null ? i : _selected[i]);
        _selected = inside;
    }

    /// <summary>Tells whoever keeps the few rows what has been read of them.</summary>
    public void Keep()
    {
        if (_few is not null && _key is { } key) kept.Keep(key, _few);
    }

    private bool[] Marked(RowFilter filter)
    {
        var marks = Scratch.Bools(Count);
        Array.Clear(marks, 0, Count);
        var place = 0;
        foreach (var row in Matching(filter, _selected))
        {
            if (_selected is not null) while (_selected[place] != row) place++;
            marks[_selected is null ? row : place] = true;
        }

        return marks;
    }

    /// <summary>The rows that pass the whole condition; where its first part leaves few, only these are numbered from here on.</summary>
    private List<int>? Select(RowFilter where)
    {
        if (plan.First is not { } first) return Matching(where, null);
        _key = kept.IsOff ? null : source.KeyOf(first);
        _few = _key is { } key ? kept.Find(key) : null;
        List<int>? among = null;
        if (_few is null)
        {
            using (var chunk = Open(first.Column)) among = chunk.Find(first);
            if (among.Count <= _all / LeastStep) (_few, among) = (new FewRows([.. among]), null);
        }

        foreach (var part in plan.Others)
        {
            if ((among?.Count ?? Rows) == 0) break;
            among = Matching(part, among);
        }

        if (_few is null || _key is not null || among is null) return among;
        // Nobody asks for the others again.
        _few = new FewRows([.. among.Select(row => _few.Rows[row])]);
        return null;
    }

    private IColumnValues Open(SegmentColumn column) => source.Open(column);

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
    private List<int> Matching(RowFilter filter, List<int>? among)
    {
        switch (filter)
        {
            case RowFilter.All all:
                foreach (var part in all.Parts)
                {
                    among = Matching(part, among);
                    if (among.Count == 0) break;
                }

                return among ?? [.. Enumerable.Range(0, Rows)];
            case RowFilter.Any any:
                var either = Scratch.Bools(Rows);
                Array.Clear(either, 0, Rows);
                foreach (var part in any.Parts)
                    foreach (var row in Matching(part, among)) either[row] = true;
                return Those(among, row => either[row]);
            case RowFilter.Not not:
                var passing = Scratch.Bools(Rows);
                Array.Clear(passing, 0, Rows);
                foreach (var row in Matching(not.Part, among)) passing[row] = true;
                return Those(among, row => !passing[row]);
            case RowFilter.Present present:
                var bits = Present(present.Column);
                return Those(among, row => bits is null || (bits[row >> 3] >> (row & 7) & 1) != 0);
            case RowFilter.Test test when _few is not null:
                return Tested(_few, test.Rows, among);
            case RowFilter.Test test:
                using (var chunk = Open(test.Rows.Column)) return among is null ? chunk.Find(test.Rows) : chunk.Keep(among, test.Rows);
            default:
                throw new InvalidOperationException();
        }
    }

    /// <summary>The few rows that pass a test.</summary>
    private List<int> Tested(FewRows few, RowTest test, List<int>? among)
    {
        var column = test.Column;
        if (PhysicalTypes.Of(column) != PhysicalType.ByteArray)
        {
            var numbers = few.Numbers(column, Open, Scratch);
            var bits = numbers.Present;
            return Those(among, row => (bits is null || (bits[row >> 3] >> (row & 7) & 1) != 0) && test.MayPass(numbers[row]));
        }

        if (plan.Part.Values(column.Name) is not null)
        {
            var codes = few.Codes(column, Open, Scratch);
            bool[] passing = [false, .. Enumerable.Range(0, codes.Book.Count).Select(place => codes.Book.Passes(place, test))];
            return Those(among, row => passing[codes[row]]);
        }

        // Texts of which hardly two are equal are looked at where they are.
        List<int> rows = among is null ? [.. few.Rows] : among.ConvertAll(row => few.Rows[row]);
        using (var chunk = Open(column)) rows = chunk.Keep(rows, test);
        var place = 0;
        return rows.ConvertAll(row =>
        {
            while (few.Rows[place] != row) place++;
            return place;
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private List<int> Those(List<int>? among, Func<int, bool> pass)
    {
        var rows = new List<int>(among?.Count ?? Rows);
        if (among is null)
        {
            for (var row = 0; row < Rows; row++)
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
