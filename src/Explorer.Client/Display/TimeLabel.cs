using System.Globalization;
using Storage.Queries;

namespace Explorer.Client.Display;

/// <summary>Instants as text in a zone.</summary>
public static class TimeLabel
{
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;
    private static readonly long[] Steps =
    [
        1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000, 100_000_000, 200_000_000, 500_000_000,
        Second, 2 * Second, 5 * Second, 10 * Second, 15 * Second, 30 * Second, Minute, 2 * Minute, 5 * Minute, 10 * Minute, 15 * Minute,
        30 * Minute, Hour, 2 * Hour, 3 * Hour, 6 * Hour, 12 * Hour, Day, 2 * Day, 7 * Day, 14 * Day, 30 * Day, 90 * Day, 365 * Day,
    ];

    /// <summary><c>Fri 20 Nov 2026 11:24:17.406 UTC</c>.</summary>
    public static string Full(long unixNs, TimeZoneInfo zone) =>
        $"{In(unixNs, zone).ToString("ddd d MMM yyyy HH:mm:ss.fff", CultureInfo.InvariantCulture)} {ZoneName(zone)}";

    /// <summary><c>11:24:17.406</c>, with the date in front when it is not the day of <paramref name="reference"/>.</summary>
    public static string Clock(long unixNs, long reference, TimeZoneInfo zone)
    {
        var time = In(unixNs, zone);
        return time.ToString(time.Date == In(reference, zone).Date ? "HH:mm:ss.fff" : "d MMM HH:mm:ss.fff", CultureInfo.InvariantCulture);
    }

    /// <summary>A window: <c>10:00 – 12:00</c>, with dates where the window is not within today, with seconds where they are not 0.</summary>
    public static string Window(TimeWindow window, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (window == TimeWindow.All) return "all stored events";
        var start = In(window.StartUnixNs, zone);
        var end = In(window.EndUnixNs, zone);
        var clock = window.LengthNs < 10 * Second ? "HH:mm:ss.fff" : window.LengthNs < 10 * Minute ? "HH:mm:ss" : "HH:mm";
        if (clock == "HH:mm" && window.LengthNs < Day && (start.Second != 0 || end.Second != 0) && window.LengthNs < 2 * Hour) clock = "HH:mm:ss";
        var today = TimeZoneInfo.ConvertTime(now, zone).Date;
        var date = start.Year == today.Year && end.Year == today.Year ? "d MMM " : "d MMM yyyy ";
        var first = (start.Date == today && end.Date == today ? "" : date) + clock;
        var second = (start.Date == end.Date ? "" : date) + clock;
        return $"{start.ToString(first, CultureInfo.InvariantCulture)} – {end.ToString(second, CultureInfo.InvariantCulture)}";
    }

    /// <summary>The name of a relative range: <c>Last 2 h</c>; of an absolute one its length.</summary>
    public static string Name(TimeRange range) => range switch
    {
        TimeRange.Last last => "Last " + Format.Length(last.Length),
        TimeRange.Between between when range == TimeRange.All || between.EndUnixNs == long.MaxValue => "All data",
        TimeRange.Between between => Format.Duration((between.EndUnixNs - (double)between.StartUnixNs) / 1e6),
        _ => "",
    };

    /// <summary>Ticks of a time axis, at round times of the zone.</summary>
    /// <param name="window">What the axis shows.</param>
    /// <param name="most">How many labels have room.</param>
    /// <param name="zone">The zone that is round.</param>
    public static (long UnixNs, string Text)[] Ticks(TimeWindow window, int most, TimeZoneInfo zone)
    {
        if (window.LengthNs <= 0 || most <= 0) return [];
        var step = Array.Find(Steps, s => window.LengthNs / s < most);
        if (step == 0) step = Steps[^1];
        var format = step < Second ? "HH:mm:ss.fff" : step < Minute ? "HH:mm:ss" : step < Day ? "HH:mm" : step < 90 * Day ? "d MMM" : "MMM yyyy";
        var ticks = new List<(long, string)>();
        // One offset for the whole axis keeps the steps even; a change of daylight saving inside it moves labels, not data.
        var offset = zone.GetUtcOffset(UnixTime.ToDateTimeOffset(window.StartUnixNs)).Ticks * 100;
        var first = (window.StartUnixNs + offset + step - 1) / step * step - offset;
        for (var time = first; time < window.EndUnixNs && ticks.Count <= most; time += step)
        {
            var local = In(time, zone);
            var text = step < Day && local.TimeOfDay == TimeSpan.Zero ? local.ToString("d MMM", CultureInfo.InvariantCulture) : local.ToString(format, CultureInfo.InvariantCulture);
            ticks.Add((time, text));
            if (time > long.MaxValue - step) break;
        }

        return [.. ticks];
    }

    /// <summary>The instant in a zone.</summary>
    public static DateTimeOffset In(long unixNs, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(UnixTime.ToDateTimeOffset(unixNs), zone);

    /// <summary>What is printed after a time.</summary>
    public static string ZoneName(TimeZoneInfo zone) => zone.Equals(TimeZoneInfo.Utc) ? "UTC" : zone.Id;
}
