using Explorer.Client.Components;
using Explorer.Client.Components.Live;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Pages;

/// <summary>Looks once a second, as long as somebody sees the page. The condition and the columns are in the address.</summary>
public sealed partial class TailPage
{
    private const string EnterKey = "Enter";
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _gone = new();
    private TailFeed _feed = null!;
    private TailState _tail = new(new ExplorerState());
    private IReadOnlyList<UrlError> _errors = [];
    private BrowserModule? _browser;
    private IJSObjectReference? _watch;
    private DotNetObjectReference<TailPage>? _self;
    private TailEvent? _open;
    private Toast? _toast;
    private bool _isPaused;
    private bool _isHidden;
    private bool _isChoosing;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [CascadingParameter] public DisplayZone Zone { get; set; } = DisplayZone.Utc;

    private string Status => _errors.Count > 0 ? "failed" : _isHidden ? "hidden" : _isPaused ? "paused" : "live";

    /// <summary>Called by the browser when the page is hidden or seen again.</summary>
    [JSInvokable]
    public void OnSeen(bool isSeen)
    {
        _isHidden = !isSeen;
        StateHasChanged();
    }

    protected override void OnInitialized()
    {
        _feed = new TailFeed(Store, Time);
        Navigation.LocationChanged += OnLocationChanged;
        ReadAddress();
        Unattended.Start(FollowAsync, DispatchExceptionAsync);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _browser = new BrowserModule(Js);
        _self = DotNetObjectReference.Create(this);
        _watch = await _browser.AttachAsync("watchSeen", _self);
    }

    public async ValueTask DisposeAsync()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        await _gone.CancelAsync();
        await Scripts.EndAsync(_watch);
        if (_browser is not null) await _browser.DisposeAsync();
        _self?.Dispose();
        _gone.Dispose();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => Unattended.Start(() => InvokeAsync(() =>
    {
        if (!Navigation.ToBaseRelativePath(Navigation.Uri).StartsWith("tail", StringComparison.Ordinal)) return;
        ReadAddress();
        StateHasChanged();
    }), DispatchExceptionAsync);

    private void ReadAddress()
    {
        var before = _tail;
        (_tail, var errors) = TailUrl.Parse(Navigation.Uri);
        _errors = errors;
        if (before.State.Query == _tail.State.Query) return;
        _feed.Clear();
        _open = null;
    }

    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(Tick, Time);
        do await InvokeAsync(LookAsync);
        while (await timer.WaitForNextTickAsync(_gone.Token));
    }

    private async Task LookAsync()
    {
        if (_isHidden || !_tail.State.Unread.IsEmpty) return;
        var of = _tail;
        try
        {
            if (await _feed.LookAsync(of.State.Query.Where, of.State.Query.CalculatedFields, of.Rate, !_isPaused, _gone.Token) || _errors.Count > 0)
            {
                if (of == _tail) _errors = [];
                StateHasChanged();
            }
        }
        catch (QueryException fault)
        {
            // A column that is not there yet may come: the next look asks again.
            if (of == _tail) _errors = [.. fault.Errors.Select(e => QueryFault.Locate(of.State.Query, e))];
            StateHasChanged();
        }
        catch (EventStoreException fault)
        {
            _errors = [new UrlError("", "", fault.Message)];
            StateHasChanged();
        }
    }

    private void Go(TailState tail) => Navigation.NavigateTo(TailUrl.Format(tail));

    private void Ask(ExplorerState state) => Go(_tail with { State = state });

    private void TextError(UrlError? error) => _errors = error is null ? [] : [error];

    private void Toggle(string column)
    {
        var shown = _tail.State.EventColumns;
        Ask(_tail.State with { EventColumns = shown.Contains(column) ? shown.Where(c => c != column).ToValueList() : shown.Add(column) });
    }

    private void TakeSuggestion((UrlError Error, string Name) taken)
    {
        var text = QueryFault.Repair(taken.Error, taken.Name);
        try
        {
            Ask(QueryEdit.Set(_tail.State, Clause.Where, taken.Error.Index < 0 ? int.MaxValue : taken.Error.Index, text, _tail.State.Unread.IsEmpty ? null : 0));
        }
        catch (QueryException)
        {
            // A text that still cannot be read stays where it was typed.
        }
    }

    private Task DoAsync(ValueVerb verb)
    {
        switch (verb.Verb)
        {
            case Verb.Filter: Ask(_tail.State.FilterTo(verb.Column, verb.Value)); break;
            case Verb.Exclude: Ask(_tail.State.Exclude(verb.Column, verb.Value)); break;
            case Verb.Group: Navigation.NavigateTo(ExplorerUrl.Format(_tail.State.GroupBy(verb.Column))); break;
            case Verb.Copy when _toast is not null: return _toast.CopyAsync(verb.Raw, "Copied");
        }

        return Task.CompletedTask;
    }
}
