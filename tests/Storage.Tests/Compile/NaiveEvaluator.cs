using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>One group of a naive answer: its values, then its calculations.</summary>
/// <param name="Exact">The sums of integers among the results, by place: some fit into no Int64 and are told apart by no double.</param>
internal sealed record NaiveRow(Value[] Group, Value[] Results, IReadOnlyDictionary<int, Int128> Exact);

/// <summary>
/// Answers queries the slow and plain way, from the words of the API's description and not from the compiler: events in a list, one
/// function for each word. It has no SQL, no types but the columns', and reads every event for every question.
/// </summary>
internal sealed class NaiveEvaluator(IReadOnlyDictionary<string, ColumnType> types, IReadOnlyList<TestEvent> events, ValueList<CalculatedField> fields = default)
{
    private static readonly Regex Number = new(@"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$", RegexOptions.CultureInvariant);

    private readonly NaiveTraces _traces = new(events);
    private readonly Dictionary<Filter, Dictionary<TestEvent, Dictionary<Relative, TestEvent?>?>> _bindings = new(ReferenceEqualityComparer.Instance);

    /// <summary>The condition of the query that is asked, which binds the spans of columns outside of conditions.</summary>
    public Filter? Where { get; set; }

    public List<TestEvent> Matching(Query query)
    {
        var window = query.Time.Resolve(default);
        return [.. events.Where(e => e.Time >= window.StartUnixNs && e.Time < window.EndUnixNs && (query.Where is null || Matches(query.Where, e)))];
    }

    /// <summary>Spans that began before the window and are in flight in it, of those that a CONCURRENCY counts.</summary>
    public List<TestEvent> Early(Query query)
    {
        var window = query.Time.Resolve(default);
        var asking = query.Calculations.Where(c => c.Op == CalculationOp.Concurrency).ToList();
        return [.. events.Where(e => e.Time < window.StartUnixNs && (query.Where is null || Matches(query.Where, e))
            && asking.Exists(c => c.Where is null || Matches(c.Where, e)) && InFlight(e, window.StartUnixNs, window.EndUnixNs) > 0)];
    }

    /// <summary>Nanoseconds that an event, if it is a span, is in flight between two times.</summary>
    public long InFlight(TestEvent e, long from, long to)
    {
        var duration = e["duration_ms"];
        if (duration.Kind == ValueKind.String) duration = Parse(duration.AsString()) is { } parsed ? parsed : Value.Null;
        if (duration.IsNull || !double.IsFinite(duration.AsDouble()) || duration.AsDouble() < 0) return 0;
        if (!e["meta.annotation_type"].IsNull || (!e["meta.signal_type"].IsNull && e["meta.signal_type"] != "trace")) return 0;
        var end = (Int128)e.Time + (duration.AsDouble() * 1e6 > 9.2233720368547748e18 ? long.MaxValue : (long)Math.Round(duration.AsDouble() * 1e6));
        return (long)Int128.Max(0, Int128.Min(end, to) - Int128.Max(e.Time, from));
    }

    /// <summary>The stretch of time whose spans CONCURRENCY is the mean of, and the window.</summary>
    public TimeWindow Stretch { get; set; }

    public TimeWindow Window { get; set; }

    public double Weight(TestEvent e)
    {
        if (!types.TryGetValue("SampleRate", out _)) return 1;
        var rate = e["SampleRate"];
        var number = rate.IsNumber ? rate.AsDouble() : rate.Kind == ValueKind.String && Parse(rate.AsString()) is { } parsed ? parsed : 1;
        return double.IsFinite(number) && number >= 1 ? number : 1;
    }

    /// <summary>All groups that pass the havings, in order.</summary>
    public List<NaiveRow> Groups(Query query, List<TestEvent> matching)
    {
        IEnumerable<(Value[] Group, List<TestEvent> Events)> groups = query.Breakdowns.IsEmpty
            ? [([], matching)]
            : matching.GroupBy(e => string.Join('|', query.Breakdowns.Select(b => Key(ValueOf(e, b)))))
                .Select(g => (query.Breakdowns.Select(b => ValueOf(g.First(), b)).ToArray(), g.ToList()));
        var rows = groups.Select(g => new NaiveRow(g.Group, Calculate(query, g.Events), Exact(query, g.Events)))
            .Where(row => query.Havings.All(h => Passes(h, row, query))).ToList();
        rows.Sort((a, b) => Compare(query, a, b));
        return rows;
    }

    private Dictionary<int, Int128> Exact(Query query, List<TestEvent> group)
    {
        var sums = new Dictionary<int, Int128>();
        foreach (var (c, place) in Plain(query).Select((c, place) => (c, place)))
        {
            if (c.Op != CalculationOp.Sum || types.ContainsKey("SampleRate") || TypeOf(c.Column!) != ColumnType.Int64) continue;
            var values = group.Where(e => e.Time >= Window.StartUnixNs && (c.Where is null || Matches(c.Where, e))).Select(e => OfCalculation(e, c)).Where(v => !v.IsNull).ToList();
            if (values.Count > 0) sums[place] = values.Aggregate((Int128)0, (sum, v) => sum + v.AsInt64());
        }

        return sums;
    }

    /// <summary>The width of time buckets, which rates go by.</summary>
    public long Width { get; set; }

    public Value[] Calculate(Query query, List<TestEvent> group) =>
        WithFormulas(query, Plain(query).Select(c => (c.ResultName, c.Op.RateOf() is { } op ? Change(c with { Op = op }, group) : Calculate(c, group))).ToList());

    /// <summary>The calculations of a point in time, whose rates are what changed since the bucket before.</summary>
    public Value[] Calculate(Query query, List<TestEvent> bucket, List<TestEvent> before) =>
        WithFormulas(query, Plain(query).Select(c => (c.ResultName, c.Op.RateOf() is { } op ? Difference(Calculate(c with { Op = op }, bucket), Before(c with { Op = op }, before)) : Calculate(c, bucket))).ToList());

    private Value Before(Calculation calculation, List<TestEvent> before)
    {
        var here = Stretch;
        Stretch = new TimeWindow(0, here.StartUnixNs);
        var value = Calculate(calculation, before);
        Stretch = here;
        return value;
    }

    private Value Change(Calculation calculation, List<TestEvent> group)
    {
        var values = group.GroupBy(e => e.Time / Width).OrderBy(g => g.Key).Select(g => Calculate(calculation, [.. g])).Where(v => !v.IsNull).ToList();
        return values.Count < 2 ? Value.Null : Difference(values[^1], values[0]);
    }

    private static Value Difference(Value a, Value b) => a.IsNull || b.IsNull ? Value.Null : a.AsDouble() - b.AsDouble();

    /// <summary>Formulas see numbers as Float64, and what is no finite number is nothing.</summary>
    private static Value[] WithFormulas(Query query, List<(string Name, Value Value)> results)
    {
        foreach (var formula in query.Formulas)
        {
            var value = NaiveExpressions.Compute(formula.Expression, name => results.Find(r => r.Name == name).Value is { IsNumber: true } number ? number.AsDouble() : results.Find(r => r.Name == name).Value, null);
            results.Add((formula.Name, value.Kind == ValueKind.Float64 && !double.IsFinite(value.AsDouble()) ? Value.Null : value));
        }

        return [.. results.Select(r => r.Value)];
    }

    public bool IsIn(NaiveRow row, Query query, TestEvent e) => query.Breakdowns.Select((b, i) => Key(ValueOf(e, b)) == Key(row.Group[i])).All(same => same);

    /// <summary>True when there are spans to be bound with which the condition holds.</summary>
    public bool Matches(Filter filter, TestEvent e)
    {
        if (!_bindings.TryGetValue(filter, out var known)) _bindings.Add(filter, known = new(ReferenceEqualityComparer.Instance));
        if (!known.TryGetValue(e, out var bound)) known.Add(e, bound = Bindings(filter, e, [.. Mentioned(filter).Distinct().Order()], []).FirstOrDefault());
        return bound is not null;
    }

    /// <summary>The ways in which spans can be bound so that the condition holds, those with first spans first. Where there is no span, none is bound, and no condition on it holds.</summary>
    private IEnumerable<Dictionary<Relative, TestEvent?>> Bindings(Filter filter, TestEvent e, List<Relative> left, Dictionary<Relative, TestEvent?> bound)
    {
        if (left.Count == 0) return Holds(filter, e, bound) ? [bound] : [];
        var candidates = _traces.Candidates(left[0], e);
        return (candidates.Count == 0 ? [null] : candidates.Cast<TestEvent?>()).SelectMany(span => Bindings(filter, e, left[1..], new(bound) { [left[0]] = span }));
    }

    /// <summary>The spans that a condition speaks of, outside of a not.</summary>
    public IEnumerable<Relative> Mentioned(Filter filter) => filter switch
    {
        Filter.And and => and.Parts.SelectMany(Mentioned),
        Filter.Or or => or.Parts.SelectMany(Mentioned),
        Filter.Condition c when RelativeOf(c.Column) is { } relative && relative != Relative.None => [relative],
        _ => [],
    };

    private bool Holds(Filter filter, TestEvent e, Dictionary<Relative, TestEvent?> bound)
    {
        switch (filter)
        {
            case Filter.And and:
                var none = and.Parts.Select(Only).OfType<Filter.Condition>().Where(c => RelativeOf(c.Column) == Relative.None).ToList();
                return and.Parts.All(p => (Only(p) is Filter.Condition c && none.Contains(c)) || Holds(p, e, bound))
                    && (none.Count == 0 || !_traces.Spans(e).Exists(s => none.TrueForAll(c => Holds(c, s))));
            case Filter.Or or:
                return or.Parts.Any(p => Holds(p, e, bound));
            case Filter.Not not:
                return !Matches(not.Part, e);
            case Filter.Condition c:
                return RelativeOf(c.Column) switch
                {
                    null => Holds(c, e),
                    Relative.None => !_traces.Spans(e).Exists(s => Holds(c, s)),
                    { } relative => bound[relative] is { } span && Holds(c, span),
                };
            default:
                throw new InvalidOperationException();
        }
    }

    /// <summary>An And or Or of one part is that part.</summary>
    private static Filter Only(Filter filter) => filter switch
    {
        Filter.And { Parts.Count: 1 } and => Only(and.Parts[0]),
        Filter.Or { Parts.Count: 1 } or => Only(or.Parts[0]),
        _ => filter,
    };

    private bool Holds(Filter.Condition c, TestEvent of) =>
        c.Op.IsNegative() ? !Holds(c.Column, c.Op.Negation()!.Value, c.Values, of) : Holds(c.Column, c.Op, c.Values, of);

    /// <summary>The bound span that a column, or all names of a calculated field, belong to.</summary>
    public Relative? RelativeOf(string column)
    {
        if (fields.FirstOrDefault(f => f.Name == column) is { } field) return ExpressionParser.Parse(field.Expression).Names().Select(RelativeOf).FirstOrDefault(r => r is not null);
        return Split(column, out var relative, out _) && relative is not (Relative.Root or Relative.Parent) ? relative : null;
    }

    private bool Split(string column, out Relative relative, out string rest) =>
        RelationalColumns.TrySplit(column, out relative, out rest) && (types.ContainsKey(rest) || WellKnownColumns.TypeOf(rest) is not null);

    public ColumnType TypeOf(string column)
    {
        if (RelationalColumns.TypeOfTrace(column) is { } ofTrace) return ofTrace;
        if (!types.ContainsKey(column) && Split(column, out _, out var rest)) column = rest;
        return types.TryGetValue(column, out var type) ? type : WellKnownColumns.TypeOf(column)!.Value;
    }

    /// <summary>All events of a listing in order; their <c>id</c> is the order in which they were stored.</summary>
    public List<TestEvent> Listing(Query query, List<TestEvent> matching)
    {
        var sorted = matching.ToList();
        sorted.Sort((a, b) =>
        {
            foreach (var order in query.Orders)
            {
                var by = Compare(ValueOf(a, order.Target.Name!), ValueOf(b, order.Target.Name!), order.Descending);
                if (by != 0) return by;
            }

            return a.Time != b.Time ? b.Time.CompareTo(a.Time) : b["id"].AsInt64().CompareTo(a["id"].AsInt64());
        });
        return sorted;
    }

    /// <summary>The value of a column.</summary>
    /// <param name="e">The event.</param>
    /// <param name="column">The column.</param>
    /// <param name="binding">The condition that binds the span whose column it is; null for the query's.</param>
    public Value ValueOf(TestEvent e, string column, Filter? binding = null)
    {
        if (fields.FirstOrDefault(f => f.Name == column) is { } field) return NaiveExpressions.Compute(field.Expression, name => ValueOf(e, name), e.Time);
        if (column == "time") return e.Time;
        if (RelationalColumns.TypeOfTrace(column) is not null) return _traces.OfTrace(column, e);
        if (!Split(column, out var relative, out var rest)) return e[column];
        var span = relative is Relative.Root or Relative.Parent ? _traces.Candidates(relative, e).FirstOrDefault() : Bound(relative, e, binding ?? Where);
        return span is null ? Value.Null : ValueOf(span, rest);
    }

    private TestEvent? Bound(Relative relative, TestEvent e, Filter? binding)
    {
        if (binding is null || !Mentioned(binding).Contains(relative)) return _traces.Candidates(relative, e).FirstOrDefault();
        return Matches(binding, e) ? _bindings[binding][e]![relative] : null;
    }

    /// <summary>The value of a column of the event or, where a condition is about a bound span, of that span.</summary>
    private Value ValueOn(TestEvent of, string column)
    {
        if (RelativeOf(column) is null) return ValueOf(of, column);
        if (fields.FirstOrDefault(f => f.Name == column) is { } field) return NaiveExpressions.Compute(field.Expression, name => ValueOn(of, name), of.Time);
        _ = Split(column, out _, out var rest);
        return ValueOf(of, rest);
    }

    private bool Holds(string column, FilterOp op, ValueList<Value> values, TestEvent e)
    {
        if (column == Filter.AnyColumn) return types.Any(t => t.Value == ColumnType.String && fields.All(f => f.Name != t.Key) && Holds(t.Key, op, values, e));
        var (value, type) = (ValueOn(e, column), TypeOf(column));
        if (value.IsNull) return false;
        return op switch
        {
            FilterOp.Exists => true,
            FilterOp.In => values.Any(v => Compares(value, FilterOp.Equal, v, type)),
            FilterOp.StartsWith => TextOf(value).StartsWith(TextOf(values[0]), StringComparison.Ordinal),
            FilterOp.EndsWith => TextOf(value).EndsWith(TextOf(values[0]), StringComparison.Ordinal),
            FilterOp.Contains => TextOf(value).Contains(TextOf(values[0]), StringComparison.Ordinal),
            FilterOp.Search => TextOf(value).ToLowerInvariant().Contains(TextOf(values[0]).ToLowerInvariant(), StringComparison.Ordinal),
            FilterOp.Matches => Regex.IsMatch(TextOf(value), TextOf(values[0]), RegexOptions.CultureInvariant),
            _ => Compares(value, op, values[0], type),
        };
    }

    public static bool Compares(Value value, FilterOp op, Value with, ColumnType type)
    {
        switch (type)
        {
            case ColumnType.String when with.IsNumber && op != FilterOp.Equal:
                return Parse(value.AsString()) is { } parsed && Is(op, parsed.CompareTo(with.AsDouble()));
            case ColumnType.String:
                return Is(op, CodePoints(value.AsString(), with.ToString()));
            case ColumnType.Bool:
                return Is(op, value.AsBool().CompareTo(with.Kind switch { ValueKind.Bool => with.AsBool(), ValueKind.String => bool.Parse(with.AsString()), _ => with.AsDouble() == 1 }));
        }

        if (with.Kind == ValueKind.String) with = long.TryParse(with.AsString(), CultureInfo.InvariantCulture, out var i) ? Value.Of(i) : Value.Of(double.Parse(with.AsString(), CultureInfo.InvariantCulture));
        if (with.Kind == ValueKind.Bool) with = with.AsBool() ? 1L : 0L;
        if (value.Kind == ValueKind.Int64 && with.Kind == ValueKind.Int64) return Is(op, value.AsInt64().CompareTo(with.AsInt64()));
        if (value.Kind == ValueKind.Float64 && double.IsNaN(value.AsDouble())) return false;
        if (value.Kind == ValueKind.Float64) return Is(op, value.AsDouble().CompareTo(with.AsDouble()) is var c && value.AsDouble() == with.AsDouble() ? 0 : c);
        // An integer against a fraction, exactly.
        var right = with.AsDouble();
        var whole = ((System.Numerics.BigInteger)value.AsInt64()).CompareTo(new System.Numerics.BigInteger(Math.Floor(right)));
        return Is(op, whole == 0 && right != Math.Floor(right) ? -1 : whole);
    }

    public static bool Is(FilterOp op, int comparison) => op switch
    {
        FilterOp.Equal => comparison == 0,
        FilterOp.NotEqual => comparison != 0,
        FilterOp.Greater => comparison > 0,
        FilterOp.GreaterOrEqual => comparison >= 0,
        FilterOp.Less => comparison < 0,
        FilterOp.LessOrEqual => comparison <= 0,
        _ => throw new InvalidOperationException(),
    };

    private Value Calculate(Calculation calculation, List<TestEvent> group)
    {
        var taking = group.Where(e => calculation.Where is null || Matches(calculation.Where, e)).ToList();
        if (calculation.Op == CalculationOp.Concurrency) return taking.Sum(e => InFlight(e, Stretch.StartUnixNs, Stretch.EndUnixNs) * Weight(e)) / Math.Max(1, (double)Stretch.LengthNs);
        taking.RemoveAll(e => e.Time < Math.Max(Window.StartUnixNs, Stretch.StartUnixNs) || e.Time >= Stretch.EndUnixNs);
        if (calculation.Column is null) return taking.Sum(Weight);
        var having = taking.Select(e => (Value: OfCalculation(e, calculation), Weight: Weight(e))).Where(x => !x.Value.IsNull).ToList();
        if (calculation.Op == CalculationOp.Count) return having.Sum(x => x.Weight);
        if (calculation.Op == CalculationOp.CountDistinct) return (double)having.Select(x => Key(x.Value)).Distinct().Count();
        var sorted = having.Where(x => x.Value.Kind != ValueKind.Float64 || double.IsFinite(x.Value.AsDouble())).OrderBy(x => x.Value, Comparer<Value>.Create(Compare)).ToList();
        if (sorted.Count == 0) return Value.Null;
        switch (calculation.Op)
        {
            case CalculationOp.Min: return sorted[0].Value;
            case CalculationOp.Max: return sorted[^1].Value;
            // Exact without weights, so that sums and means which no double tells apart are still in order.
            case CalculationOp.Sum or CalculationOp.Avg when sorted[0].Value.Kind == ValueKind.Int64 && !types.ContainsKey("SampleRate"):
                var exact = sorted.Aggregate((Int128)0, (sum, x) => sum + x.Value.AsInt64());
                if (calculation.Op == CalculationOp.Avg) return (double)exact / sorted.Count;
                return exact <= long.MaxValue && exact >= long.MinValue ? (long)exact : (double)exact;
            case CalculationOp.Sum: return sorted.Sum(x => x.Value.AsDouble() * x.Weight);
            case CalculationOp.Avg: return sorted.Sum(x => x.Value.AsDouble() * x.Weight) / sorted.Sum(x => x.Weight);
        }

        var all = sorted.Sum(x => (decimal)x.Weight);
        var below = 0m;
        foreach (var (value, weight) in sorted)
        {
            below += (decimal)weight;
            if (below >= (decimal)calculation.Op.Quantile()!.Value * all) return value;
        }

        throw new InvalidOperationException();
    }

    /// <summary>The value that a calculation works on: of the span that its own condition binds, else the query's.</summary>
    public Value OfCalculation(TestEvent e, Calculation calculation) =>
        ValueOf(e, calculation.Column!, calculation.Where is { } own && Split(calculation.Column!, out var relative, out _) && Mentioned(own).Contains(relative) ? own : null);

    private static bool Passes(Having having, NaiveRow row, Query query)
    {
        var value = row.Results[Place(having.Target, query)];
        if (value.IsNull) return false;
        if (value.Kind == ValueKind.String) return Is(having.Op, CodePoints(value.AsString(), having.Value.ToString()));
        if (value.Kind == ValueKind.Bool) return Is(having.Op, value.AsBool().CompareTo(having.Value.AsBool()));
        return Is(having.Op, value.AsDouble().CompareTo(having.Value.AsDouble()));
    }

    private static int Compare(Query query, NaiveRow a, NaiveRow b)
    {
        var orders = query.Orders.IsEmpty && Plain(query) is [var first, ..] ? [new Order(new ResultReference(Name: first.ResultName))] : query.Orders;
        foreach (var order in orders)
        {
            var place = query.Breakdowns.ToList().IndexOf(order.Target.Name!);
            var result = place >= 0 ? -1 : Place(order.Target, query);
            var by = place >= 0 ? Compare(a.Group[place], b.Group[place], order.Descending)
                : a.Exact.TryGetValue(result, out var one) && b.Exact.TryGetValue(result, out var other) ? one.CompareTo(other) * (order.Descending ? -1 : 1)
                : Compare(a.Results[Place(order.Target, query)], b.Results[Place(order.Target, query)], order.Descending);
            if (by != 0) return by;
        }

        for (var i = 0; i < a.Group.Length; i++)
            if (Compare(a.Group[i], b.Group[i], false) is not 0 and var by) return by;
        return 0;
    }

    private static int Place(ResultReference target, Query query) =>
        Plain(query).Select(c => c.ResultName).Concat(query.Formulas.Select(f => f.Name)).ToList().IndexOf(target.Name!);

    /// <summary>The calculations that have a result column.</summary>
    private static List<Calculation> Plain(Query query) => [.. query.Calculations.Where(c => c.Op != CalculationOp.Heatmap)];

    private static int Compare(Value a, Value b, bool descending)
    {
        if (a.IsNull || b.IsNull) return a.IsNull.CompareTo(b.IsNull);
        return descending ? Compare(b, a) : Compare(a, b);
    }

    public static int Compare(Value a, Value b) => a.Kind switch
    {
        ValueKind.String => CodePoints(a.AsString(), b.AsString()),
        ValueKind.Bool => a.AsBool().CompareTo(b.AsBool()),
        ValueKind.Int64 when b.Kind == ValueKind.Int64 => a.AsInt64().CompareTo(b.AsInt64()),
        // NaN above all numbers; both zeros are one.
        _ => a.AsDouble() == b.AsDouble() ? 0 : double.IsNaN(a.AsDouble()) ? (double.IsNaN(b.AsDouble()) ? 0 : 1) : double.IsNaN(b.AsDouble()) ? -1 : a.AsDouble().CompareTo(b.AsDouble()),
    };

    private static string Key(Value value) => value.Kind switch
    {
        ValueKind.Null => "none",
        ValueKind.Float64 when value.AsDouble() == 0 => "Float64:0",
        _ => $"{value.Kind}:{value}",
    };

    private static int CodePoints(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

    public static double? Parse(string text) =>
        Number.IsMatch(text) && double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    public static string TextOf(Value value) => value.Kind switch
    {
        ValueKind.Float64 when value.AsDouble() == 0 => "0",
        _ => value.ToString(),
    };
}
