using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>The root of a trace. It may lie outside the question that found the trace, and is looked up behind it.</summary>
/// <param name="Service">The service that it ran in; null when it names none.</param>
/// <param name="Name">Its name; null when it has none.</param>
/// <param name="DurationMs">How long it took, milliseconds; null when it does not say.</param>
public sealed record TraceRoot(string? Service, string? Name, double? DurationMs)
{
    /// <summary>How far before and after the question's time a root is looked for.</summary>
    private const long SearchNs = 3_600_000_000_000;

    /// <summary>What finds the roots of the traces that an answer to <see cref="State.ExplorerState.TracesQuery"/> lists.</summary>
    public static Query Of(QueryResult traces)
    {
        var window = traces.Meta.Window;
        var ids = Enumerable.Range(0, traces.Results.RowCount).Select(row => traces.Results.Columns[0][row]).Where(id => !id.IsNull).ToValueList();
        return new Query
        {
            Time = new TimeRange.Between(Math.Max(0, window.StartUnixNs - SearchNs), window.EndUnixNs > long.MaxValue - SearchNs ? long.MaxValue : window.EndUnixNs + SearchNs),
            Where = new Filter.And(
            [
                new Filter.Condition(WellKnownColumns.TraceId, FilterOp.In, ids), new Filter.Condition(WellKnownColumns.ParentId, FilterOp.DoesNotExist),
                new Filter.Condition(WellKnownColumns.SpanId, FilterOp.Exists),
            ]),
            Columns = [WellKnownColumns.TraceId, WellKnownColumns.ServiceName, WellKnownColumns.Name, WellKnownColumns.DurationMs],
            Orders = [new Order(new ResultReference(Column: WellKnownColumns.Time), Descending: false)],
            Limit = 1000,
        };
    }

    /// <summary>The roots that were found, by trace; of several, the earliest.</summary>
    /// <param name="found">The answer to <see cref="Of"/>.</param>
    public static IReadOnlyDictionary<string, TraceRoot> Read(QueryResult found)
    {
        var roots = new Dictionary<string, TraceRoot>(StringComparer.Ordinal);
        if (found.Events is not { Table: var table }) return roots;
        for (var row = 0; row < table.RowCount; row++)
        {
            var root = new EventRow(table, row);
            roots.TryAdd(root[WellKnownColumns.TraceId].ToString(), new TraceRoot(Text(root[WellKnownColumns.ServiceName]), Text(root[WellKnownColumns.Name]), root[WellKnownColumns.DurationMs] is { IsNumber: true } d ? d.AsDouble() : null));
        }

        return roots;
    }

    private static string? Text(Value value) => value.IsNull ? null : value.ToString();
}
