using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Components.Charts;

/// <summary>All buckets of a window, with data or without.</summary>
/// <param name="Window">The window.</param>
/// <param name="StepNs">Width of a bucket, nanoseconds.</param>
/// <param name="FirstNs">Start of the first bucket, a multiple of the width: at or before the window's start.</param>
/// <param name="Count">Number of buckets, at most <see cref="ChartModel.MaxPoints"/>.</param>
internal sealed record TimeGrid(TimeWindow Window, long StepNs, long FirstNs, int Count)
{
    public static TimeGrid Of(QueryMeta meta)
    {
        var step = Math.Max(1, meta.GranularityNs);
        var first = meta.Window.StartUnixNs / step * step;
        var count = (meta.Window.EndUnixNs - first + (double)step - 1) / step;
        return new TimeGrid(meta.Window, step, first, (int)Math.Clamp(count, 0, ChartModel.MaxPoints));
    }

    /// <summary>The bucket that starts at, or holds, an instant; -1 outside.</summary>
    public int IndexOf(long unixNs)
    {
        if (unixNs < FirstNs) return -1;
        var index = (unixNs - FirstNs) / StepNs;
        return index < Count ? (int)index : -1;
    }

    /// <summary>Starts of the buckets, Unix nanoseconds.</summary>
    public IEnumerable<long> Times()
    {
        for (var i = 0; i < Count; i++) yield return FirstNs + i * StepNs;
    }
}

internal static class ChartTypes
{
    /// <summary>True where values have a height.</summary>
    public static bool IsChartable(this ColumnType type) => type.IsNumeric();
}
