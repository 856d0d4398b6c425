using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.Compile.Cells;

/// <summary>Puts cells together that were counted in several parts of the store: to those of a group in a bucket, of a group, and of all.</summary>
internal sealed class CellMerge
{
    private readonly CellKey[] _keys;
    private readonly Dictionary<(int Before, int Code), int>[] _pairs;
    private readonly List<int[]> _codes = [];
    private readonly Dictionary<(int Group, long Time), int> _points = [];

    /// <param name="request">What was counted.</param>
    public CellMerge(TallyRequest request)
    {
        _keys = [.. request.Keys.Select(k => new CellKey(k.Type))];
        _pairs = [.. request.Keys.Select(_ => new Dictionary<(int, int), int>())];
        (Points, Groups, Total) = (new CellLevel(request.Measures), new CellLevel(request.Measures), new CellLevel(request.Measures));
        Total.Grow(1);
        if (_keys.Length == 0) Groups.Grow(1);
    }

    /// <summary>Cells of a group and a bucket.</summary>
    public CellLevel Points { get; }

    public CellLevel Groups { get; }

    /// <summary>One cell.</summary>
    public CellLevel Total { get; }

    /// <summary>The group and the bucket's start of each point.</summary>
    public List<(int Group, long Time)> Places { get; } = [];

    public IReadOnlyList<CellKey> Keys => _keys;

    /// <summary>The number of a group's value of a key; 0 for the missing one.</summary>
    public int CodeOf(int group, int key) => _codes[group][key];

    /// <summary>Adds cells.</summary>
    public void Add(EventBatch batch)
    {
        var (groups, times, points) = (new int[batch.Count], new long[batch.Count], new int[batch.Count]);
        var columns = batch.Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        ReadGroups(columns, groups);
        if (columns.TryGetValue("t", out var time)) time.Int64s.CopyTo(times);
        for (var row = 0; row < batch.Count; row++)
        {
            ref var point = ref CollectionsMarshal.GetValueRefOrAddDefault(_points, (groups[row], times[row]), out var isKnown);
            if (!isKnown)
            {
                point = Places.Count;
                Places.Add((groups[row], times[row]));
            }

            points[row] = point;
        }

        Points.Grow(Places.Count);
        for (var m = 0; m < Points.Measures.Length; m++)
            if (columns.TryGetValue(TallyRelation.Name("m", m), out var column)) Add(Points.Measures[m], column, points);
        GC.KeepAlive(batch);
    }

    /// <summary>All are added: puts groups and the total together.</summary>
    public void End()
    {
        for (var point = 0; point < Places.Count; point++) Groups.Add(Places[point].Group, Points, point);
        for (var group = 0; group < Groups.Count; group++) Total.Add(0, Groups, group);
    }

    private static void Add(CellSums sums, BatchColumn column, int[] points)
    {
        var rows = column.Rows;
        // Bits of doubles and integers alike.
        var values = column.Type == StorageType.Float64 ? MemoryMarshal.Cast<double, long>(column.Float64s) : column.Int64s;
        for (var i = 0; i < values.Length; i++) sums.Add(points[rows.IsEmpty ? i : rows[i]], values[i]);
    }

    private void ReadGroups(Dictionary<string, BatchColumn> columns, int[] groups)
    {
        var codes = new int[_keys.Length][];
        for (var k = 0; k < _keys.Length; k++)
        {
            codes[k] = new int[groups.Length];
            if (columns.TryGetValue(TallyRelation.Name("g", k), out var column)) _keys[k].Read(column, codes[k]);
        }

        for (var k = 0; k < _keys.Length; k++)
        {
            for (var row = 0; row < groups.Length; row++)
            {
                ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs[k], (groups[row], codes[k][row]), out var isKnown);
                if (!isKnown)
                {
                    number = _pairs[k].Count - 1;
                    if (k == _keys.Length - 1) _codes.Add([.. codes.Select(c => c[row])]);
                }

                groups[row] = number;
            }
        }

        Groups.Grow(_codes.Count);
    }
}
