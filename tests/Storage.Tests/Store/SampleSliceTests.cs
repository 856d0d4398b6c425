using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

public sealed class SampleSliceTests
{
    private const int Events = 12_000;
    private const long Second = 1_000_000_000;
    private const long Start = 1_700_000_000 * Second;

    /// <summary>Where so few events match that they are read one by one, several parts of the time are in one statement, which reads all of them when it runs.</summary>
    [Fact]
    public async Task Slices_of_few_events_are_read_in_one_statement()
    {
        await using var store = await TestStore.OpenAsync();
        var builder = new EventBatchBuilder(store.Store.Schema);
        for (var n = 0; n < Events; n++)
        {
            builder.BeginEvent(Start + n * Second);
            builder.Set("n", (long)n);
            builder.Set("service", "service " + n % 50);
            builder.EndEvent();
        }

        using var batch = builder.Build();
        (await store.Store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
        await store.Store.SealAsync(default);
        SampleSlice Slice(int from, int to) => new(new TimeWindow(Start + from * Second, Start + to * Second), [1]);
        var times = new List<long>();

        await store.Store.SampleAsync(new SampleRequest
        {
            Query = new Query { Time = TimeRange.All, Where = new Filter.Condition("service", FilterOp.Equal, "service 7") },
            Marks = [new Filter.And([])], Slices = [Slice(1_000, 2_000), Slice(5_000, 7_000), Slice(9_000, 9_500)], Columns = ["n"],
        }, part => times.AddRange(part.Times), default);

        int[] inside = [.. Enumerable.Range(1_000, 1_000), .. Enumerable.Range(5_000, 2_000), .. Enumerable.Range(9_000, 500)];
        times.ShouldBe(inside.Where(n => n % 50 == 7).Select(n => Start + n * Second));
    }
}
