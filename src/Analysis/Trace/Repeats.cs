using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>Siblings that are one operation again and again, shown as one row until they are asked for.</summary>
/// <param name="Parent">The node above them, -1 at the top.</param>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many there are.</param>
/// <param name="TotalNs">The sum of their lengths.</param>
/// <param name="StartUnixNs">Start of the first.</param>
/// <param name="EndUnixNs">End of the last to end.</param>
/// <param name="Errors">Spans with errors among them and below.</param>
public sealed record Repeat(int Parent, int First, int Count, long TotalNs, long StartUnixNs, long EndUnixNs, int Errors);

/// <summary>The repeated siblings of a trace.</summary>
/// <param name="All">The repeats.</param>
/// <param name="Of">By node: the repeat that it belongs to, -1 for none.</param>
public sealed record Repeats(ImmutableArray<Repeat> All, int[] Of)
{
    /// <summary>Siblings of one service and name that make a repeat: from here on a list says less than its sum.</summary>
    public const int Least = 5;

    /// <summary>Finds them, in O(n).</summary>
    public static Repeats In(TraceTree tree)
    {
        var of = new int[tree.Nodes.Length];
        Array.Fill(of, -1);
        var all = ImmutableArray.CreateBuilder<Repeat>();
        for (var parent = -1; parent < tree.Nodes.Length; parent++) Find(tree, parent, all, of);
        return new Repeats(all.ToImmutable(), of);
    }

    private static void Find(TraceTree tree, int parent, ImmutableArray<Repeat>.Builder all, int[] of)
    {
        var siblings = parent < 0 ? tree.Tops : tree.ChildrenOf(parent);
        if (siblings.Length < Least) return;
        var alike = new Dictionary<(string, string), List<int>>();
        foreach (var node in siblings)
        {
            if (tree.Nodes[node] is not { IsSpan: true, Item: { } span }) continue;
            if (alike.TryGetValue((span.Service, span.Name), out var known)) known.Add(node);
            else alike.Add((span.Service, span.Name), [node]);
        }

        foreach (var members in alike.Values)
        {
            if (members.Count < Least) continue;
            foreach (var node in members) of[node] = all.Count;
            var nodes = members.ConvertAll(m => tree.Nodes[m]);
            all.Add(new Repeat(
                parent, members[0], members.Count, nodes.Sum(n => Math.Max(0, n.Item!.DurationNs)), nodes[0].Item!.StartUnixNs, nodes.Max(n => n.Item!.EndUnixNs),
                nodes.Sum(n => n.Errors + (n.Item!.IsError ? 1 : 0))));
        }
    }
}
