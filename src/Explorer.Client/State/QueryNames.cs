using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Replaces a wrong name that a query error speaks of.</summary>
public static class QueryNames
{
    /// <summary>The query with another name at the error's path: <c>calculations[1].column</c>, <c>breakdowns[0]</c>, <c>where.and[0].column</c>.</summary>
    /// <param name="query">The query.</param>
    /// <param name="path">Where the wrong name is.</param>
    /// <param name="message">The message, which quotes the wrong name; decides for names in filters.</param>
    /// <param name="name">The right name.</param>
    public static Query Replace(Query query, string path, string message, string name)
    {
        var index = Index(path);
        if (path.StartsWith("breakdowns", StringComparison.Ordinal) && index < query.Breakdowns.Count) return query with { Breakdowns = query.Breakdowns.SetItem(index, name) };
        if (path.StartsWith("calculations", StringComparison.Ordinal) && index < query.Calculations.Count)
        {
            var calculation = query.Calculations[index];
            var inWhere = path.Contains(".where", StringComparison.Ordinal) && calculation.Where is not null;
            return query with { Calculations = query.Calculations.SetItem(index, inWhere ? calculation with { Where = Rename(calculation.Where!, message, name) } : calculation with { Column = name }) };
        }

        if (path.StartsWith("orders", StringComparison.Ordinal) && index < query.Orders.Count) return query with { Orders = query.Orders.SetItem(index, query.Orders[index] with { Target = new ResultReference(name) }) };
        return query.Where is { } where && path.StartsWith("where", StringComparison.Ordinal) ? query with { Where = Rename(where, message, name) } : query;
    }

    private static int Index(string path)
    {
        var open = path.IndexOf('[', StringComparison.Ordinal);
        var close = path.IndexOf(']', StringComparison.Ordinal);
        return open >= 0 && close > open && int.TryParse(path.AsSpan(open + 1, close - open - 1), out var index) ? index : 0;
    }

    // The conditions whose column the message names.
    private static Filter Rename(Filter filter, string message, string name) => filter switch
    {
        Filter.And and => new Filter.And(and.Parts.Select(p => Rename(p, message, name)).ToValueList()),
        Filter.Or or => new Filter.Or(or.Parts.Select(p => Rename(p, message, name)).ToValueList()),
        Filter.Not not => new Filter.Not(Rename(not.Part, message, name)),
        Filter.Condition condition when message.Contains(condition.Column, StringComparison.Ordinal) => condition with { Column = name },
        _ => filter,
    };
}
