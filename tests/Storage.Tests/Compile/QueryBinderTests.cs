using Storage.Compile;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

public sealed class QueryBinderTests
{
    private static readonly Schema Schema = new(
        new (string Name, ColumnType Type)[]
        {
            ("service.name", ColumnType.String), ("duration_ms", ColumnType.Float64), ("http.response.status_code", ColumnType.Int64), ("error", ColumnType.Bool),
        }.Select(c => new Column(c.Name, c.Type, 1, 0, 0)), 100);

    [Theory]
    [InlineData("""{ "calculations": [ { "op": "P99", "column": "service.name" } ] }""", "calculations[0].column", "P99 needs numbers, and \"service.name\" is String")]
    [InlineData("""{ "calculations": [ { "op": "SUM", "column": "error" } ] }""", "calculations[0].column", "SUM needs numbers, and \"error\" is Bool")]
    [InlineData("""{ "calculations": [ { "op": "HEATMAP", "column": "service.name" } ] }""", "calculations[0].column", "HEATMAP needs numbers, and \"service.name\" is String")]
    [InlineData("""{ "calculations": [ { "op": "AVG" } ] }""", "calculations[0].column", "AVG needs a column")]
    [InlineData("""{ "calculations": [ { "op": "CONCURRENCY", "column": "d" } ] }""", "calculations[0].column", "CONCURRENCY takes no column")]
    [InlineData("""{ "calculations": [ { "op": "RATE_MAX", "column": "service.name" } ] }""", "calculations[0].column", "RATE_MAX needs numbers, and \"service.name\" is String")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" }, { "op": "COUNT" } ] }""", "calculations[1].name", "another column of the result is called \"COUNT\" already: give it a name")]
    [InlineData("""{ "calculations": [ { "op": "COUNT", "name": "error" } ], "breakdowns": ["error"] }""", "calculations[0].name", "another column of the result is called \"error\" already: give it a name")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "breakdowns": ["error", "error"] }""", "breakdowns[1]", "\"error\" is already a breakdown")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "breakdowns": ["service.nam"] }""", "breakdowns[0]", "there is no column \"service.nam\"")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "breakdowns": ["root.nope"] }""", "breakdowns[0]", "there is no column \"nope\" that a span could have behind root.")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "where": { "column": "nope", "op": "exists" } }""", "where.column", "there is no column \"nope\"")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "where": { "column": "duration_ms", "op": ">", "value": "slow" } }""", "where.value", "\"slow\" cannot be compared with the column, which is Float64")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "where": { "column": "http.response.status_code", "op": "in", "value": [500, "x"] } }""", "where.value", "\"x\" cannot be compared with the column, which is Int64")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "where": { "column": "error", "op": "=", "value": 2 } }""", "where.value", "2 cannot be compared with the column, which is Bool")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "limit": 0 }""", "limit", "0 is not between 1 and 10000")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "limit": 10001 }""", "limit", "10001 is not between 1 and 10000")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "granularity": 0 }""", "granularity", "0 seconds is no width of a time bucket; it must be above 0")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "granularity": -1.5 }""", "granularity", "-1.5 seconds is no width of a time bucket; it must be above 0")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "cursor": "x" }""", "cursor", "only a listing has pages")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "havings": [ { "calculate_op": "SUM", "column": "duration_ms", "op": ">", "value": 1 } ] }""", "havings[0]", "the query does not calculate SUM(duration_ms)")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "havings": [ { "calculate_op": "COUNT", "op": "contains", "value": 1 } ] }""", "havings[0].op", "a having cannot use contains; it is one of = != > >= < <=")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "havings": [ { "calculate_op": "COUNT", "op": ">", "value": "x" } ] }""", "havings[0].value", "\"x\" cannot be compared with the column, which is Int64")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "breakdowns": ["error"], "havings": [ { "name": "error", "op": "=", "value": true } ] }""", "havings[0]", "\"error\" is a breakdown; use where to choose events by it")]
    [InlineData("""{ "calculations": [ { "op": "HEATMAP", "column": "duration_ms" } ], "orders": [ { "op": "HEATMAP", "column": "duration_ms" } ] }""", "orders[0]", "a HEATMAP has no single value to compare or to order by")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "orders": [ { "name": "errors" } ] }""", "orders[0]", "the result has no column \"errors\"")]
    [InlineData("""{ "calculations": [ { "op": "COUNT", "name": "a" }, { "op": "COUNT", "name": "b" } ], "orders": [ { "op": "COUNT" } ] }""", "orders[0]", "the query calculates COUNT several times; refer to it by name")]
    [InlineData("""{ "calculations": [ { "op": "HEATMAP", "column": "duration_ms" }, { "op": "HEATMAP", "column": "http.response.status_code" } ] }""", "calculations", "a query has at most one HEATMAP")]
    [InlineData("""{ "calculations": [ { "op": "COUNT" } ], "compare_time_offset_seconds": 0 }""", "compare_time_offset_seconds", "0 seconds is no distance to an earlier time; it must be above 0")]
    [InlineData("""{ "where": { "op": "search", "value": "" } }""", "where.value", "search needs a text to look for")]
    [InlineData("""{ "compare_time_offset_seconds": 60 }""", "compare_time_offset_seconds", "a comparison needs a calculation, such as COUNT")]
    [InlineData("""{ "breakdowns": ["error"] }""", "breakdowns", "breakdowns need a calculation, such as COUNT")]
    [InlineData("""{ "orders": [ { "op": "COUNT" } ] }""", "orders[0]", "a listing has no calculation to order by, such as COUNT")]
    [InlineData("""{ "columns": [ "nam" ] }""", "columns[0]", "there is no column \"nam\"")]
    public void Errors_name_the_place_and_the_value(string json, string path, string message)
    {
        var error = Errors(QueryJson.Read(json)).ShouldHaveSingleItem();
        (error.Path, error.Message).ShouldBe((path, message));
    }

    [Fact]
    public void All_errors_come_at_once_with_suggestions()
    {
        var errors = Errors(QueryJson.Read("""
            { "calculations": [ { "op": "P50", "column": "durationms" }, { "op": "COUNT", "where": { "not": { "column": "eror", "op": "=", "value": true } }, "name": "n" } ],
              "where": { "and": [ { "column": "Service.Name", "op": "exists" }, { "column": "duration_ms", "op": "<", "value": "x" } ] },
              "breakdowns": [ "response.status_code" ], "limit": -1 }
            """));
        errors.Select(e => e.Path).ShouldBe(["limit", "calculations[0].column", "calculations[1].where.not.column", "where.and[0].column", "where.and[1].value", "breakdowns[0]"]);
        errors.Select(e => e.Suggestions.Count == 0 ? "" : e.Suggestions[0]).ShouldBe(["", "duration_ms", "error", "service.name", "", "http.response.status_code"]);
    }

    [Fact]
    public void Times_must_have_length()
    {
        var count = new Query { Calculations = [new(CalculationOp.Count)] };
        Errors(count with { Time = new TimeRange.Last(TimeSpan.Zero) }).ShouldHaveSingleItem().Path.ShouldBe("time_range");
        Errors(count with { Time = new TimeRange.Between(2, 1) }).ShouldHaveSingleItem().Path.ShouldBe("end_time");
        Bind(count with { Time = new TimeRange.Between(-5, 5) }).Window.ShouldBe(new TimeWindow(0, 5));
        Bind(count with { Time = new TimeRange.Last(TimeSpan.MaxValue) }).Window.ShouldBe(new TimeWindow(0, 86_400_000_000_000));
        Bind(count with { Time = new TimeRange.Between(5, 5) }).Window.LengthNs.ShouldBe(0);
    }

    [Fact]
    public void Work_is_bounded()
    {
        var count = new Query { Calculations = [new(CalculationOp.Count)] };
        Filter deep = new Filter.Condition("error", FilterOp.Exists);
        for (var i = 0; i < 10_000; i++) deep = new Filter.Not(deep);
        Errors(count with { Where = deep })[0].Message.ShouldBe("the filter is nested deeper than 100 levels");
        var wide = new Filter.Or(Enumerable.Repeat<Filter>(new Filter.Condition("error", FilterOp.Exists), 1001).ToValueList());
        Errors(count with { Where = wide })[0].Message.ShouldBe("a query has at most 1000 conditions and 10000 values");
        var many = new Filter.Condition("duration_ms", FilterOp.In, Enumerable.Range(0, 10_001).Select(i => Value.Of((long)i)).ToValueList());
        Errors(count with { Where = many })[0].Message.ShouldBe("a query has at most 1000 conditions and 10000 values");
        Errors(count with { Calculations = Enumerable.Range(0, 101).Select(i => new Calculation(CalculationOp.Count, Name: $"{i}")).ToValueList() })[0].Path.ShouldBe("calculations");
    }

    [Theory]
    [InlineData(7200, null, 60)]
    [InlineData(3600, null, 30)]
    [InlineData(600, null, 5)]
    [InlineData(10, null, 1)]
    [InlineData(86_400, null, 900)]
    [InlineData(604_800, null, 7200)]
    [InlineData(2_592_000, null, 21_600)]
    [InlineData(31_536_000, null, 86_400)]
    [InlineData(7200, 60.0, 60)]
    [InlineData(7200, 0.5, 1)]
    [InlineData(7200, 0.72, 0.72)]
    [InlineData(7200, 1e300, 9223372036.854775807)]
    [InlineData(10, 0.25, 0.25)]
    [InlineData(10, 1e-12, 0.001)]
    [InlineData(1_000_000_000, 60.0, 172_800)]
    public void Granularity_is_chosen_taken_or_coarsened(long lengthSeconds, double? wish, double seconds)
    {
        var ns = Granularity.Choose(new TimeWindow(0, lengthSeconds * 1_000_000_000), wish);
        (ns / 1e9).ShouldBe(seconds);
    }

    [Fact]
    public void Every_window_has_a_granularity_within_bounds()
    {
        for (var length = 1L; length > 0; length = length * 3 + 1)
        {
            foreach (var wish in (double?[])[null, 1e-9, 1, 86_400])
                ((Int128)Granularity.Choose(new TimeWindow(0, length), wish) * Granularity.MaxBuckets).ShouldBeGreaterThanOrEqualTo(length);
        }

        Granularity.Choose(TimeWindow.All, null).ShouldBe(20L * 86_400 * 1_000_000_000);
    }

    private static BoundQuery Bind(Query query) => QueryBinder.Bind(query, Schema, DateTimeOffset.UnixEpoch.AddDays(1));

    private static QueryError[] Errors(Query query) => [.. Should.Throw<QueryException>(() => Bind(query)).Errors];
}
