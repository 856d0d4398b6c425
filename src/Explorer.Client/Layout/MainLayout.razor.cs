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
    private DisplayZone? _zone;
    private RecentColumns _recent = RecentColumns.None;
    private bool _keysOpen;
    private bool _paletteOpen;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    // A trace and a kept run are looked at from Explore.
    private bool IsUnderExplore => Navigation.ToBaseRelativePath(Navigation.Uri).Split('/')[0] is "trace" or "r";

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _browser = new BrowserModule(Js);
        var environment = await _browser.StartAsync();
        _recent = new RecentColumns(Time, text => _browser.RememberAsync("columns", text));
        _recent.Read(environment.Columns);
        _zone = DisplayZone.Create(environment.TimeZone, environment.ShowLocal, SwitchZoneAsync);
        StateHasChanged();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
    }

    private async Task SwitchZoneAsync(DisplayZone zone)
    {
        _zone = zone;
        StateHasChanged();
        if (_browser is not null) await _browser.RememberAsync("zone", zone.IsLocal ? "local" : "utc");
    }
}
