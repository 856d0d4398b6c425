using System.Collections.Immutable;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Services;

/// <summary>What a node of the map is.</summary>
public enum MapNodeKind
{
    Service,
    Database,
    Queue,

    /// <summary>Somebody who is called and sends no spans.</summary>
    Peer,
}

/// <summary>A node.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; empty for a service without one.</param>
public readonly record struct MapNode(MapNodeKind Kind, string Name);

/// <summary>Calls from one node to another.</summary>
/// <param name="From">Who calls.</param>
/// <param name="To">Who is called.</param>
/// <param name="Calls">Calls in the map's window, weighted.</param>
/// <param name="Errors">Those with errors.</param>
/// <param name="P50Ms">Median length.</param>
/// <param name="P95Ms">95th percentile of the lengths.</param>
/// <param name="Where">The condition on the spans that were counted.</param>
public sealed record MapEdge(MapNode From, MapNode To, double Calls, double Errors, double P50Ms, double P95Ms, Filter Where);

/// <summary>
/// Who calls whom, from the spans alone: a server span whose parent is of another service is a call between the two, a client span that names a database is
/// a call of it, producers and consumers meet in the queue that they name, and a client span below which nothing is has called somebody who sends no spans.
/// </summary>
/// <param name="Edges">The edges, busiest first.</param>
/// <param name="Window">The time that was read: the newest part of what was asked, when that holds more than <see cref="MaxSpans"/>.</param>
/// <param name="Spans">Spans in it.</param>
/// <param name="LeftOut">Edges beyond <see cref="MaxEdges"/>, the least busy.</param>
public sealed record ServiceMap(ImmutableArray<MapEdge> Edges, TimeWindow Window, long Spans, int LeftOut)
{
    /// <summary>Spans that are looked at: callers are found through their traces, which costs by the span.</summary>
    public const long MaxSpans = 200_000;

    /// <summary>Edges that are drawn: more are no picture.</summary>
    public const int MaxEdges = 300;

    private const string ParentService = "parent.service.name", ChildSpan = "child.trace.span_id";

    /// <summary>Reads the map of a window.</summary>
    /// <exception cref="EventStoreException">The store is at fault.</exception>
    public static async Task<ServiceMap> ReadAsync(IEventStore store, TimeWindow window, CancellationToken cancellationToken)
    {
        var schema = store.Schema;
        if (!schema.Contains(WellKnownColumns.SpanKind) || !schema.Contains(WellKnownColumns.SpanId)) return new ServiceMap([], window, 0, 0);
        var (read, spans) = await BoundAsync(store, window, cancellationToken);
        var edges = new List<MapEdge>();
        foreach (var part in Parts(schema))
        {
            var query = ServiceQuestions.Red(read, part.Where, WellKnownColumns.ServiceName, Query.MaxLimit) with { Breakdowns = part.By };
            var table = (await store.RunAsync(query, cancellationToken)).Results;
            for (var row = 0; row < table.RowCount; row++)
                if (part.Read(table, row) is { } ends && ends.From != ends.To) edges.Add(Edge(table, row, ends.From, ends.To, ends.Where));
        }

        var busiest = Merge(edges).OrderByDescending(e => e.Calls).ThenBy(e => e.From.Name, StringComparer.Ordinal).ThenBy(e => e.To.Name, StringComparer.Ordinal).ToList();
        return new ServiceMap([.. busiest.Take(MaxEdges)], read, spans, Math.Max(0, busiest.Count - MaxEdges));
    }

    // The newest part that holds no more than the bound, as far as spans come evenly.
    private static async Task<(TimeWindow Window, long Spans)> BoundAsync(IEventStore store, TimeWindow window, CancellationToken cancellationToken)
    {
        var query = new Query
        {
            Time = ServiceQuestions.Between(window), Where = new Filter.Condition(WellKnownColumns.SpanId, FilterOp.Exists), Series = false,
            Calculations = [new Calculation(CalculationOp.Count), new Calculation(CalculationOp.Min, WellKnownColumns.Time, "first"), new Calculation(CalculationOp.Max, WellKnownColumns.Time, "last")],
        };
        var answer = await store.RunAsync(query, cancellationToken);
        var spans = answer.Meta.EventsMatched;
        if (spans <= MaxSpans || answer.Total is not { } total) return (window, spans);
        var (first, last) = (total.Find("first")![0].AsInt64(), total.Find("last")![0].AsInt64());
        var start = last - (long)((last - first) * (MaxSpans / (double)spans));
        var part = window with { StartUnixNs = Math.Max(window.StartUnixNs, start) };
        return (part, (await store.RunAsync(query with { Time = ServiceQuestions.Between(part) }, cancellationToken)).Meta.EventsMatched);
    }

    private sealed record Part(Filter Where, ValueList<string> By, Func<ResultTable, int, (MapNode From, MapNode To, Filter Where)?> Read);

    private static IEnumerable<Part> Parts(Schema schema)
    {
        var queue = First(schema, "messaging.destination.name", "messaging.destination");
        yield return Calls(queue);
        if (First(schema, "db.system.name", "db.system") is { } database) yield return Leaving(new Filter.And([Kind("client"), Exists(database)]), database, MapNodeKind.Database);
        if (queue is not null)
        {
            yield return Leaving(new Filter.And([Kind("producer"), Exists(queue)]), queue, MapNodeKind.Queue);
            yield return Consumed(queue);
        }

        if (First(schema, "peer.service", "server.address", "net.peer.name") is { } peer)
        {
            var others = new List<Filter> { Kind("client"), Exists(peer), new Filter.Not(new Filter.Condition(ChildSpan, FilterOp.Exists)) };
            foreach (var column in new[] { "db.system.name", "db.system" })
                if (schema.Contains(column)) others.Add(new Filter.Condition(column, FilterOp.DoesNotExist));
            yield return Leaving(new Filter.And([.. others]), peer, MapNodeKind.Peer);
        }
    }

    // What was called, with its caller; messages that name a queue are drawn through it.
    private static Part Calls(string? queue)
    {
        Filter entered = queue is null
            ? new Filter.Condition(WellKnownColumns.SpanKind, FilterOp.In, ["server", "consumer"])
            : new Filter.Or([Kind("server"), new Filter.And([Kind("consumer"), new Filter.Condition(queue, FilterOp.DoesNotExist)])]);
        var where = new Filter.And([entered, Exists(ParentService)]);
        return new Part(where, [ParentService, WellKnownColumns.ServiceName], (table, row) =>
        {
            var (from, to) = (Text(table, ParentService, row), Text(table, WellKnownColumns.ServiceName, row));
            return (new MapNode(MapNodeKind.Service, from), new MapNode(MapNodeKind.Service, to), new Filter.And([entered, ServiceQuestions.Is(ParentService, from), ServiceQuestions.Of(to)]));
        });
    }

    private static Part Leaving(Filter where, string column, MapNodeKind kind) => new(where, [WellKnownColumns.ServiceName, column], (table, row) =>
    {
        var (from, to) = (Text(table, WellKnownColumns.ServiceName, row), Text(table, column, row));
        return (new MapNode(MapNodeKind.Service, from), new MapNode(kind, to), new Filter.And([where, ServiceQuestions.Of(from), ServiceQuestions.Is(column, to)]).Normalize());
    });

    private static Part Consumed(string queue) => new(new Filter.And([Kind("consumer"), Exists(queue)]), [queue, WellKnownColumns.ServiceName], (table, row) =>
    {
        var (from, to) = (Text(table, queue, row), Text(table, WellKnownColumns.ServiceName, row));
        return (new MapNode(MapNodeKind.Queue, from), new MapNode(MapNodeKind.Service, to), new Filter.And([Kind("consumer"), ServiceQuestions.Is(queue, from), ServiceQuestions.Of(to)]));
    });

    private static MapEdge Edge(ResultTable table, int row, MapNode from, MapNode to, Filter where) => new(
        from, to, Number(table, ServiceQuestions.Requests, row), Number(table, ServiceQuestions.Errors, row), Number(table, ServiceQuestions.P50, row), Number(table, ServiceQuestions.P95, row), where);

    // Somebody who is a service and a peer by the same name is the service: its spans went missing now and then.
    private static IEnumerable<MapEdge> Merge(List<MapEdge> edges)
    {
        var services = edges.SelectMany(e => new[] { e.From, e.To }).Where(n => n.Kind == MapNodeKind.Service).Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        var known = edges.Where(e => e.To.Kind == MapNodeKind.Service).Select(e => (e.From, e.To.Name)).ToHashSet();
        foreach (var edge in edges)
        {
            if (edge.To.Kind != MapNodeKind.Peer || !services.Contains(edge.To.Name)) yield return edge;
            else if (!known.Contains((edge.From, edge.To.Name))) yield return edge with { To = new MapNode(MapNodeKind.Service, edge.To.Name) };
        }
    }

    private static string? First(Schema schema, params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
            if (schema.Contains(column)) return column;
        return null;
    }

    private static Filter Kind(string kind) => new Filter.Condition(WellKnownColumns.SpanKind, FilterOp.Equal, kind);

    private static Filter Exists(string column) => new Filter.Condition(column, FilterOp.Exists);

    private static string Text(ResultTable table, string column, int row) => table.Find(column)![row].ToString();

    private static double Number(ResultTable table, string column, int row) => table.Find(column)![row] is { IsNumber: true } value ? value.AsDouble() : 0;
}
