using System.Collections.Immutable;
using Storage.Compile.Relations;
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
    /// <param name="filter">The condition.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="binding">Remembers which spans of the trace it binds.</param>
    public BoundFilter? Bind(Filter filter, string path, SpanBinding? binding = null) =>
        Part(filter, path, 1) is { } part ? columns.Relations.Quantify(WithoutNone(part), path, binding) : null;

    /// <summary>The filter with conditions on bound spans in it, which whatever it stands in has to settle.</summary>
    private BoundFilter? Part(Filter filter, string path, int depth)
    {
        FilterForm.CheckDepth(depth, path);
        switch (filter)
        {
            case Filter.And and:
                return Parts(and.Parts, $"{path}.and", depth) is { } all ? All(all) : null;
            case Filter.Or or:
                return Parts(or.Parts, $"{path}.or", depth) is { } any ? Any(any) : null;
            case Filter.Not not:
                return Part(not.Part, $"{path}.not", depth + 1) is { } part ? new BoundFilter.Not(columns.Relations.Quantify(WithoutNone(part), $"{path}.not")) : null;
            default:
                return Condition((Filter.Condition)filter, path);
        }
    }

    private ImmutableArray<BoundFilter>? Parts(ValueList<Filter> parts, string path, int depth)
    {
        var bound = parts.Select((part, i) => Part(part, $"{path}[{i}]", depth + 1)).ToArray();
        return bound.Contains(null) ? null : [.. bound!];
    }

    /// <summary>Conditions on <c>none.</c> side by side are about one span. An And of one part is that part, here too.</summary>
    private BoundFilter All(ImmutableArray<BoundFilter> parts)
    {
        var none = parts.OfType<BoundFilter.OfSpan>().Where(p => p.Relative == Relative.None).Select(p => p.Test).ToArray();
        if (none.Length == 0 || parts.Length == 1) return parts is [BoundFilter.OfSpan] ? parts[0] : new BoundFilter.All(parts);
        var others = parts.Where(p => p is not BoundFilter.OfSpan { Relative: Relative.None });
        return new BoundFilter.All([.. others, columns.Relations.None(none.Length == 1 ? none[0] : new BoundFilter.All([.. none]))]);
    }

    private BoundFilter Any(ImmutableArray<BoundFilter> parts) =>
        parts is [BoundFilter.OfSpan] ? parts[0] : new BoundFilter.Any([.. parts.Select(WithoutNone)]);

    private BoundFilter WithoutNone(BoundFilter part) =>
        part is BoundFilter.OfSpan { Relative: Relative.None } none ? columns.Relations.None(none.Test) : part;

    private BoundFilter? Condition(Filter.Condition condition, string path)
    {
        if (++_conditions > MaxConditions || (_values += condition.Values.Count) > MaxValues)
            throw new QueryException(path, $"a query has at most {MaxConditions} conditions and {MaxValues} values");
        if (condition is { Op: FilterOp.Search, Column: Filter.AnyColumn }) return Search(condition, path);
        if (OfSpan(condition.Column, $"{path}.column") is { } span)
            return span.Column is { } of && Test(of, condition, path) is { } test ? new BoundFilter.OfSpan(span.Relative, test) : null;
        var known = columns.IsField(condition.Column) ? columns.Field(condition.Column) : columns.Bind(condition.Column, $"{path}.column");
        return known is { } column ? Test(column, condition, path) : null;
    }

    /// <summary>The bound span that a name is about, and its column, null when it is at fault; null when the name is about something else.</summary>
    private (Relative Relative, BoundColumn? Column)? OfSpan(string name, string path)
    {
        void Fail(string message, ValueList<string> near) => columns.Fail(path, message, near);
        if (columns.IsField(name)) return columns.Field(name) is { } field ? columns.Relations.OnSpan(field, Fail) : null;
        if (!RelationalColumns.TrySplit(name, out var relative, out _) || relative is Relative.Root or Relative.Parent) return null;
        return columns.Relations.Find(name, Fail);
    }

    private BoundFilter? Test(BoundColumn column, Filter.Condition condition, string path)
    {
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
