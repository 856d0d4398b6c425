using Storage.Events;
using Storage.Queries;

namespace Analysis.Tests.BubbleUp;

/// <summary>What the store promises of samples.</summary>
public sealed class SampleTests
{
    private static readonly Query All = new() { Time = TimeRange.All };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_sample_has_the_events_their_marks_and_their_values(int sealedParts)
    {
        await using var store = await EventsStore.OpenAsync();
        for (var part = 0; part < 2; part++)
        {
            await FillAsync(store, part * 500, 500);
            if (part < sealedParts) await store.Store.SealAsync(CancellationToken.None);
        }

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

    /// <summary>What a name holds may differ from part to part of the store: a sample sees what a query sees.</summary>
    [Fact]
    public async Task A_sample_sees_columns_as_queries_do_wherever_their_events_are()
    {
        await using var store = await EventsStore.OpenAsync();
        var dice = new Random(7);
        for (var part = 0; part < 4; part++)
        {
            var (first, kind) = (part * 3_000, part);
            await store.AppendAsync(3_000, (builder, i) =>
            {
                builder.BeginEvent(EventsStore.Start + (first + i * 7 % 3_000) * EventsStore.Second);
                builder.Set("n", (long)first + i);
                builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId((first + i) / 3));
                builder.SetId(WellKnownColumns.SpanId, BitConverter.GetBytes((long)first + i + 1));
                if (kind % 2 == 0) builder.Set("widens", (long)dice.Next(50));
                else builder.Set("widens", dice.Next(50) / 4.0);
                if (kind == 1) builder.Set("mixed", $"text {dice.Next(9)}");
                else builder.Set("mixed", (long)dice.Next(9));
                if (kind == 2) builder.Set("flags", dice.Next(2) == 0);
                else builder.Set("flags", dice.Next(3) == 0 ? "true" : "no");
                if (dice.Next(40) == 0) builder.Set("rare", $"größe {dice.Next(3_000)}");
                if (kind != 3) builder.Set("unique", Convert.ToHexStringLower(BitConverter.GetBytes(dice.NextInt64())));
                builder.Set("steps", (long)(first + i) / 100);
                builder.Set("duration_ms", dice.Next(1_000_000) / 1e6);
                builder.Set("long", new string('x', dice.Next(60)));
                if (kind == 0) builder.Set("fraction or text", dice.Next(9) / 8.0);
                else builder.Set("fraction or text", "text");
                builder.EndEvent();
            });
            if (part < 3) await store.Store.SealAsync(CancellationToken.None);
        }

        // The text of a fraction is the engine's to write, and then all columns are its to read.
        await SeesAsync(store, ["n", WellKnownColumns.SpanId, "widens", "mixed", "flags", "rare", "unique", "steps", "duration_ms", "long"]);
        await SeesAsync(store, ["n", "fraction or text", "widens"]);
    }

    private static async Task SeesAsync(EventsStore store, string[] names)
    {
        var window = new TimeWindow(EventsStore.Start + 1_000 * EventsStore.Second, EventsStore.Start + 10_000 * EventsStore.Second);
        var sample = (await ReadAsync(store, new SampleRequest
        {
            Query = All, Marks = [new Filter.And([])], Columns = [.. names], Slices = [new SampleSlice(window, [0.5])],
        })).ShouldHaveSingleItem();
        var listed = await store.Store.RunAsync(new Query
        {
            Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs), Columns = [.. names], Limit = 10_000,
        }, CancellationToken.None);
        var events = listed.Events!.Table;
        var rows = Enumerable.Range(0, events.RowCount).ToDictionary(row => events.Columns.First(c => c.Name == "n")[row].AsInt64());

        sample.Count.ShouldBeInRange(4_000, 5_000);
        for (var i = 0; i < sample.Count; i++)
        {
            var row = rows[Value(sample, 0, i).AsInt64()];
            for (var c = 0; c < names.Length; c++) Value(sample, c, i).ShouldBe(events.Columns.First(x => x.Name == names[c])[row], names[c]);
        }
    }

    [Fact]
    public async Task Totals_of_whole_segments_are_those_of_queries()
    {
        await using var store = await FilledAsync(2_000, weighted: false);
        var time = new TimeWindow(EventsStore.Start, EventsStore.Start + 5_000 * EventsStore.Second);
        (await store.Store.CountValuesAsync(time, ["name"], CancellationToken.None)).ShouldBeNull("events are not sealed");
        await store.Store.SealAsync(CancellationToken.None);

        var totals = (await store.Store.CountValuesAsync(time, ["name", "flag", "ratio", "n", "none"], CancellationToken.None)).ShouldNotBeNull();

        totals.Events.ShouldBe(2_000);
        totals.Blocks.Sum(b => b.Events).ShouldBe(2_000);
        totals.Columns.Keys.ShouldBe(["name", "flag", "ratio", "n"], ignoreOrder: true);
        foreach (var name in (string[])["name", "flag"])
        {
            var groups = (await store.Store.RunAsync(All with { Calculations = [new Calculation(CalculationOp.Count)], Breakdowns = [name], Series = false }, CancellationToken.None)).Results;
            totals.Columns[name].Values!.Count.ShouldBe(groups.RowCount);
            for (var row = 0; row < groups.RowCount; row++) totals.Columns[name].Values![groups.Columns[0][row]].ShouldBe(groups.Columns[1][row].AsInt64());
        }

        totals.Columns["ratio"].Present.ShouldBe(2_000 - 667);
        totals.Columns["n"].Values.ShouldBeNull("there are too many values");
        (await store.Store.CountValuesAsync(time with { StartUnixNs = EventsStore.Start + 1 }, [], CancellationToken.None)).ShouldBeNull("the segment is cut");
        (await store.Store.CountValuesAsync(time with { StartUnixNs = time.EndUnixNs, EndUnixNs = long.MaxValue }, [], CancellationToken.None))!.Events.ShouldBe(0);
    }

    [Fact]
    public async Task Events_that_stand_for_several_have_no_totals()
    {
        await using var store = await FilledAsync(100);
        await store.Store.SealAsync(CancellationToken.None);

        (await store.Store.CountValuesAsync(TimeWindow.All, ["name"], CancellationToken.None)).ShouldBeNull();
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

    private static async Task<EventsStore> FilledAsync(int count, bool weighted = true)
    {
        var store = await EventsStore.OpenAsync();
        await FillAsync(store, 0, count, weighted);
        return store;
    }

    private static Task FillAsync(EventsStore store, int first, int count, bool weighted = true) => store.AppendAsync(count, (builder, place) =>
    {
        var i = first + place;
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
        if (weighted && i % 4 == 0) builder.Set("SampleRate", 5L);
        builder.EndEvent();
    });

    private static async Task<List<EventSample>> ReadAsync(EventsStore store, SampleRequest request)
    {
        var parts = new List<EventSample>();
        await store.Store.SampleAsync(request, parts.Add, CancellationToken.None);
        return parts;
    }

    private static Value Value(EventSample sample, int column, int row) =>
        sample.Columns[column].Codes[row] is > 0 and var code ? sample.Columns[column][code] : default;
}
