using Storage;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Tests.BubbleUp;

/// <summary>A store of its own directory, filled by a test.</summary>
internal sealed class EventsStore : IAsyncDisposable
{
    public const long Second = 1_000_000_000;
    public const long Start = 1_700_000_000 * Second;

    private readonly string _directory;

    private EventsStore(string directory, IEventStore store) => (_directory, Store) = (directory, store);

    public IEventStore Store { get; }

    public static async Task<EventsStore> OpenAsync()
    {
        var directory = Path.Combine(Path.GetTempPath(), "explorer-tests-" + Guid.NewGuid().ToString("N"));
        var options = new EventStoreOptions { DataDirectory = directory, Durability = Durability.Os, QueryMemoryBytes = 256L << 20, QueryTimeout = TimeSpan.FromMinutes(2) };
        return new EventsStore(directory, await EventStore.OpenAsync(options, CancellationToken.None));
    }

    /// <summary>Appends events, in batches.</summary>
    /// <param name="count">How many.</param>
    /// <param name="write">Writes the i-th.</param>
    public async Task AppendAsync(int count, Action<EventBatchBuilder, int> write)
    {
        for (var first = 0; first < count; first += 20_000)
        {
            var builder = new EventBatchBuilder(Store.Schema);
            for (var i = first; i < Math.Min(count, first + 20_000); i++) write(builder, i);
            using var batch = builder.Build();
            (await Store.AppendAsync(batch, CancellationToken.None)).Status.ShouldBe(AppendStatus.Committed);
        }
    }

    public static byte[] TraceId(long number) => [.. BitConverter.GetBytes(number + 1), .. BitConverter.GetBytes(number * 31 + 7)];

    public static void Set(EventBatchBuilder builder, string name, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Bool: builder.Set(name, value.AsBool()); break;
            case ValueKind.Int64: builder.Set(name, value.AsInt64()); break;
            case ValueKind.Float64: builder.Set(name, value.AsDouble()); break;
            case ValueKind.String: builder.Set(name, value.AsString()); break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
