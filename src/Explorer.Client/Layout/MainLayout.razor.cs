using Explorer.Client.Display;
using Explorer.Client.Components;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Explorer.Client.Layout;

/// <summary>The shell: the rail, the zone that times are shown in, and the keys of the page.</summary>
public sealed partial class MainLayout
{
    private BrowserModule? _browser;
    private DisplayZone _zone = DisplayZone.Utc;
    private RecentColumns _recent = RecentColumns.None;
    private string _timeZone = DisplayZone.Utc.Label;
    private bool _knowsBrowser;
    private bool _keysOpen;
    private bool _paletteOpen;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    // A trace and a kept run are looked at from Explore.
    private bool IsUnderExplore => Navigation.ToBaseRelativePath(Navigation.Uri).Split('/')[0] is "trace" or "r";

    protected override void OnInitialized()
    {
        _browser = new BrowserModule(Js);
        _recent = new RecentColumns(Time, text => _browser.RememberAsync("columns", text));
        _zone = DisplayZone.Create(_timeZone, isLocal: false, SwitchZoneAsync);
    }

    // The question is asked meanwhile, since nearly all who ask see UTC. Who chose local times sees nothing until these are known.
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || _browser is null) return;
        var environment = await _browser.StartAsync();
        (_timeZone, _knowsBrowser) = (environment.TimeZone, true);
        if (environment.ShowLocal) _zone = DisplayZone.Create(_timeZone, isLocal: true, SwitchZoneAsync);
        StateHasChanged();
        await _recent.ReadAsync(environment.Columns);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
    }

    private async Task SwitchZoneAsync(bool isLocal)
    {
        _zone = DisplayZone.Create(_timeZone, isLocal, SwitchZoneAsync);
        StateHasChanged();
        if (_browser is not null) await _browser.RememberAsync("zone", isLocal ? "local" : "utc");
    }
}
