using System.Text;
using System.Text.Json;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Queries;

/// <summary>Answers as text and back: a kept answer is the answer.</summary>
public sealed class ResultJsonTests
{
    private static readonly QueryMeta Meta = new(
        new TimeWindow(1_732_100_000_000_000_000, 1_732_100_060_000_000_000), 10_000_000_000, 3, 10, TimeSpan.FromMilliseconds(1.25), 2.5, ["P99(d)"], IsPartial: true, 2, 1)
    {
        Columns = [new("service.name", ColumnType.String), new("COUNT", ColumnType.Int64), new("P99(d)", ColumnType.Float64), new("n", ColumnType.Int64), new("ok", ColumnType.Bool)],
    };

    private static readonly Query Question = new() { Breakdowns = ["service.name"], Calculations = [new Calculation(CalculationOp.Count), new Calculation(CalculationOp.P99, "d")] };

    [Fact]
    public void An_answer_is_read_as_it_was_written()
    {
        var results = Table(["pay", null, "a\n\"b\""], [long.MaxValue, 3L, 0L], [93.5, null, 2]);
        var result = new QueryResult
        {
            Results = results,
            Series = new SeriesTable([1_732_100_000_000_000_000, 1_732_100_010_000_000_000], [1, 0], Table([null, "pay"], [3L, 4L], [1.5, null]).Columns[1..]),
            Total = new ResultTable(Table([""], [4000L], [7.0]).Columns[1..]),
            Other = new ResultTable(Table([""], [1L], [null]).Columns[1..]),
            Heatmap = new Heatmap("d", [0, 10], [1, 2.5], [[7], [0]], [1, 0], [0.5, 0], IsLog: true),
            Sampling = new Sampling([new Interval("COUNT", 3, 1.5, double.NaN)], [[new Interval("COUNT", 1, 0, 2)], [], []]),
            Compare = new EarlierResult(new TimeWindow(5, 6), results, SeriesTable.Empty, new ResultTable(Table([""], [1L], [2.0]).Columns[1..]), null, null, 9),
            Meta = Meta,
        };
        var read = ShouldSurvive(Question, result);

        read.Results.Columns[0].IsNull(1).ShouldBeTrue();
        read.Results.Columns[1][0].ShouldBe(long.MaxValue);
        read.Series.Groups.ShouldBe([1, 0]);
        read.Meta.GranularityNs.ShouldBe(10_000_000_000);
        read.Sampling!.Results.Length.ShouldBe(3);
        read.Compare!.Window.ShouldBe(new TimeWindow(5, 6));
    }

    [Fact]
    public void Events_are_read_as_they_were_written()
    {
        var table = new ResultTable([
            new ResultColumn("time", ColumnType.Int64, new[] { 1_732_100_000_000_000_001, 5L }, null),
            new ResultColumn("n", ColumnType.Int64, new[] { 0, long.MinValue }, [true, false]),
            new ResultColumn("ok", ColumnType.Bool, new[] { true, false }, null)]);
        var read = ShouldSurvive(new Query(), new QueryResult { Events = new EventPage(table, "next"), Meta = Meta });

        read.Events!.Table.Find("time")![0].ShouldBe(1_732_100_000_000_000_001);
        read.Events.Table.Find("n")!.IsNull(0).ShouldBeTrue();
        read.Events.Table.Find("n")![1].ShouldBe(long.MinValue);
        read.Events.Cursor.ShouldBe("next");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_listing_keeps_the_columns_that_none_of_its_events_has(int events)
    {
        var table = new ResultTable([
            new ResultColumn("time", ColumnType.Int64, new long[events], null), .. Enum.GetValues<ColumnType>().Select(type => new ResultColumn(type.ToString(), type, type switch
            {
                ColumnType.Bool => new bool[events],
                ColumnType.Int64 => new long[events],
                ColumnType.Float64 => new double[events],
                _ => new string[events],
            }, [.. Enumerable.Repeat(true, events)]))]);
        var meta = Meta with { Columns = table.Columns.Select(c => new TypedColumn(c.Name, c.Type)).ToValueList() };

        var read = ShouldSurvive(new Query(), new QueryResult { Events = new EventPage(table, null), Meta = meta }).Events!.Table;

        read.Columns.Select(c => (c.Name, c.Type, c.Count)).ShouldBe(table.Columns.Select(c => (c.Name, c.Type, events)));
        for (var row = 0; row < events; row++) read.Columns.Skip(1).All(c => c.IsNull(row) && c[row].IsNull).ShouldBeTrue();
    }

    [Fact]
    public void An_answer_without_groups_keeps_its_columns()
    {
        var read = ShouldSurvive(Question, new QueryResult { Results = Table([], [], []), Total = new ResultTable(Table([""], [4L], [7.0]).Columns[1..]), Meta = Meta });

        read.Results.Columns.Select(c => c.Name).ShouldBe(["service.name", "COUNT", "P99(d)"]);
        read.Results.RowCount.ShouldBe(0);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"data":{},"meta":{"columns":{}}}""")]
    [InlineData("""{"data":[],"meta":{"columns":{"a":"Nothing"}}}""")]
    public void What_is_no_answer_is_said_to_be_none(string text)
    {
        using var document = JsonDocument.Parse(text);
        Should.Throw<FormatException>(() => QueryJson.ReadResult(Question, document.RootElement));
    }

    private static ResultTable Table(string?[] services, long[] counts, double?[] percentiles) => new([
        new ResultColumn("service.name", ColumnType.String, services.Select(s => s ?? "").ToArray(), services.Contains(null) ? [.. services.Select(s => s is null)] : null),
        new ResultColumn("COUNT", ColumnType.Int64, counts, null),
        new ResultColumn("P99(d)", ColumnType.Float64, percentiles.Select(p => p ?? double.NaN).ToArray(), percentiles.Contains(null) ? [.. percentiles.Select(p => p is null)] : null)]);

    private static QueryResult ShouldSurvive(Query query, QueryResult result)
    {
        var text = Text(query, result);
        using var document = JsonDocument.Parse(text);
        var read = QueryJson.ReadResult(query, document.RootElement);
        Text(query, read).ShouldBe(text);
        return read;
    }

    private static string Text(Query query, QueryResult result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) QueryJson.WriteResult(json, query, result);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
