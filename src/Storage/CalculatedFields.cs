using System.Globalization;
using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage;

/// <summary>A calculated field as it stands in an editor.</summary>
/// <param name="Type">The type of its values; null when it is at fault.</param>
/// <param name="Errors">What is wrong, with positions in the expression.</param>
public sealed record CheckedField(ColumnType? Type, ValueList<QueryError> Errors);

/// <summary>What can be said of calculated fields without running a query.</summary>
public static class CalculatedFields
{
    /// <summary>Checks a field against the columns that there are. Regular expressions are judged only when a query runs.</summary>
    /// <param name="field">The field.</param>
    /// <param name="others">Fields that it may use; one of its own name is replaced by it.</param>
    /// <param name="schema">The stored columns.</param>
    public static CheckedField Check(CalculatedField field, IReadOnlyCollection<CalculatedField> others, Schema schema)
    {
        // Any span that a field may look at is there: whether a query's condition binds it is a matter of that query.
        var spans = new[] { Relative.Any, Relative.Any2, Relative.Any3 }.Select(r => (Filter)new Filter.Condition(RelationalColumns.PrefixOf(r) + WellKnownColumns.SpanId, FilterOp.Exists));
        var query = AddSaved(
            new Query { Calculations = [new Calculation(CalculationOp.Count)], Where = new Filter.And(spans.ToValueList()), Breakdowns = [field.Name], CalculatedFields = [field] }, others);
        var used = query.CalculatedFields;
        // The others are there to be suggested; what is wrong with them is no matter of this field.
        var rest = others.Where(o => used.All(u => u.Name != o.Name)).Take(Math.Max(0, FieldBinder.MaxFields - used.Count));
        var errors = ErrorsOf(query with { CalculatedFields = used.Concat(rest).ToValueList() }, schema)
            .Where(e => Enumerable.Range(0, used.Count).Any(i => e.Path.StartsWith(string.Create(CultureInfo.InvariantCulture, $"calculated_fields[{i}]"), StringComparison.Ordinal)))
            .ToValueList();
        if (!errors.IsEmpty) return new CheckedField(null, errors);
        var bound = (BoundCalculationQuery)QueryBinder.Bind(query, schema, default);
        return new CheckedField(bound.Breakdowns[0].Type, []);
    }

    private static ValueList<QueryError> ErrorsOf(Query query, Schema schema)
    {
        try
        {
            QueryBinder.Bind(query, schema, default);
            return [];
        }
        catch (QueryException e)
        {
            return e.Errors.ToValueList();
        }
    }

    /// <summary>
    /// The query with those saved fields among its own that it uses, directly or through others. Its own hide saved ones of the same name. A kept run
    /// so holds all that it needs, and a saved field that is at fault troubles only the queries that use it.
    /// </summary>
    public static Query AddSaved(Query query, IEnumerable<CalculatedField> saved)
    {
        var own = query.CalculatedFields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        return query with { CalculatedFields = query.CalculatedFields.Concat(Used(query, saved.Where(f => !own.Contains(f.Name)))).ToValueList() };
    }

    private static ValueList<CalculatedField> Used(Query query, IEnumerable<CalculatedField> fields)
    {
        var byName = fields.DistinctBy(f => f.Name, StringComparer.Ordinal).ToDictionary(f => f.Name, StringComparer.Ordinal);
        var names = new Queue<string>(NamesIn(query));
        var used = new HashSet<string>(StringComparer.Ordinal);
        while (names.TryDequeue(out var name))
        {
            if (!byName.TryGetValue(name, out var field) || !used.Add(name)) continue;
            foreach (var inner in NamesIn(field)) names.Enqueue(inner);
        }

        return byName.Values.Where(f => used.Contains(f.Name)).ToValueList();
    }

    private static IEnumerable<string> NamesIn(Query query) =>
        query.Breakdowns
            .Concat(query.Columns)
            .Concat(query.Calculations.Select(c => c.Column).OfType<string>())
            .Concat(query.Orders.SelectMany(o => new[] { o.Target.Name, o.Target.Column }).OfType<string>())
            .Concat(query.Calculations.Select(c => c.Where).Append(query.Where).OfType<Filter>().SelectMany(f => NamesIn(f, 1)))
            .Concat(query.CalculatedFields.SelectMany(NamesIn))
            .SelectMany(NamesFor);

    /// <summary>A name, and the column or field of another span that it may mean.</summary>
    private static IEnumerable<string> NamesFor(string name) => RelationalColumns.TrySplit(name, out _, out var rest) ? [name, rest] : [name];

    private static IEnumerable<string> NamesIn(Filter filter, int depth)
    {
        FilterForm.CheckDepth(depth);
        return filter switch
        {
            Filter.And and => and.Parts.SelectMany(p => NamesIn(p, depth + 1)),
            Filter.Or or => or.Parts.SelectMany(p => NamesIn(p, depth + 1)),
            Filter.Not not => NamesIn(not.Part, depth + 1),
            Filter.Condition condition => [condition.Column],
            _ => [],
        };
    }

    /// <summary>The names in the field's expression; none when it is no expression, which is told when it is bound.</summary>
    private static IEnumerable<string> NamesIn(CalculatedField field)
    {
        try
        {
            return ExpressionParser.Parse(field.Expression).Names().SelectMany(NamesFor);
        }
        catch (QueryException)
        {
            return [];
        }
    }
}
