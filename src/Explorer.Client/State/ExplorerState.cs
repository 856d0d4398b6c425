using Storage.Queries;

namespace Explorer.Client.State;

/// <summary>Which side of the answer is shown.</summary>
public enum ExplorerView
{
    Overview,
    BubbleUp,
    Traces,
    Events,
}

/// <summary>In which order events, or traces, are listed.</summary>
public enum EventOrder
{
    Newest,
    Errors,
    Slowest,
}

/// <summary>How the values of a chart are drawn.</summary>
public enum ChartStyle
{
    /// <summary>Counts by group as stacked areas, everything else as lines.</summary>
    Auto,
    Line,

    /// <summary>Stacked areas.</summary>
    Area,

    /// <summary>Stacked bars.</summary>
    Bar,
}

/// <summary>A part of an address that cannot be read. It stays in the address as it is until somebody repairs it.</summary>
/// <param name="Parameter">The parameter: <c>where</c>.</param>
/// <param name="Text">Its text.</param>
public sealed record UnreadPart(string Parameter, string Text);

/// <summary>A box on a heatmap, in data units, so that it survives resizing and running again.</summary>
/// <param name="StartUnixNs">Start, inclusive, Unix nanoseconds.</param>
/// <param name="EndUnixNs">End, exclusive, Unix nanoseconds.</param>
/// <param name="Low">Lowest value, inclusive.</param>
/// <param name="High">Highest value, inclusive.</param>
public sealed record HeatmapBox(long StartUnixNs, long EndUnixNs, double Low, double High);

/// <summary>Everything that decides what the Explore page shows: the question, the view of its answer, the selection in it. Its URL says the same.</summary>
public sealed record ExplorerState
{
    /// <summary>The question. No calculations means COUNT on the overview.</summary>
    public Query Query { get; init; } = new();

    public ExplorerView View { get; init; }

    /// <summary>The box on the heatmap, when one is drawn.</summary>
    public HeatmapBox? Selection { get; init; }

    /// <summary>True when Where is edited as one text.</summary>
    public bool IsText { get; init; }

    public EventOrder EventOrder { get; init; }

    public EventOrder TraceOrder { get; init; } = EventOrder.Slowest;

    /// <summary>Columns that the events table shows beside its own.</summary>
    public ValueList<string> EventColumns { get; init; }

    public ChartStyle ChartStyle { get; init; }

    /// <summary>True when the value axes of charts are logarithmic.</summary>
    public bool IsLogAxis { get; init; }

    /// <summary>True when charts do not show when versions were first seen.</summary>
    public bool HidesMarkers { get; init; }

    /// <summary>What cannot be read of the question; nothing is run while there is any.</summary>
    public ValueList<UnreadPart> Unread { get; init; }

    /// <summary>The query of the overview.</summary>
    public Query OverviewQuery => Query.IsListing ? Query with { Calculations = [new Calculation(CalculationOp.Count)] } : Query;

    /// <summary>The first page of events behind the answer.</summary>
    /// <param name="limit">Events on the page.</param>
    public Query EventsQuery(int limit) => new()
    {
        Time = Query.Time,
        Where = Query.Where,
        CalculatedFields = Query.CalculatedFields,
        Limit = limit,
        Orders = EventOrder switch
        {
            EventOrder.Errors => [ByColumn("error"), ByColumn("time")],
            EventOrder.Slowest => [ByColumn("duration_ms"), ByColumn("time")],
            _ => default,
        },
    };

    /// <summary>The traces behind the answer: one group per trace.</summary>
    /// <param name="limit">Traces in the list.</param>
    public Query TracesQuery(int limit) => new()
    {
        Time = Query.Time,
        Where = FilterEdit.And(Query.Where, new Filter.Condition("trace.trace_id", FilterOp.Exists)),
        CalculatedFields = Query.CalculatedFields,
        Calculations =
        [
            new Calculation(CalculationOp.Max, "duration_ms"), new Calculation(CalculationOp.Count), new Calculation(CalculationOp.Min, "time"),
            new Calculation(CalculationOp.Count, Name: "errors", Where: new Filter.Condition("error", FilterOp.Equal, true)),
        ],
        Breakdowns = ["trace.trace_id"],
        Orders = TraceOrder switch
        {
            EventOrder.Errors => [new Order(new ResultReference("errors")), new Order(new ResultReference(Op: CalculationOp.Max, Column: "duration_ms"))],
            EventOrder.Newest => [new Order(new ResultReference(Op: CalculationOp.Min, Column: "time"))],
            _ => default,
        },
        Limit = limit,
        Series = false,
    };

    /// <summary>The state with another question; what was selected in the old answer is dropped.</summary>
    public ExplorerState Ask(Query query) => this with { Query = query, Selection = null };

    /// <summary>The state without the unreadable text of a parameter.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="index">Which of the unreadable texts of that parameter; null for all of them.</param>
    public ExplorerState Forget(string parameter, int? index = null)
    {
        var at = -1;
        return this with { Unread = Unread.Where(part => part.Parameter != parameter || (index is not null && ++at != index)).ToValueList() };
    }

    /// <summary>Another time for the same question.</summary>
    public ExplorerState At(TimeRange range) => Ask(Query with { Time = range });

    /// <summary>Narrows to events where the column has the value; missing means that it does not exist.</summary>
    public ExplorerState FilterTo(string column, Value value) => Ask(Query with { Where = FilterEdit.And(Query.Where, FilterEdit.Is(column, value)) });

    /// <summary>Leaves out the events where the column has the value.</summary>
    public ExplorerState Exclude(string column, Value value) => Ask(Query with { Where = FilterEdit.And(Query.Where, FilterEdit.IsNot(column, value)) });

    /// <summary>Narrows to one group: all its values together.</summary>
    public ExplorerState FilterToGroup(IReadOnlyList<(string Column, Value Value)> group) =>
        group.Aggregate(this, (state, part) => state.FilterTo(part.Column, part.Value));

    /// <summary>Leaves out one group: the events that have all its values.</summary>
    public ExplorerState ExcludeGroup(IReadOnlyList<(string Column, Value Value)> group) => group.Count switch
    {
        0 => this,
        1 => Exclude(group[0].Column, group[0].Value),
        _ => Ask(Query with { Where = FilterEdit.And(Query.Where, new Filter.Not(new Filter.And(group.Select(g => FilterEdit.Is(g.Column, g.Value)).ToValueList()))) }),
    };

    /// <summary>Adds a breakdown, unless it is there already.</summary>
    public ExplorerState GroupBy(string column) =>
        Query.Breakdowns.Contains(column) ? this : Ask(Query with { Breakdowns = Query.Breakdowns.Add(column) });

    /// <summary>Orders the groups by a result column; by the same column again in the other direction.</summary>
    public ExplorerState OrderBy(ResultReference column)
    {
        var same = Query.Orders.Count > 0 && Query.Orders[0].Target == column;
        return this with { Query = Query with { Orders = [new Order(column, !same || !Query.Orders[0].Descending)] } };
    }

    /// <summary>Narrows time and value to the box on the heatmap.</summary>
    /// <param name="column">The column on the heatmap's value axis.</param>
    /// <param name="zoomTime">True to zoom the time range as well; false to keep it.</param>
    public ExplorerState ToBox(string column, bool zoomTime)
    {
        if (Selection is not { } box) return this;
        var where = FilterEdit.And(Query.Where, new Filter.Condition(column, FilterOp.GreaterOrEqual, box.Low));
        where = FilterEdit.And(where, new Filter.Condition(column, FilterOp.LessOrEqual, box.High));
        var query = Query with { Where = where };
        return Ask(zoomTime ? query with { Time = new TimeRange.Between(box.StartUnixNs, box.EndUnixNs) } : query);
    }

    private static Order ByColumn(string column) => new(new ResultReference(Column: column));
}
