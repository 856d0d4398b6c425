using System.Globalization;
using System.Text.RegularExpressions;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>
/// One end of a time range as it was typed: an instant, a day, a clock time, or a day with a clock time. What it leaves open is taken from the other end,
/// or from the present.
/// </summary>
internal sealed partial record TimePoint
{
    /// <summary>How far <c>around</c> reaches to both sides, nanoseconds: a quarter of an hour.</summary>
    public const long AroundNs = 900_000_000_000;

    /// <summary>Longest text that is looked at; no way to write a point is longer.</summary>
    private const int MaxLength = 60;

    private long? UnixNs { get; init; }

    private TimeSpan? Clock { get; init; }

    private bool IsWeekday { get; init; }

    /// <summary>The day that was typed; null when there was none.</summary>
    public DateTime? Day { get; private init; }

    /// <summary>True for a clock time, with a day or without.</summary>
    public bool IsClock => Clock is not null;

    /// <summary>Reads a point: <c>now</c>, <c>2h ago</c>, <c>now-2h</c>, <c>10:00</c>, <c>9:30 pm</c>, <c>Fri 10:00</c>, <c>20 Nov</c>, RFC 3339, Unix times. Null when the text is none.</summary>
    /// <param name="text">In lower case, with single spaces.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The zone of clock times and days.</param>
    public static TimePoint? Read(string text, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (text.Length is 0 or > MaxLength) return null;
        if (Ago(text) is { } ago) return new TimePoint { UnixNs = Math.Max(0, UnixTime.FromDateTimeOffset(now) - ago.Ticks * 100) };
        if (TryReadClock(text, out var clock)) return new TimePoint { Clock = clock };
        var today = TimeZoneInfo.ConvertTime(now, zone).Date;
        if (ReadDay(text, today) is { } day) return new TimePoint { Day = day, IsWeekday = Weekday().IsMatch(text) };
        for (var at = text.IndexOf(' ', StringComparison.Ordinal); at > 0; at = text.IndexOf(' ', at + 1))
        {
            var (left, right) = (text[..at].TrimEnd(','), text[(at + 1)..]);
            if (TryReadClock(right, out clock) && DayBeside(left, today) is { } before) return new TimePoint { Day = before, Clock = clock, IsWeekday = Weekday().IsMatch(left) };
            if (TryReadClock(left, out clock) && DayBeside(right, today) is { } behind) return new TimePoint { Day = behind, Clock = clock, IsWeekday = Weekday().IsMatch(right) };
        }

        // A short number is no time that anyone means.
        if ((text.Length < 9 && text.All(char.IsAsciiDigit)) || !TimeText.TryParseInstant(text, zone, out var unixNs)) return null;
        return new TimePoint { UnixNs = unixNs, Day = TimeZoneInfo.ConvertTime(UnixTime.ToDateTimeOffset(unixNs), zone).Date };
    }

    /// <summary>The instant that is meant, Unix nanoseconds. What would lie ahead is the one before it: nothing is stored of what is to come.</summary>
    /// <param name="otherDay">The day of the other end, for a clock time without one.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The zone.</param>
    public long Resolve(DateTime? otherDay, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (UnixNs is { } instant) return instant;
        var day = Day ?? otherDay ?? TimeZoneInfo.ConvertTime(now, zone).Date;
        var at = TimeText.ToUnix(day + (Clock ?? TimeSpan.Zero), zone);
        if (at <= UnixTime.FromDateTimeOffset(now)) return at;
        if (Day is null && otherDay is null) return TimeText.ToUnix(day.AddDays(-1) + (Clock ?? TimeSpan.Zero), zone);
        return IsWeekday ? TimeText.ToUnix(day.AddDays(-7) + (Clock ?? TimeSpan.Zero), zone) : at;
    }

    /// <summary>The day on which the other end of a range is meant, when it names none: that of this one, which is at an instant.</summary>
    public DateTime? DayOf(long resolvedNs, TimeZoneInfo zone) => UnixNs is not null && Day is null ? null : TimeZoneInfo.ConvertTime(UnixTime.ToDateTimeOffset(resolvedNs), zone).Date;

    /// <summary>Reads a day: <c>today</c>, <c>yesterday</c>, <c>Fri</c>, <c>last Monday</c>, <c>2026-11-20</c>, <c>20 Nov</c>, <c>Nov 20, 2026</c>. Days without a year are the latest that have begun.</summary>
    public static DateTime? ReadDay(string text, DateTime today)
    {
        if (text.StartsWith("on ", StringComparison.Ordinal)) text = text[3..];
        switch (text)
        {
            case "today": return today;
            case "yesterday": return today.AddDays(-1);
            case "day before yesterday" or "the day before yesterday": return today.AddDays(-2);
        }

        if (Weekday().Match(text) is { Success: true } weekday)
        {
            var back = ((int)today.DayOfWeek - (int)DayNamed(weekday.Groups["day"].Value) + 7) % 7;
            return today.AddDays(-(back == 0 && weekday.Groups["last"].Success ? 7 : back));
        }

        if (Date().Match(text) is { Success: true } date) return OfMonth(date, today);
        return DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
    }

    /// <summary>The start of what goes on now: <c>this hour</c>, <c>this week</c> (from Monday), <c>this month</c>, <c>this year</c>.</summary>
    public static DateTime? ReadPeriod(string text, DateTime now) => text switch
    {
        "this minute" => now.Date.AddMinutes((int)now.TimeOfDay.TotalMinutes),
        "this hour" => now.Date.AddHours(now.Hour),
        "this week" => now.Date.AddDays(-(((int)now.DayOfWeek + 6) % 7)),
        "this month" => new DateTime(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Unspecified),
        "this year" => new DateTime(now.Year, 1, 1, 0, 0, 0, DateTimeKind.Unspecified),
        _ => null,
    };

    /// <summary>Reads a clock time: <c>10:00</c>, <c>10:00:00.5</c>, <c>9am</c>, <c>9:30 pm</c>, <c>noon</c>, <c>midnight</c>.</summary>
    public static bool TryReadClock(string text, out TimeSpan clock)
    {
        clock = text == "noon" ? TimeSpan.FromHours(12) : TimeSpan.Zero;
        if (text is "noon" or "midnight") return true;
        var match = ClockTime().Match(text);
        if (!match.Success) return false;
        var half = match.Groups["half"].Value;
        var hours = int.Parse(match.Groups["hours"].ValueSpan, CultureInfo.InvariantCulture);
        var minutes = match.Groups["minutes"].Success ? int.Parse(match.Groups["minutes"].ValueSpan, CultureInfo.InvariantCulture) : 0;
        var seconds = match.Groups["seconds"].Success ? decimal.Parse(match.Groups["seconds"].ValueSpan, CultureInfo.InvariantCulture) : 0;
        if (half.Length == 0 ? !match.Groups["minutes"].Success : hours is < 1 or > 12) return false;
        if (hours > 24 || minutes > 59 || seconds >= 60 || (hours == 24 && (minutes > 0 || seconds > 0))) return false;
        if (half.Length > 0) hours = hours % 12 + (half == "pm" ? 12 : 0);
        clock = new TimeSpan(hours, minutes, 0) + TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    // How long ago "now", "2h ago", "-2h" and "now-2h" are.
    private static TimeSpan? Ago(string text)
    {
        if (text == "now") return TimeSpan.Zero;
        var length = text.EndsWith(" ago", StringComparison.Ordinal) ? text[..^4] : text.StartsWith("now", StringComparison.Ordinal) && text[3..].TrimStart() is ['-', .. var behind] ? behind : text[0] == '-' ? text[1..] : "";
        return TimeText.TryParseLength(length, out var ago) ? ago : null;
    }

    // Beside a clock time, "2 days ago" is a day.
    private static DateTime? DayBeside(string text, DateTime today) => ReadDay(text, today)
        ?? (DaysAgo().Match(text) is { Success: true } days ? today.AddDays(-int.Parse(days.Groups["count"].ValueSpan, CultureInfo.InvariantCulture)) : null);

    private static DayOfWeek DayNamed(string name) => Enum.GetValues<DayOfWeek>().First(d => d.ToString().StartsWith(name[..3], StringComparison.OrdinalIgnoreCase));

    private static DateTime? OfMonth(Match date, DateTime today)
    {
        var month = Array.FindIndex(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames, m => m.Length > 0 && date.Groups["month"].Value.StartsWith(m, StringComparison.OrdinalIgnoreCase)) + 1;
        var day = int.Parse(date.Groups["day"].ValueSpan, CultureInfo.InvariantCulture);
        var year = date.Groups["year"].Success ? int.Parse(date.Groups["year"].ValueSpan, CultureInfo.InvariantCulture) : today.Year;
        if (!date.Groups["year"].Success && (month, day).CompareTo((today.Month, today.Day)) > 0) year--;
        return year is >= 1970 and < 3000 && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified) : null;
    }

    [GeneratedRegex(@"^(?<hours>[0-9]{1,2})(?::(?<minutes>[0-9]{2})(?::(?<seconds>[0-9]{2}(?:\.[0-9]{1,9})?))?)?(?: ?(?<half>am|pm))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ClockTime();

    [GeneratedRegex(@"^(?:on )?(?:(?<last>last |past |previous )|this )?(?<day>mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Weekday();

    [GeneratedRegex(@"^(?:(?<day>[0-9]{1,2})(?:st|nd|rd|th|\.)? (?:of )?(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)|(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?) (?<day>[0-9]{1,2})(?:st|nd|rd|th)?)(?:,? (?<year>[0-9]{4}))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Date();

    [GeneratedRegex(@"^(?<count>[0-9]{1,4}) days? ago$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DaysAgo();
}
