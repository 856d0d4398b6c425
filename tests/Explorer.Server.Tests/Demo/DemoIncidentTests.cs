using Explorer.Server.Demo;
using Explorer.Server.Otlp.Messages;
using Xunit.Abstractions;
using SpanKind = Explorer.Server.Otlp.Messages.Span.Types.SpanKind;

namespace Explorer.Server.Tests.Demo;

public sealed class DemoIncidentTests(ITestOutputHelper output)
{
    private const string Bad = "2026.11.3";

    private static readonly List<(Instance Instance, Span Span)> s_checkout =
    [
        .. ShopSample.Seconds(new DemoShop(1, ShopSample.Start, 60), -7200, 0).SelectMany(trace => trace.Spans)
            .Where(item => item.Instance.Service.Name == "checkout" && item.Span.Kind == SpanKind.Server),
    ];

    private static bool Slow(Span span) => ShopSample.Milliseconds(span) > 1000;

    [Fact]
    public void Only_the_new_build_in_one_region_is_slow_and_fails()
    {
        foreach (var group in s_checkout.GroupBy(item => (Region: item.Instance.Region.Name, item.Instance.Release.Version)))
        {
            var spans = group.Select(item => item.Span).ToArray();
            var (p99, errors) = (ShopSample.P99(spans), spans.Average(span => span.Status?.Code == Status.Types.StatusCode.Error ? 1.0 : 0));
            output.WriteLine($"{group.Key}: {spans.Length} spans, p99 {p99:F0} ms, errors {errors:P2}");
            if (group.Key == ("eu-west-1", Bad))
            {
                p99.ShouldBeInRange(2500, 3700);
                errors.ShouldBeInRange(0.025, 0.065);
                spans.Count(Slow).ShouldBeGreaterThan(spans.Length / 2);
            }
            else
            {
                p99.ShouldBeInRange(250, 550);
                errors.ShouldBeLessThan(0.015);
                spans.ShouldNotContain(span => Slow(span));
            }
        }
    }

    [Fact]
    public void Neither_the_region_nor_the_build_alone_explains_it()
    {
        static double SlowShare(IEnumerable<(Instance, Span Span)> spans) => spans.Average(item => Slow(item.Span) ? 1.0 : 0);
        var since = (ulong)(ShopSample.Start - Incident.Age).ToUnixTimeMilliseconds() * 1_000_000;
        var after = s_checkout.Where(item => item.Span.StartTimeUnixNano >= since).ToList();
        var region = after.Where(item => item.Instance.Region.Name == "eu-west-1").ToList();
        var build = after.Where(item => item.Instance.Release.Version == Bad).ToList();
        var both = region.Intersect(build).ToList();

        SlowShare(both).ShouldBeGreaterThan(0.55);
        SlowShare(region).ShouldBeLessThan(SlowShare(both) * 0.8);
        SlowShare(build).ShouldBeLessThan(SlowShare(both) * 0.8);
        SlowShare(region.Except(both)).ShouldBe(0);
        SlowShare(build.Except(both)).ShouldBe(0);
    }

    [Fact]
    public void The_roll_out_begins_three_quarters_of_an_hour_before_the_start_and_ends_short_of_everyone()
    {
        var ages = s_checkout.Where(item => item.Instance.Release.Version == Bad)
            .Select(item => ShopSample.Start - DateTimeOffset.FromUnixTimeMilliseconds((long)(item.Span.StartTimeUnixNano / 1_000_000))).ToList();
        ages.Max().ShouldBeInRange(TimeSpan.FromMinutes(40), Incident.Age);

        var lastMinutes = s_checkout.Where(item => item.Span.StartTimeUnixNano > (ulong)ShopSample.Start.AddMinutes(-8).ToUnixTimeMilliseconds() * 1_000_000);
        foreach (var region in lastMinutes.GroupBy(item => item.Instance.Region.Name))
            region.Average(item => item.Instance.Release.Version == Bad ? 1.0 : 0).ShouldBeInRange(0.3, 0.92, region.Key);
    }

    [Fact]
    public void A_slow_request_shows_its_retries_against_the_tax_provider()
    {
        var trace = ShopSample.Seconds(new DemoShop(1, ShopSample.Start, 30), -300, 0)
            .First(trace => trace.Spans.Count(item => item.Span.Name == "SELECT tax_rate") > 30);

        var calls = trace.Spans.Where(item => item.Span is { Kind: SpanKind.Client, Name: "POST /v2/quote" }).Select(item => item.Span).ToArray();
        calls.Length.ShouldBeGreaterThan(2);
        calls.ShouldAllBe(call => call.Attributes.Single(attribute => attribute.Key == "server.address").Value.StringValue == "tax-eu.internal");
        calls[..^1].ShouldAllBe(call => call.Status.Code == Status.Types.StatusCode.Error);
        var checkout = trace.Spans.First(item => item.Instance.Service.Name == "checkout" && item.Span.Kind == SpanKind.Server).Span;
        checkout.Attributes.Single(attribute => attribute.Key == "tax.retry_count").Value.IntValue.ShouldBe(calls.Length - 1);
        trace.Logs.Count(item => item.Log.Body.StringValue.StartsWith("tax quote attempt")).ShouldBe(calls.Length - 1);
    }
}
