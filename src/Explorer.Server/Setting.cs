using System.Globalization;
using System.Net;

namespace Explorer.Server;

/// <summary>One setting: where it is given, what it means, and how its text becomes a value.</summary>
/// <param name="Key">Path below <c>Explorer</c> in appsettings.json, parts separated by colons.</param>
/// <param name="Flag">Name on the command line, with its dashes; null when it has none.</param>
/// <param name="Argument">What stands after the flag in the help; empty for a switch.</param>
/// <param name="Description">One line for the help.</param>
/// <param name="Get">The value as text, as appsettings.json would have it.</param>
/// <param name="Set">Takes a text; answers what is wrong with it, or null.</param>
internal sealed record Setting(
    string Key, string? Flag, string Argument, string Description, Func<ExplorerOptions, string> Get, Func<ExplorerOptions, string, string?> Set)
{
    public string ConfigurationKey => "Explorer:" + Key;

    public string EnvironmentVariable => "EXPLORER__" + Key.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>What a page may show of a value that is a secret; null where the value is none.</summary>
    public Func<ExplorerOptions, string>? Shown { get; init; }

    public bool IsSwitch => Argument.Length == 0;
}

/// <summary>Reads and writes the kinds of values that settings have.</summary>
internal static class SettingText
{
    private static readonly (string Unit, long Bytes)[] SizeUnits =
        [("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1)];

    private static readonly (string Unit, long Seconds)[] TimeUnits = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

    public static string? Int(string text, int min, int max, Action<int> set)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < min || value > max)
            return $"\"{text}\" is not a whole number from {min} to {max}";
        set(value);
        return null;
    }

    public static string? Switch(string text, Action<bool> set)
    {
        if (!bool.TryParse(text, out var value)) return $"\"{text}\" is neither true nor false";
        set(value);
        return null;
    }

    /// <summary>Bytes: a whole number, or one with a unit such as <c>512MiB</c>.</summary>
    public static string? Bytes(string text, long min, Action<long> set)
    {
        var (number, factor) = SplitUnit(text, SizeUnits, 1);
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > long.MaxValue / factor)
            return $"\"{text}\" is not a size such as 512MiB or a number of bytes";
        if (count * factor < min) return $"\"{text}\" is below the least size, {FormatBytes(min)}";
        set(count * factor);
        return null;
    }

    /// <summary>A length of time: a number with d, h, m or s.</summary>
    public static string? Time(string text, TimeSpan min, TimeSpan max, Action<TimeSpan> set)
    {
        var (number, factor) = SplitUnit(text, TimeUnits, 0);
        if (factor == 0 || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 100_000L * 86_400 / factor)
            return $"\"{text}\" is not a length of time such as 30s, 15m, 12h or 30d";
        var value = TimeSpan.FromSeconds(count * factor);
        if (value < min || value > max) return $"\"{text}\" is not from {FormatTime(min)} to {FormatTime(max)}";
        set(value);
        return null;
    }

    public static string? Address(string text, Action<IPAddress> set)
    {
        var address = IPAddress.Loopback;
        if (!string.Equals(text, "localhost", StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(text, out address))
            return $"\"{text}\" is not an IP address (127.0.0.1 for this machine only, 0.0.0.0 for every network)";
        set(address!);
        return null;
    }

    public static string FormatBytes(long bytes)
    {
        foreach (var (unit, size) in SizeUnits)
            if (unit.EndsWith("iB", StringComparison.Ordinal) && bytes >= size && bytes % size == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{unit}");
        return bytes.ToString(CultureInfo.InvariantCulture);
    }

    public static string FormatTime(TimeSpan time)
    {
        var seconds = (long)time.TotalSeconds;
        foreach (var (unit, size) in TimeUnits)
            if (seconds >= size && seconds % size == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{seconds / size}{unit}");
        return "0s";
    }

    private static (string Number, long Factor) SplitUnit(string text, (string Unit, long Factor)[] units, long factorWithoutUnit)
    {
        foreach (var (unit, factor) in units)
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                return (text[..^unit.Length].TrimEnd(), factor);
        return (text, factorWithoutUnit);
    }
}
