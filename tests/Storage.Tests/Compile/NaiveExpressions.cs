using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>Computes expressions value by value, from the words of the documentation; it knows no types but those of the values it meets.</summary>
/// <param name="name">The value of a name.</param>
/// <param name="time">The event's time; null where there is none.</param>
internal sealed class NaiveExpressions(Func<string, Value> name, long? time)
{
    public static Value Compute(string text, Func<string, Value> name, long? time) => new NaiveExpressions(name, time).Of(ExpressionParser.Parse(text));

    private Value Of(Expression expression) => expression switch
    {
        Expression.Constant constant => constant.Value,
        Expression.Name n => name(n.Text),
        Expression.Call call => Call(call.Function, call.Arguments),
        _ => throw new InvalidOperationException(),
    };

    private bool IsTrue(Expression expression) => Of(expression) is { Kind: ValueKind.Bool } value && value.AsBool();

    private Value Call(string function, ValueList<Expression> a)
    {
        switch (function)
        {
            case "AND": return a.All(IsTrue);
            case "OR": return a.Any(IsTrue);
            case "NOT": return !IsTrue(a[0]);
            case "EXISTS": return !Of(a[0]).IsNull;
            case "IF":
                for (var i = 0; i + 1 < a.Count; i += 2)
                    if (IsTrue(a[i])) return Of(a[i + 1]);
                return a.Count % 2 == 1 ? Of(a[^1]) : Value.Null;
            case "SWITCH":
                for (var i = 1; i + 1 < a.Count; i += 2)
                    if (Compares(FilterOp.Equal, a[0], a[i])) return Of(a[i + 1]);
                return a.Count % 2 == 0 ? Of(a[^1]) : Value.Null;
            case "COALESCE": return a.Select(Of).FirstOrDefault(v => !v.IsNull);
            case "EQUALS": return Compares(FilterOp.Equal, a[0], a[1]);
            case "LT": return Compares(FilterOp.Less, a[0], a[1]);
            case "LTE": return Compares(FilterOp.LessOrEqual, a[0], a[1]);
            case "GT": return Compares(FilterOp.Greater, a[0], a[1]);
            case "GTE": return Compares(FilterOp.GreaterOrEqual, a[0], a[1]);
            case "IN": return a.Skip(1).Any(v => Compares(FilterOp.Equal, a[0], v));
            case "CONCAT": return string.Concat(a.Select(Of).Select(NaiveEvaluator.TextOf));
            case "EVENT_TIMESTAMP": return time!.Value / 1e9;
            case "MIN": return a.Select(Of).Where(v => !v.IsNull).OrderBy(v => v, Comparer<Value>.Create(NaiveEvaluator.Compare)).FirstOrDefault();
            case "MAX": return a.Select(Of).Where(v => !v.IsNull).OrderByDescending(v => v, Comparer<Value>.Create(NaiveEvaluator.Compare)).FirstOrDefault();
        }

        var values = a.Select(Of).ToArray();
        if (function is "CONTAINS" or "STARTS_WITH" or "ENDS_WITH" or "REG_MATCH" && Array.Exists(values, v => v.IsNull)) return false;
        return Array.Exists(values, v => v.IsNull) ? Value.Null : OfPresent(function, values);
    }

    private static Value OfPresent(string function, Value[] v)
    {
        var text = NaiveEvaluator.TextOf(v[0]);
        return function switch
        {
            "CONTAINS" => text.Contains(NaiveEvaluator.TextOf(v[1]), StringComparison.Ordinal),
            "STARTS_WITH" => text.StartsWith(NaiveEvaluator.TextOf(v[1]), StringComparison.Ordinal),
            "ENDS_WITH" => text.EndsWith(NaiveEvaluator.TextOf(v[1]), StringComparison.Ordinal),
            "TO_LOWER" => text.ToLowerInvariant(),
            "LENGTH" => (long)text.EnumerateRunes().Count(),
            "REG_MATCH" => Regex.IsMatch(text, v[1].AsString(), RegexOptions.CultureInvariant),
            "REG_COUNT" => (long)Regex.Count(text, v[1].AsString(), RegexOptions.CultureInvariant),
            "REG_VALUE" => Regex.Match(text, v[1].AsString(), RegexOptions.CultureInvariant) is { Success: true } match ? match.Groups[match.Groups.Count > 1 ? 1 : 0].Value : Value.Null,
            "STRING" => text,
            "FLOAT" => Number(v[0]) is { } number ? number : Value.Null,
            "INT" => v[0].Kind == ValueKind.Int64 ? v[0] : Number(v[0]) is { } real && Math.Truncate(real) is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)real : Value.Null,
            "BOOL" => v[0].Kind == ValueKind.Bool ? v[0] : v[0].IsNumber ? v[0].AsDouble() != 0 : text.ToLowerInvariant() switch { "true" => true, "false" => false, _ => Value.Null },
            "SUM" => Fold(v, (x, y) => x + y, (x, y) => x + y),
            "SUB" => Fold(v, (x, y) => x - y, (x, y) => x - y),
            "MUL" => Array.TrueForAll(v, x => x.Kind == ValueKind.Int64)
                ? v.Skip(1).Aggregate(v[0], (x, y) => x.IsNull ? x : Fold([x, y], (p, q) => p * q, (p, q) => p * q))
                : v.Aggregate(1.0, (x, y) => x * y.AsDouble()),
            "DIV" => v[1].AsDouble() == 0 ? Value.Null : v[0].AsDouble() / v[1].AsDouble(),
            "MOD" => v[1].AsDouble() == 0 ? Value.Null : Fold(v, (x, y) => x % y, (x, y) => x % y),
            "LOG10" => v[0].AsDouble() > 0 || double.IsNaN(v[0].AsDouble()) ? Math.Log10(v[0].AsDouble()) : Value.Null,
            "BUCKET" => Bucket(v[0].AsDouble(), [.. v.Skip(1).Select(x => x.AsDouble())]),
            "FORMAT_TIME" => Math.Abs(v[1].AsDouble()) <= 1e11 ? Time(v[0].AsString(), v[1].AsDouble()) : Value.Null,
            _ => throw new InvalidOperationException(function),
        };
    }

    private static Value Fold(Value[] values, Func<Int128, Int128, Int128> whole, Func<double, double, double> real)
    {
        if (!Array.TrueForAll(values, v => v.Kind == ValueKind.Int64)) return values.Skip(1).Aggregate(values[0].AsDouble(), (x, y) => real(x, y.AsDouble()));
        var result = values.Skip(1).Aggregate((Int128)values[0].AsInt64(), (x, y) => whole(x, y.AsInt64()));
        return result >= long.MinValue && result <= long.MaxValue ? (long)result : Value.Null;
    }

    private static Value Bucket(double x, double[] rest)
    {
        var least = rest.Length > 1 ? rest[1] : 0;
        if (rest.Length > 1 && x < least) return least - rest[0];
        if (rest.Length > 2 && x >= rest[2]) return rest[2];
        return Math.Floor((x - least) / rest[0]) * rest[0] + least;
    }

    private static string Time(string format, double seconds)
    {
        var time = DateTime.UnixEpoch.AddTicks((long)Math.Round(seconds * 1e6, MidpointRounding.AwayFromZero) * 10);
        return new StringBuilder(format).Replace("%Y", time.ToString("yyyy", CultureInfo.InvariantCulture)).Replace("%m", time.ToString("MM", CultureInfo.InvariantCulture))
            .Replace("%d", time.ToString("dd", CultureInfo.InvariantCulture)).Replace("%H", time.ToString("HH", CultureInfo.InvariantCulture))
            .Replace("%M", time.ToString("mm", CultureInfo.InvariantCulture)).Replace("%S", time.ToString("ss", CultureInfo.InvariantCulture))
            .Replace("%A", time.ToString("dddd", CultureInfo.InvariantCulture)).ToString();
    }

    private static double? Number(Value value) => value.Kind switch
    {
        ValueKind.Bool => value.AsBool() ? 1 : 0,
        ValueKind.String => NaiveEvaluator.Parse(value.AsString()),
        _ => value.AsDouble(),
    };

    /// <summary>A constant is compared with as a filter would; two values compare as what they are, numbers as numbers.</summary>
    private bool Compares(FilterOp op, Expression left, Expression right)
    {
        var (a, b) = (Of(left), Of(right));
        if (a.IsNull || b.IsNull) return false;
        if (right is Expression.Constant) return NaiveEvaluator.Compares(a, op, b, TypeOf(a));
        if (left is Expression.Constant)
        {
            var mirrored = op switch { FilterOp.Less => FilterOp.Greater, FilterOp.Greater => FilterOp.Less, FilterOp.LessOrEqual => FilterOp.GreaterOrEqual, FilterOp.GreaterOrEqual => FilterOp.LessOrEqual, _ => op };
            return NaiveEvaluator.Compares(b, mirrored, a, TypeOf(b));
        }

        if (a.IsNumber && b.IsNumber && (a.Kind != b.Kind || a.Kind == ValueKind.Float64))
        {
            var (x, y) = (a.AsDouble(), b.AsDouble());
            return op switch { FilterOp.Equal => x == y, FilterOp.Less => x < y, FilterOp.LessOrEqual => x <= y, FilterOp.Greater => x > y, _ => x >= y };
        }

        return NaiveEvaluator.Is(op, NaiveEvaluator.Compare(a, b));
    }

    private static ColumnType TypeOf(Value value) => value.Kind switch
    {
        ValueKind.Bool => ColumnType.Bool,
        ValueKind.Int64 => ColumnType.Int64,
        ValueKind.Float64 => ColumnType.Float64,
        _ => ColumnType.String,
    };
}
