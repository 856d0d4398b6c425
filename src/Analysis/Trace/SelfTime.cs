namespace Analysis.Trace;

/// <summary>The time of a span in which none of its children ran: its length less the union of the children's, each cut to the span.</summary>
public static class SelfTime
{
    /// <summary>Self time by node, nanoseconds; 0 for what is no span. O(n): children stand by start.</summary>
    public static long[] Of(TraceTree tree)
    {
        var self = new long[tree.Nodes.Length];
        for (var i = 0; i < self.Length; i++)
        {
            if (tree.Nodes[i] is not { IsSpan: true, Item: { } span }) continue;
            var (covered, reach) = (0L, span.StartUnixNs);
            foreach (var child in tree.ChildrenOf(i))
            {
                if (tree.Nodes[child] is not { IsSpan: true, Item: { } below }) continue;
                var (from, to) = (Math.Max(reach, below.StartUnixNs), Math.Min(span.EndUnixNs, below.EndUnixNs));
                if (to <= from) continue;
                covered += to - from;
                reach = to;
            }

            self[i] = span.EndUnixNs - span.StartUnixNs - covered;
        }

        return self;
    }
}
