using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>Random events and random questions about them, full of values that are easy to get wrong. Everything follows from the seed.</summary>
internal sealed partial class RandomQueries(int seed)
{
    public const long Second = 1_000_000_000;

    private static readonly string[] Texts = ["", "a", "b", "ab", "A", "é", "z", "😀", "\uffff", "a\0b", "it's", "\"", "\\", "%", "null", "500", " "];
    private static readonly string[] Mixed = ["500", "7.25", "-3", "1e3", " 5 ", "x", "", "5", "005", "nan", "inf", "1e999", "true", "7,5"];
    private static readonly string[] Patterns = ["a", "^a$", "^[0-9]+$", "b|é", "", ".", "^$", "5"];
    private static readonly double[] Numbers = [0, -0.0, 1, 2, 2.5, 7.25, -0.5, 100, 1000.125, double.NaN, double.PositiveInfinity, double.NegativeInfinity, Math.Pow(2, 900)];
    private static readonly long[] Integers = [0, 1, 2, 3, 5, 7, 100, 500, -1, -3, long.MaxValue, 1L << 53, (1L << 53) + 1];
    private static readonly FilterOp[] Ordering = [FilterOp.Equal, FilterOp.NotEqual, FilterOp.Greater, FilterOp.GreaterOrEqual, FilterOp.Less, FilterOp.LessOrEqual];

    private readonly Random _random = new(seed);
    private readonly RandomExpressions _expressions = new(new Random(seed + 1_000_000));
    private readonly List<CalculatedField> _fields = [];
    private Dictionary<string, ColumnType> _types = [];
    private bool _hasTraces;

    /// <summary>Calculated fields that look at other spans: at which, or nothing when it is at several.</summary>
    private readonly Dictionary<string, Relative?> _relational = new(StringComparer.Ordinal);

    /// <summary>Calculated fields, usable like columns in all questions that are asked afterwards.</summary>
    public ValueList<CalculatedField> Fields()
    {
        _types = new Dictionary<string, ColumnType>(_types);
        for (var i = _random.Next(4); i > 0; i--)
        {
            var (name, type) = ("f" + i.ToString(CultureInfo.InvariantCulture), Pick(Enum.GetValues<ColumnType>()));
            var expression = _expressions.Of(type, _random.Next(4));
            var others = _expressions.Fields.Where(f => expression.Contains("$" + f.Name, StringComparison.Ordinal)).Select(f => f.Name).ToList();
            if (others.Exists(_relational.ContainsKey)) _relational[name] = null;
            if (_hasTraces && _random.Next(2) == 0) expression = OnOthers(name, expression, others.Count > 0);
            _fields.Add(new CalculatedField(name, expression));
            if (!_relational.TryGetValue(name, out var bound) || bound is null) _expressions.Fields.Add((name, type));
            _types[name] = type;
        }

        return _fields.ToValueList();
    }

    /// <summary>The expression with names of other spans in place of some of its own, or of one bound span in place of all.</summary>
    private string OnOthers(string name, string expression, bool hasFields)
    {
        var one = Pick<Relative>([Relative.Any, Relative.Any2, Relative.Child]);
        var isOne = !hasFields && !expression.Contains("EVENT_TIMESTAMP", StringComparison.Ordinal) && expression.Contains('$') && _random.Next(2) == 0;
        var replaced = Name().Replace(expression, match => isOne ? "$" + RelationalColumns.PrefixOf(one) + match.Groups[1].Value
            : _random.Next(2) == 0 ? "$" + Pick(["root.", "parent."]) + match.Groups[1].Value : match.Value);
        if (replaced != expression) _relational[name] = isOne ? one : null;
        return replaced;
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"\$([smxdb])\b")]
    private static partial System.Text.RegularExpressions.Regex Name();

    /// <summary>The type of every column, calculated or not.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types => _types;

    /// <summary>Columns of every type; the sample rate is absent, whole, fractional or text.</summary>
    public Dictionary<string, ColumnType> Columns()
    {
        _types = new Dictionary<string, ColumnType>(StringComparer.Ordinal)
        {
            ["s"] = ColumnType.String, ["m"] = ColumnType.String, ["x"] = ColumnType.Int64, ["d"] = ColumnType.Float64, ["b"] = ColumnType.Bool, ["id"] = ColumnType.Int64,
        };
        _types["duration_ms"] = Pick([ColumnType.Float64, ColumnType.Float64, ColumnType.Int64, ColumnType.String]);
        _hasTraces = _random.Next(2) == 0;
        if (_hasTraces)
        {
            foreach (var id in new[] { WellKnownColumns.TraceId, WellKnownColumns.SpanId, WellKnownColumns.ParentId }) _types[id] = ColumnType.String;
            if (_random.Next(3) > 0) _types[WellKnownColumns.ServiceName] = ColumnType.String;
            if (_random.Next(3) > 0) _types[WellKnownColumns.Error] = Pick([ColumnType.Bool, ColumnType.Bool, ColumnType.String]);
            // A column that begins like another span's.
            if (_random.Next(3) == 0) _types[Pick(["any.own", "root.own", "none.own"])] = ColumnType.String;
        }

        if (_random.Next(2) == 0) _types["meta.signal_type"] = ColumnType.String;
        if (_random.Next(2) == 0) _types["meta.annotation_type"] = ColumnType.String;
        if (Pick<ColumnType?>([null, null, ColumnType.Int64, ColumnType.Float64, ColumnType.String]) is { } rate) _types["SampleRate"] = rate;
        return _types;
    }

    public List<TestEvent> Events()
    {
        var count = Pick<int>(_hasTraces ? [0, 1, 2, 5, 15, 30] : [0, 1, 2, 5, 20, 60]);
        var events = new List<TestEvent>();
        for (var i = 0; i < count; i++)
        {
            var values = ImmutableDictionary.CreateBuilder<string, Value>();
            values["id"] = (long)i;
            foreach (var (name, type) in _types)
                if (name != "id" && _random.Next(4) > 0) values[name] = Stored(name, type);
            events.Add(new TestEvent(_hasTraces ? 1 + _random.NextInt64(12) * 8 * Second : 1 + _random.NextInt64(100) * Second / Pick([1, 1, 10]), values.ToImmutable()));
        }

        return events;
    }

    public Query Calculating()
    {
        var where = _random.Next(2) == 0 ? null : Filter(Pick([2, 2, 3]));
        var calculations = new List<Calculation>();
        var wanted = _random.Next(1, 5);
        while (calculations.Count < wanted)
        {
            var next = Calculation(calculations.Count, where);
            if (next.Op != CalculationOp.Heatmap || !calculations.Exists(c => c.Op == CalculationOp.Heatmap)) calculations.Add(next);
        }

        var breakdowns = _types.Keys.Where(k => k is not ("id" or "SampleRate" or "duration_ms") && IsUsable(k, where)).OrderBy(_ => _random.Next()).Take(Pick([0, 0, 1, 1, 2]))
            .Select(name => Outside(name, where)).Concat(_hasTraces && _random.Next(8) == 0 ? [Pick(RelationalColumns.OfTrace).Name] : []).Distinct().ToValueList();
        var plain = calculations.Where(c => c.Op != CalculationOp.Heatmap).ToArray();
        var formulas = plain.Length > 0 && _random.Next(3) == 0
            ? Enumerable.Range(0, _random.Next(1, 3)).Select(i => new Formula("q" + i.ToString(CultureInfo.InvariantCulture), _expressions.Formula([.. plain.Select(c => (c.ResultName, TypeOf(c)))]))).ToValueList()
            : default;
        return new Query
        {
            Time = Window(), Where = where, Calculations = calculations.ToValueList(), Breakdowns = breakdowns,
            Formulas = formulas, CalculatedFields = _fields.ToValueList(),
            Havings = plain.Length > 0 && _random.Next(4) == 0 ? [formulas.Count > 0 && _random.Next(2) == 0 ? new Having(new ResultReference(Name: "q0"), Pick(Ordering), Pick<Value>([0L, 2.5])) : Having(Pick(plain))] : [],
            Orders = plain.Length > 0 && _random.Next(2) == 0 ? [] : plain.Select(c => c.ResultName).Concat(formulas.Select(f => f.Name)).Concat(breakdowns).OrderBy(_ => _random.Next()).Take(2)
                .Select(name => new Order(new ResultReference(Name: name), _random.Next(2) == 0)).ToValueList(),
            Limit = Pick<int?>([null, 1, 2, 5]), GranularitySeconds = Pick<double?>([null, 1, 7, 10, 60, 0.5]),
            CompareOffsetSeconds = Pick<long?>([null, null, null, 7, 20, 1_000, long.MaxValue]),
        };
    }

    public Query Listing()
    {
        var where = _random.Next(2) == 0 ? null : Filter(Pick([2, 2, 3]));
        var names = _types.Keys.Append("time").Where(k => IsUsable(k, where)).ToList();
        return new Query
        {
            Time = Window(), Where = where, Limit = Pick([4, 9, 100]), CalculatedFields = _fields.ToValueList(),
            Columns = _hasTraces && _random.Next(2) == 0 ? names.OrderBy(_ => _random.Next()).Take(3).Select(name => Outside(name, where)).Append("id").Distinct().ToValueList() : default,
            Orders = names.OrderBy(_ => _random.Next()).Take(_random.Next(3)).Select(name => new Order(new ResultReference(Name: Outside(name, where)), _random.Next(2) == 0)).ToValueList(),
        };
    }

    /// <summary>A column as an event has it, or one of its relatives.</summary>
    /// <param name="name">The column's own name.</param>
    /// <param name="binding">Conditions that bind spans.</param>
    private string Outside(string name, params Filter?[] binding)
    {
        if (!_hasTraces || _relational.ContainsKey(name) || _random.Next(2) == 0) return name;
        return RelationalColumns.PrefixOf(Pick([Relative.Root, Relative.Parent, Relative.Child, .. binding.SelectMany(b => Bound(b))])) + name;
    }

    private bool IsUsable(string name, params Filter?[] binding) =>
        !_relational.TryGetValue(name, out var bound) || bound is null or Relative.Child || binding.Any(b => Bound(b).Contains(bound.Value));

    /// <summary>The spans that a condition binds.</summary>
    private IEnumerable<Relative> Bound(Filter? filter) => filter switch
    {
        Filter.And and => and.Parts.SelectMany(Bound),
        Filter.Or or => or.Parts.SelectMany(Bound),
        Filter.Condition c when _relational.TryGetValue(c.Column, out var bound) => bound is { } one ? [one] : [],
        Filter.Condition c when !_types.ContainsKey(c.Column) && RelationalColumns.TrySplit(c.Column, out var relative, out _) && relative >= Relative.Child && relative != Relative.None => [relative],
        _ => [],
    };

    private Calculation Calculation(int number, Filter? binding)
    {
        var own = _random.Next(3) == 0 ? Filter(1) : null;
        var op = Pick([.. Enum.GetValues<CalculationOp>(), CalculationOp.Concurrency, CalculationOp.Concurrency]);
        var fields = _fields.Where(f => IsUsable(f.Name, binding)).ToList();
        string[] numeric = ["x", "d", .. fields.Where(f => _types[f.Name].IsNumeric()).Select(f => f.Name)];
        string[] all = ["s", "m", "x", "d", "b", "time", .. fields.Select(f => f.Name)];
        var column = op switch
        {
            CalculationOp.Concurrency => null,
            CalculationOp.Count => Pick<string?>([null, null, "s", "d"]),
            CalculationOp.Min or CalculationOp.Max or CalculationOp.CountDistinct => Pick(all),
            // Small integers, whose differences are exact.
            _ when op.RateOf() is not null => "id",
            // Weighted sums of the largest integers depend on the order of adding, and groups would be in the order of that.
            CalculationOp.Sum or CalculationOp.Avg when _types.ContainsKey("SampleRate") => Pick(numeric.Select(c => c == "x" ? "id" : c).ToArray()),
            _ => Pick(numeric),
        };
        if (column is not null && _hasTraces) column = op != CalculationOp.Heatmap && _random.Next(8) == 0 && column is "x" or "d" ? Pick(RelationalColumns.OfTrace.Where(c => c.Type.IsNumeric()).ToArray()).Name : Outside(column, binding, own);
        return new Calculation(op, column, "r" + number.ToString(CultureInfo.InvariantCulture), own);
    }

    private ColumnType TypeOf(Calculation calculation) =>
        calculation.Op is CalculationOp.Min or CalculationOp.Max && calculation.Column != "time" ? TypeOf(calculation.Column!) : ColumnType.Float64;

    private ColumnType TypeOf(string column)
    {
        if (RelationalColumns.TypeOfTrace(column) is { } type) return type;
        if (!_types.ContainsKey(column) && RelationalColumns.TrySplit(column, out _, out var rest)) column = rest;
        return column == "time" ? ColumnType.Int64 : _types[column];
    }

    private Having Having(Calculation calculation)
    {
        var text = TypeOf(calculation) == ColumnType.String;
        var target = new ResultReference(Name: calculation.ResultName);
        if (text) return new Having(target, Pick(Ordering), "a");
        if (TypeOf(calculation) == ColumnType.Bool) return new Having(target, Pick(Ordering), true);
        return new Having(target, Pick(Ordering), Pick<Value>([0L, 1L, 3L, 2.5, 100L]));
    }

    private Filter Filter(int depth) => depth == 0 || _random.Next(3) == 0
        ? Condition()
        : _random.Next(3) switch
        {
            0 => new Filter.And(Enumerable.Range(0, _random.Next(4)).Select(_ => Filter(depth - 1)).ToValueList()),
            1 => new Filter.Or(Enumerable.Range(0, _random.Next(4)).Select(_ => Filter(depth - 1)).ToValueList()),
            _ => new Filter.Not(Filter(depth - 1)),
        };

    private Filter.Condition Condition()
    {
        var name = Pick(_types.Keys.Where(k => k != "SampleRate").ToArray());
        if (_hasTraces && !_relational.ContainsKey(name) && _random.Next(2) == 0)
            name = _random.Next(5) == 0 ? Pick(RelationalColumns.OfTrace).Name : Pick(RelationalColumns.Prefixes).Prefix + name;
        var op = Pick(Enum.GetValues<FilterOp>());
        if (op == FilterOp.Search)
            return new Filter.Condition(_random.Next(3) == 0 ? name : "*", op, Pick<Value>([.. Texts.Concat(Mixed).Concat(["É", "TRACE", "N"]).Where(t => t.Length > 0).Select(Value.Of), 5L, 7.25]));
        if (op is FilterOp.Matches or FilterOp.DoesNotMatch) return new Filter.Condition(name, op, Pick(Patterns));
        var isText = op is FilterOp.StartsWith or FilterOp.DoesNotStartWith or FilterOp.EndsWith or FilterOp.DoesNotEndWith or FilterOp.Contains or FilterOp.DoesNotContain;
        return op.Operands() switch
        {
            Operands.None => new Filter.Condition(name, op),
            Operands.One => new Filter.Condition(name, op, isText ? Pick(Texts.Concat(Mixed).Concat(["1", "0", "2.", "tr", "NaN", "Inf", "-"]).ToArray()) : Asked(TypeOf(name))),
            _ => new Filter.Condition(name, op, Enumerable.Range(0, _random.Next(4)).Select(_ => Asked(TypeOf(name))).ToValueList()),
        };
    }

    /// <summary>A value that a column of the type can be compared with.</summary>
    private Value Asked(ColumnType type) => type switch
    {
        ColumnType.Bool => Pick<Value>([true, false, "true", "False", 1L, 0L, 1.0]),
        ColumnType.String => Pick<Value>([Pick(Texts), Pick(Mixed), 500L, 7.25, 5L, -3.0, true, 1e300]),
        _ => Pick<Value>([Pick(Integers), Pick(Numbers.Where(double.IsFinite).ToArray()), "2", "7.25", "1e3", true, -1e300, 9.2233720368547758E18, long.MinValue]),
    };

    private Value Stored(string name, ColumnType type) => name switch
    {
        "SampleRate" => Rate(type),
        "duration_ms" => Duration(type),
        "meta.signal_type" => Pick(["trace", "trace", "log", "metric"]),
        "meta.annotation_type" => Pick(["span_event", "link"]),
        WellKnownColumns.TraceId => Pick(["t1", "t2", "t3"]),
        WellKnownColumns.SpanId or WellKnownColumns.ParentId => Pick(["s1", "s2", "s3", "s4", "s5"]),
        WellKnownColumns.Error when type == ColumnType.String => Pick(["true", "false", "x"]),
        _ => Stored(type, name == "m"),
    };

    private Value Stored(ColumnType type, bool isMixed) => type switch
    {
        ColumnType.Bool => _random.Next(2) == 0,
        ColumnType.Int64 => Pick(Integers),
        ColumnType.Float64 => Pick(Numbers),
        _ => isMixed ? Pick(Mixed) : Pick(Texts),
    };

    private Value Duration(ColumnType type) => type switch
    {
        ColumnType.Int64 => Pick([0L, 1, 1500, 30_000, 90_000, -5, long.MaxValue]),
        ColumnType.Float64 => Pick([0, 0.000001, 0.5, 1500.25, 8000, 30_000, 90_000.125, -0.0, -5, 1e300, double.NaN, double.PositiveInfinity]),
        _ => Pick(["0", "1500.25", "30000", "9e4", "-5", "x", "nan", ""]),
    };

    private Value Rate(ColumnType type) => type switch
    {
        ColumnType.Int64 => Pick([0L, 1, 2, 8, -4]),
        ColumnType.Float64 => Pick([0, 0.5, 1, 1.5, 2.25, double.NaN, double.PositiveInfinity]),
        _ => Pick(["2", "x", "1.5", "0", "nan", "8"]),
    };

    private TimeRange Window() => Pick<TimeRange>([TimeRange.All, new TimeRange.Between(0, 100 * Second), new TimeRange.Between(5 * Second + 1, 50 * Second), new TimeRange.Between(30 * Second, 30 * Second)]);

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
