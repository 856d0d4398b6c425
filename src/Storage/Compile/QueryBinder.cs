using System.Collections.Immutable;
using Storage.Compile.Relations;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Turns a <see cref="Query"/> into a <see cref="BoundQuery"/>: finds its columns, types its values, fills in its defaults, and refuses it
/// with all of its errors at once.
/// </summary>
internal sealed class QueryBinder
{
    private const int MaxItems = 100;

    private readonly Query _query;
    private readonly DateTimeOffset _now;
    private readonly ColumnBinder _columns;
    private readonly FilterBinder _filters;

    private QueryBinder(Query query, Schema schema, DateTimeOffset now)
    {
        _query = query;
        _now = now;
        _columns = new ColumnBinder(schema, query.CalculatedFields);
        _filters = new FilterBinder(_columns);
    }

    /// <param name="query">The question.</param>
    /// <param name="schema">The columns that there are.</param>
    /// <param name="now">The end of a relative time range.</param>
    /// <exception cref="QueryException">The query is at fault.</exception>
    public static BoundQuery Bind(Query query, Schema schema, DateTimeOffset now)
    {
        var binder = new QueryBinder(query, schema, now);
        BoundQuery? bound = query.IsListing ? binder.Listing() : binder.Calculating();
        binder._columns.ThrowIfAny();
        return bound!;
    }

    private BoundListing? Listing()
    {
        var window = Window();
        var limit = Limit();
        if (_query.CompareOffsetSeconds is not null) _columns.Fail("compare_time_offset_seconds", "a comparison needs a calculation, such as COUNT");
        if (!_query.Breakdowns.IsEmpty) _columns.Fail("breakdowns", "breakdowns need a calculation, such as COUNT");
        if (!_query.Havings.IsEmpty) _columns.Fail("havings", "havings need a calculation, such as COUNT");
        if (!_query.Formulas.IsEmpty) _columns.Fail("formulas", "formulas need a calculation, such as COUNT");
        var where = Where();
        CheckCount(_query.Orders.Count, "orders");
        var orders = _query.Orders.Select(EventOrder).OfType<BoundEventOrder>().ToImmutableArray();
        var weight = Weight();
        var (read, fields) = (_columns.Columns, _columns.Fields);
        var shown = Shown().OfType<BoundColumn>().Where(c => c != BoundColumn.Time).ToImmutableArray();
        var relational = _columns.Relations.Columns;
        if (!relational.IsEmpty) read = WithTrace(read);
        ListingCursor? after = null;
        if (_query.Cursor is { } cursor && !ListingCursor.TryParse(cursor, orders, out after))
            _columns.Fail("cursor", "the cursor is not one that this query gave: repeat the query with the same orders, or leave the cursor out");
        if (after is not null && _query.Time is TimeRange.Last) window = after.Window;
        _columns.BindRest();
        return new BoundListing(window, where, weight, limit, _columns.Patterns, shown, orders, after) { Columns = read, Fields = fields, Relational = relational };
    }

    /// <summary>
    /// The columns that a listing names; or all that are stored, whatever their names would mean in a query, and the calculated fields but for those of
    /// spans that no condition binds.
    /// </summary>
    private IEnumerable<BoundColumn?> Shown() => _query.Columns.IsEmpty
        ? _columns.Schema.Columns.Select(c => c.Name).Concat(_query.CalculatedFields.Select(f => f.Name)).Distinct()
            .Select(name => _columns.IsField(name) ? _columns.Field(name) is { } field && RelationBinder.IsBound(field) ? field : null : _columns.Stored(name))
            .Where(c => c?.Name != WellKnownColumns.Time)
        : _query.Columns.Distinct().Select((name, i) => _columns.Bind(name, $"columns[{i}]"));

    private BoundEventOrder? EventOrder(Order order, int index)
    {
        var path = $"orders[{index}]";
        if (order.Target.Op is { } op)
        {
            _columns.Fail(path, $"a listing has no calculation to order by, such as {op.Name()}");
            return null;
        }

        var column = _columns.Bind(order.Target.Name ?? order.Target.Column ?? "", path);
        return column is null ? null : new BoundEventOrder(column, order.Descending);
    }

    private BoundCalculationQuery? Calculating()
    {
        var window = Window();
        var limit = Limit();
        if (_query.GranularitySeconds is { } seconds && (!double.IsFinite(seconds) || seconds <= 0))
            _columns.Fail("granularity", $"{Value.Of(seconds)} seconds is no width of a time bucket; it must be above 0");
        var granularity = Granularity.Choose(window, _query.GranularitySeconds is > 0 and < double.PositiveInfinity ? _query.GranularitySeconds : null);
        if (_query.Cursor is not null) _columns.Fail("cursor", "only a listing has pages");
        if (_query.CompareOffsetSeconds is <= 0) _columns.Fail("compare_time_offset_seconds", $"{_query.CompareOffsetSeconds} seconds is no distance to an earlier time; it must be above 0");

        CheckCount(_query.Calculations.Count, "calculations");
        var bound = _query.Calculations.Select((c, i) => Calculation(c, $"calculations[{i}]")).ToImmutableArray();
        var where = Where();
        CheckCount(_query.Breakdowns.Count, "breakdowns");
        var breakdowns = _query.Breakdowns.Select((name, i) => _columns.Bind(name, $"breakdowns[{i}]")).ToImmutableArray();
        if (_query.Calculations.Count(c => c.Op == CalculationOp.Heatmap) > 1) _columns.Fail("calculations", "a query has at most one HEATMAP");
        CheckNames();
        var weight = Weight();
        var spans = _query.Calculations.Any(c => c.Op == CalculationOp.Concurrency) ? Spans() : null;
        var (read, fields, relational) = (_columns.Columns, _columns.Fields, _columns.Relations.Columns);
        if (!relational.IsEmpty) read = WithTrace(read);
        _columns.BindRest();
        _columns.ThrowIfAny();

        var calculations = bound.OfType<BoundCalculation>().Where(c => c.Op != CalculationOp.Heatmap).ToImmutableArray();
        CheckCount(_query.Formulas.Count, "formulas");
        var formulas = new FormulaBinder(_query, _columns, calculations, weight).Bind();
        _columns.ThrowIfAny();
        var results = new ResultBinder(_query, _columns, calculations, formulas, breakdowns!, weight);
        CheckCount(_query.Havings.Count, "havings");
        CheckCount(_query.Orders.Count, "orders");
        return new BoundCalculationQuery(
            window, where, weight, limit, _columns.Patterns, granularity, calculations, formulas, bound.FirstOrDefault(c => c!.Op == CalculationOp.Heatmap), breakdowns!,
            results.Havings(), results.Orders(), _query.Series) { Columns = read, Fields = fields, Relational = relational, Spans = spans, HeatmapScale = _query.HeatmapScale, CompareOffsetNs = CompareOffset() };
    }

    private BoundCalculation? Calculation(Calculation calculation, string path)
    {
        var op = calculation.Op;
        if (!op.TakesColumn() && calculation.Column is not null)
        {
            _columns.Fail($"{path}.column", $"{op.Name()} takes no column");
            return null;
        }

        if (op.NeedsColumn() && calculation.Column is null) _columns.Fail($"{path}.column", $"{op.Name()} needs a column");
        // The span of such a column may be one that the calculation's own condition binds.
        var binding = new SpanBinding();
        var ofSpan = RelationalColumns.TrySplit(calculation.Column ?? "", out var relative, out _);
        var where = ofSpan ? Own(calculation, path, binding) : null;
        var column = calculation.Column is { } name ? _columns.Bind(name, $"{path}.column", binding.Binds(relative) ? binding : null) : null;
        if (column is not null && NeedsNumbers(op) && !column.Type.IsNumeric())
            _columns.Fail($"{path}.column", $"{op.Name()} needs numbers, and \"{column.Name}\" is {column.Type}");
        return new BoundCalculation(op, column, calculation.ResultName, ofSpan ? where : Own(calculation, path, binding));
    }

    private BoundFilter? Own(Calculation calculation, string path, SpanBinding binding) =>
        calculation.Where is { } filter ? _filters.Bind(filter, $"{path}.where", binding) : null;

    private static bool NeedsNumbers(CalculationOp op) =>
        op is CalculationOp.Sum or CalculationOp.Avg or CalculationOp.Heatmap || op.Quantile() is not null || op.RateOf() is not null;

    /// <summary>Result columns are found by name, so no two may have the same.</summary>
    private void CheckNames()
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < _query.Breakdowns.Count; i++)
            if (!taken.Add(_query.Breakdowns[i])) _columns.Fail($"breakdowns[{i}]", $"\"{_query.Breakdowns[i]}\" is already a breakdown");
        for (var i = 0; i < _query.Calculations.Count; i++)
        {
            var name = _query.Calculations[i].ResultName;
            if (!taken.Add(name)) _columns.Fail($"calculations[{i}].name", $"another column of the result is called \"{name}\" already: give it a name");
        }

        for (var i = 0; i < _query.Formulas.Count; i++)
        {
            var name = _query.Formulas[i].Name;
            if (name.Length == 0) _columns.Fail($"formulas[{i}].name", "a formula needs a name");
            else if (!taken.Add(name)) _columns.Fail($"formulas[{i}].name", $"another column of the result is called \"{name}\" already: give it another name");
        }
    }

    private BoundFilter? Where() => _query.Where is { } where ? _filters.Bind(where, "where", _columns.Relations.QueryBinding) : null;

    /// <summary>The sample rate, where the store has one. A Bool cannot be above 1 and so says nothing.</summary>
    private BoundColumn? Weight() =>
        _columns.Schema.Find(WellKnownColumns.SampleRate) is { Type: not ColumnType.Bool } ? _columns.Stored(WellKnownColumns.SampleRate) : null;

    private long? CompareOffset() =>
        _query.CompareOffsetSeconds is { } seconds ? (long)Int128.Min((Int128)seconds * 1_000_000_000, long.MaxValue) : null;

    private BoundSpans Spans()
    {
        BoundColumn? Known(string name) => _columns.Schema.Contains(name) ? _columns.Stored(name) : null;
        return new BoundSpans(_columns.Stored(WellKnownColumns.DurationMs)!, Known(WellKnownColumns.SignalType), Known(WellKnownColumns.AnnotationType));
    }

    /// <summary>Who asks for other spans of the trace needs the trace.</summary>
    private ImmutableArray<BoundColumn> WithTrace(ImmutableArray<BoundColumn> columns) =>
        _columns.Stored(WellKnownColumns.TraceId) is { } trace && !columns.Contains(trace) ? columns.Add(trace) : columns;

    private int Limit()
    {
        var limit = _query.Limit ?? Query.DefaultLimit;
        var most = _query.Calculations.Count == 0 ? Query.MaxListed : Query.MaxLimit;
        if (limit < 1 || limit > most) _columns.Fail("limit", $"{limit} is not between 1 and {most}");
        return limit;
    }

    private TimeWindow Window()
    {
        switch (_query.Time)
        {
            case TimeRange.Last { Length: var length } when length <= TimeSpan.Zero:
                _columns.Fail("time_range", $"{Value.Of(length.TotalSeconds)} seconds is no length of time; it must be above 0");
                return default;
            case TimeRange.Between between when between.EndUnixNs < between.StartUnixNs:
                _columns.Fail("end_time", $"{UnixTime.ToRfc3339(between.EndUnixNs)} lies before start_time, {UnixTime.ToRfc3339(between.StartUnixNs)}");
                return default;
        }

        // No event is older than 1970, and buckets are counted from there.
        var window = _query.Time.Resolve(_now);
        return new TimeWindow(Math.Max(0, window.StartUnixNs), Math.Max(0, window.EndUnixNs));
    }

    private void CheckCount(int count, string path)
    {
        if (count > MaxItems) throw new QueryException(path, $"a query has at most {MaxItems} {path}, not {count}");
    }
}
