using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>Columns of other spans of the trace, case by case.</summary>
public sealed class RelationalTests
{
    private const long Second = 1_000_000_000;

    private static readonly (string, ColumnType)[] Columns =
    [
        (WellKnownColumns.TraceId, ColumnType.String), (WellKnownColumns.SpanId, ColumnType.String), (WellKnownColumns.ParentId, ColumnType.String),
        ("name", ColumnType.String), ("db", ColumnType.String), ("x", ColumnType.Int64),
        (WellKnownColumns.ServiceName, ColumnType.String), (WellKnownColumns.DurationMs, ColumnType.Float64), (WellKnownColumns.Error, ColumnType.Bool),
        (WellKnownColumns.AnnotationType, ColumnType.String), ("any.own", ColumnType.String), ("root.name", ColumnType.String),
    ];

    [Theory]
    [InlineData("any.db = \"redis\" and any.x = 2", "")]
    [InlineData("any.db = \"redis\" and any2.x = 2", "root, redis, pg")]
    [InlineData("any.db = \"redis\" and any.x = 1", "root, redis, pg")]
    [InlineData("any.db = \"redis\" and (name = \"pg\" or any.x = 1)", "root, redis, pg")]
    [InlineData("any.db = \"redis\" and (name = \"pg\" or any.x = 2)", "pg")]
    [InlineData("(any.db = \"redis\" or any.db = \"pg\") and any.x = 2", "root, redis, pg")]
    [InlineData("any.db = \"redis\" and any2.db = \"pg\" and any3.x does-not-exist", "root, redis, pg")]
    [InlineData("any.db != \"redis\" and any.x = 1", "")]
    [InlineData("any.db != \"redis\" and any.x does-not-exist", "root, redis, pg")]
    [InlineData("child.db = \"redis\" and child.x = 2", "")]
    [InlineData("child.db = \"redis\" and child.x = 1", "root")]
    [InlineData("child.db != \"redis\"", "root")]
    [InlineData("parent.name = \"root\"", "redis, pg")]
    [InlineData("root.x does-not-exist and root.db != \"pg\"", "root, redis, pg")]
    public void Conditions_on_one_prefix_are_about_one_span(string where, string names)
    {
        using var events = Store(Span(1, "t", "1", null, "root"), Span(2, "t", "2", "1", "redis", ("db", "redis"), ("x", 1L)), Span(3, "t", "3", "1", "pg", ("db", "pg"), ("x", 2L)));
        Names(events, where).ShouldBe(names);
    }

    [Theory]
    [InlineData("not any.x = 1", "c")]
    [InlineData("any.x = 2 and not any.x = 3", "a, b")]
    [InlineData("not (any.x = 1 and any.db = \"y\")", "a, b, c")]
    [InlineData("not not any.x = 1", "a, b")]
    [InlineData("any.x != 1", "a, b, c")]
    [InlineData("not any.x != 1", "")]
    [InlineData("not (any.x = 1 or any.x = 3)", "")]
    [InlineData("not (name = \"a\" and any.x = 2)", "b, c")]
    [InlineData("none.x = 1", "c")]
    [InlineData("none.x = 1 and none.db = \"y\"", "a, b, c")]
    [InlineData("none.x = 1 or none.x = 3", "a, b, c")]
    [InlineData("none.x = 1 or none.db = \"y\"", "c")]
    [InlineData("none.x = 2 and (none.db = \"y\" or name = \"c\")", "c")]
    [InlineData("none.x = 1 and (none.x = 3 and name = \"c\")", "")]
    [InlineData("not none.x = 1", "a, b")]
    [InlineData("not (none.x = 1 and none.db = \"y\")", "")]
    [InlineData("not (none.x = 1 and none.db = \"x\")", "a, b")]
    [InlineData("none.x does-not-exist", "a, b, c")]
    public void Not_and_none_mean_that_there_is_no_such_span(string where, string names)
    {
        using var events = Store(
            Span(1, "t", "1", null, "a", ("x", 1L), ("db", "x")), Span(2, "t", "2", "1", "b", ("x", 2L), ("db", "y")), Span(3, "u", "3", null, "c", ("x", 3L)));
        Names(events, where).ShouldBe(names);
    }

    [Fact]
    public void The_trace_is_looked_up_beyond_the_window()
    {
        using var events = Store(Span(1, "t", "1", null, "root", ("x", 1L)), Span(200 * Second, "t", "2", "1", "late", ("x", 2L)), Span(30 * Second, "t", "3", "1", "in"));
        var window = new TimeRange.Between(10 * Second, 60 * Second);
        Names(events, "any.x = 1 and any2.x = 2", window).ShouldBe("in");
        Names(events, "none.x = 2", window).ShouldBe("");
        Names(events, "root.x = 1 and parent.name = \"root\"", window).ShouldBe("in");
        Names(events, "trace.span_count = 3 and trace.duration_ms > 199999", window).ShouldBe("in");
        Names(events, "any.name = \"in\"", window).ShouldBe("in");
    }

    [Fact]
    public void Of_several_roots_the_earliest_counts_then_the_one_with_the_smaller_id()
    {
        using var events = Store(
            Span(2, "t", "1", null, "late"), Span(1, "t", "9", null, "big"), Span(1, "t", "3", null, "small"), Span(1, "t", "3", null, "again"),
            Span(5, "u", "1", "gone", "orphan"), Log(6, "v", "gone", "log"));
        Rows(events, "COUNT", "root.name").ShouldBe("small: 4; null: 2");
        Rows(events, "COUNT", "trace.root_missing").ShouldBe("false: 4; true: 2");
    }

    [Fact]
    public void A_parent_may_be_in_another_service_and_arrive_later_and_begin_later()
    {
        using var events = Store(
            Span(5, "t", "2", "1", "child", (WellKnownColumns.ServiceName, "b")), Span(9, "t", "1", null, "parent", (WellKnownColumns.ServiceName, "a")), Span(6, "u", "3", "1", "other trace"));
        Rows(events, "COUNT", "parent.service.name").ShouldBe("null: 2; a: 1");
        Names(events, "parent.name = \"parent\"").ShouldBe("child");
        Names(events, "parent.name != \"parent\"").ShouldBe("other trace, parent");
        Names(events, "child.service.name = \"b\"").ShouldBe("parent");
        Rows(events, "COUNT", "trace.service_count").ShouldBe("2: 2; 0: 1");
    }

    [Fact]
    public void Circles_and_spans_that_are_their_own_parents_have_parents_and_no_root()
    {
        using var events = Store(Span(1, "t", "1", "2", "a"), Span(2, "t", "2", "1", "b"), Span(3, "u", "3", "3", "self"));
        Rows(events, "COUNT", "parent.name").ShouldBe("a: 1; b: 1; self: 1");
        Rows(events, "COUNT", "child.name").ShouldBe("a: 1; b: 1; self: 1");
        Rows(events, "COUNT", "root.x").ShouldBe("null: 3");
        Names(events, "trace.root_missing = true").ShouldBe("a, b, self");
    }

    [Fact]
    public void An_event_is_counted_once_whatever_ids_are_given_twice()
    {
        using var events = Store(
            Span(1, "t", "1", null, "root"), Span(2, "t", "1", null, "root again"), Span(3, "t", "2", "1", "child"), Span(4, "t", "2", "1", "child again"), Span(5, "t", "1", null, "third"));
        Rows(events, "COUNT", "parent.name").ShouldBe("null: 3; root: 2");
        Rows(events, "COUNT; MAX(child.name)", "root.name").ShouldBe("root: 5 child");
        Rows(events, "COUNT where any.name starts-with \"root\"; COUNT where child.name exists as parents; COUNT where none.name = \"x\" as all").ShouldBe("5 3 5");
        Rows(events, "MAX(trace.span_count)").ShouldBe("5");
    }

    [Fact]
    public void Only_spans_are_candidates_and_all_events_of_the_trace_are_in_the_answer()
    {
        using var events = Store(
            Span(1, "t", "1", null, "root"), Span(2, "t", "2", "1", "span"), Log(3, "t", "2", "log", ("x", 7L)),
            Log(4, "t", "2", "event", ("x", 8L), (WellKnownColumns.AnnotationType, "span_event")), Log(5, "t", null, "loose"));
        Names(events, "any.name = \"span\"").ShouldBe("root, span, log, event, loose");
        Names(events, "any.x exists").ShouldBe("");
        Names(events, "none.x exists").ShouldBe("root, span, log, event, loose");
        Names(events, "parent.name = \"span\"").ShouldBe("log, event");
        Names(events, "child.name exists").ShouldBe("root");
        Rows(events, "COUNT", "trace.span_count").ShouldBe("2: 5");
    }

    [Fact]
    public void An_event_without_a_trace_has_no_relatives()
    {
        using var events = Store(Event(1, "metric"), Event(2, "lost", (WellKnownColumns.SpanId, "1"), (WellKnownColumns.ParentId, "1")), Span(3, "t", "1", null, "span"));
        foreach (var column in new[] { "root.name", "parent.x", "child.name", "trace.duration_ms", "trace.span_count", "trace.error_count", "trace.service_count", "trace.root_missing" })
            Names(events, $"{column} exists and name != \"span\"").ShouldBe("", column);
        Names(events, "any.name exists").ShouldBe("span");
        Names(events, "any.x != 1 or child.x != 1").ShouldBe("span");
        Names(events, "parent.x != 1 and root.x != 1").ShouldBe("metric, lost, span");
        Names(events, "none.name exists").ShouldBe("metric, lost");
        Names(events, "not any.name = \"span\"").ShouldBe("metric, lost");
        Names(events, "name = \"metric\" or any.name = \"span\"").ShouldBe("metric, span");
    }

    [Fact]
    public void A_trace_is_as_long_as_from_its_first_start_to_its_last_end()
    {
        using var events = Store(
            Span(1_000_000, "t", "1", null, "root", (WellKnownColumns.DurationMs, 5.0)), Span(2_000_000, "t", "2", "1", "outlives", (WellKnownColumns.DurationMs, 10.25), (WellKnownColumns.Error, true)),
            Span(9_000_000, "t", "3", "1", "backwards", (WellKnownColumns.DurationMs, -8.5)), Span(10_000_000, "t", "4", "1", "unknown", (WellKnownColumns.DurationMs, double.NaN), (WellKnownColumns.Error, true)),
            Log(99_000_000, "t", "1", "log"), Span(1, "u", "1", null, "longest", (WellKnownColumns.DurationMs, 1e300)));
        Rows(events, "COUNT", "trace.duration_ms").ShouldBe("11.25: 5; 0: 1");
        Rows(events, "COUNT", "trace.error_count").ShouldBe("2: 5; 0: 1");
        Rows(events, "P50(trace.duration_ms); MAX(trace.span_count)").ShouldBe("11.25 4");
    }

    [Fact]
    public void Groups_and_calculations_see_the_first_span_that_the_condition_finds()
    {
        using var events = Store(
            Span(1, "t", "1", null, "root"), Span(3, "t", "8", "1", "second", ("db", "redis"), ("x", 20L)), Span(3, "t", "7", "1", "first", ("db", "redis"), ("x", 10L)),
            Span(2, "t", "2", "1", "other", ("db", "pg"), ("x", 1L)), Span(4, "u", "1", null, "plain"));
        Rows(events, "COUNT; MAX(any.x)", "any.name", "any.db = \"redis\"").ShouldBe("first: 4 10");
        Rows(events, "COUNT", "any.name", "name = \"plain\" or any.db = \"redis\"").ShouldBe("first: 4; plain: 1");
        Rows(events, "COUNT", "child.name", "exists(root.name)").ShouldBe("null: 4; other: 1");
        Rows(events, "COUNT", "child.name", "child.db = \"redis\"").ShouldBe("first: 1");
        // A calculation's own condition binds its own span.
        Rows(events, "MAX(any.x) as of_where; MAX(any.x) where any.db = \"pg\" as of_own; SUM(any.x) where not any.db = \"mysql\" as where_again", null, "any.db = \"redis\"").ShouldBe("10 1 40");
    }

    [Fact]
    public void Spans_that_a_condition_binds_in_several_ways_belong_to_each_other()
    {
        using var events = Store(
            Span(1, "t", "1", null, "two", ("x", 2L)), Span(2, "t", "2", "1", "one", ("x", 1L)), Span(3, "t", "3", "1", "eins", ("db", "1")), Span(4, "t", "4", "1", "zwei", ("db", "2")));
        var where = "any.x = 1 and any2.db = \"1\" or any.x = 2 and any2.db = \"2\"";
        Rows(events, "COUNT; MAX(any2.name)", "any.name", where).ShouldBe("two: 4 zwei");
        Rows(events, "COUNT", "any2.name", where).ShouldBe("zwei: 4");
        Rows(events, "COUNT", "any2.name", "any.x = 1 and any2.db = \"1\" or any.x = 2 and any2.db = \"2\" and name = \"one\"").ShouldBe("eins: 3; zwei: 1");
    }

    [Fact]
    public void Fields_may_look_at_other_spans_and_be_had_of_them()
    {
        using var events = Store(Span(1, "t", "1", null, "root", ("x", 100L)), Span(2, "t", "2", "1", "a", ("x", 10L)), Span(3, "t", "3", "1", "b", ("x", 30L)));
        CalculatedField[] fields = [new("share", "$x / $root.x"), new("big", "$x > 20"), new("found", "$any.x * 2")];
        Rows(events, "MAX(share); COUNT where parent.big = true as under_big; COUNT where share < 0.2 as little", null, null, fields).ShouldBe("1 2 1");
        Rows(events, "COUNT", "any.big", "any.name = \"b\"", fields).ShouldBe("true: 3");
        Rows(events, "COUNT; MAX(found)", null, "any.name = \"a\" and found = 20", fields).ShouldBe("3 20");
        Rows(events, "COUNT; MAX(found)", null, "any.name = \"b\" and found = 20", fields).ShouldBe("0 null");
        Rows(events, "COUNT", null, "not found = 20", fields).ShouldBe("0");
        Names(events, "found = 20", fields: fields).ShouldBe("root, a, b");
        var schema = new Schema(Columns.Select(c => new Column(c.Item1, c.Item2, 1, 0, 0)), 100);
        CalculatedFields.Check(fields[2], fields, schema).Type.ShouldBe(ColumnType.Int64);
        CalculatedFields.Check(new("f", "$any.nothing"), [], schema).Errors.ShouldHaveSingleItem().Message.ShouldContain("behind any.");
    }

    [Fact]
    public void A_listing_shows_and_orders_by_columns_of_relatives()
    {
        using var events = Store(Span(1, "t", "1", null, "root", ("x", 5L)), Span(2, "t", "2", "1", "a"), Span(3, "u", "3", null, "other", ("x", 7L)));
        var query = new Query
        {
            Time = TimeRange.All, Columns = ["name", "root.x", "trace.span_count"], Orders = [new(new ResultReference(Name: "root.x")), new(new ResultReference(Name: "time"), false)], Limit = 2,
            Where = QueryText.ParseWhere("root.x > 1"),
        };
        var page = events.Run(query).Events!;
        Text(page.Table).ShouldBe("3 other 7 1; 1 root 5 2");
        Text(events.Run(query with { Cursor = page.Cursor }).Events!.Table).ShouldBe("2 a 5 2");
    }

    [Fact]
    public void A_prefix_is_one_where_the_rest_names_a_column()
    {
        using var events = Store(Event(1, "e", ("any.own", "mine"), ("root.name", "stored")), Span(2, "t", "1", null, "span", ("root.name", "stored too")));
        Names(events, "any.own = \"mine\"").ShouldBe("e");
        Names(events, "root.name = \"stored\"").ShouldBe("");
        Names(events, "root.name = \"span\"").ShouldBe("span");
        Names(events, "any.root.name = \"stored too\"").ShouldBe("span");
        // All columns of a listing are those that are stored.
        Text(events.Run(new Query { Time = TimeRange.All, Where = QueryText.ParseWhere("name = \"span\"") }).Events!.Table).ShouldContain("stored too");
        RelationalColumns.TypeOf("root.name", events.Session.Schema).ShouldBe(ColumnType.String);
        RelationalColumns.TypeOf("root.x", events.Session.Schema).ShouldBe(ColumnType.Int64);
        RelationalColumns.TypeOf("trace.root_missing", events.Session.Schema).ShouldBe(ColumnType.Bool);
        RelationalColumns.TypeOf("root.nothing", events.Session.Schema).ShouldBeNull();
    }

    [Theory]
    [InlineData("COUNT", "any.name", "x = 1", "breakdowns[0]", "where says nothing of any.")]
    [InlineData("COUNT", "any2.name", "any.x = 1", "breakdowns[0]", "where says nothing of any2.")]
    [InlineData("COUNT", "any.name", "not any.x = 1", "breakdowns[0]", "outside of a not")]
    [InlineData("MAX(any.x)", null, null, "calculations[0].column", "where says nothing of any.")]
    [InlineData("COUNT", "none.name", "none.x = 1", "breakdowns[0]", "none. is for conditions")]
    [InlineData("COUNT", "root.nam", null, "breakdowns[0]", "there is no column \"nam\" that a span could have behind root.")]
    [InlineData("COUNT", null, "any.duration = 1", "where.column", "behind any.")]
    [InlineData("COUNT", null, "any.root.x = 1", "where.column", "cannot go on from there")]
    [InlineData("COUNT", null, "any.trace.span_count = 1", "where.column", "the same for all spans")]
    [InlineData("COUNT", null, "trace.span_cont = 1", "where.column", "there is no column")]
    [InlineData("SUM(root.name)", null, null, "calculations[0].column", "SUM needs numbers")]
    [InlineData("COUNT", null, "any.x = \"y\"", "where.value", "cannot be compared")]
    [InlineData("COUNT", null, "mixed = 1 and any.x = 1", "where.and[0].column", "can look at nothing else")]
    [InlineData("COUNT", "any.of_root", "any.x = 1", "calculated_fields[1].expression", "cannot be had of another span")]
    public void Faults_name_their_place(string calculation, string? breakdown, string? where, string path, string message)
    {
        using var events = Store();
        CalculatedField[] fields = [new("mixed", "$any.x - $x"), new("of_root", "$root.x")];
        var used = fields.Where(f => (where + breakdown).Contains(f.Name, StringComparison.Ordinal)).ToArray();
        if (breakdown == "any.of_root") used = fields;
        var error = Should.Throw<QueryException>(() => Rows(events, calculation, breakdown, where, used)).Errors.ShouldHaveSingleItem();
        error.Path.ShouldBe(path);
        error.Message.ShouldContain(message);
        if (breakdown == "root.nam") error.Suggestions[0].ShouldBe("root.name");
        if (path == "where.column" && where == "any.duration = 1") error.Suggestions.ToArray().ShouldBe(["any.duration_ms"]);
        if (where == "trace.span_cont = 1") error.Suggestions[0].ShouldBe("trace.span_count");
    }

    [Fact]
    public void Conditions_that_mix_spans_and_events_beyond_measure_are_refused()
    {
        using var events = Store(Span(1, "t", "1", null, "root", ("x", 1L)));
        string Where(int parts) => string.Join(" and ", Enumerable.Range(0, parts).Select(i => $"(any.x != {i + 5} or x = {i})"));
        Names(events, Where(7)).ShouldBe("root");
        Should.Throw<QueryException>(() => Names(events, Where(8))).Errors.ShouldHaveSingleItem().Message.ShouldContain("more than 128 ways");
        // However many conditions there are, as long as they do not mix.
        Names(events, string.Join(" and ", Enumerable.Range(0, 200).Select(i => $"(any.x != {i + 5} or any.x = {i})"))).ShouldBe("root");
    }

    [Fact]
    public void Spans_in_flight_are_counted_where_their_relatives_match()
    {
        using var events = Store(
            Span(1, "t", "1", null, "root", ("x", 1L), (WellKnownColumns.DurationMs, 60_000.0)), Span(20 * Second, "t", "2", "1", "in", (WellKnownColumns.DurationMs, 10_000.0)),
            Span(20 * Second, "u", "3", null, "other", (WellKnownColumns.DurationMs, 10_000.0)));
        var result = events.Run(new Query
        {
            Time = new TimeRange.Between(10 * Second, 50 * Second), Where = QueryText.ParseWhere("root.x = 1"), GranularitySeconds = 10, Breakdowns = ["root.name"],
            Calculations = [new(CalculationOp.Concurrency), new(CalculationOp.Count)],
        });
        Text(result.Results).ShouldBe("root 1.25 1");
        result.Series.RowCount.ShouldBe(4);
    }

    [Fact]
    public void An_earlier_time_is_compared_by_its_own_spans()
    {
        using var events = Store(
            Span(10 * Second, "t", "1", null, "root", ("x", 1L)), Span(11 * Second, "t", "2", "1", "in"), Span(40 * Second, "u", "3", null, "later", ("x", 1L)), Span(41 * Second, "v", "4", null, "no"));
        var result = events.Run(new Query
        {
            Time = new TimeRange.Between(40 * Second, 60 * Second), Where = QueryText.ParseWhere("any.x = 1"), Calculations = [new(CalculationOp.Count), new(CalculationOp.Max, "any.name")],
            CompareOffsetSeconds = 35,
        });
        Text(result.Results).ShouldBe("1 later");
        Text(result.Compare!.Results).ShouldBe("2 root");
    }

    [Fact]
    public void Nothing_is_left_of_a_run()
    {
        using var events = Store(Span(1, "t", "1", null, "root"));
        Names(events, "any.name exists").ShouldBe("root");
        Should.Throw<Exception>(() => events.Execute(new Storage.Compile.SqlStatement("SELECT count(*) FROM matched_events0", []), default)).Message.ShouldContain("matched_events0");
    }

    private static MemoryEvents Store(params TestEvent[] events) => new MemoryEvents(Columns.Select(c => (c.Item1, c.Item2))).With(events);

    private static TestEvent Event(long time, string name, params (string Name, Value Value)[] values) =>
        new(time, values.Append(("name", name)).Where(v => !v.Item2.IsNull).ToImmutableDictionary(v => v.Item1, v => v.Item2));

    private static TestEvent Span(long time, string trace, string id, string? parent, string name, params (string, Value)[] values) =>
        Log(time, trace, parent, name, [.. values, (WellKnownColumns.SpanId, id)]);

    private static TestEvent Log(long time, string trace, string? parent, string name, params (string, Value)[] values) =>
        Event(time, name, [.. values, (WellKnownColumns.TraceId, trace), (WellKnownColumns.ParentId, parent is null ? Value.Null : Value.Of(parent))]);

    /// <summary>The names of the events that match, in the order of time.</summary>
    private static string Names(MemoryEvents events, string where, TimeRange? time = null, params CalculatedField[] fields)
    {
        var result = events.Run(new Query
        {
            Time = time ?? TimeRange.All, Where = QueryText.ParseWhere(where), Columns = ["name"],
            Orders = [new(new ResultReference(Name: "time"), false)], CalculatedFields = fields.ToValueList(),
        });
        var names = result.Events!.Table.Find("name")!;
        return string.Join(", ", Enumerable.Range(0, names.Count).Select(i => names[i].ToString()));
    }

    /// <summary>The rows of an answer: the group, then the calculations.</summary>
    private static string Rows(MemoryEvents events, string calculations, string? breakdown = null, string? where = null, params CalculatedField[] fields)
    {
        var result = events.Run(new Query
        {
            Time = TimeRange.All, Calculations = calculations.Split("; ").Select(QueryText.ParseCalculation).ToValueList(),
            Breakdowns = breakdown is null ? [] : [breakdown],
            Where = where is null ? null : QueryText.ParseWhere(where), CalculatedFields = fields.ToValueList(),
        });
        return string.Join("; ", Text(result.Results).Split("; ").Select(row => breakdown is null || !row.Contains(' ', StringComparison.Ordinal) ? row : row[..row.IndexOf(' ', StringComparison.Ordinal)] + ":" + row[row.IndexOf(' ', StringComparison.Ordinal)..]));
    }

    private static string Text(ResultTable table) => string.Join("; ", Enumerable.Range(0, table.RowCount)
        .Select(row => string.Join(" ", table.Columns.Select(c => c[row].IsNull ? "null" : c[row].ToString()))));
}
