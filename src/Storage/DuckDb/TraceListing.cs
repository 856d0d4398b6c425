using System.Collections.Immutable;
using System.Text;
using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// A listing of single traces, answered from the places where their events are. The three statements of a listing take the engine ten times as long to
/// prepare and to start as it takes to look at some events.
/// </summary>
/// <param name="listing">The listing.</param>
internal sealed class TraceListing(BoundListing listing)
{
    private readonly List<Part> _parts = [];
    private readonly List<Found> _found = [];

    /// <summary>The traces that a listing asks for, in lower-case hex, when that is all it asks for; none when it needs the engine.</summary>
    public static ImmutableArray<string> TracesOf(BoundListing listing)
    {
        var where = listing.Where is BoundFilter.All { Parts: [var only] } ? only : listing.Where;
        if (where is not BoundFilter.Condition { Column: { Name: WellKnownColumns.TraceId, IsStored: true } } condition) return [];
        if (IdCondition.Of(condition) is not [var ids] || ids.Ids.Length != (condition.Test is BoundTest.OneOf list ? list.Values.Length : 1)) return [];
        var isPlain = listing.Relational.IsEmpty && listing.Weight is null or { Type: ColumnType.Int64 or ColumnType.Float64 } && listing.Shown.All(c => c.IsStored)
            && (listing.After is not { } after || after.Keys.All(k => k.Equals(Value.Of(after.TimeUnixNs))))
            && listing.Orders is [] or [{ Column.Name: WellKnownColumns.Time, Column.IsStored: true }];
        return isPlain ? ids.Ids : [];
    }

    /// <summary>Adds what a batch has of the traces; false when the engine has to look at it.</summary>
    /// <param name="hot">The batch, held by the caller until the answer is made.</param>
    /// <param name="traces">The traces.</param>
    public bool TryAdd(HotBatch hot, ImmutableArray<string> traces)
    {
        var rows = new SortedSet<int>();
        foreach (var column in hot.Batch.Columns)
        {
            if (column.Name != WellKnownColumns.TraceId) continue;
            if (column.Type is not (StorageType.Id or StorageType.String)) return false;
            foreach (var trace in traces) AddRows(column, column.Type == StorageType.Id ? Convert.FromHexString(trace) : Encoding.ASCII.GetBytes(trace), rows);
        }

        if (rows.Count == 0) return true;
        var times = hot.Batch.Columns.First(c => c.Name == WellKnownColumns.Time).Int64s;
        foreach (var row in rows) Add(times[row], hot.FirstSeq + row, row);
        _parts.Add(new Part(hot.Batch, null));
        return true;
    }

    /// <summary>Adds what was found in a segment; false when the engine has to look at it.</summary>
    public bool TryAdd(FoundRows rows)
    {
        if (rows.Count == 0) return true;
        if (rows.ReadKeys() is not var (times, seqs)) return false;
        for (var row = 0; row < times.Length; row++) Add(times[row], seqs[row], row);
        _parts.Add(new Part(null, rows));
        return true;
    }

    /// <summary>The page of the listing; null when a value needs the engine.</summary>
    public ListedEvents? Answer()
    {
        if (WeightOfAll() is not { } weight) return null;
        var behind = listing.After is { } after ? _found.Where(f => Compare(f, new Found(after.TimeUnixNs, after.Seq, 0, 0)) > 0) : _found;
        var page = behind.ToArray();
        Array.Sort(page, Compare);
        var hasMore = page.Length > listing.Limit;
        if (hasMore) page = page[..listing.Limit];
        return Table(page, listing.Shown) is { } table ? new ListedEvents(table, _found.Count, weight, hasMore ? page[^1].Seq : null) : null;
    }

    private bool IsAscending => listing.Orders is [{ Descending: false }];

    private static void AddRows(BatchColumn column, ReadOnlySpan<byte> id, SortedSet<int> rows)
    {
        var heap = column.Heap;
        var slices = column.Slices;
        var numbers = column.Rows;
        for (var i = 0; i < slices.Length; i++)
            if (slices[i].Length == id.Length && heap.Slice(slices[i].Offset, id.Length).SequenceEqual(id)) rows.Add(column.IsDense ? i : numbers[i]);
    }

    private void Add(long time, long seq, int row)
    {
        // An end at the last nanosecond that there is means no end.
        if (time >= listing.Window.StartUnixNs && (time < listing.Window.EndUnixNs || listing.Window.EndUnixNs == long.MaxValue)) _found.Add(new Found(time, seq, _parts.Count, row));
    }

    /// <summary>In the order of the listing; ties go newest first.</summary>
    private int Compare(Found a, Found b)
    {
        var order = IsAscending ? a.Time.CompareTo(b.Time) : b.Time.CompareTo(a.Time);
        return order != 0 ? order : b.Seq.CompareTo(a.Seq);
    }

    private double? WeightOfAll()
    {
        if (listing.Weight is not { } rate) return _found.Count;
        if (Table([.. _found], [rate]) is not { } table) return null;
        var (sum, column) = (0.0, table.Columns[1]);
        for (var row = 0; row < column.Count; row++) sum += column[row] is { IsNull: false } value && value.AsDouble() is >= 1 and < double.PositiveInfinity and var weight ? weight : 1;
        return sum;
    }

    private ResultTable? Table(Found[] page, ImmutableArray<BoundColumn> columns)
    {
        var targets = columns.Select(c => new TargetColumn(c, page.Length)).ToArray();
        var byName = targets.ToLookup(t => t.Name, StringComparer.Ordinal);
        for (var part = 0; part < _parts.Count; part++)
        {
            var places = Enumerable.Range(0, page.Length).Where(i => page[i].Part == part).OrderBy(i => page[i].Row).ToArray();
            if (places.Length == 0) continue;
            var (batch, segment) = (_parts[part].Batch, _parts[part].Rows);
            // Rows of a batch are numbered as they lie there, those of a segment as they are read.
            var rows = Array.ConvertAll(places, i => page[i].Row);
            using var read = segment?.Read(byName.Select(t => t.Key), rows);
            if (segment is not null && read is null) return null;
            if (segment is not null) rows = [.. Enumerable.Range(0, rows.Length)];
            foreach (var column in (batch ?? read!).Columns)
                foreach (var target in byName[column.Name])
                    if (!target.TryTake(column, rows, places)) return null;
        }

        return new ResultTable([new ResultColumn(WellKnownColumns.Time, ColumnType.Int64, Array.ConvertAll(page, f => f.Time), null), .. targets.Select(t => t.ToColumn())]);
    }

    private readonly record struct Part(EventBatch? Batch, FoundRows? Rows);

    /// <param name="Time">Time of the event.</param>
    /// <param name="Seq">Its number.</param>
    /// <param name="Part">Where it is.</param>
    /// <param name="Row">Its row there.</param>
    private readonly record struct Found(long Time, long Seq, int Part, int Row);

    /// <summary>A column of the answer that is being filled.</summary>
    private sealed class TargetColumn
    {
        private readonly BoundColumn _column;
        private readonly bool[] _isNull;
        private readonly Array _values;

        public TargetColumn(BoundColumn column, int count)
        {
            _column = column;
            _isNull = new bool[count];
            Array.Fill(_isNull, true);
            _values = column.Type switch
            {
                ColumnType.Bool => new bool[count],
                ColumnType.Int64 => new long[count],
                ColumnType.Float64 => new double[count],
                _ => NoTexts(count),
            };
        }

        public string Name => _column.Name;

        /// <summary>Takes the values of rows over; false when the engine has to say what they are in the type of the answer.</summary>
        public bool TryTake(BatchColumn source, int[] rows, int[] targets)
        {
            if (ColumnTypes.Logical(source.Type) != _column.Type && (source.Type, _column.Type) is not (StorageType.Int64, ColumnType.Float64)) return false;
            var last = (Slice: new HeapSlice(-1, 0), Text: "");
            for (var i = 0; i < rows.Length; i++)
            {
                var value = source.IsDense ? rows[i] : source.Rows.BinarySearch(rows[i]);
                if (value < 0) continue;
                var target = targets[i];
                _isNull[target] = false;
                switch (_values)
                {
                    case bool[] flags: flags[target] = source.Bools[value]; break;
                    case long[] numbers: numbers[target] = source.Int64s[value]; break;
                    case double[] fractions: fractions[target] = source.Type == StorageType.Int64 ? source.Int64s[value] : source.Float64s[value]; break;
                    case string[] texts:
                        if (source.Slices[value] is var slice && slice != last.Slice) last = (slice, Text(source, slice));
                        texts[target] = last.Text;
                        break;
                }
            }

            return true;
        }

        public ResultColumn ToColumn() => new(Name, _column.Type, _values, _isNull.Contains(true) ? _isNull : null);

        private static string Text(BatchColumn source, HeapSlice slice)
        {
            var bytes = source.Heap.Slice(slice.Offset, slice.Length);
            return source.Type == StorageType.Id ? Convert.ToHexStringLower(bytes) : Encoding.UTF8.GetString(bytes);
        }

        private static string[] NoTexts(int count)
        {
            var texts = new string[count];
            Array.Fill(texts, "");
            return texts;
        }
    }
}
