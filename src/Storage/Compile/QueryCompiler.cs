using System.Globalization;
using Storage.Events;

namespace Storage.Compile;

/// <summary>
/// Writes the statements that answer a query with calculations. Each stands alone: parameters, relation, aggregates. Results are
/// read by the names of their columns: <c>k…</c> keys, <c>g…</c> values of groups, <c>r…</c> calculations.
/// </summary>
/// <param name="query">The query.</param>
/// <param name="dialect">The engine's way of writing.</param>
/// <param name="source">The relation of events, in parentheses.</param>
internal sealed class QueryCompiler(BoundCalculationQuery query, SqlDialect dialect, SqlRelation source)
{
    /// <summary>Points of a series above which a query is refused rather than the memory filled.</summary>
    public const int MaxSeriesPoints = 1_000_000;

    /// <summary>One row over all matching events: how many there are, their weight, then the calculations.</summary>
    public SqlStatement Total() => Statement((selection, aggregates, _) => $"""
        SELECT {List(Matched(dialect, selection, aggregates.Own), aggregates.Outputs)}
        {aggregates.From([], [])}
        """, isGrouped: false);

    /// <summary>
    /// The groups that pass the havings, in order, one more than the limit: their key, their values, then the calculations. Without
    /// breakdowns it is one group without key and values, or none.
    /// </summary>
    public SqlStatement Groups() => Statement((selection, aggregates, _) =>
    {
        var values = query.Breakdowns.Select(b => $"e.{b.Alias}").ToArray();
        List<string> lines = [$"SELECT {List(Keyed(values), aggregates.Outputs)}", aggregates.From([], values)];
        if (values.Length > 0) lines.Add($"GROUP BY {string.Join(", ", values)}");
        AddHavings(lines, aggregates, selection);
        if (values.Length > 0) lines.Add($"ORDER BY {string.Join(", ", query.Orders.Select(o => Order(o, aggregates, values)))}");
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"LIMIT {query.Limit + 1}"));
        return string.Join('\n', lines);
    }, isGrouped: !query.Breakdowns.IsEmpty);

    /// <summary>Those of the given groups that have matching events, in any order: their key, their values, then the calculations.</summary>
    /// <param name="keys">Keys of the groups.</param>
    public SqlStatement Among(IEnumerable<long> keys) => Statement((selection, aggregates, parameters) =>
    {
        var values = query.Breakdowns.Select(b => $"e.{b.Alias}").ToArray();
        return $"""
            SELECT {List(Keyed(values), aggregates.Outputs)}
            {aggregates.From([$"{GroupKey()} IN ({dialect.Int64List(parameters.Add(Joined(keys)))})"], values)}
            GROUP BY {string.Join(", ", values)}
            """;
    }, isGrouped: true);

    /// <summary>One row over the events of groups that pass the havings and are not among the given ones: the calculations.</summary>
    /// <param name="shown">Keys of the groups in the answer.</param>
    /// <param name="present">When the query is a comparison: what writes the query whose groups are meant.</param>
    public SqlStatement Other(IEnumerable<long> shown, QueryCompiler? present = null) => Statement((selection, aggregates, parameters) =>
    {
        List<string> conditions = [$"{GroupKey()} NOT IN ({dialect.Int64List(parameters.Add(Joined(shown)))})"];
        if (present is not null || !query.Havings.IsEmpty) conditions.Add($"{GroupKey()} IN (\n{(present ?? this).PassingKeys(selection, parameters)}\n)");
        return $"""
            SELECT {List([], aggregates.Outputs)}
            {aggregates.From(conditions, [])}
            """;
    }, isGrouped: false);

    /// <summary>The calculations per time bucket and group, in any order: bucket start, key of the group (none without breakdowns), calculations.</summary>
    /// <param name="shown">Keys of the groups in the answer; null when these are all that there are.</param>
    public SqlStatement Series(IEnumerable<long>? shown)
    {
        var bucket = query.Spans is null ? dialect.BucketStart("e.time", query.GranularityNs) : ConcurrencyCompiler.Bucket;
        string[] keys = query.Breakdowns.IsEmpty ? [bucket] : [bucket, GroupKey()];
        return Statement((selection, aggregates, parameters) =>
        {
            string[] conditions = shown is null ? [] : [$"{GroupKey()} IN ({dialect.Int64List(parameters.Add(Joined(shown)))})"];
            return string.Create(CultureInfo.InvariantCulture, $"""
                SELECT {List(keys.Select((key, i) => $"{key} AS k{i}"), aggregates.Outputs)}
                {aggregates.From(conditions, keys)}
                GROUP BY {string.Join(", ", Enumerable.Range(1, keys.Length))}
                LIMIT {MaxSeriesPoints + 1}
                """);
        }, isGrouped: true, keys);
    }

    /// <summary>How many events match, and their weight.</summary>
    /// <param name="dialect">The engine's way of writing.</param>
    /// <param name="selection">The events.</param>
    /// <param name="own">Which rows are such; null when all are.</param>
    internal static string[] Matched(SqlDialect dialect, SelectionCompiler selection, string? own = null)
    {
        var filter = own is null ? "" : $" FILTER (WHERE {own})";
        return [$"count(*){filter} AS matched", $"{dialect.ToFloat64(selection.Weight is { } w ? $"coalesce(sum({w}){filter}, 0)" : $"count(*){filter}")} AS weight"];
    }

    private SqlStatement Statement(Func<SelectionCompiler, AggregateCompiler, SqlParameters, string> write, bool isGrouped, IReadOnlyList<string>? series = null)
    {
        var parameters = new SqlParameters();
        var selection = new SelectionCompiler(query, dialect, source, parameters);
        return parameters.Statement(write(selection, new AggregateCompiler(query, dialect, selection, isGrouped, series), parameters));
    }

    /// <summary>The keys of all groups that pass the havings. Relations of the same name nest, so this selection is one of its own.</summary>
    private string PassingKeys(SelectionCompiler outer, SqlParameters parameters)
    {
        var selection = new SelectionCompiler(query, dialect, source, parameters);
        var aggregates = new AggregateCompiler(query, dialect, selection, isGrouped: true);
        var values = query.Breakdowns.Select(b => $"e.{b.Alias}").ToArray();
        List<string> lines = [$"SELECT {GroupKey()}", aggregates.From([], values), $"GROUP BY {string.Join(", ", values)}"];
        AddHavings(lines, aggregates, outer);
        return string.Join('\n', lines);
    }

    private void AddHavings(List<string> lines, AggregateCompiler aggregates, SelectionCompiler selection)
    {
        if (!query.Havings.IsEmpty) lines.Add("HAVING " + string.Join(" AND ", Havings(query, dialect, selection, i => aggregates.Aggregates[i].Value)));
    }

    /// <summary>The havings as conditions.</summary>
    /// <param name="query">The query.</param>
    /// <param name="dialect">The engine's way of writing.</param>
    /// <param name="selection">Takes their values.</param>
    /// <param name="value">The result of a calculation.</param>
    internal static IEnumerable<string> Havings(BoundCalculationQuery query, SqlDialect dialect, SelectionCompiler selection, Func<int, string> value) => query.Havings.Select(having =>
    {
        var operand = value(having.Calculation);
        if (having.Type == ColumnType.Float64) operand = dialect.ToFloat64(operand);
        var test = selection.Filters.Test(operand, having.Type, having.Test);
        return having.Negated ? $"{operand} IS NOT NULL AND ({test}) IS NOT TRUE" : test;
    });

    private static string Order(BoundOrder order, AggregateCompiler aggregates, string[] values) =>
        $"{(order.IsCalculation ? aggregates.Aggregates[order.Index].Value : values[order.Index])} {(order.Descending ? "DESC" : "ASC")} NULLS LAST";

    private IEnumerable<string> Keyed(string[] values) => values.Length == 0
        ? []
        : values.Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"{value} AS g{i}")).Prepend($"{GroupKey()} AS k");

    private string GroupKey() => dialect.GroupKey(query.Breakdowns.Select(b => $"e.{b.Alias}"));

    private static string Joined(IEnumerable<long> keys) => string.Join(',', keys.Select(k => k.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A select list; a query may have nothing but a HEATMAP and so no calculation here, but SQL wants something.</summary>
    private static string List(IEnumerable<string> keys, IEnumerable<string> outputs)
    {
        var all = keys.Concat(outputs).ToArray();
        return all.Length == 0 ? "true AS nothing" : string.Join(", ", all);
    }
}
