using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>Free text over all text columns of stored events, sealed and not.</summary>
public sealed class SearchTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_text_is_found_in_any_text_column_in_whatever_case(bool seal)
    {
        await using var store = await TestStore.OpenAsync();
        await store.AppendAsync((1 * Second, [("body", "Connection TIMED out"), ("n", 1)]), (2 * Second, [("name", "timed"), ("n", 2)]), (3 * Second, [("n", 3)]), (4 * Second, [("city", "Zürich"), ("n", 4)]));
        if (seal) await store.Store.SealAsync(default);

        (await FoundAsync(store, "search(\"timed\")")).ShouldBe("1 2");
        (await FoundAsync(store, "search(\"ZÜRICH\")")).ShouldBe("4");
        (await FoundAsync(store, "not search(\"timed\") and n < 4")).ShouldBe("3");
        (await FoundAsync(store, "search(\"3\")")).ShouldBe("");
        (await FoundAsync(store, "search(\"d o\") or search(\"rich\")")).ShouldBe("1 4");
    }

    [Fact]
    public async Task An_id_is_found_as_it_is_shown()
    {
        await using var store = await TestStore.OpenAsync();
        var builder = new EventBatchBuilder(store.Store.Schema);
        builder.BeginEvent(Second);
        builder.SetId(WellKnownColumns.TraceId, Convert.FromHexString("00112233445566778899aabbccddeeff"));
        builder.EndEvent();
        await store.Store.AppendAsync(builder.Build(), default);
        for (var sealed_ = 0; sealed_ < 2; sealed_++)
        {
            (await store.RunAsync(new Query { Time = TimeRange.All, Where = QueryText.ParseWhere("search(\"99AABBcc\")") })).Events!.Table.RowCount.ShouldBe(1);
            await store.Store.SealAsync(default);
        }
    }

    [Fact]
    public async Task Segments_whose_values_are_all_known_are_not_read_for_others()
    {
        await using var store = await TestStore.OpenAsync();
        await store.AppendAsync((Second, [("name", "GET /pay"), ("region", "eu")]), (Second, [("name", "GET /cart"), ("region", "us")]));
        await store.Store.SealAsync(default);

        (await ReadAsync(store, "search(\"checkout\")")).ShouldBe(0);
        (await ReadAsync(store, "search(\"PAY\")")).ShouldBe(1);
        (await ReadAsync(store, "search(\"é\")")).ShouldBe(1);
        (await ReadAsync(store, "not search(\"GET\")")).ShouldBe(0);
    }

    [Fact]
    public async Task Many_columns_are_searched_and_too_many_refused()
    {
        await using var store = await TestStore.OpenAsync();
        await store.AppendAsync((Second, [.. Enumerable.Range(0, 1_200).Select(i => ("c" + i.ToString(CultureInfo.InvariantCulture), (Value)("value " + i.ToString(CultureInfo.InvariantCulture))))]));

        (await store.RunAsync(Count("search(\"VALUE 1199\")"))).Results.Columns[0][0].ShouldBe(Value.Of(1L));
        var fault = await Should.ThrowAsync<QueryException>(() => store.RunAsync(Count("search(\"a\") or search(\"b\")")));
        (fault.Errors[0].Path, fault.Errors[0].Message).ShouldBe(("where.or[1]", "the searches of a query look at 2000 columns at most, and there are 1200 with texts; search in columns by name, such as `name search \"x\"`"));
    }

    private static Query Count(string where) => new() { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Where = QueryText.ParseWhere(where) };

    private static async Task<int> ReadAsync(TestStore store, string where) => (await store.RunAsync(Count(where))).Meta.SegmentsRead;

    private static async Task<string> FoundAsync(TestStore store, string where)
    {
        var page = (await store.RunAsync(new Query { Time = TimeRange.All, Where = QueryText.ParseWhere(where), Columns = ["n"], Orders = [QueryText.ParseOrder("n asc")] })).Events!;
        return string.Join(' ', Enumerable.Range(0, page.Table.RowCount).Select(row => page.Table.Find("n")![row]));
    }
}
