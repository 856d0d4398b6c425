using System.Collections.Immutable;
using Storage.Compile;
using Storage.DuckDb.Catalog;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>What the statistics of the parts that a query reads say of its columns.</summary>
internal static class ColumnFacts
{
    /// <summary>More values are looked at by the engine itself.</summary>
    private const int MaxCheckedValues = 1_000_000;

    /// <param name="columns">Stored columns.</param>
    /// <param name="segments">The segments that are read.</param>
    /// <param name="batches">The batches that are read; null when there are others besides, of which nothing is known.</param>
    /// <returns>A relation without text.</returns>
    public static SqlRelation Of(ImmutableArray<BoundColumn> columns, IReadOnlyList<Segment> segments, IReadOnlyList<HotBatch>? batches)
    {
        if (batches is null) return "";
        var finite = columns.Where(c => c.Type == ColumnType.Float64 && segments.All(s => IsFinite(s, c.Name)) && AreFinite(batches, c.Name)).Select(c => c.Index).ToImmutableHashSet();
        // A union of decimals and doubles is doubles.
        var exact = columns.Where(c => finite.Contains(c.Index) && batches.Count == 0 && segments.Count > 0 && segments.All(s => s.Columns.GetValueOrDefault(c.Name) is null or { IsScaled: true })).Select(c => c.Index);
        var distinct = columns.Select(c => (c.Index, Values: Distinct(segments, c.Name))).Where(c => c.Values is not null);
        return new SqlRelation("") { Finite = finite, Exact = [.. exact], Distinct = distinct.ToImmutableDictionary(c => c.Index, c => c.Values!.Value) };
    }

    private static bool IsFinite(Segment segment, string name)
    {
        if (!segment.Columns.TryGetValue(name, out var column) || column.IsScaled || column.Type == StorageType.Int64) return true;
        return segment.Statistics.Columns.TryGetValue(name, out var known) && known.Range is ColumnRange.OfFloat64 { HasNaN: false } range && double.IsFinite(range.Min) && double.IsFinite(range.Max);
    }

    private static bool AreFinite(IReadOnlyList<HotBatch> batches, string name)
    {
        var room = MaxCheckedValues;
        foreach (var batch in batches)
        {
            foreach (var column in batch.Batch.Columns)
            {
                if (column.Name != name || column.Type == StorageType.Int64) continue;
                if (column.Type != StorageType.Float64 || (room -= column.Float64s.Length) < 0) return false;
                foreach (var value in column.Float64s)
                    if (!double.IsFinite(value)) return false;
            }
        }

        return true;
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
