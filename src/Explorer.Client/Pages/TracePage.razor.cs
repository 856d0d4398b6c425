using System.Globalization;
using Analysis.Trace;
using Explorer.Client.Components;
using Explorer.Client.Components.Trace;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Pages;

/// <summary>
/// One trace. The browser fetches and draws it (trace/trace.js), because a trace of 100,000 spans is no business of a circuit; this page is the frame
/// around it, the panel of the chosen span, and the address, which says all that is shown.
/// </summary>
public sealed partial class TracePage
{
    private static readonly (TraceTab Tab, string Name, string Key)[] Tabs =
    [
        (TraceTab.Waterfall, "Waterfall", "1"), (TraceTab.Flame, "Flame graph", "2"), (TraceTab.Statistics, "Statistics", "3"), (TraceTab.Logs, "Logs", "4"), (TraceTab.Compare, "Compare", "5"),
    ];

    /// <summary>Traces of a kind from which on a place among them says something.</summary>
    private const int LeastOfKind = 10;

    private readonly CancellationTokenSource _gone = new();
    private ElementReference _root;
    private TraceModule? _module;
    private DotNetObjectReference<TracePage>? _self;
    private TraceState _state = new("");
    private (int Status, string Message)? _failure;
    private ChosenSpan? _chosen;
    private (long UnixNs, string Text)? _chosenLog;
    private string? _fileFault;
    private SpanPlace? _rootPlace;
    private string _title = "";
    private string _rootService = "";
    private string? _shown;
    private string? _attached;
    private Toast? _toast;
    private long _startUnixNs;
    private double _durationNs;
    private int _logs;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    /// <summary>The trace, from the address.</summary>
    [Parameter] public string TraceId { get; set; } = "";

    [CascadingParameter] public DisplayZone Zone { get; set; } = DisplayZone.Utc;

    /// <summary>The trace, as ids are written.</summary>
    private string Id => _state.TraceId;

    private bool IsFile => TraceReader.IsOpened(Id);

    private string BackHref => IsFile ? "/explore" : ExplorerUrl.Format(new ExplorerState { Query = new Query { Where = new Filter.Condition("trace.trace_id", FilterOp.Equal, Id), Time = TimeRange.All } });

    protected override void OnParametersSet()
    {
        // An id in capitals is the same one: the address says it in lower case as soon as something is chosen.
        var state = TraceUrl.Parse(TraceId, Navigation.Uri);
        if (_shown == state.TraceId) return;
        (_shown, _state) = (state.TraceId, state);
        (_failure, _chosen, _chosenLog, _fileFault, _rootPlace, _title, _startUnixNs, _logs) = (null, null, null, null, null, "", 0, 0);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_attached == Id) return;
        _attached = Id;
        _self ??= DotNetObjectReference.Create(this);
        if (_module is not null) await _module.DisposeAsync();
        _module = new TraceModule(Js);
        await _module.AttachAsync(_root, _self, _state);
    }

    /// <summary>Called by the browser when the trace is drawn, and again when spans have arrived.</summary>
    [JSInvokable]
    public async Task OnShown(string name, string service, double rootMs, string startUnixNs, double durationNs, int logs)
    {
        _failure = null;
        var isNew = _startUnixNs == 0 && name.Length > 0;
        (_title, _rootService, _logs, _durationNs) = (name, service, logs, durationNs);
        _startUnixNs = long.Parse(startUnixNs, CultureInfo.InvariantCulture);
        StateHasChanged();
        if (isNew && !IsFile) await PlaceRootAsync(name, service, rootMs);
    }

    /// <summary>Called by the browser when there is no trace yet, or it cannot be read.</summary>
    [JSInvokable]
    public void OnFailed(int status, string message)
    {
        _failure = (status, message);
        StateHasChanged();
    }

    /// <summary>Called by the browser a moment after a span was chosen; without an id none is.</summary>
    [JSInvokable]
    public void OnSpan(string? spanId, double startNs, double durationNs, double selfNs, int color, bool isLog)
    {
        (_chosen, _chosenLog) = (spanId is null ? null : new ChosenSpan(spanId, _startUnixNs + (long)startNs, (long)durationNs, (long)selfNs, _startUnixNs, color, isLog), null);
        StateHasChanged();
    }

    /// <summary>Called by the browser a moment after a log record was chosen whose span is not there.</summary>
    [JSInvokable]
    public void OnLog(string unixNs, string text)
    {
        (_chosen, _chosenLog) = (null, (long.Parse(unixNs, CultureInfo.InvariantCulture), text));
        StateHasChanged();
    }

    /// <summary>Called by the browser when what is chosen or zoomed has been so for a moment.</summary>
    [JSInvokable]
    public Task OnAddress(string? spanId, double? from, double? to) =>
        AdjustAsync(_state with { SpanId = spanId, TimeUnixNs = _state.TimeUnixNs ?? (_startUnixNs > 0 ? _startUnixNs : null), Zoom = from is { } start && to is { } end ? ((long)start, (long)end) : null });

    /// <summary>Called by the browser when something leads to another view.</summary>
    [JSInvokable]
    public Task OnTab(string tab) => Enum.TryParse<TraceTab>(tab, ignoreCase: true, out var known) ? ShowTabAsync(known) : Task.CompletedTask;

    /// <summary>Called by the browser when a file was opened.</summary>
    [JSInvokable]
    public void OnOpened(string id, int traces)
    {
        Navigation.NavigateTo(TraceUrl.Format(id, null, null));
        if (traces > 1) _toast?.Show($"The file has {Format.Count(traces)} traces; the largest is shown.");
    }

    /// <summary>Called by the browser when a file cannot be opened.</summary>
    [JSInvokable]
    public void OnNotOpened(string why)
    {
        _fileFault = why;
        StateHasChanged();
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        if (_module is not null) await _module.DisposeAsync();
        _self?.Dispose();
        _gone.Dispose();
    }

    private async Task ShowTabAsync(TraceTab tab)
    {
        await AdjustAsync(_state with { Tab = tab });
        StateHasChanged();
        if (_module is not null) await _module.ShownAsync();
    }

    private Task AdjustAsync(TraceState state)
    {
        if (state == _state) return Task.CompletedTask;
        _state = state;
        Navigation.NavigateTo(TraceUrl.Format(state), new NavigationOptions { ReplaceHistoryEntry = true });
        return Task.CompletedTask;
    }

    private async Task ChooseColumnsAsync(ValueList<string> columns)
    {
        await AdjustAsync(_state with { Columns = columns });
        if (_module is not null) await _module.SetColumnsAsync(columns);
    }

    private async Task ReloadAsync()
    {
        (_failure, _attached) = (null, null);
        await OnAfterRenderAsync(false);
    }

    private async Task CloseAsync()
    {
        if (_module is not null) await _module.ClearSelectionAsync();
    }

    private async Task GoToLogAsync(long timeUnixNs)
    {
        if (_chosen is not { } chosen || _module is null) return;
        await ShowTabAsync(TraceTab.Waterfall);
        await _module.GoToSpanAsync(chosen.SpanId, timeUnixNs);
    }

    // A trace among those that began with the same operation; not worth a word when it cannot be had.
    private async Task PlaceRootAsync(string name, string service, double durationMs)
    {
        try
        {
            var window = SpanPlace.Window(_startUnixNs + (long)(durationMs * 1e6), UnixTime.FromDateTimeOffset(Time.GetUtcNow()));
            _rootPlace = SpanPlace.Read(await Store.RunAsync(SpanPlace.Question(service, name, durationMs, window), _gone.Token));
            StateHasChanged();
        }
        catch (Exception fault) when (fault is OperationCanceledException or QueryException or EventStoreException)
        {
            _rootPlace = null;
        }
    }

    private async Task DoAsync(ValueVerb verb)
    {
        if (verb.Verb == Verb.Copy)
        {
            await CopyAsync(verb.Raw, "Copied");
            return;
        }

        var state = new ExplorerState { Query = new Query { Calculations = [new Calculation(CalculationOp.Count)] } };
        Navigation.NavigateTo(ExplorerUrl.Format(verb.Verb switch
        {
            Verb.Filter => state.FilterTo(verb.Column, verb.Value),
            Verb.Exclude => state.Exclude(verb.Column, verb.Value),
            Verb.Select => state.Compare(new SelectedEvents(null, FilterEdit.Is(verb.Column, verb.Value))),
            _ => state.GroupBy(verb.Column),
        }));
    }

    private Task ShareAsync() => CopyAsync(
        Navigation.ToAbsoluteUri(TraceUrl.Format(_state)).AbsoluteUri, IsFile ? "Link copied. It works as long as the trace is in the server's memory." : "Link copied.");

    private Task CopyAsync(string text, string said) => _toast?.CopyAsync(text, said) ?? Task.CompletedTask;
}
