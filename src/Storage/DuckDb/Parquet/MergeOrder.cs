using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>Rows that follow each other in a row group of a source, and in the merged segment.</summary>
/// <param name="Group">The row group, counted over all sources.</param>
/// <param name="Row">The first row of them in it.</param>
/// <param name="Count">How many.</param>
internal readonly record struct RowRun(int Group, int Row, int Count);

/// <summary>Finds the order of the rows of a merged segment: what is nearly sorted already becomes a few long runs.</summary>
internal sealed class MergeOrder
{
    private readonly ImmutableArray<MergeSource> _sources;
    private readonly int[] _firstRows;
    private readonly List<RowRun[]> _groups = [];
    private readonly List<RowRun> _runs = [];
    private int _left;

    private MergeOrder(ImmutableArray<MergeSource> sources)
    {
        _sources = sources;
        var firstRows = new List<int> { 0 };
        foreach (var source in sources)
            for (var group = 0; group < source.Layout.GroupCount; group++) firstRows.Add(checked(firstRows[^1] + RowsOf(source, group)));
        _firstRows = [.. firstRows];
        _left = ParquetWriter.RowGroupRows;
    }

    /// <summary>The rows of each row group of the merged segment, in the order of the sources.</summary>
    public static List<RowRun[]> OfArrival(ImmutableArray<MergeSource> sources)
    {
        var order = new MergeOrder(sources);
        for (var group = 0; group < order._firstRows.Length - 1; group++) order.Add(group, 0, order._firstRows[group + 1] - order._firstRows[group]);
        return order.Finish();
    }

    /// <summary>The rows of each row group of the merged segment: by slices of time, within them by the events' numbers. Takes 16 bytes a row meanwhile.</summary>
    /// <param name="sources">The segments.</param>
    /// <param name="sliceNs">Nanoseconds of a slice.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static List<RowRun[]> OfTime(ImmutableArray<MergeSource> sources, long sliceNs, CancellationToken cancellationToken)
    {
        var order = new MergeOrder(sources);
        var rows = order._firstRows[^1];
        using var slices = Integers(rows);
        using var sorted = Integers(rows);
        using var seqs = NativeBlock.Allocate(checked(rows * sizeof(long)));
        order.ReadColumn(WellKnownColumns.Time, MemoryMarshal.Cast<byte, long>(seqs.GetSpan()), cancellationToken);
        var ends = Slice(MemoryMarshal.Cast<byte, long>(seqs.GetSpan()), sliceNs, View(slices));
        order.ReadColumn(RelationText.SeqColumn, MemoryMarshal.Cast<byte, long>(seqs.GetSpan()), cancellationToken);
        Sort(View(slices), ends, View(sorted));
        SortSlices(View(sorted), ends, MemoryMarshal.Cast<byte, long>(seqs.GetSpan()), cancellationToken);
        order.AddRows(View(sorted));
        return order.Finish();
    }

    /// <summary>Numbers the slices in order of time, gives each row its slice, and says how many rows are in each and those before it.</summary>
    private static int[] Slice(ReadOnlySpan<long> times, long sliceNs, Span<int> slices)
    {
        var known = new Dictionary<long, int>();
        var counts = new List<int>();
        var (last, lastSlice) = (long.MinValue, -1);
        for (var row = 0; row < times.Length; row++)
        {
            var time = times[row] / sliceNs;
            if (time != last)
            {
                last = time;
                if (!known.TryGetValue(time, out lastSlice))
                {
                    known.Add(time, lastSlice = counts.Count);
                    counts.Add(0);
                }
            }

            slices[row] = lastSlice;
            CollectionsMarshal.AsSpan(counts)[lastSlice]++;
        }

        var ranks = new int[counts.Count];
        var ends = new int[counts.Count];
        var (rank, end) = (0, 0);
        foreach (var (_, slice) in known.OrderBy(s => s.Key))
        {
            ends[rank] = end += counts[slice];
            ranks[slice] = rank++;
        }

        foreach (ref var slice in slices) slice = ranks[slice];
        return ends;
    }

    /// <summary>Puts the rows in order of their slices; within one they keep their order.</summary>
    private static void Sort(ReadOnlySpan<int> slices, int[] ends, Span<int> sorted)
    {
        var next = new int[ends.Length];
        for (var i = 1; i < next.Length; i++) next[i] = ends[i - 1];
        for (var row = 0; row < slices.Length; row++) sorted[next[slices[row]]++] = row;
    }

    /// <summary>Rows of a slice that come from segments which were merged before, or overlap, are not in order of their numbers yet.</summary>
    private static void SortSlices(Span<int> sorted, int[] ends, ReadOnlySpan<long> seqs, CancellationToken cancellationToken)
    {
        var start = 0;
        foreach (var end in ends)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var slice = sorted[start..end];
            start = end;
            if (IsAscending(slice, seqs)) continue;
            var keys = new long[slice.Length];
            for (var i = 0; i < keys.Length; i++) keys[i] = seqs[slice[i]];
            keys.AsSpan().Sort(slice);
        }
    }

    private static bool IsAscending(ReadOnlySpan<int> rows, ReadOnlySpan<long> seqs)
    {
        for (var i = 1; i < rows.Length; i++)
            if (seqs[rows[i]] < seqs[rows[i - 1]]) return false;
        return true;
    }

    private void ReadColumn(string name, Span<long> target, CancellationToken cancellationToken)
    {
        using var column = new MergeColumn(_sources, new SegmentColumn(name, name, StorageType.Int64, 0), 0);
        for (var group = 0; group < _firstRows.Length - 1; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = _firstRows[group + 1] - _firstRows[group];
            for (var row = 0; row < rows;)
            {
                var page = column.PageAt(group, row);
                if (page is null || page.Values != page.Rows) throw new InvalidDataException("events have no time or no number");
                page.Numbers.AsSpan(0, page.Values).CopyTo(target[(_firstRows[group] + row)..]);
                row = page.EndRow;
            }
        }
    }

    private void AddRows(ReadOnlySpan<int> rows)
    {
        var group = 0;
        for (var i = 0; i < rows.Length;)
        {
            var row = rows[i];
            if (row < _firstRows[group] || row >= _firstRows[group + 1])
            {
                var found = Array.BinarySearch(_firstRows, row);
                group = found < 0 ? ~found - 1 : found;
                // Row groups without rows begin at the same row as the next.
                while (_firstRows[group + 1] <= row) group++;
            }

            var most = Math.Min(rows.Length - i, _firstRows[group + 1] - row);
            var count = 1;
            while (count < most && rows[i + count] == row + count) count++;
            Add(group, row - _firstRows[group], count);
            i += count;
        }
    }

    private void Add(int group, int row, int count)
    {
        while (count > 0)
        {
            var step = Math.Min(count, _left);
            _runs.Add(new RowRun(group, row, step));
            row += step;
            count -= step;
            _left -= step;
            if (_left == 0) EndGroup();
        }
    }

    private void EndGroup()
    {
        _groups.Add([.. _runs]);
        _runs.Clear();
        _left = ParquetWriter.RowGroupRows;
    }

    private List<RowRun[]> Finish()
    {
        if (_runs.Count > 0) EndGroup();
        return _groups;
    }

    private static NativeBlock Integers(int count) => NativeBlock.Allocate(checked(count * sizeof(int)));

    private static Span<int> View(NativeBlock block) => MemoryMarshal.Cast<byte, int>(block.GetSpan());

    private static int RowsOf(MergeSource source, int group) => checked((int)(source.Layout.FirstRows[group + 1] - source.Layout.FirstRows[group]));
}
