using Analysis.BubbleUp;
using Analysis.Changes;
using Explorer.Client.Display;
using Explorer.Client.Runs;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Components.BubbleUp;

/// <summary>A comparison: asks for it when the address does, and shows it as it is found.</summary>
public sealed partial class BubbleUpView
{
    private const string Module = "./_content/Explorer.Client/bubbleup.js";

    /// <summary>Cards that are drawn; the search finds the others.</summary>
    private const int MaxCards = 60;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _gone = new();
    private ElementReference _panel;
    private IJSObjectReference? _module;
    private IJSObjectReference? _bars;
    private DotNetObjectReference<BubbleUpView>? _self;
    private CompareRun _run = null!;
    private CompareQuestion? _asked;
    private KeptComparison? _found;
    private Comparison? _held;
    private List<(ComparedColumn Column, int Rank)> _cards = [];
    private (string Title, double X, double Y, List<ActionMenu.Line> Lines)? _menu;
    private string _find = "";
    private bool _isHeld;
    private bool _isGone;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [Parameter, EditorRequired] public ExplorerState State { get; set; } = new();

    /// <summary>The answer that is selected in: its events are those that are compared.</summary>
    [Parameter, EditorRequired] public Answer Asked { get; set; } = null!;

    /// <summary>The column of the heatmap; empty without one.</summary>
    [Parameter] public string Column { get; set; } = "";

    /// <summary>The comparison that was kept for this state; null to compare.</summary>
    [Parameter] public KeptComparison? Kept { get; set; }

    /// <summary>Takes a new question.</summary>
    [Parameter] public EventCallback<ExplorerState> OnAsk { get; set; }

    /// <summary>Takes an adjustment of this one.</summary>
    [Parameter] public EventCallback<ExplorerState> OnAdjust { get; set; }

    [Parameter] public EventCallback<string> OnCopy { get; set; }

    /// <summary>What is shown; null while nothing is known of what is asked.</summary>
    public KeptComparison? Found => _found is { } found && Matches(found) ? found : _found = _run.Found;

    // While the pointer is on the cards they do not move; what is complete replaces them when it leaves.
    private Comparison? Shown => _held ?? _run.Result;

    private double Total => Asked.Result.Meta.EventsMatched * Asked.Result.Meta.MeanSampleRate;

    private IEnumerable<(ComparisonList List, string Name, string Count)> Lists
    {
        get
        {
            var result = Shown;
            yield return (ComparisonList.Significant, "Significant", Count(result?.Columns.Length));
            yield return (ComparisonList.Rest, "Not significant", Count(result?.NotSignificant.Count(c => !c.IsIdentifier)));
            yield return (ComparisonList.Ids, "Identifiers", Count(result?.NotSignificant.Count(c => c.IsIdentifier)));
            yield return (ComparisonList.Aside, "Set aside", Count(result?.Aside.Length));
            if (_run.AsksChanges || State.List == ComparisonList.Changes) yield return (ComparisonList.Changes, "What changed", Count(_run.Changes?.Count));
        }
    }

    private string Phase => _run switch
    {
        { Scoring: var (scored, columns) } => $"comparing {scored} of {columns} columns",
        { IsVerifying: true, Result: { Completeness.IsExact: false } ranked } =>
            $"ranked from a {CompareText.Ratio(Math.Min(ranked.Selection.SampleShare, ranked.Baseline.SampleShare))} sample, verifying on all events {_run.Counted} of {Math.Min(CompareRun.CountedColumns, ranked.Columns.Length)}",
        { IsVerifying: true, AsksChanges: true } => "looking for what changed",
        _ => "comparing",
    };

    private string Waiting => _run.Status switch
    {
        RunStatus.Failed => "The comparison could not be made.",
        RunStatus.Cancelled => "Stopped before anything was found.",
        _ => "Counting both sides, then every column.",
    };

    private UrlError[] Faults => [.. _run.Errors.Select(Locate)];

    /// <summary>Called by the browser when something is to be done with a bar.</summary>
    /// <param name="column">Name of its column.</param>
    /// <param name="bar">Which bar of it; -1 the column as a whole, -2 the columns that are identical to it.</param>
    /// <param name="action">A key of a verb, or <c>menu</c>.</param>
    /// <param name="x">Where a menu opens, px of the window.</param>
    /// <param name="y">The same from the top.</param>
    [JSInvokable]
    public async Task OnBar(string column, int bar, string action, double x, double y)
    {
        var compared = Shown?.Columns.FirstOrDefault(c => c.Name == column);
        if (bar == -2 && compared is not null)
        {
            _menu = ($"same events as {Format.Text(column)}", x, y, [.. compared.Identical.Take(20).Select(n => new ActionMenu.Line($"Group by {Format.Middle(n, 40)}", "", "identical-column", () => GroupAsync(n)))]);
        }
        else
        {
            var bars = compared is null ? [] : CardModel.Bars(compared);
            var chosen = bar >= 0 && bar < bars.Count ? bars[bar] : CardModel.Whole(column);
            if (action == "menu") _menu = (Format.Text(QueryText.Format(chosen.Where)), x, y, Verbs(column, chosen));
            else if (Verbs(column, chosen).Find(v => v.Key == action) is { } verb) await verb.Do();
        }

        StateHasChanged();
    }

    protected override void OnInitialized()
    {
        _run = new CompareRun(Store, Time, change => InvokeAsync(() =>
        {
            change();
            if (_isHeld && _held is null && _run.Scoring is not null) _held = _run.Result;
            if (_run.Scoring is null) _held = null;
            StateHasChanged();
        }));
    }

    protected override void OnParametersSet()
    {
        var question = Question();
        if (question == _asked) return;
        (_asked, _held, _menu) = (question, null, null);
        if (question is null) _run.Cancel();
        else if (Kept is { } kept) _run.Show(question, kept);
        else Unattended.Start(() => CompareAsync(question), DispatchExceptionAsync);
        _cards = Cards(); // what is kept is there before the first time that the view is drawn
    }

    protected override bool ShouldRender()
    {
        _cards = Cards();
        return true;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        try
        {
            _module = await Js.InvokeAsync<IJSObjectReference>("import", Module);
            if (_isGone) return;
            _self = DotNetObjectReference.Create(this);
            var bars = await _module.InvokeAsync<IJSObjectReference>("bars", _panel, _self);
            if (_isGone) await Scripts.EndAsync(bars);
            else _bars = bars;
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        await _gone.CancelAsync();
        _run.Dispose();
        await Scripts.EndAsync(_bars);
        try
        {
            if (_module is not null) await _module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and the module with it.
        }

        _self?.Dispose();
        _gone.Dispose();
    }

    private List<(ComparedColumn Column, int Rank)> Cards() =>
        Shown is not { } result ? [] : [.. result.Columns.Select((column, i) => (column, i + 1)).Where(c => Finds(c.column.Name) || c.column.Identical.Any(Finds))];

    // One comparison is kept once, however often it is shared.
    private bool Matches(KeptComparison found) => found.Result == _run.Result && found.Changes == _run.Changes && found.Counted == _run.Counted && !_run.IsOld;

    private CompareQuestion? Question()
    {
        Selection? selection = State.Selection switch
        {
            HeatmapBox box => new Selection.Box(Column.Length > 0 ? Column : null, new TimeWindow(box.StartUnixNs, box.EndUnixNs), box.Low, box.High),
            SelectedEvents { Window: { } window, Where: { } where } => new Selection.Events(new Query { Time = new TimeRange.Between(window.StartUnixNs, window.EndUnixNs), Where = where }),
            SelectedEvents { Window: { } window } => new Selection.Time(window),
            SelectedEvents { Where: { } where } => new Selection.Where(where),
            _ => null,
        };
        if (selection is null) return null;
        Baseline? baseline = State.Baseline switch
        {
            { Window: { } window } => new Baseline.Time(window),
            { Where: { } where } => new Baseline.Where(where),
            _ => null,
        };
        // What else the question calculates is none of the comparison's business.
        var query = new Query { Time = Asked.Asked.Time, Where = Asked.Asked.Where, CalculatedFields = Asked.Asked.CalculatedFields };
        return new CompareQuestion { Query = query, Selection = selection, Baseline = baseline, Limit = CompareRun.CountedColumns };
    }

    private async Task CompareAsync(CompareQuestion question)
    {
        var run = _run.RunAsync(question);
        while (await Task.WhenAny(run, Task.Delay(Tick, Time, CancellationToken.None)) != run && !_isGone) StateHasChanged();
        await run;
    }

    private Task AgainAsync() => _asked is { } question ? CompareAsync(question) : Task.CompletedTask;

    private void Hold() => _isHeld = true;

    private void Release() => (_isHeld, _held) = (false, null);

    private bool Finds(string name) => _find.Length == 0 || name.Contains(_find.Trim(), StringComparison.OrdinalIgnoreCase);

    private bool Finds(Change change) => Finds(change.Service) || Finds(change.Operation ?? "") || Finds(change.Subject ?? "");

    private string Looked(Comparison result) =>
        $"{(result.Completeness.IsExact ? "all " : "")}{Format.Count(Math.Round(result.Selection.Events + result.Baseline.Events))} events, {Format.Count(result.ColumnsScored)} columns" +
        (result.Completeness.IsExact ? "" : $", ranked from a {CompareText.Ratio(Math.Min(result.Selection.SampleShare, result.Baseline.SampleShare))} sample{(result.Completeness.IsRecounted ? ", the first counted on all" : "")}");

    private static string Count(int? count) => count is { } number ? Format.Count(number) : "";
}
