using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>Pages of a listing while the store goes on: no event twice, none that was there left out.</summary>
public sealed class PagingTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData("")]
    [InlineData("k desc")]
    [InlineData("k asc")]
    [InlineData("s desc; k asc")]
    [InlineData("time asc")]
    public async Task Events_that_come_seals_and_merges_leave_the_pages_in_order(string orders)
    {
        await using var store = await TestStore.OpenAsync();
        // Many equal keys and missing ones, equal times too.
        for (var i = 0; i < 60; i++) await AppendAsync(store, i, (i % 4) * Second);
        var query = new Query
        {
            Time = TimeRange.All, Limit = 7, Columns = ["id", "k", "s"],
            Orders = orders.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(QueryText.ParseOrder).ToValueList(),
        };
        var expected = Ids(await store.RunAsync(query with { Limit = 1_000 }));
        var seen = new List<long>();
        string? cursor = null;
        for (var page = 0; ; page++)
        {
            var result = await store.RunAsync(query with { Cursor = cursor });
            seen.AddRange(Ids(result));
            cursor = result.Events!.Cursor;
            if (cursor is null) break;
            for (var i = 0; i < 3; i++) await AppendAsync(store, 1_000 + page * 3 + i, (i % 4) * Second);
            if (page % 2 == 0) await store.Store.SealAsync(default);
        }

        seen.ShouldBeUnique();
        seen.Where(id => id < 1_000).ShouldBe(expected);
        store.Store.Statistics.Segments.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_sort_key_that_becomes_a_fraction_leaves_the_pages_in_order()
    {
        await using var store = await TestStore.OpenAsync();
        await store.AppendAsync([.. Enumerable.Range(0, 10).Select(i => (Second, new (string, Value)[] { ("id", (long)i), ("k", (long)i) }))]);
        var query = new Query { Time = TimeRange.All, Limit = 4, Orders = [QueryText.ParseOrder("k asc")] };
        var first = await store.RunAsync(query);
        await store.AppendAsync((Second, [("id", 100L), ("k", 4.5)]));
        var second = await store.RunAsync(query with { Cursor = first.Events!.Cursor });

        Ids(second).ShouldBe([4, 100, 5, 6]);
    }

    private static Task AppendAsync(TestStore store, int id, long time) =>
        store.AppendAsync((time, [("id", (long)id), ("k", id % 3 == 0 ? Value.Null : Value.Of((long)(id % 5))), ("s", id % 2 == 0 ? Value.Null : "same")]));

    private static long[] Ids(QueryResult result)
    {
        var ids = result.Events!.Table.Find("id")!;
        return [.. Enumerable.Range(0, ids.Count).Select(row => ids[row].AsInt64())];
    }
}
