using Explorer.Client.Display;
using Explorer.Client.State;
using Storage;
using Storage.Queries;

namespace Explorer.Client.Components.BubbleUp;

/// <summary>The part of the view that leads on: what can be done with bars, the selection, and a mistake in it.</summary>
public sealed partial class BubbleUpView
{
    private List<ActionMenu.Line> Verbs(string column, Bar bar)
    {
        var isColumn = bar.Kind == BarKind.Column;
        var what = isColumn ? "events that have it" : bar.Kind == BarKind.Value ? "this value" : "these events";
        return
        [
            new($"Filter to {what}", "f", "verb-filter", () => FilterAsync(bar.Where)),
            new($"Exclude {what}", "x", "verb-exclude", () => ExcludeAsync(bar)),
            new($"Group by {Format.Middle(column, 30)}", "g", "verb-group", () => GroupAsync(column)),
            new("Use as new selection", "s", "verb-select", () => SelectAsync(bar.Where)),
            new(isColumn ? "Copy name" : "Copy value", "c", "verb-copy", () => CopyAsync(bar.Raw)),
        ];
    }

    private Task FilterAsync(Filter where) => OnAsk.InvokeAsync(State.Ask(State.Query with { Where = FilterEdit.And(State.Query.Where, where) }) with { View = ExplorerView.Overview });

    private Task ExcludeAsync(Filter where) => LeaveOutAsync(FilterEdit.Negate(where));

    private Task ExcludeAsync(Bar bar) => LeaveOutAsync(bar.Others);

    // What is left is compared again: the next thing to be found is behind the first.
    private Task LeaveOutAsync(Filter rest)
    {
        _menu = null;
        return OnAsk.InvokeAsync(State with { Query = State.Query with { Where = FilterEdit.And(State.Query.Where, rest) } });
    }

    private Task GroupAsync(string column) => OnAsk.InvokeAsync(State.GroupBy(column) with { View = ExplorerView.Overview });

    private Task SelectAsync(Filter where)
    {
        _menu = null;
        return OnAsk.InvokeAsync(State.Compare(new SelectedEvents(null, where)));
    }

    private Task CopyAsync(string raw)
    {
        _menu = null;
        return OnCopy.InvokeAsync(raw);
    }

    private Task NarrowAsync(bool zoomTime) => OnAsk.InvokeAsync(State.ToSelection(Column, zoomTime) with { View = ExplorerView.Overview });

    private Task ListEventsAsync() => OnAsk.InvokeAsync(State.ToSelection(Column, zoomTime: true) with { View = ExplorerView.Events });

    private async Task OpenSlowestAsync()
    {
        var asked = State.ToSelection(Column, zoomTime: true);
        if (asked.Query.Time == State.Query.Time) asked = asked with { Query = asked.Query with { Time = Asked.Asked.Time } };
        try
        {
            var traces = (await Store.RunAsync((asked with { TraceOrder = EventOrder.Slowest }).TracesQuery(1), _gone.Token)).Results;
            if (traces.RowCount == 0)
            {
                // Logs without traces: their events are the nearest to it.
                await ListEventsAsync();
                return;
            }

            var start = traces.Columns[3][0];
            Navigation.NavigateTo(TraceUrl.Format(traces.Columns[0][0].ToString(), null, start.IsNumber ? start.AsInt64() : null));
        }
        catch (Exception fault) when (fault is QueryException or EventStoreException or OperationCanceledException)
        {
            // The comparison says what is wrong with the same events.
        }
    }

    // An error of the selection or baseline, with the place in its text; any other is the question's.
    private UrlError Locate(QueryError error)
    {
        var (parameter, where) = error.Path.StartsWith("baseline", StringComparison.Ordinal) ? ("base", State.Baseline?.Where) : error.Path.StartsWith("selection", StringComparison.Ordinal) ? ("sel", (State.Selection as SelectedEvents)?.Where) : ("", null);
        var at = error.Path.IndexOf("where", StringComparison.Ordinal);
        if (where is not null && at >= 0) return QueryFault.Locate(new Query { Where = where }, error with { Path = error.Path[at..] }) with { Parameter = parameter };
        return new UrlError(parameter, "", error.Message);
    }

    private Task RepairAsync((UrlError Error, string Name) taken)
    {
        var (error, name) = taken;
        var where = QueryText.ParseWhere(QueryFault.Repair(error, name));
        return OnAdjust.InvokeAsync(error.Parameter == "base" ? State with { Baseline = new SelectedEvents(null, where) } : State with { Selection = new SelectedEvents((State.Selection as SelectedEvents)?.Window, where) });
    }
}
