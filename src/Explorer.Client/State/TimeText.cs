using System.Globalization;
using System.Text.RegularExpressions;
using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>
/// Times as people type and paste them: <c>2h</c>, <c>last 90 min</c>, <c>10:00-10:20 yesterday</c>, <c>2026-11-20T10:00Z to 11:00</c>, Unix times.
/// Clock times without a zone are in the zone given.
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
        if (WholeDay(text, today) is { } day) return Between(ToUnix(day, zone), ToUnix(day.AddDays(1), zone), out range);

        var baseDay = today;
        var word = DayWord().Match(text);
        if (word.Success)
        {
            baseDay = WholeDay(word.Value, today)!.Value;
            text = text.Remove(word.Index, word.Length).Trim();
        }

        text = FromWord().Replace(text, "");
        if (Split(text) is { } parts)
            return TryParsePoint(parts.From, now, baseDay, zone, out var start, out var startDay)
                && TryParsePoint(parts.To, now, startDay, zone, out var end, out _)
                && Between(start, end <= start && IsClock(parts.To) ? NextDay(end, zone) : end, out range);
        return TryParsePoint(text, now, baseDay, zone, out var from, out _) && Between(from, UnixTime.FromDateTimeOffset(now), out range);
    }

    private static bool Between(long start, long end, out TimeRange range)
    {
        range = new TimeRange.Between(start, end);
        return start >= 0 && end > start;
    }

    private static long NextDay(long unixNs, TimeZoneInfo zone) => ToUnix(TimeZoneInfo.ConvertTime(UnixTime.ToDateTimeOffset(unixNs), zone).DateTime.AddDays(1), zone);

    private static (string From, string To)? Split(string text)
    {
        foreach (var separator in (ReadOnlySpan<string>)["..", " to ", " until ", " - ", "/"])
        {
            var at = text.IndexOf(separator, StringComparison.Ordinal);
            if (at > 0 && at + separator.Length < text.Length) return (text[..at].Trim(), text[(at + separator.Length)..].Trim());
        }

        // A dash without spaces separates clock or Unix times, but is part of a date: it is the one after which no date can go on.
        var clocks = ClockRange().Match(text);
        return clocks.Success ? (clocks.Groups[1].Value.Trim(), clocks.Groups[2].Value.Trim()) : null;
    }

    private static bool TryParsePoint(string text, DateTimeOffset now, DateTime day, TimeZoneInfo zone, out long unixNs, out DateTime pointDay)
    {
        pointDay = day;
        unixNs = UnixTime.FromDateTimeOffset(now);
        if (text is "now") return true;
        if (text.EndsWith(" ago", StringComparison.Ordinal) && TryParseLength(text[..^4], out var ago))
        {
            unixNs -= Math.Min(unixNs, ago.Ticks * 100);
            return true;
        }

        if (TryParseClock(text, out var clock))
        {
            unixNs = ToUnix(day + clock, zone);
            return true;
        }

        if (WholeDay(text, TimeZoneInfo.ConvertTime(now, zone).Date) is { } named)
        {
            (unixNs, pointDay) = (ToUnix(named, zone), named);
            return true;
        }

        // A short number is no time that anyone means.
        if ((text.Length < 9 && UnixNumber().IsMatch(text)) || !TryParseInstant(text, zone, out unixNs)) return false;
        pointDay = TimeZoneInfo.ConvertTime(UnixTime.ToDateTimeOffset(unixNs), zone).Date;
        return true;
    }

    private static DateTime? WholeDay(string text, DateTime today)
    {
        if (text is "today") return today;
        if (text is "yesterday") return today.AddDays(-1);
        return DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
    }

    private static bool IsClock(string text) => TryParseClock(text, out _);

    private static bool TryParseClock(string text, out TimeSpan clock)
    {
        clock = default;
        var match = Clock().Match(text);
        if (!match.Success) return false;
        var hours = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var minutes = int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        var seconds = match.Groups[3].Success ? decimal.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture) : 0;
        if (hours > 24 || minutes > 59 || seconds >= 60 || (hours == 24 && (minutes > 0 || seconds > 0))) return false;
        clock = new TimeSpan(hours, minutes, 0) + TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
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
        if (match.Groups[2].Success && !TryParseClock(match.Groups[2].Value, out clock)) return false;
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

    private static long ToUnix(DateTime time, TimeZoneInfo zone) => UnixTime.FromDateTimeOffset(new DateTimeOffset(time, Offset(time, zone)));

    private static TimeSpan Offset(DateTime time, TimeZoneInfo zone) => zone.GetUtcOffset(DateTime.SpecifyKind(time, DateTimeKind.Unspecified));

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^(?:the )?(?:last|past|previous) ", RegexOptions.None, 1000)]
    private static partial Regex LastWord();

    [GeneratedRegex(@"^(?:from|since|between) ", RegexOptions.None, 1000)]
    private static partial Regex FromWord();

    [GeneratedRegex(@"^(?:s|sec|second|m|min|minute|h|hr|hour|d|day|w|week|month|year)$", RegexOptions.None, 1000)]
    private static partial Regex SingleUnit();

    [GeneratedRegex(@"^(?:[0-9]+(?:\.[0-9]+)? ?[a-zµ]+[ ,]*)+$", RegexOptions.NonBacktracking, 1000)]
    private static partial Regex Length();

    [GeneratedRegex(@"([0-9]+(?:\.[0-9]+)?) ?([a-zµ]+)", RegexOptions.None, 1000)]
    private static partial Regex LengthPart();

    [GeneratedRegex(@"\b(?:today|yesterday)$|^(?:today|yesterday)\b(?! *(?:-|to|until))|^[0-9]{4}-[0-9]{2}-[0-9]{2}(?= [0-9:.]+ ?- ?[0-9:.]+$)", RegexOptions.None, 1000)]
    private static partial Regex DayWord();

    [GeneratedRegex(@"^(.*?[0-9:.]) ?- ?([0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?|[0-9]{10,19}(?:\.[0-9]+)?|now)$", RegexOptions.None, 1000)]
    private static partial Regex ClockRange();

    [GeneratedRegex(@"^([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]{1,9})?))?$", RegexOptions.None, 1000)]
    private static partial Regex Clock();

    [GeneratedRegex(@"^[0-9]{1,19}(?:\.[0-9]{1,9})?$", RegexOptions.None, 1000)]
    private static partial Regex UnixNumber();

    [GeneratedRegex(@"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[tT ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?)? ?([zZ]|[+-][0-9]{2}:?[0-9]{2})?$", RegexOptions.None, 1000)]
    private static partial Regex Date();
}
