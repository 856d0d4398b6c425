using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile.Relations;

/// <summary>
/// One run of a query with relational columns: finds its events first and keeps them, so that all further statements read these as if nothing about
/// them were special. The kept events are in temporary tables of the session's connection, which spill like everything else, and go with the run.
/// </summary>
internal sealed class RelationalRun : IDisposable
{
    /// <summary>Traces that are looked up one by one.</summary>
    public const int FewTraces = 8;

    /// <summary>Traces of which each part of the store is asked. A part says yes to one in a thousand wrongly, so with more it would always be read.</summary>
    private const int NamedTraces = 1_000;

    private readonly SqlSession _session;
    private readonly RelationCompiler _compiler;
    private readonly CancellationToken _cancellationToken;
    private readonly BoundQuery _query;
    private readonly int _number;
    private RelationalRun? _other;

    private RelationalRun(BoundQuery query, SqlSession session, int number, CancellationToken cancellationToken)
    {
        (_query, _session, _number, _cancellationToken) = (query, session, number, cancellationToken);
        _compiler = new RelationCompiler(query, QueryRunner.Dialect, session.Source, session.Reaching, number);
        Query = query with { Where = null, Columns = _compiler.Kept.Stored, Fields = _compiler.Kept.Fields, Relational = _compiler.Kept.Relational };
        Session = session with { Source = Source, Reaching = Source, Tally = (_, _, _) => null };
    }

    /// <summary>The query without the condition, which the kept events meet.</summary>
    public BoundQuery Query { get; }

    /// <summary>A session whose relation is the kept events.</summary>
    public SqlSession Session { get; }

    /// <summary>Finds the events of a query.</summary>
    public static RelationalRun Start(BoundQuery query, SqlSession session, CancellationToken cancellationToken) => Start(query, session, 0, cancellationToken);

    private static RelationalRun Start(BoundQuery query, SqlSession session, int number, CancellationToken cancellationToken)
    {
        var run = new RelationalRun(query, session, number, cancellationToken);
        try
        {
            run.Execute(run._compiler.Matched(run.FindNearby(query)));
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _other?.Dispose();
        if (_session.HasFailed()) return;
        foreach (var table in new[] { RelationCompiler.NearEvents, RelationCompiler.NearTraces, _compiler.MatchedEvents })
            _session.Execute(new SqlStatement(QueryRunner.Dialect.Drop(table), []), CancellationToken.None);
    }

    /// <summary>
    /// The matching events are among those that meet the conditions on themselves. When these are few, they are read once, and other spans only in
    /// parts of the store that may have one of their traces.
    /// </summary>
    private Nearby FindNearby(BoundQuery query)
    {
        // All events of the store concern all traces, so that nothing is gained by listing these.
        var areAll = !_compiler.HasPlainConditions && SpansAll(query.Window);
        if (areAll && _session.Schema.Find(WellKnownColumns.Time)!.Count > _session.NearEvents) return Nearby.Anything;
        Execute(_compiler.Near(_session.NearEvents));
        if (ResultReader.Int64(Execute(_compiler.CountNear()), "events") <= _session.NearEvents)
        {
            var table = Execute(_compiler.Ids(NamedTraces));
            var ids = ResultReader.Column(table, "id");
            var areTexts = _session.Schema.Find(WellKnownColumns.TraceId)?.Type == ColumnType.String;
            return new Nearby(true, RelationCompiler.NearEvents, !areTexts || table.RowCount > NamedTraces ? null : [.. Enumerable.Range(0, table.RowCount).Select(i => ids[i])]);
        }

        if (areAll) return Nearby.Anything;
        Execute(_compiler.Traces());
        return new Nearby(false, RelationCompiler.NearTraces, null);
    }

    private bool SpansAll(TimeWindow window) => _session.Schema.Find(WellKnownColumns.Time) is { } time
        && window.StartUnixNs <= time.FirstSeenUnixNs && (window.EndUnixNs > time.LastSeenUnixNs || window.EndUnixNs == long.MaxValue);

    /// <summary>
    /// The kept events; those of another window when the query compares; with columns of the store beside theirs when more is asked for, as the page of
    /// a listing does.
    /// </summary>
    private SqlRelation Source(ImmutableArray<BoundColumn> columns, TimeWindow window, BoundFilter? where)
    {
        if (_query is BoundCalculationQuery && window != _query.Window)
        {
            _other ??= Start(_query with { Window = window }, _session, _number + 1, _cancellationToken);
            return _other.Source(columns, window, where);
        }

        var kept = _compiler.Kept;
        if (columns.All(kept.Stored.Contains)) return _compiler.Events;
        var relational = string.Concat(kept.Relational.Select(c => ", m." + c.Alias));
        return $"(SELECT s.*{relational} FROM {_session.Source(columns, window, null).Text} AS s JOIN {_compiler.MatchedEvents} AS m ON m.seq = s.seq)";
    }

    private ResultTable Execute(SqlStatement statement)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        return _session.Execute(statement, _cancellationToken);
    }
}
