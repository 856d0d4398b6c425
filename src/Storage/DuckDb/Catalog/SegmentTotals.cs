using System.Globalization;
using Storage.DuckDb.Parquet;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb.Catalog;

/// <summary>Adds up what the statistics of whole segments say.</summary>
internal static class SegmentTotals
{
    /// <summary>The totals of a time; null when a segment is cut by it, events in memory are in it, or events stand for more than one.</summary>
    /// <param name="state">The store, leased.</param>
    /// <param name="window">The time.</param>
    /// <param name="columns">Stored columns.</param>
    /// <param name="schema">How they are seen.</param>
    public static ValueTotals? Of(StoreState state, TimeWindow window, IReadOnlyList<string> columns, Schema schema)
    {
        if (state.Hot.SelectMany(view => view.Batches).Any(b => window.Touches(b.Batch.MinTimeUnixNs, b.Batch.MaxTimeUnixNs))) return null;
        var segments = state.Segments.Where(s => window.Touches(s.Footer.MinTime, s.Footer.MaxTime)).ToArray();
        if (segments.Any(s => !window.Holds(s.Footer.MinTime, s.Footer.MaxTime) || s.Columns.ContainsKey(WellKnownColumns.SampleRate))) return null;
        var totals = new Dictionary<string, ColumnTotals>(StringComparer.Ordinal);
        foreach (var name in columns.Distinct(StringComparer.Ordinal))
            if (schema.Find(name) is { } column) totals.Add(name, Of(segments, name, column.Type));
        return new ValueTotals { Events = segments.Sum(s => s.Footer.Events), Blocks = [.. segments.SelectMany(Blocks)], Columns = totals };
    }

    /// <summary>How many events of segments have a column, and how many each of its values, where the segments have counted these.</summary>
    /// <param name="segments">The segments.</param>
    /// <param name="name">The column.</param>
    /// <param name="type">How it is seen.</param>
    public static ColumnTotals Of(IReadOnlyList<Segment> segments, string name, ColumnType type)
    {
        long present = 0;
        Dictionary<Value, long>? values = [];
        foreach (var segment in segments)
        {
            if (!segment.Columns.TryGetValue(name, out var stored) || stored.Count == 0) continue;
            present += stored.Count;
            if (values is null) continue;
            if (!segment.Statistics.Columns.TryGetValue(name, out var known) || known.Values is not { } counts || !CodedValues.CanWiden(counts.Type, type)) values = null;
            else Add(values, counts, type);
        }

        return new ColumnTotals(present, values);
    }

    private static void Add(Dictionary<Value, long> totals, ValueCounts counts, ColumnType type)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            var value = Widened(counts[i], counts.Type, type);
            totals[value] = totals.GetValueOrDefault(value) + counts.Counts[i];
        }
    }

    private static Value Widened(Value value, StorageType stored, ColumnType type) => (stored, type) switch
    {
        (StorageType.Int64, ColumnType.Float64) => (double)value.AsInt64(),
        (StorageType.Int64, ColumnType.String) => value.AsInt64().ToString(CultureInfo.InvariantCulture),
        (StorageType.Bool, ColumnType.String) => value.AsBool() ? "true" : "false",
        // Both zeros are one value to a query.
        (_, ColumnType.Float64) => value.AsDouble() + 0.0,
        _ => value,
    };

    /// <summary>The row groups of a segment, or where that is not known the segment.</summary>
    private static IEnumerable<(TimeWindow, long)> Blocks(Segment segment)
    {
        try
        {
            using var file = File.OpenHandle(segment.Path);
            var layout = segment.Layout(file);
            return Enumerable.Range(0, layout.GroupCount).Select(group => (
                new TimeWindow(Math.Max(layout.Times[group].Least, segment.Footer.MinTime), After(Math.Min(layout.Times[group].Most, segment.Footer.MaxTime))),
                layout.FirstRows[group + 1] - layout.FirstRows[group]));
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            return [(new TimeWindow(segment.Footer.MinTime, After(segment.Footer.MaxTime)), segment.Footer.Events)];
        }
    }

    private static long After(long time) => time == long.MaxValue ? time : time + 1;
}
