using Microsoft.AspNetCore.Components;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>The traces behind an answer. Their roots may lie outside the question, and are looked up behind it.</summary>
public sealed partial class TracesTable
{
    /// <summary>How far before and after the question's time a root is looked for.</summary>
    private const long RootSearchNs = 3_600_000_000_000;

    private readonly CancellationTokenSource _gone = new();
    private Dictionary<string, Root> _roots = new(StringComparer.Ordinal);
    private QueryResult? _shown;
    private double _longest;
    private bool _areRootsRead;

    private sealed record Root(Value Service, Value Name, double? DurationMs);

    [Inject] private IEventStore Store { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    private long Now => UnixTime.FromDateTimeOffset(Time.GetUtcNow());

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    protected override async Task OnParametersSetAsync()
    {
        if (ReferenceEquals(_shown, Result)) return;
        (_shown, _areRootsRead) = (Result, false);
        _roots = new Dictionary<string, Root>(StringComparer.Ordinal);
        _longest = Result.Results.Columns.Length > 1 ? Result.Results.Columns[1].ToDoubles().Where(double.IsFinite).DefaultIfEmpty().Max() : 0;
        if (Result.Results.RowCount > 0) await ReadRootsAsync(Result);
    }

    private Value At(int column, int row) => column < Result.Results.Columns.Length ? Result.Results.Columns[column][row] : Value.Null;

    private async Task ReadRootsAsync(QueryResult result)
    {
        try
        {
            var found = await Store.RunAsync(Roots(result), _gone.Token);
            if (!ReferenceEquals(_shown, result) || found.Events is not { } page) return;
            for (var row = 0; row < page.Table.RowCount; row++)
            {
                var root = new EventRow(page.Table, row);
                _roots.TryAdd(root[WellKnownColumns.TraceId].ToString(), new Root(root[WellKnownColumns.ServiceName], root[WellKnownColumns.Name], root[WellKnownColumns.DurationMs] is { IsNumber: true } d ? d.AsDouble() : null));
            }
        }
        catch (Exception fault) when (fault is QueryException or EventStoreException or OperationCanceledException)
        {
            // The list stands without its roots.
        }

        if (ReferenceEquals(_shown, result)) _areRootsRead = true;
    }

    private static Query Roots(QueryResult result)
    {
        var window = result.Meta.Window;
        var ids = Enumerable.Range(0, result.Results.RowCount).Select(row => result.Results.Columns[0][row]).Where(id => !id.IsNull).ToValueList();
        return new Query
        {
            Time = new TimeRange.Between(Math.Max(0, window.StartUnixNs - RootSearchNs), window.EndUnixNs > long.MaxValue - RootSearchNs ? long.MaxValue : window.EndUnixNs + RootSearchNs),
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
}
