using System.Collections.Concurrent;
using Storage.DuckDb;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>Sealing and merging give way to questions, and come to their end all the same.</summary>
public sealed class WorkPaceTests : IDisposable
{
    private const int Events = 200;
    private const int Segments = 4; // of one size are merged
    private const int Steps = 1_000;

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<string, int> _steps = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _directory.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Seals_and_merges_wait_while_a_question_is_answered()
    {
        await using var store = Open();
        await FillAsync(store);
        _steps.ShouldContainKey("compact.published");
        _steps.ShouldNotContainKey("seal.waits", "nobody asked");
        _steps.ShouldNotContainKey("compact.waits", "nobody asked");

        using var asked = new ManualResetEventSlim();
        using var answered = new ManualResetEventSlim();
        var question = Task.Run(() => store.SampleAsync(
            new SampleRequest { Query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)] }, Marks = [new Filter.Condition("n", FilterOp.Exists, [])], Columns = ["n"] },
            _ =>
            {
                asked.Set();
                answered.Wait(_limit.Token);
            },
            _limit.Token));
        asked.Wait(_limit.Token);
        _steps.Clear();
        await FillAsync(store);
        _steps.ShouldContainKey("seal.waits");
        _steps.ShouldContainKey("compact.waits");

        answered.Set();
        await question;
        (await HotEvents.Count(store)).ShouldBe(2 * Segments * Events);
    }

    [Fact]
    public async Task Merges_wait_while_events_run_out_of_room()
    {
        int bytes;
        await using (var other = Open())
        {
            using var batch = HotEvents.Build(other, Events - 1);
            bytes = batch.SizeBytes;
        }

        const int held = 3;
        await using var store = Open(o => o with { MaxHotBytes = (held + 1) * bytes * 11L / 10 });
        var leases = new List<StateLease>();
        for (var i = 0; i < held; i++) // a reader's hold on events is part of what unsealed events may take
        {
            await HotEvents.Append(store, Events - 1);
            leases.Add(store.Lease());
            await store.SealAsync(_limit.Token);
        }

        await FillAsync(store);
        foreach (var lease in leases) lease.Dispose();
        _steps.ShouldContainKey("compact.waits");
        _steps.ShouldNotContainKey("seal.waits");
    }

    [Fact]
    public async Task What_somebody_waits_for_gives_way_to_nobody()
    {
        var pace = WorkPace.Steady(_limit.Token);
        pace.Step();
        await using var store = Open();
        for (var i = 0; i < 2; i++)
        {
            await HotEvents.Append(store, Events - 1);
            await store.SealAsync(_limit.Token);
        }

        store.Statistics.Segments.ShouldBe(1);
        _steps.ShouldNotContainKey("seal.waits");
        _steps.ShouldNotContainKey("compact.waits");
    }

    [Fact]
    public void However_busy_it_is_the_work_goes_on_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var waits = 0;
        var pace = new WorkPace(() => true, stop.Token, () => waits++);
        for (var i = 0; i < Steps; i++) pace.Step();
        waits.ShouldBeInRange(1, Steps - 1, "a wait takes longer than such a step allows, and those after it have to make up for that");
        var endless = new WorkPace(() => true, stop.Token, stop.Cancel);
        Should.Throw<OperationCanceledException>(endless.Step);
        Should.Throw<OperationCanceledException>(pace.Step);
    }

    /// <summary>Fills segments until they are merged in the background.</summary>
    private async Task FillAsync(DuckDbEventStore store)
    {
        _steps.TryRemove("compact.published", out _);
        for (var i = 0; i < Segments; i++)
        {
            var seals = _steps.GetValueOrDefault("seal.journal-deleted");
            await HotEvents.Append(store, Events);
            while (_steps.GetValueOrDefault("seal.journal-deleted") == seals) await Task.Delay(10, _limit.Token);
        }

        while (!_steps.ContainsKey("compact.published")) await Task.Delay(10, _limit.Token);
    }

    private DuckDbEventStore Open(Func<EventStoreOptions, EventStoreOptions>? with = null)
    {
        var options = new EventStoreOptions { DataDirectory = _directory.Path, SealEvents = Events, Step = step => _steps.AddOrUpdate(step, 1, (_, n) => n + 1) };
        return DuckDbEventStore.Open(with is null ? options : with(options), default);
    }
}
