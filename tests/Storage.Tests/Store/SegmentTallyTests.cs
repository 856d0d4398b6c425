using System.Globalization;
using System.Text.Json;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>What is counted by codes, of segments and of batches in memory, is what the engine counts of the same events.</summary>
public sealed class SegmentTallyTests
{
    private const int Events = 9_000;

    private static readonly string[] Keys = ["service", "status", "broken", "kind", "late", "extreme"];

    private static readonly string[] Numbers = ["duration_ms", "size", "n", "ratio", "status", "odd", "extreme", "zero"];

    private static readonly Filter[] Filters =
    [
        new Filter.Condition("service", FilterOp.Equal, "service 7"),
        new Filter.Condition("service", FilterOp.StartsWith, "service 1"),
        new Filter.Condition("service", FilterOp.NotIn, ["service 3", "ünï"]),
        new Filter.Condition("status", FilterOp.GreaterOrEqual, 400L),
        new Filter.Condition("status", FilterOp.NotEqual, 200L),
        new Filter.Condition("status", FilterOp.Contains, "0"),
        new Filter.Condition("broken", FilterOp.Equal, true),
        new Filter.Condition("broken", FilterOp.DoesNotExist, []),
        new Filter.Condition("duration_ms", FilterOp.LessOrEqual, 0.5),
        new Filter.Condition("duration_ms", FilterOp.Exists, []),
        new Filter.Condition("path", FilterOp.Contains, "/7"),
        new Filter.Condition("path", FilterOp.DoesNotEndWith, "3"),
        new Filter.Condition("path", FilterOp.Matches, "/1.*2"),
        new Filter.Condition("size", FilterOp.In, [1_234L, 77L]),
        new Filter.Condition("ratio", FilterOp.Greater, 0.3),
        new Filter.Condition("mixed", FilterOp.Equal, "77"),
        new Filter.Condition("mixed", FilterOp.Less, 100L),
        new Filter.Condition("late", FilterOp.Exists, []),
        new Filter.Condition("odd", FilterOp.Greater, 0L),
        new Filter.Condition("odd", FilterOp.NotEqual, 2.5),
        new Filter.Condition("zero", FilterOp.Equal, 0L),
        new Filter.Condition("extreme", FilterOp.Less, long.MaxValue),
        new Filter.Condition("extreme", FilterOp.In, [long.MinValue, -1L]),
        new Filter.Condition("span", FilterOp.Equal, Convert.ToHexStringLower(BitConverter.GetBytes(77L))),
    ];

    /// <summary>EXPLORER_DIFFERENTIAL_SEEDS asks for more.</summary>
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("EXPLORER_DIFFERENTIAL_SEEDS") ?? "5", CultureInfo.InvariantCulture) * 30;

    private readonly Random _random = new(5);

    /// <summary>Batches of which events are made.</summary>
    private const int Parts = 9;

    [Theory]
    [InlineData(0, Events)]
    [InlineData(6, Events)]
    [InlineData(Parts, Events)]
    [InlineData(0, 10 * Events)] // several groups of batches
    [InlineData(6, 10 * Events)]
    public async Task Events_are_counted_as_the_engine_counts_them(int sealedParts, int all)
    {
        await using var memory = await TestStore.OpenAsync(o => o with { LeavesCounting = true });
        await using var files = await TestStore.OpenAsync(o => o with { CompactEvents = 0 });
        var start = UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow.AddMinutes(-1));
        for (var part = 0; part < Parts; part++)
        {
            using var events = Build(memory.Store, start, part * (all / Parts), all);
            using var same = Build(files.Store, start, part * (all / Parts), all);
            (await memory.Store.AppendAsync(events, default)).Status.ShouldBe(AppendStatus.Committed);
            (await files.Store.AppendAsync(same, default)).Status.ShouldBe(AppendStatus.Committed);
            if (part < sealedParts && part % 3 == 2) await files.Store.SealAsync(default);
        }

        for (var round = 0; round < Rounds * Events / all; round++)
        {
            var query = Question(start);
            var (expected, answer) = (await AnswerAsync(memory.Store, query), await AnswerAsync(files.Store, query));
            Same(expected, answer, query.ToString());
        }
    }

    [Fact]
    public async Task Percentiles_that_are_counted_by_codes_need_no_estimate()
    {
        await using var store = await TestStore.OpenAsync(o => o with { ExactEvents = 10 });
        await using var engine = await TestStore.OpenAsync(o => o with { ExactEvents = 10, LeavesCounting = true });
        (long, (string, Value)[])[] events = [.. Enumerable.Range(1, 1_000).Select(i => ((long)i, new (string, Value)[] { ("service", $"service {i % 2}"), ("ms", i * 1.5) }))];
        await store.AppendAsync(events);
        await engine.AppendAsync(events);
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.P95, "ms")], Breakdowns = ["service"], Series = false };
        (await engine.RunAsync(query)).Meta.Approximate.ShouldBe(["P95(ms)"]);
        (await store.RunAsync(query)).Meta.Approximate.ShouldBeEmpty();
        await store.Store.SealAsync(default);
        var answer = await store.RunAsync(query);
        answer.Meta.Approximate.ShouldBeEmpty();
        answer.Results.Columns[1][0].ShouldBe(Value.Of(950 * 1.5));
        (await store.RunAsync(query with { Calculations = [new(CalculationOp.CountDistinct, "ms")] })).Meta.Approximate.ShouldBe(["COUNT_DISTINCT(ms)"]);
    }

    [Fact]
    public async Task What_cannot_be_counted_so_is_left_to_the_engine_and_both_are_put_together()
    {
        await using var store = await TestStore.OpenAsync(o => o with { CompactEvents = 0 });
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count), new(CalculationOp.Sum, "big"), new(CalculationOp.Max, "big")], Breakdowns = ["v"] };
        await store.AppendAsync((1_000, [("v", "a"), ("big", long.MaxValue)]), (2_000, [("v", "a"), ("big", long.MaxValue)]));
        await store.Store.SealAsync(default);
        await store.AppendAsync((3_000, [("v", "b"), ("big", 1L)]));
        await store.Store.SealAsync(default);
        await store.AppendAsync((4_000, [("v", "a"), ("big", 1L)]));
        var rows = JsonDocument.Parse(await AnswerAsync(store.Store, query)).RootElement.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data").GetRawText());
        rows.ShouldBe(["""{"v":"a","COUNT":3,"SUM(big)":1.8446744073709552E+19,"MAX(big)":9223372036854775807}""", """{"v":"b","COUNT":1,"SUM(big)":1,"MAX(big)":1}"""]);
    }

    [Fact]
    public async Task Of_too_many_values_in_memory_the_engine_makes_the_groups()
    {
        await using var store = await TestStore.OpenAsync();
        await store.AppendAsync([.. Enumerable.Range(0, 6_000).Select(i => ((long)i, new (string, Value)[] { ("user", $"user {i % 5_000}"), ("n", (long)i) }))]);
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count), new(CalculationOp.Sum, "n")], Breakdowns = ["user"], Limit = 1_000, Series = false };
        var answer = await store.RunAsync(query);
        Enumerable.Range(0, answer.Results.RowCount).ShouldAllBe(row => answer.Results.Columns[1][row] == Value.Of(2L));
        answer.Results.RowCount.ShouldBe(1_000);
        answer.Other!.Columns[0][0].ShouldBe(Value.Of(4_000L));
        answer.Total!.Columns[1][0].ShouldBe(Value.Of(6_000L * 5_999 / 2));
    }

    [Fact]
    public async Task While_events_come_and_are_sealed_none_is_missed_or_counted_twice()
    {
        await using var store = await TestStore.OpenAsync(o => o with { SealEvents = 700 });
        var appended = 0L;
        await AppendAsync(0);
        var writing = Task.Run(async () =>
        {
            for (var n = 1; n < 300; n++) await AppendAsync(n);
        });

        async Task AppendAsync(int n)
        {
            await store.AppendAsync([.. Enumerable.Range(0, 100).Select(i => ((long)n * 100 + i, new (string, Value)[] { ("v", i % 2 == 0 ? "even" : "odd"), ("one", 1L), ("duration_ms", i / 4.0) }))]);
            Interlocked.Add(ref appended, 100);
        }

        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count), new(CalculationOp.Sum, "one"), new(CalculationOp.Max, "duration_ms"), new(CalculationOp.P50, "duration_ms")], Breakdowns = ["v"], Series = false };
        for (var isLast = false; !isLast;)
        {
            isLast = writing.IsCompleted;
            var before = Interlocked.Read(ref appended);
            var answer = await store.RunAsync(query);
            var rows = Enumerable.Range(0, answer.Results.RowCount).Select(row => Array.ConvertAll(answer.Results.Columns.ToArray(), c => c[row])).ToArray();
            var count = rows.Sum(r => r[1].AsInt64());
            count.ShouldBeGreaterThanOrEqualTo(before);
            rows.ShouldAllBe(r => r[1] == Value.Of(count / 2) && r[2] == r[1] && r[3] == Value.Of(r[0] == Value.Of("even") ? 24.5 : 24.75) && r[4] == Value.Of(r[0] == Value.Of("even") ? 12.0 : 12.25));
            answer.Meta.RowsExamined.ShouldBe(count);
        }

        await writing;
        (await store.RunAsync(query)).Meta.EventsMatched.ShouldBe(30_000);
    }

    private Query Question(long start)
    {
        Filter? where = _random.Next(4) switch { 0 => null, 1 => Any(), 2 => new Filter.And([Any(), Any()]), _ => new Filter.Or([new Filter.And([Any(), new Filter.Not(Any())]), Any()]) };
        CalculationOp[] ops = [CalculationOp.Count, CalculationOp.Sum, CalculationOp.Avg, CalculationOp.Min, CalculationOp.Max, CalculationOp.P50, CalculationOp.P99, CalculationOp.CountDistinct];
        var calculations = Enumerable.Range(0, _random.Next(1, 4)).Select(i => ops[_random.Next(i == 0 ? 1 : _random.Next(20) == 0 ? 8 : 7)] is var op && _random.Next(3) == 0
            ? new Calculation(op, op == CalculationOp.Count && _random.Next(2) == 0 ? null : Numbers[_random.Next(Numbers.Length)], "r" + i, Any())
            : new Calculation(op, op == CalculationOp.Count ? null : Numbers[_random.Next(Numbers.Length)], "r" + i));
        var hasHeatmap = _random.Next(4) == 0;
        if (hasHeatmap) calculations = calculations.Append(new Calculation(CalculationOp.Heatmap, Numbers[_random.Next(Numbers.Length)], "h", _random.Next(3) == 0 ? Any() : null));
        return new Query
        {
            // Windows that cut through segments, at times before and behind all events.
            Time = !hasHeatmap && _random.Next(2) == 0 ? TimeRange.All : new TimeRange.Between(start + _random.Next(-1_000, Events) * 1_000L, start + _random.Next(Events, 2 * Events) * 1_000L),
            Where = where,
            Calculations = [.. calculations],
            Breakdowns = [.. Keys.Where(_ => _random.Next(4) == 0)],
            Series = _random.Next(2) == 0,
            GranularitySeconds = _random.Next(2) == 0 ? 0.001 : null,
            Limit = _random.Next(2) == 0 ? 3 : 100,
            HeatmapScale = (HeatmapScale)_random.Next(3),
            Havings = _random.Next(5) == 0 ? [new Having(new ResultReference("r0"), FilterOp.Greater, 100L)] : [],
        };
    }

    private Filter Any() => Filters[_random.Next(Filters.Length)];

    private static EventBatch Build(IEventStore store, long start, int first, int all)
    {
        var builder = new EventBatchBuilder(store.Schema);
        var random = new Random(first);
        for (var n = first; n < first + all / Parts; n++)
        {
            builder.BeginEvent(start + (n + random.Next(20)) * 1_000);
            builder.Set(WellKnownColumns.SignalType, "trace");
            builder.SetId("span", BitConverter.GetBytes((long)n));
            if (n % 7 != 0) builder.Set("service", n % 31 == 0 ? "ünï" : "service " + n % 20);
            builder.Set("kind", n % 2 == 0 ? "client" : "server");
            if (n % 3 == 0) builder.Set("status", n % 300 == 0 ? 418L : n % 90 == 0 ? 503L : 200L + n % 4);
            if (n % 100 < 30) builder.Set("broken", n % 100 == 0);
            if (n % 9 != 0) builder.Set("duration_ms", random.Next(1_000_000) / 1e6);
            builder.Set("size", n % 50 == 0 ? 1_234L : random.NextInt64(-1L << 40, 1L << 40));
            builder.Set("n", (long)n);
            if (n % 4 != 0) builder.Set("ratio", Math.Round(random.NextDouble() * 64) / 64);
            if (n % 5 != 0) builder.Set("path", $"/orders/{n * 31 % 10_007}/{n % 13}");
            if (n % 2 == 0) builder.Set("mixed", (long)n % 1_000);
            else builder.Set("mixed", n % 1_000 + ".");
            if (n % 6 != 0) builder.Set("odd", n % 41 == 0 ? double.NaN : n % 43 == 0 ? double.NegativeInfinity : n % 47 == 0 ? double.PositiveInfinity : n % 11 / 2.0);
            if (n % 3 != 0) builder.Set("extreme", n % 500 == 1 ? long.MaxValue : n % 500 == 2 ? long.MinValue : n % 5 - 2L);
            builder.Set("zero", n % 2 == 0 ? -0.0 : n % 10 == 1 ? 1.5 : 0.0);
            if (n > all * 3 / 4) builder.Set("late", "late " + n % 3);
            builder.EndEvent();
        }

        return builder.Build();
    }

    private static async Task<string> AnswerAsync(IEventStore store, Query query)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) QueryJson.WriteResult(json, query, await store.RunAsync(query, default));
        using var document = JsonDocument.Parse(bytes.ToArray());
        return document.RootElement.GetProperty("data").GetRawText();
    }

    /// <summary>Sums of fractions may differ in their last digits, as they are added in another order.</summary>
    private static void Same(string expected, string answer, string query)
    {
        if (expected == answer) return;
        using var one = JsonDocument.Parse(expected);
        using var other = JsonDocument.Parse(answer);
        Same(one.RootElement, other.RootElement, query);
    }

    private static void Same(JsonElement expected, JsonElement answer, string query)
    {
        answer.ValueKind.ShouldBe(expected.ValueKind, query);
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var (a, b) in expected.EnumerateObject().Zip(answer.EnumerateObject()))
                {
                    b.Name.ShouldBe(a.Name, query);
                    Same(a.Value, b.Value, query);
                }

                break;
            case JsonValueKind.Array:
                answer.GetArrayLength().ShouldBe(expected.GetArrayLength(), query);
                foreach (var (a, b) in expected.EnumerateArray().Zip(answer.EnumerateArray())) Same(a, b, query);
                break;
            case JsonValueKind.Number:
                answer.GetDouble().ShouldBe(expected.GetDouble(), Math.Abs(expected.GetDouble()) * 1e-12 + 1e-300, query);
                break;
            default:
                answer.ToString().ShouldBe(expected.ToString(), query);
                break;
        }
    }
}
