using Storage.Events;
using Storage.Queries;

namespace Analysis.Tests.BubbleUp;

/// <summary>What the store promises of samples.</summary>
public sealed class SampleTests
{
    private static readonly Query All = new() { Time = TimeRange.All };

    [Fact]
    public async Task A_sample_has_the_events_their_marks_and_their_values()
    {
        await using var store = await FilledAsync(1_000);
        var sample = (await ReadAsync(store, new SampleRequest
        {
            Query = All with { CalculatedFields = [new CalculatedField("big", "GT($n, 900)")] },
            Marks = [new Filter.Condition("n", FilterOp.Less, 500L), new Filter.Condition("n", FilterOp.GreaterOrEqual, 400L)],
            Columns = ["n", "ratio", "name", "flag", "big"], Keys = [WellKnownColumns.SpanId],
        })).ShouldHaveSingleItem();

        sample.Count.ShouldBe(1_000);
        var numbers = Enumerable.Range(0, 1_000).Select(i => Value(sample, 0, i).AsInt64()).ToArray();
        numbers.Order().ShouldBe(Enumerable.Range(0, 1_000).Select(n => (long)n));
        for (var i = 0; i < 1_000; i++)
        {
            var n = numbers[i];
            sample.Marks[i].ShouldBe((byte)((n < 500 ? 1 : 0) + (n >= 400 ? 2 : 0)));
            sample.Times[i].ShouldBe(EventsStore.Start + n * EventsStore.Second);
            sample.Weights[i].ShouldBe(n % 4 == 0 ? 5 : 1);
            (sample.Traces[i] == 0).ShouldBe(n % 10 == 9);
            (sample.Keys[0][i] == 0).ShouldBe(n % 10 == 9);
            Value(sample, 1, i).ShouldBe(n % 3 == 0 ? default : Storage.Queries.Value.Of(n / 8.0));
            Value(sample, 2, i).ShouldBe(Storage.Queries.Value.Of($"größe {n % 7}"));
            Value(sample, 3, i).ShouldBe(Storage.Queries.Value.Of(n % 2 == 0));
            Value(sample, 4, i).ShouldBe(Storage.Queries.Value.Of(n > 900));
        }
    }

    [Fact]
    public async Task Shares_take_whole_traces_always_the_same_and_of_a_smaller_share_all_are_in_a_larger_one()
    {
        await using var store = await FilledAsync(4_000);
        async Task<HashSet<long>> NumbersAsync(double share) => [.. (await ReadAsync(store, new SampleRequest
        {
            Query = All, Marks = [new Filter.And([])], Columns = ["n"],
            Slices = [new SampleSlice(new TimeWindow(EventsStore.Start, EventsStore.Start + 2_000 * EventsStore.Second), [share])],
        })).SelectMany(s => Enumerable.Range(0, s.Count).Select(i => Value(s, 0, i).AsInt64()))];

        var (some, more) = (await NumbersAsync(0.2), await NumbersAsync(0.5));

        some.Count.ShouldBeInRange(300, 500);
        more.Count.ShouldBeInRange(850, 1_150);
        more.Max().ShouldBeLessThan(2_000);
        some.IsSubsetOf(more).ShouldBeTrue();
        (await NumbersAsync(0.2)).SetEquals(some).ShouldBeTrue();
        await store.Store.SealAsync(CancellationToken.None);
        (await NumbersAsync(0.2)).SetEquals(some).ShouldBeTrue();
    }

    [Fact]
    public async Task Many_columns_come_in_parts_of_the_same_events()
    {
        await using var store = await EventsStore.OpenAsync();
        await store.AppendAsync(300, (builder, i) =>
        {
            builder.BeginEvent(EventsStore.Start + i);
            for (var c = 0; c < 150; c++) builder.Set($"c{c:000}", (long)(i * (c + 1)));
            builder.EndEvent();
        });

        var parts = await ReadAsync(store, new SampleRequest { Query = All, Marks = [new Filter.And([])], Columns = Enumerable.Range(0, 150).Select(c => $"c{c:000}").ToValueList() });

        parts.Select(p => p.Columns.Length).ShouldBe([64, 64, 22]);
        foreach (var part in parts) part.Times.ShouldBe(parts[0].Times);
        for (var i = 0; i < 300; i++) Value(parts[2], 21, i).AsInt64().ShouldBe(Value(parts[0], 0, i).AsInt64() * 150);
    }

    [Fact]
    public async Task A_sample_keeps_its_bound_and_says_what_share_it_has()
    {
        await using var store = await FilledAsync(4_000);
        var sample = (await ReadAsync(store, new SampleRequest { Query = All, Marks = [new Filter.And([])], Columns = ["n"], MaxEvents = 1_500 })).ShouldHaveSingleItem();

        sample.Kept.ShouldBe(0.25);
        sample.Count.ShouldBeInRange(850, 1_150);
    }

    [Fact]
    public async Task What_is_wrong_is_told()
    {
        await using var store = await FilledAsync(10);
        (await Should.ThrowAsync<QueryException>(() => ReadAsync(store, new SampleRequest { Query = All, Marks = [] }))).Errors[0].Path.ShouldBe("marks");
        (await Should.ThrowAsync<QueryException>(() => ReadAsync(store, new SampleRequest { Query = All, Marks = [new Filter.Condition("none", FilterOp.Exists)] })))
            .Errors[0].Path.ShouldBe("calculations[0].where.column");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => store.Store.SampleAsync(new SampleRequest { Query = All, Marks = [new Filter.And([])] }, _ => { }, cancelled.Token));
    }

    private static async Task<EventsStore> FilledAsync(int count)
    {
        var store = await EventsStore.OpenAsync();
        await store.AppendAsync(count, (builder, i) =>
        {
            builder.BeginEvent(EventsStore.Start + i * EventsStore.Second);
            if (i % 10 != 9)
            {
                builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId(i / 2));
                builder.SetId(WellKnownColumns.SpanId, BitConverter.GetBytes((long)i + 1));
            }

            builder.Set("n", (long)i);
            if (i % 3 != 0) builder.Set("ratio", i / 8.0);
            builder.Set("name", $"größe {i % 7}");
            builder.Set("flag", i % 2 == 0);
            if (i % 4 == 0) builder.Set("SampleRate", 5L);
            builder.EndEvent();
        });
        return store;
    }

    private static async Task<List<EventSample>> ReadAsync(EventsStore store, SampleRequest request)
    {
        var parts = new List<EventSample>();
        await store.Store.SampleAsync(request, parts.Add, CancellationToken.None);
        return parts;
    }

    private static Value Value(EventSample sample, int column, int row) =>
        sample.Columns[column].Codes[row] is > 0 and var code ? sample.Columns[column][code] : default;
}
