using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// What an answer depends on: the question with its absolute window, the columns that there are, and the parts of the store that can hold its
/// events. Parts never change: one that is added or replaced has a name of its own. So equal keys have equal answers, and the
/// answer about an hour that is over stays true while new events arrive.
/// </summary>
internal static class QueryKey
{
    /// <summary>Where a question may reach beyond its window: other spans of a trace, or spans that began before.</summary>
    private static readonly string[] Reaching = [.. RelationalColumns.Prefixes.Select(p => p.Prefix), .. RelationalColumns.OfTrace.Select(c => c.Name)];

    /// <param name="query">The question.</param>
    /// <param name="window">Its window.</param>
    /// <param name="state">What the store holds.</param>
    /// <param name="schema">Its columns.</param>
    public static string Of(Query query, TimeWindow window, StoreState state, Schema schema)
    {
        var text = QueryJson.ToJson(query with { Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs) });
        var within = query.CompareOffsetSeconds is null && query.Calculations.All(c => c.Op != CalculationOp.Concurrency) && !Reaching.Any(word => text.Contains(word, StringComparison.Ordinal));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ReadOnlySpan<long> ends = [window.StartUnixNs, window.EndUnixNs];
        hash.AppendData(MemoryMarshal.AsBytes(ends));
        foreach (var column in schema.Columns) Add(hash, column.Name, (long)column.Type);
        foreach (var segment in state.Segments)
            if (!within || window.Touches(segment.Footer.MinTime, segment.Footer.MaxTime)) Add(hash, segment.FileName, segment.Footer.Events);
        foreach (var view in state.Hot)
        {
            foreach (var hot in view.Batches)
            {
                if (within && !window.Touches(hot.Batch.MinTimeUnixNs, hot.Batch.MaxTimeUnixNs)) continue;
                ReadOnlySpan<long> part = [view.Tier.Number, hot.FirstSeq, hot.Batch.Count];
                hash.AppendData(MemoryMarshal.AsBytes(part));
            }
        }

        return text + "\n" + Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>About how many events lie in the window: of a part that reaches beyond it, the share of the part's time.</summary>
    public static long EventsNear(TimeWindow window, StoreState state) => (long)(
        state.Segments.Sum(s => Share(window, s.Footer.MinTime, s.Footer.MaxTime) * s.Footer.Events)
        + state.Hot.Sum(v => v.Batches.Sum(b => Share(window, b.Batch.MinTimeUnixNs, b.Batch.MaxTimeUnixNs) * b.Batch.Count)));

    private static double Share(TimeWindow window, long first, long last)
    {
        if (!window.Touches(first, last)) return 0;
        var (from, to) = (Math.Max(first, window.StartUnixNs), Math.Min(last, window.EndUnixNs));
        return last > first ? Math.Clamp(((double)to - from) / ((double)last - first), 0, 1) : 1;
    }

    private static void Add(IncrementalHash hash, string name, long number)
    {
        ReadOnlySpan<long> numbers = [name.Length, number];
        hash.AppendData(MemoryMarshal.AsBytes(numbers));
        hash.AppendData(Encoding.UTF8.GetBytes(name));
    }
}
