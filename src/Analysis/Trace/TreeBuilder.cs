using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>Finds a place for every span and log record of a trace.</summary>
/// <param name="items">The spans and log records by start.</param>
internal sealed class TreeBuilder(TraceItem[] items)
{
    /// <summary>In place of a parent: the item names none.</summary>
    private const int None = -1;

    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly int[] _parents = new int[items.Length];
    private readonly TraceFlaws[] _flaws = new TraceFlaws[items.Length];

    // Parents that are not there, in the order of their first orphans; an orphan's parent is the number of items and its place here.
    private readonly List<string> _missing = [];
    private readonly List<TraceNode> _nodes = new(items.Length);

    /// <summary>The nodes, depth first.</summary>
    public ImmutableArray<TraceNode> Nodes()
    {
        Index();
        Link();
        CutCycles();
        var (starts, members) = TraceTree.Group(items.Length + _missing.Count, _parents);
        for (var i = starts[0]; i < starts[1]; i++)
            if (!_flaws[members[i]].HasFlag(TraceFlaws.Cycle)) Place(members[i], starts, members);
        for (var missing = 0; missing < _missing.Count; missing++) Place(items.Length + missing, starts, members);
        for (var i = starts[0]; i < starts[1]; i++)
            if (_flaws[members[i]].HasFlag(TraceFlaws.Cycle)) Place(members[i], starts, members);
        Total();
        return [.. _nodes];
    }

    private void Index()
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].DurationNs < 0) _flaws[i] |= TraceFlaws.NegativeDuration;
            if (items[i].Kind == TraceItemKind.Span && !_byId.TryAdd(items[i].SpanId, i)) _flaws[i] |= TraceFlaws.DuplicateId;
        }
    }

    private void Link()
    {
        var missing = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < items.Length; i++)
        {
            var parent = items[i].ParentId;
            if (string.IsNullOrEmpty(parent)) _parents[i] = None;
            else if (_byId.TryGetValue(parent, out var known)) _parents[i] = known;
            else
            {
                if (!missing.TryGetValue(parent, out var place))
                {
                    missing.Add(parent, place = _missing.Count);
                    _missing.Add(parent);
                }

                _parents[i] = items.Length + place;
            }
        }
    }

    // Whoever goes up from a span and comes back to it is in a cycle: the earliest span of each cycle goes to the top, the rest hang below it.
    private void CutCycles()
    {
        var seenBy = new int[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            var at = i;
            while (at >= 0 && at < items.Length && seenBy[at] == 0)
            {
                seenBy[at] = i + 1;
                at = _parents[at];
            }

            if (at < 0 || at >= items.Length || seenBy[at] != i + 1) continue;
            var earliest = at;
            for (var other = _parents[at]; other != at; other = _parents[other]) earliest = Math.Min(earliest, other);
            _parents[earliest] = None;
            _flaws[earliest] |= TraceFlaws.Cycle;
        }
    }

    // Depth first with a stack of our own: a chain of 100,000 spans is a legal trace.
    private void Place(int top, int[] starts, int[] members)
    {
        var open = new Stack<(int Item, int Parent, int Depth)>();
        open.Push((top, None, 0));
        while (open.TryPop(out var next))
        {
            var node = _nodes.Count;
            _nodes.Add(next.Item < items.Length
                ? new TraceNode(items[next.Item], items[next.Item].SpanId, next.Parent, next.Depth, _flaws[next.Item])
                : new TraceNode(null, _missing[next.Item - items.Length], next.Parent, next.Depth, TraceFlaws.None));
            for (var i = starts[next.Item + 2] - 1; i >= starts[next.Item + 1]; i--) open.Push((members[i], node, next.Depth + 1));
        }
    }

    private void Total()
    {
        for (var i = _nodes.Count - 1; i >= 0; i--)
        {
            if (_nodes[i].Parent < 0) continue;
            var parent = _nodes[_nodes[i].Parent];
            parent.Descendants += _nodes[i].Descendants + 1;
            parent.Errors += _nodes[i].Errors + (_nodes[i] is { IsSpan: true, Item.IsError: true } ? 1 : 0);
        }
    }
}
