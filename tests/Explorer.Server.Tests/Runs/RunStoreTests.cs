using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Analysis.BubbleUp;
using Analysis.Changes;
using Explorer.Client.Components;
using Explorer.Client.Components.Charts;
using Explorer.Client.Runs;
using Explorer.Client.State;
using Explorer.Server.Pictures;
using Explorer.Server.Workspace;
using Microsoft.Extensions.DependencyInjection;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Tests.Runs;

/// <summary>Runs are kept with what was seen, found again, and make room in a known order.</summary>
public sealed class RunStoreTests : IAsyncLifetime
{
    private ServerFixture _server = null!;

    private RunArchive Runs => _server.App.Services.GetRequiredService<RunArchive>();

    public async Task InitializeAsync()
    {
        _server = await ServerFixture.StartAsync(o => o.Runs.MaxCount = 4);
        await _server.Store.AppendAsync(Enumerable.Range(0, 40).Select(i => new Dictionary<string, object>
        {
            ["time"] = EventSamples.Start + i * EventSamples.Second, ["service.name"] = i % 4 == 0 ? "pay" : "cart <b>", ["duration_ms"] = i * 1.5,
        }));
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_run_is_shown_as_it_was_after_a_restart_and_when_there_are_other_events()
    {
        var id = await KeepAsync(Explore("calc=COUNT&calc=P99(duration_ms)&by=service.name&axis=log&range=2h"), [new ChartMarker(1_795_168_810_000, "deploy pay 2")]);
        await _server.RestartAsync();
        await _server.Store.AppendAsync(new Dictionary<string, object> { ["time"] = EventSamples.Start + 1, ["service.name"] = "pay" });

        var run = (await Runs.OpenAsync(id, default)).ShouldNotBeNull();

        var answer = run.Answer.ShouldNotBeNull();
        answer.Result.Meta.EventsMatched.ShouldBe(40);
        answer.Result.Results.Find("service.name")![0].ToString().ShouldBe("cart <b>");
        answer.Result.Results.Find("COUNT")![0].ShouldBe(30L);
        answer.Result.Series.RowCount.ShouldBeGreaterThan(1);
        answer.State.IsLogAxis.ShouldBeTrue();
        answer.State.Query.Time.ShouldBeOfType<TimeRange.Between>();
        ExplorerUrl.Parse(run.Entry.Address).State.Query.Time.ShouldBe(new TimeRange.Last(TimeSpan.FromHours(2)));
        run.Markers.ShouldBe([new ChartMarker(1_795_168_810_000, "deploy pay 2")]);
        run.Entry.Preview.Count(p => p > 0).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_comparison_is_kept_as_it_was_shown_and_goes_first_when_a_run_is_too_large()
    {
        var address = Explore("calc=HEATMAP(duration_ms)&view=bubbleup&sel=duration_ms >= 30&range=2h");
        var window = new TimeRange.Between(EventSamples.Start, EventSamples.Start + 60 * EventSamples.Second);
        var time = new TimeWindow(EventSamples.Start + 20 * EventSamples.Second, EventSamples.Start + 40 * EventSamples.Second);
        var compared = await Comparisons.RunAsync(_server.Store, new CompareQuestion { Query = new Query { Time = window }, Selection = new Selection.Time(time) }, DateTimeOffset.UtcNow);
        var changes = await WhatChanged.FindAsync(_server.Store, new Query(), new TimeWindow(EventSamples.Start, time.StartUnixNs), time, default);
        var shown = new KeptComparison(compared, changes, 1, TimeSpan.FromMilliseconds(12));
        var id = await KeepAsync(address, comparison: shown);
        await _server.RestartAsync();
        await _server.Store.AppendAsync(new Dictionary<string, object> { ["time"] = EventSamples.Start + 1, ["service.name"] = "pay" });

        var kept = (await Runs.OpenAsync(id, default))!.Comparison.ShouldNotBeNull();

        compared.NotSignificant.ShouldNotBeEmpty();
        Written(kept).ShouldBe(Written(shown));

        var bytes = new FileInfo(Path.Combine(_server.DataDirectory, "runs", await KeepAsync(address) + ".json.gz")).Length;
        _server.App.Services.GetRequiredService<ExplorerOptions>().Runs.MaxRunBytes = bytes + 100;
        var large = (await Runs.OpenAsync(await KeepAsync(address, comparison: shown), default)).ShouldNotBeNull();
        large.Comparison.ShouldBeNull();
        large.Answer.ShouldNotBeNull();
    }

    [Fact]
    public void A_comparison_comes_back_with_every_kind_of_statement_and_value()
    {
        var count = new SideCount(3, 0.5, 0.1, 0.9, 2, 1);
        Predicate[] statements =
        [
            new Predicate.Is("a", 5L), new Predicate.IsNot("a", 5.0), new Predicate.OneOf("a", ["5", "NaN", "x \" \u00e4"]), new Predicate.Present("b"), new Predicate.Missing("b"),
            new Predicate.AtMost("c", 1e-7), new Predicate.Above("c", long.MaxValue), new Predicate.Is("d", true), new Predicate.Is("c", double.NaN), new Predicate.Is("c", -0.5),
        ];
        ComparedColumn Of(Predicate statement) => new()
        {
            Name = statement.Column, Type = ColumnType.Float64, Score = 0.1 + 0.2, NetBits = 12, PValue = 1e-300, Best = new ComparedPredicate(statement, count, count with { Share = 0 }, 0.5), Distinct = 2,
            IsIdentifier = false, Filled = new Shares(1, 0.3), Values = [new ComparedValue(default, count, count, 1), new ComparedValue(2.0, count, count, 1)], Other = default, OtherValues = 0,
            Numbers = new ComparedNumbers([double.NegativeInfinity, 1, 2], [0.5, 0.5], [1, 0], null, 1.5, 0.25), Identical = ["e"], ExplainedBy = "f", Trend = Trend.New,
        };
        var side = new ComparedSide(10, 9, 8, 0.7);
        var comparison = new Comparison
        {
            Selection = side, Baseline = side, Unit = CountedUnit.Event, ColumnsScored = 9, Columns = [.. statements.Select(Of)], NotSignificant = [], Aside = [new AsideColumn("g", "why")],
            Pairs = [new ComparedPair(statements[0], statements[1], 1, 0.1, 0.2, 3, 0.01)],
            Explanation = new Explanation([statements[0], statements[2]], 1, 0.5, 0.66, 0.6) { Place = new Nearness([statements[3]], 0.1, 0.2, 0.3) }, TooFew = true, Completeness = new Completeness(false, true),
        };
        var change = new Change(ChangeKind.Latency, "s", null, "t", 3, 0, 1, 4, 5) { SelfMs = (1, 2), TimesSlower = 2, IsBetter = true };
        var written = new KeptComparison(comparison, [change], 3, TimeSpan.FromSeconds(1.5));

        using var document = JsonDocument.Parse(Written(written));
        var read = ComparisonFile.Read(document.RootElement);

        Written(read).ShouldBe(Written(written));
        read.Result.Columns.Select(c => c.Best!.Predicate).ShouldBe(statements);
        read.Result.Columns[0].Values.Select(v => v.Value).ShouldBe([default, 2.0]);
        read.Changes!.ShouldBe([change]);
    }

    [Fact]
    public async Task The_history_finds_runs_by_words_of_their_name_and_question_newest_first()
    {
        var first = await KeepAsync(Explore("calc=COUNT&where=service.name = \"pay\"&range=2h"));
        var second = await KeepAsync(Explore("calc=P99(duration_ms)&range=2h"));
        await Runs.ChangeAsync(first, r => r with { Name = "Black Friday", IsStarred = true }, default);
        await _server.RestartAsync();

        Runs.Search("", false, 10).Select(r => r.Id).ShouldBe([second, first]);
        Runs.Search("friday PAY", false, 10).Select(r => r.Id).ShouldBe([first]);
        Runs.Search("duration_ms", false, 10).Select(r => r.Id).ShouldBe([second]);
        Runs.Search("duration_ms nothing", false, 10).ShouldBeEmpty();
        Runs.Search("", true, 10).Select(r => r.Id).ShouldBe([first]);
        Runs.Search("", false, 1).Select(r => r.Id).ShouldBe([second]);
    }

    [Fact]
    public async Task The_oldest_runs_make_room_and_those_that_somebody_holds_on_to_go_last()
    {
        var ids = new List<string>();
        foreach (var (pinned, i) in ((bool[])[false, true, false, true]).Select((p, i) => (p, i)))
        {
            ids.Add(await KeepAsync(Explore($"calc=COUNT&limit={i + 1}&range=2h")));
            if (pinned) await Runs.ChangeAsync(ids[^1], r => i == 1 ? r with { IsStarred = true } : r with { IsShared = true }, default);
        }

        await KeepAsync(Explore("calc=COUNT&limit=50&range=2h"));
        ids.Select(id => Runs.Find(id) is not null).ShouldBe([false, true, true, true]);
        await KeepAsync(Explore("calc=COUNT&limit=51&range=2h"));
        ids.Select(id => Runs.Find(id) is not null).ShouldBe([false, true, false, true]);
        (await Runs.OpenAsync(ids[0], default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_kept_listing_ends_where_it_was_kept()
    {
        var listed = await _server.QueryAsync("""{"start_time":"2026-11-20T10:00:00Z","end_time":"2026-11-20T10:01:00Z","columns":["duration_ms"],"limit":2}""");
        listed.GetProperty("data").GetProperty("cursor").GetString().ShouldNotBeNull();

        var run = (await Runs.OpenAsync(listed.GetProperty("id").GetString()!, default)).ShouldNotBeNull();

        run.Answer!.Result.Events!.Table.RowCount.ShouldBe(2);
        run.Answer.Result.Events.Cursor.ShouldBeNull();
        run.Answer.State.View.ShouldBe(ExplorerView.Events);
        run.Answer.State.EventColumns.ShouldBe(["duration_ms"]);
    }

    [Theory]
    [InlineData("SUM")]
    [InlineData("MIN")]
    [InlineData("AVG")]
    public async Task An_answer_of_numbers_that_no_preview_can_show_is_kept_all_the_same(string operation)
    {
        await _server.Store.AppendAsync(Enumerable.Range(0, 4).Select(i => new Dictionary<string, object> { ["time"] = EventSamples.Start + i, ["huge"] = i < 2 ? -1e300 : -1.7e308 }));
        var asked = await _server.QueryAsync($$"""{"start_time":"2026-11-20T10:00:00Z","end_time":"2026-11-20T10:01:00Z","calculations":[{"op":"{{operation}}","column":"huge"},{"op":"COUNT"}],"breakdowns":["huge"]}""");

        asked.GetProperty("data").GetProperty("results").GetArrayLength().ShouldBe(3);
        await _server.RestartAsync();
        var kept = Runs.Find(asked.GetProperty("id").GetString()!).ShouldNotBeNull();
        kept.Preview.OfType<double>().ShouldHaveSingleItem().ShouldBe(-float.MaxValue, float.MaxValue * 1e-6);
    }

    [Fact]
    public async Task A_run_without_its_line_in_the_index_is_found_by_its_file()
    {
        var id = await KeepAsync(Explore("calc=COUNT&by=service.name&range=2h"));
        await _server.RestartAsync();
        await File.WriteAllTextAsync(Path.Combine(_server.DataDirectory, "runs", "index.ndjson"), "{\"id\":\"" + id + "\",\"torn");
        await _server.RestartAsync();

        var found = Runs.Search("service.name", false, 10).ShouldHaveSingleItem();
        found.Id.ShouldBe(id);
        found.Events.ShouldBe(40);
    }

    [Fact]
    public async Task A_link_unfolds_and_holds_no_markup_of_its_data()
    {
        var id = await KeepAsync(Explore("calc=COUNT&by=service.name&where=service.name != \"<script>\"&range=2h"));
        var page = await _server.Client.GetStringAsync("/r/" + id);

        Meta(page, "og:title").ShouldContain("COUNT group by service.name where service.name != &quot;&lt;script&gt;&quot;");
        Meta(page, "og:description").ShouldContain("40 events, last 2");
        Meta(page, "og:image").ShouldBe($"{_server.Addresses.UiUrl}/r/{id}.png");
        Meta(page, "twitter:card").ShouldBe("summary_large_image");
        using var none = await _server.Client.GetAsync("/r/00000000");
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var noPicture = await _server.Client.GetAsync("/r/00000000.png");
        noPicture.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("calc=COUNT&calc=P99(duration_ms)&by=service.name&range=2h")]
    [InlineData("calc=HEATMAP(duration_ms)&range=2h")]
    [InlineData("calc=AVG(duration_ms)&axis=log&compare=1h&range=2h")]
    [InlineData("calc=COUNT&view=events&range=2h")]
    [InlineData("calc=COUNT&where=service.name = \"nobody\"&range=2h")]
    public async Task Every_kind_of_answer_has_a_picture(string query)
    {
        var id = await KeepAsync(Explore(query));
        using var response = await _server.Client.GetAsync($"/r/{id}.png");
        var picture = await response.Content.ReadAsByteArrayAsync();

        response.Content.Headers.ContentType!.MediaType.ShouldBe("image/png");
        var (width, height, pixels) = PngFile.Read(picture);
        (width, height).ShouldBe((RunPicture.Width, RunPicture.Height));
        pixels.Chunk(3).Select(p => (p[0], p[1], p[2])).Distinct().Count().ShouldBeGreaterThan(20);
        picture.Length.ShouldBeLessThan(300_000);
    }

    [Fact]
    public async Task A_list_of_traces_is_kept_with_its_roots()
    {
        const string Slow = "0af7651916cd43dd8448eb211c80319c", Lost = "1bf7651916cd43dd8448eb211c80319c";
        Dictionary<string, object> Span(string trace, string id, string? parent, string name, int at) => new(parent is null ? [] : [KeyValuePair.Create("trace.parent_id", (object)parent)])
        {
            ["time"] = EventSamples.Start + at * EventSamples.Second, ["trace.trace_id"] = trace, ["trace.span_id"] = id, ["name"] = name, ["service.name"] = "shop", ["duration_ms"] = 7.5, ["kind"] = name,
        };
        await _server.Store.AppendAsync(Span(Slow, "b7ad6b7169203331", null, "root <i>", 1), Span(Slow, "b7ad6b7169203332", "b7ad6b7169203331", "child", 2), Span(Lost, "b7ad6b7169203333", "b7ad6b7169203339", "child", 3));
        using var run = new QueryRun(_server.Store, TimeProvider.System, () => Task.CompletedTask);
        await run.RunAsync(ExplorerUrl.Parse(Explore("view=traces&where=kind = \"child\"&start=2026-11-20T10:00:00Z&end=2026-11-20T10:01:00Z")).State);
        var answer = run.Answer.ShouldNotBeNull();
        var roots = answer.Roots.ShouldNotBeNull();
        roots.ShouldBe([KeyValuePair.Create(Slow, new TraceRoot("shop", "root <i>", 7.5))]);
        answer.Result.Results.RowCount.ShouldBe(2);

        var id = (await Runs.KeepAsync(answer, [], null, default)).ShouldNotBeNull();
        await _server.RestartAsync();
        (await Runs.OpenAsync(id, default)).ShouldNotBeNull().Answer.ShouldNotBeNull().Roots.ShouldBe(roots);
    }

    private static string Written(KeptComparison comparison)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) ComparisonFile.Write(json, comparison);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static string Explore(string query) => "/explore?" + string.Join('&', query.Split('&').Select(p => p.Split('=', 2) is [var name, var value] ? $"{name}={Uri.EscapeDataString(value)}" : p));

    private static string Meta(string page, string name) =>
        Regex.Match(page, $"<meta (?:property|name)=\"{Regex.Escape(name)}\" content=\"([^\"]*)\"", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;

    // As a page does it: asks at an absolute time, and keeps the answer with the state that it is shown in.
    private async Task<string> KeepAsync(string address, IReadOnlyList<ChartMarker>? markers = null, KeptComparison? comparison = null)
    {
        var state = ExplorerUrl.Parse(address).State;
        var asked = (state.View == ExplorerView.Events ? state.EventsQuery(100) : state.OverviewQuery) with { Time = new TimeRange.Between(EventSamples.Start, EventSamples.Start + 60 * EventSamples.Second) };
        var result = await _server.Store.RunAsync(asked, default);
        return (await Runs.KeepAsync(new Answer(asked, state, result, DateTimeOffset.UtcNow), markers ?? [], comparison, default)).ShouldNotBeNull();
    }
}
