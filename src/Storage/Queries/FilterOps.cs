namespace Storage.Queries;

/// <summary>How many values a condition has.</summary>
public enum Operands : byte
{
    None,
    One,
    Many,
}

/// <summary>Names and properties of <see cref="FilterOp"/>.</summary>
public static class FilterOps
{
    private static readonly Dictionary<string, FilterOp> ByName =
        Enum.GetValues<FilterOp>().ToDictionary(op => op.Name(), op => op, StringComparer.OrdinalIgnoreCase);

    /// <summary>The name in the API and in query text: <c>=</c>, <c>starts-with</c>, <c>not-in</c> and so on.</summary>
    public static string Name(this FilterOp op) => op switch
    {
        FilterOp.Equal => "=",
        FilterOp.NotEqual => "!=",
        FilterOp.Greater => ">",
        FilterOp.GreaterOrEqual => ">=",
        FilterOp.Less => "<",
        FilterOp.LessOrEqual => "<=",
        FilterOp.Exists => "exists",
        FilterOp.DoesNotExist => "does-not-exist",
        FilterOp.StartsWith => "starts-with",
        FilterOp.DoesNotStartWith => "does-not-start-with",
        FilterOp.EndsWith => "ends-with",
        FilterOp.DoesNotEndWith => "does-not-end-with",
        FilterOp.Contains => "contains",
        FilterOp.DoesNotContain => "does-not-contain",
        FilterOp.In => "in",
        FilterOp.NotIn => "not-in",
        FilterOp.Matches => "matches",
        FilterOp.DoesNotMatch => "does-not-match",
        FilterOp.Search => "search",
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    /// <summary>All names, in the order of the enumeration.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Finds an operator by name, in any case.</summary>
    public static bool TryParse(string name, out FilterOp op) => ByName.TryGetValue(name, out op);

    /// <summary>How many values a condition with this operator has.</summary>
    public static Operands Operands(this FilterOp op) => op switch
    {
        FilterOp.Exists or FilterOp.DoesNotExist => Queries.Operands.None,
        FilterOp.In or FilterOp.NotIn => Queries.Operands.Many,
        _ => Queries.Operands.One,
    };

    /// <summary>True for <c>= != &gt; &gt;= &lt; &lt;=</c>, which are also the operators of a having.</summary>
    public static bool IsComparison(this FilterOp op) => op <= FilterOp.LessOrEqual;

    /// <summary>
    /// The operator that is true exactly where this one is false, missing values included; null for search, which has none, and for the four that
    /// order values, since on a missing value <c>&lt;</c> and <c>&gt;=</c> are both false.
    /// </summary>
    public static FilterOp? Negation(this FilterOp op) => op switch
    {
        FilterOp.Greater or FilterOp.GreaterOrEqual or FilterOp.Less or FilterOp.LessOrEqual or FilterOp.Search => null,
        FilterOp.Equal => FilterOp.NotEqual,
        FilterOp.NotEqual => FilterOp.Equal,
        // From exists to search, the enumeration goes in pairs: the positive operator, then its negation.
        _ => (op - FilterOp.Exists) % 2 == 0 ? op + 1 : op - 1,
    };

    /// <summary>True for the operators that are the negation of another: <c>!=</c>, <c>not-in</c> and <c>does-not-…</c>.</summary>
    public static bool IsNegative(this FilterOp op) =>
        op == FilterOp.NotEqual || (op is >= FilterOp.Exists and < FilterOp.Search && (op - FilterOp.Exists) % 2 == 1);
}
