namespace Storage.Queries;

/// <summary>What statistics say of the events of a time, exactly, without one of them being read.</summary>
public sealed class ValueTotals
{
    /// <summary>Events of the time.</summary>
    public required long Events { get; init; }

    /// <summary>Times that together hold all of these events, and how many each: some thousands to some hundred thousands. They may overlap.</summary>
    public required IReadOnlyList<(TimeWindow Window, long Events)> Blocks { get; init; }

    /// <summary>The columns that were asked for, by name; without those of which nothing is known.</summary>
    public required IReadOnlyDictionary<string, ColumnTotals> Columns { get; init; }
}

/// <param name="Present">Events that have a value.</param>
/// <param name="Values">Events for each value, of the type that queries see; null where the values are too many to be counted beforehand.</param>
public sealed record ColumnTotals(long Present, IReadOnlyDictionary<Value, long>? Values);
