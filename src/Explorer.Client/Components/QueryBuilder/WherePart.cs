using Storage.Queries;

namespace Explorer.Client.Components.QueryBuilder;

internal enum WherePartKind
{
    Chip,
    Join,
    Not,
    Open,
    Close,
}

/// <summary>One piece of the row that shows a filter: a chip, a word between chips, or a bracket.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">The part of the filter that it stands for; for a word, the And, Or or Not.</param>
/// <param name="Part">The filter at that path.</param>
internal sealed record WherePart(WherePartKind Kind, int[] Path, Filter Part)
{
    /// <summary>The row for a filter.</summary>
    public static IReadOnlyList<WherePart> Of(Filter? filter)
    {
        var parts = new List<WherePart>();
        if (filter is not null) Add(parts, filter, [], isInner: false);
        return parts;
    }

    private static void Add(List<WherePart> parts, Filter filter, int[] path, bool isInner)
    {
        switch (filter)
        {
            case Filter.And { Parts.Count: > 0 } and:
                AddList(parts, filter, and.Parts, path, isInner);
                break;
            case Filter.Or { Parts.Count: > 0 } or:
                AddList(parts, filter, or.Parts, path, isInner);
                break;
            case Filter.Not not:
                parts.Add(new WherePart(WherePartKind.Not, path, filter));
                Add(parts, not.Part, [.. path, 0], isInner: true);
                break;
            default:
                parts.Add(new WherePart(WherePartKind.Chip, path, filter));
                break;
        }
    }

    private static void AddList(List<WherePart> parts, Filter filter, ValueList<Filter> inner, int[] path, bool isInner)
    {
        if (isInner) parts.Add(new WherePart(WherePartKind.Open, path, filter));
        for (var i = 0; i < inner.Count; i++)
        {
            if (i > 0) parts.Add(new WherePart(WherePartKind.Join, path, filter));
            Add(parts, inner[i], [.. path, i], isInner: true);
        }

        if (isInner) parts.Add(new WherePart(WherePartKind.Close, path, filter));
    }
}
