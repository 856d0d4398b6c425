using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// Writes conditions. SQL's logic has a third value, filters have not; the bridge is that an expression here <em>is true</em> exactly where
/// the filter is, and is false or null elsewhere. And, or, WHERE, FILTER and HAVING treat these alike, and a negation is written
/// <c>(x) IS NOT TRUE</c>. So plain comparisons stay plain, and the engine can push them into its scans.
/// </summary>
internal sealed class FilterCompiler(SqlDialect dialect, SqlParameters parameters)
{
    public string Compile(BoundFilter filter) => filter switch
    {
        BoundFilter.All { Parts.IsEmpty: true } => "true",
        BoundFilter.Any { Parts.IsEmpty: true } => "false",
        BoundFilter.All all => string.Join(" AND ", all.Parts.Select(Bracketed)),
        BoundFilter.Any any => string.Join(" OR ", any.Parts.Select(Bracketed)),
        BoundFilter.Not not => $"({Compile(not.Part)}) IS NOT TRUE",
        BoundFilter.Condition condition => Test($"e.{condition.Column.Alias}", condition.Column.Type, condition.Test),
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    /// <summary>A test of an expression of the given type.</summary>
    public string Test(string operand, ColumnType type, BoundTest test)
    {
        switch (test)
        {
            case BoundTest.Present:
                return $"{operand} IS NOT NULL";
            case BoundTest.Never:
                return "false";
            case BoundTest.Compare { Op: FilterOp.Greater or FilterOp.GreaterOrEqual } compare when type == ColumnType.Float64:
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

    private string Bracketed(BoundFilter filter) =>
        filter is BoundFilter.All { Parts.Length: > 1 } or BoundFilter.Any { Parts.Length: > 1 } ? $"({Compile(filter)})" : Compile(filter);
}
