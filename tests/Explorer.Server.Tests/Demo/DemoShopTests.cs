using Explorer.Server.Demo;
using Explorer.Server.Otlp.Messages;
using Google.Protobuf;
using SpanKind = Explorer.Server.Otlp.Messages.Span.Types.SpanKind;

namespace Explorer.Server.Tests.Demo;

/// <summary>Twenty minutes of the shop, made once for all tests that look at it.</summary>
public sealed class ShopSample
{
    internal static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    internal List<DemoTrace> Traces { get; } = [.. Seconds(new DemoShop(1, Start, 30), -1200, 0)];

    internal IEnumerable<(Instance Instance, Span Span)> Spans => Traces.SelectMany(trace => trace.Spans);

    internal static IEnumerable<DemoTrace> Seconds(DemoShop shop, int from, int to) =>
        Enumerable.Range(from, to - from).SelectMany(shop.Traces);

    internal static double Milliseconds(Span span) => ((double)span.EndTimeUnixNano - span.StartTimeUnixNano) / 1e6;

    internal static double P99(IEnumerable<Span> spans)
    {
        var sorted = spans.Select(Milliseconds).Order().ToArray();
        return sorted[(int)(sorted.Length * 0.99)];
    }
}

public sealed class DemoShopTests(ShopSample sample) : IClassFixture<ShopSample>
{
    [Fact]
    public void The_spans_carry_many_attributes_of_every_type_with_low_and_very_high_cardinality()
    {
        var values = sample.Spans
            .SelectMany(item => item.Span.Attributes.Concat(item.Instance.Resource.Attributes))
            .GroupBy(attribute => attribute.Key)
            .ToDictionary(group => group.Key, group => group.Select(attribute => attribute.Value).ToHashSet());

        values.Count.ShouldBeGreaterThan(90);
        values["cloud.region"].Count.ShouldBe(4);
        values["service.name"].Count.ShouldBe(11);
        values["app.tenant"].Count.ShouldBe(20);
        values["db.system.name"].Select(value => value.StringValue).ShouldBe(["postgresql", "redis", "elasticsearch"], ignoreOrder: true);
        values["app.user_id"].Count.ShouldBeGreaterThan(2000);
        values["session.id"].Count.ShouldBeGreaterThan(2000);
        values["url.path"].Count.ShouldBeGreaterThan(300);
        Enum.GetValues<AnyValue.ValueOneofCase>().Except([AnyValue.ValueOneofCase.None, AnyValue.ValueOneofCase.KvlistValue, AnyValue.ValueOneofCase.BytesValue])
            .ShouldBeSubsetOf(values.Values.SelectMany(set => set).Select(value => value.ValueCase).Distinct());
    }

    [Fact]
    public void An_attribute_appears_once_on_a_span_and_has_one_type()
    {
        foreach (var (instance, span) in sample.Spans)
        {
            var keys = span.Attributes.Concat(instance.Resource.Attributes).Select(attribute => attribute.Key).ToArray();
            keys.Distinct().Count().ShouldBe(keys.Length, $"on {instance.Service.Name} {span.Name}");
        }
        sample.Spans.SelectMany(item => item.Span.Attributes).GroupBy(attribute => attribute.Key)
            .Where(group => group.Select(attribute => attribute.Value.ValueCase).Distinct().Count() > 1)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Some_attributes_belong_to_some_services_only()
    {
        string[] ServicesWith(string key) =>
            [.. sample.Spans.Where(item => item.Span.Attributes.Any(attribute => attribute.Key == key)).Select(item => item.Instance.Service.Name).Distinct().Order()];

        ServicesWith("app.search.hits").ShouldBe(["search"]);
        ServicesWith("app.payment.provider").ShouldBe(["checkout", "payment"]);
        ServicesWith("tax.provider.host").ShouldBe(["checkout"]);
        ServicesWith("messaging.message.id").ShouldBe(["checkout", "fulfilment"]);
    }

    [Fact]
    public void Every_trace_is_a_tree_under_one_root_with_ids_of_its_own()
    {
        sample.Traces.Select(trace => trace.Spans[0].Span.TraceId).Distinct().Count().ShouldBe(sample.Traces.Count);
        sample.Spans.Select(item => item.Span.SpanId).Distinct().Count().ShouldBe(sample.Spans.Count());
        foreach (var trace in sample.Traces)
        {
            var known = new HashSet<ByteString>();
            foreach (var (_, span) in trace.Spans)
            {
                (span.ParentSpanId.IsEmpty ? known.Count == 0 : known.Contains(span.ParentSpanId)).ShouldBeTrue(span.Name);
                span.TraceId.ShouldBe(trace.Spans[0].Span.TraceId);
                (span.TraceId.Length, span.SpanId.Length).ShouldBe((16, 8));
                known.Add(span.SpanId);
            }
            foreach (var (_, log) in trace.Logs)
                known.ShouldContain(log.SpanId);
        }
    }

    [Fact]
    public void Children_lie_inside_their_parents_but_for_the_pod_whose_clock_is_wrong()
    {
        var (inside, outside) = (0, new List<Instance>());
        foreach (var trace in sample.Traces)
        {
            var spans = trace.Spans.ToDictionary(item => item.Span.SpanId);
            foreach (var (instance, span) in trace.Spans.Skip(1))
            {
                var (parentInstance, parent) = spans[span.ParentSpanId];
                if (span.StartTimeUnixNano >= parent.StartTimeUnixNano && span.EndTimeUnixNano <= parent.EndTimeUnixNano)
                    inside++;
                else
                    outside.Add(instance.ClockSkewNanos != 0 ? instance : parentInstance);
                span.EndTimeUnixNano.ShouldBeGreaterThanOrEqualTo(span.StartTimeUnixNano);
            }
        }
        outside.ShouldAllBe(instance => instance.ClockSkewNanos != 0);
        outside.Count.ShouldBeInRange(1, inside / 100);
    }

    [Fact]
    public void Calls_go_at_least_three_services_deep()
    {
        int Depth(DemoTrace trace)
        {
            var depth = new Dictionary<ByteString, int>();
            foreach (var (_, span) in trace.Spans)
                depth[span.SpanId] = depth.GetValueOrDefault(span.ParentSpanId) + (span.Kind == SpanKind.Server ? 1 : 0);
            return depth.Values.Max();
        }

        sample.Traces.Max(Depth).ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public void The_worker_takes_each_message_in_a_trace_of_its_own_and_links_to_who_sent_it()
    {
        var producers = sample.Spans.Where(item => item.Span.Kind == SpanKind.Producer).ToDictionary(item => item.Span.SpanId, item => item.Span);
        var consumers = sample.Spans.Where(item => item.Span.Kind == SpanKind.Consumer).Select(item => item.Span).ToArray();

        consumers.Length.ShouldBeGreaterThan(100);
        consumers.Length.ShouldBe(producers.Count);
        foreach (var consumer in consumers)
        {
            var link = consumer.Links.ShouldHaveSingleItem();
            var producer = producers[link.SpanId];
            link.TraceId.ShouldBe(producer.TraceId);
            consumer.TraceId.ShouldNotBe(producer.TraceId);
            consumer.StartTimeUnixNano.ShouldBeGreaterThan(producer.EndTimeUnixNano);
        }
    }

    [Fact]
    public void Errors_happen_now_and_then_and_leave_exceptions_and_log_records()
    {
        var events = sample.Spans.SelectMany(item => item.Span.Events).ToArray();
        events.ShouldNotBeEmpty();
        foreach (var exception in events)
        {
            exception.Attributes.Select(attribute => attribute.Key).ShouldBe(["exception.type", "exception.message", "exception.stacktrace"]);
            exception.Attributes[2].Value.StringValue.ShouldContain('\n');
            exception.Attributes[0].Value.StringValue.ShouldNotBeEmpty();
        }
        sample.Traces.SelectMany(trace => trace.Logs).Select(item => item.Log.SeverityText).Distinct()
            .ShouldBe(["DEBUG", "INFO", "WARN", "ERROR"], ignoreOrder: true);
    }

    [Fact]
    public void The_rate_is_the_one_asked_for_and_follows_the_day()
    {
        static int Spans(int fromHour, int toHour)
        {
            var start = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero).AddHours(toHour);
            var shop = new DemoShop(5, start, 1);
            return ShopSample.Seconds(shop, (fromHour - toHour) * 3600, -3600).Sum(trace => trace.Spans.Count);
        }

        // The last hour of each stretch, with the incident in it, is left out.
        var day = Spans(0, 25);
        (day / 86_400.0).ShouldBeInRange(0.9, 1.1);
        var (evening, night) = (Spans(19, 22), Spans(6, 9));
        evening.ShouldBeGreaterThan(night * 12 / 10);
    }

    [Fact]
    public void No_trace_outlasts_the_time_that_the_schedule_gives_it()
    {
        var shop = new DemoShop(3, ShopSample.Start, 60);
        foreach (var second in Enumerable.Range(-600, 600))
        {
            foreach (var trace in shop.Traces(second))
                (trace.EndNanos / 1e9 - ShopSample.Start.ToUnixTimeSeconds() - second).ShouldBeLessThan(DemoShop.LongestSeconds);
        }
    }
}
