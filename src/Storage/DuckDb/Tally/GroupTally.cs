using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>Counts one row group. Whatever is not as our own files are throws one of <see cref="Parquet.ChunkReader.IsUnreadable"/>.</summary>
/// <param name="plan">What to count.</param>
/// <param name="reader">Reads the file.</param>
/// <param name="group">The row group.</param>
internal sealed class GroupTally(TallyPlan plan, SegmentReader reader, int group) : IDisposable
{
    /// <summary>More cells than this have no place of their own beforehand: those that occur are numbered.</summary>
    private const int MaxPlaces = 1 << 16;

    /// <summary>Above so many cells the engine is the better one to count.</summary>
    private const int MaxCells = 1 << 16;

    private readonly int _rows = (int)(reader.Layout.FirstRows[group + 1] - reader.Layout.FirstRows[group]);

    private readonly Dictionary<string, (long[] Values, byte[]? Present)> _numbers = new(StringComparer.Ordinal);

    /// <summary>The rows that match; null while these are all.</summary>
    private List<int>? _selected;

    /// <summary>Memory until it is disposed.</summary>
    public Scratch Scratch { get; } = new();

    /// <summary>Rows that match.</summary>
    public int Count => _selected?.Count ?? _rows;

    public void Dispose() => Scratch.Dispose();

    /// <summary>Adds the cells of the row group to columns: bucket, keys and measures, as far as they are asked for.</summary>
    /// <param name="target">The columns, empty.</param>
    /// <returns>How many cells there are.</returns>
    public int AddTo(ColumnBuffer[] target)
    {
        Select();
        if (Count == 0) return 0;
        var keys = Keys();
        var (cells, counts, place) = Cells(keys);
        var count = counts.Count;
        for (var k = 0; k < keys.Count; k++)
            for (var cell = 0; cell < count; cell++)
                keys[k].Set(place(cell, k), cell, target[k]);
        for (var m = 0; m < plan.Measures.Length; m++) new CellMeasure(plan.Measures[m], cells, counts).AddTo(target[keys.Count + m], this, plan.Request.Run);
        return count;
    }

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

    private void Select()
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

    private List<CodedKey> Keys()
    {
        var keys = new List<CodedKey>();
        if (plan.Request.BucketNs is { } width) keys.Add(BucketKey.Of(Numbers(Time).Values.AsSpan(0, Count), width, Scratch.Ints(Count)));
        foreach (var column in plan.Keys)
        {
            var codes = Scratch.Ints(_rows);
            var book = new CodeBook();
            if (column is not null)
            {
                using var chunk = reader.Chunk(group, TallyPlan.In(reader, column));
                book = chunk.Codes(codes);
                Selected(codes);
            }
            else
            {
                Array.Clear(codes, 0, Count);
            }

            keys.Add(new ValueKey(book) { Codes = codes });
        }

        return keys;
    }

    /// <summary>The cell of each row, how many rows each has, and how to tell the code that a cell has of a key.</summary>
    private (int[] Cells, List<int> Counts, Func<int, int, int> CodeOf) Cells(List<CodedKey> keys)
    {
        var places = keys.Aggregate(1L, (product, key) => Math.Min(product * key.Count, long.MaxValue >> 33));
        var (occurring, counts) = (new List<long>(), new List<int>());
        var cells = Scratch.Ints(Count);
        if (places <= MaxPlaces) Number(keys, cells.AsSpan(0, Count), occurring, counts, new int[places]);
        else Number(keys, cells.AsSpan(0, Count), occurring, counts);
        return (cells, counts, (cell, key) =>
        {
            var place = occurring[cell];
            for (var k = keys.Count - 1; k > key; k--) place /= keys[k].Count;
            return (int)(place % keys[key].Count);
        });
    }

    /// <summary>Numbers the cells that occur, of those few that there may be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Number(List<CodedKey> keys, Span<int> cells, List<long> occurring, List<int> counts, int[] known)
    {
        if (keys.Count == 0) cells.Clear();
        var isFirst = true;
        foreach (var key in keys)
        {
            var (codes, count) = (key.Codes, key.Count);
            if (isFirst) codes.AsSpan(0, cells.Length).CopyTo(cells);
            else for (var i = 0; i < cells.Length; i++) cells[i] = cells[i] * count + codes[i];
            isFirst = false;
        }

        // First how many there are of each, then numbers for those that there are.
        for (var i = 0; i < cells.Length; i++) known[cells[i]]++;
        for (var place = 0; place < known.Length; place++)
        {
            if (known[place] == 0) continue;
            occurring.Add(place);
            counts.Add(known[place]);
            known[place] = counts.Count - 1;
        }

        for (var i = 0; i < cells.Length; i++) cells[i] = known[cells[i]];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Number(List<CodedKey> keys, Span<int> cells, List<long> occurring, List<int> counts)
    {
        var known = new Dictionary<long, int>();
        for (var i = 0; i < cells.Length; i++)
        {
            long place = 0;
            foreach (var key in keys) place = checked(place * key.Count + key.Codes[i]);
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(known, place, out var isKnown);
            if (!isKnown)
            {
                if (occurring.Count == MaxCells) throw new InvalidDataException("there are too many cells");
                number = occurring.Count;
                occurring.Add(place);
                counts.Add(0);
            }

            counts[number]++;
            cells[i] = number;
        }
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
