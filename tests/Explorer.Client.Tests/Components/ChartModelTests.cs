using Explorer.Client.Components;
using Explorer.Client.Components.Charts;
using Explorer.Client.State;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Tests.Components;

public sealed class ChartModelTests
{
    private const long Minute = 60_000_000_000;
    private const long Start = 1_795_168_800_000_000_000;

    private static readonly Query Asked = new()
    {
        Calculations = [new Calculation(CalculationOp.P99, "duration_ms"), new Calculation(CalculationOp.Count)],
        Breakdowns = ["region"],
    };

    [Fact]
    public void Lines_keep_gaps_and_counts_fill_them_with_zero()
    {
        var models = ChartModel.From(Result(), Asked, Colors(Result()), TimeZoneInfo.Utc);

        models.Select(m => m.Title).ShouldBe(["P99(duration_ms)", "COUNT"]);
        var (p99, count) = (models[0], models[1]);
        p99.TimesMs.ShouldBe([Start / 1e6, (Start + Minute) / 1e6, (Start + 2 * Minute) / 1e6, (Start + 3 * Minute) / 1e6]);
        p99.Series[0].Values.ShouldBe([10, null, 30, null]);
        p99.Series[1].Values.ShouldBe([null, 5, null, null]);
        p99.Stacked.ShouldBeFalse();
        p99.Unit.ShouldBe("Milliseconds");
        count.Series[0].Values.ShouldBe([1, 0, 3, 0]);
        count.Stacked.ShouldBeTrue();
        count.YMax.ShouldBeGreaterThanOrEqualTo(3);
        count.Series.Select(s => s.Name).ShouldBe(["eu", "(missing)"]);
    }

    [Fact]
    public void A_window_that_begins_inside_a_bucket_shows_the_whole_bucket()
    {
        var grid = TimeGrid.Of(Meta(new TimeWindow(Start + 30_000_000_000, Start + 2 * Minute + 1)));
        grid.Times().ShouldBe([Start, Start + Minute, Start + 2 * Minute]);
        grid.IndexOf(Start + Minute).ShouldBe(1);
        grid.IndexOf(Start - 1).ShouldBe(-1);
        grid.IndexOf(Start + 3 * Minute).ShouldBe(-1);
    }

    [Fact]
    public void Buckets_that_are_cut_by_the_window_are_known()
    {
        var whole = ChartModel.From(Result(), Asked, Colors(Result()), TimeZoneInfo.Utc)[0];
        (whole.FullFromMs, whole.FullToMs).ShouldBe((whole.StartMs, whole.EndMs));
        var cut = Result();
        cut = cut.With(cut.Meta with { Window = new TimeWindow(Start + 30_000_000_000, Start + 3 * Minute + 1) });
        var model = ChartModel.From(cut, Asked, Colors(cut), TimeZoneInfo.Utc)[0];
        (model.FullFromMs, model.FullToMs).ShouldBe(((Start + Minute) / 1e6, (Start + 3 * Minute) / 1e6));
    }

    [Fact]
    public void An_earlier_period_lies_at_the_times_that_it_is_compared_with()
    {
        var now = Result();
        const long day = 24 * 60 * Minute;
        var series = new SeriesTable([.. now.Series.Times.Select(t => t - day)], now.Series.Groups, now.Series.Calculations);
        var compared = new QueryResult
        {
            Results = now.Results, Series = now.Series, Total = now.Total, Meta = now.Meta,
            Compare = new EarlierResult(new TimeWindow(now.Meta.Window.StartUnixNs - day, now.Meta.Window.EndUnixNs - day), now.Results, series, now.Results, null, null, 1),
        };
        var model = ChartModel.From(compared, Asked, Colors(compared), TimeZoneInfo.Utc)[0];
        model.Series[0].Earlier.ShouldBe(model.Series[0].Values);
        model.Context.ShouldEndWith("dotted: 1\u00A0d before");
        ChartModel.From(now, Asked, Colors(now), TimeZoneInfo.Utc)[0].Series[0].Earlier.ShouldBeNull();
    }

    [Theory]
    [InlineData(ChartStyle.Auto, false, "line", "area")]
    [InlineData(ChartStyle.Line, false, "line", "line")]
    [InlineData(ChartStyle.Area, false, "line", "area")]
    [InlineData(ChartStyle.Bar, false, "group", "bar")]
    [InlineData(ChartStyle.Auto, true, "line", "line")]
    [InlineData(ChartStyle.Bar, true, "group", "group")]
    public void Only_what_adds_up_is_stacked(ChartStyle style, bool isLog, string percentile, string count) =>
        ChartModel.From(Result(), Asked, Colors(Result()), TimeZoneInfo.Utc, style, isLog).Select(m => m.Style).ShouldBe([percentile, count]);

    [Fact]
    public void A_logarithmic_axis_holds_what_is_above_zero()
    {
        var model = ChartModel.From(Result(), Asked, Colors(Result()), TimeZoneInfo.Utc, ChartStyle.Auto, isLog: true)[0];
        model.YMin.ShouldBeInRange(1, 5);
        model.YMax.ShouldBeInRange(30, 40);
        model.YTicks.ShouldContain(new ChartTick(10, "10\u00A0ms"));
    }

    [Fact]
    public void A_version_that_comes_after_others_is_marked()
    {
        var window = new TimeWindow(Start, Start + 100 * Minute);
        var markers = VersionMarkers.Of(FirstSeen(
            ("pay", "1", Start - 50 * Minute), ("pay", "2", Start + 10 * Minute), ("cart", "1", Start - 50 * Minute), ("cart", "2", Start + 11 * Minute), ("cart", "3", Start + 60 * Minute),
            ("new", "9", Start + 5 * Minute), ("twin", "a", Start), ("twin", "b", Start + 1), ("old", "1", Start - 90 * Minute), ("old", "2", Start - 10 * Minute)), window);
        markers.Select(m => m.Text).ShouldBe(["deploy pay, cart 2", "deploy cart 3"]);
        markers[0].AtMs.ShouldBe((Start + 10 * Minute) / 1e6);
        VersionMarkers.Of(ResultTable.Empty, window).ShouldBeEmpty();

        static ResultTable FirstSeen(params (string Service, string Version, long At)[] rows) => new(
        [
            new ResultColumn("service.name", ColumnType.String, rows.Select(r => r.Service).ToArray(), null),
            new ResultColumn("service.version", ColumnType.String, rows.Select(r => r.Version).ToArray(), null),
            new ResultColumn("MIN(time)", ColumnType.Int64, rows.Select(r => r.At).ToArray(), null),
        ]);
    }

    [Fact]
    public void A_window_of_centuries_is_bounded() =>
        TimeGrid.Of(Meta(TimeWindow.All) with { GranularityNs = 1 }).Count.ShouldBe(ChartModel.MaxPoints);

    [Fact]
    public void Colours_follow_the_group_through_sorting_and_are_forgotten_with_the_breakdown()
    {
        var colors = new SeriesColors();
        var first = Groups("a", "b", "c");
        colors.Assign(first, ["g"]);
        colors.Assign(Groups("c", "d", "a"), ["g"]);
        var sorted = Groups("c", "d", "a");
        Enumerable.Range(0, 3).Select(i => colors.IndexOf(sorted, 1, i)).ShouldBe([2, 3, 0]);
        colors.Assign(sorted, ["other"]);
        colors.IndexOf(sorted, 1, 0).ShouldBe(0);
    }

    [Fact]
    public void Missing_and_empty_groups_are_two_groups()
    {
        var table = new ResultTable([new ResultColumn("g", ColumnType.String, new[] { "", "" }, [true, false])]);
        var colors = new SeriesColors();
        colors.Assign(table, ["g"]);
        colors.IndexOf(table, 1, 0).ShouldNotBe(colors.IndexOf(table, 1, 1));
    }

    [Fact]
    public void Value_ticks_are_round_in_the_unit_that_is_shown()
    {
        ValueTicks.Linear(0, 3300, Explorer.Client.Display.Unit.Milliseconds).Select(t => t.Text.Replace('\u00A0', ' ')).ShouldBe(["1 s", "2 s", "3 s"]);
        ValueTicks.Linear(0, 4400, Explorer.Client.Display.Unit.Count).Select(t => t.Text.Replace('\u00A0', ' ')).ShouldBe(["2 k", "4 k"]);
        ValueTicks.Linear(0, 0, Explorer.Client.Display.Unit.Count).ShouldBeEmpty();
        ValueTicks.Log(0.9, 15_000, Explorer.Client.Display.Unit.Milliseconds).Select(t => t.Text.Replace('\u00A0', ' ')).ShouldBe(["1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
    }

    [Fact]
    public void A_heatmap_has_rows_for_what_its_axis_cannot_show()
    {
        var result = new QueryResult
        {
            Meta = Meta(new TimeWindow(Start, Start + 2 * Minute)),
            Heatmap = new Heatmap("duration_ms", [Start, Start + Minute], [1, 10, 100], [[0, 4], [2, 0]], [0, 9], [0, 0], IsLog: true),
        };
        var model = HeatmapModel.From(result, TimeZoneInfo.Utc).ShouldNotBeNull();
        model.ExtraRows.ShouldBe(["≤ 0"]);
        HeatmapModel.From(new QueryResult { Meta = result.Meta, Heatmap = result.Heatmap! with { IsLog = false } }, TimeZoneInfo.Utc)!.ExtraRows.ShouldBeEmpty("a linear axis has them in its rows");
        model.Counts.Length.ShouldBe(3);
        model.Counts[0].ShouldBe([null, 9]);
        model.Counts[1].ShouldBe([null, 2]);
        model.Counts[2].ShouldBe([4, null]);
        (model.Max, model.Total).ShouldBe((4, 15));
        HeatmapModel.RowOf([1, 10, 100], isLog: true, Math.Sqrt(10)).ShouldBe(0.5, 1e-9);
        HeatmapModel.RowOf([1, 10, 100], isLog: true, 1000).ShouldBe(2);
    }

    [Fact]
    public void A_heatmap_of_nothing_is_empty()
    {
        var result = new QueryResult { Meta = Meta(new TimeWindow(Start, Start + Minute)), Heatmap = new Heatmap("x", [], [], [], [], [], IsLog: false) };
        var model = HeatmapModel.From(result, TimeZoneInfo.Utc).ShouldNotBeNull();
        (model.Counts.Length, model.Max).ShouldBe((0, 0));
    }

    [Fact]
    public void Sparklines_keep_gaps()
    {
        var (line, area) = Svg.Sparkline([1, 2, null, 3], 102, 12);
        line.ShouldBe("M1 7.7L34.3 4.3M101 1h1.5");
        area.Count(c => c == 'Z').ShouldBe(2);
        Svg.Sparkline([null, null], 100, 18).ShouldBe(("", ""));
        Svg.Thin([1, 5, null, 2], 2).ShouldBe([5, 2]);
    }

    [Fact]
    public void The_table_is_saved_as_it_is()
    {
        var table = new ResultTable(
        [
            new ResultColumn("a,b", ColumnType.String, new[] { "x\"y", "=1+1", "" }, [false, false, true]),
            new ResultColumn("n", ColumnType.Float64, new[] { 1.5, double.NaN, 2 }, null),
        ]);
        ResultsModel.Csv(table).ShouldBe("\"a,b\",n\r\n\"x\"\"y\",1.5\r\n=1+1,NaN\r\n,2\r\n");
        var json = System.Text.Json.JsonDocument.Parse(ResultsModel.Json(table)).RootElement;
        json[0].GetProperty("a,b").GetString().ShouldBe("x\"y");
        json[1].GetProperty("n").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        json[2].GetProperty("a,b").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public void Columns_refer_to_their_calculations()
    {
        var columns = ResultsModel.Columns(Result(), Asked, ChartModel.From(Result(), Asked, Colors(Result()), TimeZoneInfo.Utc));
        columns.Select(c => c.IsBreakdown).ShouldBe([true, false, false]);
        columns[1].Reference.ShouldBe(new ResultReference(Op: CalculationOp.P99, Column: "duration_ms"));
        columns[2].Max.ShouldBe(4);
        columns[1].Chart.ShouldBe(0);
        ResultsModel.Filter(Result().Results, 1, "EU").ShouldBe([0]);
        ResultsModel.Filter(Result().Results, 1, "").ShouldBe([0, 1]);
    }

    private static SeriesColors Colors(QueryResult result)
    {
        var colors = new SeriesColors();
        colors.Assign(result.Results, Asked.Breakdowns);
        return colors;
    }

    private static ResultTable Groups(params string[] names) => new([new ResultColumn("g", ColumnType.String, names, null)]);

    private static QueryMeta Meta(TimeWindow window) => new(window, Minute, 5, 10, TimeSpan.FromMilliseconds(3), 1, default, false, 0, 0);

    private static QueryResult Result() => new()
    {
        Meta = Meta(new TimeWindow(Start, Start + 4 * Minute)),
        Results = new ResultTable(
        [
            new ResultColumn("region", ColumnType.String, new[] { "eu", "" }, [false, true]),
            new ResultColumn("P99(duration_ms)", ColumnType.Float64, new[] { 30.0, 5 }, null),
            new ResultColumn("COUNT", ColumnType.Int64, new long[] { 4, 1 }, null),
        ]),
        Series = new SeriesTable(
            [Start, Start + Minute, Start + 2 * Minute], [0, 1, 0],
            [new ResultColumn("P99(duration_ms)", ColumnType.Float64, new[] { 10.0, 5, 30 }, null), new ResultColumn("COUNT", ColumnType.Int64, new long[] { 1, 1, 3 }, null)]),
    };
}
