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
    private readonly List<(Segment Segment, SafeFileHandle File, ParquetLayout Layout, int Group, GroupPlaces Places, int[] Rows)> _groups = [];
    private readonly List<(EventBatch Batch, int[] Rows)> _batches = [];
    private readonly List<SafeFileHandle> _files = [];
    private readonly int[] _order;

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
            Parallel.For(0, columns.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
                i => read[i] = Read(columns[i], cancellationToken));
        }
        catch (AggregateException e) when (e.InnerExceptions.Any(i => i is OperationCanceledException))
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AggregateException e) when (e.InnerExceptions.All(IsUnreadable))
        {
            return null;
        }

        return [.. read];
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private static bool IsUnreadable(Exception e) => ChunkReader.IsUnreadable(e) || e is UnauthorizedAccessException;

    private bool Find(StoreState state, SeqPlaces wanted, IReadOnlyList<TimeWindow> windows, CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var segment in state.Segments.Where(s => windows.Any(w => w.Touches(s.Footer.MinTime, s.Footer.MaxTime))))
        {
            var file = File.OpenHandle(segment.Path);
            _files.Add(file);
            var layout = segment.Layout(file);
            for (var group = 0; group < layout.GroupCount && found < _order.Length; group++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (least, most) = layout.Times[group];
                if (!windows.Any(w => w.Touches(least, most))) continue;
                var rows = Find(file, layout, group, wanted, ref found);
                if (rows.Length == 0) continue;
                if (layout.Places is not { } places) return false;
                _groups.Add((segment, file, layout, group, places.Group(file, group, layout.Columns.Count), rows));
            }
        }

        foreach (var hot in state.Hot.SelectMany(view => view.Batches).Where(b => windows.Any(w => w.Touches(b.Batch.MinTimeUnixNs, b.Batch.MaxTimeUnixNs))))
        {
            var rows = new List<int>();
            for (var row = 0; row < hot.Batch.Count; row++)
                if (wanted.Find(hot.Seqs is { } seqs ? seqs.Value[row] : hot.FirstSeq + row) is var place and >= 0) Take(row, place, rows, ref found);
            if (rows.Count > 0) _batches.Add((hot.Batch, [.. rows]));
        }

        return found == _order.Length;
    }

    private int[] Find(SafeFileHandle file, ParquetLayout layout, int group, SeqPlaces wanted, ref int found)
    {
        var column = Place(layout, RelationText.SeqColumn, PhysicalType.Int64);
        var rows = new List<int>();
        using var chunk = new ChunkPages(file, column, layout.Chunk(group, column));
        for (var number = 0; number < chunk.PageCount; number++)
        {
            using var page = chunk.Decode(number, convert: null);
            if (page.Values != page.Rows) throw new InvalidDataException("events lack a number");
            var seqs = page.Numbers.AsSpan(0, page.Values);
            for (var row = 0; row < seqs.Length; row++)
                if (wanted.Find(seqs[row]) is var place and >= 0) Take(page.FirstRow + row, place, rows, ref found);
        }

        return [.. rows];
    }

    // An event that is there twice would be read twice, and no longer belong to its number.
    private void Take(int row, int place, List<int> rows, ref int found)
    {
        if (found == _order.Length) throw new InvalidDataException("events have the same number");
        rows.Add(row);
        _order[place] = found++;
    }

    private bool CanRead(BoundColumn column) => column.IsStored
        && _groups.TrueForAll(g => !g.Segment.Columns.TryGetValue(column.Name, out var stored) || CodedValues.CanWiden(stored.Type, column.Type))
        && _batches.TrueForAll(b => b.Batch.Columns.Count(c => c.Name == column.Name) <= 1 && b.Batch.Columns.Where(c => c.Name == column.Name).All(c => CodedValues.CanWiden(c.Type, column.Type)));

    private SampleColumn Read(BoundColumn column, CancellationToken cancellationToken)
    {
        var builder = new SampleColumnBuilder(column.Name, column.Type, EventSample.MaxValues);
        foreach (var (segment, file, layout, group, places, rows) in _groups)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!segment.Columns.TryGetValue(column.Name, out var stored))
            {
                new CodedValues(builder, StorageType.String, isScaled: false).AddMissing(rows.Length);
                continue;
            }

            var place = Place(layout, stored.StoredAs, PhysicalTypes.Of(stored));
            using var stretches = new StretchReader(file, place, layout.Chunk(group, place), places.Of(place));
            stretches.Read(rows, new CodedValues(builder, stored.Type, stored.IsScaled));
        }

        foreach (var (batch, rows) in _batches)
        {
            if (batch.Columns.FirstOrDefault(c => c.Name == column.Name) is { } stored) Read(stored, rows, new CodedValues(builder, stored.Type, isScaled: false));
            else new CodedValues(builder, StorageType.String, isScaled: false).AddMissing(rows.Length);
        }

        return builder.ToColumn(_order);
    }

    private static void Read(BatchColumn column, int[] rows, CodedValues target)
    {
        var (codes, which) = (new int[rows.Length], new int[rows.Length]);
        var (found, value) = (0, 0);
        for (var i = 0; i < rows.Length; i++)
        {
            if (column.IsDense) value = rows[i];
            else while (value < column.ValueCount && column.Rows[value] < rows[i]) value++;
            if (!column.IsDense && (value == column.ValueCount || column.Rows[value] != rows[i])) continue;
            which[found] = i;
            codes[found++] = column.Type switch
            {
                StorageType.Bool => target.CodeOf(column.Bools[value] ? 1 : 0),
                StorageType.Int64 => target.CodeOf(column.Int64s[value]),
                StorageType.Float64 => target.CodeOf(BitConverter.DoubleToInt64Bits(column.Float64s[value])),
                _ => target.CodeOf(column.Heap.Slice(column.Slices[value].Offset, column.Slices[value].Length)),
            };
        }

        target.Add(codes.AsSpan(0, found), which.AsSpan(0, found), rows.Length);
    }

    private static ParquetColumn Place(ParquetLayout layout, string storedAs, PhysicalType type) =>
        layout.Columns.TryGetValue(storedAs, out var column) && column.Type == type ? column : throw new InvalidDataException("the file has other columns than its segment");

    /// <summary>The places of numbers in an array.</summary>
    private sealed class SeqPlaces
    {
        private readonly long[] _seqs;
        private readonly int[] _slots;
        private readonly int _shift;
        private readonly long _least = long.MaxValue;
        private readonly long _most = long.MinValue;

        public SeqPlaces(long[] seqs)
        {
            _seqs = seqs;
            var bits = Math.Max(4, System.Numerics.BitOperations.Log2((uint)Math.Max(1, seqs.Length)) + 2);
            (_slots, _shift) = (new int[1 << bits], 64 - bits);
            for (var i = 0; i < seqs.Length; i++)
            {
                (_least, _most) = (Math.Min(_least, seqs[i]), Math.Max(_most, seqs[i]));
                var slot = SlotOf(seqs[i]);
                while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
                _slots[slot] = i + 1;
            }
        }

        /// <summary>The place of a number; -1 when it is none of them.</summary>
        public int Find(long seq)
        {
            if (seq < _least || seq > _most) return -1;
            for (var slot = SlotOf(seq); ; slot = (slot + 1) & (_slots.Length - 1))
            {
                var place = _slots[slot] - 1;
                if (place < 0 || _seqs[place] == seq) return place;
            }
        }

        private int SlotOf(long seq) => (int)((ulong)seq * 0x9E3779B97F4A7C15 >> _shift);
    }
}
