using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>The events behind an answer, page by page, with a panel for the one that is open.</summary>
public sealed partial class EventsTable
{
    /// <summary>Events that are listed at most: beyond it a list is no longer read, and a narrower question is better.</summary>
    private const int MaxEvents = 2000;

    private readonly List<EventRow> _events = [];
    private readonly CancellationTokenSource _gone = new();
    private ElementReference _end;
    private BrowserModule? _browser;
    private IJSObjectReference? _sentinel;
    private DotNetObjectReference<EventsTable>? _self;
    private QueryResult? _shown;
    private string? _cursor;
    private int _open = -1;
    private bool _isLoading;
    private bool _isChoosing;

    private long Matched => Result.Meta.EventsMatched;

    /// <summary>Called when the end of the list is reached: fetches the next page.</summary>
    [JSInvokable]
    public async Task OnEnd()
    {
        if (_isLoading || _cursor is not { } cursor || _events.Count >= MaxEvents) return;
        _isLoading = true;
        StateHasChanged();
        var of = _shown;
        try
        {
            var next = await Store.RunAsync(Query with { Cursor = cursor }, _gone.Token);
            if (ReferenceEquals(of, _shown)) Add(next);
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (EventStoreException)
        {
            // The button stays for another try.
        }
        finally
        {
            _isLoading = false;
            StateHasChanged();
        }
    }

    protected override void OnParametersSet()
    {
        if (ReferenceEquals(_shown, Result)) return;
        _shown = Result;
        _events.Clear();
        _open = -1;
        Add(Result);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || _cursor is null) return;
        _browser = new BrowserModule(Js);
        _self = DotNetObjectReference.Create(this);
        _sentinel = await _browser.AttachAsync("sentinel", _end, _self);
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await Scripts.EndAsync(_sentinel);
        if (_browser is not null) await _browser.DisposeAsync();
        _self?.Dispose();
        _gone.Dispose();
    }

    private void Add(QueryResult page)
    {
        if (page.Events is not { } events) return;
        for (var row = 0; row < events.Table.RowCount && _events.Count < MaxEvents; row++) _events.Add(new EventRow(events.Table, row));
        _cursor = events.Cursor;
    }

    private void Open(int index) => _open = _open == index ? -1 : index;

    private void KeyAsync(KeyboardEventArgs key, int index)
    {
        if (key.Key == "Enter") Open(index);
        else if (_open >= 0 && key.Key is "ArrowDown" or "ArrowUp") _open = Math.Clamp(_open + (key.Key == "ArrowDown" ? 1 : -1), 0, _events.Count - 1);
    }

    private Task ToggleAsync(string column) => OnAdjust.InvokeAsync(State with
    {
        EventColumns = State.EventColumns.Contains(column) ? State.EventColumns.Where(c => c != column).ToValueList() : State.EventColumns.Add(column),
    });
}
