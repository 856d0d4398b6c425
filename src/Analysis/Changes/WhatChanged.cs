using Storage;
using Storage.Events;
using Storage.Queries;

namespace Analysis.Changes;

/// <summary>Says what is different between two windows: mix, errors, own times, structure of traces, and log templates, in one list.</summary>
public static class WhatChanged
{
    /// <summary>Events of both windows that are looked at; more are thinned out by traces.</summary>
    private const double MaxEvents = 400_000;

    /// <summary>Traces go on after a window that they began in, and may have begun before one.</summary>
    private const long ReachNs = 60_000_000_000;

    /// <param name="store">Where the events are.</param>
    /// <param name="query">Its where and calculated fields say which events; its time is ignored.</param>
    /// <param name="before">The window that is compared with.</param>
    /// <param name="after">The window that is asked about.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Changes beyond chance, those with the most evidence first.</returns>
    /// <exception cref="QueryException">The query is at fault.</exception>
    /// <exception cref="EventStoreException">The store could not answer.</exception>
    public static async Task<IReadOnlyList<Change>> FindAsync(IEventStore store, Query query, TimeWindow before, TimeWindow after, CancellationToken cancellationToken)
    {
        var (first, second) = (Reach(before), Reach(after));
        if (second.StartUnixNs < first.StartUnixNs) (first, second) = (second, first);
        var isOne = second.StartUnixNs <= first.EndUnixNs;
        TimeWindow[] windows = isOne ? [new TimeWindow(first.StartUnixNs, Math.Max(first.EndUnixNs, second.EndUnixNs))] : [first, second];
        var whole = query with { Time = new TimeRange.Between(windows[0].StartUnixNs, windows[^1].EndUnixNs) };
        var marks = windows.Select(Within).ToValueList();
        var events = await CountAsync(store, whole, marks, cancellationToken);
        var share = events <= MaxEvents ? 1 : MaxEvents / events;
        TraceSet? set = null;
        await store.SampleAsync(new SampleRequest
        {
            Query = whole,
            Marks = marks,
            Slices = windows.Select((w, i) => new SampleSlice(w, windows.Select((_, j) => i == j ? share : 0).ToValueList())).ToValueList(),
            Columns = TraceColumns.Names.Where(store.Schema.Contains).ToValueList(),
            Keys = [WellKnownColumns.SpanId, WellKnownColumns.ParentId],
        }, sample => set = TraceSet.Of(sample, before, after), cancellationToken);
        return ChangeFinder.Find(set!);
    }

    private static async Task<double> CountAsync(IEventStore store, Query query, ValueList<Filter> windows, CancellationToken cancellationToken)
    {
        var counted = await store.RunAsync(
            new Query { Time = query.Time, Where = query.Where is { } where ? new Filter.And([where, new Filter.Or(windows)]) : new Filter.Or(windows), CalculatedFields = query.CalculatedFields, Calculations = [new Calculation(CalculationOp.Count)], Series = false },
            cancellationToken);
        return counted.Meta.EventsMatched;
    }

    private static Filter Within(TimeWindow window) => new Filter.And(
    [
        new Filter.Condition(WellKnownColumns.Time, FilterOp.GreaterOrEqual, window.StartUnixNs), new Filter.Condition(WellKnownColumns.Time, FilterOp.Less, window.EndUnixNs),
    ]);

    private static TimeWindow Reach(TimeWindow window) =>
        new(Math.Max(0, window.StartUnixNs - ReachNs), window.EndUnixNs > long.MaxValue - ReachNs ? long.MaxValue : window.EndUnixNs + ReachNs);
}
