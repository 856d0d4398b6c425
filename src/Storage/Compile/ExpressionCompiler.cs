using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Writes expressions. A condition <em>is true</em> exactly where the predicate is, and false or null elsewhere, like those of
/// <see cref="FilterCompiler"/>; as a value it is never null. Every text that is given out can stand as an operand.
/// </summary>
/// <param name="dialect">The engine's way of writing.</param>
/// <param name="parameters">Takes the constants.</param>
/// <param name="calculation">The result of a calculation; numbers as Float64.</param>
internal sealed class ExpressionCompiler(SqlDialect dialect, SqlParameters parameters, Func<int, string>? calculation = null)
{
    private readonly FilterCompiler _filters = new(dialect, parameters);

    /// <summary>The relation with calculated fields beside its own columns.</summary>
    public static string WithFields(string source, ImmutableArray<BoundColumn> fields, SqlDialect dialect, SqlParameters parameters)
    {
        if (fields.IsDefaultOrEmpty) return source;
        var compiler = new ExpressionCompiler(dialect, parameters);
        return $"(SELECT e.*, {string.Join(", ", fields.Select(f => $"{compiler.Value(f.Expression!)} AS {f.Alias}"))} FROM {source} AS e)";
    }

    public string Value(BoundExpression expression) => expression switch
    {
        BoundExpression.Constant constant => dialect.Typed(constant.Value.IsNull ? "NULL" : parameters.Add(constant.Value), constant.Type),
        BoundExpression.OfColumn { Column: { Expression: { } inner } } => Value(inner),
        BoundExpression.OfColumn { Column: var column } => $"e.{column.Alias}",
        BoundExpression.OfCalculation { Index: var index } => calculation!(index),
        BoundExpression.Call { Function: BoundFunction.Not or BoundFunction.Exists } => Condition(expression),
        { IsPredicate: true } => $"({Condition(expression)} IS TRUE)",
        BoundExpression.Call call => Call(call),
        _ => throw new ArgumentOutOfRangeException(nameof(expression)),
    };

    private string Condition(BoundExpression expression)
    {
        switch (expression)
        {
            case BoundExpression.OfColumn { Column: { Expression: { IsPredicate: true } inner } }:
                return Condition(inner);
            // Without its operand, whose constants would be parameters of nothing.
            case BoundExpression.Test { Is: BoundTest.Never }:
                return "false";
            case BoundExpression.Test test:
                return $"({_filters.Test(Value(test.Operand), test.Operand.Type, test.Is)})";
            case BoundExpression.Call { Function: BoundFunction.And or BoundFunction.Or } call:
                return $"({string.Join(call.Function == BoundFunction.And ? " AND " : " OR ", call.Arguments.Select(Condition))})";
            case BoundExpression.Call { Function: BoundFunction.Not } call:
                return $"({Condition(call.Arguments[0])} IS NOT TRUE)";
            case BoundExpression.Call { IsPredicate: true } call:
                return Predicate(call, call.Arguments[0].Type, [.. call.Arguments.Select(Value)]);
            default:
                return Value(expression);
        }
    }

    private string Predicate(BoundExpression.Call call, ColumnType type, string[] a)
    {
        // NaN, which engines find equal to itself and above all numbers, compares with nothing.
        var real = type == ColumnType.Float64 && call.Function != BoundFunction.Exists ? $" AND NOT {dialect.IsNaN(a[1])}" : "";
        return call.Function switch
        {
            BoundFunction.Exists => $"({a[0]} IS NOT NULL)",
            BoundFunction.Equal => $"({a[0]} = {a[1]}{real})",
            BoundFunction.Less => $"({a[0]} < {a[1]}{real})",
            BoundFunction.LessOrEqual => $"({a[0]} <= {a[1]}{real})",
            BoundFunction.StartsWith => dialect.TextTest(FilterOp.StartsWith, a[0], a[1]),
            BoundFunction.EndsWith => dialect.TextTest(FilterOp.EndsWith, a[0], a[1]),
            BoundFunction.Contains => dialect.TextTest(FilterOp.Contains, a[0], a[1]),
            BoundFunction.IsMatch => dialect.TextTest(FilterOp.Matches, a[0], a[1]),
            _ => throw new ArgumentOutOfRangeException(nameof(call)),
        };
    }

    private string Call(BoundExpression.Call call)
    {
        if (call.Function == BoundFunction.If) return If(call.Arguments);
        var a = call.Arguments.Select(Value).ToArray();
        var type = call.Arguments[0].Type;
        return call.Function switch
        {
            BoundFunction.Coalesce => $"coalesce({string.Join(", ", a)})",
            BoundFunction.Add or BoundFunction.Subtract or BoundFunction.Multiply => Arithmetic(call.Function, call.Type, a),
            BoundFunction.Divide => Unless0(call.Arguments[1], a[1], $"{a[0]} / {a[1]}"),
            BoundFunction.Modulo => Unless0(call.Arguments[1], a[1], call.Type == ColumnType.Int64 ? dialect.ToInt64($"{dialect.Widened(a[0])} % {a[1]}") : $"{a[0]} % {a[1]}"),
            BoundFunction.Least => a.Length == 1 ? a[0] : $"least({string.Join(", ", a)})",
            BoundFunction.Greatest => a.Length == 1 ? a[0] : $"greatest({string.Join(", ", a)})",
            BoundFunction.Log10 => $"CASE WHEN {a[0]} > 0 THEN log10({a[0]}) END",
            BoundFunction.Bucket => $"(floor(({a[0]} - {a[2]}) / {a[1]}) * {a[1]} + {a[2]})",
            BoundFunction.Text => dialect.Text(a[0], type),
            BoundFunction.Number => type == ColumnType.String ? dialect.ParsedNumber(a[0]) : dialect.ToFloat64(a[0]),
            BoundFunction.Integer => type == ColumnType.Float64 ? dialect.Truncated(a[0]) : dialect.Typed(a[0], ColumnType.Int64),
            BoundFunction.Flag => type == ColumnType.String ? $"CASE {dialect.Lower(a[0])} WHEN 'true' THEN true WHEN 'false' THEN false END" : $"({a[0]} <> 0)",
            BoundFunction.Lower => dialect.Lower(a[0]),
            BoundFunction.Length => dialect.Length(a[0]),
            BoundFunction.Concat => $"concat({string.Join(", ", a)})",
            BoundFunction.RegexValue => dialect.RegexValue(a[0], a[1], a[2]),
            BoundFunction.RegexCount => dialect.RegexCount(a[0], a[1]),
            BoundFunction.FormatTime => dialect.FormatTime(a[0], a[1]),
            BoundFunction.ParseTime => dialect.ParseTime(a[0]),
            _ => throw new ArgumentOutOfRangeException(nameof(call)),
        };
    }

    private string If(ImmutableArray<BoundExpression> parts)
    {
        var cases = Enumerable.Range(0, parts.Length / 2).Select(i => $" WHEN {Condition(parts[2 * i])} THEN {Value(parts[2 * i + 1])}");
        return $"CASE{string.Concat(cases)} ELSE {Value(parts[^1])} END";
    }

    /// <summary>Integers are computed in a wider type and are missing where the result does not fit.</summary>
    private string Arithmetic(BoundFunction function, ColumnType type, string[] a)
    {
        var op = function switch { BoundFunction.Add => " + ", BoundFunction.Subtract => " - ", _ => " * " };
        if (type == ColumnType.Float64 || a.Length == 1) return $"({string.Join(op, a)})";
        if (function != BoundFunction.Multiply) return dialect.ToInt64(string.Join(op, a.Select(dialect.Widened)));
        // The wider type holds a product of two, not of more.
        return a.Aggregate((product, next) => dialect.ToInt64($"{dialect.Widened(product)} * {dialect.Widened(next)}"));
    }

    private static string Unless0(BoundExpression divisor, string text, string quotient) =>
        divisor is BoundExpression.Constant { Value: { IsNull: false } number } && number.AsDouble() != 0
            ? $"({quotient})"
            : string.Create(CultureInfo.InvariantCulture, $"CASE WHEN {text} <> 0 THEN {quotient} END");
}
