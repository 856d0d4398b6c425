using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>A query whose every name is resolved, every value typed and every default chosen. Nothing in it can be at fault any more.</summary>
/// <param name="Window">The absolute window.</param>
/// <param name="Where">The condition; null when all events of the window match.</param>
/// <param name="Weight">The column that says how many events one stands for; null when no event says so.</param>
/// <param name="Limit">Rows of the answer.</param>
/// <param name="Patterns">Regular expressions that only the engine can judge.</param>
internal abstract record BoundQuery(
    TimeWindow Window, BoundFilter? Where, BoundColumn? Weight, int Limit, ImmutableArray<BoundPattern> Patterns)
{
    /// <summary>The columns that the query reads over its whole window, in the order of their aliases; not those that a listing only shows.</summary>
    public required ImmutableArray<BoundColumn> Columns { get; init; }

    /// <summary>The calculated fields that the query uses like columns; what they are made of is among <see cref="Columns"/>.</summary>
    public required ImmutableArray<BoundColumn> Fields { get; init; }

    /// <summary>The columns that come from other events of the trace, shown ones included.</summary>
    public ImmutableArray<BoundColumn> Relational { get; init; } = [];
}

/// <summary>A query with calculations.</summary>
/// <param name="GranularityNs">Width of a time bucket, above 0.</param>
/// <param name="Calculations">Those with a result column, in the query's order.</param>
/// <param name="Formulas">What is computed from them.</param>
/// <param name="Heatmap">The HEATMAP, which has none.</param>
/// <param name="Orders">All sort keys, the default ones and those that break ties included.</param>
/// <param name="Series">True when the groups are also wanted over time.</param>
internal sealed record BoundCalculationQuery(
    TimeWindow Window, BoundFilter? Where, BoundColumn? Weight, int Limit, ImmutableArray<BoundPattern> Patterns,
    long GranularityNs, ImmutableArray<BoundCalculation> Calculations, ImmutableArray<BoundFormula> Formulas, BoundCalculation? Heatmap, ImmutableArray<BoundColumn> Breakdowns,
    ImmutableArray<BoundHaving> Havings, ImmutableArray<BoundOrder> Orders, bool Series)
    : BoundQuery(Window, Where, Weight, Limit, Patterns)
{
    /// <summary>What says when spans were in flight; null when no calculation asks for that.</summary>
    public BoundSpans? Spans { get; init; }

    /// <summary>How the rows of the HEATMAP divide its values.</summary>
    public HeatmapScale HeatmapScale { get; init; }

    /// <summary>How far back the window lies that the answer is compared with, nanoseconds, above 0; null without comparison.</summary>
    public long? CompareOffsetNs { get; init; }

    /// <summary>The same question about the earlier window; of a window that would begin before 1970, the rest.</summary>
    public BoundCalculationQuery Earlier()
    {
        var offset = CompareOffsetNs ?? throw new InvalidOperationException();
        return this with { Window = new TimeWindow(Math.Max(0, Window.StartUnixNs - offset), Math.Max(0, Window.EndUnixNs - offset)), CompareOffsetNs = null };
    }

    /// <summary>Names of the result columns: the calculations, then the formulas.</summary>
    public IEnumerable<string> ResultNames => Calculations.Select(c => c.Name).Concat(Formulas.Select(f => f.Name));
}

/// <summary>A query that lists events.</summary>
/// <param name="Shown">The columns of the answer.</param>
/// <param name="Orders">The query's sort keys; ties go by time, then seq, newest first.</param>
/// <param name="After">The last event of the page before.</param>
internal sealed record BoundListing(
    TimeWindow Window, BoundFilter? Where, BoundColumn? Weight, int Limit, ImmutableArray<BoundPattern> Patterns,
    ImmutableArray<BoundColumn> Shown, ImmutableArray<BoundEventOrder> Orders, ListingCursor? After)
    : BoundQuery(Window, Where, Weight, Limit, Patterns);

/// <param name="Op">The function.</param>
/// <param name="Column">Its column; null only for COUNT and CONCURRENCY.</param>
/// <param name="Name">Name of the result column, unique in the query.</param>
/// <param name="Where">Only matching events take part.</param>
internal sealed record BoundCalculation(CalculationOp Op, BoundColumn? Column, string Name, BoundFilter? Where)
{
    /// <summary>The type of its value where it is compared; a sum or count that is not exact is a Float64.</summary>
    /// <param name="weight">The query's weight.</param>
    public ColumnType TypeWith(BoundColumn? weight) => Op switch
    {
        CalculationOp.CountDistinct => ColumnType.Int64,
        CalculationOp.Count => weight is null or { Type: ColumnType.Int64 } ? ColumnType.Int64 : ColumnType.Float64,
        CalculationOp.Avg or CalculationOp.Concurrency or CalculationOp.RateAvg or CalculationOp.RateSum or CalculationOp.RateMax => ColumnType.Float64,
        CalculationOp.Sum when weight is not null => ColumnType.Float64,
        _ => Column!.Type,
    };
}

/// <summary>A value computed from the calculations' results. A Float64 that is no finite number is missing.</summary>
internal sealed record BoundFormula(string Name, BoundExpression Expression);

/// <summary>Keeps the groups for which the result of a calculation passes a test; one without result never does.</summary>
/// <param name="Calculation">Place among the query's calculations and formulas.</param>
/// <param name="Type">The type that the result is compared as.</param>
/// <param name="Negated">True when the test must be false.</param>
internal sealed record BoundHaving(int Calculation, ColumnType Type, BoundTest Test, bool Negated);

/// <summary>A sort key of groups: a calculation, a formula behind them, or a breakdown, by its place.</summary>
internal sealed record BoundOrder(bool IsCalculation, int Index, bool Descending);

/// <summary>A sort key of events.</summary>
internal sealed record BoundEventOrder(BoundColumn Column, bool Descending);

/// <summary>A regular expression and where it stands in the query, in an expression also where in its text.</summary>
internal sealed record BoundPattern(string Path, string Pattern, int? Position = null, int Length = 0);

/// <summary>A two-valued condition on an event.</summary>
internal abstract record BoundFilter
{
    private BoundFilter() { }

    public sealed record All(ImmutableArray<BoundFilter> Parts) : BoundFilter;

    public sealed record Any(ImmutableArray<BoundFilter> Parts) : BoundFilter;

    public sealed record Not(BoundFilter Part) : BoundFilter;

    public sealed record Condition(BoundColumn Column, BoundTest Test) : BoundFilter;

    /// <summary>A condition on a span beside the event; only while a query is being bound.</summary>
    public sealed record OfSpan(Relative Relative, BoundFilter Test) : BoundFilter;
}

/// <summary>A positive test of one typed value; false on a missing one. Negative operators are a <see cref="BoundFilter.Not"/> around it.</summary>
internal abstract record BoundTest
{
    private BoundTest() { }

    /// <summary>True for every value.</summary>
    public sealed record Present : BoundTest;

    /// <summary>True for none.</summary>
    public sealed record Never : BoundTest;

    /// <summary>Compares with a value of the same type; the operator is one of <c>= &gt; &gt;= &lt; &lt;=</c>.</summary>
    public sealed record Compare(FilterOp Op, Value Value) : BoundTest;

    /// <summary>Compares the texts that are numbers with a number; false for other texts. The operator orders.</summary>
    public sealed record CompareParsed(FilterOp Op, double Value) : BoundTest;

    /// <summary>Tests the value's text; the operator is starts-with, ends-with, contains, matches or search.</summary>
    public sealed record OfText(FilterOp Op, string Value) : BoundTest;

    /// <summary>True for values that are in the list, all of the same type.</summary>
    public sealed record OneOf(ImmutableArray<Value> Values) : BoundTest;
}
