using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Crash;

/// <summary>
/// A process that fills a store and ends itself, as a power cut would, at a step that it is told:
/// <c>Storage.Crash DIRECTORY RUN [STEP OCCURRENCE]</c>. It says on standard output what was acknowledged, so that whoever started it can
/// hold the store to it: <c>ack BATCH</c>, <c>expiring PREFIX</c>, <c>expired PREFIX</c>, <c>step NAME</c>, <c>done</c>.
/// </summary>
internal static class Program
{
    /// <summary>Events of each batch; attribute <c>batch</c> names it, <c>id</c> names the event.</summary>
    public const int EventsPerBatch = 5;

    private static readonly ConcurrentDictionary<string, int> s_steps = new(StringComparer.Ordinal);
    private static readonly Clock s_clock = new();

    private static async Task<int> Main(string[] words)
    {
        var (directory, run) = (words[0], words[1]);
        var (step, occurrence) = words.Length > 2 ? (words[2], int.Parse(words[3], CultureInfo.InvariantCulture)) : ("", 0);
        var options = new EventStoreOptions
        {
            DataDirectory = directory, SealEvents = 100, Time = s_clock, Step = name => Pass(name, step, occurrence),
        };
        await using (var store = await EventStore.OpenAsync(options, CancellationToken.None)) await FillAsync(store, run);
        foreach (var (name, count) in s_steps.OrderBy(s => s.Key, StringComparer.Ordinal)) Say($"step {name} {count}");
        Say("done");
        return 0;
    }

    private static async Task FillAsync(IEventStore store, string run)
    {
        // What is old is sealed by itself and then expires: not together with what an earlier run left.
        await store.SealAsync(CancellationToken.None);
        s_clock.Ahead = TimeSpan.FromDays(-10);
        await AppendAsync(store, $"{run}-old", 12);
        await store.SealAsync(CancellationToken.None);
        s_clock.Ahead = TimeSpan.Zero;
        await AppendAsync(store, $"{run}-new", 30);
        await store.SealAsync(CancellationToken.None);
        Say($"expiring {run}-old");
        await store.ExpireAsync(new RetentionPolicy(TimeSpan.FromDays(5), null), CancellationToken.None);
        Say($"expired {run}-old");
        for (var round = 0; round < 5; round++)
        {
            await AppendAsync(store, $"{run}-{round}", 24);
            await store.SealAsync(CancellationToken.None);
        }

        await AppendAsync(store, $"{run}-last", 10);
    }

    /// <summary>Appends batches from three senders at once.</summary>
    private static Task AppendAsync(IEventStore store, string prefix, int batches)
    {
        const int Senders = 3;
        return Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = sender; i < batches; i += Senders)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i}");
                using var batch = Build(store, name);
                var result = await store.AppendAsync(batch, CancellationToken.None);
                if (result.Status == AppendStatus.Committed) Say($"ack {name}");
            }
        })));
    }

    private static EventBatch Build(IEventStore store, string name)
    {
        var builder = new EventBatchBuilder(store.Schema);
        for (var i = 0; i < EventsPerBatch; i++)
        {
            builder.BeginEvent(UnixTime.FromDateTimeOffset(s_clock.GetUtcNow()));
            builder.Set("batch", name);
            builder.Set("id", string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"));
            builder.Set("text", "a text that is longer than twelve bytes");
            builder.EndEvent();
        }

        return builder.Build();
    }

    private static void Pass(string name, string step, int occurrence)
    {
        if (s_steps.AddOrUpdate(name, 1, (_, count) => count + 1) != occurrence || name != step) return;
        using var self = Process.GetCurrentProcess();
        self.Kill(); // SIGKILL: no handler runs, nothing is flushed
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Say(string line)
    {
        lock (s_clock)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Ahead;
    }
}
