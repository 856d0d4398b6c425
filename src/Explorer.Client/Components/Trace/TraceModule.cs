using System.Globalization;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Storage.Queries;

namespace Explorer.Client.Components.Trace;

/// <summary>The typed face of <c>trace/trace.js</c>, which fetches and draws a trace.</summary>
internal sealed class TraceModule(IJSRuntime js) : IAsyncDisposable
{
    private const string Path = "./_content/Explorer.Client/trace/trace.js";
    private IJSObjectReference? _module;
    private IJSObjectReference? _page;
    private bool _isGone;

    /// <summary>Draws the trace of a state into the element; the component is told what happens there.</summary>
    public async Task AttachAsync<T>(ElementReference root, DotNetObjectReference<T> component, TraceState state) where T : class
    {
        try
        {
            _module = await js.InvokeAsync<IJSObjectReference>("import", Path);
            if (_isGone) return;
            var page = await _module.InvokeAsync<IJSObjectReference>("attach", root, component, TraceOptions.Of(state));
            if (_isGone) await Scripts.EndAsync(page);
            else _page = page;
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone.
        }
    }

    /// <summary>Another view is shown: what had no size draws itself.</summary>
    public Task ShownAsync() => CallAsync("shown");

    public Task ClearSelectionAsync() => CallAsync("clearSelection");

    public Task SetColumnsAsync(ValueList<string> columns) => CallAsync("setColumns", [columns.ToArray()]);

    /// <summary>Chooses a span, or its log record at a time.</summary>
    public Task GoToSpanAsync(string spanId, long logUnixNs) => CallAsync("goToSpan", spanId, logUnixNs.ToString(CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        await Scripts.EndAsync(_page);
        try
        {
            if (_module is not null) await _module.DisposeAsync();
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone, and the module with it.
        }
    }

    private async Task CallAsync(string function, params object?[] arguments)
    {
        if (_page is not null && !_isGone) await _page.InvokeVoidAsync(function, arguments);
    }
}
