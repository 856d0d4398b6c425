using Explorer.Client.Components.Live;
using Storage.Queries;

namespace Explorer.Server.Tests.Runs;

/// <summary>The tail over a real store, with a clock of its own.</summary>
public sealed class TailFeedTests : IAsyncLifetime
{
    private readonly Clock _clock = new();
    private ServerFixture _server = null!;

    public async Task InitializeAsync() => _server = await ServerFixture.StartAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Events_are_shown_once_newest_arrival_first_and_late_ones_too()
    {
        var feed = new TailFeed(_server.Store, _clock);
        await AppendAsync(("old", -30));
        await LookAsync(feed);
        await AppendAsync(("new", 0));
        await LookAsync(feed);
        await AppendAsync(("late", -60), ("too late", -400));
        await LookAsync(feed);

        Names(feed).ShouldBe(["late", "new", "old"]);
        (feed.Arrived, feed.LeftOut).ShouldBe((2, 0));
        (await LookAsync(feed)).ShouldBeTrue();
        (await LookAsync(feed)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_arrives_beyond_the_rate_is_counted_and_left_out()
    {
        var feed = new TailFeed(_server.Store, _clock);
        await AppendAsync(("first", -1));
        await LookAsync(feed, rate: 10);
        await AppendAsync([.. Enumerable.Range(0, 1000).Select(i => ($"event {i:D4}", 0))]);
        await LookAsync(feed, rate: 10);

        feed.Held.Count.ShouldBe(11);
        (feed.Arrived, feed.LeftOut).ShouldBe((1000, 990));
        feed.PerSecond.ShouldBe(1000);
    }

    [Fact]
    public async Task While_paused_events_are_counted_and_not_taken()
    {
        var feed = new TailFeed(_server.Store, _clock);
        await AppendAsync(("first", -1));
        await LookAsync(feed);
        await AppendAsync(("second", 0));
        await LookAsync(feed, takes: false);
        await AppendAsync(("third", 0));
        await LookAsync(feed);

        Names(feed).ShouldBe(["third", "first"]);
        (feed.Arrived, feed.LeftOut).ShouldBe((2, 1));
    }

    [Fact]
    public async Task What_is_held_is_bounded_and_only_what_fits_is_shown()
    {
        var feed = new TailFeed(_server.Store, _clock);
        var where = new Filter.Condition("name", FilterOp.StartsWith, "event");
        await AppendAsync(("event first", -1));
        await LookAsync(feed, 200, where: where);
        for (var round = 0; round < 4; round++)
        {
            await AppendAsync([("other", 0), .. Enumerable.Range(0, 190).Select(i => ($"event {round} {i}", 0))]);
            await LookAsync(feed, 200, where: where);
        }

        feed.Held.Count.ShouldBe(TailFeed.MaxHeld);
        Names(feed).ShouldAllBe(name => name.StartsWith("event"));
        Names(feed).Distinct().Count().ShouldBe(TailFeed.MaxHeld);
    }

    [Fact]
    public async Task Equal_events_are_shown_each()
    {
        var feed = new TailFeed(_server.Store, _clock);
        var twin = new Dictionary<string, object> { ["time"] = UnixTime.FromDateTimeOffset(_clock.Now), ["name"] = "twin" };
        await _server.Store.AppendAsync([twin, twin]);
        await LookAsync(feed);
        Names(feed).ShouldBe(["twin", "twin"]);

        // A column that stands before the others, and one of another type, change nothing of what is known.
        await _server.Store.AppendAsync([twin, new Dictionary<string, object>(twin) { ["name"] = "other", ["a"] = 1L }]);
        await LookAsync(feed);
        await _server.Store.AppendAsync([new Dictionary<string, object>(twin) { ["name"] = "third", ["a"] = "text" }]);
        await LookAsync(feed);
        Names(feed).Order().ShouldBe(["other", "third", "twin", "twin", "twin"]);
        (feed.Arrived, feed.LeftOut).ShouldBe((3, 0));
    }

    private static List<string> Names(TailFeed feed) => [.. feed.Held.Select(e => e.Row.Title)];

    private async Task<bool> LookAsync(TailFeed feed, int rate = 10, bool takes = true, Filter? where = null)
    {
        _clock.Now += TimeSpan.FromSeconds(1);
        return await feed.LookAsync(where, default, rate, takes, CancellationToken.None);
    }

    private Task AppendAsync(params (string Name, int Seconds)[] events) => _server.Store.AppendAsync(events.Select((e, i) => new Dictionary<string, object>
    {
        ["time"] = UnixTime.FromDateTimeOffset(_clock.Now.AddSeconds(e.Seconds)) + i, ["name"] = e.Name,
    }));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
