using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>
/// Makes the statistics of a segment: from the column buffers that are sealed, from the statistics of the segments that are merged, or from
/// the events of a file. Within a batch equal texts lie at one place, so they are counted by place first and looked at once.
/// </summary>
internal sealed class StatisticsBuilder
{
    private readonly Dictionary<string, ColumnCounter> _columns = new(StringComparer.Ordinal);
    private readonly List<int> _places = [];
    private readonly List<HashSet<ulong>> _stripes = [];
    private (int First, int Last) _open;
    private long _rows;
    private bool _tracesAreIds = true;
    private int[] _counts = [];
    private int[] _lengths = [];

    /// <param name="columns">The columns of the segment.</param>
    public StatisticsBuilder(ImmutableArray<SegmentColumn> columns)
    {
        foreach (var column in columns) _columns.Add(column.Name, ColumnCounter.Of(column.Name, column.Type));
    }

    /// <summary>Adds the events of a batch. Its columns are among those of the segment, perhaps in narrower types.</summary>
    public void Add(EventBatch batch)
    {
        OpenStripes(batch.Count);
        foreach (var column in batch.Columns)
        {
            var counter = _columns[column.Name];
            counter.Count += column.ValueCount;
            if (column.Type is StorageType.String or StorageType.Id) AddTexts(counter, column);
            else AddNumbers(counter, column);
            // A number as trace id is seen as text; the filter knows only what is stored as one.
            if (column.Name == WellKnownColumns.TraceId) _tracesAreIds &= column.Type is StorageType.String or StorageType.Id;
        }

        ValueBudget.DropLongest(_columns.Values);
    }

    /// <summary>Adds the events of one kind from a batch that holds several.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="kinds">The kind of each of its events.</param>
    /// <param name="wanted">The kind of those that are added.</param>
    public void Add(EventBatch batch, SignalKind[] kinds, SignalKind wanted)
    {
        OpenStripes(kinds.Count(kind => kind == wanted));
        foreach (var column in batch.Columns)
        {
            var counter = _columns[column.Name];
            for (var i = 0; i < column.ValueCount; i++)
            {
                if (kinds[column.IsDense ? i : column.Rows[i]] != wanted) continue;
                counter.Count++;
                AddOne(counter, column, i);
            }
        }

        ValueBudget.DropLongest(_columns.Values);
    }

    /// <summary>Events so far that have a value of the column.</summary>
    public long CountOf(string column) => _columns.TryGetValue(column, out var counter) ? counter.Count : 0;

    /// <summary>True when every value of a Float64 column is a millionth part of an integer, and comes back from it as it was.</summary>
    public bool IsScaled(string column) => _columns[column] is NumberCounter { Type: StorageType.Float64, IsScaled: true };

    /// <summary>Adds the columns of a segment that is merged into this one. Its traces are added with <see cref="AddTraces"/>.</summary>
    public void Add(SegmentStatistics merged)
    {
        foreach (var column in merged.Columns.Values)
        {
            if (!_columns.TryGetValue(column.Name, out var counter) || column.Count == 0) continue;
            counter.Count += column.Count;
            switch (counter)
            {
                case TextCounter text: AddText(text, column); break;
                case NumberCounter number: AddNumber(number, column); break;
            }
        }
    }

    /// <summary>Adds a chunk of events of a file.</summary>
    /// <param name="chunk">The values; the columns have the types of the segment.</param>
    /// <param name="columns">The columns of the chunk, in order.</param>
    public void Add(DataChunkReader chunk, ImmutableArray<SegmentColumn> columns)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            var counter = _columns[columns[i].Name];
            for (var row = 0; row < chunk.Count; row++)
            {
                if (chunk.IsNull(i, row)) continue;
                counter.Count++;
                if (counter is TextCounter text) text.Add(chunk.GetBytes(i, row), 1);
                else if (counter is NumberCounter number) number.Add(Bits(chunk, i, row, number.Type));
            }
        }
    }

    /// <summary>Adds the trace ids of a chunk whose only column holds them as they are stored. The chunks come in the order of the file.</summary>
    public void AddTraces(DataChunkReader chunk, StorageType type)
    {
        OpenStripes(chunk.Count);
        for (var row = 0; row < chunk.Count; row++)
            if (!chunk.IsNull(0, row)) AddTrace(chunk.GetBytes(0, row), type);
    }

    /// <summary>What is told with <see cref="AddTrace"/> next is of so many rows, which follow those before.</summary>
    public void BeginTraces(int rows) => OpenStripes(rows);

    /// <summary>Adds the trace id of one or more of these rows, as it is stored.</summary>
    public void AddTrace(ReadOnlySpan<byte> id, StorageType type)
    {
        var key = type == StorageType.Id ? TraceFilter.KeyOf(id) : TraceFilter.KeyOfText(id);
        for (var stripe = _open.First; stripe <= _open.Last; stripe++) _stripes[stripe].Add(key);
    }

    /// <summary>Trace ids are stored in a type that the filter does not know: none can be told to be absent.</summary>
    public void ForgetTraces() => _tracesAreIds = false;

    /// <param name="events">Events of the segment.</param>
    public SegmentStatistics Build(long events)
    {
        ValueBudget.DropBeyondBound(_columns.Values);
        var filters = _stripes.ConvertAll(stripe => TraceFilter.Of(stripe));
        // A segment without trace ids has one filter that knows none.
        var traces = filters.Count == 0 ? new TraceStripes(long.MaxValue, [new TraceFilter(0)]) : new TraceStripes(TraceStripes.Rows, filters);
        return new SegmentStatistics(events, _columns.Values.Where(c => c.Count > 0).Select(c => c.ToStatistics()), _tracesAreIds ? traces : null);
    }

    private void AddOne(ColumnCounter counter, BatchColumn column, int i)
    {
        switch (column.Type)
        {
            case StorageType.String or StorageType.Id:
                var slice = column.Slices[i];
                var bytes = column.Heap.Slice(slice.Offset, slice.Length);
                if (column.Name == WellKnownColumns.TraceId) AddTrace(bytes, column.Type);
                if (counter is TextCounter text) AddText(text, bytes, 1, column.Type);
                return;
            case StorageType.Bool: AddNumber(counter, column.Bools[i] ? 1 : 0, StorageType.Bool); break;
            case StorageType.Int64: AddNumber(counter, column.Int64s[i], StorageType.Int64); break;
            default:
                if (counter is TextCounter fractions) fractions.Spoil();
                else ((NumberCounter)counter).Add(BitConverter.DoubleToInt64Bits(column.Float64s[i]));
                break;
        }

        if (column.Name == WellKnownColumns.TraceId) _tracesAreIds = false;
    }

    private void AddTexts(ColumnCounter counter, BatchColumn column)
    {
        var isTrace = column.Name == WellKnownColumns.TraceId;
        if (counter is IdCounter && !isTrace) return;
        var heap = column.Heap;
        var slices = column.Slices;
        if (column.Type == StorageType.String && !isTrace && counter is TextCounter { IsCounted: false } uncounted)
        {
            foreach (var slice in slices) uncounted.Widen(heap.Slice(slice.Offset, slice.Length));
            return;
        }

        Count(counter as TextCounter, column, slices, heap.Length);
        foreach (var place in CollectionsMarshal.AsSpan(_places))
        {
            var bytes = heap.Slice(place, _lengths[place]);
            if (isTrace) AddTrace(bytes, column.Type);
            if (counter is TextCounter text) AddText(text, bytes, _counts[place], column.Type);
            _counts[place] = 0;
        }

        _places.Clear();
    }

    /// <summary>Counts the texts of a column by their place in the heap. Texts that share their beginning with a longer one are added at once.</summary>
    private void Count(TextCounter? counter, BatchColumn column, ReadOnlySpan<HeapSlice> slices, int heapBytes)
    {
        // One place more than the heap has bytes: an empty text may lie behind its end.
        if (_counts.Length <= heapBytes) (_counts, _lengths) = (new int[heapBytes * 2 + 1], new int[heapBytes * 2 + 1]);
        var (counts, lengths) = (_counts, _lengths);
        foreach (var slice in slices)
        {
            ref var count = ref counts[slice.Offset];
            if (count == 0)
            {
                _places.Add(slice.Offset);
                lengths[slice.Offset] = slice.Length;
            }
            else if (lengths[slice.Offset] != slice.Length)
            {
                var bytes = column.Heap.Slice(slice.Offset, slice.Length);
                if (column.Name == WellKnownColumns.TraceId) AddTrace(bytes, column.Type);
                if (counter is not null) AddText(counter, bytes, 1, column.Type);
                continue;
            }

            count++;
        }
    }

    private static void AddText(TextCounter counter, ReadOnlySpan<byte> bytes, long events, StorageType type)
    {
        if (type == StorageType.Id) counter.Add(Convert.ToHexStringLower(bytes), events);
        else counter.Add(bytes, events);
    }

    /// <summary>What follows are the next rows. Texts of a batch are looked at once, so they go to every stripe that the batch reaches into.</summary>
    private void OpenStripes(int rows)
    {
        _open = ((int)(_rows / TraceStripes.Rows), (int)((_rows + Math.Max(1, rows) - 1) / TraceStripes.Rows));
        _rows += rows;
        while (_stripes.Count <= _open.Last) _stripes.Add([]);
    }

    private static void AddNumbers(ColumnCounter counter, BatchColumn column)
    {
        if (counter is TextCounter text && column.Type == StorageType.Float64)
        {
            text.Spoil();
            return;
        }

        switch (column.Type)
        {
            case StorageType.Bool:
                foreach (var value in column.Bools) AddNumber(counter, value ? 1 : 0, StorageType.Bool);
                break;
            case StorageType.Int64 when counter is NumberCounter { Type: StorageType.Int64 } number:
                if (!number.IsCounted) number.Widen(column.Int64s);
                else foreach (var value in column.Int64s) number.Add(value);
                break;
            case StorageType.Int64:
                foreach (var value in column.Int64s) AddNumber(counter, value, StorageType.Int64);
                break;
            default:
                var fractions = (NumberCounter)counter;
                foreach (var value in column.Float64s) fractions.Add(BitConverter.DoubleToInt64Bits(value));
                break;
        }
    }

    private static void AddNumber(ColumnCounter counter, long bits, StorageType type)
    {
        if (counter is TextCounter text) text.Add(NumberCounter.TextOf(type, bits)!, 1);
        else ((NumberCounter)counter).Add(Widened(bits, type, counter.Type));
    }

    private static void AddText(TextCounter counter, ColumnStatistics column)
    {
        // The texts of an id column are its hex, those of a Float64 column are the engine's to write: neither is made here.
        if (column.Type is StorageType.Id or StorageType.Float64 || (column.Values is null && column.Range is not ColumnRange.OfText))
        {
            counter.Spoil();
            return;
        }

        if (column.Values is null)
        {
            var range = (ColumnRange.OfText)column.Range!;
            counter.Add(range.Min, 0);
            counter.Add(range.Max, 0);
            counter.DropValues();
            return;
        }

        for (var i = 0; i < column.Values.Length; i++)
        {
            if (column.Type == StorageType.String) counter.Add(column.Values.Text(i), column.Values.Counts[i]);
            else counter.Add(NumberCounter.TextOf(column.Type, column.Values.Bits(i))!, column.Values.Counts[i]);
        }
    }

    private static void AddNumber(NumberCounter counter, ColumnStatistics column)
    {
        switch (column.Range)
        {
            case ColumnRange.OfInt64 range when counter.Type == StorageType.Float64: counter.AddRange(range.Min, (double)range.Max, hasNaN: false); break;
            case ColumnRange.OfInt64 range: counter.AddRange(range.Min, range.Max); break;
            case ColumnRange.OfFloat64 range: counter.AddRange(range.Min, range.Max, range.HasNaN); break;
            default: counter.Spoil(); break;
        }

        if (column.Values is not { } values) counter.DropValues();
        else for (var i = 0; i < values.Length; i++) counter.Add(Widened(values.Bits(i), column.Type, counter.Type), values.Counts[i]);
    }

    private static long Widened(long bits, StorageType from, StorageType to) =>
        from == StorageType.Int64 && to == StorageType.Float64 ? BitConverter.DoubleToInt64Bits(bits) : bits;

    private static long Bits(DataChunkReader chunk, int column, int row, StorageType type) => type switch
    {
        StorageType.Bool => chunk.Values<byte>(column)[row],
        StorageType.Int64 => chunk.Values<long>(column)[row],
        _ => BitConverter.DoubleToInt64Bits(chunk.Values<double>(column)[row]),
    };
}
