using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Workspace;

/// <summary>The event store as all users see it: their saved fields are columns of every query.</summary>
internal sealed class WorkspaceStore(IEventStore store, FieldStore fields) : IEventStore
{
    public Schema Schema => store.Schema;

    public StoreStatistics Statistics => store.Statistics;

    public ValueTask<AppendResult> AppendAsync(IReadOnlyList<EventBatch> batches, CancellationToken cancellationToken) => store.AppendAsync(batches, cancellationToken);

    public Task<QueryResult> RunAsync(Query query, CancellationToken cancellationToken) => store.RunAsync(CalculatedFields.AddSaved(query, fields.All), cancellationToken);

    public Task<QueryResult> RunAsync(Query query, IProgress<QueryProgress> progress, CancellationToken cancellationToken) =>
        store.RunAsync(CalculatedFields.AddSaved(query, fields.All), progress, cancellationToken);

    public Task SampleAsync(SampleRequest request, Action<EventSample> read, CancellationToken cancellationToken)
    {
        // Whatever names a column, in one query.
        var naming = request.Query with { Where = new Filter.And([.. request.Marks, request.Query.Where ?? new Filter.And([])]), Columns = [.. request.Columns, .. request.Keys] };
        var known = request.Query with { CalculatedFields = CalculatedFields.AddSaved(naming, fields.All).CalculatedFields };
        return store.SampleAsync(request with { Query = known }, read, cancellationToken);
    }

    /// <summary>A saved field hides a column of its name, of which nothing is known then.</summary>
    public Task<ValueTotals?> CountValuesAsync(TimeWindow window, IReadOnlyList<string> columns, CancellationToken cancellationToken) =>
        store.CountValuesAsync(window, [.. columns.Where(c => !fields.All.Any(f => f.Name == c))], cancellationToken);

    public Task SealAsync(CancellationToken cancellationToken) => store.SealAsync(cancellationToken);

    public Task ExpireAsync(RetentionPolicy policy, CancellationToken cancellationToken) => store.ExpireAsync(policy, cancellationToken);

    /// <summary>The store belongs to who opened it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
