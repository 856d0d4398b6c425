using Storage.Events;
using Storage.Queries;
using Storage.Tests.Events;

namespace Storage.Tests.Store;

/// <summary>The contract of <see cref="IEventStore"/>, sentence by sentence, on the embedded engine.</summary>
public sealed class EventStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_committed_batch_is_seen_by_the_next_query_with_all_its_types()
    {
        await using var store = await Open();
        (await Append(store, Row(("s", "x"), ("i", 7), ("d", 2.5), ("b", true)))).Status.ShouldBe(AppendStatus.Committed);

        var page = await List(store);
        page.Find("s")![0].ShouldBe(Value.Of("x"));
        page.Find("i")![0].ShouldBe(Value.Of(7));
        page.Find("d")![0].ShouldBe(Value.Of(2.5));
        page.Find("b")![0].ShouldBe(Value.Of(true));
        store.Statistics.Events.ShouldBe(1);
    }

    [Fact]
    public async Task An_empty_batch_is_committed_and_an_empty_store_answers()
    {
        await using var store = await Open();
        (await store.AppendAsync(new EventBatchBuilder(store.Schema).Build(), default)).Status.ShouldBe(AppendStatus.Committed);
        (await Count(store)).ShouldBe(0);
        store.Schema.Columns.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_survives_a_restart(bool seal)
    {
        await using (var store = await Open())
        {
            for (var i = 0; i < 10; i++) await Append(store, Row(("n", i)), Row(("text", "row " + i)));
            if (seal) await store.SealAsync(default);
            for (var i = 10; i < 15; i++) await Append(store, Row(("n", i)));
        }

        await using var again = await Open();
        (await Count(again)).ShouldBe(25);
        (await Count(again, "n")).ShouldBe(15);
        again.Schema.Find("n")!.Count.ShouldBe(15);
        again.Schema.Find("text")!.Count.ShouldBe(10);
        again.Statistics.Segments.ShouldBe(seal ? 1 : 0);
    }

    [Fact]
    public async Task A_column_widens_when_types_meet_in_memory_and_in_segments()
    {
        await using var store = await Open();
        await Append(store, Row(("x", 1)));
        store.Schema.Find("x")!.Type.ShouldBe(ColumnType.Int64);
        await Append(store, Row(("x", 2.5)));
        store.Schema.Find("x")!.Type.ShouldBe(ColumnType.Float64);
        await store.SealAsync(default);
        await Append(store, Row(("x", "three")));
        store.Schema.Find("x")!.Type.ShouldBe(ColumnType.String);
        await Append(store, Row(("x", true)));

        (await List(store)).Find("x")!.Values().ShouldBe(["1", "2.5", "three", "true"], ignoreOrder: true);
        await store.SealAsync(default);
        (await List(store)).Find("x")!.Values().ShouldBe(["1", "2.5", "three", "true"], ignoreOrder: true);
    }

    [Fact]
    public async Task Names_that_differ_only_in_case_or_hold_anything_stay_apart_when_sealed()
    {
        string[] names = ["userId", "userid", "USERID", "a\"b", "a;b", "x'; DROP TABLE t; --", "line\nbreak", "nul\0byte", "😀", new string('k', 2_000), "meta.seq", "seq", "time~2"];
        await using var store = await Open();
        await Append(store, Row([.. names.Select((n, i) => (n, Value.Of(i)))]));
        await Check();
        await store.SealAsync(default);
        await Check();

        async Task Check()
        {
            var page = await List(store);
            for (var i = 0; i < names.Length; i++) page.Find(names[i]).ShouldNotBeNull(names[i])[0].ShouldBe(Value.Of(i), names[i]);
        }
    }

    [Fact]
    public async Task Ids_are_seen_as_lower_case_hex_in_memory_and_sealed()
    {
        await using var store = await Open();
        var builder = new EventBatchBuilder(store.Schema);
        builder.BeginEvent(Now());
        builder.SetId("trace.trace_id", Convert.FromHexString("00112233445566778899AABBCCDDEEFF"));
        builder.EndEvent();
        await store.AppendAsync(builder.Build(), default);
        for (var round = 0; round < 2; round++)
        {
            (await List(store)).Find("trace.trace_id")![0].ShouldBe(Value.Of("00112233445566778899aabbccddeeff"));
            var where = new Filter.Condition("trace.trace_id", FilterOp.Equal, "00112233445566778899aabbccddeeff");
            (await Count(store, where: where)).ShouldBe(1);
            await store.SealAsync(default);
        }
    }

    [Fact]
    public async Task A_full_queue_answers_busy_at_once_and_stores_nothing_of_the_batch()
    {
        await using var store = await Open(o => o with { MaxQueueBytes = 200_000 });
        var appends = Enumerable.Range(0, 200).Select(_ => Task.Run(async () => await Append(store, Rows(200)))).ToArray();
        var results = await Task.WhenAll(appends);
        results.ShouldContain(r => r.Status == AppendStatus.Busy);
        var busy = results.First(r => r.Status == AppendStatus.Busy);
        busy.RetryAfter.ShouldBeGreaterThan(TimeSpan.Zero);
        busy.Reason!.ShouldContain("MaxQueueBytes");
        (await Count(store)).ShouldBe(results.Count(r => r.Status == AppendStatus.Committed) * 200);
    }

    [Fact]
    public async Task Concurrent_appends_and_queries_never_see_part_of_a_batch()
    {
        await using var store = await Open(o => o with { SealEvents = 2_000, CompactEvents = 0 });
        var appends = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) (await Append(store, Rows(100))).Status.ShouldBe(AppendStatus.Committed);
        })).ToArray();
        while (!appends.All(a => a.IsCompleted)) ((await Count(store)) % 100).ShouldBe(0);
        await Task.WhenAll(appends);
        await store.SealAsync(default);
        (await Count(store)).ShouldBe(20_000);
        store.Statistics.Segments.ShouldBeGreaterThan(1);
        store.Statistics.HotEvents.ShouldBe(0);
    }

    [Fact]
    public async Task A_second_process_on_the_directory_is_refused_with_the_holders_id()
    {
        await using var store = await Open();
        var refused = await Should.ThrowAsync<EventStoreException>(Open);
        refused.Fault.ShouldBe(EventStoreFault.Locked);
        refused.Message.ShouldContain(Environment.ProcessId.ToString());
    }

    [Fact]
    public async Task A_cancelled_query_ends_as_cancelled_and_the_store_goes_on()
    {
        await using var store = await Open();
        await Append(store, Rows(5_000));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => store.RunAsync(new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)] }, cancelled.Token));
        (await Count(store)).ShouldBe(5_000);
    }

    [Fact]
    public async Task Expiry_by_age_and_by_size_removes_whole_segments_oldest_first_and_gives_the_bytes_back()
    {
        var clock = new Clock();
        await using var store = await Open(o => o with { Time = clock, CompactEvents = 0 });
        for (var i = 0; i < 3; i++)
        {
            await Append(store, Rows(1_000));
            await store.SealAsync(default);
            clock.Advance(TimeSpan.FromHours(1));
        }

        var before = store.Statistics.BytesOnDisk;
        await store.ExpireAsync(new RetentionPolicy(TimeSpan.FromHours(2.5), null), default);
        await store.ExpireAsync(new RetentionPolicy(TimeSpan.FromHours(2.5), null), default);
        (await Count(store)).ShouldBe(2_000);
        store.Statistics.BytesOnDisk.ShouldBeLessThan(before);
        await store.ExpireAsync(new RetentionPolicy(null, store.Statistics.BytesOnDisk - 1), default);
        (await Count(store)).ShouldBe(1_000);
        Directory.GetFiles(Path.Combine(_directory.Path, "segments")).Length.ShouldBe(2); // a segment and its statistics
        store.Schema.Find("n")!.Count.ShouldBe(1_000);
    }

    [Fact]
    public async Task A_journal_whose_segment_was_published_is_not_read_twice()
    {
        await using (var store = await Open()) await Append(store, Rows(10));
        var journal = Directory.GetFiles(Path.Combine(_directory.Path, "journal")).ShouldHaveSingleItem();
        var copy = await File.ReadAllBytesAsync(journal);
        await using (var store = await Open()) await store.SealAsync(default);
        await File.WriteAllBytesAsync(journal, copy);
        await using var again = await Open();
        (await Count(again)).ShouldBe(10);
    }

    [Fact]
    public async Task More_names_than_columns_go_to_overflow_and_nothing_is_lost()
    {
        await using var store = await Open(o => o with { MaxColumns = 50 });
        await Append(store, Row([.. Enumerable.Range(0, 200).Select(i => ("k" + i, Value.Of(i)))]));
        var page = await List(store);
        var kept = Enumerable.Range(0, 200).Count(i => page.Find("k" + i) is not null);
        var overflow = System.Text.Json.JsonDocument.Parse(page.Find("meta.overflow")![0].AsString()).RootElement;
        (kept + overflow.EnumerateObject().Count()).ShouldBe(200);
        store.Schema.Columns.Length.ShouldBeLessThanOrEqualTo(52);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_first_and_the_last_nanosecond_are_found(bool isSealed)
    {
        await using var store = await Open();
        foreach (var time in new[] { 1, long.MaxValue })
        {
            var builder = new EventBatchBuilder(store.Schema);
            builder.BeginEvent(time);
            builder.EndEvent();
            await store.AppendAsync(builder.Build(), default);
        }

        if (isSealed) await store.SealAsync(default);
        (await Count(store)).ShouldBe(2);
        var times = (await List(store)).Find("time")!;
        (times[0].AsInt64(), times[1].AsInt64()).ShouldBe((long.MaxValue, 1));
    }

    /// <summary>A segment is left out by what is stored in it; the name of a calculated field may be that of a stored column or of none.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calculated_fields_are_not_looked_up_in_what_is_stored(bool isSealed)
    {
        await using var store = await Open();
        await Append(store, Row(("n", 1), ("s", "a"), (WellKnownColumns.TraceId, "x")), Row(("n", 2), ("s", "b")));
        if (isSealed) await store.SealAsync(default);
        async Task<long> Matching(string name, string expression, Value value) => (await store.RunAsync(new Query
        {
            Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], CalculatedFields = [new(name, expression)],
            Where = new Filter.Condition(name, FilterOp.Equal, value),
        }, default)).Results.Columns[0][0].AsInt64();
        (await Matching("s", "$n + 7", 9)).ShouldBe(1);
        (await Matching("none", "$n > 1", true)).ShouldBe(1);
        (await Matching("n", "CONCAT($s, \"!\")", "a!")).ShouldBe(1);
        (await Matching(WellKnownColumns.TraceId, "\"00112233445566778899aabbccddeeff\"", "00112233445566778899aabbccddeeff")).ShouldBe(2);
        (await List(store, new CalculatedField("twice", "$n * 2"))).Find("twice").ShouldNotBeNull().Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Well_known_columns_can_be_asked_for_before_any_event_has_them(int events)
    {
        await using var store = await Open();
        await Append(store, Rows(events));
        (await Count(store, where: new Filter.Condition(WellKnownColumns.Error, FilterOp.Equal, true))).ShouldBe(0);
        (await Count(store, where: new Filter.Condition(WellKnownColumns.Error, FilterOp.NotEqual, true))).ShouldBe(events);
        var query = new Query
        {
            Time = TimeRange.All,
            Calculations = [new(CalculationOp.Avg, WellKnownColumns.DurationMs), new(CalculationOp.Heatmap, WellKnownColumns.DurationMs)],
            Breakdowns = [WellKnownColumns.ServiceName],
        };
        (await store.RunAsync(query, default)).Results.RowCount.ShouldBe(Math.Min(events, 1));
    }

    [Fact]
    public async Task A_faulty_query_says_where()
    {
        await using var store = await Open();
        await Append(store, Row(("a", 1)));
        var query = new Query { Calculations = [new(CalculationOp.Avg, "nothing")] };
        var error = await Should.ThrowAsync<QueryException>(() => store.RunAsync(query, default));
        error.Errors.ShouldHaveSingleItem().Path.ShouldStartWith("calculations[0]");
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        var store = await Open();
        await store.DisposeAsync();
        (await Should.ThrowAsync<EventStoreException>(() => store.RunAsync(new Query(), default))).Fault.ShouldBe(EventStoreFault.Closed);
        (await Should.ThrowAsync<EventStoreException>(async () => await Append(store, Rows(1)))).Fault.ShouldBe(EventStoreFault.Closed);
    }

    private Task<IEventStore> Open() => Open(o => o);

    private Task<IEventStore> Open(Func<EventStoreOptions, EventStoreOptions> with) =>
        EventStore.OpenAsync(with(new EventStoreOptions { DataDirectory = _directory.Path }), default);

    private static long Now() => UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow);

    private static (string, Value)[] Row(params (string, Value)[] cells) => cells;

    private static (string, Value)[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => Row(("n", i), ("s", "text " + i % 10)))];

    private static ValueTask<AppendResult> Append(IEventStore store, params (string Name, Value Value)[][] rows)
    {
        var builder = new EventBatchBuilder(store.Schema);
        foreach (var row in rows)
        {
            builder.BeginEvent(Now());
            foreach (var (name, value) in row) EventBatchTests.Set(builder, name, value);
            builder.EndEvent();
        }

        return store.AppendAsync(builder.Build(), default);
    }

    private static async Task<long> Count(IEventStore store, string? column = null, Filter? where = null)
    {
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count, column)], Where = where, Series = false };
        return (await store.RunAsync(query, default)).Results.Columns[0][0].AsInt64();
    }

    private static async Task<ResultTable> List(IEventStore store, params CalculatedField[] fields) =>
        (await store.RunAsync(new Query { Time = TimeRange.All, Limit = 1_000, CalculatedFields = fields.ToValueList() }, default)).Events!.Table;

    private sealed class Clock : TimeProvider
    {
        private TimeSpan _ahead;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + _ahead;

        public void Advance(TimeSpan by) => _ahead += by;
    }
}

internal static class ResultColumnExtensions
{
    public static IEnumerable<string> Values(this ResultColumn column) => Enumerable.Range(0, column.Count).Select(i => column[i].AsString());
}
