using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>What one of two traces does at one place of their common structure.</summary>
/// <param name="Count">Spans; 0 where the trace does not come here.</param>
/// <param name="TotalNs">Sum of their lengths.</param>
/// <param name="SelfNs">Sum of their self times.</param>
/// <param name="Errors">Spans with errors.</param>
public readonly record struct DiffSide(int Count, long TotalNs, long SelfNs, int Errors);

/// <summary>A place of the common structure: an operation called by the operation above it.</summary>
/// <param name="Depth">Levels below the top.</param>
/// <param name="Service">The service.</param>
/// <param name="Name">The operation; empty for a parent that is missing.</param>
/// <param name="A">The first trace here.</param>
/// <param name="B">The second trace here.</param>
public sealed record DiffRow(int Depth, string Service, string Name, DiffSide A, DiffSide B)
{
    /// <summary>How much longer the second is, nanoseconds.</summary>
    public long ChangeNs => B.TotalNs - A.TotalNs;
}

/// <summary>
/// Two traces laid over each other by their paths: spans are the same place when their service and name are, and those of all their ancestors. Repeated
/// siblings are one place with a count.
/// </summary>
/// <param name="Rows">The places, depth first, those of the first trace before those that only the second has.</param>
/// <param name="LeftOut">Places beyond <see cref="MaxRows"/>.</param>
public sealed record TraceDiff(ImmutableArray<DiffRow> Rows, int LeftOut)
{
    /// <summary>Places that are kept: more are no comparison that a person reads.</summary>
    public const int MaxRows = 20_000;

    /// <summary>Lays the traces over each other, in O(n log n) and without recursion.</summary>
    public static TraceDiff Of(TraceModel a, TraceModel b)
    {
        var rows = ImmutableArray.CreateBuilder<DiffRow>();
        var leftOut = 0;
        var open = new Stack<(List<int> A, List<int> B, int Depth)>();
        Push(open, a, b, Spans(a, a.Tree.Tops), Spans(b, b.Tree.Tops), 0);
        while (open.TryPop(out var place))
        {
            if (rows.Count < MaxRows) rows.Add(Row(a, b, place.A, place.B, place.Depth));
            else leftOut++;
            Push(open, a, b, Below(a, place.A), Below(b, place.B), place.Depth + 1);
        }

        return new TraceDiff(rows.ToImmutable(), leftOut);
    }

    private static void Push(Stack<(List<int> A, List<int> B, int Depth)> open, TraceModel a, TraceModel b, List<int> nodesA, List<int> nodesB, int depth)
    {
        var places = new Dictionary<(string, string), (List<int> A, List<int> B)>();
        var order = new List<(List<int> A, List<int> B)>();
        foreach (var node in nodesA) Place(a, node).A.Add(node);
        foreach (var node in nodesB) Place(b, node).B.Add(node);
        for (var i = order.Count - 1; i >= 0; i--) open.Push((order[i].A, order[i].B, depth));

        (List<int> A, List<int> B) Place(TraceModel model, int node)
        {
            var item = model.Tree.Nodes[node].Item;
            var key = (item?.Service ?? "", item?.Name ?? "");
            if (places.TryGetValue(key, out var known)) return known;
            places.Add(key, known = ([], []));
            order.Add(known);
            return known;
        }
    }

    private static DiffRow Row(TraceModel a, TraceModel b, List<int> nodesA, List<int> nodesB, int depth)
    {
        var item = nodesA.Count > 0 ? a.Tree.Nodes[nodesA[0]].Item : b.Tree.Nodes[nodesB[0]].Item;
        return new DiffRow(depth, item?.Service ?? "", item?.Name ?? "", Side(a, nodesA), Side(b, nodesB));
    }

    private static DiffSide Side(TraceModel model, List<int> nodes)
    {
        var items = nodes.ConvertAll(n => model.Tree.Nodes[n].Item);
        return new DiffSide(nodes.Count, items.Sum(i => Math.Max(0, i?.DurationNs ?? 0)), nodes.Sum(n => model.SelfNs[n]), items.Count(i => i is { IsError: true }));
    }

    private static List<int> Below(TraceModel model, List<int> nodes)
    {
        var below = new List<int>();
        foreach (var node in nodes) below.AddRange(Spans(model, model.Tree.ChildrenOf(node)));
        return below;
    }

    private static List<int> Spans(TraceModel model, ReadOnlySpan<int> nodes)
    {
        var spans = new List<int>(nodes.Length);
        foreach (var node in nodes)
            if (model.Tree.Nodes[node].Item is not { Kind: TraceItemKind.Log }) spans.Add(node);
        return spans;
    }
}
