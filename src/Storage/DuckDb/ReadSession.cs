using System.Collections.Immutable;
using Storage.Compile;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>One run of a query: a leased state of the store, a connection, and the scan plans made for it.</summary>
internal sealed class ReadSession : IDisposable
{
    private readonly Engine _engine;
    private readonly StateLease _lease;
    private readonly ColumnRegistry _registry;
    private readonly EventStoreOptions _options;
    private readonly DuckDbConnection _connection;
    private readonly List<long> _plans = [];

    public ReadSession(Engine engine, StateLease lease, ColumnRegistry registry, EventStoreOptions options)
    {
        _engine = engine;
        _lease = lease;
        _registry = registry;
        _options = options;
        _connection = engine.Rent();
        Sql = new SqlSession(registry.Snapshot, Source, Execute);
    }

    public SqlSession Sql { get; }

    /// <summary>Events in the parts of the store that were read; the most of any one statement.</summary>
    public long RowsExamined { get; private set; }

    /// <summary>Segments that could hold matching events; the most of any one statement.</summary>
    public int SegmentsRead { get; private set; }

    public void Dispose()
    {
        foreach (var plan in _plans) _engine.Forget(plan);
        _engine.Return(_connection);
        _lease.Dispose();
    }

    private string Source(ImmutableArray<BoundColumn> columns, TimeWindow window, BoundFilter? where)
    {
        var pruner = new PartPruner(where);
        var ids = IdCondition.Of(where);
        var parts = new List<string>();
        var segments = _lease.State.Segments
            .Where(s => window.Touches(s.Footer.MinTime, s.Footer.MaxTime) && pruner.Judge(s.Statistics) != Match.None).ToArray();
        parts.AddRange(RelationText.Segments(segments, columns, ids));
        var batches = _lease.State.Hot.Where(view => pruner.Judge(view.Tier.Traces) != Match.None).SelectMany(view => view.Batches)
            .Where(b => window.Touches(b.Batch.MinTimeUnixNs, b.Batch.MaxTimeUnixNs)).ToArray();
        var rows = segments.Sum(s => s.Footer.Events);
        if (batches.Length > 0)
        {
            var names = columns.Select(c => c.Name).Prepend(WellKnownColumns.Time).Concat(ids.Select(id => id.Column));
            ImmutableArray<HotColumn> stored = [.. names.Distinct(StringComparer.Ordinal).SelectMany(name => _registry.StoredAs(name))];
            var plan = new HotScanPlan(stored, batches, inOrder: false);
            rows += plan.Rows;
            var number = _engine.Register(plan);
            _plans.Add(number);
            parts.Add(RelationText.Hot(number, stored, columns, ids));
        }

        RowsExamined = Math.Max(RowsExamined, rows);
        SegmentsRead = Math.Max(SegmentsRead, segments.Length);
        return RelationText.Union(parts, columns);
    }

    private ResultTable Execute(SqlStatement statement, CancellationToken cancellationToken)
    {
        _options.Logger.Sql(statement.Text);
        using var prepared = _connection.Prepare(statement.Text);
        for (var i = 0; i < statement.Parameters.Length; i++) prepared.Bind(i + 1, statement.Parameters[i]);
        using var result = prepared.Execute(cancellationToken);
        return ResultReader.Read(result, _options.MaxResultRows);
    }
}
