using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>
/// Everything at once: appends, seals, merges and removals under questions that are cancelled at any moment. What lies in native memory is read by whoever
/// still may, so a mistake there ends the process. <c>EXPLORER_STRESS_SECONDS=60</c> does it for longer.
/// </summary>
public sealed class StressTests
{
    private const int BatchEvents = 2_000;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("EXPLORER_STRESS_SECONDS") ?? "4", CultureInfo.InvariantCulture));

    private readonly ConcurrentQueue<Exception> _faults = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private long _appended;
    private long _answered;
    private long _cancelled;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_questions_beside_seals_merges_and_removals_leave_the_store_whole(bool removes)
    {
        await using var store = await TestStore.OpenAsync(o => o with
        {
            Durability = Durability.Os, SealEvents = 15_000, CompactEvents = 60_000, CompressAfter = TimeSpan.Zero, MaxHotBytes = 64L << 20, ExactEvents = 5_000, QueryCacheBytes = 0, MaxConcurrentQueries = 4,
            QueryMemoryBytes = 200L << 20,
        });
        using (var first = Batch(store.Store.Schema, new Random(0)))
        {
            await store.Store.AppendAsync(first, default); // a question needs its columns
            _appended = first.Count;
        }

        Task[] work =
        [
            .. Enumerable.Range(0, 2).Select(i => Task.Run(() => AppendAsync(store.Store, new Random(i)))),
            .. Enumerable.Range(0, 6).Select(i => Task.Run(() => AskAsync(store.Store, new Random(100 + i)))),
            Task.Run(() => SealAsync(store.Store, removes)),
        ];
        await Task.WhenAll(work);
        _faults.ShouldBeEmpty();
        _answered.ShouldBeGreaterThan(0);
        _cancelled.ShouldBeGreaterThan(0);
        await store.Store.SealAsync(default);
        var count = (await store.RunAsync(Ask(new Calculation(CalculationOp.Count)))).Meta.EventsMatched;
        if (removes) count.ShouldBeInRange(1, _appended);
        else count.ShouldBe(_appended);
    }

    private bool IsOver => _watch.Elapsed > Length || !_faults.IsEmpty;

    private async Task AppendAsync(IEventStore store, Random random)
    {
        while (!IsOver)
        {
            using var batch = Batch(store.Schema, random);
            var result = await store.AppendAsync(batch, default);
            if (result.Status == AppendStatus.Committed) Interlocked.Add(ref _appended, batch.Count);
            else await Task.Delay(5);
        }
    }

    private async Task AskAsync(IEventStore store, Random random)
    {
        while (!IsOver)
        {
            // Many end before they begin, or on the way; some are let go to their end.
            using var stop = random.Next(4) == 0 ? new CancellationTokenSource() : new CancellationTokenSource(TimeSpan.FromMilliseconds(random.NextDouble() * 40));
            try
            {
                if (random.Next(8) == 0) await store.SampleAsync(new SampleRequest { Query = Ask(), Marks = [new Filter.Condition("n", FilterOp.Greater, 500L)], Columns = ["user", "path", "n"] }, _ => { }, stop.Token);
                else await store.RunAsync(Question(random), stop.Token);
                Interlocked.Increment(ref _answered);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
            }
            catch (EventStoreException e) when (e.Fault is EventStoreFault.OutOfMemory or EventStoreFault.Busy or EventStoreFault.Timeout)
            {
                await Task.Delay(1);
            }
            catch (Exception e)
            {
                _faults.Enqueue(e);
            }
        }
    }

    private async Task SealAsync(IEventStore store, bool removes)
    {
        while (!IsOver)
        {
            await Task.Delay(150);
            try
            {
                await store.SealAsync(default);
                if (removes) await store.ExpireAsync(new RetentionPolicy(null, 2 << 20), default);
            }
            catch (Exception e)
            {
                _faults.Enqueue(e);
            }
        }
    }

    private static Query Ask(params Calculation[] calculations) => new() { Time = TimeRange.All, Series = false, Calculations = [.. calculations] };

    private static Query Question(Random random) => random.Next(7) switch
    {
        0 => Ask(new Calculation(CalculationOp.P99, "duration_ms"), new Calculation(CalculationOp.Count)) with { Breakdowns = ["service"], Series = true },
        1 => Ask(new Calculation(CalculationOp.CountDistinct, "user"), new Calculation(CalculationOp.Max, "path")) with { Breakdowns = ["user"], Limit = 20 },
        2 => Ask(new Calculation(CalculationOp.Heatmap, "duration_ms")),
        3 => Ask() with { Calculations = [], Limit = 200, Where = new Filter.Condition("n", FilterOp.Greater, (long)random.Next(900)) },
        4 => Ask() with { Calculations = [], Limit = 1_000, Where = new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, Convert.ToHexStringLower(IdOf(random.Next(3_000)))) },
        5 => Ask(new Calculation(CalculationOp.Count)) with { Where = new Filter.Condition("path", FilterOp.Contains, random.Next(100).ToString(CultureInfo.InvariantCulture)), Breakdowns = ["path"], Limit = 50 },
        _ => Ask(new Calculation(CalculationOp.Sum, "n")) with { Where = new Filter.Condition("root.service", FilterOp.Exists), Breakdowns = ["root.service"] },
    };

    private static EventBatch Batch(Schema schema, Random random)
    {
        var builder = new EventBatchBuilder(schema);
        var now = UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow);
        var service = "service " + random.Next(6);
        var span = new byte[8];
        for (var i = 0; i < BatchEvents; i++)
        {
            builder.BeginEvent(now - random.Next(1_000_000_000));
            builder.SetId(WellKnownColumns.TraceId, IdOf(random.Next(3_000)));
            random.NextBytes(span);
            builder.SetId(WellKnownColumns.SpanId, span);
            builder.Set(WellKnownColumns.SignalType, "trace");
            builder.Set("service", service);
            builder.Set("user", "somebody of many " + random.Next(20_000).ToString(CultureInfo.InvariantCulture));
            builder.Set("path", "/a/path/that/is/longer/than/twelve/bytes/" + random.Next(500).ToString(CultureInfo.InvariantCulture));
            builder.Set("n", (long)random.Next(1_000));
            builder.Set(WellKnownColumns.DurationMs, random.Next(1_000_000) / 1e6);
            if (random.Next(3) == 0) builder.Set(WellKnownColumns.SampleRate, 1L + random.Next(10));
            builder.EndEvent();
        }

        return builder.Build();
    }

    private static byte[] IdOf(int trace)
    {
        var id = new byte[16];
        BitConverter.TryWriteBytes(id, trace + 1);
        return id;
    }
}
