using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>Spans of a trace that have one value.</summary>
/// <param name="Value">The value; null for spans without one.</param>
/// <param name="Count">Spans.</param>
/// <param name="TotalNs">Sum of their lengths; those that run at once count each.</param>
/// <param name="SelfNs">Sum of their self times: over all groups of a trace without gaps or overlaps, its length.</param>
/// <param name="MeanNs">Mean length.</param>
/// <param name="P95Ns">95th percentile of the lengths, by nearest rank: the length of one of the spans.</param>
/// <param name="MaxNs">Greatest length.</param>
/// <param name="Errors">Spans with errors.</param>
public sealed record SpanGroup(string? Value, int Count, long TotalNs, long SelfNs, long MeanNs, long P95Ns, long MaxNs, int Errors);

/// <summary>The spans of one trace, by the values of a column.</summary>
/// <param name="Groups">The groups, most self time first.</param>
/// <param name="All">All spans as one group.</param>
/// <param name="LeftOut">Groups beyond <see cref="MaxGroups"/>, which are only in <paramref name="All"/>.</param>
public sealed record TraceStatistics(ImmutableArray<SpanGroup> Groups, SpanGroup All, int LeftOut)
{
    /// <summary>Groups that are kept, those with the most self time.</summary>
    public const int MaxGroups = 10_000;

    /// <summary>Groups the spans. O(n log n).</summary>
    /// <param name="model">The trace.</param>
    /// <param name="valueOf">The value of a span; null for none.</param>
    public static TraceStatistics By(TraceModel model, Func<TraceItem, string?> valueOf)
    {
        // A dictionary has no null key: what has no value is under its own.
        var byValue = new Dictionary<(bool HasValue, string Value), List<int>>();
        var all = new List<int>();
        for (var i = 0; i < model.Tree.Nodes.Length; i++)
        {
            if (model.Tree.Nodes[i] is not { IsSpan: true, Item: { } span }) continue;
            var value = valueOf(span);
            var key = (value is not null, value ?? "");
            if (byValue.TryGetValue(key, out var known)) known.Add(i);
            else byValue.Add(key, [i]);
            all.Add(i);
        }

        var groups = byValue.Select(g => Sum(model, g.Key.HasValue ? g.Key.Value : null, g.Value)).OrderByDescending(g => g.SelfNs).ThenBy(g => g.Value, StringComparer.Ordinal).ToList();
        return new TraceStatistics([.. groups.Take(MaxGroups)], Sum(model, null, all), Math.Max(0, groups.Count - MaxGroups));
    }

    private static SpanGroup Sum(TraceModel model, string? value, List<int> nodes)
    {
        if (nodes.Count == 0) return new SpanGroup(value, 0, 0, 0, 0, 0, 0, 0);
        var lengths = nodes.Select(n => Math.Max(0, model.Tree.Nodes[n].Item!.DurationNs)).Order().ToArray();
        var rank = (int)Math.Ceiling(lengths.Length * 0.95) - 1;
        var total = lengths.Sum();
        return new SpanGroup(
            value, nodes.Count, total, nodes.Sum(n => model.SelfNs[n]), total / nodes.Count, lengths[rank], lengths[^1], nodes.Count(n => model.Tree.Nodes[n].Item!.IsError));
    }
}
