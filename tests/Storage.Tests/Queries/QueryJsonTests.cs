using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Queries;

public sealed class QueryJsonTests
{
    [Fact]
    public void Reads_the_whole_object()
    {
        var query = QueryJson.Read("""
            { "time_range": 7200, "granularity": 60,
              "calculations": [ { "op": "COUNT" },
                { "op": "P99", "column": "duration_ms", "name": "p99", "where": { "column": "error", "op": "=", "value": true } } ],
              "where": { "and": [ { "column": "http.route", "op": "=", "value": "/pay" },
                { "or": [ { "column": "code", "op": ">=", "value": 500 }, { "not": { "column": "user.id", "op": "exists" } } ] } ] },
              "breakdowns": [ "service.name" ],
              "havings": [ { "calculate_op": "COUNT", "op": ">", "value": 10 } ],
              "orders": [ { "op": "COUNT", "order": "descending" }, { "column": "service.name" }, { "name": "p99", "order": "ascending" } ],
              "limit": 100, "series": false,
              "formulas": [ { "name": "rate", "expression": "$p99 / 2" } ],
              "calculated_fields": [ { "name": "slow", "expression": "GT($duration_ms, 500)" } ],
              "compare_time_offset_seconds": 86400, "columns": [ "name" ], "cursor": "abc", "end_time": null }
            """);
        query.ShouldBe(new Query
        {
            Time = new TimeRange.Last(TimeSpan.FromHours(2)),
            GranularitySeconds = 60,
            Calculations = [new(CalculationOp.Count), new(CalculationOp.P99, "duration_ms", "p99", new Filter.Condition("error", FilterOp.Equal, true))],
            Where = new Filter.And([
                new Filter.Condition("http.route", FilterOp.Equal, "/pay"),
                new Filter.Or([new Filter.Condition("code", FilterOp.GreaterOrEqual, 500), new Filter.Not(new Filter.Condition("user.id", FilterOp.Exists))])]),
            Breakdowns = ["service.name"],
            Havings = [new(new ResultReference(Op: CalculationOp.Count), FilterOp.Greater, 10)],
            Orders = [new(new(Op: CalculationOp.Count)), new(new(Column: "service.name"), false), new(new(Name: "p99"), false)],
            Limit = 100,
            Series = false,
            Formulas = [new("rate", "$p99 / 2")],
            CalculatedFields = [new("slow", "GT($duration_ms, 500)")],
            CompareOffsetSeconds = 86400,
            Columns = ["name"],
            Cursor = "abc",
        });
    }

    [Fact]
    public void Flat_filters_join_the_tree()
    {
        Filter a = new Filter.Condition("a", FilterOp.Equal, 1), b = new Filter.Condition("b", FilterOp.In, ValueList.Create<Value>([1, "x", 2.5]));
        const string filters = """[ { "column": "a", "op": "=", "value": 1 }, { "column": "b", "op": "in", "value": [1, "x", 2.5] } ]""";
        QueryJson.Read($$"""{ "filters": {{filters}} }""").Where.ShouldBe(new Filter.And([a, b]));
        QueryJson.Read($$"""{ "filters": {{filters}}, "filter_combination": "OR" }""").Where.ShouldBe(new Filter.Or([a, b]));
        QueryJson.Read($$"""{ "filters": {{filters}}, "where": { "column": "c", "op": "exists" } }""").Where
            .ShouldBe(new Filter.And([new Filter.Condition("c", FilterOp.Exists), new Filter.And([a, b])]));
        QueryJson.Read("""{ "filters": [], "filter_combination": "AND" }""").Where.ShouldBeNull();
        QueryJson.Read($$"""{ "calculations": [ { "op": "COUNT", "filters": {{filters}}, "filter_combination": "or" } ] }""")
            .Calculations[0].Where.ShouldBe(new Filter.Or([a, b]));
    }

    [Theory]
    [InlineData("""{ "time_range": 0.5 }""", 5_000_000L)]
    [InlineData("""{ "time_range": 1e3 }""", 10_000_000_000L)]
    [InlineData("{}", 72_000_000_000L)]
    public void Relative_time(string json, long ticks) => QueryJson.Read(json).Time.ShouldBe(new TimeRange.Last(TimeSpan.FromTicks(ticks)));

    [Theory]
    [InlineData("""{ "start_time": 1732100000, "end_time": 1732100060 }""", 1732100000_000000000L, 1732100060_000000000L)]
    [InlineData("""{ "start_time": 1732100000.123456789, "time_range": 60 }""", 1732100000_123456789L, 1732100060_123456789L)]
    [InlineData("""{ "end_time": 1732100000, "time_range": 60 }""", 1732099940_000000000L, 1732100000_000000000L)]
    [InlineData("""{ "end_time": 1732100000 }""", 1732092800_000000000L, 1732100000_000000000L)]
    [InlineData("""{ "start_time": "2024-11-20T10:53:20.000000001Z", "end_time": "2024-11-20t12:53:20.5+02:00" }""", 1732100000_000000001L, 1732100000_500000000L)]
    [InlineData("""{ "start_time": 0, "end_time": 1e12 }""", 0L, long.MaxValue)]
    [InlineData("""{ "start_time": "0001-01-01T00:00:00Z", "end_time": "9999-12-31T23:59:59.99999999999Z" }""", long.MinValue, long.MaxValue)]
    [InlineData("""{ "start_time": 5, "end_time": 5 }""", 5_000_000_000L, 5_000_000_000L)]
    public void Absolute_time(string json, long start, long end) => QueryJson.Read(json).Time.ShouldBe(new TimeRange.Between(start, end));

    [Fact]
    public void A_whole_number_may_be_written_as_a_fraction()
    {
        QueryJson.Read("""{ "limit": 5.0, "compare_time_offset_seconds": 3.6e3 }""").ShouldBe(new Query { Limit = 5, CompareOffsetSeconds = 3_600 });
        Should.Throw<QueryException>(() => QueryJson.Read("""{ "compare_time_offset_seconds": 1e30 }"""));
    }

    [Theory]
    [InlineData("[]", "", "an object is expected here, not a list")]
    [InlineData("nonsense", "", "the body is not JSON: line 1, byte 2")]
    [InlineData("", "", "the body is not JSON: line 1, byte 1")]
    [InlineData("""{ "breakdown": ["a"] }""", "breakdown", "there is no property \"breakdown\" here")]
    [InlineData("""{ "limit": 1, "limit": 2 }""", "limit", "the property \"limit\" appears more than once")]
    [InlineData("""{ "limit": "x" }""", "limit", "a whole number is expected here, not the text \"x\"")]
    [InlineData("""{ "limit": 1.5 }""", "limit", "a whole number is expected here, not 1.5")]
    [InlineData("""{ "limit": 99999999999 }""", "limit", "99999999999 is not between 1 and 10000")]
    [InlineData("""{ "time_range": 0 }""", "time_range", "0 seconds is no length of time; it must be above 0")]
    [InlineData("""{ "time_range": -5 }""", "time_range", "-5 seconds is no length of time; it must be above 0")]
    [InlineData("""{ "time_range": "2h" }""", "time_range", "a number of seconds is expected here, not the text \"2h\"")]
    [InlineData("""{ "time_range": 1, "start_time": 1, "end_time": 2 }""", "time_range", "time_range goes with start_time or end_time, not with both")]
    [InlineData("""{ "start_time": 2, "end_time": 1 }""", "end_time", "1 lies before start_time")]
    [InlineData("""{ "start_time": "yesterday" }""", "start_time", "Unix seconds or a time in RFC 3339 is expected here, not the text \"yesterday\"")]
    [InlineData("""{ "calculations": [ { "op": "COUNTS" } ] }""", "calculations[0].op", "there is no calculation \"COUNTS\"")]
    [InlineData("""{ "calculations": [ { "column": "a" } ] }""", "calculations[0].op", "a calculation needs `op`, such as COUNT")]
    [InlineData("""{ "calculations": "COUNT" }""", "calculations", "a list is expected here, not the text \"COUNT\"")]
    [InlineData("""{ "where": { "and": [ { "column": "a", "op": "like", "value": 1 } ] } }""", "where.and[0].op", "there is no operator \"like\"")]
    [InlineData("""{ "where": { "not": { "column": "a", "op": "=" } } }""", "where.not.value", "= needs a value; exists and does-not-exist ask for missing ones")]
    [InlineData("""{ "where": { "column": "a", "op": "=", "value": [1] } }""", "where.value", "a text, a number, true or false is expected here, not a list")]
    [InlineData("""{ "where": { "column": "a", "op": "in", "value": 1 } }""", "where.value", "a list is expected here, not 1")]
    [InlineData("""{ "where": { "column": "a", "op": "exists", "value": 1 } }""", "where.value", "exists takes no value")]
    [InlineData("""{ "where": { "and": [], "or": [] } }""", "where", "a filter is one of `and`, `or`, `not`, or `column` with `op` and `value`, not several at once")]
    [InlineData("""{ "where": { "op": "=", "value": 1 } }""", "where.column", "a condition needs `column`")]
    [InlineData("""{ "filters": [ 5 ] }""", "filters[0]", "an object is expected here, not 5")]
    [InlineData("""{ "filter_combination": "XOR" }""", "filter_combination", "there is no combination \"XOR\"; it is AND or OR")]
    [InlineData("""{ "orders": [ { "op": "COUNT", "order": "down" } ] }""", "orders[0].order", "there is no order \"down\"; it is ascending or descending")]
    [InlineData("""{ "havings": [ { "calculate_op": "COUNT", "op": ">" } ] }""", "havings[0].value", "a having needs a value")]
    [InlineData("""{ "breakdowns": [ 1 ] }""", "breakdowns[0]", "a text is expected here, not 1")]
    [InlineData("""{ "breakdowns": [ "\ud800" ] }""", "breakdowns[0]", "the text is not valid Unicode")]
    [InlineData("""{ "where": { "op": "\ud800", "column": "a" } }""", "where.op", "the text is not valid Unicode")]
    [InlineData("""{ "\ud800": 1 }""", "", "the name of a property is not valid Unicode")]
    [InlineData("""{ "series": 1 }""", "series", "true or false is expected here, not 1")]
    public void Errors_name_the_place_and_the_value(string json, string path, string message)
    {
        var error = Should.Throw<QueryException>(() => QueryJson.Read(json)).Errors.ShouldHaveSingleItem();
        (error.Path, error.Message).ShouldBe((path, message));
    }

    [Fact]
    public void An_operator_that_is_no_text_is_an_error_without_a_column_too() =>
        Should.Throw<QueryException>(() => QueryJson.Read("""{ "where": { "op": "\ud800" } }""")).Errors.Select(e => (e.Path, e.Message))
            .ShouldBe([("where.column", "a condition needs `column`"), ("where.op", "the text is not valid Unicode")]);

    [Fact]
    public void Bytes_that_are_no_text_are_refused() =>
        Should.Throw<QueryException>(() => QueryJson.Read((byte[])[.. "{\""u8, 0xff, .. "\":1}"u8])).Message.ShouldBe("the body is not text in UTF-8");

    [Fact]
    public void All_errors_come_at_once_with_suggestions()
    {
        var errors = Should.Throw<QueryException>(() => QueryJson.Read("""
            { "calculation": [], "where": { "or": [ { "column": 1, "op": "=", "value": 1 }, { "colum": "a", "op": "contain", "value": "x" } ] }, "limit": true }
            """)).Errors;
        errors.Select(e => e.Path).ShouldBe(["calculation", "where.or[0].column", "where.or[1].colum", "where.or[1].column", "where.or[1].op", "limit"]);
        errors[0].Suggestions[0].ShouldBe("calculations");
        errors[2].Suggestions[0].ShouldBe("column");
        errors[4].Suggestions[0].ShouldBe("contains");
    }

    [Fact]
    public void Deep_bodies_are_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"not":""", 100_000));
        Should.Throw<QueryException>(() => QueryJson.Read($$"""{"where":{{deep}}""")).Message.ShouldContain("64 levels");
    }

    [Fact]
    public void Every_query_survives_its_json() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(HostileQueries.Query.ToArbitrary(), query =>
        {
            var json = QueryJson.ToJson(query);
            var read = QueryJson.Read(json);
            // Half a surrogate pair is no text in JSON, the writer replaces it; everything else comes back.
            if (!json.Contains("\\uFFFD", StringComparison.Ordinal)) read.ShouldBe(query);
            QueryJson.Read(QueryJson.ToJson(read)).ShouldBe(read);
        }));

    [Fact]
    public void Random_json_gives_a_query_or_a_query_error()
    {
        var leaf = Gen.Elements("1", "\"a\"", "null", "true", "{}", "[]", "-0.5", "\"COUNT\"", "\"=\"", "1e400", "\"\\ud800\"");
        var key = Gen.Elements("where", "and", "or", "not", "column", "op", "value", "calculations", "filters", "time_range", "start_time", "limit", "orders", "name", "x", "", "\\ud800", "formulas", "expression", "havings", "calculate_op", "filter_combination");
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(Node(4).ToArbitrary(), json =>
        {
            try
            {
                QueryJson.Read(json);
            }
            catch (QueryException e)
            {
                e.Errors.ShouldNotBeEmpty();
            }
        }));

        Gen<string> Node(int depth)
        {
            if (depth == 0) return leaf;
            var fields = Gen.Choose(0, 3).SelectMany(n => Gen.ArrayOf(key.SelectMany(k => Node(depth - 1).Select(v => $"\"{k}\": {v}")), n));
            var items = Gen.Choose(0, 3).SelectMany(n => Gen.ArrayOf(Node(depth - 1), n));
            return Gen.OneOf(leaf, fields.Select(f => "{" + string.Join(",", f) + "}"), fields.Select(f => "{" + string.Join(",", f) + "}"), items.Select(i => "[" + string.Join(",", i) + "]"));
        }
    }

    [Fact]
    public void Writes_an_answer()
    {
        var results = new ResultTable([
            new ResultColumn("service.name", ColumnType.String, new[] { "pay", "" }, [false, true]),
            new ResultColumn("COUNT", ColumnType.Int64, new[] { long.MaxValue, 3L }, null),
            new ResultColumn("p99", ColumnType.Float64, new[] { 93.5, double.NaN }, null)]);
        var result = new QueryResult
        {
            Results = results,
            Series = new SeriesTable([1_732_100_000_000_000_000], [1], [new ResultColumn("COUNT", ColumnType.Int64, new[] { 3L }, null)]),
            Total = new ResultTable([new ResultColumn("COUNT", ColumnType.Int64, new[] { 4000L }, null)]),
            Heatmap = new Heatmap("d", [0], [1, 2.5], [[7]], [1], [0.5], IsLog: true),
            Meta = Meta with { Columns = [new("service.name", ColumnType.String)] },
        };
        Json(w => QueryJson.WriteResult(w, new Query { Breakdowns = ["service.name"] }, result)).ShouldBe("""
            {"data":{"series":[{"time":"2024-11-20T10:53:20Z","data":{"service.name":null,"COUNT":3}}],
            "results":[{"data":{"service.name":"pay","COUNT":9223372036854775807,"p99":93.5}},{"data":{"service.name":null,"COUNT":3,"p99":null}}],
            "total":{"COUNT":4000},"other":null,
            "heatmap":{"column":"d","times":["1970-01-01T00:00:00Z"],"edges":[1,2.5],"counts":[[7]],"nonpositive":[1],"missing":[0.5],"scale":"log"},
            "events":[],"cursor":null},
            "meta":{"start_time":"1970-01-01T00:00:00Z","end_time":"1970-01-01T00:00:01.5Z","granularity_seconds":0.5,"events_matched":3,"rows_examined":10,
            "elapsed_ms":1.25,"mean_sample_rate":1,"approximate":[],"partial":false,"segments_total":2,"segments_read":1,"columns":{"service.name":"String"}}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void Writes_events_without_what_they_lack()
    {
        var page = new EventPage(new ResultTable([
            new ResultColumn("time", ColumnType.Int64, new[] { 1_732_100_000_000_000_001L, 5_000_000_000L }, null),
            new ResultColumn("error", ColumnType.Bool, new[] { true, false }, [false, true]),
            new ResultColumn("x", ColumnType.Float64, new[] { double.PositiveInfinity, 1.5 }, null)]), "next");
        Json(w => QueryJson.WriteEvents(w, page)).ShouldBe(
            """[{"time":"2024-11-20T10:53:20.000000001Z","error":true,"x":null},{"time":"1970-01-01T00:00:05.000000000Z","x":1.5}]""");
        Json(w => QueryJson.WriteEvents(w, page, ["x"])).ShouldBe("""[{"x":null},{"x":1.5}]""");
        var listing = new QueryResult { Events = page, Meta = Meta };
        Json(w => QueryJson.WriteResult(w, new Query { Columns = ["error"] }, listing)).ShouldStartWith(
            """{"data":{"series":[],"results":[],"total":null,"other":null,"heatmap":null,"events":[{"error":true},{}],"cursor":"next"},"meta":{""");
    }

    private static QueryMeta Meta { get; } = new(new TimeWindow(0, 1_500_000_000), 500_000_000, 3, 10, TimeSpan.FromMilliseconds(1.25), 1, [], false, 2, 1);

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
