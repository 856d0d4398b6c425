namespace Analysis.Trace;

/// <summary>
/// Where a child cannot have run when it says it did: it starts before its parent, or, as the server's side of a call, ends after the client's.
/// Between services that is a difference of clocks. It is shown, and nothing is moved.
/// </summary>
public static class ClockSkew
{
    /// <summary>Senders that round to microseconds are not skewed.</summary>
    private const long Rounding = 1_000;

    /// <summary>By node, nanoseconds: negative where it is too early, positive where it is too late, 0 where nothing is wrong.</summary>
    public static long[] Of(TraceTree tree)
    {
        var skew = new long[tree.Nodes.Length];
        for (var i = 0; i < skew.Length; i++)
        {
            if (tree.Nodes[i] is not { IsSpan: true, Parent: >= 0, Item: { } span } node || tree.Nodes[node.Parent].Item is not { } parent) continue;
            var early = span.StartUnixNs - parent.StartUnixNs;
            var late = span.EndUnixNs - parent.EndUnixNs;
            var isCall = span.SpanKind == "server" && parent.SpanKind == "client" && span.DurationNs <= parent.DurationNs;
            if (early < -Rounding) skew[i] = early;
            else if (isCall && late > Rounding) skew[i] = late;
        }

        return skew;
    }

    /// <summary>The greatest skew of each service against a parent in another, the greatest first; services without any are left out.</summary>
    public static IReadOnlyList<(string Service, long SkewNs)> ByService(TraceTree tree, long[] skew)
    {
        var most = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < skew.Length; i++)
        {
            if (skew[i] == 0 || tree.Nodes[i].Item is not { } span || tree.Nodes[tree.Nodes[i].Parent].Item!.Service == span.Service) continue;
            if (!most.TryGetValue(span.Service, out var known) || Math.Abs(skew[i]) > Math.Abs(known)) most[span.Service] = skew[i];
        }

        return [.. most.OrderByDescending(m => Math.Abs(m.Value)).ThenBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, m.Value))];
    }
}
