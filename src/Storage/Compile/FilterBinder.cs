using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Binds conditions on events; one binder sees all conditions of a query, so that its bounds hold for them together.</summary>
internal sealed class FilterBinder(ColumnBinder columns)
{
    private const int MaxConditions = 1_000;

    /// <summary>Each value is a parameter of its statement, of which the engine takes 65,535.</summary>
    private const int MaxValues = 10_000;

    /// <summary>Columns that the searches of a query look at, one search's added to another's: each is one more text to read of every event.</summary>
    private const int MaxSearched = 2_000;

    private int _searched;
    private int _conditions;
    private int _values;

    /// <summary>The bound filter; null, with errors, when something in it is wrong.</summary>
    public BoundFilter? Bind(Filter filter, string path, int depth = 1)
    {
        FilterForm.CheckDepth(depth, path);
        switch (filter)
        {
            case Filter.And and:
                return Parts(and.Parts, $"{path}.and", depth) is { } all ? new BoundFilter.All(all) : null;
            case Filter.Or or:
                return Parts(or.Parts, $"{path}.or", depth) is { } any ? new BoundFilter.Any(any) : null;
            case Filter.Not not:
                return Bind(not.Part, $"{path}.not", depth + 1) is { } part ? new BoundFilter.Not(part) : null;
            default:
                return Condition((Filter.Condition)filter, path);
        }
    }

    private ImmutableArray<BoundFilter>? Parts(ValueList<Filter> parts, string path, int depth)
    {
        var bound = parts.Select((part, i) => Bind(part, $"{path}[{i}]", depth + 1)).ToArray();
        return bound.Contains(null) ? null : [.. bound!];
    }

    private BoundFilter? Condition(Filter.Condition condition, string path)
    {
        if (++_conditions > MaxConditions || (_values += condition.Values.Count) > MaxValues)
            throw new QueryException(path, $"a query has at most {MaxConditions} conditions and {MaxValues} values");
        if (condition is { Op: FilterOp.Search, Column: Filter.AnyColumn }) return Search(condition, path);
        if (columns.Bind(condition.Column, $"{path}.column") is not { } column) return null;
        var values = column == BoundColumn.Time ? condition.Values.Select(Instant).ToValueList() : condition.Values;
        var test = TestBinder.Bind(column.Type, condition.Op, values, out var error);
        if (test is null)
        {
            columns.Fail($"{path}.value", error);
            return null;
        }

        if (test is BoundTest.OfText { Op: FilterOp.Matches } matches) columns.AddPattern(new BoundPattern($"{path}.value", matches.Value));
        var bound = AsFilter(column, test) ?? new BoundFilter.Condition(column, test);
        return condition.Op.IsNegative() ? new BoundFilter.Not(bound) : bound;
    }

    /// <summary>A text in any of the stored text columns.</summary>
    private BoundFilter.Any? Search(Filter.Condition condition, string path)
    {
        var texts = columns.Schema.Columns.Where(c => c.Type == ColumnType.String).ToArray();
        if ((_searched += texts.Length) > MaxSearched)
            throw new QueryException(path, $"the searches of a query look at {MaxSearched} columns at most, and there are {texts.Length} with texts; search in columns by name, such as `name search \"x\"`");
        if (TestBinder.Bind(ColumnType.String, condition.Op, condition.Values, out var error) is { } test)
            return new BoundFilter.Any([.. texts.Select(c => new BoundFilter.Condition(columns.Stored(c.Name)!, test))]);
        columns.Fail($"{path}.value", error);
        return null;
    }

    /// <summary>What <c>slow = true</c> says about stored columns, when slow is made of conditions on these: the engine can use that to skip events.</summary>
    private static BoundFilter? AsFilter(BoundColumn column, BoundTest test) =>
        column.Expression is { IsPredicate: true } predicate && test is BoundTest.Compare { Op: FilterOp.Equal, Value: { Kind: ValueKind.Bool } value }
            && predicate.ToFilter() is { } filter ? value.AsBool() ? filter : new BoundFilter.Not(filter) : null;

    /// <summary>A time is shown in RFC 3339, so it may be compared with in that form.</summary>
    public static Value Instant(Value value) =>
        value.Kind == ValueKind.String && Rfc3339.TryParse(value.AsString(), out var ns) ? ns : value;
}
