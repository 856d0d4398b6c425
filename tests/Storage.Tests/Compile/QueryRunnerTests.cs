using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

public sealed class QueryRunnerTests
{
    private const long Second = 1_000_000_000;

    private static readonly TimeRange Minute = new TimeRange.Between(0, 60 * Second);

    [Fact]
    public void An_empty_store_counts_nothing()
    {
        using var events = new MemoryEvents();
        var result = events.Run(new Query { Time = Minute, Calculations = [new(CalculationOp.Count)] });
        Show(result.Results).ShouldBe("COUNT: 0");
        Show(result.Total!).ShouldBe("COUNT: 0");
        (result.Other, result.Heatmap, result.Series.RowCount, result.Meta.EventsMatched, result.Meta.MeanSampleRate).ShouldBe((null, null, 0, 0, 1));
        events.Run(new Query { Time = Minute }).Events!.Table.RowCount.ShouldBe(0);
    }

    [Fact]
    public void Nothing_matches_gives_one_row_of_nothing()
    {
        using var events = Shop();
        Show(events.Run(Ask("x < 0", "COUNT", "SUM(x)", "AVG(d)", "MIN(s)", "MAX(x)", "COUNT_DISTINCT(s)", "P50(d)")).Results)
            .ShouldBe("COUNT: 0, SUM(x): null, AVG(d): null, MIN(s): null, MAX(x): null, COUNT_DISTINCT(s): 0, P50(d): null");
        events.Run(Ask("x < 0", "COUNT") with { Breakdowns = ["s"] }).Results.RowCount.ShouldBe(0);
    }

    [Fact]
    public void Groups_totals_and_what_the_limit_cut()
    {
        using var events = Shop();
        var result = events.Run(Ask(null, "COUNT", "SUM(x)", "COUNT_DISTINCT(s)") with { Breakdowns = ["s"], Limit = 1 });
        Show(result.Results).ShouldBe("s: \"a\", COUNT: 3, SUM(x): 6, COUNT_DISTINCT(s): 1");
        Show(result.Total!).ShouldBe("COUNT: 6, SUM(x): 9223372036854775807, COUNT_DISTINCT(s): 2");
        Show(result.Other!).ShouldBe("COUNT: 3, SUM(x): 9223372036854775801, COUNT_DISTINCT(s): 1");
        events.Run(Ask(null, "COUNT") with { Breakdowns = ["s"], Limit = 3 }).Other.ShouldBeNull();
        var having = Ask(null, "COUNT") with { Breakdowns = ["s"], Limit = 1, Havings = [QueryText.ParseHaving("COUNT <= 2")] };
        Show(events.Run(having).Results).ShouldBe("s: \"b\", COUNT: 2");
        Show(events.Run(having).Other!).ShouldBe("COUNT: 1");
        events.Run(having with { Limit = 2 }).Other.ShouldBeNull();
    }

    [Fact]
    public void Orders()
    {
        using var events = Shop();
        string Order(params string[] orders) => string.Join(' ', Cells(events.Run(
            Ask(null, "COUNT", "AVG(d)") with { Breakdowns = ["s"], Orders = orders.Select(QueryText.ParseOrder).ToValueList() }).Results, "s"));
        Order().ShouldBe("\"a\" \"b\" null");
        Order("s desc").ShouldBe("\"b\" \"a\" null");
        Order("s asc").ShouldBe("\"a\" \"b\" null");
        Order("COUNT asc").ShouldBe("null \"b\" \"a\"");
        Order("AVG(d) desc").ShouldBe("\"a\" \"b\" null");
        Order("AVG(d) asc", "COUNT asc").ShouldBe("\"a\" null \"b\"");
    }

    [Fact]
    public void Series_have_points_where_events_are()
    {
        using var events = Shop();
        var series = events.Run(Ask(null, "COUNT", "SUM(x)") with { Breakdowns = ["s"], GranularitySeconds = 10 }).Series;
        series.Times.ShouldBe([0, 0, 10 * Second, 20 * Second]);
        series.Groups.ShouldBe([0, 1, 1, 2]);
        Cells(series.Calculations[0]).ShouldBe(["3", "1", "1", "1"]);
        events.Run(Ask(null, "COUNT") with { Series = false }).Series.RowCount.ShouldBe(0);
        events.Run(Ask(null, "COUNT") with { GranularitySeconds = 10 }).Series.Times.ShouldBe([0, 10 * Second, 20 * Second]);
        var cut = events.Run(Ask(null, "COUNT") with { Breakdowns = ["s"], GranularitySeconds = 10, Limit = 1 }).Series;
        (cut.Times.Length, cut.Groups[0]).ShouldBe((1, 0));
    }

    [Fact]
    public void Sums_of_integers_are_exact_while_they_fit()
    {
        using var events = new MemoryEvents(("x", ColumnType.Int64)).With(
            (1, [("x", long.MaxValue)]), (2, [("x", -1L)]), (Second, [("x", long.MaxValue)]));
        var result = events.Run(Ask(null, "SUM(x)") with { GranularitySeconds = 1 });
        Show(result.Results).ShouldBe("SUM(x): 1.8446744073709552E+19");
        Cells(result.Series.Calculations[0]).ShouldBe([(long.MaxValue - 1).ToString(), long.MaxValue.ToString()]);
    }

    [Fact]
    public void Sampled_results_say_how_far_they_may_be_off()
    {
        using var events = new MemoryEvents(("x", ColumnType.Float64), ("s", ColumnType.String), ("SampleRate", ColumnType.Int64)).With(
            [.. Enumerable.Range(0, 100).Select(i => ((long)i, new (string, Value)[] { ("x", i % 2 == 0 ? 10.0 : 30.0), ("s", i < 75 ? "a" : "b"), ("SampleRate", i < 75 ? 10L : 1L) }))]);
        var result = events.Run(Ask(null, "COUNT", "SUM(x)", "AVG(x)", "MAX(x)", "P50(x)", "COUNT where x < 0 as none", "AVG(x) where x < 0 as no_mean") with { Breakdowns = ["s"] });
        var sampling = result.Sampling.ShouldNotBeNull();
        sampling.Total.Select(i => i.Name).ShouldBe(["COUNT", "SUM(x)", "AVG(x)", "P50(x)", "none"]);
        // 75 events of 90 = 10 * 10 - 10 each: 1.96 times the root of 6750.
        var reach = 1.96 * Math.Sqrt(6750);
        sampling.Total[0].ShouldBe(new Interval("COUNT", 100, 775 - reach, 775 + reach));
        // 10 is the median of 51 % of the weight, give or take 10 %.
        sampling.Total[3].ShouldBe(new Interval("P50(x)", 100, 10, 30));
        sampling.Total[4].ShouldBe(new Interval("none", 0, 0, 0));
        sampling.Results[0][0].ShouldBe(new Interval("COUNT", 75, 750 - reach, 750 + reach));
        sampling.Results[1][0].ShouldBe(new Interval("COUNT", 25, 25, 25));
        var mean = sampling.Results[0][2];
        (mean.Low < 20 && mean.High > 19 && mean.High - mean.Low is > 4 and < 5).ShouldBeTrue(mean.ToString());
        events.Run(Ask("s = \"b\"", "COUNT")).Sampling.ShouldBeNull();
        events.Run(Ask(null, "MAX(x)", "COUNT_DISTINCT(x)")).Sampling.ShouldBeNull();
    }

    [Fact]
    public void Weights_count_for_what_they_stand_for()
    {
        using var events = new MemoryEvents(("x", ColumnType.Int64), ("SampleRate", ColumnType.Int64)).With(
            (1, [("x", 10L), ("SampleRate", 8L)]), (2, [("x", 20L)]), (3, [("x", 30L), ("SampleRate", 0L)]), (4, [("SampleRate", -5L)]));
        var result = events.Run(Ask(null, "COUNT", "COUNT(x)", "SUM(x)", "AVG(x)", "P50(x)", "P90(x)", "P95(x)", "MIN(x)", "COUNT_DISTINCT(x)"));
        Show(result.Results).ShouldBe("COUNT: 11, COUNT(x): 10, SUM(x): 130, AVG(x): 13, P50(x): 10, P90(x): 20, P95(x): 30, MIN(x): 10, COUNT_DISTINCT(x): 3");
        (result.Meta.EventsMatched, result.Meta.MeanSampleRate).ShouldBe((4, 2.75));
        using var huge = new MemoryEvents(("x", ColumnType.Int64), ("SampleRate", ColumnType.Int64)).With(
            (1, [("x", long.MaxValue), ("SampleRate", long.MaxValue)]), (2, [("x", long.MaxValue), ("SampleRate", long.MaxValue)]));
        Show(huge.Run(Ask(null, "COUNT", "SUM(x)", "P50(x)")).Results)
            .ShouldBe("COUNT: 1.8446744073709552E+19, SUM(x): 1.7014118346046923E+38, P50(x): 9223372036854775807");
    }

    [Theory]
    [InlineData("x >= 7.25", 1)]
    [InlineData("x > 2.5", 2)]
    [InlineData("x = 2.0", 1)]
    [InlineData("x = 2.5", 0)]
    [InlineData("x != 2.5", 6)]
    [InlineData("x < 1e30", 4)]
    [InlineData("x > 1e30", 0)]
    [InlineData("x = \"2\"", 1)]
    [InlineData("x in (1, \"2\", 3.0, 4.5)", 3)]
    [InlineData("x not-in (1)", 5)]
    [InlineData("x in ()", 0)]
    [InlineData("x not-in ()", 6)]
    [InlineData("not (x > 2)", 4)]
    [InlineData("not (x > 2 or x <= 2)", 2)]
    [InlineData("x starts-with \"922\"", 1)]
    [InlineData("d starts-with \"1\"", 2)]
    [InlineData("d ends-with \".5\"", 1)]
    [InlineData("d matches \"^1$\"", 1)]
    [InlineData("d starts-with \"NaN\"", 1)]
    [InlineData("d = \"1\" or d ends-with \"Infinity\"", 2)]
    [InlineData("b starts-with \"tr\"", 1)]
    [InlineData("s does-not-contain \"a\"", 3)]
    [InlineData("s matches \"[ab]\" and s does-not-match \"^b\"", 3)]
    [InlineData("s < \"b\"", 3)]
    [InlineData("m > 5", 3)]
    [InlineData("m > \"5\"", 4)]
    [InlineData("m = 7.5", 1)]
    [InlineData("b = 1", 1)]
    [InlineData("b = \"False\"", 1)]
    [InlineData("b != true", 5)]
    [InlineData("d > 1", 2)]
    [InlineData("d < 1e308", 2)]
    [InlineData("d != 1", 5)]
    [InlineData("time < \"1970-01-01T00:00:05Z\"", 4)]
    [InlineData("time exists", 6)]
    [InlineData("true", 6)]
    [InlineData("false", 0)]
    [InlineData("search(\"A\")", 3)]
    [InlineData("search(\"NAN\")", 1)]
    [InlineData("not search(\"7.5\")", 4)]
    [InlineData("search(\"7.5\") and x search 922", 1)]
    [InlineData("d search \"INF\" or b search \"RU\"", 1)]
    [InlineData("search(\"%\")", 0)]
    [InlineData("not true or (exists(s) and not exists(x))", 1)]
    public void Conditions(string where, long matches)
    {
        using var events = Shop();
        Show(events.Run(Ask(where, "COUNT")).Results).ShouldBe($"COUNT: {matches}");
    }

    [Fact]
    public void Heatmap_counts_every_value_in_its_cell()
    {
        using var events = new MemoryEvents(("d", ColumnType.Float64)).With(
            (1, [("d", 1.0)]), (2, [("d", 1000.0)]), (3, [("d", double.NaN)]), (4, []), (25 * Second, [("d", 2.0)]), (26 * Second, [("d", double.PositiveInfinity)]));
        var query = Ask(null, "HEATMAP(d)", "COUNT") with { GranularitySeconds = 10 };
        var heatmap = events.Run(query).Heatmap!;
        heatmap.TimesUnixNs.ShouldBe([0, 10 * Second, 20 * Second, 30 * Second, 40 * Second, 50 * Second]);
        (heatmap.IsLog, heatmap.Edges.Length, heatmap.Edges[0], heatmap.Edges[^1]).ShouldBe((true, 65, 1.0, 1000.0));
        (heatmap.Counts[0][0], heatmap.Counts[0][63], heatmap.Counts[0].Sum(), heatmap.Counts[2].Sum()).ShouldBe((1, 1, 2, 1));
        heatmap.Missing.ShouldBe([1, 0, 0, 0, 0, 0]);
        events.Run(query with { Where = QueryText.ParseWhere("d > 1e9 and d < 0") }).Heatmap!.Edges.ShouldBe([0, 1]);
        using var zero = new MemoryEvents(("d", ColumnType.Int64)).With((1, [("d", 0L)]), (2, [("d", -64L)]), (3, [("d", 64L)]));
        var linear = zero.Run(query).Heatmap!;
        (linear.IsLog, linear.Counts[0].Sum(), linear.NonPositive[0], linear.Edges[0], linear.Edges[^1]).ShouldBe((false, 3, 2, -64, 64));
        zero.Run(Ask(null, "HEATMAP(d)")).Results.RowCount.ShouldBe(0);
    }

    [Fact]
    public void Heatmap_has_the_scale_that_is_asked_for()
    {
        using var events = new MemoryEvents(("d", ColumnType.Float64)).With(
            (1, [("d", -5.0)]), (2, [("d", 0.0)]), (3, [("d", 1.0)]), (4, [("d", 1000.0)]), (5, [("d", 1000.0)]), (6, []));
        var query = Ask(null, "HEATMAP(d)") with { GranularitySeconds = 60 };
        var log = events.Run(query with { HeatmapScale = HeatmapScale.Log }).Heatmap!;
        (log.IsLog, log.Edges[0], log.Edges[^1], log.Counts[0][0], log.Counts[0][63], log.Counts[0].Sum(), log.NonPositive[0], log.Missing[0]).ShouldBe((true, 1.0, 1000.0, 1, 2, 3, 2, 1));
        var linear = events.Run(query with { HeatmapScale = HeatmapScale.Linear, Where = QueryText.ParseWhere("d > 0") }).Heatmap!;
        (linear.IsLog, linear.Edges[0], linear.Edges[^1], linear.Counts[0].Sum()).ShouldBe((false, 1.0, 1000.0, 3));
        // Where nothing, or one value only, is above 0 there are no ratios.
        var low = events.Run(query with { HeatmapScale = HeatmapScale.Log, Where = QueryText.ParseWhere("d <= 0") }).Heatmap!;
        (low.IsLog, low.Counts[0].Sum(), low.NonPositive[0]).ShouldBe((false, 2, 2));
        events.Run(query with { HeatmapScale = HeatmapScale.Log, Where = QueryText.ParseWhere("d > 10") }).Heatmap!.Counts[0].Sum().ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_cell_of_a_heatmap_leads_to_its_events(bool isLog)
    {
        double[] numbers = isLog ? [1, 2.5, 2.5, 10, 40, 1000] : [-3, 0, -0.0, 1, 2, 3, 3];
        using var events = new MemoryEvents(("d", ColumnType.Float64), ("s", ColumnType.String)).With(
            [.. numbers.Select((d, i) => ((i % 3) * 10 * Second, new (string, Value)[] { ("d", d), ("s", "x") })), (5, [("s", "x")]), (6, []), (7, [("d", double.NegativeInfinity), ("s", "x")]), (8, [("d", double.NaN), ("s", "x")])]);
        var query = Ask("time < \"1970-01-01T00:00:21Z\"", "HEATMAP(d) where s = \"x\"") with { GranularitySeconds = 10, Time = new TimeRange.Between(1, 25 * Second) };
        var result = events.Run(query);
        result.Heatmap!.IsLog.ShouldBe(isLog);
        long Count(Query listing) => events.Run(listing).Meta.EventsMatched;
        var found = 0.0;
        for (var time = 0; time < result.Heatmap.TimesUnixNs.Length; time++)
        {
            for (var row = 0; row < 64; row++) Count(HeatmapCell.Events(query, result, time, row)).ShouldBe((long)result.Heatmap.Counts[time][row]);
            found += result.Heatmap.Counts[time].Sum();
            Count(HeatmapCell.NonPositive(query, result, time)).ShouldBe((long)result.Heatmap.NonPositive[time]);
            Count(HeatmapCell.Missing(query, result, time)).ShouldBe((long)result.Heatmap.Missing[time]);
        }

        // Those at time 0 lie before the window.
        found.ShouldBe(numbers.Where((_, i) => i % 3 != 0).Count());
        result.Heatmap.Missing.Sum().ShouldBe(1);
    }

    [Fact]
    public void A_cell_of_whole_numbers_that_no_double_holds_leads_to_them()
    {
        using var events = new MemoryEvents(("x", ColumnType.Int64)).With((1, [("x", long.MaxValue)]), (2, [("x", long.MaxValue - 1)]), (3, [("x", (1L << 53) + 1)]));
        foreach (var where in (string?[])[null, "x > 9007199254740993"])
        {
            var query = Ask(where, "HEATMAP(x)") with { GranularitySeconds = 60 };
            var result = events.Run(query);
            for (var row = 0; row < 64; row++) events.Run(HeatmapCell.Events(query, result, 0, row)).Meta.EventsMatched.ShouldBe((long)result.Heatmap!.Counts[0][row]);
        }
    }

    [Fact]
    public void A_listing_of_the_last_minute_keeps_its_window_from_page_to_page()
    {
        using var events = Shop();
        var query = new Query { Time = new TimeRange.Last(TimeSpan.FromSeconds(30)), Limit = 2 };
        var first = QueryRunner.Run(query, events.Session, DateTimeOffset.UnixEpoch.AddSeconds(30), CancellationToken.None);
        Cells(first.Events!.Table, "time").ShouldBe([(25 * Second).ToString(), (15 * Second).ToString()]);
        var second = QueryRunner.Run(query with { Cursor = first.Events.Cursor }, events.Session, DateTimeOffset.UnixEpoch.AddSeconds(50), CancellationToken.None);
        Cells(second.Events!.Table, "time").ShouldBe(["4", "3"]);
        second.Meta.Window.ShouldBe(first.Meta.Window);
    }

    [Fact]
    public void Listing_goes_page_by_page()
    {
        using var events = Shop();
        var all = events.Run(new Query { Time = Minute });
        Cells(all.Events!.Table, "time").ShouldBe(new[] { 25 * Second, 15 * Second, 4, 3, 2, 1 }.Select(t => t.ToString()));
        all.Events.Table.Columns.Select(c => c.Name).ShouldBe(["time", "b", "d", "m", "s", "x"]);
        all.Events.Cursor.ShouldBeNull();
        foreach (var orders in (string[][])[[], ["s desc"], ["s asc", "x asc"], ["d asc"], ["b desc", "time asc"], ["m desc"]])
        {
            var query = new Query { Time = Minute, Orders = orders.Select(QueryText.ParseOrder).ToValueList(), Limit = 6 };
            var whole = Cells(events.Run(query).Events!.Table, "time");
            var pages = new List<string>();
            string? cursor = null;
            do
            {
                var page = events.Run(query with { Limit = 1, Cursor = cursor, Columns = ["s"] });
                page.Events!.Table.Columns.Select(c => c.Name).ShouldBe(["time", "s"]);
                page.Meta.EventsMatched.ShouldBe(6);
                pages.AddRange(Cells(page.Events.Table, "time"));
                cursor = page.Events.Cursor;
            }
            while (cursor is not null);
            string.Join(" ", pages).ShouldBe(string.Join(" ", whole), string.Join(", ", orders));
        }
    }

    [Fact]
    public void A_cursor_keeps_large_integers_exact()
    {
        using var events = new MemoryEvents(("x", ColumnType.Int64)).With((1, [("x", 1L << 53)]), (2, [("x", (1L << 53) + 1)]), (3, [("x", (1L << 53) + 2)]));
        var query = new Query { Time = Minute, Orders = [QueryText.ParseOrder("x asc")], Limit = 1 };
        var second = events.Run(query with { Cursor = events.Run(query).Events!.Cursor }).Events!;
        Cells(second.Table, "x").ShouldBe(["9007199254740993"]);
    }

    [Fact]
    public void Bad_cursors_and_patterns_are_the_callers_fault()
    {
        using var events = Shop();
        var cursor = events.Run(new Query { Time = Minute, Limit = 1 }).Events!.Cursor;
        foreach (var bad in (string[])["", "x", "!!!", "bnVsbA", cursor + "A", cursor![..^4]])
            ErrorOf(events, new Query { Time = Minute, Cursor = bad }).Path.ShouldBe("cursor");
        ErrorOf(events, new Query { Time = Minute, Cursor = cursor, Orders = [QueryText.ParseOrder("s asc")] }).Path.ShouldBe("cursor");
        ErrorOf(events, Ask("s = \"a\" and not (s matches \"a[\")", "COUNT")).ShouldBe(
            new QueryError("where.and[1].not.value", "\"a[\" is not a regular expression in RE2 syntax"));
    }

    [Fact]
    public void Rates_are_changes_from_bucket_to_bucket()
    {
        using var events = new MemoryEvents(("g", ColumnType.String), ("x", ColumnType.Int64)).With(
            (1, [("g", "a"), ("x", 5L)]), (2 * Second, [("g", "a"), ("x", 7L)]), (11 * Second, [("g", "a"), ("x", 2L)]), (21 * Second, [("g", "a")]),
            (31 * Second, [("g", "a"), ("x", 9L)]), (42 * Second, [("g", "a"), ("x", 10L)]), (12 * Second, [("g", "b"), ("x", 100L)]));
        var query = Ask(null, "RATE_SUM(x) as s", "RATE_AVG(x) as a", "RATE_MAX(x) where x > 2 as m") with { GranularitySeconds = 10, Breakdowns = ["g"], Orders = [QueryText.ParseOrder("g asc")], Formulas = [QueryText.ParseFormula("half: $s / 2")] };
        var result = events.Run(query);
        Show(result.Results).ShouldBe("g: \"a\", s: -2, a: 4, m: 3, half: -1; g: \"b\", s: null, a: null, m: null, half: null");
        result.Series.Times.Zip(result.Series.Groups, (time, group) => $"{time / Second}{"ab"[group]}").ShouldBe(["0a", "10a", "10b", "20a", "30a", "40a"]);
        Show(new ResultTable(result.Series.Calculations)).ShouldBe(
            "s: null, a: null, m: null, half: null; s: -10, a: -4, m: null, half: -5; s: null, a: null, m: null, half: null; " +
            "s: null, a: null, m: null, half: null; s: null, a: null, m: null, half: null; s: 1, a: 1, m: 1, half: 0.5");
        Show(result.Total!).ShouldBe("s: -2, a: 4, m: 3, half: -1");
        Show(events.Run(query with { Havings = [QueryText.ParseHaving("a > 3")], Orders = [QueryText.ParseOrder("half desc")] }).Results).ShouldBe("g: \"a\", s: -2, a: 4, m: 3, half: -1");
    }

    [Fact]
    public void Formulas_of_groups_totals_others_and_points()
    {
        using var events = Shop();
        var query = Ask(null, "COUNT as n", "COUNT where x > 1 as big") with
        {
            Breakdowns = ["s"], Formulas = [QueryText.ParseFormula("share: $big / $n * 100"), QueryText.ParseFormula("inverse: 1 / $big"), QueryText.ParseFormula("both: $share + $inverse")],
            Orders = [QueryText.ParseOrder("share desc")], Limit = 1, GranularitySeconds = 10,
        };
        var result = events.Run(query);
        Show(result.Results).ShouldBe("s: \"a\", n: 3, big: 2, share: 66.66666666666666, inverse: 0.5, both: 67.16666666666666");
        Show(result.Total!).ShouldBe("n: 6, big: 3, share: 50, inverse: 0.3333333333333333, both: 50.333333333333336");
        Show(result.Other!).ShouldBe("n: 3, big: 1, share: 33.33333333333333, inverse: 1, both: 34.33333333333333");
        Show(new ResultTable(result.Series.Calculations)).ShouldBe("n: 3, big: 2, share: 66.66666666666666, inverse: 0.5, both: 67.16666666666666");
        result.Meta.Columns.ShouldContain(new TypedColumn("share", ColumnType.Float64));
        Show(events.Run(query with { Limit = 100, Havings = [QueryText.ParseHaving("share <= 50")] }).Results)
            .ShouldBe("s: \"b\", n: 2, big: 1, share: 50, inverse: 1, both: 51; s: null, n: 1, big: 0, share: 0, inverse: null, both: null");
    }

    [Fact]
    public void A_formula_of_nothing_is_missing()
    {
        using var events = Shop();
        var formulas = new[] { "a: $n / $n", "b: $mean + 1", "c: 1 / 0", "d: 1e308 * 1e308", "e: COALESCE($mean, 7)", "f: $last", "g: IF($n = 0, \"none\", \"some\")", "h: INT($n) + 9223372036854775807" };
        Show(events.Run(Ask("x < 0", "COUNT as n", "AVG(d) as mean", "MAX(s) as last") with { Formulas = formulas.Select(QueryText.ParseFormula).ToValueList() }).Results)
            .ShouldBe("n: 0, mean: null, last: null, a: null, b: null, c: null, d: null, e: 7, f: null, g: \"none\", h: 9223372036854775807");
    }

    /// <summary>Over the events 1 to 6 of the shop, in their order.</summary>
    [Theory]
    [InlineData("$x + 10", "11 12 13 null null null")]
    [InlineData("$x + 0.5", "1.5 2.5 3.5 9.223372036854776E+18 null null")]
    [InlineData("$x / ($x - 2)", "-1 null 3 1 null null")]
    [InlineData("7 % $x", "0 1 1 7 null null")]
    [InlineData("NOT($b)", "true true false true true true")]
    [InlineData("$b != true", "true true false true true true")]
    [InlineData("$d > 5", "false true true false false false")]
    [InlineData("not ($d > 5)", "true false false true true true")]
    [InlineData("$m > 8", "true true false false false false")]
    [InlineData("EXISTS($b)", "false false true false true false")]
    [InlineData("IF($s = \"a\", 1, EXISTS($s), 2)", "1 1 1 2 2 null")]
    [InlineData("SWITCH($x, 1, \"one\", 2.0, \"two\", 2.5, \"never\", \"more\")", "\"one\" \"two\" \"more\" \"more\" \"more\" \"more\"")]
    [InlineData("COALESCE(FLOAT($m), $d)", "10 9 Infinity NaN 7.5 null")]
    [InlineData("MIN($x, 2)", "1 2 2 2 2 2")]
    [InlineData("MAX($x, $d)", "1 10.5 Infinity NaN null null")]
    [InlineData("CONCAT($s, \"-\", $x)", "\"a-1\" \"a-2\" \"a-3\" \"b-9223372036854775801\" \"b-\" \"-\"")]
    [InlineData("STRING($d)", "\"1\" \"10.5\" \"Infinity\" \"NaN\" null null")]
    [InlineData("INT($m)", "10 9 null null 7 null")]
    [InlineData("INT($d * -1.9)", "-1 -19 null null null null")]
    [InlineData("BOOL($x - 1)", "false true true true null null")]
    [InlineData("LOG10($x - 1)", "null 0 0.3010299956639812 18.964889726830815 null null")]
    [InlineData("BUCKET($x, 2)", "0 2 2 9.223372036854776E+18 null null")]
    [InlineData("BUCKET($x, 2, 2, 4)", "0 2 2 4 null null")]
    [InlineData("REG_VALUE($m, `[0-9]+`)", "\"10\" \"9\" null \"7\" \"7\" null")]
    [InlineData("REG_VALUE($m, `([0-9])(x)?$`)", "\"0\" \"9\" null \"5\" \"5\" null")]
    [InlineData("REG_COUNT($m, \"[0-9]\")", "2 1 0 2 2 null")]
    [InlineData("LENGTH(CONCAT(\"é😀\", $m))", "4 3 5 6 5 2")]
    [InlineData("FORMAT_TIME(\"%H:%M:%S\", EVENT_TIMESTAMP())", "\"00:00:00\" \"00:00:00\" \"00:00:00\" \"00:00:00\" \"00:00:15\" \"00:00:25\"")]
    [InlineData("EVENT_TIMESTAMP() - UNIX_TIMESTAMP(\"1970-01-01T01:00:00.5+01:00\")", "-0.499999999 -0.499999998 -0.499999997 -0.499999996 14.5 24.5")]
    [InlineData("UNIX_TIMESTAMP(IF($b, \"1970-01-01\", \"x\"))", "null null null null null null")]
    [InlineData("INT(CONCAT($x, \"0\")) = 7.25", "false false false false false false")]
    [InlineData("$time >= \"1970-01-01T00:00:15Z\"", "false false false false true true")]
    public void Calculated_fields(string expression, string values)
    {
        using var events = Shop();
        var listing = events.Run(new Query { Time = Minute, Columns = ["f"], CalculatedFields = [new("f", expression)], Orders = [QueryText.ParseOrder("time asc")] });
        string.Join(' ', Cells(listing.Events!.Table, "f")).ShouldBe(values);
    }

    [Fact]
    public void A_calculated_field_is_a_column_everywhere()
    {
        using var events = Shop();
        var query = Ask("slow = true and twice >= 2", "COUNT", "SUM(twice)", "COUNT where kind = \"A\" as of_a", "HEATMAP(twice)") with
        {
            Breakdowns = ["kind"], CalculatedFields = [new("kind", "CONCAT(TO_LOWER($s), $suffix)"), new("suffix", "IF($slow, \"!\", \"?\")"), new("twice", "$x * 2"), new("slow", "$d >= 1")],
            Orders = [QueryText.ParseOrder("kind asc")],
        };
        var result = events.Run(query);
        Show(result.Results).ShouldBe("kind: \"a!\", COUNT: 3, SUM(twice): 12, of_a: 0");
        result.Heatmap!.Counts.Sum(row => row.Sum()).ShouldBe(3);
        result.Meta.Columns.ShouldContain(new TypedColumn("kind", ColumnType.String));
        var page = events.Run(new Query { Time = Minute, CalculatedFields = query.CalculatedFields, Where = query.Where, Orders = [QueryText.ParseOrder("twice desc")], Limit = 2 }).Events!;
        Cells(page.Table, "twice").ShouldBe(["6", "4"]);
        Cells(page.Table, "kind").ShouldBe(["\"a!\"", "\"a!\""]);
        Cells(events.Run(new Query { Time = Minute, CalculatedFields = query.CalculatedFields, Where = query.Where, Orders = [QueryText.ParseOrder("twice desc")], Limit = 2, Cursor = page.Cursor }).Events!.Table, "twice").ShouldBe(["2"]);
    }

    [Fact]
    public void A_calculated_field_hides_the_column_of_its_name_but_not_the_sample_rate()
    {
        using var events = new MemoryEvents(("SampleRate", ColumnType.Int64), ("x", ColumnType.Int64)).With((1, [("SampleRate", 10L), ("x", 1L)]));
        Show(events.Run(Ask(null, "COUNT", "MAX(x)", "MAX(SampleRate)") with { CalculatedFields = [new("x", "5"), new("SampleRate", "3")] }).Results).ShouldBe("COUNT: 10, MAX(x): 5, MAX(SampleRate): 3");
    }

    [Fact]
    public void A_wrong_regular_expression_in_a_field_has_its_place()
    {
        using var events = Shop();
        ErrorOf(events, Ask(null, "COUNT") with { CalculatedFields = [new("f", "REG_MATCH($s, `a[`)")] })
            .ShouldBe(new QueryError("calculated_fields[0].expression", "\"a[\" is not a regular expression in RE2 syntax", 14, 4));
    }

    [Fact]
    public void A_cancelled_query_stops()
    {
        using var events = Shop();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Should.Throw<OperationCanceledException>(() => QueryRunner.Run(Ask(null, "COUNT"), events.Session, default, cancelled.Token));
    }

    [Fact]
    public void The_last_nanosecond_belongs_to_everything()
    {
        using var events = new MemoryEvents().With((long.MaxValue, []), (1, []));
        var result = events.Run(Ask(null, "COUNT") with { Time = TimeRange.All });
        Show(result.Results).ShouldBe("COUNT: 2");
        events.Run(new Query { Time = TimeRange.All }).Events!.Table.RowCount.ShouldBe(2);
    }

    private static MemoryEvents Shop() => new MemoryEvents(
        ("s", ColumnType.String), ("x", ColumnType.Int64), ("d", ColumnType.Float64), ("b", ColumnType.Bool), ("m", ColumnType.String)).With(
        (1, [("s", "a"), ("x", 1L), ("d", 1.0), ("m", "10")]),
        (2, [("s", "a"), ("x", 2L), ("d", 10.5), ("m", "9")]),
        (3, [("s", "a"), ("x", 3L), ("d", double.PositiveInfinity), ("b", true), ("m", "nan")]),
        (4, [("s", "b"), ("x", long.MaxValue - 6), ("d", double.NaN), ("m", "7.5x")]),
        (15 * Second, [("s", "b"), ("m", "7.5"), ("b", false)]),
        (25 * Second, []));

    private static Query Ask(string? where, params string[] calculations) => new()
    {
        Time = Minute,
        Where = where is null ? null : QueryText.ParseWhere(where),
        Calculations = calculations.Select(QueryText.ParseCalculation).ToValueList(),
    };

    private static QueryError ErrorOf(MemoryEvents events, Query query) =>
        Should.Throw<QueryException>(() => events.Run(query)).Errors.ShouldHaveSingleItem();

    private static string Show(ResultTable table) => string.Join("; ", Enumerable.Range(0, table.RowCount).Select(row =>
        string.Join(", ", table.Columns.Select(c => $"{c.Name}: {Show(c[row])}"))));

    private static string Show(Value value) => value.IsNull ? "null" : value.Kind == ValueKind.String ? $"\"{value}\"" : value.ToString();

    private static string[] Cells(ResultTable table, string column) => Cells(table.Find(column).ShouldNotBeNull());

    private static string[] Cells(ResultColumn column) => [.. Enumerable.Range(0, column.Count).Select(i => Show(column[i]))];
}
