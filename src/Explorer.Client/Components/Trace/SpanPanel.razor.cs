using System.Globalization;
using Analysis.Trace;
using Explorer.Client.Display;
using Explorer.Client.State;
using Microsoft.AspNetCore.Components;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Components.Trace;

/// <summary>Reads the chosen span with its span events, log records and links, and its place among its kind.</summary>
public sealed partial class SpanPanel
{
    /// <summary>Log records that are listed below the columns.</summary>
    private const int MaxLogsBelow = 4;

    /// <summary>Span events, log records or links that are listed at once.</summary>
    private const int MaxAtOnce = 100;

    /// <summary>What is looked for first stands first; the rest goes by name.</summary>
    private static readonly string[] First = [WellKnownColumns.Name, WellKnownColumns.DurationMs, WellKnownColumns.ServiceName, WellKnownColumns.Error, "status_message"];

    private readonly HashSet<int> _opened = [];
    private CancellationTokenSource _reading = new();
    private ChosenSpan? _read;
    private ILookup<string, (int Index, EventRow Row)> _rows = Lookup(ResultTable.Empty);
    private int _most = MaxAtOnce;
    private IReadOnlyList<(string Name, Value Value)> _columns = [];
    private SpanPlace? _place;
    private string? _fault;
    private string? _placeFault;
    private string _tab = "columns";
    private bool _isRead;
    private bool _isPlaced;

    [Inject] private TraceReader Traces { get; set; } = null!;

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Parameter, EditorRequired] public string TraceId { get; set; } = "";

    [Parameter, EditorRequired] public ChosenSpan Span { get; set; } = null!;

    /// <summary>A time inside the trace, Unix nanoseconds.</summary>
    [Parameter] public long NearUnixNs { get; set; }

    /// <summary>Length of the whole trace, nanoseconds.</summary>
    [Parameter] public double TraceDurationNs { get; set; }

    [Parameter] public EventCallback<ValueVerb> OnVerb { get; set; }

    [Parameter] public EventCallback OnClose { get; set; }

    /// <summary>Leads to a log record of the span, by its time.</summary>
    [Parameter] public EventCallback<long> OnLog { get; set; }

    private string Name => Text(WellKnownColumns.Name, "span");

    private string Service => Text(WellKnownColumns.ServiceName, "");

    private (string Tab, string Name, int Count)[] Tabs =>
    [
        ("columns", "Columns", _columns.Count), ("events", "Events", Rows("events").Count()), ("logs", "Logs", Rows("logs").Count()), ("links", "Links", Rows("links").Count()),
    ];

    private IEnumerable<(int Index, EventRow Row)> Shown => Rows(_tab);

    protected override async Task OnParametersSetAsync()
    {
        if (_read == Span) return;
        var isSameSpan = _read?.SpanId == Span.SpanId && _read.StartUnixNs == Span.StartUnixNs;
        _read = Span;
        if (Span.IsLog) _tab = "logs";
        if (isSameSpan) return;
        await _reading.CancelAsync();
        _reading.Dispose();
        _reading = new CancellationTokenSource();
        var cancellationToken = _reading.Token;
        (_fault, _placeFault, _place, _isPlaced, _isRead) = (null, null, null, false, false);
        try
        {
            await ReadAsync(cancellationToken);
            if (!TraceReader.IsOpened(TraceId)) await PlaceAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Another span was chosen, or the panel is closed.
        }
    }

    public void Dispose()
    {
        _reading.Cancel();
        _reading.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var events = await Traces.SpanAsync(TraceId, Span.SpanId, NearUnixNs > 0 ? NearUnixNs : null, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            (_rows, _most) = (Lookup(events), MaxAtOnce);
            _opened.Clear();
            // Of several spans with one id, the one that was chosen: they differ in their starts.
            var rows = _rows["span"].Select(r => r.Row).Where(r => !r[WellKnownColumns.SpanId].IsNull).ToList();
            _columns = (rows.Find(r => r.TimeUnixNs == Span.StartUnixNs) ?? rows.FirstOrDefault())?.Columns.OrderBy(c => Array.IndexOf(First, c.Name) is >= 0 and var place ? place : First.Length).ToList() ?? [];
            if (_tab != "columns" && !Rows(_tab).Any()) _tab = "columns";
        }
        catch (Exception fault) when (fault is QueryException or EventStoreException)
        {
            _fault = fault.Message;
        }

        _isRead = true;
        StateHasChanged();
    }

    private async Task PlaceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Store.RunAsync(SpanPlace.Question(Service, Name, Span.DurationNs / 1e6, Window), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            _place = SpanPlace.Read(answer);
        }
        catch (Exception fault) when (fault is QueryException or EventStoreException)
        {
            _placeFault = fault.Message;
        }

        _isPlaced = true;
        StateHasChanged();
    }

    private TimeRange.Between Window => SpanPlace.Window(Span.StartUnixNs + Math.Max(0, Span.DurationNs), UnixTime.FromDateTimeOffset(Time.GetUtcNow()));

    private string KindHref(ExplorerView view)
    {
        var durationMs = Span.DurationNs / 1e6;
        // The slow side of the kind: from this span's length up.
        var slow = view == ExplorerView.BubbleUp && _place is { } place ? new HeatmapBox(Window.StartUnixNs, Window.EndUnixNs, durationMs, Math.Max(durationMs, place.Edges[^1])) : null;
        return ExplorerUrl.Format(new ExplorerState
        {
            Query = new Query { Calculations = [new Calculation(CalculationOp.Heatmap, WellKnownColumns.DurationMs), new Calculation(CalculationOp.Count)], Where = SpanPlace.Kind(Service, Name), Time = Window },
            View = view,
            Selection = slow,
        });
    }

    private IEnumerable<(int Index, EventRow Row)> Rows(string tab) => _rows[tab];

    private static ILookup<string, (int Index, EventRow Row)> Lookup(ResultTable events) =>
        Enumerable.Range(0, events.RowCount).Select(i => (Index: i, Row: new EventRow(events, i))).ToLookup(r => KindOf(r.Row), StringComparer.Ordinal);

    private static string KindOf(EventRow row) =>
        row[WellKnownColumns.AnnotationType] is { IsNull: false } annotation ? annotation.ToString() == "link" ? "links" : "events"
        : row[WellKnownColumns.SignalType].ToString() == "log" ? "logs" : "span";

    // What the event has of its own: the rest is that of its resource, which stands with the span.
    private IEnumerable<(string Name, Value Value)> Own(EventRow row) => row.Columns.Where(c => !_columns.Contains(c) && !c.Name.StartsWith("meta.", StringComparison.Ordinal) && c.Name is not ("trace.parent_id" or "time"));

    private static Value Body(EventRow row) => row[WellKnownColumns.Body] is { IsNull: false } body ? body : row[WellKnownColumns.Name];

    private static string LinkHref(EventRow row) =>
        TraceUrl.Format(row[WellKnownColumns.LinkTraceId].ToString(), row[WellKnownColumns.LinkSpanId] is { IsNull: false } span ? span.ToString() : null, null);

    private string Text(string column, string otherwise) => _columns.FirstOrDefault(c => c.Name == column) is { Name: not null } found ? found.Value.ToString() : otherwise;

    private string Offset(long unixNs) => (unixNs < Span.TraceStartUnixNs ? "" : "+") + Format.Duration((unixNs - Span.TraceStartUnixNs) / 1e6);

    private void Toggle(int index)
    {
        if (!_opened.Remove(index)) _opened.Add(index);
    }

    private static double Height(SpanPlace place, int bucket) => place.Counts[bucket] <= 0 ? 0 : Math.Max(1, place.Counts[bucket] / place.Counts.Max() * 38);

    private int Own(SpanPlace place)
    {
        var durationMs = Span.DurationNs / 1e6;
        for (var i = 0; i < place.Counts.Length; i++)
            if (durationMs < place.Edges[i + 1]) return i;
        return place.Counts.Length - 1;
    }

    private static string Number(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}
