using Analysis.BubbleUp;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Tests.BubbleUp;

/// <summary>Questions to a real store.</summary>
public sealed class ComparisonTests : IAsyncLifetime
{
    private const int Events = 6_000;
    private static readonly DateTimeOffset Now = UnixTime.ToDateTimeOffset(EventsStore.Start + 3_600 * EventsStore.Second);
    private static readonly Query All = new() { Time = new TimeRange.Between(EventsStore.Start, EventsStore.Start + 3_600 * EventsStore.Second) };

    private EventsStore _store = null!;

    /// <summary>
    /// An hour of requests, one trace each, every tenth of them with a child span. Region "us" is always slow; from minute 40 on version 2 is slower.
    /// </summary>
    public async Task InitializeAsync()
    {
        _store = await EventsStore.OpenAsync();
        var random = new Random(5);
        await _store.AppendAsync(Events, (builder, i) =>
        {
            var second = i * 3_600L / Events;
            var isNew = second >= 2_400 && random.Next(5) == 0;
            var region = random.Next(2) == 0 ? "us" : "eu";
            var duration = 50 + random.NextDouble() * 100 + (region == "us" ? random.NextDouble() * 200 : 0) + (isNew && random.Next(2) == 0 ? 600 : 0);
            builder.BeginEvent(EventsStore.Start + second * EventsStore.Second + i % 7);
            builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId(i));
            builder.SetId(WellKnownColumns.SpanId, BitConverter.GetBytes((long)i + 1));
            builder.Set(WellKnownColumns.Name, "GET /cart");
            builder.Set(WellKnownColumns.DurationMs, duration);
            builder.Set("duration.us", (long)(duration * 1_000));
            builder.Set("service.version", isNew ? "2" : "1");
            builder.Set("app.sequence", (long)i);
            builder.Set("app.build", isNew ? "b-2" : "b-1");
            builder.Set("cloud.region", region);
            builder.Set("user.id", $"user-{random.Next(1_000_000)}");
            for (var n = 0; n < 70; n++) builder.Set($"noise.{n}", $"v{random.Next(n + 2)}");
            if (random.Next(50) == 0) builder.Set("error", true);
            if (builder.Has("error")) builder.Set("status_code", 2L);
            builder.Set("SampleRate", i % 2 == 0 ? 1L : 3L);
            builder.EndEvent();
        });
    }

    public Task DisposeAsync() => _store.DisposeAsync().AsTask();

    [Fact]
    public async Task A_box_is_told_by_its_version_and_what_is_steady_says_so()
    {
        var question = new CompareQuestion
        {
            Query = All with { Calculations = [new Calculation(CalculationOp.Heatmap, WellKnownColumns.DurationMs)] },
            Selection = new Selection.Box(null, Minutes(40, 60), 300, null),
        };

        var result = await AskAsync(question);

        result.Columns[0].Name.ShouldBe("service.version");
        result.Columns[0].Identical.ShouldBe(["app.build"]);
        result.Columns[0].Trend.ShouldBe(Trend.New);
        result.Columns[0].Best!.Predicate.ToFilter().ShouldBe(new Predicate.Is("service.version", "2").ToFilter());
        result.Explanation!.Predicates[0].Column.ShouldBe("service.version");
        result.Aside.Select(a => a.Name).ShouldBeSubsetOf(
            ["SampleRate", "app.sequence", "duration.us", "duration_ms", "trace.span_id", "trace.trace_id"]);
        result.Aside.ShouldContain(a => a.Name == "duration.us" && a.Reason == "says the same as duration_ms");
        result.Aside.ShouldContain(a => a.Name == "app.sequence" && a.Reason == "goes with the time");
        result.Completeness.ShouldBe(new Completeness(true, false));
        result.NotSignificant.Single(c => c.Name == "user.id").IsIdentifier.ShouldBeTrue();
        result.NotSignificant.Length.ShouldBe(70 + 5); // noise; user.id, name, error, status_code, cloud.region
    }

    /// <summary>Also where of the selection more is read than of the baseline.</summary>
    [Theory]
    [InlineData(200_000, 1_000_000, 1)]
    [InlineData(0, 1_000_000, 0.06)]
    [InlineData(0, 2_000, 0.06)]
    public async Task What_was_always_slow_is_steady(double whole, double readThrough, double share)
    {
        var question = new CompareQuestion { Query = All, Selection = new Selection.Box(WellKnownColumns.DurationMs, Minutes(40, 60), 160, 290) };

        var result = await Comparisons.RunAsync(_store.Store, question, Now, new SampleBudget(whole, 400, 300, 100, readThrough), null, null, null, CancellationToken.None);

        result.Baseline.SampleShare.ShouldBe(share, 0.02);
        result.Columns.Single(c => c.Name == "cloud.region").Trend.ShouldBe(Trend.Steady);
    }

    [Fact]
    public async Task Counts_are_those_of_the_queries()
    {
        var where = new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Greater, 600.0);
        var result = await AskAsync(new CompareQuestion { Query = All, Selection = new Selection.Where(where) });

        var version = result.Columns.Single(c => c.Name == "service.version").Values.Single(v => v.Value.Equals(Value.Of("2")));
        var version2 = new Filter.Condition("service.version", FilterOp.Equal, "2");
        var counts = await _store.Store.RunAsync(All with
        {
            Calculations =
            [
                new Calculation(CalculationOp.Count, Name: "a", Where: new Filter.And([where, version2])), new Calculation(CalculationOp.Count, Name: "b", Where: version2),
                new Calculation(CalculationOp.Count, Name: "c", Where: where), new Calculation(CalculationOp.Count, Name: "d"),
            ],
        }, CancellationToken.None);
        double Count(int i) => counts.Results.Columns[i][0].AsDouble();
        version.Selection.Events.ShouldBe(Count(0));
        version.Baseline.Events.ShouldBe(Count(1) - Count(0));
        result.Selection.Events.ShouldBe(Count(2));
        result.Baseline.Events.ShouldBe(Count(3) - Count(2));
        version.Selection.Share.ShouldBe(Count(0) / Count(2), 1e-9);
        result.Columns.ShouldNotContain(c => c.Name == "cloud.region" && c.NetBits <= 4.3);
    }

    [Fact]
    public async Task A_definition_of_the_selection_is_no_finding()
    {
        var result = await AskAsync(new CompareQuestion { Query = All, Selection = new Selection.Where(new Filter.Condition(WellKnownColumns.Error, FilterOp.Equal, true)) });

        result.Columns.ShouldBeEmpty();
        result.Explanation.ShouldBeNull();
        result.Aside.ShouldContain(new AsideColumn(WellKnownColumns.StatusCode, "follows from error"));
        result.Aside.ShouldContain(new AsideColumn(WellKnownColumns.Error, "part of the selection"));
    }

    [Fact]
    public async Task A_group_and_a_time_and_another_query_select()
    {
        var group = await AskAsync(new CompareQuestion { Query = All, Selection = new Selection.Group([("service.version", "2")]) });
        group.Aside.ShouldContain(a => a.Name == "service.version");
        group.Columns[0].Name.ShouldBe("app.build");

        var time = await AskAsync(new CompareQuestion { Query = All, Selection = new Selection.Time(Minutes(40, 60)) });
        time.Columns[0].Name.ShouldBe("service.version");
        time.Columns[0].Trend.ShouldBe(Trend.New);

        var other = await AskAsync(new CompareQuestion
        {
            Query = All with { Time = new TimeRange.Between(EventsStore.Start, EventsStore.Start + 60 * EventsStore.Second) },
            Selection = new Selection.Events(All with { Time = new TimeRange.Between(Minutes(40, 60).StartUnixNs, Minutes(40, 60).EndUnixNs) }),
            Baseline = new Baseline.Time(Minutes(0, 20)),
        });
        other.Columns[0].Name.ShouldBe("service.version");
        other.Baseline.Events.ShouldBe(4_000, 100);
    }

    [Fact]
    public async Task A_baseline_may_be_a_condition()
    {
        var result = await AskAsync(new CompareQuestion
        {
            Query = All,
            Selection = new Selection.Where(new Filter.Condition("service.version", FilterOp.Equal, "2")),
            Baseline = new Baseline.Where(new Filter.Condition("cloud.region", FilterOp.Equal, "eu")),
        });

        result.Aside.ShouldContain(a => a.Name == "cloud.region");
        result.Columns.Single(c => c.Name == "duration_ms").ExplainedBy.ShouldBe("app.build");
        result.Columns.Single(c => c.Name == "duration_ms").Numbers!.SelectionMedian!.Value.ShouldBeGreaterThan(result.Columns.Single(c => c.Name == "duration_ms").Numbers!.BaselineMedian!.Value);
    }

    [Fact]
    public async Task Nothing_selected_is_nothing_found()
    {
        var result = await AskAsync(new CompareQuestion { Query = All, Selection = new Selection.Where(new Filter.Condition(WellKnownColumns.Name, FilterOp.Equal, "nothing")) });

        result.Columns.ShouldBeEmpty();
        result.Selection.Events.ShouldBe(0);
        result.TooFew.ShouldBeTrue();
    }

    [Fact]
    public async Task An_empty_store_shows_nothing()
    {
        await using var empty = await EventsStore.OpenAsync();
        var result = await Comparisons.RunAsync(empty.Store, new CompareQuestion { Query = All, Selection = new Selection.Box(WellKnownColumns.DurationMs, Minutes(40, 60), 1, null) }, Now);

        result.Columns.ShouldBeEmpty();
        result.Selection.Events.ShouldBe(0);
    }

    [Fact]
    public async Task Errors_have_the_paths_of_the_question()
    {
        var faulty = new CompareQuestion
        {
            Query = All with { Where = new Filter.Condition("nowhere", FilterOp.Exists) },
            Selection = new Selection.Where(new Filter.Or([new Filter.Condition(WellKnownColumns.Name, FilterOp.Exists), new Filter.Condition("colour", FilterOp.Exists)])),
            Baseline = new Baseline.Where(new Filter.Condition("size", FilterOp.Exists)),
        };

        var error = await Should.ThrowAsync<QueryException>(() => AskAsync(faulty));

        error.Errors.Select(e => e.Path).ShouldBe(["query.where.column", "selection.where.or[1].column", "baseline.where.column"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(2_000)]
    public async Task A_sample_ranks_alike_and_what_is_shown_is_counted_exactly(double readThrough)
    {
        var question = new CompareQuestion { Query = All, Selection = new Selection.Where(new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Greater, 600.0)) };
        var exact = await AskAsync(question);
        var (ranked, counted) = (new List<Comparison>(), new List<string>());
        var sampled = await Comparisons.RunAsync(
            _store.Store, question, Now, new SampleBudget(0, 150, 500, 100, readThrough),
            r => { ranked.Add(r); return Task.CompletedTask; }, c => { counted.Add(c.Name); return Task.CompletedTask; }, null, CancellationToken.None);

        sampled.Completeness.ShouldBe(new Completeness(false, true));
        ranked.ShouldHaveSingleItem().Completeness.ShouldBe(new Completeness(false, false));
        counted.ShouldBe(sampled.Columns.Select(c => c.Name));
        sampled.Baseline.SampledEvents.ShouldBeLessThan(1_500);
        sampled.Baseline.SampleShare.ShouldBe(sampled.Baseline.SampledEvents / 5_700.0, 0.05);
        sampled.Columns[0].Name.ShouldBe(exact.Columns[0].Name);
        (sampled.Selection.Events, sampled.Baseline.Events).ShouldBe((exact.Selection.Events, exact.Baseline.Events));
        var (first, same) = (sampled.Columns[0].Best!, exact.Columns[0].Best!);
        (first.Selection.Events, first.Baseline.Events).ShouldBe((same.Selection.Events, same.Baseline.Events));
        first.Selection.Share.ShouldBe(same.Selection.Share, 1e-9);
        foreach (var value in sampled.Columns[0].Values.Where(v => !v.Value.IsNull))
            value.Selection.Events.ShouldBe(exact.Columns[0].Values.Single(v => v.Value.Equals(value.Value)).Selection.Events);
    }

    /// <summary>
    /// Where a few places of the time are read, more of them have selected events than the time has: these do not make the baseline look like their time. And
    /// though little is read of the baseline, spans that are taken out of their traces are not taken for whole traces.
    /// </summary>
    [Theory]
    [InlineData(2_000)]
    [InlineData(1_000_000)]
    public async Task A_sample_of_the_baseline_is_as_the_baseline_is(double readThrough)
    {
        await using var store = await EventsStore.OpenAsync();
        await store.AppendAsync(24_000, (builder, i) =>
        {
            var (trace, isLate) = (i / 4, i >= 20_000);
            builder.BeginEvent(EventsStore.Start + i * (EventsStore.Second * 3 / 20));
            builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId(trace));
            builder.Set("app.phase", isLate ? "late" : "early");
            builder.Set("app.half", (long)trace % 2);
            builder.Set("app.span", $"span {i % 4}");
            builder.Set(WellKnownColumns.DurationMs, isLate && i % 4 == 3 && trace % 3 > 0 ? 700.0 : 20.0 + i % 90);
            builder.EndEvent();
        });
        Comparison? ranked = null;
        Task<Comparison> RunAsync(Selection selection) => Comparisons.RunAsync(
            store.Store, new CompareQuestion { Query = All, Selection = selection }, Now, new SampleBudget(0, 500, 700, 300, readThrough),
            r => { ranked = r; return Task.CompletedTask; }, null, null, CancellationToken.None);

        var result = await RunAsync(new Selection.Where(new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Greater, 600.0)));

        result.Unit.ShouldBe(CountedUnit.Event);
        result.Columns.Select(c => c.Name).ShouldBe(["app.phase", "app.span"], ignoreOrder: true);
        foreach (var (column, value, share) in (((string, string, double)[])[("app.phase", "late", 0.14), ("app.span", "span 3", 0.23)]))
            ranked.ShouldNotBeNull().Columns.Single(c => c.Name == column).Values.Single(v => v.Value.Equals(Value.Of(value))).Baseline.Share.ShouldBe(share, 0.06);

        result = await RunAsync(new Selection.Box(WellKnownColumns.DurationMs, Minutes(50, 60), 600, null));
        result.Columns.Single(c => c.Name == "app.span").Trend.ShouldBe(Trend.New);
    }

    /// <summary>Of places with plenty the middles are read, and there may be nothing in them.</summary>
    [Fact]
    public async Task A_burst_at_the_edge_of_the_places_that_are_read_is_found()
    {
        await using var store = await EventsStore.OpenAsync();
        // Of the hour's parts of 7.5 s the burst fills the first quarter of one.
        await store.AppendAsync(24_000, (builder, i) =>
        {
            var time = EventsStore.Start + i * (EventsStore.Second * 3 / 20);
            var isBurst = time - EventsStore.Start is var t && t >= 1_800 * EventsStore.Second && t < 1_802 * EventsStore.Second;
            for (var n = 0; n < (isBurst ? 200 : 1); n++)
            {
                builder.BeginEvent(time + n);
                builder.Set("app.host", isBurst && n > 0 ? "bad" : $"host {i % 7}");
                builder.Set(WellKnownColumns.DurationMs, isBurst && n > 0 ? 700.0 : 20.0 + i % 90);
                builder.EndEvent();
            }
        });

        var question = new CompareQuestion { Query = All, Selection = new Selection.Where(new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Greater, 600.0)) };
        var result = await Comparisons.RunAsync(store.Store, question, Now, new SampleBudget(0, 300, 700, 100, 2_000), null, null, null, CancellationToken.None);

        result.Selection.SampledEvents.ShouldBeGreaterThan(100);
        result.Columns.ShouldHaveSingleItem().Name.ShouldBe("app.host");
    }

    /// <summary>Of whole segments it is known what all events have, so that of a sample's findings only the selection is counted by a query.</summary>
    [Fact]
    public async Task A_baseline_of_whole_segments_is_counted_exactly_from_what_is_known_of_them()
    {
        await using var store = await EventsStore.OpenAsync();
        await store.AppendAsync(6_000, (builder, i) =>
        {
            var isNew = i % 8 == 0;
            builder.BeginEvent(EventsStore.Start + i * EventsStore.Second / 2);
            builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId(i));
            builder.Set("app.build", isNew ? "2" : $"1.{i % 3}");
            if (isNew || i % 5 == 0) builder.Set("app.flag", i % 16 == 0);
            builder.Set("app.tenant", isNew ? $"new {i % 1_500}" : $"tenant {i % 2_900}"); // too many to be counted beforehand
            builder.Set("app.size", isNew ? 300L + i % 600 : i % 700);
            builder.Set(WellKnownColumns.DurationMs, isNew && i % 3 > 0 ? 700.0 + i % 50 : 20.0 + i % 90);
            builder.EndEvent();
        });
        await store.Store.SealAsync(CancellationToken.None);
        var query = new Query { Time = new TimeRange.Between(EventsStore.Start, EventsStore.Start + 4_000 * EventsStore.Second) };
        var selection = new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Greater, 600.0);

        var sampled = await Comparisons.RunAsync(
            store.Store, new CompareQuestion { Query = query, Selection = new Selection.Where(selection) }, Now, new SampleBudget(0, 300, 900, 200, 2_000), null, null, null, CancellationToken.None);

        (await store.Store.CountValuesAsync(new TimeWindow(EventsStore.Start, EventsStore.Start + 4_000 * EventsStore.Second), ["app.build"], CancellationToken.None)).ShouldNotBeNull();
        sampled.Completeness.ShouldBe(new Completeness(false, true));
        (sampled.Selection.Events, sampled.Baseline.Events).ShouldBe((500, 5_500));
        sampled.Columns.Select(c => c.Name).ShouldContain("app.build");
        foreach (var column in sampled.Columns)
        {
            List<(Predicate Predicate, SideCount Selection, SideCount Baseline)> shown = [(column.Best!.Predicate, column.Best.Selection, column.Best.Baseline)];
            shown.AddRange(column.Values.Select(v => (v.Value.IsNull ? (Predicate)new Predicate.Missing(column.Name) : new Predicate.Is(column.Name, v.Value), v.Selection, v.Baseline)));
            foreach (var (predicate, a, b) in shown)
            {
                a.Events.ShouldBe(await CountAsync(new Filter.And([selection, predicate.ToFilter()])), $"{predicate} in the selection");
                b.Events.ShouldBe(await CountAsync(new Filter.And([new Filter.Not(selection), predicate.ToFilter()])), $"{predicate} in the baseline");
            }
        }

        async Task<double> CountAsync(Filter where) =>
            (await store.Store.RunAsync(query with { Where = where, Calculations = [new Calculation(CalculationOp.Count)], Series = false }, CancellationToken.None)).Results.Columns[0][0].AsDouble();
    }

    [Fact]
    public async Task A_cancelled_question_stops()
    {
        using var cancelled = new CancellationTokenSource();
        var asked = Comparisons.RunAsync(_store.Store, new CompareQuestion { Query = All, Selection = new Selection.Time(Minutes(40, 60)) }, Now, cancellationToken: cancelled.Token);
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task A_question_that_is_cancelled_between_columns_reads_no_further_ones()
    {
        using var cancelled = new CancellationTokenSource();
        var heard = new List<RankingProgress>();
        var question = new CompareQuestion { Query = All, Selection = new Selection.Where(new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Greater, 600.0)) };

        await Should.ThrowAsync<OperationCanceledException>(() => Comparisons.RunAsync(_store.Store, question, Now, progress: new Heard(heard, cancelled), cancellationToken: cancelled.Token));

        heard.ShouldHaveSingleItem().Scored.ShouldBeLessThan(heard[0].Columns);
    }

    [Fact]
    public async Task Rankings_of_the_first_columns_are_told_while_others_are_read()
    {
        var heard = new List<RankingProgress>();
        var question = new CompareQuestion { Query = All, Selection = new Selection.Where(new Filter.Condition(WellKnownColumns.DurationMs, FilterOp.Greater, 600.0)) };
        var result = await Comparisons.RunAsync(_store.Store, question, Now, progress: new Heard(heard));
        heard.ShouldNotBeEmpty();
        heard.ShouldAllBe(p => p.Scored > 0 && p.Scored < p.Columns && p.Columns == result.ColumnsScored);
        var final = result.Columns.Concat(result.NotSignificant).ToDictionary(c => c.Name, c => c.NetBits, StringComparer.Ordinal);
        heard[0].SoFar.NotSignificant.ShouldAllBe(c => c.NetBits == final[c.Name], "what is known of a column does not change any more");
    }

    private sealed class Heard(List<RankingProgress> heard, CancellationTokenSource? enough = null) : IProgress<RankingProgress>
    {
        public void Report(RankingProgress value)
        {
            heard.Add(value);
            enough?.Cancel();
        }
    }

    private Task<Comparison> AskAsync(CompareQuestion question) => Comparisons.RunAsync(_store.Store, question, Now);

    private static TimeWindow Minutes(int from, int to) =>
        new(EventsStore.Start + from * 60 * EventsStore.Second, EventsStore.Start + to * 60 * EventsStore.Second);
}
