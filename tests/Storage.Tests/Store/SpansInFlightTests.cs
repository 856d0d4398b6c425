using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>CONCURRENCY looks back as far as a part of the store has spans that are long enough, and no further.</summary>
public sealed class SpansInFlightTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spans_of_other_parts_that_reach_into_the_window_count(bool seal)
    {
        await using var store = await TestStore.OpenAsync();
        await store.AppendAsync((1 * Second, [("duration_ms", 100_000.0), ("name", "long")]), (2 * Second, [("duration_ms", 5.0), ("name", "short")]));
        if (seal) await store.Store.SealAsync(default);
        await store.AppendAsync((60 * Second, [("duration_ms", 500.0), ("name", "now")]));

        var result = await store.RunAsync(Ask(50, 60.5));
        result.Results.Columns[0][0].ShouldBe(Value.Of((10.5 + 0.5) / 10.5));
        result.Meta.EventsMatched.ShouldBe(1);
        var named = await store.RunAsync(Ask(50, 60.5) with { Breakdowns = ["name"] });
        Enumerable.Range(0, 2).Select(i => named.Results.Columns[0][i].ToString()).ShouldBe(["long", "now"]);
        (await store.RunAsync(Ask(101, 102))).Results.Columns[0][0].ShouldBe(Value.Of(0.0));
    }

    [Fact]
    public async Task Only_segments_with_spans_that_can_reach_so_far_are_read()
    {
        await using var store = await TestStore.OpenAsync();
        await store.AppendAsync((1 * Second, [("duration_ms", 10_000.0)]));
        await store.Store.SealAsync(default);

        (await store.RunAsync(Ask(5, 6))).Meta.SegmentsRead.ShouldBe(1);
        (await store.RunAsync(Ask(12, 13))).Meta.SegmentsRead.ShouldBe(0);
        (await store.RunAsync(Ask(12, 13) with { Calculations = [new(CalculationOp.Count)] })).Meta.SegmentsRead.ShouldBe(0);
        (await store.RunAsync(Ask(5, 6) with { Calculations = [new(CalculationOp.Count)] })).Meta.SegmentsRead.ShouldBe(0);
    }

    private static Query Ask(double start, double end) => new()
    {
        Time = new TimeRange.Between((long)(start * Second), (long)(end * Second)), Calculations = [new(CalculationOp.Concurrency)],
    };
}
