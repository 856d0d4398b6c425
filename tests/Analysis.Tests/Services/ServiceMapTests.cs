using Analysis.Services;
using Analysis.Tests.BubbleUp;
using FsCheck;
using FsCheck.Fluent;
using Storage.Queries;

namespace Analysis.Tests.Services;

public sealed class ServiceMapTests
{
    private static readonly TimeWindow Window = new(EventsStore.Start, EventsStore.Start + 60 * EventsStore.Second);

    [Fact]
    public async Task Services_databases_queues_and_peers_are_told_from_the_spans()
    {
        await using var events = await EventsStore.OpenAsync();
        // shop calls stock (client over server), both use postgres, shop sends to a queue that mail reads, and calls somebody who sends nothing.
        await SendAsync(events, 10,
            [("a", "", "shop", "server", "", ""), ("b", "a", "shop", "client", "", "stock.internal"), ("c", "b", "stock", "server", "", ""), ("d", "c", "stock", "client", "db.system.name", "postgres"),
             ("e", "a", "shop", "client", "db.system.name", "postgres"), ("f", "a", "shop", "producer", "messaging.destination.name", "orders"), ("g", "f", "mail", "consumer", "messaging.destination.name", "orders"),
             ("h", "a", "shop", "client", "", "psp.example"), ("i", "a", "shop", "internal", "", "")]);
        var map = await ServiceMap.ReadAsync(events.Store, Window, CancellationToken.None);
        map.Edges.Select(e => $"{e.From.Kind} {e.From.Name} > {e.To.Kind} {e.To.Name}: {e.Calls}, {e.Errors}, {e.P95Ms}").Order(StringComparer.Ordinal).ShouldBe(
        [
            "Queue orders > Service mail: 10, 0, 5", "Service shop > Database postgres: 10, 0, 5", "Service shop > Peer psp.example: 10, 10, 5", "Service shop > Queue orders: 10, 0, 5",
            "Service shop > Service stock: 10, 0, 5", "Service stock > Database postgres: 10, 0, 5",
        ]);
        (map.Spans, map.Window, map.LeftOut).ShouldBe((90, Window, 0));
        // The condition of an edge is the query behind it: it finds just the spans that were counted.
        foreach (var edge in map.Edges)
        {
            var query = new Query { Time = new TimeRange.Between(Window.StartUnixNs, Window.EndUnixNs), Where = edge.Where, Calculations = [new Calculation(CalculationOp.Count)] };
            (await events.Store.RunAsync(query, CancellationToken.None)).Meta.EventsMatched.ShouldBe(10, edge.ToString());
        }
    }

    [Fact]
    public async Task An_empty_store_has_an_empty_map()
    {
        await using var events = await EventsStore.OpenAsync();
        (await ServiceMap.ReadAsync(events.Store, Window, CancellationToken.None)).Edges.ShouldBeEmpty();
    }

    [Fact]
    public void Callers_stand_left_of_whom_they_call()
    {
        var layout = MapLayout.Of([Edge("web", "shop"), Edge("shop", "tax"), Edge("web", "tax"), Edge("shop", "stock"), Edge("lone", "stock")], [new MapNode(MapNodeKind.Service, "idle")]);
        layout.Nodes.ToDictionary(n => n.Node.Name, n => n.Layer).ShouldBe(new Dictionary<string, int> { ["web"] = 0, ["lone"] = 0, ["idle"] = 0, ["shop"] = 1, ["tax"] = 2, ["stock"] = 2 }, ignoreOrder: true);
        (layout.Layers, layout.Rows).ShouldBe((3, 3));
        // web calls tax past shop's column, lone calls stock past it: each has a row there that no node has.
        var passed = layout.Routes.ToDictionary(r => $"{r.Key.From.Name} > {r.Key.To.Name}", r => r.Value.Length);
        passed.ShouldBe(new Dictionary<string, int> { ["web > tax"] = 1, ["lone > stock"] = 1 }, ignoreOrder: true);
        layout.Routes.Values.Select(r => r[0]).Append(layout.Nodes.Single(n => n.Node.Name == "shop").Row).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Circles_are_laid_out_and_every_node_has_a_place_of_its_own() => Prop.ForAll(
        Gen.Choose(0, 9).Two().ListOf().Select(calls => calls.Select(c => Edge($"s{c.Item1}", $"s{c.Item2}")).ToList()).ToArbitrary(),
        edges =>
        {
            var layout = MapLayout.Of(edges, []);
            var names = edges.SelectMany(e => new[] { e.From, e.To }).Distinct().Count();
            return layout.Nodes.Length == names && layout.Nodes.Select(n => (n.Layer, n.Row)).Distinct().Count() == names && layout.Nodes.All(n => n.Layer < layout.Layers && n.Row >= 0 && n.Row < layout.Rows);
        }).QuickCheckThrowOnFailure();

    private static MapEdge Edge(string from, string to) => new(new MapNode(MapNodeKind.Service, from), new MapNode(MapNodeKind.Service, to), 1, 0, 1, 1, new Filter.And([]));

    // Each trace has the same spans: id, parent, service, kind, a column, its value; without a column the value is the peer's address.
    private static Task SendAsync(EventsStore events, int traces, (string Id, string Parent, string Service, string Kind, string Column, string Value)[] spans) =>
        events.AppendAsync(traces * spans.Length, (builder, i) =>
        {
            var (trace, span) = (i / spans.Length, spans[i % spans.Length]);
            builder.BeginEvent(EventsStore.Start + trace * EventsStore.Second);
            builder.SetId("trace.trace_id", EventsStore.TraceId(trace));
            builder.SetId("trace.span_id", [0, 0, 0, 0, 0, 0, 0, (byte)span.Id[0]]);
            if (span.Parent.Length > 0) builder.SetId("trace.parent_id", [0, 0, 0, 0, 0, 0, 0, (byte)span.Parent[0]]);
            builder.Set("service.name", span.Service);
            builder.Set("span.kind", span.Kind);
            builder.Set("name", "work");
            builder.Set("duration_ms", 5.0);
            if (span.Value == "psp.example") builder.Set("error", true);
            if (span.Value.Length > 0) builder.Set(span.Column.Length > 0 ? span.Column : "server.address", span.Value);
            builder.EndEvent();
        });
}
