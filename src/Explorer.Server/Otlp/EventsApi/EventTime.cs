using System.Globalization;

namespace Explorer.Server.Otlp.EventsApi;

/// <summary>Times as people write them into events: RFC 3339, or a Unix time in seconds, milliseconds, microseconds or nanoseconds.</summary>
internal static class EventTime
{
    private const decimal NanosecondsPerSecond = 1_000_000_000m;

    /// <summary>
    /// The unit of a bare number follows from its size: below 10^11 seconds (until the year 5138), below 10^14 milliseconds, below 10^17
    /// microseconds, else nanoseconds.
    /// </summary>
    /// <returns>False where it is no time from 1 ns to Int64.MaxValue ns.</returns>
    public static bool TryParse(string text, out ulong unixNs)
    {
        unixNs = 0;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return TryParseDate(text, out unixNs);
        var scale = Math.Abs(number) switch
        {
            < 1e11m => NanosecondsPerSecond,
            < 1e14m => 1_000_000m,
            < 1e17m => 1_000m,
            _ => 1m,
        };
        return TryConvert(decimal.Truncate(number * scale), out unixNs);
    }

    /// <summary>The library keeps seven digits of a second; the rest are read here.</summary>
    private static bool TryParseDate(string text, out ulong unixNs)
    {
        unixNs = 0;
        var extra = 0;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            var end = point + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
            var digits = text[(point + 1)..end].PadRight(9, '0')[..9];
            extra = int.Parse(digits, CultureInfo.InvariantCulture);
            text = text[..point] + text[end..];
        }

        if (!char.IsAsciiDigit(text.FirstOrDefault())
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return false;
        return TryConvert((date - DateTimeOffset.UnixEpoch).Ticks * (decimal)TimeSpan.NanosecondsPerTick + extra, out unixNs);
    }

    private static bool TryConvert(decimal nanoseconds, out ulong unixNs)
    {
        var valid = nanoseconds is >= 1 and <= long.MaxValue;
        unixNs = valid ? (ulong)nanoseconds : 0;
        return valid;
    }
}
