namespace Storage.Queries;

/// <summary>Names a result column: by its name, or by the calculation that makes it, or (orders only) by a breakdown's column.</summary>
/// <param name="Name">The result column's name, when it is referred to by name.</param>
/// <param name="Op">The calculation's operation, when it is referred to by operation and column.</param>
/// <param name="Column">The calculation's column; or, without <paramref name="Op"/>, a breakdown or an event's column.</param>
public sealed record ResultReference(string? Name = null, CalculationOp? Op = null, string? Column = null);

/// <summary>Keeps only groups whose calculation compares as said; a null calculation never does.</summary>
public sealed record Having(ResultReference Target, FilterOp Op, Value Value);

/// <summary>One sort key of the result. Missing values come last both ways.</summary>
public sealed record Order(ResultReference Target, bool Descending = true);

/// <summary>Arithmetic over named calculations: <c>$errors / $total * 100</c>.</summary>
public sealed record Formula(string Name, string Expression);

/// <summary>A per-event expression that can be used like a column.</summary>
public sealed record CalculatedField(string Name, string Expression);

/// <summary>
/// A question about events. Immutable; equal queries are equal by content. A query without calculations lists events.
/// Nothing here is validated: the store binds a query against its schema and answers with <see cref="QueryException"/>.
/// </summary>
public sealed record Query
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 10_000;

    /// <summary>Events that a listing may ask for from within the process, where no request carries them.</summary>
    public const int MaxListed = 300_000;

    public TimeRange Time { get; init; } = TimeRange.Default;

    public ValueList<Calculation> Calculations { get; init; }

    public Filter? Where { get; init; }

    /// <summary>Columns whose distinct values make the groups.</summary>
    public ValueList<string> Breakdowns { get; init; }

    public ValueList<Having> Havings { get; init; }

    /// <summary>Sort keys; empty means the first calculation descending, or newest first for a listing.</summary>
    public ValueList<Order> Orders { get; init; }

    /// <summary>Groups or events in the answer, 1 to <see cref="MaxLimit"/>, of a listing to <see cref="MaxListed"/>; null means <see cref="DefaultLimit"/>.</summary>
    public int? Limit { get; init; }

    /// <summary>Width of a time bucket in seconds; null means chosen from the window.</summary>
    public double? GranularitySeconds { get; init; }

    /// <summary>How the rows of the HEATMAP divide its values.</summary>
    public HeatmapScale HeatmapScale { get; init; }

    public ValueList<Formula> Formulas { get; init; }

    public ValueList<CalculatedField> CalculatedFields { get; init; }

    /// <summary>Seconds by which the compared earlier period is shifted; null means no comparison.</summary>
    public long? CompareOffsetSeconds { get; init; }

    /// <summary>False leaves the series out of the answer.</summary>
    public bool Series { get; init; } = true;

    /// <summary>Columns of a listing; empty means all.</summary>
    public ValueList<string> Columns { get; init; }

    /// <summary>Where a listing goes on: the cursor of the previous page.</summary>
    public string? Cursor { get; init; }

    /// <summary>True when the query lists events instead of calculating.</summary>
    public bool IsListing => Calculations.IsEmpty;
}
