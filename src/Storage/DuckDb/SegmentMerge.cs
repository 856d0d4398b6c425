using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>Writes the events of several segments into one, in order of time.</summary>
internal static class SegmentMerge
{
    /// <summary>
    /// Events are in order of the minute of their time, and within it in order of arrival: what one sender sent together stays together, and
    /// its resource's columns take next to nothing. By time alone a W1 span takes 52.3 bytes (zstd), so 49.0, by trace 54.4, by service 51.9.
    /// </summary>
    public const long SliceNs = 60_000_000_000;

    /// <summary>What the segment that takes their place says of itself.</summary>
    /// <param name="plan">The segments.</param>
    /// <param name="leftovers">Files that an input took the place of and that are still there.</param>
    public static SegmentFooter Footer(CompactionPlan plan, IEnumerable<string> leftovers)
    {
        var footers = plan.Inputs.Select(s => s.Footer).ToArray();
        var counts = footers.SelectMany(f => f.Columns).GroupBy(c => c.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(c => c.Count), StringComparer.Ordinal);
        var columns = SegmentLayout.Of(footers.SelectMany(f => f.Columns).Select(c => (c.Name, c.Type)));
        var scaled = footers.SelectMany(f => f.Columns).GroupBy(c => c.Name, StringComparer.Ordinal).Where(g => g.All(c => c.IsScaled)).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        var newest = footers.MaxBy(f => f.Number)!;
        return new SegmentFooter(
            newest.Number, footers.Sum(f => f.Events), footers.Min(f => f.MinTime), footers.Max(f => f.MaxTime), footers.Max(f => f.LastArrival),
            [.. columns.Select(c => c with { Count = counts[c.Name], IsScaled = scaled.Contains(c.Name) })])
        {
            Signal = newest.Signal,
            FirstArrival = footers.Min(f => f.FirstArrival),
            Generation = footers.Max(f => f.Generation) + 1,
            IsArchived = plan.Archive,
            Journals = [.. footers.SelectMany(f => f.Journals.Append(f.Number)).Distinct().Order()],
            Replaces = [.. plan.Inputs.Select(s => s.FileName).Concat(leftovers).Distinct(StringComparer.Ordinal)],
        };
    }

    /// <summary>The events of all as the new segment stores them, one input after the other: takes hardly any memory.</summary>
    public static string Select(ImmutableArray<Segment> inputs, SegmentFooter footer) =>
        string.Join(" UNION ALL ", inputs.Select(s => $"SELECT {Columns(s, footer)} FROM read_parquet({RelationText.Literal(s.Path)})"));

    /// <summary>The events of all, in order of time.</summary>
    public static string SelectInOrder(ImmutableArray<Segment> inputs, SegmentFooter footer)
    {
        var parts = inputs.GroupBy(s => Columns(s, footer), StringComparer.Ordinal)
            .Select(alike => $"SELECT {alike.Key} FROM read_parquet([{string.Join(", ", alike.Select(s => RelationText.Literal(s.Path)))}])");
        var (time, seq) = (RelationText.Quote(WellKnownColumns.Time), RelationText.Quote(RelationText.SeqColumn));
        return string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM ({string.Join(" UNION ALL ", parts)}) ORDER BY {time} // {SliceNs}, {seq}");
    }

    /// <summary>Statistics of the new segment: values and ranges from those that were merged, traces from its events, so that its filter is as sharp as any.</summary>
    public static SegmentStatistics Statistics(DuckDbConnection connection, ImmutableArray<Segment> inputs, SegmentFooter footer, string path, CancellationToken cancellationToken)
    {
        if (inputs.Any(s => !s.HasStatistics)) return ReadStatistics(connection, footer, path, cancellationToken);
        var builder = StatisticsOf(inputs, footer);
        AddTraces(builder, connection, footer, path, cancellationToken);
        return builder.Build(footer.Events);
    }

    /// <summary>Statistics of the new segment but for its traces: all inputs have some.</summary>
    public static StatisticsBuilder StatisticsOf(ImmutableArray<Segment> inputs, SegmentFooter footer)
    {
        var builder = new StatisticsBuilder(footer.Columns);
        foreach (var input in inputs) builder.Add(input.Statistics);
        return builder;
    }

    /// <summary>Statistics of a segment made from its events alone.</summary>
    public static SegmentStatistics ReadStatistics(DuckDbConnection connection, SegmentFooter footer, string path, CancellationToken cancellationToken)
    {
        var builder = new StatisticsBuilder(footer.Columns);
        var columns = string.Join(", ", footer.Columns.Select(RelationText.ValueOf));
        using var statement = connection.Prepare($"SELECT {columns} FROM read_parquet({RelationText.Literal(path)})");
        using (var result = statement.Execute(cancellationToken))
            while (result.NextChunk() is { Count: > 0 } chunk) builder.Add(chunk, footer.Columns);
        AddTraces(builder, connection, footer, path, cancellationToken);
        return builder.Build(footer.Events);
    }

    private static void AddTraces(StatisticsBuilder builder, DuckDbConnection connection, SegmentFooter footer, string path, CancellationToken cancellationToken)
    {
        if (footer.Columns.FirstOrDefault(c => c.Name == WellKnownColumns.TraceId) is not { } column) return;
        if (column.Type is not (StorageType.Id or StorageType.String))
        {
            builder.Traces.Forget();
            return;
        }

        using var statement = connection.Prepare($"SELECT {RelationText.Quote(column.StoredAs)} FROM read_parquet({RelationText.Literal(path)})");
        using var result = statement.Execute(cancellationToken);
        while (result.NextChunk() is { Count: > 0 } chunk) builder.Traces.Add(chunk, column.Type);
    }

    private static string Columns(Segment segment, SegmentFooter footer)
    {
        var text = new StringBuilder(RelationText.Quote(RelationText.SeqColumn));
        foreach (var column in footer.Columns)
        {
            text.Append(", ").Append(segment.Columns.TryGetValue(column.Name, out var stored) ? Expression(stored, column) : $"NULL::{RelationText.StoredTypeOf(column)}")
                .Append(" AS ").Append(RelationText.Quote(column.StoredAs));
        }

        return text.ToString();
    }

    private static string Expression(SegmentColumn stored, SegmentColumn wanted) => stored.Type == wanted.Type && stored.IsScaled == wanted.IsScaled
        ? RelationText.Quote(stored.StoredAs)
        : RelationText.Merge([(RelationText.ValueOf(stored), stored.Type)], (ColumnType)wanted.Type);
}
