using Storage.DuckDb.Catalog;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// Finds the events of some traces in a segment: the ids of those row groups that may have a trace are looked at once. A listing has three statements; each would have the
/// engine read the column of trace ids of a whole segment.
/// </summary>
internal static class TraceSearch
{
    /// <summary>Traces with more events in one segment are left to the engine.</summary>
    private const int MaxRows = 10_000;

    /// <summary>The events; null when the engine has to find them: the file is not as we expect, or there are too many.</summary>
    /// <param name="segment">The segment, leased.</param>
    /// <param name="ids">The traces.</param>
    /// <param name="budget">Takes what is found.</param>
    public static FoundRows? Find(Segment segment, IReadOnlyList<byte[]> ids, RowBudget budget)
    {
        if (!segment.Columns.TryGetValue(WellKnownColumns.TraceId, out var column) || column.Type != StorageType.Id) return null;
        SegmentReader? reader = null;
        FoundRows? rows = null;
        try
        {
            reader = new SegmentReader(segment);
            if (Find(segment, reader, reader.Column(column.StoredAs, PhysicalType.ByteArray), ids) is { } found && budget.TryTakeRows(found.Sum(f => f.Rows.Length))) rows = new FoundRows(segment, reader, found, budget);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e))
        {
            // The engine reads it, or says what is wrong with it.
        }
        finally
        {
            if (rows is null) reader?.Dispose();
        }

        return rows;
    }

    private static List<(int Group, int[] Rows)>? Find(Segment segment, SegmentReader reader, ParquetColumn column, IReadOnlyList<byte[]> ids)
    {
        var (found, count) = (new List<(int Group, int[] Rows)>(), 0);
        for (var group = 0; group < reader.Layout.GroupCount; group++)
        {
            var (first, end) = (reader.Layout.FirstRows[group], reader.Layout.FirstRows[group + 1]);
            if (segment.Statistics.Traces is { } traces && !ids.Any(id => traces.MayContain(TraceFilter.KeyOf(id), first, end))) continue;
            var rows = reader.Find(group, column, ids);
            if (rows.Length == 0) continue;
            found.Add((group, rows));
            if ((count += rows.Length) > MaxRows) return null;
        }

        return found;
    }
}
