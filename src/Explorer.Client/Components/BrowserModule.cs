using Explorer.Client.State;
using Microsoft.JSInterop;

namespace Explorer.Client.Components;

/// <summary>What the browser tells about itself when a page starts.</summary>
/// <param name="TimeZone">IANA name of the browser's zone.</param>
/// <param name="ShowLocal">True when the user chose local times before.</param>
/// <param name="Columns">What <see cref="RecentColumns"/> had the browser keep; empty for nothing.</param>
public sealed record BrowserEnvironment(string TimeZone, bool ShowLocal, string Columns);

/// <summary>Something that the page offers.</summary>
/// <param name="Number">Its number among the commands that were listed last.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Key">Its key; empty for none.</param>
public sealed record PageCommand(int Number, string Name, string Key);

/// <summary>The typed face of <c>ui.js</c>: keys, theme, clipboard, files.</summary>
internal sealed class BrowserModule(IJSRuntime js) : IAsyncDisposable
{
    private const string Path = "./_content/Explorer.Client/ui.js";
    private Task<IJSObjectReference>? _module;
    private bool _isGone;

    /// <summary>Installs the keys of the page. By the name that <c>boot.js</c> gives it: the page waits for the answer, and to import the module first takes another.</summary>
    public async Task<BrowserEnvironment> StartAsync() => await js.InvokeAsync<BrowserEnvironment>("explorer.start");

    /// <summary>Has the browser keep a choice of its user.</summary>
    public async Task RememberAsync(string name, string value) => await (await ModuleAsync()).InvokeVoidAsync("remember", name, value);

    /// <summary>A choice that the browser kept; empty when there is none.</summary>
    public async Task<string> RecallAsync(string name) => await (await ModuleAsync()).InvokeAsync<string>("recall", name);

    /// <summary>Sets the theme: <c>dark</c>, <c>light</c>, or empty for what the system has.</summary>
    public async Task SetThemeAsync(string theme) => await (await ModuleAsync()).InvokeVoidAsync("setTheme", theme);

    /// <summary>Puts text on the clipboard; false when the browser refuses.</summary>
    public async Task<bool> CopyAsync(string text) => await (await ModuleAsync()).InvokeAsync<bool>("copy", text);

    /// <summary>Offers bytes as a file.</summary>
    public async Task SaveAsync(string name, string mediaType, byte[] bytes) =>
        await (await ModuleAsync()).InvokeVoidAsync("save", name, mediaType, bytes);

    /// <summary>Whether somebody is in the middle of something on the page, or nobody sees it.</summary>
    public async Task<bool> IsBusyAsync() => await (await ModuleAsync()).InvokeAsync<bool>("isBusy");

    /// <summary>Everything that the page offers by key or by name now.</summary>
    public async Task<PageCommand[]> CommandsAsync() => await (await ModuleAsync()).InvokeAsync<PageCommand[]>("commands");

    /// <summary>Does one of the commands that were listed last.</summary>
    public async Task DoCommandAsync(int number) => await (await ModuleAsync()).InvokeVoidAsync("doCommand", number);

    /// <summary>
    /// Calls a function of the module that returns an object to be disposed with the component. Null when the component went while the browser
    /// was at it; then nothing is left to be disposed.
    /// </summary>
    public async Task<IJSObjectReference?> AttachAsync(string function, params object?[] arguments)
    {
        try
        {
            var module = await ModuleAsync();
            if (_isGone) return null;
            var attached = await module.InvokeAsync<IJSObjectReference>(function, arguments);
            if (!_isGone) return attached;
            await Scripts.EndAsync(attached);
        }
        catch (Exception gone) when (gone is JSDisconnectedException or OperationCanceledException)
        {
            // The page is gone.
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        if (_module is null) return;
        try
        {
            await (await _module).DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and the module with it.
        }
    }

    private Task<IJSObjectReference> ModuleAsync() => _module ??= js.InvokeAsync<IJSObjectReference>("import", Path).AsTask();
}
