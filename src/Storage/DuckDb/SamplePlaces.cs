using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;
using Storage.Compile;
using Storage.DuckDb.Parquet;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// Where the events of a sample lie, so that their columns are read there: the engine makes vectors of every value of a row group, whatever is taken of it,
/// and that once for each column. Finds the events by their numbers; reads what is stored as it is seen, or as something narrower.
/// </summary>
internal sealed class SamplePlaces : IDisposable
{
    private readonly List<(GroupSource Source, int[] Rows)> _groups = [];
    private readonly List<(ILookup<string, BatchColumn> Columns, int[] Rows)> _batches = [];
    private readonly List<SafeFileHandle> _files = [];
    private readonly int[] _order;
    private bool _isOrdered = true;

    private SamplePlaces(int count) => _order = new int[count];

    /// <summary>Finds events; null when the engine has to read them: a file is not as ours are, or is compressed for size and has no places.</summary>
    /// <param name="state">The store, leased.</param>
    /// <param name="seqs">The numbers of the events.</param>
    /// <param name="windows">In which they all are.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static SamplePlaces? Find(StoreState state, long[] seqs, IReadOnlyList<TimeWindow> windows, CancellationToken cancellationToken)
    {
        var places = new SamplePlaces(seqs.Length);
        try
        {
            if (places.Find(state, new SeqPlaces(seqs), windows, cancellationToken)) return places;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // The engine reads it, or says what is wrong with it.
        }
        catch
        {
            places.Dispose();
            throw;
        }

        places.Dispose();
        return null;
    }

    /// <summary>Reads columns of the events, in the order of the numbers they were found by; null when the engine has to.</summary>
    public ImmutableArray<SampleColumn>? Read(ImmutableArray<BoundColumn> columns, CancellationToken cancellationToken)
    {
        if (!columns.All(CanRead)) return null;
        var read = new SampleColumn[columns.Length];
        try
        {
            // One column at a time for each processor: they differ in what they take.
            var places = Partitioner.Create(Enumerable.Range(0, columns.Length), EnumerablePartitionerOptions.NoBuffering);
            Parallel.ForEach(places, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
                i => read[i] = Read(columns[i], cancellationToken));
        }
        catch (AggregateException e) when (e.InnerExceptions.Any(i => i is OperationCanceledException))
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AggregateException e) when (IsUnreadable(e))
        {
            return null;
        }

        return [.. read];
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private static bool IsUnreadable(Exception e) =>
        ChunkReader.IsUnreadable(e) || e is UnauthorizedAccessException || (e is AggregateException all && all.InnerExceptions.All(IsUnreadable));

    private bool Find(StoreState state, SeqPlaces wanted, IReadOnlyList<TimeWindow> windows, CancellationToken cancellationToken)
    {
        if (TryFind(state, wanted, windows, isNear: true, cancellationToken)) return true;
        _groups.Clear();
        _batches.Clear();
        _isOrdered = true;
        return TryFind(state, wanted, windows, isNear: false, cancellationToken);
    }

    /// <param name="isNear">Whether rows are looked at only where their times should be; else all of the row groups that may have one.</param>
    private bool TryFind(StoreState state, SeqPlaces wanted, IReadOnlyList<TimeWindow> windows, bool isNear, CancellationToken cancellationToken)
    {
        var found = 0;
        var sources = new List<GroupSource>();
        foreach (var segment in state.Segments.Where(s => windows.Any(w => w.Touches(s.Footer.MinTime, s.Footer.MaxTime))))
        {
            var file = File.OpenHandle(segment.Path);
            _files.Add(file);
            var layout = segment.Layout(file, cancellationToken);
            for (var group = 0; group < layout.GroupCount; group++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!windows.Any(w => w.Touches(layout.Times[group].Least, layout.Times[group].Most))) continue;
                if (layout.Places?.Group(file, group, layout.Columns.Count) is not { } places) return false;
                sources.Add(new GroupSource(segment, file, layout, group, places));
            }
        }

        IReadOnlyList<TimeWindow> near = isNear ? windows : [TimeWindow.All];
        foreach (var (source, events) in sources.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(s => (s, Find(s, wanted, near))))
        {
            var rows = new List<int>(events.Count);
            foreach (var (row, place) in events) Take(row, place, rows, ref found);
            if (rows.Count > 0) _groups.Add((source, [.. rows]));
        }

        foreach (var hot in state.Hot.SelectMany(view => view.Batches).Where(b => windows.Any(w => w.Touches(b.Batch.MinTimeUnixNs, b.Batch.MaxTimeUnixNs))))
        {
            var rows = new List<int>();
            for (var row = 0; row < hot.Batch.Count; row++)
                if (wanted.Find(hot.Seqs is { } seqs ? seqs.Value[row] : hot.FirstSeq + row) is var place and >= 0) Take(row, place, rows, ref found);
            if (rows.Count > 0) _batches.Add((hot.Batch.Columns.ToLookup(c => c.Name, StringComparer.Ordinal), [.. rows]));
        }

        return found == _order.Length;
    }

    /// <summary>The rows of a row group that have one of the numbers, and the places of these.</summary>
    private static List<(int Row, int Place)> Find(GroupSource source, SeqPlaces wanted, IReadOnlyList<TimeWindow> windows)
    {
        var found = new List<(int Row, int Place)>();
        var column = source.Place(RelationText.SeqColumn, PhysicalType.Int64);
        var near = source.Near(windows);
        foreach (var values in source.Places.Of(column).Pages)
        {
            if (values.Encoding != PageEncoding.DeltaBinaryPacked || values.Values != values.Rows) throw new InvalidDataException("events lack a number");
            using var page = new SparsePage(source.File, source.Layout.Chunk(source.Group, column), values.Page);
            foreach (var (start, end) in near)
            {
                var (first, last) = (Math.Max(start, values.FirstRow) - values.FirstRow, Math.Min(end, values.FirstRow + values.Rows) - values.FirstRow - 1);
                if (last < first) continue;
                var seqs = PlaceReader.Differences(values, page, first, last);
                for (var row = first; row <= last; row++)
                {
                    seqs.MoveTo(row);
                    if (wanted.Find(seqs.Value) is var place and >= 0) found.Add((values.FirstRow + row, place));
                }
            }
        }

        return found;
    }

    // An event that is there twice would be read twice, and no longer belong to its number.
    private void Take(int row, int place, List<int> rows, ref int found)
    {
        if (found == _order.Length) throw new InvalidDataException("events have the same number");
        rows.Add(row);
        _isOrdered &= place == found;
        _order[place] = found++;
    }

    private bool CanRead(BoundColumn column) => column.IsStored
        && _groups.TrueForAll(g => !g.Source.Segment.Columns.TryGetValue(column.Name, out var stored) || CodedValues.CanWiden(stored.Type, column.Type))
        && _batches.TrueForAll(b => b.Columns[column.Name].Take(2).Count() <= 1 && b.Columns[column.Name].All(c => CodedValues.CanWiden(c.Type, column.Type)));

    private SampleColumn Read(BoundColumn column, CancellationToken cancellationToken)
    {
        var builder = new SampleColumnBuilder(column.Name, column.Type, EventSample.MaxValues, _order.Length);
        foreach (var (source, rows) in _groups)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!source.Segment.Columns.TryGetValue(column.Name, out var stored))
            {
                new CodedValues(builder, StorageType.String, isScaled: false).AddMissing(rows.Length);
                continue;
            }

            var place = source.Place(stored.StoredAs, PhysicalTypes.Of(stored));
            using var stretches = new StretchReader(source.File, place, source.Layout.Chunk(source.Group, place), source.Places.Of(place));
            stretches.Read(rows, new CodedValues(builder, stored.Type, stored.IsScaled));
        }

        foreach (var (stored, rows) in _batches)
        {
            if (stored[column.Name].Select(c => (BatchColumn?)c).FirstOrDefault() is { } only) Read(only, rows, new CodedValues(builder, only.Type, isScaled: false));
            else new CodedValues(builder, StorageType.String, isScaled: false).AddMissing(rows.Length);
        }

        return builder.ToColumn(_isOrdered ? null : _order);
    }

    private static void Read(BatchColumn column, int[] rows, CodedValues target)
    {
        // Views of the batch are made once and not for each value.
        var (type, dense) = (column.Type, column.IsDense);
        var present = column.Rows;
        var bools = type == StorageType.Bool ? column.Bools : [];
        var integers = type == StorageType.Int64 ? column.Int64s : [];
        var fractions = type == StorageType.Float64 ? column.Float64s : [];
        var slices = type is StorageType.String or StorageType.Id ? column.Slices : [];
        var heap = type is StorageType.String or StorageType.Id ? column.Heap : [];
        var (codes, which) = (new int[rows.Length], new int[rows.Length]);
        var (found, value) = (0, 0);
        for (var i = 0; i < rows.Length; i++)
        {
            if (dense)
            {
                value = rows[i];
            }
            else
            {
                while (value < present.Length && present[value] < rows[i]) value++;
                if (value == present.Length) break;
                if (present[value] != rows[i]) continue;
            }

            which[found] = i;
            codes[found++] = type switch
            {
                StorageType.Bool => target.CodeOf(bools[value] ? 1 : 0),
                StorageType.Int64 => target.CodeOf(integers[value]),
                StorageType.Float64 => target.CodeOf(BitConverter.DoubleToInt64Bits(fractions[value])),
                _ => target.CodeOf(heap.Slice(slices[value].Offset, slices[value].Length)),
            };
        }

        target.Add(codes.AsSpan(0, found), which.AsSpan(0, found), rows.Length);
    }

    /// <summary>A row group of a segment.</summary>
    private sealed record GroupSource(Segment Segment, SafeFileHandle File, ParquetLayout Layout, int Group, GroupPlaces Places)
    {
        public ParquetColumn Place(string storedAs, PhysicalType type) =>
            Layout.Columns.TryGetValue(storedAs, out var column) && column.Type == type ? column : throw new InvalidDataException("the file has other columns than its segment");

        /// <summary>
        /// Rows whose times may be in windows, by the times at the marks, as if those between two marks lay between their times: so they do where
        /// rows are in the order of time, and nearly where they are in the order of arrival.
        /// </summary>
        public List<(int Start, int End)> Near(IReadOnlyList<TimeWindow> windows)
        {
            var near = new List<(int Start, int End)>();
            foreach (var page in Places.Of(Place(WellKnownColumns.Time, PhysicalType.Int64)).Pages)
            {
                var (row, time) = (page.FirstRow, page.FirstRow == 0 ? Layout.Times[Group].Least : long.MinValue);
                var isMarked = page.Encoding == PageEncoding.DeltaBinaryPacked && page.Values == page.Rows;
                foreach (var mark in isMarked ? page.Marks : [])
                {
                    Add(row, page.FirstRow + mark.Index, Math.Min(time, mark.Value), Math.Max(time, mark.Value));
                    (row, time) = (page.FirstRow + mark.Index, mark.Value);
                }

                Add(row, page.FirstRow + page.Rows, isMarked ? Math.Min(time, Layout.Times[Group].Most) : long.MinValue, Layout.Times[Group].Most);
            }

            return near;

            void Add(int start, int end, long least, long most)
            {
                if (!windows.Any(w => w.Touches(least, most))) return;
                if (near.Count > 0 && near[^1].End == start) near[^1] = (near[^1].Start, end);
                else near.Add((start, end));
            }
        }
    }
}
