using Analysis.Trace;
using FsCheck;
using FsCheck.Fluent;
using static Analysis.Tests.Trace.Spans;

namespace Analysis.Tests.Trace;

public sealed class TraceTreeTests
{
    [Fact]
    public void Children_stand_under_their_parents_by_start()
    {
        var tree = TraceTree.Build([Span("c", "a", 30), Span("a", null, 10), Span("b", "a", 20), Span("d", "b", 25, error: true)]);
        Shape(tree).ShouldBe(["a", " b", "  d", " c"]);
        tree.Nodes[0].ShouldSatisfyAllConditions(n => n.Descendants.ShouldBe(3), n => n.Errors.ShouldBe(1));
        (tree.StartUnixNs, tree.EndUnixNs, tree.Levels, tree.Spans, tree.Errors, tree.Root).ShouldBe((10, 40, 3, 4, 1, 0));
    }

    [Fact]
    public void Orphans_stand_under_a_node_that_names_their_parent()
    {
        var tree = TraceTree.Build([Span("a", null, 10), Span("b", "gone", 20), Span("c", "gone", 30), Span("d", "b", 35)]);
        Shape(tree).ShouldBe(["a", "(gone)", " b", "  d", " c"]);
        tree.Nodes[1].ShouldSatisfyAllConditions(n => n.IsMissing.ShouldBeTrue(), n => n.Descendants.ShouldBe(3));
        tree.ChildrenOf(1).ToArray().ShouldBe([2, 4]);
    }

    [Fact]
    public void Log_records_stand_at_their_time_among_what_their_span_called()
    {
        var tree = TraceTree.Build([Span("a", null, 10), Span("b", "a", 20), Span("c", "a", 30), Log("a", 25, "said"), Log(null, 5, "alone"), Log("gone", 50, "lost")]);
        Shape(tree).ShouldBe(["alone", "a", " b", " said", " c", "(gone)", " lost"]);
        (tree.Spans, tree.Logs, tree.Nodes[tree.Root].Id).ShouldBe((3, 3, "a"));
    }

    [Fact]
    public void Several_roots_are_all_shown() => Shape(TraceTree.Build([Span("b", null, 20), Span("a", null, 10)])).ShouldBe(["a", "b"]);

    [Fact]
    public void The_earliest_span_of_a_circle_is_at_the_top_and_who_hangs_below_a_circle_is_not_called_one()
    {
        // x begins before the circle a-b-c that it hangs below.
        var tree = TraceTree.Build([Span("r", null, 5), Span("x", "b", 7), Span("a", "c", 10), Span("b", "a", 20), Span("c", "b", 30), Span("self", "self", 40)]);
        Shape(tree).ShouldBe(["r", "a", " b", "  x", "  c", "self"]);
        tree.Nodes.Where(n => n.Flaws.HasFlag(TraceFlaws.Cycle)).Select(n => n.Id).ShouldBe(["a", "self"]);
    }

    [Fact]
    public void One_id_used_twice_gives_two_nodes_of_which_the_first_has_the_children()
    {
        var tree = TraceTree.Build([Span("a", null, 10, name: "first"), Span("a", null, 20, name: "second"), Span("b", "a", 30)]);
        Shape(tree).ShouldBe(["first", " b", "second"]);
        tree.Nodes.Select(n => n.Flaws).ShouldBe([TraceFlaws.None, TraceFlaws.None, TraceFlaws.DuplicateId]);
    }

    [Fact]
    public void A_chain_of_100_000_spans_needs_no_stack()
    {
        const int length = 100_000;
        var model = Model([.. Enumerable.Range(0, length).Select(i => Span($"s{i}", i == 0 ? null : $"s{i - 1}", i, 2L * (length - i)))]);
        model.Tree.Levels.ShouldBe(length);
        model.Tree.Nodes[0].Descendants.ShouldBe(length - 1);
        model.Path.Length.ShouldBeGreaterThan(length);
        TraceDiff.Of(model, model).ShouldSatisfyAllConditions(d => d.Rows.Length.ShouldBe(TraceDiff.MaxRows), d => d.LeftOut.ShouldBe(length - TraceDiff.MaxRows));
    }

    [Fact]
    public void Nothing_gives_nothing()
    {
        var model = Model();
        (model.Tree.Nodes.Length, model.Tree.Root, model.Path.Length, model.Repeats.All.Length, model.Tree.StartUnixNs).ShouldBe((0, -1, 0, 0, 0));
        TraceStatistics.By(model, s => s.Name).All.Count.ShouldBe(0);
    }

    [Fact]
    public void A_negative_length_ends_at_its_start_and_is_marked()
    {
        var tree = TraceTree.Build([Span("a", null, 10, duration: -5)]);
        (tree.Nodes[0].Item!.EndUnixNs, tree.Nodes[0].Flaws).ShouldBe((10, TraceFlaws.NegativeDuration));
    }

    [Fact]
    public void A_trace_is_as_long_as_its_spans_whatever_was_logged_before_and_after()
    {
        var tree = TraceTree.Build([Log(null, 5), Span("a", null, 100, 50), Span("b", "a", 120, 60), Log("a", 9_000)]);
        (tree.StartUnixNs, tree.EndUnixNs, tree.Logs).ShouldBe((100, 180, 2));
        var logs = TraceTree.Build([Log(null, 5), Log(null, 9_000)]);
        (logs.StartUnixNs, logs.EndUnixNs, logs.Root).ShouldBe((5, 9_000, -1));
    }

    [Fact]
    public void Every_span_has_one_node_and_every_subtree_follows_its_top() => Prop.ForAll(
        Gen.Choose(0, 12).Two().ListOf().Select(links => links.Select((l, i) => Span($"s{l.Item1}", l.Item2 == 0 ? null : $"s{l.Item2}", i)).ToList()).ToArbitrary(),
        spans =>
        {
            var tree = TraceTree.Build(spans);
            var everySpan = tree.Spans == spans.Count && spans.TrueForAll(s => tree.Nodes.Any(n => ReferenceEquals(n.Item, s)));
            var nested = Enumerable.Range(0, tree.Nodes.Length).All(i =>
            {
                var end = i + tree.Nodes[i].Descendants + 1;
                return Enumerable.Range(i + 1, tree.Nodes[i].Descendants).All(j => tree.Nodes[j].Depth > tree.Nodes[i].Depth)
                    && (end >= tree.Nodes.Length || tree.Nodes[end].Depth <= tree.Nodes[i].Depth)
                    && tree.ChildrenOf(i).ToArray().All(c => tree.Nodes[c].Parent == i && tree.Nodes[c].Depth == tree.Nodes[i].Depth + 1);
            });
            return everySpan && nested;
        }).QuickCheckThrowOnFailure();
}
