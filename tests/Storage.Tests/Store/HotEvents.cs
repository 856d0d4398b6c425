using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>Events that are looked at while they are in memory.</summary>
internal static class HotEvents
{
    public static EventBatch Build(DuckDbEventStore store, int events)
    {
        var builder = new EventBatchBuilder(store.Schema);
        for (var i = 0; i < events; i++)
        {
            builder.BeginEvent(UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow));
            builder.SetId(WellKnownColumns.TraceId, Guid.NewGuid().ToByteArray());
            builder.Set("n", i);
            builder.Set("group", "a group of events with a long name");
            builder.Set("text", "a text that is too long for the engine's own memory " + Guid.NewGuid());
            builder.EndEvent();
        }

        return builder.Build();
    }

    public static async Task Append(DuckDbEventStore store, int events)
    {
        using var batch = Build(store, events);
        (await store.AppendAsync([batch], default)).Status.ShouldBe(AppendStatus.Committed);
    }

    public static async Task<long> Count(DuckDbEventStore store)
    {
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Series = false };
        return (await store.RunAsync(query, default)).Results.Columns[0][0].AsInt64();
    }
}
