using System.Collections.Immutable;

namespace Analysis.Trace;

/// <summary>Why a row stands where it stands.</summary>
public enum TraceRowKind
{
    /// <summary>A span under its parent, or a root.</summary>
    Span,

    /// <summary>A span that is its own ancestor: shown at the top, because it has no place.</summary>
    Cycle,

    /// <summary>No span: a parent that is not among the spans, with its orphans below.</summary>
    MissingParent,
}

/// <summary>One row of a waterfall.</summary>
/// <param name="Kind">Why it is where it is.</param>
/// <param name="Span">The span; null for a missing parent.</param>
/// <param name="Id">The span's id, or the missing parent's.</param>
/// <param name="Depth">Levels below the top, 0 for the top.</param>
/// <param name="Children">Rows directly below it.</param>
/// <param name="Descendants">Rows below it at any depth; they follow it.</param>
/// <param name="Errors">Spans with errors among the descendants.</param>
public sealed record TraceRow(TraceRowKind Kind, TraceSpan? Span, string Id, int Depth, int Children, int Descendants, int Errors);

/// <summary>
/// The spans of a trace as a tree, in the order of a waterfall: parents before children, siblings by start. Whatever the senders did, every
/// span has exactly one row: a span whose parent is missing stands under a row that says so, a span in a cycle stands at the top, and of
/// several spans with one id each has a row while the first of them has the children.
/// </summary>
/// <param name="Rows">The rows.</param>
/// <param name="StartUnixNs">Earliest start, Unix nanoseconds; 0 without spans.</param>
/// <param name="EndUnixNs">Latest end.</param>
/// <param name="LeftOut">Spans beyond <see cref="MaxSpans"/>, the latest ones, which have no row.</param>
public sealed record TraceTree(ImmutableArray<TraceRow> Rows, long StartUnixNs, long EndUnixNs, int LeftOut)
{
    /// <summary>Spans that get rows.</summary>
    public const int MaxSpans = 10_000;

    /// <summary>Length of the whole trace in milliseconds.</summary>
    public double DurationMs => (EndUnixNs - StartUnixNs) / 1e6;

    /// <summary>Levels of the tree.</summary>
    public int Levels => Rows.IsEmpty ? 0 : Rows.Max(r => r.Depth) + 1;

    /// <summary>Builds the tree; takes time in proportion to the spans, and no stack.</summary>
    public static TraceTree Build(IEnumerable<TraceSpan> spans)
    {
        var ordered = spans.OrderBy(s => s.StartUnixNs).ThenBy(s => s.SpanId, StringComparer.Ordinal).ToList();
        var leftOut = Math.Max(0, ordered.Count - MaxSpans);
        if (leftOut > 0) ordered.RemoveRange(MaxSpans, leftOut);
        if (ordered.Count == 0) return new TraceTree([], 0, 0, 0);

        var rows = new Builder(ordered).Rows();
        return new TraceTree(rows, ordered.Min(s => s.StartUnixNs), ordered.Max(s => s.EndUnixNs), leftOut);
    }

    private sealed class Builder
    {
        private readonly List<TraceSpan> _spans;
        private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
        private readonly List<int>?[] _children;
        private readonly Dictionary<string, List<int>> _orphans = new(StringComparer.Ordinal);
        private readonly List<int> _roots = [];
        private readonly bool[] _placed;
        private readonly List<TraceRow> _rows = [];

        public Builder(List<TraceSpan> spans)
        {
            _spans = spans;
            _children = new List<int>?[spans.Count];
            _placed = new bool[spans.Count];
            for (var i = 0; i < spans.Count; i++) _byId.TryAdd(spans[i].SpanId, i);
            for (var i = 0; i < spans.Count; i++) Link(i);
        }

        public ImmutableArray<TraceRow> Rows()
        {
            foreach (var root in _roots) Place(root, 0, TraceRowKind.Span);
            foreach (var (parent, orphans) in _orphans.OrderBy(o => _spans[o.Value[0]].StartUnixNs))
            {
                var at = _rows.Count;
                _rows.Add(new TraceRow(TraceRowKind.MissingParent, null, parent, 0, orphans.Count, 0, 0));
                foreach (var orphan in orphans) Place(orphan, 1, TraceRowKind.Span);
                Total(at);
            }

            // What is left hangs below no root: it goes round in circles. The earliest span of each circle comes first.
            for (var i = 0; i < _spans.Count; i++)
                if (!_placed[i]) Place(i, 0, TraceRowKind.Cycle);
            return [.. _rows];
        }

        private void Link(int index)
        {
            var parent = _spans[index].ParentId;
            if (string.IsNullOrEmpty(parent)) _roots.Add(index);
            else if (_byId.TryGetValue(parent, out var known)) (_children[known] ??= []).Add(index);
            else if (_orphans.TryGetValue(parent, out var siblings)) siblings.Add(index);
            else _orphans.Add(parent, [index]);
        }

        // Depth first with a stack of our own: a chain of 10,000 spans is a legal trace.
        private void Place(int start, int depth, TraceRowKind kind)
        {
            var open = new Stack<(int Span, int Depth, int Row)>();
            open.Push((start, depth, -1));
            while (open.TryPop(out var next))
            {
                if (next.Row >= 0)
                {
                    Total(next.Row);
                    continue;
                }

                if (_placed[next.Span]) continue;
                _placed[next.Span] = true;
                var children = _children[next.Span]?.Where(c => !_placed[c]).ToList() ?? [];
                open.Push((next.Span, next.Depth, _rows.Count));
                _rows.Add(new TraceRow(next.Span == start ? kind : TraceRowKind.Span, _spans[next.Span], _spans[next.Span].SpanId, next.Depth, children.Count, 0, 0));
                for (var i = children.Count - 1; i >= 0; i--) open.Push((children[i], next.Depth + 1, -1));
            }
        }

        // The rows after this one are all its descendants: it was the last that was opened.
        private void Total(int row)
        {
            var errors = 0;
            for (var i = row + 1; i < _rows.Count;)
            {
                errors += _rows[i].Errors + (_rows[i].Span is { IsError: true } ? 1 : 0);
                i += _rows[i].Descendants + 1;
            }

            _rows[row] = _rows[row] with { Descendants = _rows.Count - row - 1, Errors = errors };
        }
    }
}
