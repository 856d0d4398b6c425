using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Changes to a filter tree. A path names a part: the index at each level, the empty path is the whole filter; under a Not the index is 0.</summary>
public static class FilterEdit
{
    /// <summary>Both; conditions that are there already are not added again.</summary>
    public static Filter And(Filter? left, Filter right) => left switch
    {
        null => right,
        _ when right is Filter.And more => more.Parts.Aggregate(left, And),
        Filter.And all => all.Parts.Contains(right) ? all : new Filter.And(all.Parts.Add(right)),
        _ => left == right ? left : new Filter.And([left, right]),
    };

    /// <summary>The condition that a column has this value.</summary>
    public static Filter Is(string column, Value value) =>
        value.IsNull ? new Filter.Condition(column, FilterOp.DoesNotExist) : new Filter.Condition(column, FilterOp.Equal, value);

    /// <summary>The condition that all columns of a group have their values.</summary>
    public static Filter Is(IReadOnlyList<(string Column, Value Value)> group) =>
        group.Count == 1 ? Is(group[0].Column, group[0].Value) : new Filter.And(group.Select(g => Is(g.Column, g.Value)).ToValueList());

    /// <summary>The condition that a column has another value, or none.</summary>
    public static Filter IsNot(string column, Value value) =>
        value.IsNull ? new Filter.Condition(column, FilterOp.Exists) : new Filter.Condition(column, FilterOp.NotEqual, value);

    /// <summary>The condition that holds where the filter does not.</summary>
    public static Filter Negate(Filter filter) => filter switch
    {
        Filter.Not not => not.Part,
        Filter.Condition { Op: FilterOp.Equal } c => c with { Op = FilterOp.NotEqual },
        Filter.Condition { Op: FilterOp.NotEqual } c => c with { Op = FilterOp.Equal },
        Filter.Condition { Op: FilterOp.In } c => c with { Op = FilterOp.NotIn },
        Filter.Condition { Op: FilterOp.NotIn } c => c with { Op = FilterOp.In },
        Filter.Condition { Op: FilterOp.Exists } c => c with { Op = FilterOp.DoesNotExist },
        Filter.Condition { Op: FilterOp.DoesNotExist } c => c with { Op = FilterOp.Exists },
        _ => new Filter.Not(filter),
    };

    /// <summary>The filter with one part replaced.</summary>
    public static Filter Replace(Filter filter, ReadOnlySpan<int> path, Filter part)
    {
        if (path.IsEmpty) return part;
        var inner = Replace(Child(filter, path[0]), path[1..], part);
        return filter switch
        {
            Filter.And and => new Filter.And(and.Parts.SetItem(path[0], inner)),
            Filter.Or or => new Filter.Or(or.Parts.SetItem(path[0], inner)),
            _ => new Filter.Not(inner),
        };
    }

    /// <summary>The filter without one part; null when nothing is left.</summary>
    public static Filter? Remove(Filter filter, ReadOnlySpan<int> path)
    {
        if (path.IsEmpty) return null;
        var inner = Remove(Child(filter, path[0]), path[1..]);
        return filter switch
        {
            Filter.And and => Collapse(Put(and.Parts, path[0], inner), parts => new Filter.And(parts)),
            Filter.Or or => Collapse(Put(or.Parts, path[0], inner), parts => new Filter.Or(parts)),
            _ => inner is null ? null : new Filter.Not(inner),
        };
    }

    /// <summary>Turns the And at the path into an Or, or the other way round.</summary>
    public static Filter Toggle(Filter filter, ReadOnlySpan<int> path)
    {
        var part = At(filter, path);
        return part switch
        {
            Filter.And and => Replace(filter, path, new Filter.Or(and.Parts)),
            Filter.Or or => Replace(filter, path, new Filter.And(or.Parts)),
            _ => filter,
        };
    }

    /// <summary>
    /// Puts brackets around some parts of one And or Or: inside them they are joined the other way round. All parts together need no brackets:
    /// their join changes. Parts that are not neighbours come together at the place of the first.
    /// </summary>
    /// <param name="filter">The filter.</param>
    /// <param name="parent">The And or Or.</param>
    /// <param name="indexes">Its parts, at least two; anything else changes nothing.</param>
    public static Filter Group(Filter filter, ReadOnlySpan<int> parent, IReadOnlyCollection<int> indexes)
    {
        var (parts, isAnd) = At(filter, parent) switch
        {
            Filter.And and => (and.Parts, true),
            Filter.Or or => (or.Parts, false),
            _ => (default, false),
        };
        var chosen = indexes.Where(i => i >= 0 && i < parts.Count).Distinct().Order().ToList();
        if (chosen.Count < 2) return filter;
        if (chosen.Count == parts.Count) return Toggle(filter, parent);
        var inner = chosen.Select(i => parts[i]).ToValueList();
        Filter group = isAnd ? new Filter.Or(inner) : new Filter.And(inner);
        var outer = parts.Select((part, i) => (part, i)).Where(x => x.i == chosen[0] || !chosen.Contains(x.i)).Select(x => x.i == chosen[0] ? group : x.part).ToValueList();
        return Replace(filter, parent, isAnd ? new Filter.And(outer) : new Filter.Or(outer));
    }

    /// <summary>Exchanges a part with its neighbour in the same And or Or; unchanged at the ends.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="path">The part.</param>
    /// <param name="by">-1 or 1.</param>
    public static Filter Move(Filter filter, ReadOnlySpan<int> path, int by)
    {
        if (path.IsEmpty) return filter;
        var parent = path[..^1];
        var from = path[^1];
        var to = from + by;
        return At(filter, parent) switch
        {
            Filter.And all when to >= 0 && to < all.Parts.Count => Replace(filter, parent, new Filter.And(all.Parts.SetItem(from, all.Parts[to]).SetItem(to, all.Parts[from]))),
            Filter.Or any when to >= 0 && to < any.Parts.Count => Replace(filter, parent, new Filter.Or(any.Parts.SetItem(from, any.Parts[to]).SetItem(to, any.Parts[from]))),
            _ => filter,
        };
    }

    /// <summary>The part that a path names.</summary>
    public static Filter At(Filter filter, ReadOnlySpan<int> path) => path.IsEmpty ? filter : At(Child(filter, path[0]), path[1..]);

    private static Filter Child(Filter filter, int index) => filter switch
    {
        Filter.And and => and.Parts[index],
        Filter.Or or => or.Parts[index],
        Filter.Not not => not.Part,
        _ => throw new ArgumentException($"a condition has no part {index}", nameof(index)),
    };

    private static ValueList<Filter> Put(ValueList<Filter> parts, int index, Filter? part) =>
        part is null ? parts.RemoveAt(index) : parts.SetItem(index, part);

    private static Filter? Collapse(ValueList<Filter> parts, Func<ValueList<Filter>, Filter> join) => parts.Count switch
    {
        0 => null,
        1 => parts[0],
        _ => join(parts),
    };
}
