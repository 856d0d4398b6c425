using Analysis.Changes;
using Analysis.Tests.BubbleUp;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Tests.Changes;

public sealed class WhatChangedTests
{
    private static readonly TimeWindow Before = Minutes(0, 10);
    private static readonly TimeWindow After = Minutes(10, 20);

    [Fact]
    public async Task A_quiet_time_shows_nothing()
    {
        var shown = 0;
        for (var seed = 1; seed <= 10; seed++)
            if ((await FindAsync(seed, (_, _) => { })).Any(c => c.IsSignificant)) shown++;
        shown.ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_slow_service_is_named_by_its_own_time_and_not_by_that_of_its_callers()
    {
        var first = (await FindAsync(1, (shop, isAfter) => shop.StockMs *= isAfter ? 4 : 1))[0];

        (first.Kind, first.Service).ShouldBe((ChangeKind.Latency, "stock"));
        first.TimesSlower!.Value.ShouldBe(4, 1);
        first.IsBetter.ShouldBeFalse();
    }

    [Fact]
    public async Task What_all_do_more_slowly_is_the_system_and_no_finding()
    {
        var changes = await FindAsync(2, (shop, isAfter) => shop.Pace = isAfter ? 1.6 : 1);

        changes.ShouldNotContain(c => c.IsSignificant);
    }

    [Fact]
    public async Task A_child_that_is_missing_and_a_line_that_is_new_are_told()
    {
        var changes = await FindAsync(3, (shop, isAfter) => shop.ReturnsEarly = isAfter);

        changes[0].Service.ShouldBe("stock");
        changes.ShouldContain(c => c.Kind == ChangeKind.Structure && c.Operation == "check" && c.Subject == "SELECT" && c.IsGone);
        changes.ShouldContain(c => c.Kind == ChangeKind.Logs && c.Subject == "nothing in stock for <*>" && c.IsNew);
        changes.Where(c => c.IsSignificant).Select(c => c.Service).Distinct().ShouldBe(["stock"]);
    }

    [Fact]
    public async Task Errors_are_told_and_their_end_is_for_the_better()
    {
        var worse = await FindAsync(4, (shop, isAfter) => shop.ErrorShare = isAfter ? 0.3 : 0);
        (worse[0].Kind, worse[0].Service, worse[0].IsBetter, worse[0].IsNew).ShouldBe((ChangeKind.Errors, "stock", false, true));

        var better = await FindAsync(4, (shop, isAfter) => shop.ErrorShare = isAfter ? 0 : 0.3);
        better.Where(c => c.IsSignificant).ShouldAllBe(c => c.IsBetter);
        better.ShouldContain(c => c.Kind == ChangeKind.Errors && c.IsSignificant);
    }

    [Fact]
    public async Task A_new_version_is_told_by_the_mix()
    {
        var changes = await FindAsync(5, (shop, isAfter) => shop.Version = isAfter ? "2" : "1");

        changes.ShouldContain(c => c.Kind == ChangeKind.Mix && c.Service == "stock" && c.Subject == "service.version = 2" && c.IsNew && c.IsSignificant);
    }

    [Fact]
    public async Task All_kinds_of_change_are_in_one_list_the_most_evidence_first()
    {
        var changes = await FindAsync(6, (shop, isAfter) =>
        {
            if (!isAfter) return;
            (shop.Version, shop.StockMs, shop.ErrorShare, shop.ReturnsEarly) = ("2", 25, 0.4, true);
        });

        var told = changes.TakeWhile(c => c.IsSignificant).ToArray();
        told.Select(c => c.Kind).Distinct().ShouldBe(Enum.GetValues<ChangeKind>(), ignoreOrder: true);
        told.ShouldAllBe(c => c.Service == "stock");
        told.Where(c => !c.IsBetter).Select(c => c.NetBits).ShouldBeInOrder(SortDirection.Descending);
    }

    /// <summary>A system that sends log records and nothing else: bursts of them are no finding, what is said for the first time is.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Logs_without_traces_are_compared_by_what_is_said_in_slices_of_the_time(bool isFaulty)
    {
        await using var store = await EventsStore.OpenAsync();
        var random = new Random(11);
        await store.AppendAsync(6_000, (builder, i) =>
        {
            var second = i / 5;
            // One minute in five of either window is loud.
            Log(builder, second, second / 60 % 5 == 2 ? "warm cache <*>" : "GET <*>", 9);
            if (random.Next(50) == 0) Log(builder, second, "slow answer of <*>", 13);
            if (isFaulty && second > 720 && random.Next(30) == 0) Log(builder, second, "no connection to <*>", 17);
        });

        var changes = await WhatChanged.FindAsync(store.Store, new Query(), Before, After, CancellationToken.None);

        changes.Where(c => c.IsSignificant).Select(c => (c.Kind, c.Service, c.Subject, c.IsNew))
            .ShouldBe(isFaulty ? [(ChangeKind.Logs, "batch", "no connection to <*>", true)] : []);

        static void Log(EventBatchBuilder builder, int second, string template, long severity)
        {
            builder.BeginEvent(EventsStore.Start + second * EventsStore.Second);
            builder.Set(WellKnownColumns.ServiceName, "batch");
            builder.Set("log.record.template", template);
            builder.Set(WellKnownColumns.SeverityNumber, severity);
            builder.EndEvent();
        }
    }

    /// <summary>What a call's own time has grown by is the way's, or the called one's: whichever of these says who that is.</summary>
    [Theory]
    [InlineData("peer.service", "stock")]
    [InlineData("server.address", "stock.shop.svc.cluster.local")]
    [InlineData("net.peer.name", "stock")]
    [InlineData("server.address", "10.0.0.7")]
    [InlineData("app.nothing", "")]
    public async Task A_slow_way_is_put_down_to_what_is_called_however_that_is_known(string column, string value)
    {
        await using var store = await EventsStore.OpenAsync();
        var random = new Random(9);
        await store.AppendAsync(900, (builder, i) =>
        {
            var (trace, place) = (i / 3, i % 3);
            var ms = 10 + random.NextDouble() * 3 + (place < 2 && trace >= 150 ? 40 : 0);
            builder.BeginEvent(EventsStore.Start + trace * 4L * EventsStore.Second + place * 1_000_000);
            builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId(trace));
            builder.SetId(WellKnownColumns.SpanId, BitConverter.GetBytes((long)i + 1));
            if (place > 0) builder.SetId(WellKnownColumns.ParentId, BitConverter.GetBytes((long)i));
            // Its own name is said by nothing but what runs it.
            if (place < 2) builder.Set(WellKnownColumns.ServiceName, "web");
            else builder.Set("k8s.deployment.name", "stock");
            builder.Set(WellKnownColumns.Name, place switch { 0 => "GET /", 1 => "POST", _ => "check" });
            builder.Set(WellKnownColumns.SpanKind, place == 1 ? "client" : "server");
            builder.Set(WellKnownColumns.DurationMs, ms + 10 * (2 - place));
            if (place == 1) builder.Set(column, value);
            builder.EndEvent();
        });

        var change = (await WhatChanged.FindAsync(store.Store, new Query(), Before, After, CancellationToken.None)).First(c => c.IsSignificant);

        (change.Kind, change.Service, change.Operation, change.Subject).ShouldBe((ChangeKind.Latency, "stock", "POST", "web"));
    }

    /// <summary>Traces of web, cart and stock in both windows, with what a test does to stock.</summary>
    private static async Task<IReadOnlyList<Change>> FindAsync(int seed, Action<Shop, bool> change)
    {
        await using var store = await EventsStore.OpenAsync();
        var random = new Random(seed);
        var next = 0L;
        for (var trace = 0; trace < 300; trace++)
        {
            var shop = new Shop(random);
            change(shop, trace >= 150);
            await store.AppendAsync(1, (builder, _) => shop.Write(builder, trace, EventsStore.Start + trace * 4L * EventsStore.Second, ref next));
        }

        return await WhatChanged.FindAsync(store.Store, new Query(), Before, After, CancellationToken.None);
    }

    private static TimeWindow Minutes(int from, int to) =>
        new(EventsStore.Start + from * 60 * EventsStore.Second, EventsStore.Start + to * 60 * EventsStore.Second);

    private sealed class Shop(Random random)
    {
        public double StockMs { get; set; } = 5;

        public double Pace { get; set; } = 1;

        public bool ReturnsEarly { get; set; }

        public double ErrorShare { get; set; }

        public string Version { get; set; } = "1";

        public void Write(EventBatchBuilder builder, int trace, long time, ref long next)
        {
            var isError = random.NextDouble() < ErrorShare;
            var (select, check, cart, web) = (Ms(2), Ms(StockMs), Ms(8), Ms(10));
            var below = ReturnsEarly ? 0 : select;
            var total = below + check;
            var root = Span(builder, trace, ref next, 0, "web", "GET /", time, web + cart + total, false);
            var middle = Span(builder, trace, ref next, root, "cart", "fill", time + 1_000_000, cart + total, false);
            var last = Span(builder, trace, ref next, middle, "stock", "check", time + 2_000_000, total, isError);
            if (!ReturnsEarly) Span(builder, trace, ref next, last, "stock", "SELECT", time + 3_000_000, select, false);
            Log(builder, trace, last, "stock", ReturnsEarly ? "nothing in stock for <*>" : "checked <*>", time + 4_000_000);
            if (random.Next(3) == 0) Log(builder, trace, middle, "cart", "cart is <*>", time + 4_000_000);
        }

        private double Ms(double mean) => mean * Pace * Math.Exp((random.NextDouble() + random.NextDouble() - 1) * 0.8);

        private long Span(EventBatchBuilder builder, int trace, ref long next, long parent, string service, string name, long time, double ms, bool isError)
        {
            builder.BeginEvent(time);
            builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId(trace));
            builder.SetId(WellKnownColumns.SpanId, BitConverter.GetBytes(++next));
            if (parent > 0) builder.SetId(WellKnownColumns.ParentId, BitConverter.GetBytes(parent));
            builder.Set(WellKnownColumns.ServiceName, service);
            builder.Set(WellKnownColumns.Name, name);
            builder.Set(WellKnownColumns.DurationMs, ms);
            builder.Set("service.version", service == "stock" ? Version : "1");
            if (isError) builder.Set(WellKnownColumns.Error, true);
            builder.EndEvent();
            return next;
        }

        private static void Log(EventBatchBuilder builder, int trace, long span, string service, string template, long time)
        {
            builder.BeginEvent(time);
            builder.SetId(WellKnownColumns.TraceId, EventsStore.TraceId(trace));
            builder.SetId(WellKnownColumns.ParentId, BitConverter.GetBytes(span));
            builder.Set(WellKnownColumns.ServiceName, service);
            builder.Set("log.record.template", template);
            builder.Set(WellKnownColumns.SeverityNumber, 9L);
            builder.EndEvent();
        }
    }
}
