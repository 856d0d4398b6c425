using System.Collections.Immutable;

namespace Analysis.Services;

/// <summary>A node's place.</summary>
/// <param name="Node">The node.</param>
/// <param name="Layer">Its column, from the left.</param>
/// <param name="Row">Its place in the column, from the top; columns are centred by halves.</param>
public sealed record PlacedNode(MapNode Node, int Layer, double Row);

/// <summary>
/// The map in columns, callers left of whom they call: after Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System
/// Structures" (IEEE Transactions SMC-11, 1981): calls that close a circle are turned, a node stands one column right of its last caller, and
/// within a column nodes are sorted by the mean place of their neighbours, which keeps crossings few.
/// </summary>
/// <param name="Nodes">The nodes, column by column.</param>
/// <param name="Layers">Columns.</param>
/// <param name="Rows">Rows of the longest column.</param>
/// <param name="Routes">For calls that pass columns, the rows in which they pass each of these, from the left; no node stands there.</param>
public sealed record MapLayout(ImmutableArray<PlacedNode> Nodes, int Layers, int Rows, IReadOnlyDictionary<(MapNode From, MapNode To), ImmutableArray<double>> Routes)
{
    private const int Sweeps = 8;

    /// <summary>Places the nodes of the edges, and further ones that have no edge. Equal maps are placed equally.</summary>
    public static MapLayout Of(IReadOnlyList<MapEdge> edges, IEnumerable<MapNode> alone)
    {
        var nodes = edges.SelectMany(e => new[] { e.From, e.To }).Concat(alone).Distinct().OrderBy(n => n.Kind).ThenBy(n => n.Name, StringComparer.Ordinal).ToList();
        var index = nodes.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);
        var calls = edges.Select(e => (From: index[e.From], To: index[e.To])).Where(c => c.From != c.To).Distinct().ToList();
        var layers = LayersOf(nodes.Count, Acyclic(nodes.Count, calls)).ToList();
        var (links, passages) = Passages(calls, layers);
        var columns = Enumerable.Range(0, layers.Count == 0 ? 0 : layers.Max() + 1).Select(l => Enumerable.Range(0, layers.Count).Where(n => layers[n] == l).ToList()).ToList();
        SortRows(columns, links, layers.Count);
        var rows = columns.Count == 0 ? 0 : columns.Max(c => c.Count);
        var place = new double[layers.Count];
        foreach (var column in columns)
            for (var row = 0; row < column.Count; row++) place[column[row]] = row + (rows - column.Count) / 2.0;
        return new MapLayout(
            [.. columns.SelectMany((column, layer) => column.Where(n => n < nodes.Count).Select(n => new PlacedNode(nodes[n], layer, place[n])))], columns.Count, rows,
            passages.ToDictionary(p => (nodes[p.Key.From], nodes[p.Key.To]), p => p.Value.Select(n => place[n]).ToImmutableArray()));
    }

    // A call that passes columns holds a place in each of them, so that its line need not run through nodes.
    private static (List<(int From, int To)> Links, Dictionary<(int From, int To), List<int>> Passages) Passages(List<(int From, int To)> calls, List<int> layers)
    {
        var (links, passages) = (new List<(int, int)>(), new Dictionary<(int, int), List<int>>());
        foreach (var (from, to) in calls)
        {
            var (at, held) = (from, new List<int>());
            for (var layer = layers[from] + 1; layer < layers[to]; layer++)
            {
                layers.Add(layer);
                held.Add(layers.Count - 1);
                links.Add((at, layers.Count - 1));
                at = layers.Count - 1;
            }

            links.Add((at, to));
            if (held.Count > 0) passages.Add((from, to), held);
        }

        return (links, passages);
    }

    // Depth first from those whom nobody calls; a call of somebody who is still being visited is turned.
    private static List<(int From, int To)> Acyclic(int count, List<(int From, int To)> calls)
    {
        var (state, kept) = (new byte[count], new List<(int, int)>());
        var outgoing = calls.ToLookup(c => c.From, c => c.To);
        var called = calls.Select(c => c.To).ToHashSet();
        foreach (var start in Enumerable.Range(0, count).OrderBy(called.Contains))
        {
            if (state[start] != 0) continue;
            var open = new Stack<(int Node, IEnumerator<int> Next)>();
            open.Push((start, outgoing[start].GetEnumerator()));
            state[start] = 1;
            while (open.TryPeek(out var top))
            {
                if (!top.Next.MoveNext())
                {
                    state[top.Node] = 2;
                    open.Pop();
                    continue;
                }

                var to = top.Next.Current;
                kept.Add(state[to] == 1 ? (to, top.Node) : (top.Node, to));
                if (state[to] != 0) continue;
                state[to] = 1;
                open.Push((to, outgoing[to].GetEnumerator()));
            }
        }

        return kept;
    }

    private static int[] LayersOf(int count, List<(int From, int To)> calls)
    {
        var (layers, waiting) = (new int[count], new int[count]);
        var outgoing = calls.ToLookup(c => c.From, c => c.To);
        foreach (var (_, to) in calls) waiting[to]++;
        var ready = new Queue<int>(Enumerable.Range(0, count).Where(n => waiting[n] == 0));
        while (ready.TryDequeue(out var node))
        {
            foreach (var to in outgoing[node])
            {
                layers[to] = Math.Max(layers[to], layers[node] + 1);
                if (--waiting[to] == 0) ready.Enqueue(to);
            }
        }

        return layers;
    }

    private static void SortRows(List<List<int>> columns, List<(int From, int To)> calls, int count)
    {
        var neighbours = calls.Concat(calls.Select(c => (From: c.To, To: c.From))).ToLookup(c => c.From, c => c.To);
        var place = new double[count];
        void Place()
        {
            foreach (var column in columns)
                for (var row = 0; row < column.Count; row++) place[column[row]] = row - column.Count / 2.0;
        }

        Place();
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            foreach (var column in sweep % 2 == 0 ? columns : Enumerable.Reverse(columns))
            {
                var means = column.ToDictionary(n => n, n => neighbours[n].Any() ? neighbours[n].Average(m => place[m]) : place[n]);
                var sorted = column.OrderBy(n => means[n]).ToList();
                column.Clear();
                column.AddRange(sorted);
                Place();
            }
        }
    }
}
