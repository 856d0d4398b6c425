using Storage.Compile;
using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;
using Storage.Tests.Compile;

namespace Storage.Tests.Store;

/// <summary>Who runs when, what is run once, and what is not run again.</summary>
public sealed class QueryDeskTests : IDisposable
{
    private const long Second = 1_000_000_000;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Equal_questions_run_once_and_one_who_leaves_does_not_end_it_for_the_other()
    {
        var (runs, answer, started) = (new SharedRuns(), new TaskCompletionSource<QueryResult>(), 0);
        Task<QueryResult> Start(CancellationToken stop)
        {
            Interlocked.Increment(ref started);
            return answer.Task.WaitAsync(stop);
        }

        using var leaving = new CancellationTokenSource();
        var first = runs.RunAsync("q", Start, leaving.Token);
        var second = runs.RunAsync("q", Start, CancellationToken.None);
        runs.CallersOf("q").ShouldBe(2);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        runs.CallersOf("q").ShouldBe(1);
        var expected = Result();
        answer.SetResult(expected);
        (await second).ShouldBeSameAs(expected);
        started.ShouldBe(1);
        runs.CallersOf("q").ShouldBe(0);
    }

    [Fact]
    public async Task A_run_that_nobody_waits_for_has_ended_when_the_last_one_leaves()
    {
        var (runs, began, ended) = (new SharedRuns(), new TaskCompletionSource(), false);
        using var leaving = new CancellationTokenSource();
        var only = runs.RunAsync("q", async stop =>
        {
            began.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, stop);
            }
            finally
            {
                await Task.Delay(20, CancellationToken.None);
                ended = true;
            }

            return Result();
        }, leaving.Token);
        await began.Task;
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(only);
        ended.ShouldBeTrue();
    }

    [Fact]
    public async Task A_fault_reaches_everybody_who_waits_and_the_next_one_tries_again()
    {
        var (runs, answer) = (new SharedRuns(), new TaskCompletionSource<QueryResult>());
        var all = Enumerable.Range(0, 3).Select(_ => runs.RunAsync("q", _ => answer.Task, CancellationToken.None)).ToArray();
        answer.SetException(new EventStoreException("broken"));
        foreach (var one in all) (await Should.ThrowAsync<EventStoreException>(one)).Message.ShouldBe("broken");
        var expected = Result();
        (await runs.RunAsync("q", _ => Task.FromResult(expected), CancellationToken.None)).ShouldBeSameAs(expected);
    }

    [Fact]
    public async Task A_fault_that_nobody_foresaw_is_told_as_the_stores_own_and_the_next_question_is_answered()
    {
        await using var test = await TestStore.OpenAsync();
        var fault = await Should.ThrowAsync<EventStoreException>(() => test.Store.RunAsync(new Query { Time = TimeRange.All, Calculations = [new Calculation(CalculationOp.Count)], Where = new Filter.Not(null!) }, CancellationToken.None));
        fault.Message.ShouldContain("not foreseen");
        fault.InnerException.ShouldNotBeNull();
        (await test.Store.RunAsync(new Query { Time = TimeRange.All, Calculations = [new Calculation(CalculationOp.Count)] }, CancellationToken.None)).Results.RowCount.ShouldBe(1);
    }

    [Fact]
    public async Task Heavy_queries_leave_places_to_small_ones_and_a_full_line_takes_nobody()
    {
        var gate = new QueryGate(atOnce: 2, maxWaiting: 1);
        using var heavy = await gate.EnterAsync(QueryWeight.Heavy, CancellationToken.None);
        var second = gate.EnterAsync(QueryWeight.Heavy, CancellationToken.None);
        using (await gate.EnterAsync(QueryWeight.Small, CancellationToken.None))
        {
            second.IsCompleted.ShouldBeFalse();
            var fault = await Should.ThrowAsync<EventStoreException>(() => gate.EnterAsync(QueryWeight.Small, CancellationToken.None));
            fault.Fault.ShouldBe(EventStoreFault.Busy);
            fault.Message.ShouldContain("Query:MaxWaiting");
        }

        heavy.Dispose();
        using var next = await second;
    }

    [Fact]
    public async Task Who_has_to_be_alone_waits_for_heavy_ones_and_those_behind_wait_for_it()
    {
        var gate = new QueryGate(atOnce: 6, maxWaiting: 0);
        var heavy = new[] { await gate.EnterAsync(QueryWeight.Heavy, CancellationToken.None), await gate.EnterAsync(QueryWeight.Heavy, CancellationToken.None) };
        Task<IDisposable> alone = gate.EnterAsync(QueryWeight.Alone, CancellationToken.None), second = gate.EnterAsync(QueryWeight.Alone, CancellationToken.None);
        var behind = gate.EnterAsync(QueryWeight.Heavy, CancellationToken.None);
        (await gate.EnterAsync(QueryWeight.Small, CancellationToken.None)).Dispose();
        heavy[0].Dispose();
        alone.IsCompleted.ShouldBeFalse();
        heavy[1].Dispose();
        using (await alone) second.IsCompleted.ShouldBeFalse();
        using (await second) behind.IsCompleted.ShouldBeFalse();
        (await behind).Dispose();
    }

    [Fact]
    public async Task Who_stops_waiting_gives_its_place_in_the_line_back()
    {
        var gate = new QueryGate(atOnce: 1, maxWaiting: 1);
        var only = await gate.EnterAsync(QueryWeight.Heavy, CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            using var leaving = new CancellationTokenSource();
            var waiting = gate.EnterAsync((QueryWeight)(i % 3), leaving.Token);
            await leaving.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(waiting);
        }

        only.Dispose();
        using var next = await gate.EnterAsync(QueryWeight.Heavy, CancellationToken.None);
    }

    [Fact]
    public async Task Fifty_people_who_each_refine_a_question_all_get_their_answers_while_events_arrive()
    {
        await using var test = await TestStore.OpenAsync(o => o with { MaxConcurrentQueries = 3, SealEvents = 400 });
        (long, (string, Value)[]) Event(int i) => (i * Second, [("user", $"u{i % 50}"), ("n", i), ("odd", i % 2 == 1), ("ms", i % 97 / 4.0)]);
        for (var batch = 0; batch < 4; batch++) await test.AppendAsync([.. Enumerable.Range(batch * 500, 500).Select(Event)]);
        var sealing = test.Store.SealAsync(CancellationToken.None);
        // Those that arrive meanwhile lie behind the window.
        var arriving = Task.Run(async () =>
        {
            for (var batch = 4; batch < 12; batch++) await test.AppendAsync([.. Enumerable.Range(batch * 500, 500).Select(Event)]);
        });
        var people = Enumerable.Range(0, 50).Select(person => Task.Run(async () =>
        {
            Filter where = new Filter.Condition("user", FilterOp.Equal, $"u{person}");
            var left = Enumerable.Range(0, 2_000).Where(i => i % 50 == person).ToList();
            for (var step = 0; step < 5; step++)
            {
                var answer = await test.RunAsync(new Query
                {
                    Time = new TimeRange.Between(0, 2_000 * Second), Where = where, Breakdowns = ["odd"],
                    Calculations = [new(CalculationOp.Count), new(CalculationOp.P50, "ms"), new(CalculationOp.CountDistinct, "n")],
                });
                var ranked = left.Select(i => i % 97 / 4.0).Order().ToList();
                var total = answer.Total!.Columns;
                (total[0][0].AsInt64(), total[1][0].AsDouble(), total[2][0].AsInt64()).ShouldBe((left.Count, ranked[((ranked.Count + 1) / 2) - 1], left.Count));
                answer.Results.RowCount.ShouldBe(1); // all numbers of a person are odd, or none is
                where = new Filter.And([where, new Filter.Condition("n", FilterOp.Greater, step * 300)]);
                left.RemoveAll(i => i <= step * 300);
            }
        }));
        await Task.WhenAll(people.Append(arriving).Append(sealing));
        (await test.RunAsync(new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)] })).Total!.Columns[0][0].AsInt64().ShouldBe(6_000);
    }

    [Fact]
    public void The_answer_that_was_not_asked_for_longest_makes_room()
    {
        var cache = new AnswerCache(8 * 1024);
        for (var i = 0; i < 20; i++)
        {
            cache.Add($"q{i}", Result(100));
            cache.Find("q0").ShouldNotBeNull();
            cache.Bytes.ShouldBeLessThanOrEqualTo(8 * 1024);
        }

        cache.Find("q1").ShouldBeNull();
        cache.Find("q19").ShouldNotBeNull();
        cache.Add("large", Result(100_000));
        cache.Find("large").ShouldBeNull();
    }

    [Fact]
    public async Task An_answer_is_kept_until_its_own_window_has_another_event()
    {
        await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _directory.Path }, CancellationToken.None);
        await Append(store, 5 * Second);
        var first = await Count(store, 0, 10);
        (await Count(store, 0, 10)).Results.ShouldBeSameAs(first.Results);
        await Append(store, 20 * Second);
        (await Count(store, 0, 10)).Results.ShouldBeSameAs(first.Results);
        (await Count(store, 0, 30)).Results.Columns[0][0].ShouldBe(Value.Of(2));
        await Append(store, 6 * Second);
        (await Count(store, 0, 10)).Results.Columns[0][0].ShouldBe(Value.Of(2));
        await store.SealAsync(default);
        (await Count(store, 0, 10)).Results.Columns[0][0].ShouldBe(Value.Of(2));
        (await Count(store, 0, 11)).Results.Columns[0][0].ShouldBe(Value.Of(2));
    }

    [Fact]
    public async Task Without_room_no_answer_is_kept()
    {
        await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _directory.Path, QueryCacheBytes = 0 }, CancellationToken.None);
        await Append(store, 5 * Second);
        (await Count(store, 0, 10)).Results.ShouldNotBeSameAs((await Count(store, 0, 10)).Results);
    }

    [Fact]
    public async Task A_cancelled_query_gives_its_place_to_the_next()
    {
        await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _directory.Path, MaxConcurrentQueries = 1 }, CancellationToken.None);
        await Append(store, Enumerable.Range(1, 100_000).Select(i => i * 1_000L).ToArray());
        for (var i = 0; i < 5; i++)
        {
            using var leaving = new CancellationTokenSource();
            var heavy = store.RunAsync(new Query
            {
                Time = TimeRange.All, Calculations = [new(CalculationOp.CountDistinct, "t"), new(CalculationOp.P50, "n")], Breakdowns = ["t"], Limit = 10 + i,
            }, leaving.Token);
            await Task.Delay(i * 5);
            await leaving.CancelAsync();
            try
            {
                await heavy; // which may just have ended
            }
            catch (OperationCanceledException e)
            {
                e.CancellationToken.ShouldBe(leaving.Token);
            }
        }

        (await Count(store, 0, 10)).Results.Columns[0][0].ShouldBe(Value.Of(100_000));
    }

    [Fact]
    public void What_the_time_limit_left_out_makes_the_answer_partial()
    {
        using var events = new MemoryEvents(("s", ColumnType.String), ("d", ColumnType.Float64));
        events.With([.. Enumerable.Range(0, 50).Select(i => (i * Second, new (string, Value)[] { ("s", "x" + i), ("d", i / 2.0) }))]);
        var statements = 0;
        var session = events.Session with
        {
            Execute = (sql, token) => ++statements > 1 ? throw new OperationCanceledException() : events.Execute(sql, token),
            IsOutOfTime = () => true,
        };
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count), new(CalculationOp.P50, "d"), new(CalculationOp.Heatmap, "d")], Breakdowns = ["s"], Limit = 3 };
        var result = QueryRunner.Run(query, session, DateTimeOffset.UnixEpoch.AddDays(1), CancellationToken.None);
        result.Meta.IsPartial.ShouldBeTrue();
        result.Results.RowCount.ShouldBe(3);
        result.Total!.Columns[0][0].ShouldBe(Value.Of(50));
        result.Other.ShouldBeNull();
        result.Heatmap.ShouldBeNull();
        Should.Throw<OperationCanceledException>(() => QueryRunner.Run(query, session with { IsOutOfTime = () => false }, DateTimeOffset.UnixEpoch.AddDays(1), CancellationToken.None));
    }

    private static Task<QueryResult> Count(IEventStore store, long from, long to) => store.RunAsync(
        new Query { Time = new TimeRange.Between(from * Second, to * Second), Calculations = [new(CalculationOp.Count)] }, CancellationToken.None);

    private static async Task Append(IEventStore store, params long[] times)
    {
        var builder = new EventBatchBuilder(store.Schema);
        foreach (var time in times)
        {
            builder.BeginEvent(time);
            builder.Set("n", time);
            builder.Set("t", "text " + time);
            builder.EndEvent();
        }

        using var batch = builder.Build();
        (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
    }

    private static QueryResult Result(int rows = 1) => new()
    {
        Results = new ResultTable([new ResultColumn("x", ColumnType.Int64, new long[rows], null)]),
        Meta = new QueryMeta(TimeWindow.All, 1, 0, 0, TimeSpan.Zero, 1, [], false, 0, 0),
    };
}
