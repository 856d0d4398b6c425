using System.Collections.Immutable;
using System.Text.Json;
using Storage.Compile;
using Storage.DuckDb;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Parquet;
using Storage.DuckDb.Tally;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>Questions about few of many events, whose rows are looked up in the files or in memory, have the answers that a scan gives.</summary>
public sealed class ConditionSearchTests : IDisposable
{
    private const int Events = 12_000;
    private static readonly Filter Nothing = new Filter.Condition("service", FilterOp.Equal, "nobody");

    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = new(11);
    private long _next;

    public void Dispose() => _directory.Dispose();

    /// <summary>Conditions that few events meet, by every way in which columns are written.</summary>
    private static Filter.Condition[] Rare =>
    [
        new("service", FilterOp.Equal, "service 7"),
        new("service", FilterOp.In, ["service 7", "service 9", "nobody"]),
        new("service", FilterOp.EndsWith, " 3"),
        new("status", FilterOp.GreaterOrEqual, 500L),
        new("status", FilterOp.Equal, 418L),
        new("broken", FilterOp.Equal, true),
        new("user", FilterOp.Equal, "user 77"),
        new("user", FilterOp.In, ["user 1", "user 2", "user 2000000"]),
        new("path", FilterOp.Contains, "/77"),
        new("path", FilterOp.StartsWith, "/orders/12"),
        new("path", FilterOp.Equal, "/orders/"),
        new("span", FilterOp.Equal, Convert.ToHexStringLower(SpanOf(4_321))),
        new("span", FilterOp.Equal, "no id"),
        new("size", FilterOp.Equal, 1_234L),
        new("ratio", FilterOp.Equal, 0.25),
        new("duration_ms", FilterOp.Equal, 0.000_077),
        new("mixed", FilterOp.Equal, "77"),
    ];

    private static Filter.Condition[] Common =>
    [
        new("duration_ms", FilterOp.Greater, 0.5),
        new("kind", FilterOp.Equal, "server"),
        new("path", FilterOp.Exists, []),
        new("status", FilterOp.NotEqual, 500L),
        new("n", FilterOp.Less, Events / 2L),
    ];

    [Theory]
    [InlineData("sealed")]
    [InlineData("compacted")]
    [InlineData("archived")]
    [InlineData("without statistics")]
    [InlineData("in memory")]
    public async Task Answers_are_those_of_a_scan(string place)
    {
        var store = await FillAsync(place);
        if (place == "without statistics")
        {
            await store.DisposeAsync();
            foreach (var file in Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.stats")) await File.WriteAllTextAsync(file, "no statistics");
            store = await OpenAsync(place);
        }

        await using var _ = store;
        Filter.Condition[] any = [.. Rare, .. Common];
        for (var round = 0; round < 2 * Rare.Length; round++)
        {
            var parts = Enumerable.Range(0, _random.Next(3)).Select(_ => any[_random.Next(any.Length)]).Append(Rare[round % Rare.Length]).ToList<Filter>();
            var where = new Filter.And([.. parts]);
            // An alternative of which one is never met is not looked up.
            var scanned = new Filter.And([.. parts.Select(p => new Filter.Or([p, Nothing]))]);
            foreach (var query in Questions()) (await AnswerAsync(store, query with { Where = where })).ShouldBe(await AnswerAsync(store, query with { Where = scanned }), QueryText.Format(where));
        }
    }

    [Fact]
    public async Task Rows_are_found_in_the_file_and_only_in_row_groups_of_the_window()
    {
        await using (await FillAsync("compacted")) { }
        var path = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.parquet").Single();
        using var engine = new Engine(256L << 20, 1, Path.Combine(_directory.Path, "work"));
        var connection = engine.Rent();
        var bytes = new FileInfo(path).Length;
        var segment = new Segment(path, bytes, StoreFiles.ReadFooter(connection, path), StatisticsFile.Read(StatisticsFile.PathOf(path), bytes), new EventStoreOptions { DataDirectory = _directory.Path });
        engine.Return(connection);

        int? Found(TimeWindow window, params BoundFilter[] parts)
        {
            using var found = ConditionSearch.Find(segment, new BoundFilter.All([.. parts]), window, new RowBudget(), default);
            return found?.Count;
        }

        var seven = Of("service", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "service 7"));
        var path77 = Of("path", ColumnType.String, new BoundTest.OfText(FilterOp.Contains, "/77"));
        Found(TimeWindow.All, seven).ShouldBeNull("a tenth of the events is the engine's");
        Found(TimeWindow.All, Of("broken", ColumnType.Bool, new BoundTest.Compare(FilterOp.Equal, true))).ShouldBe(Events / 100);
        Found(TimeWindow.All, path77, seven).ShouldBe(Enumerable.Range(0, Events).Count(n => n % 10 == 7 && PathOf(n)?.Contains("/77", StringComparison.Ordinal) == true));
        Found(TimeWindow.All, Of("user", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "user 77"))).ShouldBe(Events / 1_500);
        Found(new TimeWindow(1, 2), path77).ShouldBe(0);
        Found(TimeWindow.All, new BoundFilter.Not(path77)).ShouldBeNull();
        CountedAgain(segment, Of("broken", ColumnType.Bool, new BoundTest.Compare(FilterOp.Equal, true)), Of("kind", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "server")));
        using var file = File.OpenHandle(path);
        var layout = ParquetLayout.Read(file);
        layout.Times.ShouldAllBe(t => t.Least >= segment.Footer.MinTime && t.Most <= segment.Footer.MaxTime);
    }

    /// <summary>What was read for one question is not read again for the next, whose other conditions and measures are of the same columns.</summary>
    private static void CountedAgain(Segment segment, BoundFilter first, BoundFilter other)
    {
        var kept = new KeptRows(1 << 20);
        var reader = new SegmentReader(segment);
        int[] counts = [.. Counts()];
        reader.Dispose();
        Counts().ShouldBe(counts);
        counts.ShouldBe([Events / 100, 0, Events / 100]);

        IEnumerable<int> Counts()
        {
            foreach (var where in new[] { first, new BoundFilter.All([first, other]), new BoundFilter.All([first, new BoundFilter.Not(other)]) })
            {
                using var rows = new GroupRows(TallyPlan.Of(segment, new TallyRequest(TimeWindow.All, where, null, [], [], 0))!, new SegmentRows(segment, reader, 0), kept);
                rows.Select();
                rows.Keep();
                yield return rows.Count;
            }
        }
    }

    [Fact]
    public async Task Of_events_in_memory_those_are_left_out_that_cannot_match()
    {
        await using var store = (DuckDbEventStore)await FillAsync("in memory");
        using var lease = store.Lease();
        var batches = lease.State.Hot.SelectMany(v => v.Batches).ToArray();
        ImmutableArray<HotColumn> columns =
            [.. batches.SelectMany(b => b.Batch.Columns.Select((c, i) => new HotColumn(c.Name, c.Type, b.Columns[i]))).DistinctBy(c => c.Number)];

        long Rows(params BoundFilter[] parts)
        {
            using var plan = HotScanPlan.Of(columns, batches, new BoundFilter.All([.. parts]), default);
            return plan.Rows;
        }

        var user = Of("user", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "user 77"));
        Rows(user).ShouldBe(Events / 1_500);
        Rows(Of("broken", ColumnType.Bool, new BoundTest.Compare(FilterOp.Equal, true))).ShouldBe(Events / 100);
        Rows(Of("status", ColumnType.Int64, new BoundTest.Compare(FilterOp.Equal, 418L)), user).ShouldBe(Enumerable.Range(0, Events).Count(n => n % 300 == 0 && n % 1_500 == 77));
        Rows(Of("span", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, Convert.ToHexStringLower(SpanOf(5))))).ShouldBe(1);
        Rows(Of("user", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "nobody"))).ShouldBe(0);
        Rows(Of("mixed", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "77"))).ShouldBe(Events, "a column in two types is put together by the engine");
        Rows(Of("kind", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "server"))).ShouldBe(Events, "half of a batch is taken whole");
        Rows(new BoundFilter.Not(user)).ShouldBe(Events);
    }

    [Fact]
    public void Too_many_rows_and_too_much_text_are_left_to_the_engine()
    {
        var budget = new RowBudget();
        budget.TryTakeRows(60_000).ShouldBeTrue();
        budget.TryTakeRows(60_000).ShouldBeFalse();
        budget.TryTakeRows(40_000).ShouldBeTrue();
        budget.TryTakeText(65 << 20).ShouldBeFalse();
        budget.TryTakeText(64 << 20).ShouldBeTrue();
        budget.TryTakeText(1).ShouldBeFalse();
    }

    private static BoundFilter Of(string name, ColumnType type, BoundTest test) => new BoundFilter.Condition(new BoundColumn(0, name, type), test);

    private static IEnumerable<Query> Questions()
    {
        yield return new Query { Time = TimeRange.All, Columns = ["n", "path", "status", "mixed", "span"], Limit = 50 };
        yield return new Query { Time = TimeRange.All, Orders = [new Order(new ResultReference(null, null, "duration_ms"))], Limit = 5 };
        yield return new Query
        {
            Time = TimeRange.All,
            GranularitySeconds = 0.001,
            Calculations = [new(CalculationOp.Count), new(CalculationOp.Sum, "n"), new(CalculationOp.P95, "duration_ms"), new(CalculationOp.CountDistinct, "user"), new(CalculationOp.Heatmap, "size")],
            Breakdowns = ["service", "status"],
        };
    }

    private static async Task<string> AnswerAsync(IEventStore store, Query query)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) QueryJson.WriteResult(json, query, await store.RunAsync(query, default));
        using var document = JsonDocument.Parse(bytes.ToArray());
        return document.RootElement.GetProperty("data").GetRawText();
    }

    private Task<IEventStore> OpenAsync(string place) => EventStore.OpenAsync(
        new EventStoreOptions
        {
            DataDirectory = _directory.Path,
            CompactEvents = place is "compacted" or "archived" ? 1_000_000 : 0,
            CompressAfter = place == "archived" ? TimeSpan.Zero : TimeSpan.FromDays(3),
        }, default);

    private async Task<IEventStore> FillAsync(string place)
    {
        var store = await OpenAsync(place);
        var start = UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow);
        var parts = place == "in memory" ? 20 : 3;
        for (var part = 0; part < parts; part++)
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (var i = 0; i < Events / parts; i++, _next++) Add(builder, start, _next);
            using var batch = builder.Build();
            (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
            if (place != "in memory") await store.SealAsync(default);
        }

        return store;
    }

    private void Add(EventBatchBuilder builder, long start, long n)
    {
        builder.BeginEvent(start + n * 1_000);
        builder.Set(WellKnownColumns.SignalType, "trace");
        builder.Set("n", n);
        builder.SetId("span", SpanOf(n));
        builder.Set("service", "service " + n % 10);
        builder.Set("kind", n % 2 == 0 ? "client" : "server");
        builder.Set("user", "user " + n % 1_500);
        builder.Set("duration_ms", _random.Next(1_000_000) / 1e6);
        builder.Set("ratio", n % 97 == 0 ? 0.25 : _random.NextDouble());
        builder.Set("size", n % 500 == 0 ? 1_234L : _random.NextInt64(1L << 40));
        if (n % 3 == 0) builder.Set("status", n % 300 == 0 ? 418L : n % 90 == 0 ? 503L : 200L + n % 4);
        if (n % 100 == 0) builder.Set("broken", true);
        else if (n % 100 < 30) builder.Set("broken", false);
        if (PathOf(n) is { } path) builder.Set("path", path);
        if (n % 2 == 0) builder.Set("mixed", n % 1_000);
        else builder.Set("mixed", n % 1_000 + ".");
        builder.EndEvent();
    }

    private static byte[] SpanOf(long n) => BitConverter.GetBytes(n * 7_919 + 1);

    private static string? PathOf(long n) => n % 5 == 0 ? null : n % 1_111 == 0 ? "/orders/" : $"/orders/{n * 31 % 10_007}/{n % 13}";
}
