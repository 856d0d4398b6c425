namespace Explorer.Client.Display;

/// <summary>What a number measures, as far as its column's name tells.</summary>
public enum Unit
{
    /// <summary>A plain number.</summary>
    None,

    /// <summary>A number of events or distinct values: shown in full up to 999,999.</summary>
    Count,
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    Bytes,
    Percent,

    /// <summary>An instant, Unix nanoseconds.</summary>
    Instant,
}

/// <summary>Finds the unit of a column.</summary>
public static class Units
{
    /// <summary>The unit of a result column, or of an event's column: the suffix of the name, or of the name inside <c>OP(name)</c>.</summary>
    public static Unit Of(string name)
    {
        if (name is "COUNT" || name.StartsWith("COUNT(", StringComparison.Ordinal) || name.StartsWith("COUNT_DISTINCT", StringComparison.Ordinal)) return Unit.Count;
        var open = name.IndexOf('(', StringComparison.Ordinal);
        var column = open >= 0 && name.EndsWith(')') ? name[(open + 1)..^1] : name;
        if (column is "time") return Unit.Instant;
        if (column.EndsWith('%')) return Unit.Percent;
        var suffix = column[(column.LastIndexOfAny(['_', '.', ' ']) + 1)..];
        if (suffix.Length == column.Length) return Unit.None;
        // bytes_per_s is a rate, not a time.
        var word = column[..^(suffix.Length + 1)];
        if (word[(word.LastIndexOfAny(['_', '.', ' ']) + 1)..] is "per") return Unit.None;
        return suffix switch
        {
            "ns" => Unit.Nanoseconds,
            "us" => Unit.Microseconds,
            "ms" => Unit.Milliseconds,
            "s" => Unit.Seconds,
            "bytes" => Unit.Bytes,
            "percent" or "pct" => Unit.Percent,
            _ => Unit.None,
        };
    }

    /// <summary>Milliseconds per unit for times, else null.</summary>
    public static double? Milliseconds(this Unit unit) => unit switch
    {
        Unit.Nanoseconds => 1e-6,
        Unit.Microseconds => 1e-3,
        Unit.Milliseconds => 1,
        Unit.Seconds => 1000,
        _ => null,
    };
}
