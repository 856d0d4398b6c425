using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>The memory of events that are not sealed yet: who holds it, and when it goes back.</summary>
public sealed class HotMemoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_sealed_tier_gives_its_memory_back_when_the_last_reader_that_saw_it_is_done()
    {
        await using var store = Open();
        await HotEvents.Append(store, 5_000);
        var lease = store.Lease();
        var batches = lease.State.Hot.SelectMany(v => v.Batches).Select(b => b.Batch).ToArray();
        await store.SealAsync(default);

        batches.ShouldNotBeEmpty();
        batches.ShouldAllBe(b => !b.IsReleased);
        batches[0].Columns[0].ValueAt(0).IsNull.ShouldBeFalse();
        lease.Dispose();
        batches.ShouldAllBe(b => b.IsReleased);
    }

    [Fact]
    public async Task Batches_that_were_merged_away_stay_for_readers_that_saw_them_and_go_then()
    {
        await using var store = Open();
        for (var i = 0; i < 4; i++) await HotEvents.Append(store, 1);
        var lease = store.Lease();
        var before = lease.State.Hot[^1].Batches.Select(b => b.Batch).ToArray();
        for (var i = 0; i < 20; i++) await HotEvents.Append(store, 1);
        await WaitFor(() => store.Lease(), l => l.State.Hot[^1].Batches.Count < 12);

        before.Length.ShouldBe(4);
        before.ShouldAllBe(b => !b.IsReleased && b.Count == 1);
        lease.Dispose();
        before.ShouldAllBe(b => b.IsReleased);
        (await HotEvents.Count(store)).ShouldBe(24);
    }

    [Fact]
    public async Task Refused_cancelled_and_closed_appends_leave_the_memory_to_their_caller()
    {
        var store = Open(o => o with { MaxHotBytes = 1 });
        await HotEvents.Append(store, 100);
        var refused = HotEvents.Build(store, 100);
        (await ((IEventStore)store).AppendAsync(refused, default)).Status.ShouldBe(AppendStatus.Busy);
        refused.Dispose();
        await WaitFor(() => refused, r => r.IsReleased);

        var late = HotEvents.Build(store, 1);
        await store.DisposeAsync();
        await Should.ThrowAsync<EventStoreException>(async () => await ((IEventStore)store).AppendAsync(late, default));
        late.Dispose();
        late.IsReleased.ShouldBeTrue();
    }

    [Fact]
    public async Task Several_batches_of_one_append_are_stored_together_or_not_at_all()
    {
        await using var store = Open(o => o with { MaxQueueBytes = 100_000 });
        EventBatch[] batches = [.. Enumerable.Range(0, 3).Select(_ => HotEvents.Build(store, 2_000))];
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await store.AppendAsync(batches, default))));
        foreach (var batch in batches) batch.Dispose();

        results.ShouldContain(r => r.Status == AppendStatus.Busy);
        (await HotEvents.Count(store)).ShouldBe(results.Count(r => r.Status == AppendStatus.Committed) * 6_000);
    }

    [Fact]
    public async Task Queries_read_right_while_their_batches_are_merged_sealed_and_given_back()
    {
        await using var store = Open(o => o with { SealEvents = 1_000 });
        await HotEvents.Append(store, 1);
        var writing = Task.Run(async () =>
        {
            for (var i = 1; i < 3_000; i++) await HotEvents.Append(store, 1);
        });
        var query = new Query
        {
            Time = TimeRange.All, Calculations = [new(CalculationOp.Count), new(CalculationOp.CountDistinct, "text")], Breakdowns = ["group"], Series = false,
        };
        var seen = 0L;
        while (!writing.IsCompleted)
        {
            var groups = (await store.RunAsync(query, default)).Results;
            var total = 0L;
            for (var row = 0; row < groups.RowCount; row++)
            {
                groups.Find("group")![row].AsString().ShouldBe("a group of events with a long name");
                total += groups.Find("COUNT")![row].AsInt64();
            }

            total.ShouldBeGreaterThanOrEqualTo(seen);
            seen = total;
        }

        await writing;
        (await HotEvents.Count(store)).ShouldBe(3_000);
    }

    private DuckDbEventStore Open(Func<EventStoreOptions, EventStoreOptions>? with = null)
    {
        var options = new EventStoreOptions { DataDirectory = _directory.Path, Durability = Durability.Os };
        return DuckDbEventStore.Open(with is null ? options : with(options), default);
    }

    /// <summary>The commit thread goes on for a moment after it has answered.</summary>
    private static async Task WaitFor<T>(Func<T> get, Func<T, bool> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var now = get();
            var done = reached(now);
            if (now is StateLease lease) lease.Dispose();
            if (done) return;
            await Task.Delay(5, limit.Token);
        }
    }
}
