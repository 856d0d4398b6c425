using System.Text.RegularExpressions;
using Explorer.Client.Components;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components.Web;

namespace Explorer.Client.Layout;

/// <summary>The list of everything that can be done here.</summary>
public sealed partial class CommandPalette
{
    private const int MaxColumns = 8;
    private const int MaxShown = 40;

    private BrowserModule? _browser;
    private IReadOnlyList<PageCommand> _commands = [];
    private List<Command> _shown = [];
    private string _text = "";
    private int _marked;
    private bool _keepsKey;

    private sealed record Command(string Text, string Key, Func<Task> Do);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _browser = new BrowserModule(Js);
        _commands = await _browser.CommandsAsync();
        Search(_text);
        StateHasChanged();
    }

    public ValueTask DisposeAsync() => _browser?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Search(string? wanted)
    {
        var text = wanted ?? "";
        (_text, _marked) = (text, 0);
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _shown = [.. Traces(text.Trim()).Concat(_commands.Where(c => words.All(w => c.Name.Contains(w, StringComparison.OrdinalIgnoreCase))).Select(OnPage)).Concat(Columns(words)).Take(MaxShown)];
    }

    private Command OnPage(PageCommand command) => new(command.Name, command.Key, async () =>
    {
        if (_browser is not null) await _browser.DoCommandAsync(command.Number);
    });

    private IEnumerable<Command> Traces(string text)
    {
        if (TraceId().IsMatch(text)) yield return Go($"Open trace {text}", TraceUrl.Format(text.ToLowerInvariant(), null, null));
    }

    // "group checkout" and "checkout" both find columns, "theme" finds none unless there is one.
    private IEnumerable<Command> Columns(string[] words)
    {
        if (words.Length == 0) return [];
        var name = words[^1];
        var state = Navigation.ToBaseRelativePath(Navigation.Uri).StartsWith("explore", StringComparison.Ordinal) ? ExplorerUrl.Parse(Navigation.Uri).State : new ExplorerState();
        return Store.Schema.Columns.Where(c => c.Name.Contains(name, StringComparison.OrdinalIgnoreCase) && words[..^1].All(w => "group by".Contains(w, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(c => c.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase) ? 0 : 1).ThenByDescending(c => c.Count).Take(MaxColumns)
            .Select(c => Go($"Group by {Format.Middle(c.Name, 80)}", ExplorerUrl.Format(state.GroupBy(c.Name) with { View = ExplorerView.Overview })));
    }

    private Command Go(string text, string address) => new(text, "", () =>
    {
        Navigation.NavigateTo(address);
        return Task.CompletedTask;
    });

    private async Task KeyAsync(KeyboardEventArgs key)
    {
        _keepsKey = key.Key is "ArrowDown" or "ArrowUp" or "Enter";
        if (_shown.Count == 0) return;
        if (key.Key == "ArrowDown") _marked = (_marked + 1) % _shown.Count;
        else if (key.Key == "ArrowUp") _marked = (_marked + _shown.Count - 1) % _shown.Count;
        else if (key.Key == "Enter") await DoAsync(_shown[_marked]);
    }

    private async Task DoAsync(Command command)
    {
        await OnClose.InvokeAsync();
        await command.Do();
    }

    [GeneratedRegex("^[0-9a-fA-F]{32}$", RegexOptions.None, 1000)]
    private static partial Regex TraceId();
}
