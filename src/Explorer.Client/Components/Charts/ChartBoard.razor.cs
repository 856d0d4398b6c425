using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Storage.Queries;

namespace Explorer.Client.Components.Charts;

/// <summary>What can be done with one group at one time.</summary>
public enum PointAction
{
    Traces,
    Zoom,
    Filter,
    Exclude,

    /// <summary>Compare the group with the rest.</summary>
    Select,
}

/// <summary>What can be done with one cell of the heatmap.</summary>
public enum CellAction
{
    Events,
    Traces,
    Compare,
}

/// <param name="StartMs">Start, Unix milliseconds.</param>
/// <param name="EndMs">End.</param>
/// <param name="IsSelection">True for the selection, false for what it is compared with.</param>
public sealed record ChartBand(double StartMs, double EndMs, bool IsSelection);

/// <param name="Action">What to do.</param>
/// <param name="Group">Row of the results table.</param>
/// <param name="Bucket">The time bucket.</param>
public sealed record PointVerb(PointAction Action, int Group, TimeWindow Bucket);

/// <summary>The typed face of <c>chart.js</c>, by the name that <c>boot.js</c> gives it.</summary>
public sealed partial class ChartBoard
{
    private ElementReference _root;
    private IJSObjectReference? _board;
    private DotNetObjectReference<ChartBoard>? _self;
    private IReadOnlyList<ChartModel>? _drawnCharts;
    private HeatmapModel? _drawnHeatmap;
    private HeatmapBox? _drawnBox;
    private IReadOnlyList<ChartMarker>? _drawnMarkers;
    private IReadOnlyList<ChartBand>? _drawnBands;
    private (HeatmapBox Box, double X, double Y)? _cell;
    private (Slot Slot, double X, double Y)? _menu;
    private ChartPoint? _point;
    private bool _isDrawing;
    private bool _isGone;

    /// <summary>A box in the browser's units.</summary>
    public sealed record BoxArgument(double StartMs, double EndMs, double Low, double High);

    private sealed record ChartPoint(int Group, TimeWindow Bucket, double X, double Y);

    private sealed record Slot(string Key, string TestId, string Title, string Context, int LeftOut, bool IsHeatmap);

    private List<Slot> Slots
    {
        get
        {
            var slots = Charts.Select((chart, i) => new Slot($"{i}", $"chart-{i}", chart.Title, chart.Context, chart.GroupsLeftOut, false)).ToList();
            if (Heatmap is not null) slots.Insert(Math.Clamp(HeatmapIndex, 0, slots.Count), new Slot("heatmap", "heatmap", Heatmap.Title, Heatmap.Context, 0, true));
            return slots;
        }
    }

    /// <summary>Called by the browser when a stretch of a time axis was dragged over.</summary>
    [JSInvokable]
    public Task OnZoom(double startMs, double endMs, bool select)
    {
        var window = new TimeWindow(Nanoseconds(startMs), Nanoseconds(endMs));
        return select || IsComparing ? OnTime.InvokeAsync(window) : OnWindow.InvokeAsync(window);
    }

    /// <summary>Called by the browser when a cell of the heatmap was clicked.</summary>
    [JSInvokable]
    public void OnCell(BoxArgument cell, double x, double y)
    {
        _cell = (BoxOf(cell), x, y);
        StateHasChanged();
    }

    /// <summary>Called by the browser when a point of a chart was clicked.</summary>
    [JSInvokable]
    public void OnPoint(int group, double startMs, double endMs, double x, double y)
    {
        _point = new ChartPoint(group, new TimeWindow(Nanoseconds(startMs), Nanoseconds(endMs)), x, y);
        StateHasChanged();
    }

    /// <summary>Saves all charts as one picture.</summary>
    public Task SaveAsync() => SaveAsync(null);

    /// <summary>Called by the browser when a box was drawn, moved or cleared.</summary>
    [JSInvokable]
    public Task OnBox(BoxArgument? box, bool compare)
    {
        _drawnBox = box is null ? null : BoxOf(box);
        return _drawnBox is { } drawn && (compare || IsComparing) ? OnCompare.InvokeAsync(drawn) : OnSelect.InvokeAsync(_drawnBox);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_isDrawing || _isGone) return;
        _isDrawing = true;
        try
        {
            _self ??= DotNetObjectReference.Create(this);
            _board ??= await Js.InvokeAsync<IJSObjectReference>("explorer.board", _root, _self);
            // Parameters may change while the browser draws, and the page may turn to something else: go on until the last ones are drawn.
            while (!_isGone && !(ReferenceEquals(_drawnCharts, Charts) && ReferenceEquals(_drawnHeatmap, Heatmap)))
            {
                (_drawnCharts, _drawnHeatmap, _drawnBox) = (Charts, Heatmap, Selection);
                await _board.InvokeVoidAsync("draw", Charts, Heatmap, Argument(Selection));
            }

            if (!_isGone && !ReferenceEquals(_drawnMarkers, Markers))
            {
                _drawnMarkers = Markers;
                await _board.InvokeVoidAsync("markers", Markers);
            }

            if (!_isGone && !(_drawnBands ?? []).SequenceEqual(Bands))
            {
                _drawnBands = Bands;
                await _board.InvokeVoidAsync("bands", Bands);
            }

            if (!_isGone && _drawnBox != Selection)
            {
                _drawnBox = Selection;
                await _board.InvokeVoidAsync("box", Argument(Selection));
            }
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone; nobody looks at the charts.
        }
        finally
        {
            _isDrawing = false;
        }

        if (_isGone) await ReleaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        // What is drawing releases what it uses when it is done.
        if (!_isDrawing) await ReleaseAsync();
    }

    private async Task ReleaseAsync()
    {
        await Scripts.EndAsync(_board);
        _self?.Dispose();
    }

    private void OpenMenu(Slot slot, MouseEventArgs at) => _menu = (slot, at.ClientX - 200, at.ClientY + 12);

    private List<ActionMenu.Line> Actions(Slot slot)
    {
        List<ActionMenu.Line> lines = [new("Save as PNG", "p", "chart-png", () => SaveAsync(slot.Key))];
        if (slot.IsHeatmap && Heatmap is { } heatmap) return [.. lines, new(heatmap.IsLog ? "Linear axis" : "Log axis", "l", "chart-log", () => AdjustAsync(State.ScaleHeatmap(!heatmap.IsLog)))];
        lines.Add(new(State.IsLogAxis ? "Linear axis" : "Log axis", "l", "chart-log", () => AdjustAsync(State with { IsLogAxis = !State.IsLogAxis })));
        foreach (var (style, text) in (ReadOnlySpan<(ChartStyle, string)>)[(ChartStyle.Line, "Lines"), (ChartStyle.Area, "Stacked areas"), (ChartStyle.Bar, "Bars")])
            lines.Add(new(text, "", $"chart-{style.ToString().ToLowerInvariant()}", () => AdjustAsync(State with { ChartStyle = style })));
        return lines;
    }

    private List<ActionMenu.Line> Actions(ChartPoint point)
    {
        var isGrouped = Charts.Count > 0 && State.Query.Breakdowns.Count > 0;
        List<ActionMenu.Line> lines = [new("Slowest traces here", "o", "point-traces", () => DoAsync(PointAction.Traces, point)), new("Zoom to this bucket", "z", "point-zoom", () => DoAsync(PointAction.Zoom, point))];
        if (!isGrouped) return [.. lines, new("What is different about this time?", "s", "point-select", () => DoAsync(PointAction.Select, point))];
        return [.. lines, new("What is different about this group?", "s", "point-select", () => DoAsync(PointAction.Select, point)), new("Filter to this group", "f", "point-filter", () => DoAsync(PointAction.Filter, point)), new("Exclude this group", "x", "point-exclude", () => DoAsync(PointAction.Exclude, point))];
    }

    private List<ActionMenu.Line> Actions(HeatmapBox cell) =>
    [
        new("Events of this cell", "e", "cell-events", () => DoAsync(CellAction.Events, cell)), new("Slowest traces here", "o", "cell-traces", () => DoAsync(CellAction.Traces, cell)),
        new("What is different about it?", "s", "cell-compare", () => DoAsync(CellAction.Compare, cell)),
    ];

    private Task DoAsync(CellAction action, HeatmapBox cell)
    {
        _cell = null;
        return OnCellVerb.InvokeAsync((action, cell));
    }

    private Task DoAsync(PointAction action, ChartPoint point)
    {
        _point = null;
        return OnPointVerb.InvokeAsync(new PointVerb(action, point.Group, point.Bucket));
    }

    private Task AdjustAsync(ExplorerState state)
    {
        _menu = null;
        return OnAdjust.InvokeAsync(state);
    }

    private async Task SaveAsync(string? key)
    {
        _menu = null;
        if (_board is not null) await _board.InvokeVoidAsync("save", key, "charts.png");
    }

    private string NameOf(int group) => Charts.SelectMany(c => c.Series).FirstOrDefault(s => s.Group == group)?.Name ?? "";

    private static BoxArgument? Argument(HeatmapBox? box) =>
        box is null ? null : new BoxArgument(box.StartUnixNs / 1e6, box.EndUnixNs / 1e6, box.Low, box.High);

    private static HeatmapBox BoxOf(BoxArgument box) => new(Nanoseconds(box.StartMs), Nanoseconds(box.EndMs), Readable(box.Low), Readable(box.High));

    // A double holds the milliseconds of today to a quarter of a microsecond: whole microseconds are exact.
    private static long Nanoseconds(double milliseconds) => (long)Math.Round(Math.Max(0, milliseconds) * 1000) * 1000;

    // The border of a cell to six digits: the address stays readable, and the box still holds the cell.
    private static double Readable(double value) =>
        double.Parse(value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
