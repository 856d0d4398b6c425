using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Steps in time from a window.</summary>
public static class TimeShift
{
    /// <summary>The window moved by half its length; it stays within what can be stored.</summary>
    /// <param name="window">What is shown.</param>
    /// <param name="direction">-1 for earlier, 1 for later.</param>
    public static TimeRange Shift(TimeWindow window, int direction)
    {
        if (window == TimeWindow.All) return TimeRange.All;
        var by = Math.Max(1, window.LengthNs / 2) * direction;
        if (by < 0) by = Math.Max(by, -window.StartUnixNs);
        else by = Math.Min(by, long.MaxValue - window.EndUnixNs);
        return new TimeRange.Between(window.StartUnixNs + by, window.EndUnixNs + by);
    }

    /// <summary>A range of twice the length: relative ranges go further back, absolute ones grow on both sides.</summary>
    public static TimeRange StepOut(TimeRange range, TimeWindow window)
    {
        if (range is TimeRange.Last last) return last.Length > TimeSpan.FromDays(36_500 / 2) ? TimeRange.All : new TimeRange.Last(last.Length * 2);
        if (range == TimeRange.All) return range;
        var half = window.LengthNs / 2;
        return new TimeRange.Between(Math.Max(0, window.StartUnixNs - half), window.EndUnixNs > long.MaxValue - half ? long.MaxValue : window.EndUnixNs + half);
    }
}
