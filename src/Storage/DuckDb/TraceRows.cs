using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// The events of some traces in a segment, found and read by their place in the file. A listing has three statements; each would have the
/// engine read the column of trace ids of a whole segment. Here the ids of the row groups that may have a trace are looked at
/// once, the columns that a statement names are read at the rows found, and the statement sees these events as it sees those in memory.
/// </summary>
internal sealed class TraceRows : IDisposable
{
    /// <summary>A trace with more events in one segment is left to the engine.</summary>
    private const int MaxRows = 10_000;

    /// <summary>As are events with more text.</summary>
    private const int MaxTextBytes = 64 << 20;

    private readonly Segment _segment;
    private readonly SafeFileHandle _file;
    private readonly ParquetLayout _layout;
    private readonly List<(int Group, int[] Rows)> _found = [];
    private readonly Dictionary<string, ColumnBuffer> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<int, GroupPlaces> _places = [];
    private long[]? _seqs;

    private TraceRows(Segment segment, SafeFileHandle file)
    {
        _segment = segment;
        _file = file;
        _layout = segment.Layout(file);
    }

    /// <summary>Events found.</summary>
    public int Count { get; private set; }

    /// <summary>Finds the events of traces; null when the engine has to: the file is not as we expect, or there are too many.</summary>
    /// <param name="segment">The segment, leased.</param>
    /// <param name="ids">The traces.</param>
    public static TraceRows? Find(Segment segment, IReadOnlyList<byte[]> ids)
    {
        if (!segment.Columns.TryGetValue(WellKnownColumns.TraceId, out var column) || column.Type != StorageType.Id) return null;
        TraceRows? rows = null;
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(segment.Path);
            rows = new TraceRows(segment, file);
            if (rows.Find(column, ids)) return rows;
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            // The engine reads it, or says what is wrong with it.
        }

        file?.Dispose();
        return null;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The events with some columns, for a scan; null when the engine has to read them.</summary>
    /// <param name="columns">The columns, numbered as a scan numbers them. Those that the segment does not have so are left out.</param>
    public HotBatch? Read(ImmutableArray<HotColumn> columns)
    {
        try
        {
            _seqs ??= ReadNumbers(RelationText.SeqColumn);
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
            return (ReadNumbers(WellKnownColumns.Time), _seqs ??= ReadNumbers(RelationText.SeqColumn));
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
                if (_segment.Columns.TryGetValue(name, out var column)) buffers.Add(Read(column, places, buffers));
            return BatchLayout.Build(buffers, events.Length, _segment.Footer.MinTime, _segment.Footer.MaxTime);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            return null;
        }
    }

    private bool Find(SegmentColumn column, IReadOnlyList<byte[]> ids)
    {
        var place = Place(column.StoredAs, PhysicalType.ByteArray);
        for (var group = 0; group < _layout.GroupCount; group++)
        {
            var (first, end) = (_layout.FirstRows[group], _layout.FirstRows[group + 1]);
            if (_segment.Statistics.Traces is { } traces && !ids.Any(id => traces.MayContain(TraceFilter.KeyOf(id), first, end))) continue;
            var rows = Find(group, place, ids);
            if (rows.Length == 0) continue;
            _found.Add((group, rows));
            Count += rows.Length;
            if (Count > MaxRows) return false;
        }

        return true;
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

    private int[] Find(int group, ParquetColumn column, IReadOnlyList<byte[]> ids)
    {
        if (Places(group, column) is { } places)
        {
            using var reader = new PlaceReader(_file, column, _layout.Chunk(group, column), places);
            return [.. ids.SelectMany(id => reader.Find(id)).Distinct().Order()];
        }

        using var chunk = new ChunkReader(_file, column, _layout.Chunk(group, column));
        return [.. ids.SelectMany(chunk.Find).Distinct().Order()];
    }

    /// <summary>Where the values of a column are; null when the file does not say.</summary>
    private ChunkPlaces? Places(int group, ParquetColumn column)
    {
        if (_layout.Places is not { } directory) return null;
        if (!_places.TryGetValue(group, out var places)) _places.Add(group, places = directory.Group(_file, group, _layout.Columns.Count));
        return places.Of(column);
    }

    private ColumnBuffer Column(SegmentColumn column)
    {
        if (!_columns.TryGetValue(column.Name, out var buffer)) _columns.Add(column.Name, buffer = Read(column, _found, _columns.Values));
        return buffer;
    }

    private ColumnBuffer Read(SegmentColumn column, List<(int Group, int[] Rows)> places, IReadOnlyCollection<ColumnBuffer> others)
    {
        var buffer = new ColumnBuffer(column.Name, column.Type);
        Read(Place(column.StoredAs, PhysicalTypes.Of(column)), places, buffer, column.IsScaled ? CodedValues.Unscale : null);
        return others.Sum(c => (long)c.HeapLength) + buffer.HeapLength <= MaxTextBytes ? buffer : throw new InvalidDataException("the events have too much text");
    }

    private long[] ReadNumbers(string storedAs)
    {
        var numbers = new long[Count];
        var next = 0;
        Read(Place(storedAs, PhysicalType.Int64), _found, new ColumnBuffer(storedAs, StorageType.Int64), number => numbers[next++] = number);
        return next == Count ? numbers : throw new InvalidDataException("events lack a time or a number");
    }

    private void Read(ParquetColumn column, List<(int Group, int[] Rows)> places, ColumnBuffer target, Func<long, long>? convert)
    {
        var row = 0;
        foreach (var (group, rows) in places)
        {
            if (Places(group, column) is { } known)
            {
                using var reader = new PlaceReader(_file, column, _layout.Chunk(group, column), known);
                reader.Read(rows, target, row, convert);
            }
            else
            {
                using var chunk = new ChunkReader(_file, column, _layout.Chunk(group, column));
                chunk.Read(rows, target, row, convert);
            }

            row += rows.Length;
        }
    }

    private ParquetColumn Place(string storedAs, PhysicalType type) =>
        _layout.Columns.TryGetValue(storedAs, out var column) && column.Type == type ? column : throw new InvalidDataException("the file has other columns than its segment");
}
