using Storage.Events;
using Storage.Queries;
using Storage.Tests.Events;

namespace Storage.Tests.Store;

/// <summary>A store in a directory of its own that takes events as rows.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private TestStore(Func<EventStoreOptions, EventStoreOptions> configure) => Options = configure(new EventStoreOptions { DataDirectory = _directory.Path });

    public EventStoreOptions Options { get; }

    public IEventStore Store { get; private set; } = null!;

    public static async Task<TestStore> OpenAsync(Func<EventStoreOptions, EventStoreOptions>? configure = null)
    {
        var store = new TestStore(configure ?? (o => o));
        store.Store = await EventStore.OpenAsync(store.Options, default);
        return store;
    }

    /// <summary>Appends events, all in one batch.</summary>
    public async Task AppendAsync(params (long Time, (string Name, Value Value)[] Values)[] events)
    {
        var builder = new EventBatchBuilder(Store.Schema);
        foreach (var (time, values) in events)
        {
            builder.BeginEvent(time);
            foreach (var (name, value) in values)
                if (!value.IsNull) EventBatchTests.Set(builder, name, value);
            builder.EndEvent();
        }

        (await Store.AppendAsync(builder.Build(), default)).Status.ShouldBe(AppendStatus.Committed);
    }

    public Task<QueryResult> RunAsync(Query query) => Store.RunAsync(query, default);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _directory.Dispose();
    }
}
