using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>A calculation in SQL.</summary>
/// <param name="Value">The expression to compare and to order by.</param>
/// <param name="Outputs">
/// What to select: the value in the type of the result; or two expressions, the exact Int64 (null where it does not fit) and the Float64.
/// </param>
internal sealed record Aggregate(string Value, ImmutableArray<string> Outputs);

/// <summary>Writes calculations as aggregates over the relation of <see cref="SelectionCompiler"/>.</summary>
internal sealed class AggregateCompiler
{
    /// <summary>Rates up to here can be multiplied with any Int64 and summed without overflow; with a larger one the sum is a Float64.</summary>
    private const long MaxExactWeight = 1L << 32;

    private readonly BoundCalculationQuery _query;
    private readonly SqlDialect _dialect;
    private readonly SelectionCompiler _selection;
    private readonly bool _isGrouped;
    private readonly IReadOnlyList<string>? _series;
    private readonly Func<PartialAggregate, string>? _place;
    private readonly List<RunningColumns> _running = [];

    /// <summary>For each CONCURRENCY, which spans take part.</summary>
    private readonly List<string?> _spans = [];

    /// <param name="query">The query.</param>
    /// <param name="dialect">The engine's way of writing.</param>
    /// <param name="selection">The events.</param>
    /// <param name="isGrouped">True in a statement with GROUP BY.</param>
    /// <param name="series">The keys of a series' points: bucket, then group, if there are any; null for aggregates over the whole window.</param>
    /// <param name="place">Writes an aggregate that is put together from parts; null writes all over the events themselves.</param>
    public AggregateCompiler(
        BoundCalculationQuery query, SqlDialect dialect, SelectionCompiler selection, bool isGrouped, IReadOnlyList<string>? series = null,
        Func<PartialAggregate, string>? place = null)
    {
        _isGrouped = isGrouped;
        _series = series;
        _place = place;
        _query = query;
        _dialect = dialect;
        _selection = selection;
        ImmutableArray<Aggregate> calculations = [.. query.Calculations.Select(Compile)];
        var expressions = new ExpressionCompiler(dialect, selection.Parameters, i => Operand(calculations[i], query.Calculations[i].TypeWith(query.Weight)));
        Aggregates = [.. calculations, .. query.Formulas.Select(f => Formula(f, expressions))];
    }

    /// <summary>The calculations, then the formulas.</summary>
    public ImmutableArray<Aggregate> Aggregates { get; }

    /// <summary>The relation that the aggregates read.</summary>
    /// <param name="more">Conditions beyond the query's own.</param>
    /// <param name="partition">Within what running columns run; nothing means over all events.</param>
    public string From(IEnumerable<string> more, IReadOnlyList<string> partition)
    {
        if (_query.Spans is null) return _selection.From(more, _running, partition);
        var spans = new ConcurrencyCompiler(_query, _dialect, _selection, _spans);
        return SelectionCompiler.WithRunning(_series is null ? spans.Whole(more) : spans.Points(more), _running, partition);
    }

    /// <summary>Which rows of the relation are events of the window; null when all are.</summary>
    public string? Own => _query.Spans is null ? null : ConcurrencyCompiler.Own;

    /// <summary>All outputs: the i-th of them is <c>r{i}</c>, and <c>r{i}x</c> its Float64 where <c>r{i}</c> is exact but may not fit.</summary>
    public IEnumerable<string> Outputs => Aggregates.SelectMany((aggregate, i) =>
        aggregate.Outputs.Select((sql, j) => string.Create(CultureInfo.InvariantCulture, $"{sql} AS r{i}{(j == 0 ? "" : "x")}")));

    private string? Weight => _selection.Weight;

    /// <summary>True when there are so many events that an estimate must do where an exact answer holds all values.</summary>
    private bool IsEstimated => _selection.Source.IsEstimated;

    private bool WholeWeights => _query.Weight is { Type: ColumnType.Int64 };

    private Aggregate Compile(BoundCalculation calculation)
    {
        var where = calculation.Where is { } filter ? _selection.Filters.Conjunct(filter) : null;
        if (calculation.Op == CalculationOp.Concurrency) return Concurrency(where);
        if (Own is not null) where = where is null ? Own : $"{Own} AND {where}";
        return calculation.Op.RateOf() is null ? Compile(calculation, where) : Rate(calculation, where);
    }

    /// <summary>
    /// How much a value changed: of a point, since the bucket before, where that has one; of a whole window, from the first bucket that has one to the
    /// last, unless these are the same.
    /// </summary>
    private Aggregate Rate(BoundCalculation calculation, string? where)
    {
        var plain = calculation with { Op = calculation.Op.RateOf()!.Value };
        string Value(string? condition) => _dialect.ToFloat64(Compile(plain, condition).Value);
        if (_series is [var point, ..])
        {
            var (value, partition) = (Value(where), _series.Count == 1 ? "" : $"PARTITION BY {_series[1]} ");
            var before = $"OVER ({partition}ORDER BY {point})";
            return Plain(string.Create(CultureInfo.InvariantCulture, $"CASE WHEN lag({point}) {before} = {point} - {_query.GranularityNs} THEN {value} - lag({value}) {before} END"));
        }

        var operand = $"e.{calculation.Column!.Alias}";
        var usable = calculation.Column.Type == ColumnType.Float64 ? _dialect.IsFinite(operand) : $"{operand} IS NOT NULL";
        var condition = where is null ? usable : $"{where} AND {usable}";
        var bucket = _dialect.BucketStart("e.time", _query.GranularityNs);
        var place = Place(new RunningColumns(bucket, condition));
        string At(string end) => Value(string.Create(CultureInfo.InvariantCulture, $"{(where is null ? "" : where + " AND ")}{bucket} = e.{end}{place}"));
        return Plain(string.Create(CultureInfo.InvariantCulture, $"CASE WHEN min(e.first{place}) < max(e.last{place}) THEN {At("last")} - {At("first")} END"));
    }

    /// <summary>The time-weighted mean of spans in flight: over a point's bucket, or over the window.</summary>
    private Aggregate Concurrency(string? where)
    {
        _spans.Add(where);
        return Plain(ConcurrencyCompiler.Mean(_spans.Count - 1, _series is null
            ? ConcurrencyCompiler.WindowLength(_query, _dialect, _selection.Parameters)
            : ConcurrencyCompiler.BucketLength(_query, _dialect, _selection.Parameters)));
    }

    private int Place(RunningColumns running)
    {
        var place = _running.IndexOf(running);
        if (place >= 0) return place;
        _running.Add(running);
        return _running.Count - 1;
    }

    private Aggregate Compile(BoundCalculation calculation, string? where)
    {
        if (calculation.Column is not { } column) return Count(calculation, where);
        var value = $"e.{column.Alias}";
        // Missing values are left out by the aggregates themselves; NaN and infinities are not.
        var finite = Finite(column);
        return calculation.Op switch
        {
            CalculationOp.Count => Count(calculation, where, $"{value} IS NOT NULL"),
            CalculationOp.CountDistinct => Plain(Different(value, Filter(where))),
            CalculationOp.Min => Plain(FromExact(column, Call("min", Exact(column), Filter(where, finite), Measure(TallyKind.Min, calculation)))),
            CalculationOp.Max => Plain(FromExact(column, Call("max", Exact(column), Filter(where, finite), Measure(TallyKind.Max, calculation)))),
            CalculationOp.Avg => Average(calculation, column, where, finite),
            CalculationOp.Sum when column.Type == ColumnType.Int64 => SumOfIntegers(calculation, value, Filter(where)),
            CalculationOp.Sum => Plain(Weight is null ? FromExact(column, Call("sum", Exact(column), Filter(where, finite), Measure(TallyKind.Sum, calculation))) : Call("sum", $"{value} * {Weight}", Filter(where, finite))),
            _ => Percentile(calculation, column, where, finite),
        };
    }

    private string Call(string function, string argument, string filter, TallyMeasure? measure = null) => Call(PartialResults.Of(_dialect, function, argument, filter, measure));

    private string Call(PartialAggregate aggregate) => _place is null ? aggregate.OverEvents : _place(aggregate);

    /// <summary>A calculation for who counts without the engine; null where numbers may be none that count.</summary>
    private TallyMeasure? Measure(TallyKind kind, BoundCalculation calculation) => calculation.Column switch
    {
        null => new TallyMeasure(kind, null, calculation.Where),
        { IsStored: false } => null,
        var column when kind == TallyKind.Count => new TallyMeasure(kind, column, calculation.Where),
        var column when column.Type.IsNumeric() && Finite(column) is null => new TallyMeasure(kind, column, calculation.Where, _selection.Source.IsExact(column)),
        _ => null,
    };

    private string Different(string value, string filter)
    {
        if (IsEstimated) return _dialect.DistinctEstimate(value, _selection.Source.Run, _isGrouped) + filter;
        return _place is null ? $"count(DISTINCT {value}){filter}" : $"coalesce({_dialect.KeptCount(Call(_dialect.KeptSet(value, filter, _selection.Source.Run, _isGrouped)))}, 0)";
    }

    /// <summary>The condition that leaves NaN and infinities out; null where there are none.</summary>
    private string? Finite(BoundColumn column) =>
        column.Type == ColumnType.Float64 && !_selection.Source.IsFinite(column) ? _dialect.IsFinite($"e.{column.Alias}") : null;

    /// <summary>The column in the form that is cheapest to compare and to add.</summary>
    private string Exact(BoundColumn column) => _selection.Source.IsExact(column) ? $"e.{SqlRelation.ExactOf(column)}" : $"e.{column.Alias}";

    /// <summary>A value that was computed in that form.</summary>
    private string FromExact(BoundColumn column, string value) => _selection.Source.IsExact(column) ? _dialect.ToFloat64(value) : value;

    private string Operand(Aggregate calculation, ColumnType type) => type.IsNumeric() ? _dialect.ToFloat64(calculation.Value) : calculation.Value;

    private Aggregate Formula(BoundFormula formula, ExpressionCompiler expressions)
    {
        var value = expressions.Value(formula.Expression);
        return Plain(formula.Expression.Type == ColumnType.Float64 ? $"CASE WHEN {_dialect.IsFinite(value)} THEN {value} END" : value);
    }

    private Aggregate Count(BoundCalculation calculation, params string?[] conditions)
    {
        if (Weight is null) return Plain(Call("count", "*", Filter(conditions), Measure(TallyKind.Count, calculation)));
        var count = $"coalesce({Call("sum", Weight, Filter(conditions))}, 0)";
        return WholeWeights ? Exact(count, count) : Plain(_dialect.ToFloat64(count));
    }

    private Aggregate Average(BoundCalculation calculation, BoundColumn column, string? where, string? finite)
    {
        var value = $"e.{column.Alias}";
        if (Weight is null) return Plain($"{_dialect.ToFloat64(Call("sum", Exact(column), Filter(where, finite), Measure(TallyKind.Sum, calculation)))} / {Call("count", value, Filter(where, finite), finite is null ? Measure(TallyKind.Count, calculation) : null)}");
        var filter = Filter(where, finite ?? $"{value} IS NOT NULL");
        return Plain($"{Call("sum", $"{_dialect.ToFloat64(value)} * {Weight}", filter)} / {_dialect.ToFloat64(Call("sum", Weight, filter))}");
    }

    private Aggregate SumOfIntegers(BoundCalculation calculation, string value, string filter)
    {
        if (Weight is null)
        {
            var sum = Call("sum", value, filter, Measure(TallyKind.Sum, calculation));
            return Exact(sum, sum);
        }

        var rough = Call("sum", $"{_dialect.ToFloat64(value)} * {Weight}", filter);
        if (!WholeWeights) return Plain(rough);
        var bound = MaxExactWeight.ToString(CultureInfo.InvariantCulture);
        var exact = Call("sum", $"{_dialect.Widened(value)} * least({Weight}, {bound})", filter);
        return new Aggregate(rough, [$"CASE WHEN {Call("max", Weight, filter)} <= {bound} THEN {_dialect.ToInt64(exact)} END", rough]);
    }

    private Aggregate Percentile(BoundCalculation calculation, BoundColumn column, string? where, string? finite)
    {
        var quantile = calculation.Op.Quantile() ?? throw new ArgumentOutOfRangeException(nameof(calculation));
        if (Weight is null && !IsEstimated)
        {
            var together = _query.Calculations.Where(c => c.Column == column && c.Where == calculation.Where)
                .Select(c => c.Op.Quantile()).OfType<double>().Distinct().Order().ToList();
            var filter = Filter(where, finite);
            return Plain(_place is null
                ? FromExact(column, _dialect.Quantile(Exact(column), together, together.IndexOf(quantile), filter))
                : _dialect.KeptQuantile(Call(_dialect.KeptRanks(_selection.Source.IsExact(column) ? Exact(column) : Apart(column), column.Type, _selection.Source.IsExact(column), together, filter, _selection.Source.Run, _isGrouped) with { Measure = Measure(TallyKind.Values, calculation) }), together.IndexOf(quantile)));
        }

        var value = IsEstimated ? _dialect.Rounded($"e.{column.Alias}", column.Type) : Apart(column);
        return Plain(_dialect.WeightedQuantile(value, column.Type, Weight ?? "1", quantile, Filter(where, finite), _selection.Source.Run, _isGrouped));
    }

    // An aggregate of ours must not be given the very expression that the statement groups by.
    private string Apart(BoundColumn column) => _query.Breakdowns.Contains(column) ? _dialect.Apart($"e.{column.Alias}", column.Type) : $"e.{column.Alias}";

    private static Aggregate Plain(string sql) => new(sql, [sql]);

    private Aggregate Exact(string value, string sum) => new(value, [_dialect.ToInt64(sum), _dialect.ToFloat64(sum)]);

    private static string Filter(params string?[] conditions)
    {
        var given = conditions.Where(c => c is not null).ToArray();
        return given.Length == 0 ? "" : $" FILTER (WHERE {string.Join(" AND ", given)})";
    }
}
