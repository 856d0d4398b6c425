using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Tests;

/// <summary>Appends events that a test names, without a transport between.</summary>
internal static class EventSamples
{
    /// <summary>A fixed instant that all samples lie at or after: 2026-11-20T10:00:00Z, Unix nanoseconds.</summary>
    public const long Start = 1_795_168_800L * 1_000_000_000;

    public const long Second = 1_000_000_000;

    /// <summary>One event a dictionary; <c>time</c> is Unix nanoseconds, ids are hex text.</summary>
    public static async Task AppendAsync(this IEventStore store, params IEnumerable<IReadOnlyDictionary<string, object>> events)
    {
        var builder = new EventBatchBuilder(store.Schema);
        foreach (var values in events)
        {
            builder.BeginEvent(values.TryGetValue("time", out var time) ? (long)time : Start);
            foreach (var (name, value) in values)
            {
                if (name == "time") continue;
                if (name is WellKnownColumns.TraceId or WellKnownColumns.SpanId or WellKnownColumns.ParentId) builder.SetId(name, Convert.FromHexString((string)value));
                else Set(builder, name, value);
            }

            builder.EndEvent();
        }

        (await store.AppendAsync(builder.Build(), CancellationToken.None)).Status.ShouldBe(AppendStatus.Committed);
    }

    /// <summary>How many events there are, by a query.</summary>
    public static async Task<long> CountAsync(this IEventStore store)
    {
        var result = await store.RunAsync(
            new Query { Time = TimeRange.All, Series = false, Calculations = [new Calculation(CalculationOp.Count)] }, CancellationToken.None);
        return (long)result.Results.Columns[0][0].AsDouble();
    }

    private static void Set(EventBatchBuilder builder, string name, object value)
    {
        switch (value)
        {
            case bool b: builder.Set(name, b); break;
            case int i: builder.Set(name, (long)i); break;
            case long l: builder.Set(name, l); break;
            case double d: builder.Set(name, d); break;
            case string s: builder.Set(name, s); break;
            default: throw new ArgumentException($"{name} is a {value.GetType()}", nameof(value));
        }
    }
}
