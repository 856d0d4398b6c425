namespace Storage.Queries;

/// <summary>The shape that filters have when they come out of <see cref="QueryText"/>, and bounds that hold for all of them.</summary>
public static class FilterForm
{
    /// <summary>Levels that a filter may have; deeper ones are refused wherever filters are read, written or bound.</summary>
    public const int MaxDepth = 100;

    /// <summary>
    /// The normal form: an And or Or of one part is that part. Nothing else changes, so a filter keeps exactly what its author said;
    /// in particular an And inside an And stays, and <c>does-not-exist</c> and "not exists" stay apart, because these differ in meaning
    /// on columns of other spans of the trace.
    /// </summary>
    /// <exception cref="QueryException">The filter is deeper than <see cref="MaxDepth"/>.</exception>
    public static Filter Normalize(this Filter filter) => Normalize(filter, 1);

    private static Filter Normalize(Filter filter, int depth)
    {
        CheckDepth(depth);
        return filter switch
        {
            Filter.And { Parts.Count: 1 } and => Normalize(and.Parts[0], depth + 1),
            Filter.Or { Parts.Count: 1 } or => Normalize(or.Parts[0], depth + 1),
            Filter.And and => new Filter.And(and.Parts.Select(p => Normalize(p, depth + 1)).ToValueList()),
            Filter.Or or => new Filter.Or(or.Parts.Select(p => Normalize(p, depth + 1)).ToValueList()),
            Filter.Not not => new Filter.Not(Normalize(not.Part, depth + 1)),
            _ => filter,
        };
    }

    /// <summary>Refuses a filter that goes deeper than <see cref="MaxDepth"/>, before recursion becomes a danger.</summary>
    internal static void CheckDepth(int depth, string path = "")
    {
        if (depth > MaxDepth) throw new QueryException(path, $"the filter is nested deeper than {MaxDepth} levels");
    }
}
