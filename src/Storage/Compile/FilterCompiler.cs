using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Writes conditions. SQL's logic has a third value, filters have not; the bridge is that an expression here <em>is true</em> exactly where
/// the filter is, and is false or null elsewhere. And, or, WHERE, FILTER and HAVING treat these alike, and a negation is written
/// <c>(x) IS NOT TRUE</c>. So plain comparisons stay plain, and the engine can push them into its scans.
/// </summary>
/// <param name="dialect">The engine's way of writing.</param>
/// <param name="parameters">Takes the values.</param>
/// <param name="source">What is known of the stored columns; null when nothing is.</param>
internal sealed class FilterCompiler(SqlDialect dialect, SqlParameters parameters, SqlRelation? source = null)
{
    public string Compile(BoundFilter filter) => filter switch
    {
        BoundFilter.All { Parts.IsEmpty: true } => "true",
        BoundFilter.Any { Parts.IsEmpty: true } => "false",
        BoundFilter.All all => string.Join(" AND ", all.Parts.Select(Bracketed)),
        BoundFilter.Any any => string.Join(" OR ", any.Parts.Select(Bracketed)),
        BoundFilter.Not not => $"({Compile(not.Part)}) IS NOT TRUE",
        BoundFilter.Condition condition => TestOfDecimal(condition) ?? Test($"e.{condition.Column.Alias}", condition.Column.Type, condition.Test, source?.IsFinite(condition.Column) ?? false),
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    /// <summary>A test of an expression of the given type.</summary>
    /// <param name="operand">The expression.</param>
    /// <param name="type">Its type.</param>
    /// <param name="test">The test.</param>
    /// <param name="isFinite">True for a Float64 that is never NaN.</param>
    public string Test(string operand, ColumnType type, BoundTest test, bool isFinite = false)
    {
        switch (test)
        {
            case BoundTest.Present:
                return $"{operand} IS NOT NULL";
            case BoundTest.Never:
                return "false";
            case BoundTest.Compare { Op: FilterOp.Greater or FilterOp.GreaterOrEqual } compare when type == ColumnType.Float64 && !isFinite:
                return $"({operand} {compare.Op.Name()} {parameters.Add(compare.Value)} AND NOT {dialect.IsNaN(operand)})";
            case BoundTest.Compare compare:
                return $"{operand} {compare.Op.Name()} {parameters.Add(compare.Value)}";
            case BoundTest.CompareParsed compare:
                return $"{dialect.ParsedNumber(operand)} {compare.Op.Name()} {parameters.Add(compare.Value)}";
            case BoundTest.OfText text:
                return dialect.TextTest(text.Op, dialect.Text(operand, type), parameters.Add(text.Value));
            case BoundTest.OneOf oneOf:
                return $"{operand} IN ({string.Join(", ", oneOf.Values.Select(parameters.Add))})";
            default:
                throw new ArgumentOutOfRangeException(nameof(test));
        }
    }

    /// <summary>The condition as an operand of AND.</summary>
    public string Conjunct(BoundFilter filter) => filter is BoundFilter.All ? Compile(filter) : Bracketed(filter);

    /// <summary>
    /// A comparison with a column that is also there as decimals, where the value is one too: then it takes no conversion of each value, and the engine makes it
    /// while it reads. Null for all other conditions.
    /// </summary>
    private string? TestOfDecimal(BoundFilter.Condition condition)
    {
        if (condition.Test is not BoundTest.Compare { Value.Kind: ValueKind.Float64 } compare || source is null || !source.IsExact(condition.Column)) return null;
        return dialect.AsDecimal(compare.Value.AsDouble()) is { } text ? $"e.{SqlRelation.ExactOf(condition.Column)} {compare.Op.Name()} {dialect.ToDecimal(parameters.Add(text))}" : null;
    }

    private string Bracketed(BoundFilter filter) =>
        filter is BoundFilter.All { Parts.Length: > 1 } or BoundFilter.Any { Parts.Length: > 1 } ? $"({Compile(filter)})" : Compile(filter);
}
