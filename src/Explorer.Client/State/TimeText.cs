using System.Globalization;
using System.Text.RegularExpressions;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>
/// Times as people type and paste them: <c>2h</c>, <c>last 90 min</c>, <c>10:00-10:20 yesterday</c>, <c>Fri 9-10am</c>, <c>around 14:30</c>,
/// <c>2026-11-20T10:00Z to 11:00</c>, Unix times. Clock times without a zone are in the zone given; without a day they are the latest that began.
/// </summary>
public static partial class TimeText
{
    private const long Second = 1_000_000_000;

    /// <summary>Longest relative range: about a hundred years.</summary>
    private static readonly TimeSpan MaxLength = TimeSpan.FromDays(36_500);

    /// <summary>Reads a time range.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="now">The present, for clock times and open ends.</param>
    /// <param name="zone">The zone of clock times without one.</param>
    /// <param name="range">The range; its end is after its start.</param>
    /// <returns>False when the text is not a time range.</returns>
    public static bool TryParse(string text, DateTimeOffset now, TimeZoneInfo zone, out TimeRange range)
    {
        range = TimeRange.Default;
        text = Spaces().Replace(text.Trim().ToLowerInvariant(), " ").Replace('–', '-').Replace('—', '-');
        if (text.Length is 0 or > 200) return false;
        if (text is "all" or "all data" or "everything")
        {
            range = TimeRange.All;
            return true;
        }

        var relative = LastWord().Replace(text, "");
        if (text[0] == '-') relative = text[1..];
        if (TryParseLength(relative, out var length))
        {
            range = new TimeRange.Last(length);
            return true;
        }

        return TryParseAbsolute(text, now, zone, out range);
    }

    /// <summary>Reads a length of time: <c>2h</c>, <c>90 min</c>, <c>1h30m</c>, <c>1.5 days</c>.</summary>
    /// <returns>False when the text is not one, or it is not above 0 and at most a hundred years.</returns>
    public static bool TryParseLength(string text, out TimeSpan length)
    {
        length = default;
        text = text.Trim().ToLowerInvariant();
        var single = SingleUnit().Match(text);
        if (single.Success && UnitTicks(single.Value) is { } one)
        {
            length = TimeSpan.FromTicks((long)one);
            return true;
        }

        if (!Length().IsMatch(text)) return false;
        decimal ticks = 0;
        foreach (Match part in LengthPart().Matches(text))
        {
            if (UnitTicks(part.Groups[2].Value) is not { } unit) return false;
            if (!decimal.TryParse(part.Groups[1].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count > MaxLength.Ticks / unit) return false;
            ticks += count * unit;
        }

        if (ticks < 1 || ticks > MaxLength.Ticks) return false;
        length = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>A length of time in its largest whole unit: <c>2h</c>, <c>90m</c>, <c>1500ms</c>. <see cref="TryParseLength"/> reads it back exactly.</summary>
    public static string FormatLength(TimeSpan length)
    {
        foreach (var (unit, ticks) in Canonical)
            if (length.Ticks % ticks == 0) return (length.Ticks / ticks).ToString(CultureInfo.InvariantCulture) + unit;
        return (length.Ticks * 100).ToString(CultureInfo.InvariantCulture) + "ns";
    }

    /// <summary>Reads one instant: RFC 3339 with or without zone, Unix seconds, milliseconds, microseconds or nanoseconds.</summary>
    public static bool TryParseInstant(string text, TimeZoneInfo zone, out long unixNs)
    {
        text = text.Trim();
        return TryParseUnix(text, out unixNs) || TryParseDate(text, zone, out unixNs);
    }

    private static readonly (string Unit, long Ticks)[] Canonical =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond),
    ];

    private static decimal? UnitTicks(string unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" => TimeSpan.TicksPerMicrosecond,
        "ms" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
        "s" or "sec" or "secs" or "second" or "seconds" => TimeSpan.TicksPerSecond,
        "m" or "min" or "mins" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
        "h" or "hr" or "hrs" or "hour" or "hours" => TimeSpan.TicksPerHour,
        "d" or "day" or "days" => TimeSpan.TicksPerDay,
        "w" or "wk" or "week" or "weeks" => 7 * TimeSpan.TicksPerDay,
        "mo" or "month" or "months" => 30 * TimeSpan.TicksPerDay,
        "y" or "year" or "years" => 365 * TimeSpan.TicksPerDay,
        _ => null,
    };

    private static bool TryParseAbsolute(string text, DateTimeOffset now, TimeZoneInfo zone, out TimeRange range)
    {
        range = TimeRange.Default;
        var today = TimeZoneInfo.ConvertTime(now, zone).Date;
        var nowNs = UnixTime.FromDateTimeOffset(now);
        var isOpen = text.StartsWith("since ", StringComparison.Ordinal);
        text = FromWord().Replace(text, "");
        if (!isOpen && TimePoint.ReadDay(text, today) is { } day) return Between(ToUnix(day, zone), ToUnix(day.AddDays(1), zone), out range);
        if (TimePoint.ReadPeriod(text, TimeZoneInfo.ConvertTime(now, zone).DateTime) is { } period) return Between(ToUnix(period, zone), nowNs, out range);
        if (Around().Match(text) is { Success: true } around && TimePoint.Read(around.Groups["point"].Value, now, zone) is { } middle)
        {
            var by = TimePoint.AroundNs;
            if (around.Groups["by"].Success && TryParseLength(around.Groups["by"].Value, out var length)) by = length.Ticks * 100;
            else if (around.Groups["by"].Success) return false;
            var at = middle.Resolve(null, now, zone);
            return Between(at - Math.Min(at, by), at + by, out range);
        }

        foreach (var (from, to) in Splits(text))
        {
            if (TimePoint.Read(from, now, zone) is { } start && TimePoint.Read(to, now, zone) is { } end) return Between(start, end, now, zone, out range);
        }

        if (For().Match(text) is { Success: true } lasting && TryParseLength(lasting.Groups["length"].Value, out var taken) && TimePoint.Read(lasting.Groups["point"].Value, now, zone) is { } begin)
        {
            var first = begin.Resolve(null, now, zone);
            return Between(first, first + taken.Ticks * 100, out range);
        }

        return TimePoint.Read(text, now, zone) is { } point && Between(point.Resolve(null, now, zone), nowNs, out range);
    }

    private static bool Between(TimePoint start, TimePoint end, DateTimeOffset now, TimeZoneInfo zone, out TimeRange range)
    {
        var from = start.Resolve(end.Day, now, zone);
        var to = end.Resolve(start.DayOf(from, zone), now, zone);
        // A clock that says an earlier time than the one before it is that of the next day.
        if (to <= from && end.IsClock && (end.Day is null || start.Day is null)) to = ToUnix(TimeZoneInfo.ConvertTime(UnixTime.ToDateTimeOffset(to), zone).DateTime.AddDays(1), zone);
        return Between(from, to, out range);
    }

    private static bool Between(long start, long end, out TimeRange range)
    {
        range = new TimeRange.Between(start, end);
        return start >= 0 && end > start;
    }

    // Every place at which a text may fall into two times: at words first, then at each dash, which may also be part of a date.
    private static IEnumerable<(string From, string To)> Splits(string text)
    {
        if (FullInstant().IsMatch(text)) yield break;
        foreach (var separator in (string[])["..", " to ", " until ", " till ", " and ", " - ", "/", "-"])
        {
            for (var at = text.IndexOf(separator, 1, StringComparison.Ordinal); at > 0 && at + separator.Length < text.Length; at = text.IndexOf(separator, at + 1, StringComparison.Ordinal))
            {
                var (from, to) = (text[..at].Trim(), text[(at + separator.Length)..].Trim());
                // "9-10am": both are of the half of the day that is named once.
                if (HourOnly().IsMatch(from) && to[^1] == 'm' && to.Length > 2) from += to[^2..];
                yield return (from, to);
            }
        }
    }

    private static bool TryParseUnix(string text, out long unixNs)
    {
        unixNs = 0;
        if (!UnixNumber().IsMatch(text)) return false;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var digits = dot < 0 ? text.Length : dot;
        var value = decimal.Parse(text, CultureInfo.InvariantCulture);
        // Seconds have at most 11 digits until the year 5138; more digits are a finer unit.
        var factor = digits <= 11 ? Second : digits <= 14 ? 1_000_000 : digits <= 16 ? 1_000 : 1;
        value *= factor;
        if (value > long.MaxValue) return false;
        unixNs = (long)value;
        return true;
    }

    private static bool TryParseDate(string text, TimeZoneInfo zone, out long unixNs)
    {
        unixNs = 0;
        var match = Date().Match(text);
        if (!match.Success) return false;
        if (!DateTime.TryParseExact(match.Groups[1].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return false;
        var clock = TimeSpan.Zero;
        if (match.Groups[2].Success && !TimePoint.TryReadClock(match.Groups[2].Value, out clock)) return false;
        var fraction = match.Groups[3].Success ? long.Parse(match.Groups[3].Value.PadRight(9, '0')[..9], CultureInfo.InvariantCulture) : 0;
        var whole = ToUnixTicks(day + clock, match.Groups[4].Value, zone);
        if (whole is null) return false;
        var total = (Int128)whole.Value * 100 + fraction;
        if (total < 0 || total > long.MaxValue) return false;
        unixNs = (long)total;
        return true;
    }

    private static long? ToUnixTicks(DateTime time, string offset, TimeZoneInfo zone)
    {
        if (offset.Length == 0) return new DateTimeOffset(time, Offset(time, zone)).UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        if (offset is "z" or "Z") return time.Ticks - DateTimeOffset.UnixEpoch.UtcTicks;
        var minutes = int.Parse(offset.AsSpan(1, 2), CultureInfo.InvariantCulture) * 60 + int.Parse(offset.AsSpan(offset.Length - 2, 2), CultureInfo.InvariantCulture);
        if (minutes > 14 * 60) return null;
        return time.Ticks - DateTimeOffset.UnixEpoch.UtcTicks - (offset[0] == '-' ? -1 : 1) * minutes * TimeSpan.TicksPerMinute;
    }

    internal static long ToUnix(DateTime time, TimeZoneInfo zone) => UnixTime.FromDateTimeOffset(new DateTimeOffset(time, Offset(time, zone)));

    private static TimeSpan Offset(DateTime time, TimeZoneInfo zone) => zone.GetUtcOffset(DateTime.SpecifyKind(time, DateTimeKind.Unspecified));

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^(?:the )?(?:last|past|previous) ", RegexOptions.None, 1000)]
    private static partial Regex LastWord();

    [GeneratedRegex(@"^(?:from|since|between) ", RegexOptions.None, 1000)]
    private static partial Regex FromWord();

    [GeneratedRegex(@"^(?:around|about|near) (?<point>.+?)(?: ?(?:±|\+/?-) ?(?<by>.+))?$|^(?<point>.+?) ?(?:±|\+/?-) ?(?<by>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Around();

    [GeneratedRegex(@"^(?<point>.+) for (?<length>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex For();

    // A whole RFC 3339 time, whose offset may begin with a dash.
    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9]{2}:[0-9]{2}:[0-9]{2}[0-9.,]*(?:z|[+-][0-9]{2}:?[0-9]{2})?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FullInstant();

    [GeneratedRegex(@"^[0-9]{1,2}(?::[0-9]{2})?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HourOnly();

    [GeneratedRegex(@"^(?:s|sec|second|m|min|minute|h|hr|hour|d|day|w|week|month|year)$", RegexOptions.None, 1000)]
    private static partial Regex SingleUnit();

    [GeneratedRegex(@"^(?:[0-9]+(?:\.[0-9]+)? ?[a-zµ]+[ ,]*)+$", RegexOptions.NonBacktracking, 1000)]
    private static partial Regex Length();

    [GeneratedRegex(@"([0-9]+(?:\.[0-9]+)?) ?([a-zµ]+)", RegexOptions.None, 1000)]
    private static partial Regex LengthPart();

    [GeneratedRegex(@"^[0-9]{1,19}(?:\.[0-9]{1,9})?$", RegexOptions.None, 1000)]
    private static partial Regex UnixNumber();

    [GeneratedRegex(@"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[tT ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?)? ?([zZ]|[+-][0-9]{2}:?[0-9]{2})?$", RegexOptions.None, 1000)]
    private static partial Regex Date();
}
