using Explorer.Client.Components;
using Explorer.Client.Components.Charts;
using Explorer.Client.Components.QueryBuilder;
using Explorer.Client.Display;
using Explorer.Client.Runs;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Pages;

/// <summary>
/// Reads the address, runs its question, shows the answer. Whatever a person does becomes a new address: a new entry in the history for
/// a new question, the same entry for an adjustment.
/// </summary>
public sealed partial class ExplorePage
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly (ExplorerView View, string Name, string Key)[] Tabs =
        [(ExplorerView.Overview, "Overview", "1"), (ExplorerView.BubbleUp, "BubbleUp", "2"), (ExplorerView.Traces, "Traces", "3"), (ExplorerView.Events, "Events", "4")];

    private readonly CancellationTokenSource _gone = new();
    private QueryRun _run = null!;
    private QueryBuilder? _builder;
    private ExplorerState _state = new();
    private static readonly ChartMarker[] NoMarkers = [];
    private ChartMarker[] _markers = NoMarkers;
    private Kept? _kept;
    private AnswerView? _view;
    private Toast? _toast;
    private bool _isRefresh;
    private bool _isEmpty;

    // An answer, and the id that it is kept under as soon as it is.
    private sealed record Kept(Answer Answer, KeptComparison? Comparison, Task<string?> Id);

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private RunArchive Runs { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [CascadingParameter] public DisplayZone Zone { get; set; } = DisplayZone.Utc;

    [CascadingParameter] public RecentColumns Recent { get; set; } = RecentColumns.None;

    private ExplorerView Shown => _state.View;

    // Beside the comparison of a box, or where nothing else is asked, the heatmap stands alone.
    private bool HasLines
    {
        get
        {
            var asked = _state.OverviewQuery;
            return !_state.HasHeatmap || ((asked.Calculations.Count > 1 || asked.Formulas.Count > 0) && !(Shown == ExplorerView.BubbleUp && _state.Selection is null or HeatmapBox));
        }
    }

    // The id of what is seen; it comes after the answer.
    private string? KeptId => _kept is { Id: { IsCompletedSuccessfully: true } id } kept && ReferenceEquals(kept.Answer.Result, _run.Answer?.Result) ? id.Result : null;

    private Answer? OverviewAnswer => _run.Answer is { State.View: ExplorerView.Overview or ExplorerView.BubbleUp } answer ? answer : null;

    // While the question's time is relative, its window is that of the answer; it moves with the next run.
    private TimeWindow ShownWindow => _run.Answer is { } answer && answer.State.Query.Time == _state.Query.Time ? answer.Result.Meta.Window : _run.Window(_state.Query.Time);

    private string PageName => _state.OverviewQuery.Calculations[0].ResultName;

    protected override void OnInitialized()
    {
        _run = new QueryRun(Store, Time, () => InvokeAsync(StateHasChanged));
        _isEmpty = Store.Statistics.Events == 0;
        Navigation.LocationChanged += OnLocationChanged;
        Unattended.Start(WatchAsync, DispatchExceptionAsync);
        if (!_isEmpty) Unattended.Start(ReadAddressAsync, DispatchExceptionAsync);
        else _state = ExplorerUrl.Parse(Navigation.Uri).State;
    }

    public async ValueTask DisposeAsync()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        await _gone.CancelAsync();
        _run.Dispose();
        _gone.Dispose();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => Unattended.Start(() => InvokeAsync(ReadAddressAsync), DispatchExceptionAsync);

    private async Task ReadAddressAsync()
    {
        var path = Navigation.ToBaseRelativePath(Navigation.Uri).Split('?', '#')[0];
        if (path is not "explore" || _isEmpty) return;
        var parsed = ExplorerUrl.Parse(Navigation.Uri);
        var before = _state;
        _state = parsed.State;
        if (!parsed.Errors.IsEmpty)
        {
            await _run.RefuseAsync(parsed.Errors);
            return;
        }

        var sameQuestion = _run.Answer is { } answer && _run.Status == RunStatus.Complete && answer.State == before && before.HasAnswerOf(_state);
        if (sameQuestion) await AdoptAsync();
        else await _run.RunAsync(_state);
        if (_run.Status != RunStatus.Complete || sameQuestion) return;
        await Recent.TouchAsync(_state.Query);
        await MarkAsync();
        await KeepAsync();
    }

    // The answer stays; only what is selected or shown of it has changed.
    private Task AdoptAsync()
    {
        _run.Adopt(_state);
        StateHasChanged();
        return Task.CompletedTask;
    }

    // After the answer, so that nobody waits for it; a failure leaves the charts without markers, which is all they can be without.
    private async Task MarkAsync()
    {
        if (OverviewAnswer is not { } answer || _state.HidesMarkers) return;
        try
        {
            var markers = await VersionMarkers.FindAsync(Store, answer.Asked, answer.Result.Meta.Window, _gone.Token);
            if (!ReferenceEquals(OverviewAnswer?.Result, answer.Result) || markers.SequenceEqual(_markers)) return;
            _markers = [.. markers];
            StateHasChanged();
        }
        catch (Exception fault) when (fault is EventStoreException or OperationCanceledException)
        {
            // The charts are there; what they lack shows with the next run.
        }
    }

    private Task AskAsync(ExplorerState state) => GoAsync(state, replace: false);

    private Task AdjustAsync(ExplorerState state) => GoAsync(state, replace: true);

    private Task GoAsync(ExplorerState state, bool replace)
    {
        var address = ExplorerUrl.Format(state);
        if (Navigation.ToAbsoluteUri(address).AbsoluteUri == Navigation.Uri) return state == _state ? Task.CompletedTask : ReadAddressAsync();
        Navigation.NavigateTo(address, new NavigationOptions { ReplaceHistoryEntry = replace });
        return Task.CompletedTask;
    }

    private async Task RunAsync()
    {
        if (_builder is not null && await _builder.RunDraftAsync()) return;
        var parsed = ExplorerUrl.Parse(Navigation.Uri);
        if (parsed.Errors.IsEmpty)
        {
            await _run.RunAsync(_state);
            await MarkAsync();
            await KeepAsync();
        }
        else await _run.RefuseAsync(parsed.Errors);
    }

    // What is seen stays as it is until the next answer takes its place; the history keeps what a person asked.
    private async Task RefreshAsync()
    {
        _isRefresh = true;
        await _run.RunAsync(_state);
        _isRefresh = false;
        await MarkAsync();
    }

    private Task TextErrorAsync(UrlError? error) => error is null ? _run.ForgiveAsync() : _run.RefuseAsync([error]);

    // A text that still cannot be read with the right name in it is kept for the next repair.
    private Task TakeSuggestionAsync((UrlError Error, string Name) taken)
    {
        var (error, name) = taken;
        if (QueryEdit.OfParameter(error.Parameter) is not { } clause) return Task.CompletedTask;
        var text = QueryFault.Repair(error, name);
        int? unread = error.Index < 0 && error.Path is null ? _state.Unread.Where(u => u.Parameter == error.Parameter).ToList().FindIndex(u => u.Text == error.Text) : null;
        try
        {
            return AskAsync(QueryEdit.Set(_state, clause, error.Index < 0 ? int.MaxValue : error.Index, text, unread));
        }
        catch (QueryException)
        {
            return AskAsync(_state.Forget(error.Parameter, unread) with { Unread = _state.Forget(error.Parameter, unread).Unread.Add(new UnreadPart(error.Parameter, text)) });
        }
    }

    // After the markers, which belong to what is seen. A failure is the server's to report; the answer is good without a kept run.
    private async Task KeepAsync()
    {
        if (!_state.IsKept || _run is not { Status: RunStatus.Complete, Answer: { } answer } || ReferenceEquals(_kept?.Answer.Result, answer.Result)) return;
        try
        {
            await Keep(answer, null);
            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // The page is gone.
        }
    }

    // An answer is kept once, by whoever asks first.
    private Task<string?> Keep(Answer answer, KeptComparison? comparison)
    {
        _kept = new Kept(answer, comparison, Runs.KeepAsync(answer, _markers, comparison, _gone.Token));
        return _kept.Id;
    }

    // The kept run is what is seen, unless it was drawn otherwise since, or compared; then what is seen now is kept as well.
    private async Task ShareAsync()
    {
        if (_toast is null || _run.Answer is not { } answer) return;
        var comparison = _view?.Comparison;
        var id = await (_kept is { } kept && kept.Answer == answer && kept.Comparison == comparison ? kept.Id : Keep(answer, comparison));
        if (id is null)
        {
            _kept = null;
            _toast.Show("The answer could not be kept, so there is no link to it");
            return;
        }

        await Runs.ChangeAsync(id, run => run with { IsShared = true }, _gone.Token);
        await _toast.CopyAsync(Navigation.ToAbsoluteUri("/r/" + id).AbsoluteUri, "Link copied: it shows this answer as it is");
    }

    private Task CopyAsync(string text) => _toast?.CopyAsync(text, "Copied") ?? Task.CompletedTask;

    // Once a second while the store is empty, so that the first event turns the page; while a query runs, so that its time is seen.
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Tick, Time);
        while (await timer.WaitForNextTickAsync(_gone.Token))
        {
            if (_isEmpty) await InvokeAsync(CheckArrivalAsync);
            else if (_run.Status == RunStatus.Running) await InvokeAsync(StateHasChanged);
        }
    }

    private async Task CheckArrivalAsync()
    {
        if (Store.Statistics.Events > 0)
        {
            _isEmpty = false;
            await ReadAddressAsync();
        }

        StateHasChanged();
    }
}
