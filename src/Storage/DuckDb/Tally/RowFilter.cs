using System.Collections.Immutable;
using Storage.Compile;

namespace Storage.DuckDb.Tally;

/// <summary>A condition as it is looked up where a part of the store has its values, exactly: nobody tests its rows again.</summary>
internal abstract record RowFilter
{
    private RowFilter() { }

    /// <summary>About the share of the rows that pass.</summary>
    public virtual double Share => 1;

    public sealed record All(ImmutableArray<RowFilter> Parts) : RowFilter
    {
        public override double Share => Parts.Aggregate(1.0, (share, part) => share * part.Share);
    }

    public sealed record Any(ImmutableArray<RowFilter> Parts) : RowFilter;

    public sealed record Not(RowFilter Part) : RowFilter;

    public sealed record Test(RowTest Rows) : RowFilter
    {
        public override double Share => Rows.Share;
    }

    /// <summary>Rows that have a value.</summary>
    public sealed record Present(SegmentColumn Column) : RowFilter;

    /// <summary>A condition as a part of the store holds its columns; null where only the engine can tell.</summary>
    public static RowFilter? Of(BoundFilter filter, IStoredColumns part)
    {
        switch (filter)
        {
            case BoundFilter.All all:
                return Of(all.Parts, part) is { } every ? new All([.. every.OrderBy(p => p.Share)]) : null;
            case BoundFilter.Any any:
                return Of(any.Parts, part) is { } some ? new Any([.. some]) : null;
            case BoundFilter.Not not:
                return Of(not.Part, part) is { } negated ? new Not(negated) : null;
            case BoundFilter.Condition condition:
                return Of(condition, part);
            default:
                return null;
        }
    }

    private static RowFilter? Of(BoundFilter.Condition condition, IStoredColumns part)
    {
        if (!condition.Column.IsStored || condition.Column.Key is not null) return null;
        if (condition.Test is BoundTest.Never || part.Column(condition.Column.Name) is not { } column) return new Any([]);
        if (condition.Test is BoundTest.Present) return TallyPlan.IsSeen(condition.Column.Type, column.Type) ? new Present(column) : null;
        return RowTest.Exactly(condition, part) is { } test ? new Test(test) : null;
    }

    private static List<RowFilter>? Of(ImmutableArray<BoundFilter> parts, IStoredColumns part)
    {
        var filters = new List<RowFilter>();
        foreach (var one in parts)
        {
            if (Of(one, part) is not { } filter) return null;
            filters.Add(filter);
        }

        return filters;
    }
}
