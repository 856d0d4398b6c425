using System.Globalization;
using Analysis.Trace;
using Explorer.Client.Components;
using Explorer.Client.Components.Charts;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Pages;

/// <summary>One trace as a waterfall. The open span is in the address.</summary>
public sealed partial class TracePage
{
    private readonly CancellationTokenSource _gone = new();
    private readonly HashSet<TraceRow> _folded = [];
    private ServiceColors _colors = new();
    private IReadOnlyList<UrlError> _errors = [];
    private IReadOnlyList<TraceSpan> _spans = [];
    private List<string> _services = [];
    private List<TraceRow> _visible = [];
    private TraceTree? _tree;
    private IReadOnlyList<(string Name, Value Value)>? _columns;
    private string? _loaded;
    private string? _open;
    private int _errorCount;
    private int _logs;
    private int _otherEvents;
    private bool _isCut;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    /// <summary>The trace, from the address.</summary>
    [Parameter] public string TraceId { get; set; } = "";

    [CascadingParameter] public DisplayZone Zone { get; set; } = DisplayZone.Utc;

    private string Title => _tree?.Rows.FirstOrDefault(r => r.Span is not null)?.Span?.Name ?? "Trace";

    private string BackHref => ExplorerUrl.Format(new ExplorerState { Query = new Query { Where = new Filter.Condition("trace.trace_id", FilterOp.Equal, TraceId), Time = TimeRange.All } });

    private string SpanCaption => _spans.FirstOrDefault(s => s.SpanId == _open) is { } span
        ? $"{Format.Text(span.Service, 40)}, {Format.Duration(span.DurationMs)}, starts +{Format.Duration((span.StartUnixNs - _tree!.StartUnixNs) / 1e6)}"
        : "";

    private (double At, string Text)[] Axis
    {
        get
        {
            var ticks = ValueTicks.Linear(0, Math.Max(_tree!.DurationMs, 1e-6), Unit.Milliseconds);
            return [(0, "0"), .. ticks.Where(t => t.At <= _tree.DurationMs * 0.95).Select(t => (t.At / _tree.DurationMs, t.Text))];
        }
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == TraceId) return;
        _loaded = TraceId;
        (_tree, _columns, _errors) = (null, null, []);
        var (span, near) = TraceUrl.Parse(Navigation.Uri);
        await LoadAsync(near);
        if (span is not null && _tree is { Rows.IsEmpty: false }) await ShowAsync(span);
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    private async Task LoadAsync(long? near)
    {
        var result = await AskAsync(TraceQuery.Events(TraceId, near, Store.Schema));
        if (result?.Events is not { } events) return;
        _spans = TraceQuery.Spans(events.Table);
        _tree = TraceTree.Build(_spans);
        _logs = TraceQuery.Logs(events.Table);
        _otherEvents = events.Table.RowCount - _spans.Count;
        _isCut = events.Cursor is not null;
        _errorCount = _spans.Count(s => s.IsError);
        _colors = new ServiceColors();
        _services = _tree.Rows.Where(r => r.Span is not null).Select(r => r.Span!.Service).Distinct(StringComparer.Ordinal).ToList();
        foreach (var service in _services) _colors.NumberOf(service);
        _folded.Clear();
        Refold();
    }

    private async Task<QueryResult?> AskAsync(Query query)
    {
        try
        {
            return await Store.RunAsync(query, _gone.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (QueryException fault)
        {
            _errors = [.. fault.Errors.Select(e => new UrlError(e.Path, "", e.Message))];
        }
        catch (EventStoreException fault)
        {
            _errors = [new UrlError("", "", fault.Message)];
        }

        return null;
    }

    private async Task OpenAsync(TraceRow row)
    {
        if (row.Span is null) return;
        await ShowAsync(row.Span.SpanId);
        Navigation.NavigateTo(TraceUrl.Format(TraceId, row.Span.SpanId, row.Span.StartUnixNs), new NavigationOptions { ReplaceHistoryEntry = true });
    }

    private async Task ShowAsync(string spanId)
    {
        _open = spanId;
        var start = _spans.FirstOrDefault(s => s.SpanId == spanId)?.StartUnixNs;
        var result = await AskAsync(TraceQuery.Span(TraceId, spanId, start));
        if (_open != spanId || result?.Events is not { Table: { RowCount: > 0 } table }) return;
        _columns = new EventRow(table, 0).Columns;
    }

    private void CloseAsync()
    {
        (_open, _columns) = (null, null);
        Navigation.NavigateTo(TraceUrl.Format(TraceId, null, _tree?.StartUnixNs), new NavigationOptions { ReplaceHistoryEntry = true });
    }

    private async Task KeyAsync(KeyboardEventArgs key, TraceRow row)
    {
        if (key.Key == "Enter") await OpenAsync(row);
        else if (key.Key == "ArrowLeft" && row.Children > 0 && !_folded.Contains(row)) Fold(row);
        else if (key.Key == "ArrowRight" && _folded.Contains(row)) Fold(row);
    }

    private void Fold(TraceRow row)
    {
        if (row.Children == 0) return;
        if (!_folded.Remove(row)) _folded.Add(row);
        Refold();
    }

    private void Refold()
    {
        var visible = new List<TraceRow>(_tree!.Rows.Length);
        for (var i = 0; i < _tree.Rows.Length; i++)
        {
            visible.Add(_tree.Rows[i]);
            if (_folded.Contains(_tree.Rows[i])) i += _tree.Rows[i].Descendants;
        }

        _visible = visible;
    }

    private async Task DoAsync(ValueVerb verb)
    {
        var state = new ExplorerState { Query = new Query { Calculations = [new Calculation(CalculationOp.Count)] } };
        if (verb.Verb == Verb.Copy)
        {
            await using var browser = new BrowserModule(Js);
            await browser.CopyAsync(verb.Raw);
            return;
        }

        Navigation.NavigateTo(ExplorerUrl.Format(verb.Verb switch
        {
            Verb.Filter => state.FilterTo(verb.Column, verb.Value),
            Verb.Exclude => state.Exclude(verb.Column, verb.Value),
            _ => state.GroupBy(verb.Column),
        }));
    }

    private double Share(long unixNs) => _tree!.EndUnixNs == _tree.StartUnixNs ? 0 : (unixNs - _tree.StartUnixNs) / (double)(_tree.EndUnixNs - _tree.StartUnixNs);

    private double Width(TraceSpan span) => Math.Max(0, Share(span.EndUnixNs) - Share(span.StartUnixNs));

    // Only numbers and units of our own are in it.
    private static MarkupString AxisLabel((double At, string Text) tick) => new($"<text x=\"{Percent(tick.At)}\" y=\"15\">{tick.Text}</text>");

    private static string Percent(double share) => (share * 100).ToString("0.###", CultureInfo.InvariantCulture) + "%";
}
