using Analysis.Services;
using Explorer.Client.Components;
using Explorer.Client.Components.Services;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Pages;

/// <summary>Rate, errors and durations of every service, and who calls whom; each a query over spans, and each leads to that query in Explore.</summary>
public sealed partial class ServicesPage
{
    private const int Hops = 2;

    private static readonly (string Name, long? Seconds)[] Against = [("off", null), ("previous day", 86_400), ("previous week", 7 * 86_400)];
    private static readonly (string Order, string Name)[] Orders = [("rate", "req / s"), ("errors", "errors %"), ("p50", "p50"), ("p99", "p99")];

    private CancellationTokenSource _asking = new();
    private ServicesState _state = new();
    private TimeWindow _window;
    private QueryResult? _table;
    private ServiceMap? _map;
    private IReadOnlyList<RedRow> _rows = [];
    private IReadOnlyList<RedRow> _operations = [];
    private IReadOnlyDictionary<string, RedRow> _byName = new Dictionary<string, RedRow>();
    private IReadOnlyList<MapEdge> _edges = [];
    private IReadOnlyList<MapNode> _alone = [];
    private List<(string Version, double Share, long First, long Last)> _versions = [];
    private string _filter = "";
    private string _order = "p99";
    private string? _fault;
    private bool _isAsking;
    private string? _address;
    private Toast? _toast;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [CascadingParameter] public DisplayZone Zone { get; set; } = DisplayZone.Utc;

    private RedRow? Chosen => _state.Service is { } service ? _byName.GetValueOrDefault(service) : null;

    private MapEdge? Edge => _state.Edge is { } key ? _map?.Edges.FirstOrDefault(e => MapView.KeyOf(e) == key) : null;

    private double MapSeconds => Math.Max(1e-9, (_map?.Window.LengthNs ?? 0) / 1e9);

    private IEnumerable<RedRow> Shown => _rows.Where(r => r.Name.Contains(_filter.Trim(), StringComparison.OrdinalIgnoreCase)).OrderByDescending(r => _order switch
    {
        "rate" => r.Rate, "errors" => r.ErrorPercent, "p50" => r.P50Ms, _ => r.P99Ms,
    });

    private string Counted
    {
        get
        {
            if (_table is null) return "";
            var kinds = _map is null ? [] : _map.Edges.SelectMany(e => new[] { e.From, e.To }).Distinct().GroupBy(n => n.Kind).ToDictionary(g => g.Key, g => g.Count());
            return string.Join(", ", new[] { Plural(_rows.Count, "service"), Plural(kinds.GetValueOrDefault(MapNodeKind.Database), "database"), Plural(kinds.GetValueOrDefault(MapNodeKind.Queue), "queue"), Plural(kinds.GetValueOrDefault(MapNodeKind.Peer), "peer") }.Where(t => t.Length > 0));
        }
    }

    protected override void OnInitialized() => Navigation.LocationChanged += OnLocationChanged;

    protected override Task OnInitializedAsync() => FollowAsync();

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        _asking.Cancel();
        _asking.Dispose();
    }

    private void OnLocationChanged(object? sender, Microsoft.AspNetCore.Components.Routing.LocationChangedEventArgs e) => Unattended.Start(() => InvokeAsync(FollowAsync), DispatchExceptionAsync);

    // The address is the whole state: what differs in it from what is shown is asked again.
    private async Task FollowAsync()
    {
        var address = Navigation.Uri;
        if (address == _address || !new Uri(address).AbsolutePath.Equals(ServicesState.Path, StringComparison.Ordinal)) return;
        var (before, isFirst) = (_state, _address is null);
        (_address, _state) = (address, ServicesState.Parse(address));
        if (isFirst || before.Time != _state.Time || before.CompareSeconds != _state.CompareSeconds) await AskAllAsync();
        else if (before.Service != _state.Service) await AskServiceAsync(Restart());
        Draw();
        StateHasChanged();
    }

    private CancellationToken Restart()
    {
        _asking.Cancel();
        _asking.Dispose();
        _asking = new CancellationTokenSource();
        return _asking.Token;
    }

    private async Task AskAllAsync()
    {
        var cancellationToken = Restart();
        _window = Resolve(_state.Time);
        (_isAsking, _fault) = (true, null);
        StateHasChanged();
        await GuardAsync(async () =>
        {
            var table = await Store.RunAsync(ServiceQuestions.Table(_window, _state.CompareSeconds), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            (_table, _rows) = (table, RedRow.Read(table));
            _byName = _rows.DistinctBy(r => r.Name).ToDictionary(r => r.Name, StringComparer.Ordinal);
            StateHasChanged();
        });
        await AskServiceAsync(cancellationToken);
        await GuardAsync(async () =>
        {
            var map = await ServiceMap.ReadAsync(Store, _window, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            _map = map;
        });
        if (!cancellationToken.IsCancellationRequested) _isAsking = false;
    }

    private async Task AskServiceAsync(CancellationToken cancellationToken)
    {
        (_operations, _versions) = ([], []);
        if (_state.Service is not { } service) return;
        await GuardAsync(async () =>
        {
            var operations = await Store.RunAsync(ServiceQuestions.Operations(_window, service, _state.CompareSeconds), cancellationToken);
            var versions = Store.Schema.Contains("service.version") ? await Store.RunAsync(ServiceQuestions.Versions(_window, service), cancellationToken) : null;
            cancellationToken.ThrowIfCancellationRequested();
            _operations = RedRow.Read(operations);
            if (versions is not null) _versions = Versions(versions);
            StateHasChanged();
        });
    }

    private async Task GuardAsync(Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (OperationCanceledException)
        {
            // Something else was asked, or the page is gone.
        }
        catch (Exception fault) when (fault is QueryException or EventStoreException)
        {
            (_fault, _isAsking) = (fault.Message, false);
        }
    }

    private static List<(string Version, double Share, long First, long Last)> Versions(QueryResult answer)
    {
        var (table, versions) = (answer.Results, new List<(string, double, long, long)>());
        var all = answer.Total?.Find(ServiceQuestions.Requests) is { Count: > 0 } total && total[0] is { IsNumber: true } sum ? sum.AsDouble() : 0;
        for (var row = 0; row < table.RowCount; row++)
        {
            if (table.Columns[0][row] is not { IsNull: false } version || all <= 0) continue;
            versions.Add((version.ToString(), table.Find(ServiceQuestions.Requests)![row].AsDouble() / all * 100, table.Find("first")![row].AsInt64(), table.Find("last")![row].AsInt64()));
        }

        return [.. versions.OrderBy(v => v.Item3)];
    }

    // All data has no length that a rate could be of: it is what the store has.
    private TimeWindow Resolve(TimeRange range)
    {
        if (range != TimeRange.All || Store.Schema.Find(WellKnownColumns.Time) is not { } times) return range.Resolve(Time.GetUtcNow());
        return new TimeWindow(times.FirstSeenUnixNs, Math.Max(times.FirstSeenUnixNs, times.LastSeenUnixNs) + 1);
    }

    // Which part of the map is shown.
    private void Draw()
    {
        IReadOnlyList<MapEdge> edges = _map?.Edges ?? [];
        if (_state is { IsNear: true, Service: { } service })
        {
            var near = new HashSet<MapNode> { new(MapNodeKind.Service, service) };
            for (var hop = 0; hop < Hops; hop++)
                foreach (var edge in edges.Where(e => near.Contains(e.From) || near.Contains(e.To)).ToList()) near.UnionWith([edge.From, edge.To]);
            edges = [.. edges.Where(e => near.Contains(e.From) && near.Contains(e.To))];
        }

        var known = edges.SelectMany(e => new[] { e.From, e.To }).ToHashSet();
        _alone = _state.IsNear ? [] : [.. _rows.Select(r => new MapNode(MapNodeKind.Service, r.Name)).Where(n => !known.Contains(n)).Take(ServiceMap.MaxEdges)];
        _edges = edges;
    }

    private Task AskAsync(ServicesState state)
    {
        Navigation.NavigateTo(state.Format());
        return Task.CompletedTask;
    }

    private Task AdjustAsync(ServicesState state)
    {
        Navigation.NavigateTo(state.Format(), new NavigationOptions { ReplaceHistoryEntry = true });
        return Task.CompletedTask;
    }

    private Task ShareAsync() => _toast?.CopyAsync(Navigation.ToAbsoluteUri(_state.Format()).AbsoluteUri, "Link copied.") ?? Task.CompletedTask;

    private Task ChooseAsync(string service) => AdjustAsync(_state with { Service = service == _state.Service ? null : service, IsNear = _state.IsNear && service != _state.Service });

    private Task NodeAsync(MapNode node)
    {
        if (node.Kind == MapNodeKind.Service) return ChooseAsync(node.Name);
        // Of what sends no spans, the question is who calls it.
        var calls = _edges.Where(e => e.To == node || e.From == node).Select(e => e.Where).ToList();
        Navigation.NavigateTo(Explore(calls.Count == 1 ? calls[0] : new Filter.Or([.. calls]), window: _map!.Window));
        return Task.CompletedTask;
    }

    private string Explore(Filter where, ExplorerView view = ExplorerView.Overview, TimeWindow? window = null) => ExplorerUrl.Format(new ExplorerState
    {
        Query = new Query
        {
            Time = window is { } part && part != _window ? new TimeRange.Between(part.StartUnixNs, part.EndUnixNs) : _state.Time, Where = where,
            Calculations = [new Calculation(CalculationOp.Count), new Calculation(CalculationOp.P95, WellKnownColumns.DurationMs), new Calculation(CalculationOp.Heatmap, WellKnownColumns.DurationMs)],
        },
        View = view,
    });

    private string BubbleUp(string service)
    {
        var earlier = _state.CompareSeconds!.Value * 1_000_000_000;
        var before = new TimeWindow(Math.Max(0, _window.StartUnixNs - earlier), Math.Max(1, _window.EndUnixNs - earlier));
        return ExplorerUrl.Format(new ExplorerState { Query = new Query { Time = new TimeRange.Between(_window.StartUnixNs, _window.EndUnixNs), Where = ServiceQuestions.EntryOf(service), Calculations = [new Calculation(CalculationOp.P99, WellKnownColumns.DurationMs)] } }
            .Compare(new SelectedEvents(_window, null), new SelectedEvents(before, null)));
    }

    private static string StateText(RedRow row) => row.State switch
    {
        "bad" => row.Before is null ? "5 % of requests or more have errors" : "much slower or more errors than in the earlier window",
        "warn" => row.Before is null ? "1 % of requests or more have errors" : "slower or more errors than in the earlier window",
        _ => "as usual",
    };

    private static string Name(MapNode node) => node.Name.Length == 0 ? "(no service)" : node.Name;

    private static string Plural(int count, string one) => count == 0 ? "" : $"{count} {one}{(count == 1 ? "" : "s")}";
}
