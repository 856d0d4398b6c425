using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>A trace with everything that its views show of it.</summary>
/// <param name="Tree">Its tree.</param>
/// <param name="SelfNs">Self time by node, see <see cref="SelfTime"/>.</param>
/// <param name="SkewNs">Clock skew by node, see <see cref="ClockSkew"/>.</param>
/// <param name="Path">The critical path.</param>
/// <param name="Repeats">The repeated siblings.</param>
/// <param name="Marks">Span events and links, with the nodes they stand on; those of spans that are not there are left out.</param>
public sealed record TraceModel(
    TraceTree Tree, long[] SelfNs, long[] SkewNs, ImmutableArray<PathStretch> Path, Repeats Repeats, ImmutableArray<(int Node, TraceMark Mark)> Marks)
{
    /// <summary>Makes the model of a trace's events.</summary>
    public static TraceModel Build(TraceEvents events)
    {
        var tree = TraceTree.Build(events.Items);
        var byId = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < tree.Nodes.Length; i++)
            if (tree.Nodes[i].IsSpan && !tree.Nodes[i].Flaws.HasFlag(TraceFlaws.DuplicateId)) byId.TryAdd(tree.Nodes[i].Id, i);
        var marks = events.Marks.Where(m => byId.ContainsKey(m.SpanId)).Select(m => (byId[m.SpanId], m)).ToImmutableArray();
        return new TraceModel(tree, SelfTime.Of(tree), ClockSkew.Of(tree), CriticalPath.Of(tree), Repeats.In(tree), marks);
    }
}
