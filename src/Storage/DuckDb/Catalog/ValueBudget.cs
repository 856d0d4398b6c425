using Storage.Events;

namespace Storage.DuckDb.Catalog;

/// <summary>Decides which columns keep the list of their values: those that queries always have, then those with short lists.</summary>
internal static class ValueBudget
{
    /// <summary>
    /// Bytes of values that are collected at most. Of wide segments nearly all lists would be thrown away in the end, after most of the work
    /// had gone into them, so the longest go as soon as there are so many.
    /// </summary>
    private const long MaxCollectedBytes = 4L * SegmentStatistics.MaxValueBytes;

    /// <summary>Takes the longest lists away when all together have become too long to go on with.</summary>
    public static void DropLongest(IReadOnlyCollection<ColumnCounter> columns)
    {
        long bytes = 0;
        foreach (var column in columns) bytes += column.ValueBytes;
        if (bytes <= MaxCollectedBytes) return;
        foreach (var column in columns.OrderBy(c => WellKnownColumns.All.Contains(c.Name)).ThenByDescending(c => c.ValueCount))
        {
            if (bytes <= MaxCollectedBytes / 2) return;
            bytes -= column.ValueBytes;
            column.DropValues();
        }
    }

    /// <summary>Takes away what the segment's statistics would do without, so that it is not even made.</summary>
    public static void DropBeyondBound(IReadOnlyCollection<ColumnCounter> columns)
    {
        long bytes = 0;
        foreach (var column in columns.OrderByDescending(c => WellKnownColumns.All.Contains(c.Name)).ThenBy(c => c.ValueCount))
        {
            bytes += column.ValueBytes;
            if (bytes > SegmentStatistics.MaxValueBytes) column.DropValues();
        }
    }
}
