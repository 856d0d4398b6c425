using Analysis.BubbleUp;
using Storage.Queries;

namespace Analysis.Tests.BubbleUp;

/// <summary>Whether the ranking finds what is hidden and is silent where nothing is.</summary>
public sealed class RankingTests
{
    private const int Events = 20_000;

    /// <summary>The whole suite takes minutes; EXPLORER_LONG_TESTS=1 runs it.</summary>
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("EXPLORER_LONG_TESTS") == "1";

    /// <summary>Columns of the events.</summary>
    public static TheoryData<int> Widths => IsLong ? [20, 53, 200, 400] : [53, 200];

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_cause_is_ranked_first(int columns)
    {
        var seeds = IsLong ? 3 : 1;
        var (found, all) = (0, 0);
        var missed = new List<string>();
        foreach (var scenario in IsLong || columns == 53 ? Scenario.All : Scenario.All.Take(4))
        {
            for (var seed = 1; seed <= seeds; seed++)
            {
                var events = new SyntheticEvents(Events, columns, seed);
                var first = Compare(events, scenario.Select(events)).Columns.FirstOrDefault()?.Name;
                all++;
                if (first is not null && scenario.Causes.Contains(first)) found++;
                else missed.Add($"{scenario} (seed {seed}): {first ?? "nothing"}");
            }
        }

        (found / (double)all).ShouldBeGreaterThanOrEqualTo(0.95, string.Join("; ", missed));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Nothing_is_found_where_there_is_nothing(int columns)
    {
        foreach (var scenario in Scenario.Controls)
        {
            for (var seed = 1; seed <= (IsLong ? 3 : 1); seed++)
            {
                var events = new SyntheticEvents(Events, columns, seed);
                var result = Compare(events, scenario.Select(events));
                result.Columns.ShouldBeEmpty(scenario.Name);
                result.Pairs.ShouldBeEmpty(scenario.Name);
                result.Explanation.ShouldBeNull(scenario.Name);
            }
        }
    }

    [Fact]
    public void A_random_selection_seldom_shows_anything()
    {
        var selections = IsLong ? 1_000 : 60;
        var events = new SyntheticEvents(IsLong ? 5_000 : 2_000, 53, 11);
        var columns = events.ToColumns();
        var shown = 0;
        for (var n = 0; n < selections; n++)
        {
            var share = 0.005 * Math.Pow(100, events.Random.NextDouble());
            var result = Compare(columns, [.. Enumerable.Range(0, events.Count).Select(_ => events.Chance(share))]);
            if (!result.Columns.IsEmpty || !result.Pairs.IsEmpty) shown++;
        }

        (shown / (double)selections).ShouldBeLessThanOrEqualTo(0.05);
    }

    [Fact]
    public void Two_columns_together_are_told_when_neither_tells_it_alone()
    {
        var events = new SyntheticEvents(Events, 53, 2);
        var scenario = Scenario.All.Single(s => s.Name == "a version in a region");

        var result = Compare(events, scenario.Select(events));

        var pair = result.Pairs.ShouldHaveSingleItem();
        new[] { pair.First.Column, pair.Second.Column }.ShouldBe(["service.version", "cloud.region"], ignoreOrder: true);
        result.Explanation!.Predicates.Length.ShouldBe(2);
        result.Explanation.F1.ShouldBeGreaterThan(result.Explanation.BestSingleF1);
        pair.Coverage.ShouldBeInRange(0.4, 0.9);
        pair.Precision.ShouldBeGreaterThan(0.85);
    }

    [Fact]
    public void Two_columns_are_not_told_where_one_says_it()
    {
        foreach (var scenario in Scenario.All.Where(s => s.Name != "a version in a region"))
        {
            var events = new SyntheticEvents(8_000, 53, 3);
            Compare(events, scenario.Select(events)).Pairs.ShouldBeEmpty(scenario.Name);
        }
    }

    [Fact]
    public void The_first_three_stay_whatever_is_done_to_rows_and_columns()
    {
        var events = new SyntheticEvents(8_000, 53, 4);
        var selected = Enumerable.Range(0, events.Count).Select(i => events.Chance(
            0.01 + (events["service.version"][i].AsString() == "1.1" ? 0.3 : 0) + (events["k8s.pod.name"][i].AsString() == "pod-7" ? 0.3 : 0)
            + (events["cart.size"][i].AsInt64() > 9 ? 0.05 : 0))).ToArray();
        string[] causes = ["service.version", "k8s.pod.name", "cart.size"];
        Top(Compare(events.ToColumns(), selected)).ShouldBe(causes, ignoreOrder: true);
        var expected = Top(Compare(events.ToColumns(), selected));

        var rows = events.Shuffled();
        Top(Compare(events.ToColumns(rows), Array.ConvertAll(rows, r => selected[r]))).ShouldBe(expected);
        var reversed = events.ToColumns();
        Array.Reverse(reversed);
        Top(Compare(reversed, selected)).ShouldBe(expected);
        SampleColumn[] copies = [.. causes.Select(c => SyntheticEvents.Column("copy.of." + c, events[c])), .. events.ToColumns()];
        var folded = Compare(copies, selected);
        Top(folded).ShouldBe(expected);
        folded.Columns[0].Identical.ShouldBe(["copy.of." + expected[0]]);
        var noise = Enumerable.Range(0, 50).Select(n =>
        {
            events.AddNoise("more." + n, n);
            return SyntheticEvents.Column("more." + n, events["more." + n]);
        }).ToArray();
        Top(Compare([.. noise, .. events.ToColumns()], selected)).ShouldBe(expected);
        events.Add("unique.id", i => $"{i:x8}");
        var withId = Compare(events.ToColumns(), selected);
        Top(withId).ShouldBe(expected);
        withId.NotSignificant.Single(c => c.Name == "unique.id").IsIdentifier.ShouldBeTrue();
    }

    [Fact]
    public void Several_values_are_told_as_a_set()
    {
        var events = new SyntheticEvents(Events, 53, 6);
        string[] bad = ["pod-3", "pod-5", "pod-8", "pod-13", "pod-21"];
        var result = Compare(events, [.. Enumerable.Range(0, events.Count).Select(i => events.Chance(bad.Contains(events["k8s.pod.name"][i].AsString()) ? 0.4 : 0.01))]);

        var set = result.Columns[0].Best!.Predicate.ShouldBeOfType<Predicate.OneOf>();
        set.Values.Select(v => v.AsString()).ShouldBe(bad, ignoreOrder: true);
    }

    [Fact]
    public void What_a_request_shows_is_nearest_and_where_it_runs_is_said_beside_it()
    {
        // Where the new build and one region meet, six of ten are slow; the slow ones alone retry. Three pods are all that serve both.
        var random = new Random(3);
        var rows = Enumerable.Range(0, 6_000).Select(_ =>
        {
            var (isNew, isEu) = (random.Next(5) == 0, random.Next(4) == 0);
            var isSlow = isNew && isEu && random.Next(10) < 6;
            return (IsSlow: isSlow, Version: isNew ? "2" : "1", Region: isEu ? "eu" : $"r{random.Next(3)}", Pod: isNew && isEu ? $"pod-{random.Next(3)}" : $"pod-{3 + random.Next(20)}", Retries: isSlow || random.Next(500) == 0 ? 1L : 0L);
        }).ToArray();
        SampleColumn[] columns =
        [
            SyntheticEvents.Column("app.retries", [.. rows.Select(r => (Value)r.Retries)]), SyntheticEvents.Column("service.version", [.. rows.Select(r => (Value)r.Version)]),
            SyntheticEvents.Column("cloud.region", [.. rows.Select(r => (Value)r.Region)]), SyntheticEvents.Column("k8s.pod.name", [.. rows.Select(r => (Value)r.Pod)]),
        ];

        var explanation = Compare(columns, [.. rows.Select(r => r.IsSlow)]).Explanation!;

        explanation.Predicates.ShouldHaveSingleItem().ShouldBe(new Predicate.Is("app.retries", 1L));
        explanation.Place!.Predicates.ShouldBe([new Predicate.Is("service.version", "2"), new Predicate.Is("cloud.region", "eu")], ignoreOrder: true, "rather than a list of pods");
        explanation.Place.Coverage.ShouldBe(1, 1e-9);
        explanation.Place.Precision.ShouldBe(0.6, 0.05);
    }

    [Fact]
    public void A_trace_counts_once_however_many_events_it_has()
    {
        // Ten traces of 1,000 equal spans are selected: as many events as one likes, but ten witnesses among 200.
        var (sides, traces, values) = (new List<byte>(), new List<ulong>(), new List<Value>());
        for (var trace = 0; trace < 200; trace++)
        {
            for (var span = 0; span < (trace < 10 ? 1_000 : 10); span++)
            {
                sides.Add(trace < 10 ? (byte)1 : (byte)2);
                traces.Add((ulong)trace + 1);
                values.Add(trace % 2 == 0 || trace == 1 ? "x" : "y");
            }
        }

        var cohorts = Cohorts.Of(sides.ToArray(), [.. traces], [.. traces.Select(_ => 1.0)]);
        var ranking = new Ranking(cohorts, 1, new Shares(1, 1));
        ranking.Add(SyntheticEvents.Column("c", [.. values]));
        var result = ranking.Finish([], new ComparedSide(1, 1, 1, 1), new ComparedSide(1, 1, 1, 1));

        cohorts.Selection.ShouldBe(10, 1e-9);
        cohorts.Baseline.ShouldBe(190, 1e-9);
        result.Unit.ShouldBe(CountedUnit.Trace);
        result.Columns.ShouldBeEmpty();
    }

    [Fact]
    public void Sample_rates_count_in_shares_but_prove_nothing()
    {
        // Every event stands for 100: shares stay, and so does the evidence of those that were seen.
        var events = new SyntheticEvents(2_000, 53, 8);
        var selected = Scenario.All[0].Select(events);
        var single = Compare(events.ToColumns(), selected);
        var weighted = Compare(events.ToColumns(), selected, weight: 100);

        weighted.Columns.Select(c => (c.Name, Math.Round(c.NetBits, 6))).ShouldBe(single.Columns.Select(c => (c.Name, Math.Round(c.NetBits, 6))));
        weighted.Columns[0].Best!.Selection.Events.ShouldBe(100 * single.Columns[0].Best!.Selection.Events, 1e-6);
        weighted.Columns[0].Best!.Selection.Share.ShouldBe(single.Columns[0].Best!.Selection.Share, 1e-9);
    }

    private static Comparison Compare(SyntheticEvents events, bool[] selected) => Compare(events.ToColumns(), selected);

    private static Comparison Compare(SampleColumn[] columns, bool[] selected, double weight = 1)
    {
        var weights = new double[selected.Length];
        Array.Fill(weights, weight);
        var cohorts = Cohorts.Of([.. selected.Select(s => s ? (byte)1 : (byte)2)], new ulong[selected.Length], weights);
        var ranking = new Ranking(cohorts, columns.Length, new Shares(1, 1));
        foreach (var column in columns) ranking.Add(column);
        return ranking.Finish([], Side(cohorts.SelectedEvents), Side(selected.Length - cohorts.SelectedEvents));
    }

    private static ComparedSide Side(int events) => new(events, events, events, 1);

    private static string[] Top(Comparison comparison) => [.. comparison.Columns.Take(3).Select(c => c.Name)];
}
