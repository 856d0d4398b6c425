using System.Collections.Immutable;
using Storage.Events;

namespace Storage.Compile.Relations;

/// <summary>Says which columns a query needs of the events that it has found.</summary>
internal static class RelationalUse
{
    /// <summary>The columns that a query reads after its condition has been applied.</summary>
    public static BoundColumns Kept(BoundQuery query)
    {
        var used = BoundColumns.For(Used(query));
        // The trace's id is there to find its spans, and need not be kept for that.
        var stored = query.Columns.Where(c => c.Name != WellKnownColumns.TraceId || used.Stored.Contains(c) || BoundColumns.For(BoundColumns.In(query.Where)).Stored.Contains(c));
        return used with { Stored = [.. stored] };
    }

    private static IEnumerable<BoundColumn> Used(BoundQuery query)
    {
        BoundColumn?[] weight = [query.Weight];
        var own = query switch
        {
            BoundCalculationQuery calculating => calculating.Breakdowns
                .Concat(calculating.Calculations.Append(calculating.Heatmap).OfType<BoundCalculation>().SelectMany(c => BoundColumns.In(c.Where).Append(c.Column).OfType<BoundColumn>())),
            BoundListing listing => listing.Orders.Select(o => o.Column).Concat(BoundColumns.For(listing.Shown).Relational),
            _ => [],
        };
        return own.Concat(weight.OfType<BoundColumn>());
    }

    /// <summary>The relational columns, and those that decide which spans they are of.</summary>
    public static ImmutableArray<BoundColumn> Closure(IEnumerable<BoundColumn> columns)
    {
        var all = new SortedDictionary<int, BoundColumn>();
        var waiting = new Queue<BoundColumn>(columns);
        while (waiting.TryDequeue(out var column))
        {
            if (!all.TryAdd(column.Index, column) || column.Relation is not BoundRelation.OfBound { Binding: { Terms.Length: > 1 } binding }) continue;
            foreach (var other in BoundColumns.For(binding.Conditions.SelectMany(c => BoundColumns.In(c))).Relational) waiting.Enqueue(other);
        }

        return [.. all.Values];
    }
}
