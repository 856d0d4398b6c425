using System.Collections.Concurrent;
using Storage.Queries;

namespace Storage.Tests.Store;

public sealed class QueryProgressTests
{
    [Fact]
    public async Task A_query_tells_how_far_it_is_and_never_goes_back()
    {
        await using var store = await TestStore.OpenAsync(o => o with { Time = new OftenTelling() });
        await store.AppendAsync([.. Enumerable.Range(0, 50_000).Select(i => ((long)i + 1, (ValueTuple<string, Value>[])[("x", i), ("s", $"group {i % 1000}")]))]);
        await store.Store.SealAsync(default);
        var query = new Query
        {
            Time = TimeRange.All, Calculations = [new Calculation(CalculationOp.Count), new Calculation(CalculationOp.P99, "x"), new Calculation(CalculationOp.P50, "x")], Breakdowns = ["s"],
            Limit = 1000, GranularitySeconds = 1,
        };

        var told = new Told();
        // A short query may be answered before the first report; one of these is not.
        for (var tries = 0; tries < 100 && told.Reports.IsEmpty; tries++) (await store.Store.RunAsync(query with { GranularitySeconds = tries + 1 }, told, default)).Results.RowCount.ShouldBe(1000);
        told.Reports.ShouldNotBeEmpty();
        told.Reports.ShouldAllBe(r => r.Segments >= 0 && r.Segments <= 1 && (r.Share == null || (r.Share >= 0 && r.Share < 1)));
    }

    [Theory]
    [InlineData(false, false, false, 1)]
    [InlineData(true, false, false, 1)]
    [InlineData(true, true, false, 2)]
    [InlineData(true, false, true, 2)]
    public void More_is_expected_of_a_larger_question(bool grouped, bool heatmap, bool compared, int statements)
    {
        var query = new Query
        {
            Calculations = heatmap ? [new Calculation(CalculationOp.Count), new Calculation(CalculationOp.Heatmap, "x")] : [new Calculation(CalculationOp.Count)],
            Breakdowns = grouped ? ["s"] : [],
            CompareOffsetSeconds = compared ? 60 : null,
        };
        QueryProgress.ExpectedStatements(query).ShouldBe(statements);
    }

    private sealed class Told : IProgress<QueryProgress>
    {
        public ConcurrentQueue<QueryProgress> Reports { get; } = new();

        public void Report(QueryProgress value) => Reports.Enqueue(value);
    }

    /// <summary>Tells every millisecond what is else told a few times a second.</summary>
    private sealed class OftenTelling : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            period == QueryProgress.Interval ? base.CreateTimer(callback, state, TimeSpan.Zero, TimeSpan.FromMilliseconds(1)) : base.CreateTimer(callback, state, dueTime, period);
    }
}
