using System.Collections.Immutable;
using Storage.Compile;
using Storage.DuckDb;
using Storage.DuckDb.Catalog;
using Storage.Events;
using Storage.Queries;
using Storage.Tests.Compile;
using Storage.Tests.Events;

namespace Storage.Tests.Catalog;

/// <summary>What the statistics of a segment say of a condition must be true of each of its events.</summary>
public sealed class PartPrunerTests
{
    [Fact]
    public void A_pruned_segment_holds_no_matching_event_and_a_full_one_no_other()
    {
        var (none, all, judged) = (0, 0, 0);
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new RandomQueries(seed);
            var types = random.Columns();
            var events = random.Events();
            if (events.Count == 0) continue;
            var naive = new NaiveEvaluator(types.Append(new("time", ColumnType.Int64)).ToDictionary(), events);
            var statistics = StatisticsOf(events, types);
            for (var i = 0; i < 10; i++)
            {
                var query = random.Listing();
                if (query.Where is null) continue;
                var match = Judge(query.Where, types, statistics);
                var matching = events.Count(e => naive.Matches(query.Where, e));
                judged++;
                if (match == Match.None) none++;
                if (match == Match.All) all++;
                if (match == Match.None) matching.ShouldBe(0, $"seed {seed}: {QueryJson.ToJson(query)}");
                if (match == Match.All) matching.ShouldBe(events.Count, $"seed {seed}: {QueryJson.ToJson(query)}");
            }
        }
        // The property is empty if nothing is ever certain.
        none.ShouldBeGreaterThan(judged / 20);
        all.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("name", FilterOp.Equal, "get", nameof(Match.Maybe))]
    [InlineData("name", FilterOp.Equal, "delete", nameof(Match.None))]
    [InlineData("name", FilterOp.NotEqual, "delete", nameof(Match.All))]
    [InlineData("name", FilterOp.Exists, null, nameof(Match.All))]
    [InlineData("name", FilterOp.StartsWith, "g", nameof(Match.Maybe))]
    [InlineData("name", FilterOp.Contains, "os", nameof(Match.Maybe))]
    [InlineData("name", FilterOp.EndsWith, "x", nameof(Match.None))]
    [InlineData("name", FilterOp.Matches, "x", nameof(Match.Maybe))]
    [InlineData("absent", FilterOp.Exists, null, nameof(Match.None))]
    [InlineData("absent", FilterOp.DoesNotExist, null, nameof(Match.All))]
    [InlineData("absent", FilterOp.NotEqual, "x", nameof(Match.All))]
    [InlineData("rare", FilterOp.Exists, null, nameof(Match.Maybe))]
    [InlineData("n", FilterOp.Greater, "99999", nameof(Match.None))]
    [InlineData("n", FilterOp.Less, "99999", nameof(Match.All))]
    [InlineData("n", FilterOp.GreaterOrEqual, "1500", nameof(Match.Maybe))]
    [InlineData("id", FilterOp.Equal, "id-00", nameof(Match.None))]
    [InlineData("id", FilterOp.Equal, "id1500", nameof(Match.Maybe))]
    [InlineData("id", FilterOp.StartsWith, "ie", nameof(Match.None))]
    [InlineData("id", FilterOp.StartsWith, "ic", nameof(Match.None))]
    [InlineData("id", FilterOp.StartsWith, "id", nameof(Match.Maybe))]
    public void Statistics_tell_what_they_can(string column, FilterOp op, string? value, string expected)
    {
        var events = Enumerable.Range(1000, 2000).Select(i =>
        {
            var values = ImmutableDictionary.CreateBuilder<string, Value>();
            values["name"] = i % 2 == 0 ? "get" : "post";
            values["n"] = (long)i;
            values["id"] = "id" + i;
            if (i == 1500) values["rare"] = true;
            return new TestEvent(i, values.ToImmutable());
        }).ToList();
        var types = new Dictionary<string, ColumnType>
        {
            ["name"] = ColumnType.String, ["n"] = ColumnType.Int64, ["id"] = ColumnType.String, ["rare"] = ColumnType.Bool, ["absent"] = ColumnType.String,
        };
        var filter = value is null ? new Filter.Condition(column, op) : new Filter.Condition(column, op, value);
        Judge(filter, types, StatisticsOf(events, types)).ToString().ShouldBe(expected);
    }

    [Fact]
    public void Traces_are_told_apart_by_id_in_each_form_that_queries_see()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        foreach (var id in (byte[][])[[0xAB, 0xCD], [0x01, 0x02]])
        {
            builder.BeginEvent(1);
            builder.SetId(WellKnownColumns.TraceId, id);
            builder.EndEvent();
        }

        builder.BeginEvent(1);
        EventBatchTests.Set(builder, WellKnownColumns.TraceId, "Text");
        builder.EndEvent();
        using var batch = builder.Build();
        var statistics = Of(batch);
        var traces = new GrowingTraceFilter();
        traces.Add(batch);
        foreach (var (text, expected) in new[] { ("abcd", Match.Maybe), ("0102", Match.Maybe), ("Text", Match.Maybe), ("ABCD", Match.None), ("abce", Match.None), ("text", Match.None), ("", Match.None) })
        {
            var filter = new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, text);
            Judge(filter, new Dictionary<string, ColumnType> { [WellKnownColumns.TraceId] = ColumnType.String }, statistics).ShouldBe(expected, text);
            var pruner = new PartPruner(Bind(filter, new Dictionary<string, ColumnType> { [WellKnownColumns.TraceId] = ColumnType.String }));
            pruner.Judge(traces).ShouldBe(expected, text);
        }
    }

    private static SegmentStatistics StatisticsOf(List<TestEvent> events, Dictionary<string, ColumnType> types)
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        foreach (var e in events)
        {
            builder.BeginEvent(e.Time);
            foreach (var (name, value) in e.Values) EventBatchTests.Set(builder, name, value);
            builder.EndEvent();
        }

        using var batch = builder.Build();
        return Of(batch);
    }

    private static SegmentStatistics Of(EventBatch batch)
    {
        var columns = SegmentLayout.Of(batch.Columns.Select(c => (c.Name, c.Type)));
        var builder = new StatisticsBuilder(columns);
        builder.Add(new HotBatch(batch, 0, [.. Enumerable.Range(0, batch.Columns.Length)]), [.. batch.Columns.Select(c => columns.IndexOf(columns.Single(s => s.Name == c.Name)))]);
        return builder.Build(batch.Count);
    }

    private static Match Judge(Filter filter, Dictionary<string, ColumnType> types, SegmentStatistics statistics) =>
        new PartPruner(Bind(filter, types)).Judge(statistics);

    private static BoundFilter? Bind(Filter filter, Dictionary<string, ColumnType> types)
    {
        var schema = new Schema(types.Select(t => new Column(t.Key, t.Value, 1, 0, 0)), 1_000);
        return QueryBinder.Bind(new Query { Time = TimeRange.All, Where = filter }, schema, DateTimeOffset.UnixEpoch).Where;
    }
}
