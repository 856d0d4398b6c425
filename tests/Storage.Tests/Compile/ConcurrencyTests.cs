using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

public sealed class ConcurrencyTests
{
    private const long Second = 1_000_000_000;

    /// <summary>10 s to 40 s, in steps of 10 s.</summary>
    private static readonly Query Ask = new()
    {
        Time = new TimeRange.Between(10 * Second, 40 * Second), GranularitySeconds = 10, Calculations = [new(CalculationOp.Concurrency)],
    };

    [Fact]
    public void The_mean_over_time_of_spans_in_flight()
    {
        using var events = Spans((12, 2_000), (15, 5_000), (15, 10_000));
        var result = events.Run(Ask);
        Values(result.Results, "CONCURRENCY").ShouldBe([17.0 / 30]);
        result.Series.Times.ShouldBe([10 * Second, 20 * Second]);
        Points(result).ShouldBe([1.2, 0.5]);
        result.Meta.Columns.ShouldContain(new TypedColumn("CONCURRENCY", ColumnType.Float64));
    }

    [Fact]
    public void Spans_that_began_before_the_window_count_for_the_time_that_they_are_in_it()
    {
        using var events = Spans((0, 100_000), (5, 6_000), (5, 5_000), (35, 60_000), (39, 0), (45, 1_000));
        var result = events.Run(Ask with { Calculations = [.. Ask.Calculations, new(CalculationOp.Count), new(CalculationOp.Max, "duration_ms")] });
        Values(result.Results, "CONCURRENCY").ShouldBe([(30 + 1 + 5) / 30.0]);
        Values(result.Results, "COUNT").ShouldBe([2.0]);
        Values(result.Results, "MAX(duration_ms)").ShouldBe([60_000.0]);
        Points(result).ShouldBe([1.1, 1.0, 1.5]);
        result.Series.Calculations[1].ToDoubles().ShouldBe([0, 0, 2]);
        result.Meta.EventsMatched.ShouldBe(2);
    }

    [Fact]
    public void A_window_in_which_no_span_begins_has_its_groups_and_points_all_the_same()
    {
        using var events = new MemoryEvents(("duration_ms", ColumnType.Float64), ("s", ColumnType.String)).With(
            (1, [("duration_ms", 25_000.0), ("s", "a")]), (2, [("duration_ms", 60_000.0), ("s", "b")]), (3, [("duration_ms", 1.0), ("s", "c")]));
        var result = events.Run(Ask with { Breakdowns = ["s"] });
        Enumerable.Range(0, 2).Select(row => (result.Results.Columns[0][row].ToString(), result.Results.Columns[1][row].AsDouble())).ShouldBe([("b", 1.0), ("a", (15 * Second + 1) / (30.0 * Second))]);
        result.Results.RowCount.ShouldBe(2);
        result.Series.Times.ShouldBe([10 * Second, 10 * Second, 20 * Second, 20 * Second, 30 * Second]);
        Values(result.Total!, "CONCURRENCY").ShouldBe([1 + (15 * Second + 1) / (30.0 * Second)]);
        var cut = events.Run(Ask with { Breakdowns = ["s"], Limit = 1, Havings = [QueryText.ParseHaving("CONCURRENCY > 0.1")] });
        Values(cut.Other!, "CONCURRENCY").ShouldBe([(15 * Second + 1) / (30.0 * Second)]);
    }

    [Fact]
    public void What_is_no_span_with_a_duration_does_not_count()
    {
        using var events = new MemoryEvents(("duration_ms", ColumnType.Float64), ("meta.signal_type", ColumnType.String), ("meta.annotation_type", ColumnType.String)).With(
            (15 * Second, [("duration_ms", 3_000.0), ("meta.signal_type", "trace")]),
            (15 * Second, [("duration_ms", 3_000.0)]),
            (15 * Second, [("duration_ms", 3_000.0), ("meta.signal_type", "log")]),
            (15 * Second, [("duration_ms", 3_000.0), ("meta.signal_type", "metric")]),
            (15 * Second, [("duration_ms", 3_000.0), ("meta.signal_type", "trace"), ("meta.annotation_type", "span_event")]),
            (15 * Second, [("duration_ms", -3_000.0)]), (15 * Second, [("duration_ms", double.NaN)]), (15 * Second, [("duration_ms", double.PositiveInfinity)]), (15 * Second, []));
        var result = events.Run(Ask with { Calculations = [.. Ask.Calculations, new(CalculationOp.Count)] });
        (Values(result.Results, "CONCURRENCY")[0], Values(result.Results, "COUNT")[0]).ShouldBe((0.2, 9));
        events.Run(Ask with { Where = QueryText.ParseWhere("meta.signal_type = \"log\"") }).Results.Columns[0][0].ShouldBe(Value.Of(0.0));
    }

    [Fact]
    public void Weights_filters_formulas_and_orders_work_as_for_any_calculation()
    {
        using var events = new MemoryEvents(("duration_ms", ColumnType.Float64), ("SampleRate", ColumnType.Int64), ("s", ColumnType.String)).With(
            (5 * Second, [("duration_ms", 20_000.0), ("SampleRate", 4L), ("s", "a")]), (20 * Second, [("duration_ms", 3_000.0), ("s", "b")]));
        var result = events.Run(Ask with
        {
            Calculations = [new(CalculationOp.Concurrency, Name: "all"), new(CalculationOp.Concurrency, Name: "of_b", Where: QueryText.ParseWhere("s = \"b\""))],
            Formulas = [new("share", "$of_b / $all")], Breakdowns = ["s"], Orders = [QueryText.ParseOrder("share desc")],
        });
        Values(result.Results, "all").ShouldBe([0.1, 2]);
        Values(result.Results, "of_b").ShouldBe([0.1, 0]);
        Values(result.Results, "share").ShouldBe([1.0, 0]);
        Values(result.Total!, "all").ShouldBe([2.1]);
        result.Meta.MeanSampleRate.ShouldBe(1);
    }

    [Fact]
    public void A_span_longer_than_time_itself_is_in_flight_to_the_end()
    {
        using var events = Spans((1, 1e300));
        Points(events.Run(Ask)).ShouldBe([1.0, 1, 1]);
    }

    [Fact]
    public void It_takes_no_column()
    {
        using var events = Spans();
        var error = Should.Throw<QueryException>(() => events.Run(Ask with { Calculations = [new(CalculationOp.Concurrency, "duration_ms")] })).Errors.ShouldHaveSingleItem();
        (error.Path, error.Message).ShouldBe(("calculations[0].column", "CONCURRENCY takes no column"));
    }

    private static MemoryEvents Spans(params (int Second, double Ms)[] spans) => new MemoryEvents(("duration_ms", ColumnType.Float64)).With(
        spans.Select(s => (s.Second * Second, new (string, Value)[] { ("duration_ms", s.Ms) })).ToArray());

    private static double[] Values(ResultTable table, string name) => table.Find(name).ShouldNotBeNull().ToDoubles();

    private static double[] Points(QueryResult result) => result.Series.Calculations[0].ToDoubles();
}
