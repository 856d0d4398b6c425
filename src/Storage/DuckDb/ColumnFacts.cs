using System.Collections.Immutable;
using Storage.Compile;
using Storage.DuckDb.Catalog;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>What the statistics of the parts that a query reads say of its columns.</summary>
internal static class ColumnFacts
{
    /// <param name="columns">Stored columns.</param>
    /// <param name="segments">The segments that are read.</param>
    /// <param name="batches">The batches that are read; null when there are others besides, of which nothing is known.</param>
    /// <returns>A relation without text.</returns>
    public static SqlRelation Of(ImmutableArray<BoundColumn> columns, IReadOnlyList<Segment> segments, IReadOnlyList<HotBatch>? batches)
    {
        if (batches is null) return "";
        var known = columns.Where(c => c.Type == ColumnType.Float64).Select(c => (Column: c, Numbers: Numbers(batches, c.Name))).ToArray();
        var finite = known.Where(k => k.Numbers.HasFlag(NumberFacts.Finite) && segments.All(s => IsFinite(s, k.Column.Name))).Select(k => k.Column.Index).ToImmutableHashSet();
        var exact = known.Where(k => finite.Contains(k.Column.Index) && k.Numbers.HasFlag(NumberFacts.Decimal) && segments.All(s => s.Columns.GetValueOrDefault(k.Column.Name) is null or { IsScaled: true }))
            .Select(k => k.Column.Index);
        var distinct = columns.Select(c => (c.Index, Values: Distinct(segments, c.Name))).Where(c => c.Values is not null);
        return new SqlRelation("") { Finite = finite, Exact = [.. exact], Distinct = distinct.ToImmutableDictionary(c => c.Index, c => c.Values!.Value) };
    }

    private static bool IsFinite(Segment segment, string name)
    {
        if (!segment.Columns.TryGetValue(name, out var column) || column.IsScaled || column.Type == StorageType.Int64) return true;
        return segment.Statistics.Columns.TryGetValue(name, out var known) && known.Range is ColumnRange.OfFloat64 { HasNaN: false } range && double.IsFinite(range.Min) && double.IsFinite(range.Max);
    }

    /// <summary>What is true of all numbers of a column in batches; of a column that is told exactly in segments also whether it can be here.</summary>
    private static NumberFacts Numbers(IReadOnlyList<HotBatch> batches, string name)
    {
        var facts = NumberFacts.Finite | (name == WellKnownColumns.DurationMs ? NumberFacts.Decimal : NumberFacts.None);
        foreach (var batch in batches)
        {
            var columns = batch.Batch.Columns;
            for (var place = 0; place < columns.Length; place++)
                if (columns[place].Name == name) facts &= batch.FactsOf(place);
        }

        return facts;
    }

    /// <summary>About how many different values there are: of segments of one stream the largest number, as they mostly have the same.</summary>
    private static long? Distinct(IReadOnlyList<Segment> segments, string name)
    {
        if (segments.Count == 0) return null;
        long most = 0;
        foreach (var segment in segments)
        {
            if (!segment.Columns.ContainsKey(name)) continue;
            if (!segment.Statistics.Columns.TryGetValue(name, out var known) || known.Values is not { } values) return null;
            most = Math.Max(most, values.Length);
        }

        return most;
    }
}
