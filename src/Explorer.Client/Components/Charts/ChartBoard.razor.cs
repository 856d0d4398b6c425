using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Storage.Queries;

namespace Explorer.Client.Components.Charts;

/// <summary>The typed face of <c>chart.js</c>.</summary>
public sealed partial class ChartBoard
{
    private const string Module = "./_content/Explorer.Client/chart.js";

    private ElementReference _root;
    private IJSObjectReference? _module;
    private IJSObjectReference? _board;
    private DotNetObjectReference<ChartBoard>? _self;
    private IReadOnlyList<ChartModel>? _drawnCharts;
    private HeatmapModel? _drawnHeatmap;
    private HeatmapBox? _drawnBox;
    private bool _isDrawing;

    /// <summary>A box in the browser's units.</summary>
    public sealed record BoxArgument(double StartMs, double EndMs, double Low, double High);

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
    public Task OnZoom(double startMs, double endMs) => OnWindow.InvokeAsync(new TimeWindow(Nanoseconds(startMs), Nanoseconds(endMs)));

    /// <summary>Called by the browser when a box was drawn, moved or cleared.</summary>
    [JSInvokable]
    public Task OnBox(BoxArgument? box)
    {
        _drawnBox = box is null ? null : new HeatmapBox(Nanoseconds(box.StartMs), Nanoseconds(box.EndMs), Readable(box.Low), Readable(box.High));
        return OnSelect.InvokeAsync(_drawnBox);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_isDrawing) return;
        _isDrawing = true;
        try
        {
            _module ??= await Js.InvokeAsync<IJSObjectReference>("import", Module);
            _self ??= DotNetObjectReference.Create(this);
            _board ??= await _module.InvokeAsync<IJSObjectReference>("board", _root, _self);
            // Parameters may change while the browser draws: go on until the last ones are drawn.
            while (!ReferenceEquals(_drawnCharts, Charts) || !ReferenceEquals(_drawnHeatmap, Heatmap))
            {
                (_drawnCharts, _drawnHeatmap, _drawnBox) = (Charts, Heatmap, Selection);
                await _board.InvokeVoidAsync("draw", Charts, Heatmap, Argument(Selection));
            }

            if (_drawnBox != Selection)
            {
                _drawnBox = Selection;
                await _board.InvokeVoidAsync("box", Argument(Selection));
            }
        }
        catch (JSDisconnectedException)
        {
            // The page is gone; nobody looks at the charts.
        }
        finally
        {
            _isDrawing = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Scripts.EndAsync(_board);
        try
        {
            if (_module is not null) await _module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and the module with it.
        }

        _self?.Dispose();
    }

    private static BoxArgument? Argument(HeatmapBox? box) =>
        box is null ? null : new BoxArgument(box.StartUnixNs / 1e6, box.EndUnixNs / 1e6, box.Low, box.High);

    // A double holds the milliseconds of today to a quarter of a microsecond: whole microseconds are exact.
    private static long Nanoseconds(double milliseconds) => (long)Math.Round(Math.Max(0, milliseconds) * 1000) * 1000;

    // The border of a cell to six digits: the address stays readable, and the box still holds the cell.
    private static double Readable(double value) =>
        double.Parse(value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
