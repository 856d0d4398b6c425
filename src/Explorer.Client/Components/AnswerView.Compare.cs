using Explorer.Client.Components.BubbleUp;
using Explorer.Client.Components.Charts;
using Explorer.Client.Runs;
using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>The part of the view that is about comparing: what of the charts is shown beside a comparison, and what leads to one.</summary>
public sealed partial class AnswerView
{
    private static readonly ChartModel[] NoCharts = [];

    private ChartModel[] _firstChart = NoCharts;
    private BubbleUpView? _comparing;

    /// <summary>What the comparison shows; null when there is none, or nothing is known yet.</summary>
    public KeptComparison? Comparison => IsComparing ? _comparing?.Found : null;

    private bool IsComparing => Overview is not null && State.View == ExplorerView.BubbleUp;

    // Where a box is drawn, or may be, the heatmap stands alone; else the first chart.
    private bool IsBox => _heatmap is not null && State.Selection is null or HeatmapBox;

    private string ComparingClass => !IsComparing ? "" : State.Selection is null ? "comparing start" : IsBox ? "comparing box" : "comparing other";

    private HeatmapModel? ShownHeatmap => !IsComparing || IsBox || _charts.Count == 0 ? _heatmap : null;

    private IReadOnlyList<ChartModel> ShownCharts
    {
        get
        {
            if (!IsComparing) return _charts;
            if (ShownHeatmap is not null) return NoCharts;
            if (_charts.Count > 0 && (_firstChart.Length == 0 || !ReferenceEquals(_firstChart[0], _charts[0]))) _firstChart = [_charts[0]];
            return _charts.Count == 0 ? NoCharts : _firstChart;
        }
    }

    private List<ChartBand> Bands()
    {
        var bands = new List<ChartBand>();
        if (!IsComparing) return bands;
        if (State.Baseline is { Window: { } baseline }) bands.Add(new ChartBand(baseline.StartUnixNs / 1e6, baseline.EndUnixNs / 1e6, false));
        if (State.Selection is SelectedEvents { Window: { } selected }) bands.Add(new ChartBand(selected.StartUnixNs / 1e6, selected.EndUnixNs / 1e6, true));
        return bands;
    }

    // The first box opens the comparison; while it is open, another box adjusts it.
    private Task CompareAsync(HeatmapBox box) => (IsComparing && State.Selection is HeatmapBox ? OnAdjust : OnAsk).InvokeAsync(State.Compare(box, State.Baseline));

    private Task CompareTimeAsync(TimeWindow window)
    {
        if (Overview is not { } answer || window.LengthNs <= 0) return Task.CompletedTask;
        return (IsComparing && State.Selection is SelectedEvents { Window: not null } ? OnAdjust : OnAsk).InvokeAsync(State.CompareTime(window, answer.Result.Meta.Window));
    }

    private Task DoAsync((CellAction Action, HeatmapBox Cell) verb)
    {
        if (_heatmap is not { } heatmap) return Task.CompletedTask;
        var there = (State with { Selection = verb.Cell }).ToSelection(heatmap.Column, zoomTime: true);
        return verb.Action switch
        {
            CellAction.Events => OnAsk.InvokeAsync(there with { View = ExplorerView.Events }),
            CellAction.Traces => OnAsk.InvokeAsync(there with { View = ExplorerView.Traces, TraceOrder = EventOrder.Slowest }),
            _ => CompareAsync(verb.Cell),
        };
    }
}
