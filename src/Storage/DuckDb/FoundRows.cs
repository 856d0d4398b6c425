using System.Collections.Immutable;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Events of a segment that were found by what they hold, read by their place in the file. A query about few of many events has several statements, for each of which the engine
/// would decode whole columns. Here the columns that a statement names are read at the rows found, and the statement sees these events as it sees those in memory.
/// </summary>
internal sealed class FoundRows : IDisposable
{
    private readonly Segment _segment;
    private readonly SegmentReader _reader;
    private readonly RowBudget _budget;
    private readonly List<(int Group, int[] Rows)> _found;
    private readonly Dictionary<string, ColumnBuffer> _columns = new(StringComparer.Ordinal);
    private readonly Lazy<long[]> _seqs;

    /// <param name="segment">The segment, leased.</param>
    /// <param name="reader">Reads its file; disposed with this.</param>
    /// <param name="found">Row groups with the rows that were found there, both ascending.</param>
    /// <param name="budget">Takes the text that is read.</param>
    public FoundRows(Segment segment, SegmentReader reader, List<(int Group, int[] Rows)> found, RowBudget budget)
    {
        (_segment, _reader, _found, _budget) = (segment, reader, found, budget);
        Count = found.Sum(f => f.Rows.Length);
        _seqs = new Lazy<long[]>(() => ReadNumbers(RelationText.SeqColumn));
    }

    /// <summary>Events found.</summary>
    public int Count { get; }

    public void Dispose() => _reader.Dispose();

    /// <summary>The events with some columns, for a scan; null when the engine has to read them.</summary>
    /// <param name="columns">The columns, numbered as a scan numbers them. Those that the segment does not have so are left out.</param>
    public HotBatch? Read(ImmutableArray<HotColumn> columns)
    {
        try
        {
            var buffers = columns.Where(c => _segment.Columns.TryGetValue(c.Name, out var stored) && stored.Type == c.Type).Select(c => Column(_segment.Columns[c.Name])).ToList();
            var batch = BatchLayout.Build(buffers, Count, _segment.Footer.MinTime, _segment.Footer.MaxTime);
            return new HotBatch(batch, 0, [.. batch.Columns.Select(b => columns.First(c => c.Name == b.Name && c.Type == b.Type).Number)]) { Seqs = _seqs };
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            return null;
        }
    }

    /// <summary>The time and the number of each event; null when the engine has to read them.</summary>
    public (long[] Times, long[] Seqs)? ReadKeys()
    {
        try
        {
            return (ReadNumbers(WellKnownColumns.Time), _seqs.Value);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            return null;
        }
    }

    /// <summary>Some of the events with the columns of some names; null when the engine has to read them.</summary>
    /// <param name="names">The names. Those that the segment does not have are left out.</param>
    /// <param name="events">Places of events among those that were found, ascending.</param>
    public EventBatch? Read(IEnumerable<string> names, int[] events)
    {
        try
        {
            var places = Only(events);
            var buffers = new List<ColumnBuffer>();
            foreach (var name in names)
                if (_segment.Columns.TryGetValue(name, out var column)) buffers.Add(Read(column, places));
            return BatchLayout.Build(buffers, events.Length, _segment.Footer.MinTime, _segment.Footer.MaxTime);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            return null;
        }
    }

    /// <summary>The rows of some of the events.</summary>
    private List<(int Group, int[] Rows)> Only(int[] events)
    {
        if (events.Length == Count) return _found;
        var only = new List<(int Group, int[] Rows)>();
        var (next, before) = (0, 0);
        foreach (var (group, rows) in _found)
        {
            var first = next;
            while (next < events.Length && events[next] < before + rows.Length) next++;
            if (next > first) only.Add((group, Array.ConvertAll(events[first..next], e => rows[e - before])));
            before += rows.Length;
        }

        return only;
    }

    private ColumnBuffer Column(SegmentColumn column)
    {
        if (!_columns.TryGetValue(column.Name, out var buffer)) _columns.Add(column.Name, buffer = Read(column, _found));
        return buffer;
    }

    private ColumnBuffer Read(SegmentColumn column, List<(int Group, int[] Rows)> places)
    {
        var buffer = new ColumnBuffer(column.Name, column.Type);
        Read(_reader.Column(column.StoredAs, PhysicalTypes.Of(column)), places, buffer, column.IsScaled ? CodedValues.Unscale : null);
        return _budget.TryTakeText(buffer.HeapLength) ? buffer : throw new InvalidDataException("the events have too much text");
    }

    private long[] ReadNumbers(string storedAs)
    {
        var numbers = new long[Count];
        var next = 0;
        Read(_reader.Column(storedAs, PhysicalType.Int64), _found, new ColumnBuffer(storedAs, StorageType.Int64), number => numbers[next++] = number);
        return next == Count ? numbers : throw new InvalidDataException("events lack a time or a number");
    }

    private void Read(ParquetColumn column, List<(int Group, int[] Rows)> places, ColumnBuffer target, Func<long, long>? convert)
    {
        var row = 0;
        foreach (var (group, rows) in places)
        {
            _reader.Read(group, column, rows, target, row, convert);
            row += rows.Length;
        }
    }
}
