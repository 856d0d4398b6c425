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

/// <summary>Which part of a comparison is listed.</summary>
public enum ComparisonList
{
    /// <summary>Columns that differ beyond chance.</summary>
    Significant,

    /// <summary>All other columns.</summary>
    Rest,

    /// <summary>Columns in which nearly every event has a value of its own.</summary>
    Ids,

    /// <summary>Columns that say what the selection says.</summary>
    Aside,

    /// <summary>What changed between two windows.</summary>
    Changes,
}

/// <summary>Everything that decides what the Explore page shows: the question, the view of its answer, the selection in it. Its URL says the same.</summary>
public sealed record ExplorerState
{
    /// <summary>The question. No calculations means COUNT on the overview.</summary>
    public Query Query { get; init; } = new();

    public ExplorerView View { get; init; }

    /// <summary>The events that are compared with others, when some are chosen.</summary>
    public ExplorerSelection? Selection { get; init; }

    /// <summary>What they are compared with: a time span or a condition; null for the rest of the question's events.</summary>
    public SelectedEvents? Baseline { get; init; }

    /// <summary>What of the comparison is listed.</summary>
    public ComparisonList List { get; init; }

    /// <summary>The box on the heatmap, when that is the selection.</summary>
    public HeatmapBox? Box => Selection as HeatmapBox;

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

    /// <summary>Seconds after which the question is asked again by itself; 0 for never.</summary>
    public int RefreshSeconds { get; init; }

    /// <summary>False for a question that does not go into the history: of a screen on a wall, say.</summary>
    public bool IsKept { get; init; } = true;

    /// <summary>Step of the guided investigation that is shown beside the answer; 0 for none.</summary>
    public int GuideStep { get; init; }

    /// <summary>What cannot be read of the question; nothing is run while there is any.</summary>
    public ValueList<UnreadPart> Unread { get; init; }

    /// <summary>The query of the overview.</summary>
    public Query OverviewQuery => Query.IsListing ? Query with { Calculations = [new Calculation(CalculationOp.Count)] } : Query;

    /// <summary>Whether a heatmap is asked for.</summary>
    public bool HasHeatmap => Query.Calculations.Any(c => c.Op == CalculationOp.Heatmap);

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
    public ExplorerState Ask(Query query) => this with { Query = query, Selection = null, Baseline = null, List = default };

    /// <summary>The comparison of some events with others.</summary>
    /// <param name="selection">The events.</param>
    /// <param name="baseline">What they are compared with; null for the rest.</param>
    public ExplorerState Compare(ExplorerSelection selection, SelectedEvents? baseline = null) =>
        this with { View = ExplorerView.BubbleUp, Selection = selection, Baseline = baseline, List = List == ComparisonList.Changes ? default : List };

    /// <summary>The comparison of a time span with what was before it in the question's time, or, where that is little, with as long a time before it.</summary>
    /// <param name="selected">The time span.</param>
    /// <param name="asked">The question's time.</param>
    public ExplorerState CompareTime(TimeWindow selected, TimeWindow asked)
    {
        if (Baseline is { Window: { } chosen } && chosen.EndUnixNs <= selected.StartUnixNs) return Compare(new SelectedEvents(selected, null), Baseline);
        var start = selected.StartUnixNs - asked.StartUnixNs >= selected.LengthNs / 4 ? asked.StartUnixNs : selected.StartUnixNs - selected.LengthNs;
        return Compare(new SelectedEvents(selected, null), new SelectedEvents(new TimeWindow(Math.Max(0, start), selected.StartUnixNs), null));
    }

    /// <summary>True when both are answered by the same answer: they differ only in what is shown of it, and selected in it.</summary>
    public bool HasAnswerOf(ExplorerState other) => Plain == other.Plain;

    private ExplorerState Plain => this with
    {
        View = View == ExplorerView.BubbleUp ? ExplorerView.Overview : View,
        Selection = null, Baseline = null, List = default, IsText = false, EventColumns = default, ChartStyle = default, IsLogAxis = false, HidesMarkers = false, RefreshSeconds = 0, IsKept = true, GuideStep = 0,
    };

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

    /// <summary>The same question with a heatmap of equal ratios, or of equal steps.</summary>
    public ExplorerState ScaleHeatmap(bool isLog) => this with { Query = Query with { HeatmapScale = isLog ? HeatmapScale.Log : HeatmapScale.Linear } };

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

    /// <summary>Narrows the question to what is selected.</summary>
    /// <param name="column">The column on the heatmap's value axis, for a box.</param>
    /// <param name="zoomTime">True to narrow the time as well; false to keep it.</param>
    public ExplorerState ToSelection(string column, bool zoomTime)
    {
        var (window, where) = Selection switch
        {
            HeatmapBox box => (new TimeWindow(box.StartUnixNs, box.EndUnixNs), FilterEdit.And(new Filter.Condition(column, FilterOp.GreaterOrEqual, box.Low), new Filter.Condition(column, FilterOp.LessOrEqual, box.High))),
            SelectedEvents events => (events.Window, events.Where),
            _ => ((TimeWindow?)null, (Filter?)null),
        };
        if (window is null && where is null) return this;
        var query = where is null ? Query : Query with { Where = FilterEdit.And(Query.Where, where) };
        return Ask(zoomTime && window is { } time ? query with { Time = new TimeRange.Between(time.StartUnixNs, time.EndUnixNs) } : query);
    }

    private static Order ByColumn(string column) => new(new ResultReference(Column: column));
}
