using Analysis.Trace;
using FsCheck;
using FsCheck.Fluent;
using static Analysis.Tests.Trace.Spans;

namespace Analysis.Tests.Trace;

/// <summary>Self time, critical path, clock skew, repeats and statistics, each against what was worked out by hand.</summary>
public sealed class TraceTimesTests
{
    [Fact]
    public void Self_time_is_what_no_child_covers()
    {
        // a: 0 to 100. b 10 to 40 and c 30 to 60 overlap, d 90 to 130 outlasts a: covered are 10 to 60 and 90 to 100.
        var model = Model(Span("a", null, 0, 100), Span("b", "a", 10, 30), Span("c", "a", 30, 30), Span("d", "a", 90, 40), Log("a", 70));
        model.SelfNs.ShouldBe([40, 30, 30, 0, 40]);
    }

    [Fact]
    public void The_path_of_calls_one_after_the_other_goes_through_all_of_them() =>
        Path(Span("a", null, 0, 100), Span("b", "a", 10, 30), Span("c", "a", 50, 40)).ShouldBe(["a 0-10", "b 10-40", "a 40-50", "c 50-90", "a 90-100"]);

    [Fact]
    public void Of_calls_side_by_side_only_the_last_to_return_is_waited_for() =>
        Path(Span("a", null, 0, 100), Span("fast", "a", 10, 30), Span("slow", "a", 10, 80), Span("deep", "slow", 20, 50))
            .ShouldBe(["a 0-10", "slow 10-20", "deep 20-70", "slow 70-90", "a 90-100"]);

    [Fact]
    public void A_call_that_overlaps_the_last_one_is_not_on_the_path() =>
        // b returns at 60, while c, which began at 50, still runs: before 50 nothing that had returned was waited for.
        Path(Span("a", null, 0, 100), Span("b", "a", 10, 50), Span("c", "a", 50, 50)).ShouldBe(["a 0-50", "c 50-100"]);

    [Fact]
    public void A_child_counts_as_far_as_it_lies_in_its_parent() =>
        Path(Span("a", null, 10, 90), Span("early", "a", 0, 30), Span("late", "a", 80, 60)).ShouldBe(["early 10-30", "a 30-80", "late 80-100"]);

    [Fact]
    public void A_consumer_is_not_waited_for() =>
        Path(Span("a", null, 0, 100), Span("send", "a", 80, 10, kind: "producer"), Span("receive", "send", 85, 100, kind: "consumer"))
            .ShouldBe(["a 0-80", "send 80-90", "a 90-100"]);

    [Fact]
    public void The_path_is_that_of_the_first_root() =>
        Path(Span("orphan", "gone", 0, 500), Span("a", null, 10, 20), Span("b", null, 15, 100)).ShouldBe(["a 10-30"]);

    [Fact]
    public void The_stretches_of_a_path_add_up_to_the_root_without_gap_or_overlap() => Prop.ForAll(
        Gen.Choose(0, 30).Three().ListOf().Select(spans => spans.Select((s, i) => Span($"s{i}", i == 0 ? null : $"s{s.Item1 % i}", s.Item2, s.Item3)).ToList()).ToArbitrary(),
        spans =>
        {
            var model = Model(spans);
            var path = model.Path.ToList();
            if (spans.Count == 0) return path.Count == 0;
            var follow = path.Zip(path.Skip(1)).All(p => p.First.EndUnixNs == p.Second.StartUnixNs);
            var inside = path.TrueForAll(p => p.StartUnixNs >= model.Tree.Nodes[p.Node].Item!.StartUnixNs && p.EndUnixNs <= model.Tree.Nodes[p.Node].Item!.EndUnixNs);
            return follow && inside && path.Sum(p => p.EndUnixNs - p.StartUnixNs) == spans[0].DurationNs;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Skew_is_shown_where_a_child_cannot_have_run()
    {
        var model = Model(
            Span("call", null, 1_000_000, 500_000, service: "shop", kind: "client"),
            Span("early", "call", 600_000, 100_000, service: "tax", kind: "server"),
            Span("late", "call", 1_300_000, 400_000, service: "stock", kind: "server"),
            Span("own", "call", 900_000, 10_000, service: "shop"),
            Span("task", "call", 1_400_000, 900_000, service: "mail"));
        model.Tree.Nodes.Select((n, i) => (n.Id, model.SkewNs[i])).ShouldBe([("call", 0), ("early", -400_000), ("own", -100_000), ("late", 200_000), ("task", 0)]);
        ClockSkew.ByService(model.Tree, model.SkewNs).ShouldBe([("tax", -400_000), ("stock", 200_000)]);
        model.Tree.Nodes[1].Item!.StartUnixNs.ShouldBe(600_000);
    }

    [Fact]
    public void Five_siblings_of_one_name_are_a_repeat_whatever_stands_between_them()
    {
        var spans = new List<TraceItem> { Span("a", null, 0, 1000) };
        for (var i = 0; i < 5; i++)
        {
            spans.Add(Span($"q{i}", "a", 10 + i * 20, 4, error: i == 3, name: "SELECT"));
            if (i < 4) spans.Add(Span($"p{i}", "a", 20 + i * 20, 4, name: "PUT"));
        }

        var model = Model(spans);
        model.Repeats.All.ShouldBe([new Repeat(0, 1, 5, 20, 10, 94, 1)]);
        model.Repeats.Of.Select(r => r == 0 ? 's' : '.').ShouldBe(".s.s.s.s.s".ToCharArray());
    }

    [Fact]
    public void Statistics_sum_what_has_one_value()
    {
        var spans = new List<TraceItem> { Span("a", null, 0, 1000, service: "shop"), Span("none", "a", 0, 0, service: "") };
        for (var i = 1; i <= 20; i++) spans.Add(Span($"q{i}", "a", i * 40, i, error: i == 20, service: "db"));
        var statistics = TraceStatistics.By(Model(spans), s => s.Service.Length == 0 ? null : s.Service);
        statistics.Groups.ShouldBe(
        [
            new SpanGroup("shop", 1, 1000, 790, 1000, 1000, 1000, 0), new SpanGroup("db", 20, 210, 210, 10, 19, 20, 1), new SpanGroup(null, 1, 0, 0, 0, 0, 0, 0),
        ]);
        statistics.All.ShouldBe(new SpanGroup(null, 22, 1210, 1000, 55, 20, 1000, 1));
    }

    [Fact]
    public void Two_traces_are_laid_over_each_other_by_their_paths()
    {
        var a = Model(Span("r", null, 0, 100, name: "GET"), Span("q1", "r", 10, 10, name: "SELECT"), Span("q2", "r", 30, 10, name: "SELECT"), Span("c", "r", 50, 5, name: "cache"));
        var b = Model(Span("r", null, 0, 200, name: "GET"), Span("q1", "r", 10, 50, name: "SELECT", error: true), Span("m", "q1", 15, 5, name: "connect"));
        TraceDiff.Of(a, b).Rows.ShouldBe(
        [
            new DiffRow(0, "service", "GET", new DiffSide(1, 100, 75, 0), new DiffSide(1, 200, 150, 0)),
            new DiffRow(1, "service", "SELECT", new DiffSide(2, 20, 20, 0), new DiffSide(1, 50, 45, 1)),
            new DiffRow(2, "service", "connect", default, new DiffSide(1, 5, 5, 0)),
            new DiffRow(1, "service", "cache", new DiffSide(1, 5, 5, 0), default),
        ]);
    }

    private static IEnumerable<string> Path(params IReadOnlyList<TraceItem> spans)
    {
        var model = Model(spans);
        return model.Path.Select(p => $"{model.Tree.Nodes[p.Node].Id} {p.StartUnixNs}-{p.EndUnixNs}");
    }
}
