using Analysis.Trace;
using FsCheck;
using FsCheck.Fluent;

namespace Analysis.Tests.Trace;

public sealed class TraceTreeTests
{
    [Fact]
    public void Children_stand_under_their_parents_by_start()
    {
        var tree = TraceTree.Build([Span("c", "a", 30), Span("a", null, 10), Span("b", "a", 20), Span("d", "b", 25, error: true)]);
        Shape(tree).ShouldBe(["a", " b", "  d", " c"]);
        tree.Rows[0].ShouldSatisfyAllConditions(r => r.Children.ShouldBe(2), r => r.Descendants.ShouldBe(3), r => r.Errors.ShouldBe(1));
        (tree.StartUnixNs, tree.EndUnixNs, tree.Levels).ShouldBe((10, 30 + 1_000_000, 3));
    }

    [Fact]
    public void Orphans_stand_under_a_row_that_names_their_parent()
    {
        var tree = TraceTree.Build([Span("a", null, 10), Span("b", "gone", 20), Span("c", "gone", 30), Span("d", "b", 35)]);
        Shape(tree).ShouldBe(["a", "(gone)", " b", "  d", " c"]);
        tree.Rows[1].ShouldSatisfyAllConditions(r => r.Kind.ShouldBe(TraceRowKind.MissingParent), r => r.Children.ShouldBe(2), r => r.Descendants.ShouldBe(3));
    }

    [Fact]
    public void Several_roots_are_all_shown() => Shape(TraceTree.Build([Span("b", null, 20), Span("a", null, 10)])).ShouldBe(["a", "b"]);

    [Fact]
    public void Spans_in_a_circle_are_shown_once()
    {
        var tree = TraceTree.Build([Span("r", null, 5), Span("a", "c", 10), Span("b", "a", 20), Span("c", "b", 30), Span("self", "self", 40)]);
        Shape(tree).ShouldBe(["r", "a", " b", "  c", "self"]);
        tree.Rows.Where(r => r.Kind == TraceRowKind.Cycle).Select(r => r.Id).ShouldBe(["a", "self"]);
    }

    [Fact]
    public void One_id_used_twice_gives_two_rows() =>
        Shape(TraceTree.Build([Span("a", null, 10), Span("a", null, 20), Span("b", "a", 30)])).ShouldBe(["a", " b", "a"]);

    [Fact]
    public void A_deep_chain_needs_no_stack()
    {
        var tree = TraceTree.Build(Enumerable.Range(0, TraceTree.MaxSpans).Select(i => Span($"s{i}", i == 0 ? null : $"s{i - 1}", i)));
        tree.Rows.Length.ShouldBe(TraceTree.MaxSpans);
        tree.Rows[^1].Depth.ShouldBe(TraceTree.MaxSpans - 1);
        tree.Rows[0].Descendants.ShouldBe(TraceTree.MaxSpans - 1);
    }

    [Fact]
    public void Spans_beyond_the_bound_are_counted()
    {
        var tree = TraceTree.Build(Enumerable.Range(0, TraceTree.MaxSpans + 5).Select(i => Span($"s{i}", i == 0 ? null : "s0", i)));
        (tree.Rows.Length, tree.LeftOut).ShouldBe((TraceTree.MaxSpans, 5));
    }

    [Fact]
    public void Nothing_gives_nothing() => TraceTree.Build([]).Rows.ShouldBeEmpty();

    [Fact]
    public void A_negative_length_ends_at_its_start() => Span("a", null, 10, duration: -5).EndUnixNs.ShouldBe(10);

    [Fact]
    public void Every_span_has_one_row_and_every_subtree_follows_its_top() => Prop.ForAll(
        Gen.Choose(0, 12).Two().ListOf().Select(links => links.Select((l, i) => Span($"s{l.Item1}", l.Item2 == 0 ? null : $"s{l.Item2}", i)).ToList()).ToArbitrary(),
        spans =>
        {
            var rows = TraceTree.Build(spans).Rows;
            var everySpan = rows.Count(r => r.Span is not null) == spans.Count && spans.TrueForAll(s => rows.Any(r => ReferenceEquals(r.Span, s)));
            var nested = Enumerable.Range(0, rows.Length).All(i =>
                Enumerable.Range(i + 1, rows[i].Descendants).All(j => rows[j].Depth > rows[i].Depth) && (i + rows[i].Descendants + 1 >= rows.Length || rows[i + rows[i].Descendants + 1].Depth <= rows[i].Depth));
            return everySpan && nested;
        }).QuickCheckThrowOnFailure();

    private static TraceSpan Span(string id, string? parent, long start, double duration = 1, bool error = false) => new(id, parent, id, "service", start, duration, error);

    private static IEnumerable<string> Shape(TraceTree tree) => tree.Rows.Select(r => new string(' ', r.Depth) + (r.Span is null ? $"({r.Id})" : r.Id));
}
