using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>A selection among the events of a query, and what it is compared with.</summary>
public sealed record CompareQuestion
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>Its time, where and calculated fields say which events there are; its HEATMAP is what a box without a column lies on.</summary>
    public required Query Query { get; init; }

    public required Selection Selection { get; init; }

    /// <summary>Null means all events of the query that are not selected.</summary>
    public Baseline? Baseline { get; init; }

    /// <summary>Columns whose shown counts are exact in the answer; all significant ones are in it.</summary>
    public int Limit { get; init; } = DefaultLimit;
}

/// <summary>Which events of the query are asked about.</summary>
public abstract record Selection
{
    private Selection() { }

    /// <summary>A box on a heatmap: times from start to before end, and values from min to max, both included; a bound may be missing.</summary>
    public sealed record Box(string? Column, TimeWindow Window, double? Min, double? Max) : Selection;

    /// <summary>The events of a time span.</summary>
    public sealed record Time(TimeWindow Window) : Selection;

    /// <summary>The events of a condition.</summary>
    public sealed record Where(Filter Filter) : Selection;

    /// <summary>The events of a group: a value for each column; a null value means that it is missing.</summary>
    public sealed record Group(ValueList<(string Column, Value Value)> Values) : Selection;

    /// <summary>The events of another query, by its time and where.</summary>
    public sealed record Events(Query Query) : Selection;
}

/// <summary>What a selection is compared with. Events that are also selected are not in it.</summary>
public abstract record Baseline
{
    private Baseline() { }

    /// <summary>The query's events of another time span, which may lie outside the query's.</summary>
    public sealed record Time(TimeWindow Window) : Baseline;

    /// <summary>The query's events of a condition.</summary>
    public sealed record Where(Filter Filter) : Baseline;
}
