using System.Collections.Immutable;
using Storage.DuckDb.Parquet;
using Storage.Events;
using Storage.Queries;

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
    private readonly Lazy<long[]> _times;
    private readonly Lazy<long[]> _seqs;

    /// <param name="segment">The segment, leased.</param>
    /// <param name="reader">Reads its file; disposed with this.</param>
    /// <param name="found">Row groups with the rows that were found there, both ascending.</param>
    /// <param name="budget">Takes the text that is read.</param>
    public FoundRows(Segment segment, SegmentReader reader, List<(int Group, int[] Rows)> found, RowBudget budget)
    {
        (_segment, _reader, _found, _budget) = (segment, reader, found, budget);
        Count = found.Sum(f => f.Rows.Length);
        _times = new Lazy<long[]>(() => ReadNumbers(WellKnownColumns.Time));
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
            // Times and numbers are read once a statement asks for them: many do not.
            var stored = columns.Where(c => c.Name != WellKnownColumns.Time).Select(c => _segment.Columns.GetValueOrDefault(c.Name) is { } s && s.Type == c.Type ? s : null).OfType<SegmentColumn>().ToArray();
            Load([.. stored.Where(c => !_columns.ContainsKey(c.Name))]);
            var batch = BatchLayout.Build([.. stored.Select(c => _columns[c.Name])], Count, _segment.Footer.MinTime, _segment.Footer.MaxTime);
            return new HotBatch(batch, 0, [.. batch.Columns.Select(b => columns.First(c => c.Name == b.Name && c.Type == b.Type).Number)]) { Times = _times, Seqs = _seqs };
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e) || (e is AggregateException all && all.InnerExceptions.All(ChunkReader.IsUnreadable)))
        {
            return null;
        }
    }

    /// <summary>Those of the events that are in a window; null when the engine has to find them. The file is closed with these.</summary>
    public FoundRows? Within(TimeWindow window)
    {
        if (ReadKeys() is not var (times, _)) return null;
        int[] events = [.. Enumerable.Range(0, Count).Where(i => window.Touches(times[i], times[i]))];
        return events.Length == Count ? this : new FoundRows(_segment, _reader, Only(events), _budget);
    }

    /// <summary>The time and the number of each event; null when the engine has to read them.</summary>
    public (long[] Times, long[] Seqs)? ReadKeys()
    {
        try
        {
            return (_times.Value, _seqs.Value);
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
            var (buffers, memory) = (new List<ColumnBuffer>(), new ColumnMemory());
            foreach (var name in names)
                if (_segment.Columns.TryGetValue(name, out var column)) buffers.Add(Read(column, places, memory));
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

    private void Load(SegmentColumn[] columns)
    {
        var read = new ColumnBuffer[columns.Length];
        Parallel.For(0, columns.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => read[i] = Read(columns[i], _found));
        foreach (var buffer in read) _columns.Add(buffer.Name, buffer);
    }

    private ColumnBuffer Read(SegmentColumn column, List<(int Group, int[] Rows)> places, ColumnMemory? memory = null)
    {
        var buffer = new ColumnBuffer(column.Name, column.Type, memory);
        Read(_reader.Column(column.StoredAs, PhysicalTypes.Of(column)), places, buffer, column.IsScaled ? CodedValues.Unscale : null);
        return buffer;
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
            var before = target.HeapLength;
            _reader.Read(group, column, rows, target, row, convert);
            if (!_budget.TryTakeText(target.HeapLength - before)) throw new InvalidDataException("the events have too much text");
            row += rows.Length;
        }
    }
}
