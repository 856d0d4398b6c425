using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>Why a node stands where it stands, and what is odd about it.</summary>
[Flags]
public enum TraceFlaws : byte
{
    None = 0,

    /// <summary>The span is its own ancestor: it stands at the top, because it has no other place.</summary>
    Cycle = 1,

    /// <summary>An earlier span of the trace has the same id; that one has the children.</summary>
    DuplicateId = 2,

    /// <summary>The sender's end lies before its start.</summary>
    NegativeDuration = 4,
}

/// <summary>A place in the tree of a trace.</summary>
/// <param name="Item">The span or log record; null for a parent that is not among the spans.</param>
/// <param name="Id">The span's id, or the missing parent's; empty for a log record.</param>
/// <param name="Parent">Index of the node above, -1 at the top.</param>
/// <param name="Depth">Levels below the top, 0 for the top.</param>
/// <param name="Flaws">What is odd.</param>
public sealed record TraceNode(TraceItem? Item, string Id, int Parent, int Depth, TraceFlaws Flaws)
{
    /// <summary>Nodes below it at any depth; they follow it.</summary>
    public int Descendants { get; internal set; }

    /// <summary>Spans with errors among the descendants.</summary>
    public int Errors { get; internal set; }

    /// <summary>True for a parent that is not among the spans.</summary>
    public bool IsMissing => Item is null;

    public bool IsSpan => Item is { Kind: TraceItemKind.Span };
}

/// <summary>
/// The spans and log records of a trace as a tree, in the order of a waterfall: parents before children, siblings by start. Whatever the senders
/// did, every span has exactly one node and no time is changed: a span whose parent is missing stands under a node that says so, a span in a
/// cycle stands at the top, and of several spans with one id each has a node while the earliest of them has the children. Building takes
/// O(n log n) time and no stack.
/// </summary>
public sealed class TraceTree
{
    private readonly int[] _childStart;
    private readonly int[] _children;

    private TraceTree(ImmutableArray<TraceNode> nodes)
    {
        Nodes = nodes;
        (_childStart, _children) = Group(nodes.Length, nodes.Select(n => n.Parent).ToArray());
        foreach (var node in nodes)
        {
            if (node.Item is not { } item) continue;
            if (item.Kind == TraceItemKind.Span) Spans++;
            else Logs++;
            if (item is { Kind: TraceItemKind.Span, IsError: true }) Errors++;
            Levels = Math.Max(Levels, node.Depth + 1);
        }

        (StartUnixNs, EndUnixNs) = Extent(nodes, Spans > 0 ? TraceItemKind.Span : TraceItemKind.Log);
    }

    /// <summary>The nodes, depth first.</summary>
    public ImmutableArray<TraceNode> Nodes { get; }

    /// <summary>Earliest start of a span, Unix nanoseconds; of a log record without spans, 0 without both. Log records may lie before it and after the end.</summary>
    public long StartUnixNs { get; }

    /// <summary>Latest end, of the same.</summary>
    public long EndUnixNs { get; }

    public int Spans { get; }

    public int Logs { get; }

    /// <summary>Spans with errors.</summary>
    public int Errors { get; }

    /// <summary>Levels of the tree.</summary>
    public int Levels { get; }

    /// <summary>The first span without a parent, else the first span of all; -1 without spans.</summary>
    public int Root
    {
        get
        {
            var first = -1;
            for (var i = 0; i < Nodes.Length; i++)
            {
                if (!Nodes[i].IsSpan) continue;
                if (Nodes[i] is { Parent: < 0, Item.ParentId: null or "" }) return i;
                if (first < 0) first = i;
            }

            return first;
        }
    }

    /// <summary>The nodes directly below a node, by start.</summary>
    public ReadOnlySpan<int> ChildrenOf(int node) => _children.AsSpan(_childStart[node + 1], _childStart[node + 2] - _childStart[node + 1]);

    /// <summary>The nodes at the top.</summary>
    public ReadOnlySpan<int> Tops => _children.AsSpan(0, _childStart[1]);

    /// <summary>Builds the tree.</summary>
    public static TraceTree Build(IEnumerable<TraceItem> items)
    {
        var ordered = items.ToArray();
        Array.Sort(ordered, static (a, b) =>
        {
            var by = a.StartUnixNs.CompareTo(b.StartUnixNs);
            if (by == 0) by = a.Kind.CompareTo(b.Kind);
            return by != 0 ? by : string.CompareOrdinal(a.SpanId, b.SpanId);
        });
        return new TraceTree(new TreeBuilder(ordered).Nodes());
    }

    private static (long Start, long End) Extent(ImmutableArray<TraceNode> nodes, TraceItemKind kind)
    {
        var (start, end) = (long.MaxValue, 0L);
        foreach (var node in nodes)
            if (node.Item is { } item && item.Kind == kind) (start, end) = (Math.Min(start, item.StartUnixNs), Math.Max(end, item.EndUnixNs));
        return (Math.Min(start, end), end);
    }

    /// <summary>Lists by parent: those of parent p stand from <c>starts[p + 1]</c> to <c>starts[p + 2]</c>, in their order; p is -1 for none.</summary>
    internal static (int[] Starts, int[] Members) Group(int parents, int[] parentOf)
    {
        var starts = new int[parents + 2];
        foreach (var parent in parentOf)
            if (parent + 2 < starts.Length) starts[parent + 2]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        var next = starts.AsSpan().ToArray();
        var members = new int[parentOf.Length];
        for (var i = 0; i < parentOf.Length; i++) members[next[parentOf[i] + 1]++] = i;
        return (starts, members);
    }
}
