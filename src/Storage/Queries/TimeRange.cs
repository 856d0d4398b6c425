namespace Storage.Queries;

/// <summary>A half-open window [start, end) in Unix nanoseconds.</summary>
public readonly record struct TimeWindow(long StartUnixNs, long EndUnixNs)
{
    /// <summary>Everything that can be stored.</summary>
    public static TimeWindow All => new(0, long.MaxValue);

    /// <summary>Length in nanoseconds.</summary>
    public long LengthNs => EndUnixNs - StartUnixNs;

    /// <summary>True when events from the one time to the other, both included, can lie in the window. An end at the last nanosecond that there is means no end.</summary>
    public bool Touches(long firstUnixNs, long lastUnixNs) =>
        lastUnixNs >= StartUnixNs && (firstUnixNs < EndUnixNs || EndUnixNs == long.MaxValue);

    /// <summary>True when every time from the first to the last is in the window.</summary>
    internal bool Holds(long firstUnixNs, long lastUnixNs) =>
        firstUnixNs >= StartUnixNs && (lastUnixNs < EndUnixNs || EndUnixNs == long.MaxValue);
}

/// <summary>The time that a query asks about: the last so-and-so long, or from one instant to another.</summary>
public abstract record TimeRange
{
    private TimeRange() { }

    /// <summary>Two hours back from now: the range of a query that names none.</summary>
    public static TimeRange Default { get; } = new Last(TimeSpan.FromHours(2));

    /// <summary>Every stored event.</summary>
    public static TimeRange All { get; } = new Between(TimeWindow.All.StartUnixNs, TimeWindow.All.EndUnixNs);

    /// <summary>Up to now.</summary>
    public sealed record Last(TimeSpan Length) : TimeRange;

    /// <summary>From start (inclusive) to end (exclusive), Unix nanoseconds.</summary>
    public sealed record Between(long StartUnixNs, long EndUnixNs) : TimeRange;

    /// <summary>The absolute window at a given instant.</summary>
    public TimeWindow Resolve(DateTimeOffset now)
    {
        switch (this)
        {
            case Between between:
                return new TimeWindow(between.StartUnixNs, between.EndUnixNs);
            case Last last:
                var end = UnixTime.FromDateTimeOffset(now);
                return new TimeWindow((long)Int128.Max(0, end - (Int128)last.Length.Ticks * 100), end);
            default:
                throw new InvalidOperationException();
        }
    }
}

/// <summary>Conversions between <see cref="DateTimeOffset"/> and Unix nanoseconds.</summary>
public static class UnixTime
{
    /// <summary>Unix nanoseconds, to the 100 ns tick; saturates at the ends of the Int64 range (years 1678 to 2262).</summary>
    public static long FromDateTimeOffset(DateTimeOffset time)
    {
        var ticks = (Int128)(time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;
        return ticks > long.MaxValue ? long.MaxValue : ticks < long.MinValue ? long.MinValue : (long)ticks;
    }

    /// <summary>The instant, cut to the 100 ns tick.</summary>
    public static DateTimeOffset ToDateTimeOffset(long unixNs) => DateTimeOffset.UnixEpoch.AddTicks(unixNs / 100);

    /// <summary>RFC 3339 in UTC with as many fraction digits as needed, up to nanoseconds: <c>2026-11-20T10:00:00.000000001Z</c>.</summary>
    public static string ToRfc3339(long unixNs)
    {
        var text = ToRfc3339Nanoseconds(unixNs)[..^1].TrimEnd('0').TrimEnd('.');
        return text + "Z";
    }

    /// <summary>RFC 3339 in UTC with all nine fraction digits, as the times of events are written, so that their texts sort as they do.</summary>
    public static string ToRfc3339Nanoseconds(long unixNs)
    {
        var (seconds, nanoseconds) = Math.DivRem(unixNs, 1_000_000_000);
        if (nanoseconds < 0) (seconds, nanoseconds) = (seconds - 1, nanoseconds + 1_000_000_000);
        var text = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{text}.{nanoseconds:D9}Z");
    }
}
