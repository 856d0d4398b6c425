using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>The expressions that binding makes of others: constants, calls, and one type as another.</summary>
internal static class ExpressionForms
{
    /// <summary>The missing value, whose type is nobody's wish.</summary>
    public static readonly BoundExpression.Constant Nothing = new(Value.Null, ColumnType.String);

    public static bool IsNull(BoundExpression expression) => expression is BoundExpression.Constant { Value.IsNull: true };

    public static BoundExpression.Constant NullOf(ColumnType type) => new(Value.Null, type);

    public static BoundExpression.Constant Constant(Value value) => value.Kind switch
    {
        ValueKind.Null => Nothing,
        ValueKind.Bool => new(value, ColumnType.Bool),
        ValueKind.Int64 => new(value, ColumnType.Int64),
        ValueKind.Float64 => new(value, ColumnType.Float64),
        _ => new(value, ColumnType.String),
    };

    public static BoundExpression.Call Apply(BoundFunction function, ColumnType type, params BoundExpression[] arguments) => new(function, [.. arguments], type);

    public static BoundExpression AsText(BoundExpression value) =>
        value.Type == ColumnType.String ? value : Apply(BoundFunction.Text, ColumnType.String, value);

    public static BoundExpression AsNumber(BoundExpression value) => value switch
    {
        { Type: ColumnType.Float64 } => value,
        BoundExpression.Constant { Value: { IsNull: false, IsNumber: true } number } => Constant(number.AsDouble()),
        BoundExpression.Constant { Value.IsNull: true } => NullOf(ColumnType.Float64),
        _ => Apply(BoundFunction.Number, ColumnType.Float64, value),
    };
}
