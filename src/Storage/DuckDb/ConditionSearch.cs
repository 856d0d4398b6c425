using System.Collections.Immutable;
using Storage.Compile;
using Storage.DuckDb.Parquet;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// Finds the events of a segment that a condition may be true for, where they are few. The engine decodes every column of a row group in which it cannot exclude an event; where one in
/// hundreds matches, most of its work is for nothing. Here the codes of dictionaries are looked at, which is a bit or a byte a row, then the other columns at the rows that are left.
/// </summary>
internal static class ConditionSearch
{
    /// <summary>
    /// Of more events than one in so many the engine is the faster reader: a value that is read by its place takes tens of times of what the engine takes for one among all.
    /// </summary>
    private const int LeastStep = 32;

    /// <summary>The events, and perhaps some that the condition is not true for; null when the engine has to find them: they are many, or the file is not as we expect.</summary>
    /// <param name="segment">The segment, leased.</param>
    /// <param name="where">The condition.</param>
    /// <param name="window">Events outside of it need not be found.</param>
    /// <param name="budget">Takes what is found.</param>
    /// <param name="cancellationToken">Stops between row groups.</param>
    public static FoundRows? Find(Segment segment, BoundFilter? where, TimeWindow window, RowBudget budget, CancellationToken cancellationToken)
    {
        var tests = RowTest.Of(where, segment);
        if (tests.IsEmpty || tests.Aggregate(1.0, (share, test) => share * test.Share) * LeastStep > 1) return null;
        SegmentReader? reader = null;
        FoundRows? rows = null;
        try
        {
            reader = new SegmentReader(segment);
            if (Find(reader, tests, window, cancellationToken) is { } found && budget.TryTakeRows(found.Sum(f => f.Rows.Length))) rows = new FoundRows(segment, reader, found, budget);
        }
        catch (Exception e) when (ChunkReader.IsUnreadable(e) || (e is AggregateException all && all.InnerExceptions.All(ChunkReader.IsUnreadable)))
        {
            // The engine reads it, or says what is wrong with it.
        }
        finally
        {
            if (rows is null) reader?.Dispose();
        }

        return rows;
    }

    private static List<(int Group, int[] Rows)>? Find(SegmentReader reader, ImmutableArray<RowTest> tests, TimeWindow window, CancellationToken cancellationToken)
    {
        var layout = reader.Layout;
        var columns = tests.Select(t => reader.Column(t.Column.StoredAs, PhysicalTypes.Of(t.Column))).ToArray();
        if (layout.GroupCount > 0 && layout.Chunk(0, columns[0]).Codec == PageCodec.Zstd) return null;
        int[] groups = [.. Enumerable.Range(0, layout.GroupCount).Where(g => window.Touches(layout.Times[g].Least, layout.Times[g].Most))];
        var found = new int[groups.Length][];
        var (count, searched) = (0L, 0L);
        // The first alone: where it has too many events, the others are not looked at.
        for (var (first, end) = (0, 1); first < groups.Length; (first, end) = (end, groups.Length))
        {
            var search = Parallel.For(first, Math.Min(end, groups.Length), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken }, (i, loop) =>
            {
                found[i] = [.. Find(reader, groups[i], columns, tests)];
                var all = Interlocked.Add(ref count, found[i].Length);
                if (all * LeastStep > Interlocked.Add(ref searched, layout.FirstRows[groups[i] + 1] - layout.FirstRows[groups[i]])) loop.Stop();
            });
            if (!search.IsCompleted || count * LeastStep > searched) return null;
        }

        return [.. groups.Zip(found).Where(f => f.Second.Length > 0)];
    }

    private static List<int> Find(SegmentReader reader, int group, ParquetColumn[] columns, ImmutableArray<RowTest> tests)
    {
        List<int>? rows = null;
        for (var i = 0; i < tests.Length && rows is not { Count: 0 }; i++)
        {
            using var chunk = reader.Chunk(group, columns[i]);
            rows = rows is null ? chunk.Find(tests[i]) : chunk.Keep(rows, tests[i]);
        }

        return rows ?? [];
    }
}
