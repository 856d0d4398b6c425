using Storage.Events;
using Storage.Queries;
using static Storage.Compile.ExpressionForms;

namespace Storage.Compile;

/// <summary>
/// Gives an expression its types and refuses what has none. The functions of the language become those of <see cref="BoundFunction"/>; Int64 and
/// Float64 meet as Float64, other types meet only where a function asks for it. All faults of an expression are told, not the first alone.
/// </summary>
internal sealed class ExpressionBinder(ExpressionScope scope)
{
    private const int MaxDepth = 150;

    /// <summary>The bound expression; null, with errors, when something is wrong.</summary>
    public BoundExpression? Whole(Expression expression)
    {
        if (Bind(expression) is not { } bound) return null;
        if (IsNull(bound)) return Fail(expression, "null alone has no type");
        if (bound.Depth > MaxDepth) return Fail(expression, $"with the calculated fields that it uses, the expression has more than {MaxDepth} operations inside each other");
        return scope.Columns.Admit(bound) ? bound : Fail(expression, $"the query's expressions are too large together, the calculated fields counted wherever they are used");
    }

    private BoundExpression? Bind(Expression expression) => expression switch
    {
        Expression.Constant constant => Constant(constant.Value),
        Expression.Name name => scope.Find(name),
        Expression.Call call => Call(call),
        _ => throw new ArgumentOutOfRangeException(nameof(expression)),
    };

    private BoundExpression? Call(Expression.Call call)
    {
        if (call.Function == "EVENT_TIMESTAMP") return EventTime(call);
        if (call.Function == "INGEST_TIMESTAMP") return Fail(call, "the store does not keep when an event arrived; EVENT_TIMESTAMP() is the event's own time");
        var bound = call.Arguments.Select(Bind).ToArray();
        if (bound.Contains(null)) return null;
        BoundExpression[] arguments = bound!;
        switch (call.Function)
        {
            case "AND" or "OR" or "NOT" or "EXISTS":
                return Condition(call, arguments);
            case "IF" or "SWITCH" or "COALESCE":
                return Choice(call, arguments);
            case "EQUALS" or "LT" or "LTE" or "GT" or "GTE":
                return Compare(call.Function, call.Arguments[1], arguments[0], arguments[1]);
            case "IN":
                return In(call, arguments);
            case "CONTAINS" or "STARTS_WITH" or "ENDS_WITH" or "TO_LOWER" or "LENGTH" or "CONCAT":
                return Texts(call, arguments);
            case "REG_MATCH" or "REG_VALUE" or "REG_COUNT":
                return Regex(call, arguments);
            case "INT" or "FLOAT" or "BOOL" or "STRING":
                return Convert(call.Function, arguments[0]);
            case "FORMAT_TIME" or "UNIX_TIMESTAMP":
                return new TimeFunctions(scope).Bind(call, arguments);
            case "BUCKET":
                return Bucket(call, arguments);
            default:
                return Arithmetic(call, arguments);
        }
    }

    private BoundExpression? EventTime(Expression.Call call)
    {
        if (!scope.IsOfEvents) return Fail(call, "a formula works on results, which have no time of an event");
        var nanoseconds = AsNumber(new BoundExpression.OfColumn(BoundColumn.Time));
        return Apply(BoundFunction.Divide, ColumnType.Float64, nanoseconds, Constant(1e9));
    }

    private BoundExpression? Condition(Expression.Call call, BoundExpression[] arguments)
    {
        if (call.Function == "EXISTS") return Apply(BoundFunction.Exists, ColumnType.Bool, arguments);
        if (!AreConditions(call, arguments)) return null;
        var function = call.Function switch { "AND" => BoundFunction.And, "OR" => BoundFunction.Or, _ => BoundFunction.Not };
        return Apply(function, ColumnType.Bool, [.. arguments.Select(AsCondition)]);
    }

    private bool AreConditions(Expression.Call call, BoundExpression[] arguments) => All(call, arguments, a => IsNull(a) || a.Type == ColumnType.Bool, "conditions");

    private static BoundExpression AsCondition(BoundExpression expression) => IsNull(expression) ? NullOf(ColumnType.Bool) : expression;

    /// <summary>IF and SWITCH become pairs of condition and value and one value more, SWITCH by comparing; COALESCE has values only.</summary>
    private BoundExpression? Choice(Expression.Call call, BoundExpression[] arguments)
    {
        if (call.Function == "COALESCE")
            return Same(call, arguments, [.. Enumerable.Range(0, arguments.Length)]) is { } values ? Apply(BoundFunction.Coalesce, values[0].Type, values) : null;
        var first = call.Function == "SWITCH" ? 1 : 0;
        var pairs = (arguments.Length - first) / 2;
        var hasElse = (arguments.Length - first) % 2 == 1;
        int[] places = [.. Enumerable.Range(0, pairs).Select(i => first + 2 * i + 1), .. hasElse ? [arguments.Length - 1] : Array.Empty<int>()];
        if (Same(call, arguments, places) is not { } results) return null;
        var parts = new List<BoundExpression>();
        for (var i = 0; i < pairs; i++)
        {
            var place = first + 2 * i;
            var condition = first == 1 ? Compare("EQUALS", call.Arguments[place], arguments[0], arguments[place])
                : AreConditions(call with { Arguments = [call.Arguments[place]] }, [arguments[place]]) ? AsCondition(arguments[place]) : null;
            if (condition is null) return null;
            parts.Add(condition);
            parts.Add(results[i]);
        }

        parts.Add(hasElse ? results[^1] : NullOf(results[0].Type));
        return Apply(BoundFunction.If, results[0].Type, [.. parts]);
    }

    private BoundExpression? Compare(string function, Expression rightText, BoundExpression left, BoundExpression right)
    {
        if (IsNull(left) || IsNull(right)) return Fail(rightText, "nothing compares with null; EXISTS(…) asks for missing values");
        var op = function switch { "EQUALS" => FilterOp.Equal, "LT" => FilterOp.Less, "LTE" => FilterOp.LessOrEqual, "GT" => FilterOp.Greater, _ => FilterOp.GreaterOrEqual };
        if (right is BoundExpression.Constant constant) return Test(rightText, left, op, [constant.Value]);
        if (left is BoundExpression.Constant other) return Test(rightText, right, Mirrored(op), [other.Value]);
        if (left.Type.IsNumeric() && right.Type.IsNumeric())
        {
            if (left.Type != right.Type) (left, right) = (AsNumber(left), AsNumber(right));
        }
        else if (left.Type != right.Type)
        {
            return Fail(rightText, $"{left.Type} cannot be compared with {right.Type}; FLOAT(…), BOOL(…) or STRING(…) makes one of the other");
        }

        return op switch
        {
            FilterOp.Equal => Apply(BoundFunction.Equal, ColumnType.Bool, left, right),
            FilterOp.Less => Apply(BoundFunction.Less, ColumnType.Bool, left, right),
            FilterOp.LessOrEqual => Apply(BoundFunction.LessOrEqual, ColumnType.Bool, left, right),
            FilterOp.Greater => Apply(BoundFunction.Less, ColumnType.Bool, right, left),
            _ => Apply(BoundFunction.LessOrEqual, ColumnType.Bool, right, left),
        };
    }

    private static FilterOp Mirrored(FilterOp op) => op switch
    {
        FilterOp.Less => FilterOp.Greater,
        FilterOp.LessOrEqual => FilterOp.GreaterOrEqual,
        FilterOp.Greater => FilterOp.Less,
        FilterOp.GreaterOrEqual => FilterOp.LessOrEqual,
        _ => op,
    };

    private BoundExpression? In(Expression.Call call, BoundExpression[] arguments)
    {
        var values = arguments[1..];
        if (Array.TrueForAll(values, v => v is BoundExpression.Constant && !IsNull(v)))
            return Test(call, arguments[0], FilterOp.In, values.Select(v => ((BoundExpression.Constant)v).Value).ToValueList());
        var equals = values.Select((v, i) => Compare("EQUALS", call.Arguments[i + 1], arguments[0], v)).ToArray();
        return equals.Contains(null) ? null : Apply(BoundFunction.Or, ColumnType.Bool, equals!);
    }

    /// <summary>A comparison with constants, which have the types that a filter gives them.</summary>
    private BoundExpression? Test(Expression at, BoundExpression operand, FilterOp op, ValueList<Value> values)
    {
        if (operand is BoundExpression.OfColumn { Column: var column } && column == BoundColumn.Time) values = values.Select(FilterBinder.Instant).ToValueList();
        if (TestBinder.Bind(operand.Type, op, values, out _) is { } test) return new BoundExpression.Test(operand, test);
        return Fail(at, op == FilterOp.In
            ? $"one of the values cannot be compared with the first, which is {operand.Type}"
            : $"{TestBinder.Shown(values[0])} cannot be compared with {operand.Type}");
    }

    private BoundExpression? Texts(Expression.Call call, BoundExpression[] arguments)
    {
        var (function, type) = call.Function switch
        {
            "CONTAINS" => (BoundFunction.Contains, ColumnType.Bool),
            "STARTS_WITH" => (BoundFunction.StartsWith, ColumnType.Bool),
            "ENDS_WITH" => (BoundFunction.EndsWith, ColumnType.Bool),
            "TO_LOWER" => (BoundFunction.Lower, ColumnType.String),
            "LENGTH" => (BoundFunction.Length, ColumnType.Int64),
            _ => (BoundFunction.Concat, ColumnType.String),
        };
        return Apply(function, type, [.. arguments.Select(AsText)]);
    }

    private BoundExpression? Regex(Expression.Call call, BoundExpression[] arguments)
    {
        if (arguments[1] is not BoundExpression.Constant { Value: { Kind: ValueKind.String } pattern })
            return Fail(call.Arguments[1], $"the regular expression of {call.Function} is a text in quotes, such as `^/api/`");
        scope.Columns.AddPattern(new BoundPattern(scope.Path, pattern.AsString(), call.Arguments[1].Position, call.Arguments[1].Length));
        var text = AsText(arguments[0]);
        return call.Function switch
        {
            "REG_MATCH" => Apply(BoundFunction.IsMatch, ColumnType.Bool, text, arguments[1]),
            "REG_COUNT" => Apply(BoundFunction.RegexCount, ColumnType.Int64, text, arguments[1]),
            _ => Apply(BoundFunction.RegexValue, ColumnType.String, text, arguments[1], Constant(RegexText.HasGroup(pattern.AsString()) ? 1L : 0L)),
        };
    }

    private static BoundExpression Convert(string function, BoundExpression value) => (function, value.Type) switch
    {
        ("STRING", _) => AsText(value),
        ("FLOAT", _) => AsNumber(value),
        ("INT", ColumnType.Int64) or ("BOOL", ColumnType.Bool) => value,
        ("INT", ColumnType.String) => Apply(BoundFunction.Integer, ColumnType.Int64, AsNumber(value)),
        ("INT", _) => Apply(BoundFunction.Integer, ColumnType.Int64, value),
        _ => Apply(BoundFunction.Flag, ColumnType.Bool, value),
    };

    /// <summary><c>BUCKET(x, size)</c>, or from a least edge on, or up to a greatest one: what lies outside has a bucket below and one above.</summary>
    private BoundExpression? Bucket(Expression.Call call, BoundExpression[] arguments)
    {
        if (!All(call, arguments, a => a.Type.IsNumeric(), "numbers")) return null;
        var numbers = arguments.Skip(1).Select(a => a is BoundExpression.Constant { Value: var v } ? v.AsDouble() : double.NaN).ToArray();
        if (Array.FindIndex(numbers, double.IsNaN) is >= 0 and var wrong) return Fail(call.Arguments[wrong + 1], "the size and the edges of BUCKET are numbers, not expressions");
        var size = numbers[0];
        if (size <= 0) return Fail(call.Arguments[1], "the size of a BUCKET must be above 0");
        var least = numbers.Length > 1 ? numbers[1] : 0;
        var value = AsNumber(arguments[0]);
        var bucket = Apply(BoundFunction.Bucket, ColumnType.Float64, value, Constant(size), Constant(least));
        if (numbers.Length == 1) return bucket;
        List<BoundExpression> parts = [new BoundExpression.Test(value, new BoundTest.Compare(FilterOp.Less, least)), Constant(least - size)];
        if (numbers.Length > 2) parts.AddRange([new BoundExpression.Test(value, new BoundTest.Compare(FilterOp.GreaterOrEqual, numbers[2])), Constant(numbers[2])]);
        return Apply(BoundFunction.If, ColumnType.Float64, [.. parts, bucket]);
    }

    private BoundExpression? Arithmetic(Expression.Call call, BoundExpression[] arguments)
    {
        if (!All(call, arguments, a => IsNull(a) || a.Type.IsNumeric(), "numbers")) return null;
        var (function, isReal) = call.Function switch
        {
            "SUM" => (BoundFunction.Add, false),
            "SUB" => (BoundFunction.Subtract, false),
            "MUL" => (BoundFunction.Multiply, false),
            "DIV" => (BoundFunction.Divide, true),
            "MOD" => (BoundFunction.Modulo, false),
            "MIN" => (BoundFunction.Least, false),
            "MAX" => (BoundFunction.Greatest, false),
            "LOG10" => (BoundFunction.Log10, true),
            _ => throw new InvalidOperationException($"the function {call.Function} has no binding"),
        };
        var type = isReal || arguments.Any(a => a.Type == ColumnType.Float64) ? ColumnType.Float64 : ColumnType.Int64;
        return Apply(function, type, [.. arguments.Select(a => IsNull(a) ? NullOf(type) : type == ColumnType.Float64 ? AsNumber(a) : a)]);
    }

    /// <summary>The arguments at the given places in one type.</summary>
    private BoundExpression[]? Same(Expression.Call call, BoundExpression[] arguments, int[] places)
    {
        ColumnType? type = null;
        foreach (var place in places)
        {
            if (IsNull(arguments[place])) continue;
            var here = arguments[place].Type;
            if (type is { } known && known != here && !(known.IsNumeric() && here.IsNumeric()))
            {
                Fail(call.Arguments[place], $"{call.Function} gives {known} before and {here} here; STRING(…) makes texts of both");
                return null;
            }

            type = type is null ? here : ColumnTypes.Widen(type.Value, here);
        }

        if (type is { } common) return [.. places.Select(p => IsNull(arguments[p]) ? NullOf(common) : common == ColumnType.Float64 ? AsNumber(arguments[p]) : arguments[p])];
        Fail(call, $"{call.Function} gives nothing but null, which has no type");
        return null;
    }

    private bool All(Expression.Call call, BoundExpression[] arguments, Predicate<BoundExpression> fits, string what)
    {
        var good = true;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (fits(arguments[i])) continue;
            good = false;
            var shown = call.Arguments[i] is Expression.Name name ? QueryText.FormatReference(name.Text) : "this";
            var advice = what == "numbers" ? $"; FLOAT({(shown == "this" ? "…" : shown)}) makes a number of it" : "";
            Fail(call.Arguments[i], $"{call.Function} needs {what}, and {shown} is {arguments[i].Type}{advice}");
        }

        return good;
    }

    private BoundExpression? Fail(Expression at, string message)
    {
        scope.Fail(at, message);
        return null;
    }
}
