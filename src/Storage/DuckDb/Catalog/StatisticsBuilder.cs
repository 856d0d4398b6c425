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
    private readonly ColumnCounter[] _counters;
    private readonly List<int> _places = [];
    private int[] _counts = [];
    private int[] _lengths = [];

    /// <param name="columns">The columns of the segment.</param>
    public StatisticsBuilder(ImmutableArray<SegmentColumn> columns)
    {
        _counters = [.. columns.Select(c => ColumnCounter.Of(c.Name, c.Type))];
        foreach (var counter in _counters) _columns.Add(counter.Name, counter);
    }

    /// <summary>The traces of the segment.</summary>
    public StripesBuilder Traces { get; } = new();

    /// <summary>Adds the events of a batch.</summary>
    /// <param name="hot">The batch; its columns are among those of the segment, perhaps in narrower types.</param>
    /// <param name="places">For the number of each of its columns the column's place in the segment.</param>
    public void Add(HotBatch hot, ReadOnlySpan<int> places)
    {
        Traces.Begin(hot.Batch.Count);
        for (var i = 0; i < hot.Columns.Length; i++)
        {
            var column = hot.Batch.Columns[i];
            var counter = _counters[places[hot.Columns[i]]];
            counter.Count += column.ValueCount;
            if (column.Type is StorageType.String or StorageType.Id)
            {
                AddTexts(counter, column);
                continue;
            }

            AddNumbers(counter, column);
            // A number as trace id is seen as text; the filter knows only what is stored as one.
            if (counter.Name == WellKnownColumns.TraceId) Traces.Forget();
        }

        ValueBudget.DropLongest(_counters);
    }

    /// <summary>Adds the events of one kind from a batch that holds several.</summary>
    /// <param name="hot">The batch.</param>
    /// <param name="places">For the number of each of its columns the column's place in the segment.</param>
    /// <param name="kinds">The kind of each of its events.</param>
    /// <param name="wanted">The kind of those that are added.</param>
    public void Add(HotBatch hot, ReadOnlySpan<int> places, SignalKind[] kinds, SignalKind wanted)
    {
        Traces.Begin(kinds.Count(kind => kind == wanted));
        for (var c = 0; c < hot.Columns.Length; c++)
        {
            var column = hot.Batch.Columns[c];
            var counter = _counters[places[hot.Columns[c]]];
            for (var i = 0; i < column.ValueCount; i++)
            {
                if (kinds[column.IsDense ? i : column.Rows[i]] != wanted) continue;
                counter.Count++;
                AddOne(counter, column, i);
            }
        }

        ValueBudget.DropLongest(_counters);
    }

    /// <summary>Events so far that have a value of the column.</summary>
    public long CountOf(string column) => _columns.TryGetValue(column, out var counter) ? counter.Count : 0;

    /// <summary>True when every value of a Float64 column is a millionth part of an integer, and comes back from it as it was.</summary>
    public bool IsScaled(string column) => _columns[column] is NumberCounter { Type: StorageType.Float64, IsScaled: true };

    /// <summary>Adds the columns of a segment that is merged into this one. Its traces are added to <see cref="Traces"/>.</summary>
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

    /// <param name="events">Events of the segment.</param>
    public SegmentStatistics Build(long events)
    {
        ValueBudget.DropBeyondBound(_counters);
        return new SegmentStatistics(events, _counters.Where(c => c.Count > 0).Select(c => c.ToStatistics()), Traces.Build());
    }

    private void AddOne(ColumnCounter counter, BatchColumn column, int i)
    {
        switch (column.Type)
        {
            case StorageType.String or StorageType.Id:
                var slice = column.Slices[i];
                var bytes = column.Heap.Slice(slice.Offset, slice.Length);
                if (column.Name == WellKnownColumns.TraceId) Traces.Add(bytes, column.Type);
                if (counter is TextCounter text) AddText(text, bytes, 1, column.Type);
                return;
            case StorageType.Bool: AddNumber(counter, column.Bools[i] ? 1 : 0, StorageType.Bool); break;
            case StorageType.Int64: AddNumber(counter, column.Int64s[i], StorageType.Int64); break;
            default:
                if (counter is TextCounter fractions) fractions.Spoil();
                else ((NumberCounter)counter).Add(BitConverter.DoubleToInt64Bits(column.Float64s[i]));
                break;
        }

        if (column.Name == WellKnownColumns.TraceId) Traces.Forget();
    }

    private void AddTexts(ColumnCounter counter, BatchColumn column)
    {
        var isTrace = counter.Name == WellKnownColumns.TraceId;
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
            if (isTrace) Traces.Add(bytes, column.Type);
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
                if (column.Name == WellKnownColumns.TraceId) Traces.Add(bytes, column.Type);
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
