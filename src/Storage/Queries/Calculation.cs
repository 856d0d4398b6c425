namespace Storage.Queries;

/// <summary>What a calculation computes over the events of a group.</summary>
public enum CalculationOp : byte
{
    Count,
    Sum,
    Avg,
    Min,
    Max,
    CountDistinct,
    Heatmap,
    Concurrency,
    RateAvg,
    RateSum,
    RateMax,
    P001,
    P01,
    P05,
    P10,
    P20,
    P25,
    P50,
    P75,
    P80,
    P90,
    P95,
    P99,
    P999,
}

/// <summary>One calculation of a query.</summary>
/// <param name="Op">The function.</param>
/// <param name="Column">The column it works on; null for COUNT of events and CONCURRENCY.</param>
/// <param name="Name">The name of its result column, when the user gave one.</param>
/// <param name="Where">Only events that match take part in this calculation.</param>
public sealed record Calculation(CalculationOp Op, string? Column = null, string? Name = null, Filter? Where = null)
{
    /// <summary>The name of the result column: the given one, else <c>COUNT</c> or <c>OP(column)</c>.</summary>
    public string ResultName => Name ?? (Column is null ? Op.Name() : $"{Op.Name()}({Column})");
}

/// <summary>Names and properties of <see cref="CalculationOp"/>.</summary>
public static class CalculationOps
{
    private static readonly Dictionary<string, CalculationOp> ByName =
        Enum.GetValues<CalculationOp>().ToDictionary(op => op.Name(), op => op, StringComparer.OrdinalIgnoreCase);

    /// <summary>The name in the API: COUNT, COUNT_DISTINCT, RATE_AVG, P999 and so on.</summary>
    public static string Name(this CalculationOp op) => op switch
    {
        CalculationOp.CountDistinct => "COUNT_DISTINCT",
        CalculationOp.RateAvg => "RATE_AVG",
        CalculationOp.RateSum => "RATE_SUM",
        CalculationOp.RateMax => "RATE_MAX",
        _ => op.ToString().ToUpperInvariant(),
    };

    /// <summary>All names, in the order of the enumeration.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Finds an operation by name, in any case.</summary>
    public static bool TryParse(string name, out CalculationOp op) => ByName.TryGetValue(name, out op);

    /// <summary>The quantile in (0, 1) of a percentile, else null. P999 is 0.999.</summary>
    public static double? Quantile(this CalculationOp op) => op switch
    {
        CalculationOp.P001 => 0.001,
        CalculationOp.P01 => 0.01,
        CalculationOp.P05 => 0.05,
        CalculationOp.P10 => 0.10,
        CalculationOp.P20 => 0.20,
        CalculationOp.P25 => 0.25,
        CalculationOp.P50 => 0.50,
        CalculationOp.P75 => 0.75,
        CalculationOp.P80 => 0.80,
        CalculationOp.P90 => 0.90,
        CalculationOp.P95 => 0.95,
        CalculationOp.P99 => 0.99,
        CalculationOp.P999 => 0.999,
        _ => null,
    };

    /// <summary>What a RATE compares from bucket to bucket: AVG, SUM or MAX; null for all others.</summary>
    public static CalculationOp? RateOf(this CalculationOp op) => op switch
    {
        CalculationOp.RateAvg => CalculationOp.Avg,
        CalculationOp.RateSum => CalculationOp.Sum,
        CalculationOp.RateMax => CalculationOp.Max,
        _ => null,
    };

    /// <summary>True when the operation must have a column.</summary>
    public static bool NeedsColumn(this CalculationOp op) => op is not (CalculationOp.Count or CalculationOp.Concurrency);

    /// <summary>True when the operation may have a column.</summary>
    public static bool TakesColumn(this CalculationOp op) => op is not CalculationOp.Concurrency;
}
