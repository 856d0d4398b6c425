using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Makes typed tests of a column's type, an operator and the query's values: the rules of types are here.</summary>
internal static class TestBinder
{
    /// <summary>2^63: the first double above every Int64. Its negation is the smallest Int64.</summary>
    private const double BeyondInt64 = 9223372036854775808.0;

    /// <summary>
    /// The test of a positive operator; for a negative one, that of its positive counterpart. Null with a message when a value cannot be
    /// understood as the type needs it.
    /// </summary>
    public static BoundTest? Bind(ColumnType type, FilterOp op, ValueList<Value> values, out string error)
    {
        error = "";
        if (op.IsNegative()) op = op.Negation()!.Value;
        var wanted = op.Operands();
        if (wanted != Operands.Many && values.Count != (wanted == Operands.One ? 1 : 0))
        {
            error = wanted == Operands.One ? $"{op.Name()} needs one value, {values.Count} are given" : $"{op.Name()} takes no value";
            return null;
        }

        foreach (var value in values)
        {
            if (!value.IsNull && (value.Kind != ValueKind.Float64 || double.IsFinite(value.AsDouble()))) continue;
            error = value.IsNull ? $"{op.Name()} needs a value; exists and does-not-exist ask for missing ones" : $"{value} is no number to compare with";
            return null;
        }

        return op switch
        {
            FilterOp.Exists => new BoundTest.Present(),
            FilterOp.In => OneOf(type, values, out error),
            FilterOp.Search when values[0].ToString().Length == 0 => Fail("search needs a text to look for", out error),
            FilterOp.Search or FilterOp.StartsWith or FilterOp.EndsWith or FilterOp.Contains or FilterOp.Matches => new BoundTest.OfText(op, values[0].ToString()),
            _ => Compare(type, op, values[0], out error),
        };
    }

    private static BoundTest? Fail(string message, out string error)
    {
        error = message;
        return null;
    }

    private static BoundTest? OneOf(ColumnType type, ValueList<Value> values, out string error)
    {
        error = "";
        var same = ImmutableArray.CreateBuilder<Value>(values.Count);
        foreach (var value in values)
        {
            // A value that no value of the column can equal drops out of the list; one that is of no such type is an error.
            switch (Compare(type, FilterOp.Equal, value, out error))
            {
                case null:
                    return null;
                case BoundTest.Compare compare:
                    same.Add(compare.Value);
                    break;
            }
        }

        return same.Count == 0 ? new BoundTest.Never() : new BoundTest.OneOf(same.ToImmutable());
    }

    private static BoundTest? Compare(ColumnType type, FilterOp op, Value value, out string error)
    {
        error = "";
        switch (type)
        {
            case ColumnType.String when op != FilterOp.Equal && value.IsNumber:
                return new BoundTest.CompareParsed(op, value.AsDouble());
            case ColumnType.String:
                return new BoundTest.Compare(op, value.ToString());
            case ColumnType.Bool when TryBool(value, out var flag):
                return new BoundTest.Compare(op, flag);
            case ColumnType.Int64 when TryNumber(value, out var number):
                return number.Kind == ValueKind.Int64 ? new BoundTest.Compare(op, number) : CompareInt64(op, number.AsDouble());
            case ColumnType.Float64 when TryNumber(value, out var number):
                return new BoundTest.Compare(op, number.AsDouble());
            default:
                error = $"{Shown(value)} cannot be compared with the column, which is {type}";
                return null;
        }
    }

    /// <summary>Compares integers with a double exactly, also where the double cannot hold the integer.</summary>
    private static BoundTest CompareInt64(FilterOp op, double value) => op switch
    {
        FilterOp.Equal when value == Math.Floor(value) => Within(op, value, below: new BoundTest.Never(), above: new BoundTest.Never()),
        FilterOp.Equal => new BoundTest.Never(),
        FilterOp.Greater or FilterOp.LessOrEqual => Within(op, Math.Floor(value), Below(op), Above(op)),
        _ => Within(op, Math.Ceiling(value), Below(op), Above(op)),
    };

    private static BoundTest Within(FilterOp op, double whole, BoundTest below, BoundTest above) =>
        whole >= BeyondInt64 ? above : whole < -BeyondInt64 ? below : new BoundTest.Compare(op, (long)whole);

    /// <summary>The comparison of every Int64 with a number below them all.</summary>
    private static BoundTest Below(FilterOp op) => op is FilterOp.Greater or FilterOp.GreaterOrEqual ? new BoundTest.Present() : new BoundTest.Never();

    private static BoundTest Above(FilterOp op) => op is FilterOp.Less or FilterOp.LessOrEqual ? new BoundTest.Present() : new BoundTest.Never();

    private static bool TryBool(Value value, out bool flag)
    {
        flag = false;
        switch (value.Kind)
        {
            case ValueKind.Bool:
                flag = value.AsBool();
                return true;
            case ValueKind.String:
                return bool.TryParse(value.AsString(), out flag);
            default:
                var number = value.AsDouble();
                flag = number == 1;
                return number is 0 or 1;
        }
    }

    /// <summary>A number as it is, a text that is one, true and false as 1 and 0.</summary>
    private static bool TryNumber(Value value, out Value number)
    {
        number = value;
        if (value.IsNumber) return true;
        if (value.Kind == ValueKind.Bool)
        {
            number = value.AsBool() ? 1L : 0L;
            return true;
        }

        var text = value.AsString();
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var integer)) number = integer;
        else if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)) number = real;
        else return false;
        return true;
    }

    /// <summary>A value as it stands in a message.</summary>
    public static string Shown(Value value)
    {
        var text = value.ToString();
        if (text.Length > 100) text = text[..100] + "…";
        return value.Kind == ValueKind.String ? $"\"{text}\"" : text;
    }
}
