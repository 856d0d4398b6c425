using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;

namespace Storage.Compile;

/// <summary>An aggregate that can be put together from those of parts.</summary>
/// <param name="OverEvents">It over the events themselves.</param>
/// <param name="OverParts">It over rows of which each has it for a part, given the column that holds that, and whether the statement has a GROUP BY.</param>
/// <param name="Measure">The same for who counts without the engine; null where only that can.</param>
internal sealed record PartialAggregate(string OverEvents, Func<string, bool, string> OverParts, TallyMeasure? Measure = null);

/// <summary>
/// Aggregates that are put together from those of parts: each of those that calculations are made of is computed once over
/// the events, as <c>p0</c>, <c>p1</c> and so on, and from there on only put together.
/// </summary>
internal sealed class PartialResults
{
    private readonly List<PartialAggregate> _all = [];

    /// <summary>Over the events: what to select.</summary>
    public IEnumerable<string> Definitions => _all.Select((p, i) => $"{p.OverEvents} AS {Name(i)}");

    /// <summary>What to count; empty when only the engine can.</summary>
    public ImmutableArray<TallyMeasure> Measures => _all.Exists(p => p.Measure is null) ? [] : [.. _all.Select(p => p.Measure!)];

    /// <summary>A count, a sum, the least or the greatest.</summary>
    public static PartialAggregate Of(SqlDialect dialect, string function, string argument, string filter, TallyMeasure? measure = null) => new($"{function}({argument}){filter}", function switch
    {
        "count" => (partial, _) => dialect.Typed($"coalesce(sum({partial}), 0)", ColumnType.Int64),
        "sum" or "min" or "max" => (partial, _) => $"{function}({partial})",
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "cannot be put together from parts"),
    }, measure);

    /// <summary>Over partial results: what to select to get partial results again.</summary>
    public IEnumerable<string> Additions(bool isGrouped) => _all.Select((p, i) => $"{p.OverParts(Name(i), isGrouped)} AS {Name(i)}");

    /// <summary>An aggregate where a row holds all of it.</summary>
    public string InRow(PartialAggregate aggregate) => Name(Place(aggregate));

    /// <summary>An aggregate where several rows, which are not grouped, hold parts of it.</summary>
    public string OverRows(PartialAggregate aggregate) => aggregate.OverParts(Name(Place(aggregate)), false);

    private int Place(PartialAggregate aggregate)
    {
        var place = _all.FindIndex(p => p.OverEvents == aggregate.OverEvents);
        if (place >= 0) return place;
        _all.Add(aggregate);
        return _all.Count - 1;
    }

    /// <summary>Over a relation of cells: what to select to get partial results.</summary>
    public IEnumerable<string> FromCells(SqlDialect dialect) => _all.Select((p, i) => string.Create(CultureInfo.InvariantCulture, $"{p.Measure switch
    {
        { Kind: TallyKind.Values, Column: var column } => dialect.ListOf($"m{i}", column!.Type),
        { IsExact: true, Kind: not TallyKind.Count } => dialect.FromUnits($"m{i}"),
        _ => $"m{i}",
    }} AS {Name(i)}"));

    private static string Name(int place) => "p" + place.ToString(CultureInfo.InvariantCulture);
}
