using Analysis.Services;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Trace;

/// <summary>Where a span's length stands among those of its kind: same service, same name.</summary>
/// <param name="Count">Spans of the kind, weighted.</param>
/// <param name="Below">Those that were shorter.</param>
/// <param name="MedianMs">The median length.</param>
/// <param name="Edges">Borders of the histogram's buckets in milliseconds, one more than there are buckets.</param>
/// <param name="Counts">Spans by bucket, weighted.</param>
/// <param name="IsPartial">True when not all spans of the kind were read.</param>
public sealed record SpanPlace(double Count, double Below, double MedianMs, double[] Edges, double[] Counts, bool IsPartial)
{
    private const long DayNs = 24L * 3600 * 1_000_000_000;

    /// <summary>Buckets that the histogram has at most: what fits beside a number.</summary>
    private const int MaxBuckets = 24;

    /// <summary>Share of the kind that was shorter, percent.</summary>
    public double Percentile => Count == 0 ? 0 : Below / Count * 100;

    /// <summary>The 24 hours that a span is compared with: those up to now when it is among them, else those up to its end.</summary>
    public static TimeRange.Between Window(long endUnixNs, long nowUnixNs)
    {
        var end = nowUnixNs - endUnixNs < DayNs ? Math.Max(nowUnixNs, endUnixNs) : endUnixNs;
        return new TimeRange.Between(Math.Max(0, end - DayNs), end == long.MaxValue ? end : end + 1);
    }

    /// <summary>The spans of a kind; of those without a service or a name when it is empty.</summary>
    public static Filter Kind(string service, string name) => new Filter.And(
    [
        ServiceQuestions.Of(service), ServiceQuestions.Is(WellKnownColumns.Name, name),
        new Filter.Condition(WellKnownColumns.SpanId, FilterOp.Exists),
    ]);

    /// <summary>The question after a span's place.</summary>
    public static Query Question(string service, string name, double durationMs, TimeRange.Between window) => new()
    {
        Time = window,
        Where = Kind(service, name),
        Calculations =
        [
            new Calculation(CalculationOp.Count, Name: "all", Where: new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Exists)),
            new Calculation(CalculationOp.Count, Name: "below", Where: new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Less, durationMs)),
            new Calculation(CalculationOp.P50, WellKnownColumns.DurationMs, "median"), new Calculation(CalculationOp.Heatmap, WellKnownColumns.DurationMs),
        ],
        GranularitySeconds = 24 * 3600,
        Series = false,
    };

    /// <summary>Reads the answer; null when there is no span of the kind.</summary>
    public static SpanPlace? Read(QueryResult answer)
    {
        if (answer.Total is not { } total || answer.Heatmap is not { Edges.Length: > 1 } heatmap || Number(total, "all") is not (> 0 and var all)) return null;
        var buckets = heatmap.Edges.Length - 1;
        var (each, counts) = ((buckets + MaxBuckets - 1) / MaxBuckets, new List<double>());
        for (var first = 0; first < buckets; first += each)
            counts.Add(heatmap.Counts.Sum(row => row.Skip(first).Take(each).Sum()));
        var edges = Enumerable.Range(0, counts.Count + 1).Select(i => heatmap.Edges[Math.Min(i * each, buckets)]).ToArray();
        return new SpanPlace(all, Number(total, "below"), Number(total, "median"), edges, [.. counts], answer.Meta.IsPartial);
    }

    private static double Number(ResultTable table, string name) => table.Find(name) is { Count: > 0 } column && column[0] is { IsNumber: true } value ? value.AsDouble() : 0;
}
