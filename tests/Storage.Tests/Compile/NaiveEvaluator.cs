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
            if (c.Op != CalculationOp.Sum || types.ContainsKey("SampleRate") || types[c.Column!] != ColumnType.Int64) continue;
            var values = group.Where(e => e.Time >= Window.StartUnixNs && (c.Where is null || Matches(c.Where, e))).Select(e => ValueOf(e, c.Column!)).Where(v => !v.IsNull).ToList();
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

    public bool Matches(Filter filter, TestEvent e) => filter switch
    {
        Filter.And and => and.Parts.All(p => Matches(p, e)),
        Filter.Or or => or.Parts.Any(p => Matches(p, e)),
        Filter.Not not => !Matches(not.Part, e),
        Filter.Condition c => c.Op.IsNegative() ? !Holds(c.Column, c.Op.Negation()!.Value, c.Values, e) : Holds(c.Column, c.Op, c.Values, e),
        _ => throw new InvalidOperationException(),
    };

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

    public Value ValueOf(TestEvent e, string column) =>
        fields.FirstOrDefault(f => f.Name == column) is { } field ? NaiveExpressions.Compute(field.Expression, name => ValueOf(e, name), e.Time) : column == "time" ? e.Time : e[column];

    private bool Holds(string column, FilterOp op, ValueList<Value> values, TestEvent e)
    {
        if (column == Filter.AnyColumn) return types.Any(t => t.Value == ColumnType.String && fields.All(f => f.Name != t.Key) && Holds(t.Key, op, values, e));
        var value = ValueOf(e, column);
        if (value.IsNull) return false;
        return op switch
        {
            FilterOp.Exists => true,
            FilterOp.In => values.Any(v => Compares(value, FilterOp.Equal, v, types[column])),
            FilterOp.StartsWith => TextOf(value).StartsWith(TextOf(values[0]), StringComparison.Ordinal),
            FilterOp.EndsWith => TextOf(value).EndsWith(TextOf(values[0]), StringComparison.Ordinal),
            FilterOp.Contains => TextOf(value).Contains(TextOf(values[0]), StringComparison.Ordinal),
            FilterOp.Search => TextOf(value).ToLowerInvariant().Contains(TextOf(values[0]).ToLowerInvariant(), StringComparison.Ordinal),
            FilterOp.Matches => Regex.IsMatch(TextOf(value), TextOf(values[0]), RegexOptions.CultureInvariant),
            _ => Compares(value, op, values[0], types[column]),
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
        // An integer against a fraction, exactly: decimal holds both unless the double is huge.
        var right = with.AsDouble();
        if (Math.Abs(right) > 1e19) return Is(op, right > 0 ? -1 : 1);
        return Is(op, ((decimal)value.AsInt64()).CompareTo((decimal)right));
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
        if (calculation.Column is not { } column) return taking.Sum(Weight);
        var having = taking.Where(e => !ValueOf(e, column).IsNull).ToList();
        if (calculation.Op == CalculationOp.Count) return having.Sum(Weight);
        if (calculation.Op == CalculationOp.CountDistinct) return (double)having.Select(e => Key(ValueOf(e, column))).Distinct().Count();
        var finite = having.Where(e => ValueOf(e, column).Kind != ValueKind.Float64 || double.IsFinite(ValueOf(e, column).AsDouble())).ToList();
        if (finite.Count == 0) return Value.Null;
        var sorted = finite.Select(e => (Value: ValueOf(e, column), Weight: Weight(e))).OrderBy(x => x.Value, Comparer<Value>.Create(Compare)).ToList();
        switch (calculation.Op)
        {
            case CalculationOp.Min: return sorted[0].Value;
            case CalculationOp.Max: return sorted[^1].Value;
            // Exact without weights, so that sums which no double tells apart are still in order.
            case CalculationOp.Sum when sorted[0].Value.Kind == ValueKind.Int64 && !types.ContainsKey("SampleRate")
                && sorted.Aggregate((Int128)0, (sum, x) => sum + x.Value.AsInt64()) is var exact && exact <= long.MaxValue && exact >= long.MinValue: return (long)exact;
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
