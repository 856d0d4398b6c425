using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>A stretch of the critical path: time in which the trace waited for this span's own work.</summary>
/// <param name="Node">The span's node.</param>
/// <param name="StartUnixNs">Start, Unix nanoseconds.</param>
/// <param name="EndUnixNs">End.</param>
public readonly record struct PathStretch(int Node, long StartUnixNs, long EndUnixNs);

/// <summary>
/// The critical path by the last returning child, as CRISP has it (Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
/// Architectures", USENIX ATC 2022, section 3): from the root's end backwards, the path goes into the child that ended last, leaves it at its
/// start, and goes on with the child that had ended last by then; what no child covers is the span's own. The stretches follow each other without
/// gap or overlap and add up to the root's length.
/// <para>Three rules for what CRISP leaves open. A child that outlasts its parent, or begins before it, counts as far as it lies in the parent's
/// stretch: clocks differ. A consumer is not waited for, since its producer is done when the message is sent. Nothing of zero length is on the path.</para>
/// </summary>
public static class CriticalPath
{
    /// <summary>The stretches by time; none without spans. O(n log n), without recursion.</summary>
    public static ImmutableArray<PathStretch> Of(TraceTree tree)
    {
        if (tree.Root is not (>= 0 and var root)) return [];
        var stretches = ImmutableArray.CreateBuilder<PathStretch>();
        var open = new Stack<PathStretch>();
        var span = tree.Nodes[root].Item!;
        open.Push(new PathStretch(root, span.StartUnixNs, span.EndUnixNs));
        while (open.TryPop(out var whole)) Split(tree, whole, stretches, open);
        stretches.Sort(static (a, b) => a.StartUnixNs.CompareTo(b.StartUnixNs));
        return stretches.ToImmutable();
    }

    // A stretch that was given to a span becomes stretches of its own and, still to be split, of its children.
    private static void Split(TraceTree tree, PathStretch whole, ImmutableArray<PathStretch>.Builder own, Stack<PathStretch> open)
    {
        var at = whole.EndUnixNs;
        foreach (var child in LastFirst(tree, whole))
        {
            if (child.EndUnixNs > at) continue;
            if (child.EndUnixNs < at) own.Add(new PathStretch(whole.Node, child.EndUnixNs, at));
            open.Push(child);
            at = child.StartUnixNs;
        }

        if (at > whole.StartUnixNs) own.Add(new PathStretch(whole.Node, whole.StartUnixNs, at));
    }

    private static List<PathStretch> LastFirst(TraceTree tree, PathStretch whole)
    {
        var children = new List<PathStretch>();
        foreach (var child in tree.ChildrenOf(whole.Node))
        {
            if (tree.Nodes[child] is not { IsSpan: true, Item: { SpanKind: not "consumer" } span }) continue;
            var (start, end) = (Math.Max(span.StartUnixNs, whole.StartUnixNs), Math.Min(span.EndUnixNs, whole.EndUnixNs));
            if (end > start) children.Add(new PathStretch(child, start, end));
        }

        // Of two that end at once, the one that began first covers more.
        children.Sort(static (a, b) => a.EndUnixNs != b.EndUnixNs ? b.EndUnixNs.CompareTo(a.EndUnixNs) : a.StartUnixNs.CompareTo(b.StartUnixNs));
        return children;
    }
}
