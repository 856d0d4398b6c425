using System.Globalization;
using System.Text.Json;

namespace Storage.Queries;

/// <summary>Reads <c>time_range</c>, <c>start_time</c> and <c>end_time</c>: a length alone, a length with one end, or both ends.</summary>
internal sealed class TimeJsonReader(JsonFields json)
{
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>The range of a query that gives one end and no length: as long as the default.</summary>
    private static readonly long DefaultLengthNs = ((TimeRange.Last)TimeRange.Default).Length.Ticks * 100;

    public TimeRange Read(Dictionary<string, JsonElement> fields)
    {
        var length = fields.TryGetValue("time_range", out var lengthElement) ? Length(lengthElement) : null;
        var start = fields.TryGetValue("start_time", out var startElement) ? Instant(startElement, "start_time") : null;
        var end = fields.TryGetValue("end_time", out var endElement) ? Instant(endElement, "end_time") : null;
        if (fields.ContainsKey("time_range") && fields.ContainsKey("start_time") && fields.ContainsKey("end_time"))
        {
            json.Fail("time_range", "time_range goes with start_time or end_time, not with both");
            return TimeRange.Default;
        }

        return (start, end) switch
        {
            (null, null) => length is null ? TimeRange.Default : new TimeRange.Last(TimeSpan.FromTicks(length.Value / 100)),
            (null, { } to) => new TimeRange.Between(Saturate((Int128)to - (length ?? DefaultLengthNs)), to),
            ({ } from, null) => new TimeRange.Between(from, Saturate((Int128)from + (length ?? DefaultLengthNs))),
            ({ } from, { } to) => Between(from, to, endElement),
        };
    }

    private TimeRange Between(long from, long to, JsonElement end)
    {
        if (to < from) json.Fail("end_time", $"{JsonFields.Short(end.GetRawText())} lies before start_time");
        return new TimeRange.Between(from, to);
    }

    private long? Length(JsonElement element)
    {
        if (!TrySeconds(element, out var ns))
        {
            json.Fail("time_range", $"a number of seconds is expected here, not {JsonFields.Kind(element)}");
            return null;
        }

        if (ns >= 100) return ns;
        json.Fail("time_range", $"{element.GetRawText()} seconds is no length of time; it must be above 0");
        return null;
    }

    private long? Instant(JsonElement element, string path)
    {
        if (TrySeconds(element, out var ns)) return ns;
        if (element.ValueKind == JsonValueKind.String && json.Text(element, path) is { } text && Rfc3339.TryParse(text, out ns)) return ns;
        json.Fail(path, $"Unix seconds or a time in RFC 3339 is expected here, not {JsonFields.Kind(element)}");
        return null;
    }

    /// <summary>Seconds as nanoseconds, exact in decimal; beyond the years 1678 to 2262 the nearest end of that range.</summary>
    private static bool TrySeconds(JsonElement element, out long ns)
    {
        ns = 0;
        if (element.ValueKind != JsonValueKind.Number) return false;
        if (element.TryGetDouble(out var rough) && Math.Abs(rough) > long.MaxValue / (double)NsPerSecond)
        {
            ns = rough > 0 ? long.MaxValue : long.MinValue;
            return true;
        }

        if (!decimal.TryParse(element.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)) return false;
        ns = Saturate((Int128)decimal.Floor(seconds * NsPerSecond));
        return true;
    }

    private static long Saturate(Int128 ns) => ns > long.MaxValue ? long.MaxValue : ns < long.MinValue ? long.MinValue : (long)ns;
}

/// <summary>Times in RFC 3339 to the nanosecond.</summary>
internal static class Rfc3339
{
    /// <summary>
    /// Parses <c>2026-11-20T10:00:00.123456789+01:00</c>; a fraction may be of any length, digits beyond the ninth are cut. Times beyond
    /// the Int64 range of nanoseconds become its nearest end.
    /// </summary>
    public static bool TryParse(string text, out long unixNs)
    {
        unixNs = 0;
        if (text.Length is < 20 or > 64) return false;
        var zone = text.AsSpan(19);
        var fraction = 0L;
        if (zone[0] == '.')
        {
            var digits = 1;
            while (digits < zone.Length && char.IsAsciiDigit(zone[digits])) digits++;
            if (digits == 1) return false;
            for (var i = 1; i <= 9; i++) fraction = fraction * 10 + (i < digits ? zone[i] - '0' : 0);
            zone = zone[digits..];
        }

        if (!TryOffset(zone, out var offset)) return false;
        string[] forms = ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd't'HH:mm:ss", "yyyy-MM-dd' 'HH:mm:ss"];
        if (!DateTime.TryParseExact(text.AsSpan(0, 19), forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return false;
        var ns = ((Int128)(time.Ticks - DateTime.UnixEpoch.Ticks) - offset.Ticks) * 100 + fraction;
        unixNs = ns > long.MaxValue ? long.MaxValue : ns < long.MinValue ? long.MinValue : (long)ns;
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> zone, out TimeSpan offset)
    {
        offset = default;
        if (zone is "Z" or "z") return true;
        if (zone.Length != 6 || zone[0] is not ('+' or '-') || zone[3] != ':') return false;
        if (!TryTwoDigits(zone[1..3], 23, out var hours) || !TryTwoDigits(zone[4..6], 59, out var minutes)) return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (zone[0] == '-') offset = -offset;
        return true;
    }

    private static bool TryTwoDigits(ReadOnlySpan<char> text, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;
}
