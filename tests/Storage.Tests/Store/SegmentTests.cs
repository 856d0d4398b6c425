using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;
using Storage.Tests.Events;

namespace Storage.Tests.Store;

/// <summary>Sealed segments: how they are made, merged, removed and found again after every way to stop.</summary>
public sealed class SegmentTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Clock _clock = new();
    private int _next;

    public void Dispose() => _directory.Dispose();

    private string Segments => Path.Combine(_directory.Path, "segments");

    private string Journals => Path.Combine(_directory.Path, "journal");

    [Theory]
    [InlineData("1700000000-0000000007-spans.parquet", 7L)]
    [InlineData("-3000000000-0000000007-other-2.parquet.tmp", 7L)]
    [InlineData("1700000000-0000000007-logs.stats", 7L)]
    [InlineData("copy-3000000000.parquet", null)]
    [InlineData("backup-20261122093000-old.tgz", null)]
    [InlineData("1700000000-3000000000-spans.parquet", null)] // numbers of events begin with it, and would be below zero
    public void Only_names_of_segments_have_numbers(string name, long? number) => SegmentFile.NumberIn(Path.Combine("segments", name)).ShouldBe(number);

    [Fact]
    public async Task Each_kind_of_signal_has_segments_of_its_own_even_out_of_mixed_batches()
    {
        await using var store = await OpenAsync();
        await AppendAsync(store, "trace", "log");
        await AppendAsync(store, "metric");
        await AppendAsync(store, "trace");
        await AppendAsync(store, (string?)null);
        await store.SealAsync(default);
        store.Statistics.Segments.ShouldBe(4);
        (await IdsAsync(store)).ShouldBe(Enumerable.Range(0, _next).Select(i => (long)i));
        var result = await store.RunAsync(Counting(new Filter.Condition(WellKnownColumns.SignalType, FilterOp.Equal, "trace")), default);
        (result.Results.Columns[0][0].AsInt64(), result.Meta.SegmentsRead, result.Meta.SegmentsTotal).ShouldBe((2, 1, 4));
    }

    [Fact]
    public async Task Thousands_of_names_that_come_in_several_types_are_sealed_with_little_memory()
    {
        const int Names = 1_950, Events = 5_000;
        await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _directory.Path, CompactEvents = 0, SealMemoryBytes = 24 << 20 }, default);
        var random = new Random(1);
        for (var done = 0; done < Events; done += 500)
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (var i = 0; i < 500; i++)
            {
                builder.BeginEvent(UnixTime.FromDateTimeOffset(_clock.GetUtcNow()));
                for (var k = 0; k < 12; k++)
                {
                    var name = $"wide.{random.Next(Names)}";
                    switch (k % 4)
                    {
                        case 0: builder.Set(name, k); break;
                        case 1: builder.Set(name, $"v{k}"); break;
                        case 2: builder.Set(name, k * 0.5); break;
                        default: builder.Set(name, true); break;
                    }
                }

                builder.EndEvent();
            }

            using var batch = builder.Build();
            (await store.AppendAsync([batch], default)).Status.ShouldBe(AppendStatus.Committed);
        }

        await store.SealAsync(default);
        (store.Statistics.HotEvents, store.Statistics.Events).ShouldBe((0, Events));
        (await store.RunAsync(Counting(new Filter.Condition("wide.7", FilterOp.Exists)), default)).Results.Columns[0][0].AsInt64().ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Only_segments_that_can_match_are_read()
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            await AppendAsync(store, Enumerable.Repeat("trace", 10).ToArray());
            await store.SealAsync(default);
        }

        var trace = Convert.ToHexStringLower(TraceOf(25));
        await Read(new Filter.Condition("id", FilterOp.Equal, 25L), 1, 1);
        await Read(new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, trace), 1, 1);
        await Read(new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, trace.ToUpperInvariant()), 0, 0);
        await Read(new Filter.Condition(WellKnownColumns.TraceId, FilterOp.In, [trace, "zz", Convert.ToHexStringLower(TraceOf(1))]), 2, 2);
        await Read(new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, new string('0', 32)), 0, 0);
        await Read(new Filter.Condition("id", FilterOp.GreaterOrEqual, 20L), 20, 2);
        await Read(new Filter.Not(new Filter.Condition("id", FilterOp.GreaterOrEqual, 20L)), 20, 2);
        await Read(new Filter.Condition(WellKnownColumns.Body, FilterOp.Exists), 0, 0);
        await Read(new Filter.Condition(WellKnownColumns.Body, FilterOp.DoesNotExist), 40, 4);

        async Task Read(Filter where, long events, int segments)
        {
            var result = await store.RunAsync(Counting(where), default);
            (result.Results.Columns[0][0].AsInt64(), result.Meta.SegmentsRead).ShouldBe((events, segments), where.ToString());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_trace_is_found_among_many(bool compact)
    {
        await using var store = await OpenAsync(compact);
        for (var part = 0; part < 2; part++)
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (var i = 0; i < 20_000; i++)
            {
                builder.BeginEvent(Now() + i);
                builder.SetId(WellKnownColumns.TraceId, TraceOf(i / 10));
                builder.EndEvent();
            }

            using var batch = builder.Build();
            await store.AppendAsync(batch, default);
            await store.SealAsync(default);
        }

        foreach (var i in (int[])[0, 1, 77, 1_000, 1_999])
        {
            var id = Convert.ToHexStringLower(TraceOf(i));
            foreach (var where in (Filter[])[new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, id), new Filter.Condition(WellKnownColumns.TraceId, FilterOp.In, [id, "ab"])])
                (await store.RunAsync(Counting(where), default)).Results.Columns[0][0].AsInt64().ShouldBe(20, where.ToString());
        }
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 3)]
    public async Task Each_segment_is_read_by_the_type_in_which_it_stores_a_name(int first, int second)
    {
        await using var store = await OpenAsync();
        foreach (var round in (int[])[first, second, 2])
        {
            await AppendMixedTypesAsync(store, round);
            if (round != 2) await store.SealAsync(default);
        }

        var table = (await store.RunAsync(new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Breakdowns = ["mixed"], Series = false }, default)).Results;
        var keys = table.Find("mixed")!;
        Enumerable.Range(0, table.RowCount).Select(row => keys[row].ToString()).Order(StringComparer.Ordinal).ShouldBe(["1", "three", "true"]);
    }

    [Fact]
    public async Task Compaction_keeps_every_event_value_and_type_and_leaves_one_segment_of_a_kind()
    {
        string before;
        await using (var store = await OpenAsync())
        {
            for (var i = 0; i < 5; i++)
            {
                await AppendAsync(store, "trace", "log", "trace");
                await AppendMixedTypesAsync(store, i);
                await store.SealAsync(default);
            }

            before = await TextAsync(store);
            store.Statistics.Segments.ShouldBe(15);
        }

        await using (var store = await OpenAsync(compact: true))
        {
            await store.SealAsync(default);
            store.Statistics.Segments.ShouldBe(3);
            store.Statistics.BytesRewritten.ShouldBeGreaterThan(0);
            (await TextAsync(store)).ShouldBe(before);
            Directory.GetFiles(Segments).Length.ShouldBe(6);
            // Old events are compressed for size.
            _clock.Ahead = TimeSpan.FromDays(2);
            var bytes = store.Statistics.BytesOnDisk;
            await store.SealAsync(default);
            store.Statistics.Segments.ShouldBe(3);
            store.Statistics.BytesOnDisk.ShouldNotBe(bytes);
            var rewritten = store.Statistics.BytesRewritten;
            await store.SealAsync(default);
            store.Statistics.BytesRewritten.ShouldBe(rewritten);
        }

        await using var again = await OpenAsync();
        (await TextAsync(again)).ShouldBe(before);
    }

    [Theory]
    [InlineData(8, false, 1)] // merged column by column, not in order of time
    [InlineData(64, true, 1)] // merged by the engine, but neither sorted nor in large row groups
    [InlineData(8, true, 2)] // not merged
    public async Task Segments_are_merged_as_far_as_the_memory_goes_and_nothing_is_lost(int megabytes, bool byEngine, int segmentsLeft)
    {
        const int Files = 2;
        const int Events = 60_000;
        var options = new EventStoreOptions { DataDirectory = _directory.Path, QueryMemoryBytes = 2 * (megabytes << 20), CompactEvents = 1_000_000 };
        var words = new string('x', 300);
        var random = new Random(5);
        await using var store = await EventStore.OpenAsync(options with { QueryMemoryBytes = 1L << 30, CompactEvents = 0 }, default);
        for (var i = 0; i < Files; i++)
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (var row = 0; row < Events; row++)
            {
                builder.BeginEvent(Now() + random.NextInt64(1L << 40));
                builder.Set("id", (long)(i * Events + row));
                builder.Set("text", words + random.NextInt64());
                // What is a number in one segment and a text in another becomes a text, which only the engine can make of it.
                if (byEngine && i == 0) builder.Set("mixed", 1L);
                else if (byEngine) builder.Set("mixed", "one");
                builder.EndEvent();
            }

            using (var batch = builder.Build()) (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
            await store.SealAsync(default);
        }

        await store.DisposeAsync();
        await using var again = await EventStore.OpenAsync(options, default);
        await again.SealAsync(default);
        again.Statistics.Segments.ShouldBe(segmentsLeft);
        var ids = (await again.RunAsync(new Query
        {
            Time = TimeRange.All, Series = false, Calculations = [new(CalculationOp.Count), new(CalculationOp.Sum, "id"), new(CalculationOp.CountDistinct, "id")],
        }, default)).Results;
        ids.Columns.Select(c => c[0].AsDouble()).ShouldBe([Files * Events, Files * Events * (Files * Events - 1L) / 2.0, Files * Events]);
    }

    [Fact]
    public async Task A_start_between_the_rename_of_a_merged_segment_and_the_end_of_its_inputs_finds_each_event_once()
    {
        await FillAsync(segments: 4);
        var inputs = Directory.GetFiles(Segments).ToDictionary(p => p, File.ReadAllBytes);
        await using (var store = await OpenAsync(compact: true)) await store.SealAsync(default);
        foreach (var (path, bytes) in inputs) await File.WriteAllBytesAsync(path, bytes);
        await using var again = await OpenAsync();
        (await IdsAsync(again)).Count.ShouldBe(_next);
        again.Statistics.Segments.ShouldBe(1);
        Directory.GetFiles(Segments).Length.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_merged_segment_took_the_place_of_is_deleted_at_the_start_even_when_it_cannot_be_read()
    {
        await FillAsync(segments: 4);
        var left = Directory.GetFiles(Segments, "*.parquet").Order(StringComparer.Ordinal).First();
        await using (var store = await OpenAsync(compact: true)) await store.SealAsync(default);
        await File.WriteAllBytesAsync(left, new byte[100]);
        await using var again = await OpenAsync();
        Directory.GetFiles(Segments).Length.ShouldBe(2);
        await again.ExpireAsync(new RetentionPolicy(null, 1), default);
        Directory.GetFiles(Segments).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_start_in_the_middle_of_a_seal_replays_the_journal_and_forgets_the_segments_that_were_there()
    {
        await using (var store = await OpenAsync()) await AppendAsync(store, "trace", "log");
        var journal = Directory.GetFiles(Journals).ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(journal);
        await using (var store = await OpenAsync()) await store.SealAsync(default);
        await File.WriteAllBytesAsync(journal, bytes);
        foreach (var path in Directory.GetFiles(Segments, "*-log*")) File.Delete(path);
        File.WriteAllText(Path.Combine(Segments, "0000000000-0000000001-log.parquet.tmp"), "half");
        await using var again = await OpenAsync();
        (await IdsAsync(again)).Count.ShouldBe(2);
        again.Statistics.Events.ShouldBe(2);
        Directory.GetFiles(Segments, "0000000000-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task The_number_of_an_unreadable_segment_is_not_given_again_and_its_file_is_kept()
    {
        await FillAsync(segments: 1);
        var newest = Directory.GetFiles(Segments, "*.parquet").ShouldHaveSingleItem();
        File.WriteAllText(newest, "noise");
        foreach (var journal in Directory.GetFiles(Journals)) File.Delete(journal);
        await using (var store = await OpenAsync())
        {
            await AppendAsync(store, "trace");
            await store.SealAsync(default);
            (await IdsAsync(store)).Count.ShouldBe(1);
        }

        File.ReadAllText(newest).ShouldBe("noise");
        Directory.GetFiles(Segments, "*-0000000002-*.parquet").ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lost_or_damaged_statistics_are_made_again(bool damaged)
    {
        await FillAsync(segments: 3);
        var files = Directory.GetFiles(Segments, "*.stats");
        var whole = files.Select(File.ReadAllBytes).ToArray();
        foreach (var path in files)
        {
            var bytes = await File.ReadAllBytesAsync(path);
            bytes[bytes.Length / 2] ^= 1;
            if (damaged) await File.WriteAllBytesAsync(path, bytes);
            else File.Delete(path);
        }

        await using var store = await OpenAsync();
        // A forced compaction that may merge nothing still makes statistics.
        await store.SealAsync(default);
        files.Select(File.ReadAllBytes).Select(b => b.Length).ShouldBe(whole.Select(b => b.Length));
        var result = await store.RunAsync(Counting(new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, Convert.ToHexStringLower(TraceOf(1)))), default);
        (result.Results.Columns[0][0].AsInt64(), result.Meta.SegmentsRead).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Retention_has_an_age_for_each_kind_and_gives_the_bytes_back()
    {
        await using var store = await OpenAsync();
        await AppendAsync(store, "trace", "log", "metric");
        await store.SealAsync(default);
        _clock.Ahead = TimeSpan.FromDays(5);
        var policy = new RetentionPolicy(TimeSpan.FromDays(30), null) { LogsAge = TimeSpan.FromDays(4), MetricsAge = TimeSpan.FromDays(6) };
        await store.ExpireAsync(policy, default);
        (await IdsAsync(store)).Count.ShouldBe(2);
        Directory.GetFiles(Segments, "*-log*").ShouldBeEmpty();
        await store.ExpireAsync(policy with { SpansAge = TimeSpan.FromDays(1) }, default);
        (await IdsAsync(store)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Retention_reaches_events_that_were_never_sealed()
    {
        await using var store = await OpenAsync();
        await AppendAsync(store, "trace");
        _clock.Ahead = TimeSpan.FromDays(2);
        await store.ExpireAsync(new RetentionPolicy(TimeSpan.FromDays(1), null), default);
        store.Statistics.Events.ShouldBe(0);
    }

    [Theory]
    [InlineData(0.000001, 12.345678, 86_400_000.123456)]
    [InlineData(-0.0, 1e300, 0.1234567891)]
    [InlineData(double.NaN, double.PositiveInfinity, -5.5)]
    public async Task Durations_come_back_as_they_were(double a, double b, double c)
    {
        await using var store = await OpenAsync();
        double[] durations = [a, b, c];
        var builder = new EventBatchBuilder(store.Schema);
        foreach (var duration in durations)
        {
            builder.BeginEvent(Now());
            EventBatchTests.Set(builder, WellKnownColumns.DurationMs, duration);
            builder.EndEvent();
        }

        using (var batch = builder.Build()) await store.AppendAsync(batch, default);
        await store.SealAsync(default);
        var found = (await store.RunAsync(new Query { Time = TimeRange.All }, default)).Events!.Table.Find(WellKnownColumns.DurationMs)!;
        Enumerable.Range(0, 3).Select(i => BitConverter.DoubleToInt64Bits(found[i].AsDouble())).Order().ShouldBe(durations.Select(BitConverter.DoubleToInt64Bits).Order());
    }

    private async Task FillAsync(int segments)
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < segments; i++)
        {
            await AppendAsync(store, "trace", "trace");
            await store.SealAsync(default);
        }
    }

    private Task<IEventStore> OpenAsync(bool compact = false) => EventStore.OpenAsync(
        new EventStoreOptions { DataDirectory = _directory.Path, Time = _clock, CompactEvents = compact ? 1_000_000 : 0 }, default);

    /// <summary>One event of each kind, all in one batch, numbered by <c>id</c>.</summary>
    private async Task AppendAsync(IEventStore store, params string?[] kinds)
    {
        var builder = new EventBatchBuilder(store.Schema);
        foreach (var kind in kinds)
        {
            builder.BeginEvent(Now() + _next);
            if (kind is not null) builder.Set(WellKnownColumns.SignalType, kind);
            builder.SetId(WellKnownColumns.TraceId, TraceOf(_next));
            builder.Set("id", _next++);
            builder.Set("text", "text " + (_next % 3));
            builder.EndEvent();
        }

        using var batch = builder.Build();
        (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
    }

    private async Task AppendMixedTypesAsync(IEventStore store, int round)
    {
        Value[] values = [1L, 2.5, "three", true, "nul\0"];
        var builder = new EventBatchBuilder(store.Schema);
        builder.BeginEvent(Now() + _next);
        EventBatchTests.Set(builder, "mixed", values[round]);
        EventBatchTests.Set(builder, "Case" + (round % 2 == 0 ? "A" : "a"), values[round]);
        builder.Set("id", _next++);
        builder.EndEvent();
        using var batch = builder.Build();
        await store.AppendAsync(batch, default);
    }

    private static byte[] TraceOf(int i)
    {
        var id = new byte[16];
        id[15] = 0xAB; // a letter, so that upper case is another text
        BitConverter.TryWriteBytes(id, i * 7_919L + 1);
        return id;
    }

    private long Now() => UnixTime.FromDateTimeOffset(_clock.GetUtcNow());

    private static Query Counting(Filter where) => new() { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Where = where, Series = false };

    private static async Task<List<long>> IdsAsync(IEventStore store)
    {
        var table = (await store.RunAsync(new Query { Time = TimeRange.All, Limit = 10_000 }, default)).Events!.Table;
        return [.. Enumerable.Range(0, table.RowCount).Select(row => table.Find("id")![row].AsInt64()).Order()];
    }

    private static async Task<string> TextAsync(IEventStore store)
    {
        var table = (await store.RunAsync(new Query { Time = TimeRange.All, Limit = 10_000 }, default)).Events!.Table;
        return string.Join('\n', Enumerable.Range(0, table.RowCount).Select(row => string.Join('|', table.Columns.Select(c => $"{c.Name}={c[row]}"))));
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Ahead;
    }
}
