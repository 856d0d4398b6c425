using Explorer.Server.Demo;
using Explorer.Server.Otlp.Messages;
using Google.Protobuf;

namespace Explorer.Server.Tests.Demo;

public sealed class DemoTrafficTests
{
    private static DemoTraffic Traffic(long seed = 1, double hours = 2, double rate = 30, DateTimeOffset? start = null) =>
        new(new DemoShop(seed, start ?? ShopSample.Start, rate), TimeSpan.FromHours(hours));

    private static IEnumerable<Span> Spans(DemoBatch batch) =>
        batch.ToTraces().ResourceSpans.SelectMany(resource => resource.ScopeSpans).SelectMany(scope => scope.Spans);

    private static long SecondsFromStart(Span span) => (long)(span.StartTimeUnixNano / 1_000_000_000) - ShopSample.Start.ToUnixTimeSeconds();

    private static byte[] Payload(IEnumerable<DemoBatch> batches)
    {
        using var all = new MemoryStream();
        foreach (var batch in batches)
        {
            batch.ToTraces().WriteTo(all);
            batch.ToLogs()?.WriteTo(all);
        }
        return all.ToArray();
    }

    [Fact]
    public void The_same_seed_and_start_give_the_same_bytes_and_others_do_not()
    {
        static byte[] All(long seed, DateTimeOffset start) =>
            [.. Payload(Traffic(seed, hours: 0.1, start: start).Backfill()), .. Payload(Traffic(seed, start: start).Live().Take(60))];

        var first = All(7, ShopSample.Start);
        first.Length.ShouldBeGreaterThan(1_000_000);
        All(7, ShopSample.Start).AsSpan().SequenceEqual(first).ShouldBeTrue();
        All(8, ShopSample.Start).AsSpan().SequenceEqual(first).ShouldBeFalse();
        All(7, ShopSample.Start.AddSeconds(1)).AsSpan().SequenceEqual(first).ShouldBeFalse();
    }

    [Fact]
    public void The_backfill_covers_its_hours_evenly_from_the_first_batches_on()
    {
        var batches = Traffic().Backfill().ToList();
        var total = batches.Sum(batch => batch.Spans);
        total.ShouldBeInRange(150_000, 250_000);

        foreach (var (part, buckets) in new[] { (32, 24), (4, 60), (1, 120) })
        {
            var counts = new int[buckets];
            foreach (var span in batches.Take(batches.Count / part).SelectMany(Spans))
                counts[(int)((SecondsFromStart(span) + 7200) / (7200 / buckets))]++;
            counts.Min().ShouldBeGreaterThan(counts.Max() / 5, $"in the first 1/{part}");
        }
    }

    [Fact]
    public void Batches_have_a_bounded_size_and_count_their_spans()
    {
        foreach (var batch in Traffic(hours: 0.2).Backfill().SkipLast(1))
        {
            batch.Spans.ShouldBeInRange(500, 1000);
            Spans(batch).Count().ShouldBe(batch.Spans);
        }
    }

    [Fact]
    public void Longer_backfills_take_the_last_two_hours_first()
    {
        var spans = Traffic(hours: 4, rate: 2).Backfill().SelectMany(Spans).Select(SecondsFromStart).ToList();
        spans.Take(spans.Count * 2 / 5).ShouldAllBe(second => second >= -7220);
        spans.Min().ShouldBeInRange(-14_400, -14_000);
    }

    [Fact]
    public void Live_batches_fall_due_second_by_second_and_hold_only_what_has_ended()
    {
        var due = DateTimeOffset.MinValue;
        foreach (var batch in Traffic().Live().Take(120))
        {
            batch.Due.ShouldBeGreaterThan(due);
            due = batch.Due;
            var spans = Spans(batch).Where(span => span.EndTimeUnixNano > (ulong)due.ToUnixTimeMilliseconds() * 1_000_000);
            spans.ShouldBeEmpty();
        }
        (due - ShopSample.Start).TotalSeconds.ShouldBeInRange(109, 140);
    }

    [Fact]
    public void Backfill_and_live_traffic_never_send_a_span_twice()
    {
        var ids = Traffic(hours: 0.2).Backfill().Concat(Traffic().Live().Take(60)).SelectMany(Spans).Select(span => span.SpanId).ToList();
        ids.Distinct().Count().ShouldBe(ids.Count);
        var live = Traffic(hours: 0).Backfill();
        live.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_is_marked_as_sampled_so_that_counts_are_exact()
    {
        Traffic(hours: 0.05).Backfill().SelectMany(Spans)
            .ShouldAllBe(span => span.TraceState.Length == 0 && span.Attributes.All(attribute => attribute.Key != "SampleRate"));
    }
}
