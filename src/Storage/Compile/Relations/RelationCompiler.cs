using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile.Relations;

/// <summary>What is known of the events that a query may match before other spans are looked at.</summary>
/// <param name="HasEvents">True when all of them are in <see cref="RelationCompiler.NearEvents"/>.</param>
/// <param name="Traces">A relation with the column kt that holds their traces; null when these may be any.</param>
/// <param name="Ids">Their traces as texts; null when these are too many to be named.</param>
internal sealed record Nearby(bool HasEvents, string? Traces, ImmutableArray<Value>? Ids)
{
    public static Nearby Anything { get; } = new(false, null, null);
}

/// <summary>
/// Writes the statements that find the matching events of a query with relational columns. Each kind of relative is a relation of its own, grouped by
/// the ids that lead to it, so that an event meets at most one row of each and is never counted twice: whatever ids and parents senders give.
/// </summary>
internal sealed class RelationCompiler
{
    /// <summary>Events that meet the conditions that need no other span.</summary>
    public const string NearEvents = "near_events";

    /// <summary>Their traces.</summary>
    public const string NearTraces = "near_traces";


    private readonly BoundQuery _query;
    private readonly SqlDialect _dialect;
    private readonly Func<ImmutableArray<BoundColumn>, TimeWindow, BoundFilter?, SqlRelation> _source;
    private readonly Func<ImmutableArray<BoundColumn>, TimeWindow, BoundFilter?, SqlRelation> _events;
    private readonly BoundSpans? _spans;
    private SqlRelation? _known;
    private readonly ImmutableArray<BoundFilter> _conditions;
    private readonly BoundFilter? _plain;
    private readonly ImmutableArray<BoundColumn> _needed;

    /// <param name="query">The query.</param>
    /// <param name="dialect">The engine's way of writing.</param>
    /// <param name="source">As the session's.</param>
    /// <param name="reaching">As the session's.</param>
    /// <param name="number">Tells the tables of several windows apart.</param>
    public RelationCompiler(
        BoundQuery query, SqlDialect dialect,
        Func<ImmutableArray<BoundColumn>, TimeWindow, BoundFilter?, SqlRelation> source, Func<ImmutableArray<BoundColumn>, TimeWindow, BoundFilter?, SqlRelation> reaching, int number)
    {
        MatchedEvents = string.Create(CultureInfo.InvariantCulture, $"matched_events{number}");
        (_query, _dialect, _source, _spans) = (query, dialect, source, (query as BoundCalculationQuery)?.Spans);
        _events = _spans is null ? source : reaching;
        _conditions = query.Where is null ? [] : SpanTerm.Parts(query.Where);
        BoundFilter[] plain = [.. _conditions.Where(c => BoundColumns.For(BoundColumns.In(c)).Relational.IsEmpty)];
        _plain = plain.Length == 0 ? null : new BoundFilter.All([.. plain]);
        Kept = RelationalUse.Kept(query);
        _needed = RelationalUse.Closure(Kept.Relational.Concat(BoundColumns.For(BoundColumns.In(query.Where)).Relational));
    }

    /// <summary>The table of the events that meet all conditions, with their relational columns.</summary>
    public string MatchedEvents { get; }

    /// <summary>The columns of <see cref="MatchedEvents"/>.</summary>
    public BoundColumns Kept { get; }

    /// <summary>The kept events as a relation.</summary>
    public SqlRelation Events => new($"(SELECT * FROM {MatchedEvents})") { IsInWindow = _spans is null, Finite = EventSource().Finite };

    /// <summary>True when the query has conditions that need no other span.</summary>
    public bool HasPlainConditions => _plain is not null;

    /// <summary>Keeps the first events that meet the plain conditions, one more than a limit.</summary>
    public SqlStatement Near(int limit)
    {
        var parameters = new SqlParameters();
        var columns = EventColumns().Select(c => "e." + c.Alias);
        return parameters.Statement(_dialect.Keep(NearEvents, string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {string.Join(", ", columns.Prepend("e.time, e.seq"))}
            {FromPlain(parameters)}
            LIMIT {limit + 1}
            """)));
    }

    /// <summary>One row: how many events are kept.</summary>
    public SqlStatement CountNear() => new($"SELECT count(*) AS events FROM {NearEvents}", []);

    /// <summary>The traces of the kept events as texts, one more than a limit.</summary>
    public SqlStatement Ids(int limit) => new(string.Create(CultureInfo.InvariantCulture,
        $"SELECT DISTINCT e.{TraceIdColumn().Alias} AS id FROM {NearEvents} AS e WHERE e.kt IS NOT NULL LIMIT {limit + 1}"), []);

    /// <summary>Keeps the traces of all events that meet the plain conditions.</summary>
    public SqlStatement Traces()
    {
        var parameters = new SqlParameters();
        return parameters.Statement(_dialect.Keep(NearTraces, $"SELECT DISTINCT e.kt {FromPlain(parameters)} AND e.kt IS NOT NULL"));
    }

    /// <summary>Keeps the matching events with what the query goes on to read of them.</summary>
    public SqlStatement Matched(Nearby nearby)
    {
        var parameters = new SqlParameters();
        string events = nearby.HasEvents ? NearEvents : EventSource();
        var joined = new RelationJoins(_dialect, parameters, Spans, nearby).Join(events, EventColumns(), _needed);
        var fields = BoundColumns.For(_conditions.SelectMany(c => BoundColumns.In(c))).Fields;
        var columns = Kept.Stored.Concat(Kept.Relational).Select(c => "e." + c.Alias);
        return parameters.Statement(_dialect.Keep(MatchedEvents, $"""
            SELECT {string.Join(", ", columns.Prepend("e.time, e.seq"))}
            FROM {ExpressionCompiler.WithFields(joined, fields, _dialect, parameters)} AS e
            WHERE {Conditions(parameters, _query.Where)}
            """));
    }

    private string FromPlain(SqlParameters parameters)
    {
        var fields = BoundColumns.For(BoundColumns.In(_plain)).Fields;
        return $"FROM {ExpressionCompiler.WithFields(EventSource(), fields, _dialect, parameters)} AS e\nWHERE {Conditions(parameters, _plain)}";
    }

    private SqlRelation EventSource() => _known ??= _events(EventColumns(), _query.Window, _plain);

    private ImmutableArray<BoundColumn> EventColumns() => [.. _query.Columns, BoundColumn.TraceKey, BoundColumn.SpanKey, BoundColumn.ParentKey];

    private BoundColumn TraceIdColumn() => _query.Columns.First(c => c.Name == WellKnownColumns.TraceId);

    private string Conditions(SqlParameters parameters, BoundFilter? where)
    {
        List<string> all = [Begins(parameters)];
        if (_query.Window.EndUnixNs < long.MaxValue) all.Add($"e.time < {parameters.Add(_query.Window.EndUnixNs)}");
        if (where is not null) all.Add(new FilterCompiler(_dialect, parameters).Conjunct(where));
        return string.Join(" AND ", all);
    }

    /// <summary>True for events of the window; where spans in flight are counted, also for spans that may reach into it, which the count judges exactly.</summary>
    private string Begins(SqlParameters parameters)
    {
        var start = parameters.Add(_query.Window.StartUnixNs);
        if (_spans is null) return $"e.time >= {start}";
        var duration = _spans.Duration.Type == ColumnType.String ? _dialect.ParsedNumber($"e.{_spans.Duration.Alias}") : _dialect.ToFloat64($"e.{_spans.Duration.Alias}");
        return $"(e.time >= {start} OR {duration} * 1e6 + 1000 >= {start} - e.time)";
    }

    /// <summary>The spans of the whole store: their keys and the given columns.</summary>
    /// <param name="columns">Columns of spans.</param>
    /// <param name="nearby">Which traces matter.</param>
    /// <param name="conditions">What the spans that matter meet; it only says which parts of the store need not be read.</param>
    private string Spans(ImmutableArray<BoundColumn> columns, Nearby nearby, ImmutableArray<BoundFilter> conditions)
    {
        var all = conditions.Insert(0, new BoundFilter.Condition(new BoundColumn(0, WellKnownColumns.SpanId, ColumnType.String), new BoundTest.Present()));
        if (nearby.Ids is { } ids) all = all.Add(Are(ids));
        return _source([.. columns, BoundColumn.TraceKey, BoundColumn.SpanKey, BoundColumn.ParentKey], TimeWindow.All, new BoundFilter.All(all));
    }

    /// <summary>
    /// The traces as a condition. A few are looked up one by one; of more, only the parts of the store are asked whether they may have one, which is
    /// what a condition inside an Or means to it: thousands of comparisons for each event would cost more than they save.
    /// </summary>
    private BoundFilter Are(ImmutableArray<Value> ids)
    {
        BoundTest test = ids.IsEmpty ? new BoundTest.Never() : new BoundTest.OneOf(ids);
        var condition = new BoundFilter.Condition(TraceIdColumn(), test);
        return ids.Length <= RelationalRun.FewTraces ? condition : new BoundFilter.Any([condition]);
    }
}
