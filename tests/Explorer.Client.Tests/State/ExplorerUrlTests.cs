using Explorer.Client.State;
using FsCheck;
using FsCheck.Fluent;
using Storage.Queries;

namespace Explorer.Client.Tests.State;

public sealed class ExplorerUrlTests
{
    [Fact]
    public void The_address_is_readable()
    {
        var state = new ExplorerState
        {
            Query = new Query
            {
                Calculations = [new Calculation(CalculationOp.Count), new Calculation(CalculationOp.P99, "duration_ms")],
                Where = new Filter.And([new Filter.Condition("http.route", FilterOp.Equal, "/pay"), new Filter.Condition("http.response.status_code", FilterOp.GreaterOrEqual, 500)]),
                Breakdowns = ["service.version"],
                Orders = [new Order(new ResultReference(Op: CalculationOp.Count))],
                Limit = 50,
                GranularitySeconds = 60,
            },
        };
        ExplorerUrl.Format(state).ShouldBe(
            "/explore?calc=COUNT&calc=P99(duration_ms)&where=http.route%20=%20%22/pay%22%20and%20http.response.status_code%20%3E=%20500&by=service.version&order=COUNT%20desc&limit=50&step=1m&range=2h");
    }

    [Fact]
    public void Formulas_and_calculated_fields_are_in_the_address()
    {
        var state = new ExplorerState
        {
            Query = new Query
            {
                Calculations = [new Calculation(CalculationOp.Count)], Formulas = [new Formula("half", "$COUNT / 2")],
                CalculatedFields = [new CalculatedField("slow", "GT($duration_ms, 500)"), new CalculatedField("a:b", "$\"x y\" + 1")],
            },
        };
        var address = ExplorerUrl.Format(state);
        address.ShouldStartWith("/explore?calc=COUNT&calc=half:%20$COUNT%20/%202&field=slow:%20GT($duration_ms,%20500)&field=");
        ExplorerUrl.Parse(address).State.ShouldBe(state);
        var error = ExplorerUrl.Parse("/explore?field=slow: GT($duration_ms)").Errors.ShouldHaveSingleItem();
        (error.Parameter, error.Position, error.Message).ShouldBe(("field", 6, "GT takes 2 arguments, not 1"));
    }

    [Fact]
    public void The_scale_of_a_heatmap_is_of_the_question_and_keeping_is_not()
    {
        var state = new ExplorerState { Query = new Query { Calculations = [new Calculation(CalculationOp.Heatmap, "duration_ms")] } };
        var linear = state.ScaleHeatmap(isLog: false);
        ExplorerUrl.Format(linear).ShouldBe("/explore?calc=HEATMAP(duration_ms)&range=2h&heat=linear");
        ExplorerUrl.Parse(ExplorerUrl.Format(linear)).State.ShouldBe(linear);
        state.HasAnswerOf(linear).ShouldBeFalse();
        var unkept = state with { IsKept = false };
        ExplorerUrl.Format(unkept).ShouldEndWith("&keep=off");
        ExplorerUrl.Parse(ExplorerUrl.Format(unkept)).State.ShouldBe(unkept);
        state.HasAnswerOf(unkept).ShouldBeTrue();
        ExplorerUrl.Parse("/explore?heat=round").Errors.ShouldHaveSingleItem().Message.ShouldContain("auto, linear, log");
    }

    [Fact]
    public void An_address_without_parameters_is_the_default_question()
    {
        var parsed = ExplorerUrl.Parse("http://localhost:8080/explore");
        parsed.Errors.ShouldBeEmpty();
        parsed.State.ShouldBe(new ExplorerState());
        parsed.State.OverviewQuery.Calculations.ShouldBe([new Calculation(CalculationOp.Count)]);
    }

    [Theory]
    [InlineData("/explore?where=http.route = \"/pay\" and a >= 1")]
    [InlineData("/explore?where=http.route+%3D+%22%2Fpay%22+and+a+%3E%3D+1")]
    [InlineData("/explore?where=http.route%20%3D%20%22%2Fpay%22%20and%20a%20%3E%3D%201#part")]
    public void Every_way_of_encoding_is_read(string address) => ExplorerUrl.Parse(address).State.Query.Where.ShouldBe(
        new Filter.And([new Filter.Condition("http.route", FilterOp.Equal, "/pay"), new Filter.Condition("a", FilterOp.GreaterOrEqual, 1)]));

    [Theory]
    [InlineData("start=2026-11-20T10:00:00Z&end=2026-11-20T12:00:00Z", 1795168800, 1795176000)]
    [InlineData("start=1795168800&end=1795176000", 1795168800, 1795176000)]
    [InlineData("range=1h&start=1795168800&end=1795176000", 1795168800, 1795176000)]
    public void Absolute_times_win_over_a_range(string parameters, long start, long end) =>
        ExplorerUrl.Parse($"/explore?{parameters}").State.Query.Time.ShouldBe(new TimeRange.Between(start * 1_000_000_000, end * 1_000_000_000));

    [Fact]
    public void Every_mistake_is_said_with_its_place()
    {
        var parsed = ExplorerUrl.Parse("/explore?calc=P99(duration_ms)&calc=NOPE(x)&where=a = = 1&range=2y2&limit=0&step=-1&view=x&sel=1&start=never&by=a b&having=COUNT >&order=");
        parsed.Errors.Select(e => e.Parameter).ShouldBe(["calc", "where", "range", "limit", "step", "view", "sel", "by", "having", "order", "start"]);
        parsed.Errors.Single(e => e.Parameter == "where").Position.ShouldBe(4);
        parsed.Errors.Single(e => e.Parameter == "where").Text.ShouldBe("a = = 1");
        parsed.Errors.ShouldAllBe(e => e.Message.Length > 10);
        parsed.State.Query.Calculations.ShouldBe([new Calculation(CalculationOp.P99, "duration_ms")]);
    }

    [Fact]
    public void An_end_before_the_start_is_a_mistake() =>
        ExplorerUrl.Parse("/explore?start=1795176000&end=1795168800").Errors.ShouldHaveSingleItem().Message.ShouldContain("not after the start");

    [Fact]
    public void Every_state_comes_back_from_its_address() => Prop.ForAll(States.ToArbitrary(), state =>
    {
        var address = ExplorerUrl.Format(state);
        var parsed = ExplorerUrl.Parse("http://localhost:8080" + address);
        return parsed.Errors.IsEmpty && parsed.State == state && ExplorerUrl.Format(parsed.State) == address;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_address_is_what_a_browser_gives_back() => Prop.ForAll(States.ToArbitrary(), state =>
        ExplorerUrl.Format(state).All(c => c is > ' ' and < '\u007F' and not ('"' or '<' or '>' or '\'' or '#' or '+'))).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_addresses_do_no_harm() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
    {
        var parsed = ExplorerUrl.Parse("/explore?" + text + "&where=" + text + "&calc=" + text + "&start=" + text + "&sel=" + text);
        return parsed.State is not null;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("2026-11-20T10:50:00Z..2026-11-20T12:00:00Z,1040..4600")]
    [InlineData("2026-11-20T11:00:00Z..2026-11-20T12:00:00Z")]
    [InlineData("2026-11-20T11:00:00Z..2026-11-20T12:00:00Z and duration_ms > 1000")]
    [InlineData("2026-11-20T11:00:00Z..2026-11-20T12:00:00Z and (a = 1 or b = 2)")]
    [InlineData("cloud.region = \"eu-west-1\" and error = true")]
    public void A_selection_is_readable(string text) => SelectionText.Format(SelectionText.Parse(text)).ShouldBe(text);

    [Theory]
    [InlineData("sel", "2026-11-20T11:00:00Z..2026-11-20T12:00:00Z and a = = 1", 51)]
    [InlineData("sel", "2026-11-20T11:00:00Z..2026-11-20T12:00:00Z,4..1", null)]
    [InlineData("sel", "2026-11-20T11:00:00Z..2026-11-20T12:00:00Z or a = 1", null)]
    [InlineData("base", "2026-11-20T11:00:00Z..2026-11-20T12:00:00Z and a = 1", null)]
    [InlineData("base", "2026-11-20T11:00:00Z..2026-11-20T12:00:00Z,1..2", null)]
    public void What_is_no_selection_is_said(string parameter, string text, int? position)
    {
        var error = ExplorerUrl.Parse($"/explore?{parameter}={Uri.EscapeDataString(text)}").Errors.ShouldHaveSingleItem();
        error.Parameter.ShouldBe(parameter);
        error.Position.ShouldBe(position);
    }

    [Fact]
    public void The_address_of_a_trace_comes_back()
    {
        var address = TraceUrl.Format("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1_795_168_800_000_000_001);
        address.ShouldBe("/trace/0af7651916cd43dd8448eb211c80319c?span=b7ad6b7169203331&time=2026-11-20T10:00:00.000000001Z");
        TraceUrl.Parse("0af7651916cd43dd8448eb211c80319c", address).ShouldBe(new TraceState("0af7651916cd43dd8448eb211c80319c") { SpanId = "b7ad6b7169203331", TimeUnixNs = 1_795_168_800_000_000_001L });
    }

    [Fact]
    public void Everything_that_the_trace_page_shows_is_in_its_address()
    {
        var state = new TraceState("0af7651916cd43dd8448eb211c80319c")
        {
            SpanId = "a1", TimeUnixNs = 1_795_168_800_000_000_000, Zoom = (1, 12_500_000), Columns = ["http.route", "a&b=c"], Tab = TraceTab.Statistics, GroupBy = "k8s pod", OtherTraceId = "file-1",
        };
        var address = TraceUrl.Format(state);
        address.ShouldBe("/trace/0af7651916cd43dd8448eb211c80319c?span=a1&time=2026-11-20T10:00:00Z&zoom=0.000001-12.5&col=http.route&col=a%26b=c&tab=statistics&by=k8s%20pod&with=file-1");
        TraceUrl.Parse(state.TraceId, address).ShouldBe(state);
    }

    [Theory]
    [InlineData("zoom=5-1")]
    [InlineData("zoom=-1-2")]
    [InlineData("zoom=a-b")]
    [InlineData("zoom=99999999999999-999999999999999")]
    [InlineData("tab=99&tab=nope&col=&by=&with=&time=soon")]
    public void What_the_address_of_a_trace_cannot_say_is_left_out(string query) => TraceUrl.Parse("t", "/trace/t?" + query).ShouldBe(new TraceState("t"));

    private static readonly string[] Names =
    [
        "duration_ms", "service.name", "and", "COUNT", "", " ", "a b", "`", "``x`", "\"", "a\"b'c", "a&b=c", "a%20b", "100%", "a+b", "#", "é", "日本", "🙂", "\n", "\t\u0000", "<script>", "x,y", "(", "where", "as",
        "not", "null", "\u202Eabc", "a\\b", "-1", "1e5", "../..", "?", ";drop table events;--", "%41", "\u0085",
    ];

    private static Gen<string> Name => Gen.Elements(Names).Where(n => n.Length > 0);

    private static Gen<Value> Constant => Gen.OneOf(
        Gen.Elements(Names).Select(Value.Of), ArbMap.Default.GeneratorFor<long>().Select(Value.Of),
        ArbMap.Default.GeneratorFor<NormalFloat>().Select(f => Value.Of(f.Get)), ArbMap.Default.GeneratorFor<bool>().Select(Value.Of));

    private static Gen<Filter> Conditions =>
        from name in Name
        from op in Gen.Elements(Enum.GetValues<FilterOp>())
        from values in Constant.ListOf()
        from one in Constant
        select (Filter)new Filter.Condition(name, op, op.Operands() switch { Operands.None => default, Operands.One => [one], _ => values.ToValueList() });

    private static Gen<Filter> Filters(int depth) => depth == 0
        ? Conditions
        : Gen.OneOf(
            Conditions,
            Filters(depth - 1).Two().Select(p => (Filter)new Filter.And([p.Item1, p.Item2])),
            Filters(depth - 1).Three().Select(p => (Filter)new Filter.Or([p.Item1, p.Item2, p.Item3])),
            Filters(depth - 1).Select(p => (Filter)new Filter.Not(p)));

    private static Gen<Calculation> Calculations =>
        from op in Gen.Elements(Enum.GetValues<CalculationOp>())
        from column in Name
        from hasColumn in ArbMap.Default.GeneratorFor<bool>()
        from name in Gen.OneOf(Name.Select(n => (string?)n), Gen.Constant((string?)null))
        from filter in Gen.OneOf(Filters(1).Select(f => (Filter?)f), Gen.Constant((Filter?)null))
        select new Calculation(op, op.NeedsColumn() || (hasColumn && op.TakesColumn()) ? column : null, name, filter);

    private static Gen<ResultReference> References =>
        Gen.OneOf(Name.Select(n => new ResultReference(n)), Name.Select(n => new ResultReference(Op: CalculationOp.P99, Column: n)), Gen.Constant(new ResultReference(Op: CalculationOp.Count)));

    private static Gen<TimeRange> Ranges => Gen.OneOf(
        Gen.Choose(1, 100_000_000).Select(s => (TimeRange)new TimeRange.Last(TimeSpan.FromTicks(s * 12_345_678L))),
        Gen.Choose(0, int.MaxValue).Two().Select(p => (TimeRange)new TimeRange.Between(p.Item1 * 1_000_003L, p.Item1 * 1_000_003L + 1 + p.Item2)),
        Gen.Constant(TimeRange.All));

    private static Gen<HeatmapBox> Boxes =>
        from start in Gen.Choose(0, int.MaxValue)
        from length in Gen.Choose(1, int.MaxValue)
        from low in ArbMap.Default.GeneratorFor<NormalFloat>()
        from height in Gen.Choose(0, 1000)
        select new HeatmapBox(start * 999_983L, start * 999_983L + length, low.Get, Math.Max(low.Get, low.Get + height));

    private static Gen<TimeWindow> Windows => Boxes.Select(b => new TimeWindow(b.StartUnixNs, b.EndUnixNs));

    private static Gen<SelectedEvents> Baselines => Gen.OneOf(Windows.Select(w => new SelectedEvents(w, null)), Filters(2).Select(f => new SelectedEvents(null, f)));

    private static Gen<ExplorerSelection> Selections => Gen.OneOf(
        Boxes.Select(b => (ExplorerSelection)b), Baselines.Select(b => (ExplorerSelection)b), from w in Windows from f in Filters(2) select (ExplorerSelection)new SelectedEvents(w, f));

    private static Gen<Query> Queries =>
        from calculations in Calculations.ListOf(2)
        from filter in Gen.OneOf(Filters(2).Select(f => (Filter?)f), Gen.Constant((Filter?)null))
        from breakdowns in Name.ListOf(2)
        from havings in (from target in References from op in Gen.Elements(FilterOp.Greater, FilterOp.Equal, FilterOp.LessOrEqual) from value in Constant select new Having(target, op, value)).ListOf(1)
        from sorts in (from target in References from isDown in ArbMap.Default.GeneratorFor<bool>() select new Order(target, isDown)).ListOf(1)
        from limit in Gen.OneOf(Gen.Choose(1, Query.MaxLimit).Select(l => (int?)l), Gen.Constant((int?)null))
        from step in Gen.OneOf(Gen.Elements(0.001, 0.25, 1, 60, 90, 3600, 86400, 0.1, 1.0 / 3, 1e-7, 123456.789).Select(s => (double?)s), Gen.Constant((double?)null))
        from time in Ranges
        select new Query
        {
            Calculations = calculations.ToValueList(), Where = filter, Breakdowns = breakdowns.ToValueList(), Havings = havings.ToValueList(), Orders = sorts.ToValueList(), Limit = limit, GranularitySeconds = step, Time = time,
        };

    private static Gen<ExplorerState> States =>
        from query in Queries
        from view in Gen.Elements(Enum.GetValues<ExplorerView>())
        from selection in Gen.OneOf(Selections.Select(s => (ExplorerSelection?)s), Gen.Constant((ExplorerSelection?)null))
        from baseline in Gen.OneOf(Baselines.Select(b => (SelectedEvents?)b), Gen.Constant((SelectedEvents?)null))
        from list in Gen.Elements(Enum.GetValues<ComparisonList>())
        from text in ArbMap.Default.GeneratorFor<bool>()
        from sort in Gen.Elements(Enum.GetValues<EventOrder>())
        from columns in Name.ListOf(2)
        select new ExplorerState { Query = query, View = view, Selection = selection, Baseline = baseline, List = list, IsText = text, EventOrder = sort, EventColumns = columns.ToValueList() };
}
