using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Tests.State;

public sealed class ExplorerStateTests
{
    private static readonly Filter.Condition Checkout = new("service.name", FilterOp.Equal, "checkout");
    private static readonly Filter.Condition Slow = new("duration_ms", FilterOp.Greater, 100);

    [Fact]
    public void Filtering_adds_one_condition_once()
    {
        var once = new ExplorerState().FilterTo("service.name", "checkout");
        once.Query.Where.ShouldBe(Checkout);
        once.FilterTo("service.name", "checkout").Query.Where.ShouldBe(Checkout);
        once.FilterTo("region", Value.Null).Query.Where.ShouldBe(new Filter.And([Checkout, new Filter.Condition("region", FilterOp.DoesNotExist)]));
        once.Exclude("region", "eu").Query.Where.ShouldBe(new Filter.And([Checkout, new Filter.Condition("region", FilterOp.NotEqual, "eu")]));
        once.Exclude("region", Value.Null).Query.Where.ShouldBe(new Filter.And([Checkout, new Filter.Condition("region", FilterOp.Exists)]));
    }

    [Fact]
    public void Filtering_an_or_keeps_its_meaning()
    {
        var either = new Filter.Or([Checkout, Slow]);
        var state = new ExplorerState { Query = new Query { Where = either } };
        state.FilterTo("a", 1).Query.Where.ShouldBe(new Filter.And([either, new Filter.Condition("a", FilterOp.Equal, 1)]));
    }

    [Fact]
    public void A_new_question_drops_the_selection_and_an_adjustment_keeps_it()
    {
        var state = new ExplorerState { Selection = new HeatmapBox(1, 2, 3, 4) };
        state.GroupBy("a").Selection.ShouldBeNull();
        state.OrderBy(new ResultReference("a")).Selection.ShouldNotBeNull();
        state.GroupBy("a").GroupBy("a").Query.Breakdowns.ShouldBe(["a"]);
    }

    [Fact]
    public void Ordering_by_the_same_column_turns_its_direction()
    {
        var target = new ResultReference(Op: CalculationOp.Count);
        var first = new ExplorerState().OrderBy(target);
        first.Query.Orders.ShouldBe([new Order(target, true)]);
        first.OrderBy(target).Query.Orders.ShouldBe([new Order(target, false)]);
        first.OrderBy(new ResultReference("x")).Query.Orders.ShouldBe([new Order(new ResultReference("x"), true)]);
    }

    [Fact]
    public void A_time_is_compared_with_what_was_before_it()
    {
        var asked = new TimeWindow(1_000, 2_000);
        var state = new ExplorerState().CompareTime(new TimeWindow(1_600, 1_800), asked);
        state.View.ShouldBe(ExplorerView.BubbleUp);
        state.Baseline.ShouldBe(new SelectedEvents(new TimeWindow(1_000, 1_600), null), "the question's time before it");
        new ExplorerState().CompareTime(new TimeWindow(1_010, 1_510), asked).Baseline.ShouldBe(new SelectedEvents(new TimeWindow(510, 1_010), null), "as long a time, where the question has little before it");
        state.CompareTime(new TimeWindow(1_700, 1_900), asked).Baseline.ShouldBe(state.Baseline, "what was chosen stays");
        state.CompareTime(new TimeWindow(1_500, 1_900), asked).Baseline.ShouldBe(new SelectedEvents(new TimeWindow(1_000, 1_500), null), "unless they would overlap");
    }

    [Fact]
    public void What_only_shows_an_answer_needs_no_new_one()
    {
        var state = new ExplorerState { Query = new Query { Where = Checkout } };
        state.Compare(new HeatmapBox(1, 2, 3, 4), new SelectedEvents(new TimeWindow(1, 2), null)).HasAnswerOf(state).ShouldBeTrue();
        (state with { View = ExplorerView.Events }).HasAnswerOf(state).ShouldBeFalse();
        state.FilterTo("a", 1).HasAnswerOf(state).ShouldBeFalse();
    }

    [Fact]
    public void A_selected_group_narrows_by_each_of_its_values()
    {
        var state = new ExplorerState().Compare(new SelectedEvents(null, FilterEdit.Is([("a", 1), ("b", Value.Null)])));
        state.ToSelection("", zoomTime: true).Query.Where.ShouldBe(new Filter.And([new Filter.Condition("a", FilterOp.Equal, 1), new Filter.Condition("b", FilterOp.DoesNotExist)]));
    }

    [Fact]
    public void A_box_becomes_conditions_and_a_window()
    {
        var state = new ExplorerState { Selection = new HeatmapBox(10, 20, 1.5, 4) };
        var zoomed = state.ToSelection("duration_ms", zoomTime: true);
        zoomed.Query.Where.ShouldBe(new Filter.And([new Filter.Condition("duration_ms", FilterOp.GreaterOrEqual, 1.5), new Filter.Condition("duration_ms", FilterOp.LessOrEqual, 4.0)]));
        zoomed.Query.Time.ShouldBe(new TimeRange.Between(10, 20));
        state.ToSelection("duration_ms", zoomTime: false).Query.Time.ShouldBe(TimeRange.Default);
        new ExplorerState().ToSelection("duration_ms", zoomTime: true).ShouldBe(new ExplorerState());
    }

    [Fact]
    public void Parts_of_a_filter_are_replaced_removed_and_toggled_in_place()
    {
        var filter = new Filter.And([Checkout, new Filter.Not(new Filter.Or([Slow, Checkout]))]);
        FilterEdit.Replace(filter, [1, 0, 0], Checkout).ShouldBe(new Filter.And([Checkout, new Filter.Not(new Filter.Or([Checkout, Checkout]))]));
        FilterEdit.Remove(filter, [1, 0, 0]).ShouldBe(new Filter.And([Checkout, new Filter.Not(Checkout)]));
        FilterEdit.Remove(filter, [1]).ShouldBe(Checkout);
        FilterEdit.Remove(filter, []).ShouldBeNull();
        FilterEdit.Toggle(filter, [1, 0]).ShouldBe(new Filter.And([Checkout, new Filter.Not(new Filter.And([Slow, Checkout]))]));
        FilterEdit.Toggle(filter, []).ShouldBeOfType<Filter.Or>();
    }

    [Fact]
    public void Clauses_are_edited_as_text()
    {
        var query = QueryEdit.Set(new Query(), Clause.Visualize, 0, "p99(duration_ms)");
        query = QueryEdit.Set(query, Clause.Visualize, 1, "COUNT where error = true as errors");
        QueryEdit.Texts(query, Clause.Visualize).ShouldBe(["P99(duration_ms)", "COUNT where error = true as errors"]);
        QueryEdit.Texts(QueryEdit.Move(query, Clause.Visualize, 0, 1), Clause.Visualize).ShouldBe(["COUNT where error = true as errors", "P99(duration_ms)"]);
        QueryEdit.Move(query, Clause.Visualize, 1, 1).ShouldBe(query);
        QueryEdit.Texts(QueryEdit.Remove(query, Clause.Visualize, 0), Clause.Visualize).ShouldBe(["COUNT where error = true as errors"]);
        QueryEdit.Set(query, Clause.Limit, 0, "1,000").Limit.ShouldBe(1000);
        QueryEdit.Texts(QueryEdit.Set(query, Clause.Step, 0, "90s"), Clause.Step).ShouldBe(["90s"]);
        Should.Throw<QueryException>(() => QueryEdit.Set(query, Clause.Limit, 0, "0")).Message.ShouldContain("\"0\" is not a limit");
        Should.Throw<QueryException>(() => QueryEdit.Set(query, Clause.Visualize, 0, "P99("));
    }

    [Fact]
    public void Formulas_stand_behind_the_calculations()
    {
        var query = QueryEdit.Set(QueryEdit.Set(new Query(), Clause.Visualize, 0, "rate: $COUNT / 2"), Clause.Visualize, 1, "COUNT");
        QueryEdit.Texts(query, Clause.Visualize).ShouldBe(["COUNT", "rate: $COUNT / 2"]);
        for (var i = 0; i < 2; i++) QueryEdit.Set(query, Clause.Visualize, i, QueryEdit.Texts(query, Clause.Visualize)[i]).ShouldBe(query);
        query = QueryEdit.Set(query, Clause.Visualize, 2, "SUM(x)");
        query = QueryEdit.Set(query, Clause.Visualize, 3, "`a:b`: 1");
        QueryEdit.Texts(query, Clause.Visualize).ShouldBe(["COUNT", "SUM(x)", "rate: $COUNT / 2", "`a:b`: 1"]);
        QueryEdit.Texts(QueryEdit.Move(query, Clause.Visualize, 3, -1), Clause.Visualize).ShouldBe(["COUNT", "SUM(x)", "`a:b`: 1", "rate: $COUNT / 2"]);
        QueryEdit.Move(query, Clause.Visualize, 2, -1).ShouldBe(query);
        QueryEdit.Texts(QueryEdit.Set(query, Clause.Visualize, 1, "sum: 2"), Clause.Visualize).ShouldBe(["COUNT", "rate: $COUNT / 2", "`a:b`: 1", "sum: 2"]);
        QueryEdit.Texts(QueryEdit.Set(query, Clause.Visualize, 3, "MAX(x)"), Clause.Visualize).ShouldBe(["COUNT", "SUM(x)", "MAX(x)", "rate: $COUNT / 2"]);
        QueryEdit.Texts(QueryEdit.Remove(query, Clause.Visualize, 2), Clause.Visualize).ShouldBe(["COUNT", "SUM(x)", "`a:b`: 1"]);
        Should.Throw<QueryException>(() => QueryEdit.Set(query, Clause.Visualize, 2, "rate: $COUNT /"));
    }

    [Fact]
    public void Time_is_shifted_and_widened_within_what_can_be_stored()
    {
        TimeShift.Shift(new TimeWindow(100, 200), -1).ShouldBe(new TimeRange.Between(50, 150));
        TimeShift.Shift(new TimeWindow(10, 210), -1).ShouldBe(new TimeRange.Between(0, 200));
        TimeShift.Shift(new TimeWindow(100, 200), 1).ShouldBe(new TimeRange.Between(150, 250));
        TimeShift.StepOut(new TimeRange.Last(TimeSpan.FromHours(2)), default).ShouldBe(new TimeRange.Last(TimeSpan.FromHours(4)));
        TimeShift.StepOut(new TimeRange.Between(100, 200), new TimeWindow(100, 200)).ShouldBe(new TimeRange.Between(50, 250));
        TimeShift.StepOut(TimeRange.All, TimeWindow.All).ShouldBe(TimeRange.All);
    }

    [Fact]
    public void Neighbours_are_put_in_brackets_and_moved()
    {
        var (a, b, c) = (Exists("a"), Exists("b"), Exists("c"));
        var all = new Filter.And([a, b, c]);
        FilterEdit.Group(all, [], [1, 2]).ShouldBe(new Filter.And([a, new Filter.Or([b, c])]));
        FilterEdit.Group(all, [], [2, 0]).ShouldBe(new Filter.And([new Filter.Or([a, c]), b]));
        FilterEdit.Group(all, [], [0, 1, 2]).ShouldBe(new Filter.Or([a, b, c]));
        FilterEdit.Group(all, [], [1]).ShouldBe(all);
        FilterEdit.Group(new Filter.Not(all), [0], [0, 1]).ShouldBe(new Filter.Not(new Filter.And([new Filter.Or([a, b]), c])));
        FilterEdit.Move(all, [0], 1).ShouldBe(new Filter.And([b, a, c]));
        FilterEdit.Move(all, [2], 1).ShouldBe(all);
        FilterEdit.Move(a, [], 1).ShouldBe(a);

        static Filter Exists(string column) => new Filter.Condition(column, FilterOp.Exists);
    }

    [Fact]
    public void A_field_and_a_compared_period_are_chips_too()
    {
        var state = QueryEdit.Set(new ExplorerState(), Clause.Fields, 0, "slow: $duration_ms > 500", unread: null);
        state = QueryEdit.Set(state, Clause.Compare, 0, "1 day", unread: null);
        state.Query.CalculatedFields.ShouldBe([new CalculatedField("slow", "$duration_ms > 500")]);
        state.Query.CompareOffsetSeconds.ShouldBe(86_400);
        QueryEdit.Texts(state.Query, Clause.Compare).ShouldBe(["1d"]);
        QueryEdit.Remove(state.Query, Clause.Compare, 0).CompareOffsetSeconds.ShouldBeNull();
        Should.Throw<QueryException>(() => QueryEdit.Set(state, Clause.Compare, 0, "yesterday", unread: null)).Errors[0].Message.ShouldContain("yesterday");
    }

    [Fact]
    public void What_cannot_be_read_stays_until_it_is_repaired()
    {
        var state = ExplorerUrl.Parse("/explore?calc=COUNT&calc=NOPE(x)&calc=SUM(&where=a = = 1").State;
        state.Unread.ShouldBe([new UnreadPart("calc", "NOPE(x)"), new UnreadPart("calc", "SUM("), new UnreadPart("where", "a = = 1")]);
        var repaired = QueryEdit.Set(state, Clause.Visualize, int.MaxValue, "SUM(x)", unread: 1);
        repaired.Unread.ShouldBe([new UnreadPart("calc", "NOPE(x)"), new UnreadPart("where", "a = = 1")]);
        QueryEdit.Texts(repaired.Query, Clause.Visualize).ShouldBe(["COUNT", "SUM(x)"]);
        ExplorerUrl.Parse(ExplorerUrl.Format(repaired)).State.ShouldBe(repaired);
        QueryEdit.Set(repaired, Clause.Where, 0, "a = 1", unread: null).Unread.ShouldBe([new UnreadPart("calc", "NOPE(x)")]);
    }
}
