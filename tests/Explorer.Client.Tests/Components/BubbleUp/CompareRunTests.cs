using Analysis.BubbleUp;
using Explorer.Client.Components;
using Explorer.Client.Components.BubbleUp;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Tests.Components.BubbleUp;

/// <summary>Comparisons as the page runs them, over a real store.</summary>
public sealed class CompareRunTests : IAsyncLifetime
{
    private const long Second = 1_000_000_000;
    private const long Start = 1_700_000_000 * Second;
    private static readonly Query All = new() { Time = new TimeRange.Between(Start, Start + 1_000 * Second) };
    private static readonly CompareQuestion Slow = new() { Query = All, Selection = new Selection.Where(new Filter.Condition("duration_ms", FilterOp.Greater, 100.0)) };

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "explorer-tests-" + Guid.NewGuid().ToString("N"));
    private readonly Lock _page = new();
    private IEventStore _store = null!;

    /// <summary>2,000 requests; those of version 2 are slow.</summary>
    public async Task InitializeAsync()
    {
        _store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _directory, Durability = Durability.Os }, CancellationToken.None);
        var builder = new EventBatchBuilder(_store.Schema);
        for (var i = 0; i < 2_000; i++)
        {
            builder.BeginEvent(Start + i * Second / 2);
            builder.Set("service.version", i % 10 == 0 ? "2" : "1");
            builder.Set("duration_ms", i % 10 == 0 ? 500.0 : 10.0 + i % 7);
            builder.Set("app.tenant", $"t{i % 9}");
            builder.EndEvent();
        }

        using var batch = builder.Build();
        await _store.AppendAsync(batch, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_is_found_is_shown_and_complete()
    {
        using var run = Run();
        await run.RunAsync(Slow);
        run.Status.ShouldBe(RunStatus.Complete);
        run.IsOld.ShouldBeFalse();
        run.Result!.Columns[0].Name.ShouldBe("service.version");
        run.Counted.ShouldBe(run.Result.Columns.Length);
        run.Changes.ShouldBeNull("no two windows were compared");
    }

    [Fact]
    public async Task The_old_answer_stays_until_the_new_one_is_there_and_after_it_is_stopped()
    {
        using var run = Run();
        await run.RunAsync(Slow);
        var first = run.Result;
        var second = run.RunAsync(Slow with { Selection = new Selection.Where(new Filter.Condition("app.tenant", FilterOp.Equal, "t1")) });
        lock (_page) (run.Result == first).ShouldBe(run.IsOld, "what is shown is old exactly as long as it is the first");
        run.Cancel();
        await second;
        if (run.Status == RunStatus.Cancelled) (run.Result == first).ShouldBe(run.IsOld);
        else run.Status.ShouldBe(RunStatus.Complete, "it may be done before it is stopped");
    }

    [Fact]
    public async Task A_new_question_takes_the_place_of_the_old_one()
    {
        using var run = Run();
        var first = run.RunAsync(Slow);
        var second = run.RunAsync(Slow with { Selection = new Selection.Where(new Filter.Condition("app.tenant", FilterOp.Equal, "t1")) });
        await Task.WhenAll(first, second);
        run.Status.ShouldBe(RunStatus.Complete);
        run.Result!.Aside.Select(a => a.Name).ShouldContain("app.tenant");
    }

    [Fact]
    public async Task Two_times_are_asked_what_changed_as_well()
    {
        using var run = Run();
        await run.RunAsync(new CompareQuestion { Query = All, Selection = new Selection.Time(new TimeWindow(Start + 500 * Second, Start + 1_000 * Second)), Baseline = new Baseline.Time(new TimeWindow(Start, Start + 500 * Second)) });
        run.AsksChanges.ShouldBeTrue();
        run.Changes.ShouldNotBeNull();
        run.Result!.Columns.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mistake_is_said_with_its_place()
    {
        using var run = Run();
        await run.RunAsync(Slow with { Selection = new Selection.Where(new Filter.Condition("no.such", FilterOp.Equal, 1)) });
        run.Status.ShouldBe(RunStatus.Failed);
        run.Errors.ShouldHaveSingleItem().Path.ShouldStartWith("selection.where");
    }

    private CompareRun Run() => new(_store, TimeProvider.System, change =>
    {
        lock (_page) change();
        return Task.CompletedTask;
    });
}
