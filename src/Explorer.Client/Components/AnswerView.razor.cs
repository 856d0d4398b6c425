using Explorer.Client.Components.Charts;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>Models an answer for the view that shows it, and turns what is done there into states.</summary>
public sealed partial class AnswerView
{
    private static readonly ChartMarker[] NoMarkers = [];

    private readonly SeriesColors _colors = new();
    private ChartBoard? _board;
    private QueryResult? _modelled;
    private (TimeZoneInfo? Zone, ChartStyle Style, bool IsLog) _modelledFor;
    private IReadOnlyList<ChartModel> _charts = [];
    private HeatmapModel? _heatmap;
    private int _heatmapIndex;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    private ExplorerView TabName => State.View;

    private Answer? Overview => Answer is { State.View: ExplorerView.Overview or ExplorerView.BubbleUp } answer ? answer : null;

    /// <summary>Saves all charts as one picture; does nothing where there are none.</summary>
    public Task SaveAsync() => _board?.SaveAsync() ?? Task.CompletedTask;

    // Called as the view is drawn: an answer that was kept is there before the first time already.
    private void Remodel()
    {
        if (Overview is not { } answer || (ReferenceEquals(_modelled, answer.Result) && _modelledFor == (Zone.Zone, State.ChartStyle, State.IsLogAxis))) return;
        (_modelled, _modelledFor) = (answer.Result, (Zone.Zone, State.ChartStyle, State.IsLogAxis));
        _colors.Assign(answer.Result.Results, answer.Asked.Breakdowns);
        _charts = ChartModel.From(answer.Result, answer.Asked, _colors, Zone.Zone, State.ChartStyle, State.IsLogAxis);
        _heatmap = HeatmapModel.From(answer.Result, Zone.Zone);
        _heatmapIndex = Math.Max(0, answer.Asked.Calculations.ToList().FindIndex(c => c.Op == CalculationOp.Heatmap));
    }

    private Task ZoomAsync(TimeWindow window) =>
        window.LengthNs > 0 ? OnAsk.InvokeAsync(State.At(new TimeRange.Between(window.StartUnixNs, window.EndUnixNs))) : Task.CompletedTask;

    private Task BoxVerbAsync(bool zoomTime) => _heatmap is { } heatmap ? OnAsk.InvokeAsync(State.ToSelection(heatmap.Column, zoomTime)) : Task.CompletedTask;

    private Task DoAsync(PointVerb point)
    {
        if (Overview is not { } answer) return Task.CompletedTask;
        var results = answer.Result.Results;
        List<(string, Value)> group = [.. answer.Asked.Breakdowns.Select((column, i) => (column, results.Columns[i][point.Group]))];
        var there = new TimeRange.Between(point.Bucket.StartUnixNs, point.Bucket.EndUnixNs);
        return OnAsk.InvokeAsync(point.Action switch
        {
            PointAction.Traces => State.FilterToGroup(group).At(there) with { View = ExplorerView.Traces, TraceOrder = EventOrder.Slowest },
            PointAction.Zoom => State.At(there),
            PointAction.Select when group.Count > 0 => State.Compare(new SelectedEvents(null, FilterEdit.Is(group))),
            PointAction.Select => State.CompareTime(point.Bucket, answer.Result.Meta.Window),
            PointAction.Filter => State.FilterToGroup(group),
            _ => State.ExcludeGroup(group),
        });
    }

    private Task DoAsync(GroupVerb verb) => OnAsk.InvokeAsync(verb.Verb switch
    {
        Verb.Exclude => State.ExcludeGroup(verb.Group),
        Verb.Select => State.Compare(new SelectedEvents(null, FilterEdit.Is(verb.Group))),
        _ => State.FilterToGroup(verb.Group),
    });

    private Task DoAsync(ValueVerb verb) => verb.Verb switch
    {
        Verb.Filter => OnAsk.InvokeAsync(State.FilterTo(verb.Column, verb.Value)),
        Verb.Exclude => OnAsk.InvokeAsync(State.Exclude(verb.Column, verb.Value)),
        Verb.Group => OnAsk.InvokeAsync(State.GroupBy(verb.Column) with { View = ExplorerView.Overview }),
        Verb.Select => OnAsk.InvokeAsync(State.Compare(new SelectedEvents(null, FilterEdit.Is(verb.Column, verb.Value)))),
        Verb.Copy => OnCopy.InvokeAsync(verb.Raw),
        _ => Task.CompletedTask,
    };

    private string NothingHint(Answer answer)
    {
        var statistics = Store.Statistics;
        var zone = Zone.Zone;
        var asked = answer.Result.Meta.Window;
        var where = answer.State.Query.Where is null ? "" : " that fit Where";
        if (statistics.MaxTimeUnixNs < asked.StartUnixNs) return $"The newest event is of {TimeLabel.Full(statistics.MaxTimeUnixNs, zone)}, before this time.";
        if (statistics.MinTimeUnixNs >= asked.EndUnixNs) return $"The oldest event is of {TimeLabel.Full(statistics.MinTimeUnixNs, zone)}, after this time.";
        return $"There are no events{where} in {TimeLabel.Window(asked, Time.GetUtcNow(), zone)} {Zone.Label}.";
    }
}
