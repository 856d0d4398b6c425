using System.Globalization;
using System.Text;
using Storage.Queries;

namespace Explorer.Client.Display;

/// <summary>Numbers and values as the pages show them. charts/format.js follows the same rules for what it shows under the pointer.</summary>
public static class Format
{
    /// <summary>Longest text of a value that is shown uncut.</summary>
    public const int MaxText = 200;

    /// <summary>What stands where there is no number.</summary>
    public const string NoNumber = "–";

    /// <summary>What stands where a group or an event has no value.</summary>
    public const string Missing = "(missing)";

    private const char Space = '\u00A0';
    private const char Minus = '\u2212';
    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    private static readonly string[] LargeUnits = ["", "k", "M", "G", "T"];

    /// <summary>A number with its unit.</summary>
    public static string Number(double number, Unit unit)
    {
        if (!double.IsFinite(number)) return NoNumber;
        if (unit is Unit.Instant) return TimeLabel.Full((long)number, TimeZoneInfo.Utc);
        if (number < 0) return Minus + Number(-number, unit);
        if (unit.Milliseconds() is { } factor) return Duration(number * factor);
        return unit switch
        {
            Unit.Count => Count(number),
            Unit.Bytes => Bytes(number),
            Unit.Percent => Percent(number) + Space + "%",
            _ => Plain(number),
        };
    }

    /// <summary>A cell of a results table: as <see cref="Number"/>, but the percent sign stays in the head.</summary>
    public static string Cell(Value value, Unit unit)
    {
        if (value.IsNull) return NoNumber;
        if (!value.IsNumber) return Text(value);
        if (unit is Unit.Instant && value.Kind == ValueKind.Int64) return TimeLabel.Full(value.AsInt64(), TimeZoneInfo.Utc);
        var number = value.AsDouble();
        if (unit is Unit.Percent && double.IsFinite(number)) return (number < 0 ? Minus.ToString() : "") + Percent(Math.Abs(number));
        return Number(number, unit);
    }

    /// <summary>How a value differs from an earlier one: signed, percent of the earlier value; shares differ in points. A dash where either is missing.</summary>
    public static string Change(Value now, Value before, Unit unit)
    {
        if (!now.IsNumber || !before.IsNumber) return NoNumber;
        var (a, b) = (now.AsDouble(), before.AsDouble());
        if (!double.IsFinite(a) || !double.IsFinite(b)) return NoNumber;
        if (unit is Unit.Percent) return Signed(a - b, "0.00") + Space + "pt";
        if (b == 0) return a == 0 ? "0" + Space + "%" : "new";
        var percent = (a - b) / Math.Abs(b) * 100;
        return Signed(percent, Math.Abs(percent) < 10 ? "0.0" : "N0") + Space + "%";
    }

    /// <summary>The exact number, for tooltips.</summary>
    public static string Exact(Value value) => value.Kind switch
    {
        ValueKind.Int64 => value.AsInt64().ToString("N0", CultureInfo.InvariantCulture).Replace('-', Minus),
        ValueKind.Float64 => value.ToString().Replace('-', Minus),
        _ => value.ToString(),
    };

    /// <summary>A number of things: in full up to 999,999, then 1.28 M.</summary>
    public static string Count(double number)
    {
        if (number < 0) return Minus + Count(-number);
        if (number < 999_999.5) return Math.Abs(number - Math.Round(number)) < 1e-9 || number >= 1000 ? number.ToString("N0", CultureInfo.InvariantCulture) : Digits(number);
        return Large(number);
    }

    /// <summary>A length of time, given in milliseconds.</summary>
    public static string Duration(double milliseconds)
    {
        if (!double.IsFinite(milliseconds)) return NoNumber;
        if (milliseconds < 0) return Minus + Duration(-milliseconds);
        if (milliseconds == 0) return $"0{Space}ms";
        if (Round3(milliseconds) < 0.001) return $"{Digits(milliseconds * 1e6)}{Space}ns";
        if (Round3(milliseconds) < 1) return $"{Digits(milliseconds * 1000)}{Space}µs";
        if (Round3(milliseconds) < 1000) return $"{Digits(milliseconds)}{Space}ms";
        if (Round3(milliseconds) < 100_000) return $"{Digits(milliseconds / 1000)}{Space}s";
        var seconds = Math.Round(milliseconds / 1000);
        if (seconds < 3600) return Pair(seconds, 60, "min", "s");
        var minutes = Math.Round(seconds / 60);
        if (minutes < 1440) return Pair(minutes, 60, "h", "min");
        var hours = Math.Round(minutes / 60);
        return hours < 24 * 10_000 ? Pair(hours, 24, "d", "h") : $"{hours / 24:N0}{Space}d";
    }

    /// <summary>A length that somebody chose, exactly: <c>1 min</c>, <c>1 h 30 min</c>, <c>10 s</c>. From four parts on, and below a millisecond, as <see cref="Duration"/>.</summary>
    public static string Length(TimeSpan length)
    {
        var parts = new List<string>();
        foreach (var (value, unit) in (ReadOnlySpan<(int, string)>)[(length.Days, "d"), (length.Hours, "h"), (length.Minutes, "min"), (length.Seconds, "s"), (length.Milliseconds, "ms")])
            if (value > 0) parts.Add(value.ToString("N0", CultureInfo.InvariantCulture) + Space + unit);
        return parts.Count is 0 or > 3 ? Duration(length.TotalMilliseconds) : string.Join(Space, parts);
    }

    /// <summary>A number of bytes, decimal units.</summary>
    public static string Bytes(double bytes)
    {
        if (bytes < 0) return Minus + Bytes(-bytes);
        var index = 0;
        while (index < ByteUnits.Length - 1 && (index == 0 ? Math.Round(bytes) : Round3(bytes)) >= 1000) (bytes, index) = (bytes / 1000, index + 1);
        return index == 0 ? $"{Math.Round(bytes).ToString(CultureInfo.InvariantCulture)}{Space}B" : $"{Digits(bytes)}{Space}{ByteUnits[index]}";
    }

    /// <summary>Three significant digits, from 10,000 on with k, M, G, T.</summary>
    public static string Plain(double number)
    {
        if (!double.IsFinite(number)) return NoNumber;
        if (number < 0) return Minus + Plain(-number);
        if (number == 0) return "0";
        if (number < 1e-4 || number >= 1e15) return number.ToString("0.##e0", CultureInfo.InvariantCulture).Replace('-', Minus);
        if (number == Math.Floor(number) && number < 999_999.5) return number.ToString("N0", CultureInfo.InvariantCulture);
        return Round3(number) < 1000 ? Digits(number) : number < 999_999.5 ? number.ToString("N0", CultureInfo.InvariantCulture) : Large(number);
    }

    /// <summary>The label of an axis tick: short, <c>4 k</c>.</summary>
    public static string Tick(double number, Unit unit)
    {
        if (unit is Unit.Count or Unit.None && Math.Abs(number) >= 1000)
        {
            var (scaled, suffix) = Scale(Math.Abs(number));
            return (number < 0 ? Minus.ToString() : "") + scaled.ToString("0.###", CultureInfo.InvariantCulture) + (suffix.Length > 0 ? Space + suffix : "");
        }

        if (unit.Milliseconds() is { } factor) return DurationTick(number * factor);
        return unit switch
        {
            Unit.Bytes => Trimmed(Bytes(number)),
            Unit.Percent => number.ToString("0.###", CultureInfo.InvariantCulture) + Space + "%",
            _ => number.ToString("0.######", CultureInfo.InvariantCulture).Replace('-', Minus),
        };
    }

    /// <summary>A value as one line of text: nothing that could break the line or turn the writing direction, at most <see cref="MaxText"/> characters.</summary>
    public static string Text(Value value, int max = MaxText) => value.Kind switch
    {
        ValueKind.Null => Missing,
        ValueKind.String => value.AsString().Length == 0 ? "\"\"" : Text(value.AsString(), max),
        _ => value.ToString().Replace('-', Minus),
    };

    /// <summary>Text made safe for one line; control characters become escapes.</summary>
    public static string Text(string text, int max = MaxText)
    {
        var cut = text.Length > max;
        if (cut && char.IsHighSurrogate(text[max - 1])) max--;
        var end = cut ? max : text.Length;
        StringBuilder? escaped = null;
        for (var i = 0; i < end; i++)
        {
            var escape = Escape(text[i]);
            if (escape is not null) escaped ??= new StringBuilder(text, 0, i, end + 16);
            if (escaped is not null) _ = escape is null ? escaped.Append(text[i]) : escaped.Append(escape);
        }

        var shown = escaped?.ToString() ?? text[..end];
        return cut ? shown + "…" : shown;
    }

    /// <summary>Shortens long text in its middle, where names that share a prefix still differ at the end.</summary>
    public static string Middle(string text, int max)
    {
        if (text.Length <= max) return Text(text);
        var head = (max - 1) / 2;
        if (char.IsHighSurrogate(text[head - 1])) head--;
        var tail = text.Length - (max - 1 - head);
        if (char.IsLowSurrogate(text[tail])) tail++;
        return Text(text[..head]) + "…" + Text(text[tail..]);
    }

    private static string? Escape(char c) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\0' => "\\0",
        _ when char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u200E' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') =>
            $"\\u{(int)c:X4}",
        _ => null,
    };

    private static string Signed(double number, string format)
    {
        var text = Math.Abs(number).ToString(format, CultureInfo.InvariantCulture);
        var isZero = text.All(c => c is '0' or '.');
        return (isZero ? "" : number < 0 ? Minus.ToString() : "+") + text;
    }

    private static string Percent(double percent)
    {
        if (percent is > 0 and < 0.005) return "<0.1";
        return percent.ToString(Math.Round(percent, 2) < 10 ? "0.00" : "N1", CultureInfo.InvariantCulture);
    }

    private static string Pair(double value, int size, string large, string small)
    {
        var (head, rest) = ((long)value / size, (long)value % size);
        var first = head.ToString("N0", CultureInfo.InvariantCulture) + Space + large;
        return rest == 0 ? first : first + Space + rest.ToString(CultureInfo.InvariantCulture) + Space + small;
    }

    private static string DurationTick(double milliseconds) => Trimmed(Duration(milliseconds));

    // 1.00 s is a measurement, 1 s is a tick.
    private static string Trimmed(string text)
    {
        var space = text.IndexOf(Space, StringComparison.Ordinal);
        if (space < 0 || !text[..space].Contains('.', StringComparison.Ordinal)) return text;
        return text[..space].TrimEnd('0').TrimEnd('.') + text[space..];
    }

    private static string Large(double number)
    {
        var (scaled, suffix) = Scale(number);
        return $"{Digits(scaled)}{Space}{suffix}";
    }

    private static (double Scaled, string Suffix) Scale(double number)
    {
        var index = 0;
        while (index < LargeUnits.Length - 1 && Round3(number) >= 1000) (number, index) = (number / 1000, index + 1);
        return (number, LargeUnits[index]);
    }

    private static double Round3(double number)
    {
        if (number == 0) return 0;
        var scale = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(number))) - 2);
        return scale == 0 ? number : Math.Round(number / scale) * scale;
    }

    private static string Digits(double number)
    {
        var rounded = Round3(number);
        var format = rounded >= 99.95 ? "N0" : rounded >= 9.995 ? "0.0" : rounded >= 0.9995 ? "0.00" : "0.####";
        return number.ToString(format, CultureInfo.InvariantCulture);
    }
}
