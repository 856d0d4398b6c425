using System.Diagnostics;
using Storage.Compile.Cells;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>One run of a query with calculations.</summary>
internal sealed class CalculationRun
{
    private const int MaxCountedConditions = 4;

    private readonly BoundCalculationQuery _query;
    private readonly SqlSession _session;
    private readonly Stopwatch _watch;
    private readonly CancellationToken _cancellationToken;
    private readonly Lazy<SqlRelation> _source;
    private readonly Lazy<QueryCompiler> _compiler;
    private bool _isPartial;

    /// <summary>True when a result of the answer was read by a statement over events, which may estimate.</summary>
    private bool _mayEstimate;

    public CalculationRun(BoundCalculationQuery query, SqlSession session, Stopwatch watch, CancellationToken cancellationToken)
    {
        (_query, _session, _watch, _cancellationToken) = (query, session, watch, cancellationToken);
        // Found when a statement needs it: not every answer does.
        _source = new Lazy<SqlRelation>(Source);
        _compiler = new Lazy<QueryCompiler>(() => new QueryCompiler(query, QueryRunner.Dialect, _source.Value));
    }

    /// <summary>The groups of the answer.</summary>
    /// <param name="Keys">Their keys in order; none without breakdowns.</param>
    /// <param name="AreAll">True when no other group has matching events.</param>
    private sealed record Groups(ResultTable Table, long[] Keys, bool AreAll, bool WereCut);

    /// <summary>The tables of the answer.</summary>
    /// <param name="Whole">The statement that counted all matching events, and which of its rows says so.</param>
    private sealed record Tables(Groups Groups, ResultTable Total, ResultTable? Other, SeriesTable Series, ResultTable Whole, int WholeRow)
    {
        public ResultTable Results => Groups.Table;

        public bool Any => ResultReader.Column(Whole, "matched")[WholeRow].AsInt64() > 0;
    }

    public QueryResult Answer()
    {
        var tables = CombinedCompiler.Takes(_query) ? ReadTogether() : ReadApart();
        var heatmap = _query.Heatmap is { } calculation ? InTime(() => Heatmap(calculation).Read(tables.Any), null) : null;
        return new QueryResult
        {
            Results = tables.Results,
            Series = tables.Series,
            Total = tables.Total,
            Other = tables.Other,
            Heatmap = heatmap,
            Sampling = InTime<Sampling?>(() => ReadSampling(tables), null),
            Compare = _query.CompareOffsetNs is null ? null : InTime<EarlierResult?>(() => new CalculationRun(_query.Earlier(), _session, _watch, _cancellationToken).Compare(tables.Groups, tables.Groups.WereCut ? _compiler.Value : null), null),
            Meta = QueryRunner.Meta(_query, _query.GranularityNs, tables.Whole, _watch, tables.WholeRow) with { Columns = Types(tables.Results), IsPartial = _isPartial, Approximate = Estimates() },
        };
    }

    /// <summary>The rows that answer together, as <see cref="CombinedCompiler"/> names them.</summary>
    /// <param name="HasSeries">True when the series are among them.</param>
    /// <param name="IsOne">True when the total is the one group.</param>
    /// <param name="HasOther">True when what the limit cut is among them.</param>
    private sealed record Rows(ResultTable Table, bool HasSeries, bool IsOne, bool HasOther);

    /// <summary>One statement, or none; a second one for series of groups that are many, a third for percentiles of what the limit cut.</summary>
    private Tables ReadTogether()
    {
        var counted = Count();
        _mayEstimate = counted is null;
        var (table, series, isOne, hasOther) = counted ?? Read(Together(_source.Value), c => c.Statement())!;
        var rows = Enumerable.Range(0, table.RowCount).ToLookup(ResultReader.Int64s(table, "part"));
        var n = ResultReader.Int64s(table, "n");
        var passing = rows[CombinedCompiler.Group].OrderBy(n).ToArray();
        var total = rows[CombinedCompiler.Total].Single();
        var shown = isOne ? [total] : passing[..Math.Min(passing.Length, _query.Limit)];
        ResultTable Calculations(params int[] some) => new(ResultReader.Calculations(_query, table, some));
        var results = new ResultTable(ResultReader.Breakdowns(_query, table, shown).AddRange(ResultReader.Calculations(_query, table, shown)));
        var groups = new Groups(results, isOne ? [] : [.. shown.Select(ResultReader.Int64s(table, "k"))], passing.Length <= _query.Limit && _query.Havings.IsEmpty, passing.Length > _query.Limit);
        var other = rows[CombinedCompiler.Other].Select(row => Calculations(row)).FirstOrDefault() ?? (groups.WereCut && !hasOther ? InTime(() => ReadOther(groups), null) : null);
        var any = ResultReader.Column(table, "matched")[total].AsInt64() > 0;
        var points = series ? ReadPoints(table, ResultReader.Int64s(table, "t"), row => (int)n(row) - 1, rows[CombinedCompiler.Point])
            : WantsSeries(results, any) ? InTime(() => ReadSeries(groups), SeriesTable.Empty) : SeriesTable.Empty;
        return new Tables(groups, Calculations(total), other, points, table, total);
    }

    private Rows? Read(CombinedCompiler compiler, Func<CombinedCompiler, SqlStatement?> write) =>
        write(compiler) is { } statement ? new Rows(Execute(statement), compiler.HasSeries, compiler.IsOne, compiler.HasOther) : null;

    /// <summary>The rows where events were counted without the engine; null when that has to count.</summary>
    private Rows? Count()
    {
        if (_query.Weight is not null || !MayBeWorthCounting || _session.Tally(_query.Columns, _query.Window, _query.Where) is not { } tally) return null;
        if (_query.Breakdowns.IsEmpty && _query.Where is not null && !tally.LooksUp) return null;
        if (tally.Known.Events * Holding.Count() > _session.CountedEvents) return null; // perhaps an estimate
        var known = tally.Known with { Run = _session.Run, Events = tally.Matching };
        return PutTogether(tally, known) ?? Read(Together(known), c => c.Statement(request => tally.Count(request, _cancellationToken)));
    }

    /// <summary>The same without a statement; null where the engine has to put cells together.</summary>
    private Rows? PutTogether(EventTally tally, SqlRelation known)
    {
        var series = CombinedCompiler.TakesSeries(_query, known);
        if (_query.Series && !series && !_query.Calculations.IsEmpty) return null; // statements by the engine's keys follow
        if (CellPlan.Of(_query, known) is not { } plan) return null;
        var request = new TallyRequest(_query.Window, _query.Where, series ? _query.GranularityNs : null, _query.Breakdowns, plan.Measures, _session.Run);
        using var cells = tally.Cells(request, _cancellationToken);
        if (cells is null) return null;
        var merge = new CellMerge(request);
        foreach (var batch in cells.Batches)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            merge.Add(batch);
        }

        merge.End();
        var isOne = _query.Breakdowns.IsEmpty;
        return new Rows(new CellAnswer(_query, plan, cells, merge, _cancellationToken).Table(isOne, series), series, isOne, HasOther: true);
    }

    /// <summary>
    /// The engine is the better one where many calculations have conditions of their own, since it reads a column once for all of them, and where conditions are all that
    /// there is to do, unless they are looked up, since it reads the times of no other rows.
    /// </summary>
    private bool MayBeWorthCounting
    {
        get
        {
            var conditions = _query.Calculations.Count(c => c.Where is not null);
            return conditions <= MaxCountedConditions && !(_query.Breakdowns.IsEmpty && conditions > 0);
        }
    }

    private CombinedCompiler Together(SqlRelation source) => new(_query, QueryRunner.Dialect, source, CombinedCompiler.TakesSeries(_query, source));

    private SqlRelation Source()
    {
        // The relation that CONCURRENCY is computed from has the columns of the query and no others.
        var source = _query.Spans is null
            ? _session.Source(_query.Columns, _query.Window, _query.Where)
            : _session.Reaching(_query.Columns, _query.Window, _query.Where) with { Exact = [] };
        return source with { IsEstimated = IsTooMuch(source), Run = _session.Run };
    }

    private Tables ReadApart()
    {
        _mayEstimate = true;
        var total = Execute(_compiler.Value.Total());
        var totals = new ResultTable(ResultReader.Calculations(_query, total, [0]));
        // Without breakdowns and havings, all events are the one group.
        var groups = _query.Breakdowns.IsEmpty && _query.Havings.IsEmpty ? new Groups(totals, [], true, false) : ReadGroups();
        var other = groups.WereCut ? InTime(() => ReadOther(groups), null) : null;
        var series = WantsSeries(groups.Table, ResultReader.Int64(total, "matched") > 0 || _query.Spans is not null) ? InTime(() => ReadSeries(groups), SeriesTable.Empty) : SeriesTable.Empty;
        return new Tables(groups, totals, other, series, total, 0);
    }

    private bool WantsSeries(ResultTable results, bool any) => _query.Series && any && _query.Calculations.Length > 0 && results.RowCount > 0;

    private ResultTable ReadOther(Groups groups)
    {
        _mayEstimate = true;
        return new ResultTable(ResultReader.Calculations(_query, Execute(_compiler.Value.Other(groups.Keys)), [0]));
    }

    /// <summary>How far weighted results may be off; null when every event stands for itself.</summary>
    private Sampling? ReadSampling(Tables tables)
    {
        if (_query.Weight is null) return null;
        var compiler = new SamplingCompiler(_query, QueryRunner.Dialect, _source.Value);
        var matched = ResultReader.Column(tables.Whole, "matched")[tables.WholeRow].AsInt64();
        if (compiler.IsEmpty || ResultReader.Column(tables.Whole, "weight")[tables.WholeRow].AsDouble() == matched) return null;
        var keys = _query.Breakdowns.IsEmpty || tables.Groups.Keys.Length == 0 ? null : tables.Groups.Keys;
        return compiler.Read(Execute(compiler.Sums(keys)), keys, tables.Results.RowCount);
    }

    /// <summary>The answer to this query, which is another's of an earlier time, for the groups of that other one.</summary>
    /// <param name="present">The groups.</param>
    /// <param name="cut">What writes the other query, when groups of it were cut; null when none was.</param>
    private EarlierResult Compare(Groups present, QueryCompiler? cut)
    {
        var total = Execute(_compiler.Value.Total());
        var totals = new ResultTable(ResultReader.Calculations(_query, total, [0]));
        var any = ResultReader.Int64(total, "matched") > 0;
        // Without breakdowns all events are the one group; without groups there is none.
        var results = _query.Breakdowns.IsEmpty
            ? new ResultTable([.. totals.Columns.Select(c => c.Select(c.Name, ResultReader.FirstRows(present.Table.RowCount)))])
            : present.Keys.Length == 0 ? present.Table : ReadAmong(present);
        var series = WantsSeries(present.Table, any || _query.Spans is not null) ? ReadSeries(present with { AreAll = false }) : SeriesTable.Empty;
        var other = cut is null ? null : new ResultTable(ResultReader.Calculations(_query, Execute(_compiler.Value.Other(present.Keys, cut)), [0]));
        var heatmap = _query.Heatmap is { } calculation ? Heatmap(calculation).Read(any) : null;
        return new EarlierResult(_query.Window, results, series, totals, other, heatmap, ResultReader.Int64(total, "matched"));
    }

    /// <summary>The rows of the given groups, in their order.</summary>
    private ResultTable ReadAmong(Groups groups)
    {
        var table = Execute(_compiler.Value.Among(groups.Keys));
        var found = ResultReader.Calculations(_query, table, ResultReader.FirstRows(table.RowCount));
        var keys = ResultReader.Column(table, "k");
        var places = Enumerable.Range(0, table.RowCount).ToDictionary(row => keys[row].AsInt64());
        var rows = Array.ConvertAll(groups.Keys, key => places.GetValueOrDefault(key, ResultColumn.NoRow));
        return new ResultTable([.. groups.Table.Columns.Take(_query.Breakdowns.Length), .. found.Select(c => c.Select(c.Name, rows))]);
    }

    private Groups ReadGroups()
    {
        var table = Execute(_compiler.Value.Groups());
        var rows = ResultReader.FirstRows(Math.Min(table.RowCount, _query.Limit));
        var columns = ResultReader.Breakdowns(_query, table, rows).AddRange(ResultReader.Calculations(_query, table, rows));
        var key = _query.Breakdowns.IsEmpty ? null : ResultReader.Column(table, "k");
        var keys = key is null ? [] : Array.ConvertAll(rows, row => key[row].AsInt64());
        var cut = table.RowCount > _query.Limit;
        return new Groups(new ResultTable(columns), keys, !cut && _query.Havings.IsEmpty, cut);
    }

    private SeriesTable ReadSeries(Groups groups)
    {
        _mayEstimate = true;
        var grouped = !_query.Breakdowns.IsEmpty;
        var table = Execute(_compiler.Value.Series(grouped && !groups.AreAll ? groups.Keys : null));
        var places = new Dictionary<long, int>();
        for (var i = 0; i < groups.Keys.Length; i++) places[groups.Keys[i]] = i;
        var keys = grouped ? ResultReader.Column(table, "k1") : null;
        return ReadPoints(table, ResultReader.Int64s(table, "k0"), row => keys is null ? 0 : places.GetValueOrDefault(keys[row].AsInt64(), -1), Enumerable.Range(0, table.RowCount));
    }

    /// <param name="table">The result with the points.</param>
    /// <param name="time">The bucket of a row.</param>
    /// <param name="group">The place of a row's group in the answer, or -1.</param>
    /// <param name="candidates">The rows.</param>
    private SeriesTable ReadPoints(ResultTable table, Func<int, long> time, Func<int, int> group, IEnumerable<int> candidates)
    {
        var points = candidates.Select(row => (Time: time(row), Group: group(row), Row: row)).ToList();
        if (points.Count > QueryCompiler.MaxSeriesPoints)
        {
            throw new QueryException("granularity",
                $"the series would have more than {QueryCompiler.MaxSeriesPoints} points; ask for a coarser granularity, fewer groups, or no series");
        }

        points.RemoveAll(p => p.Group < 0);
        points.Sort();
        var rows = points.Select(p => p.Row).ToArray();
        return new SeriesTable([.. points.Select(p => p.Time)], [.. points.Select(p => p.Group)], ResultReader.Calculations(_query, table, rows));
    }

    private HeatmapRun Heatmap(BoundCalculation heatmap) => new(_query, heatmap, _session, _source, _cancellationToken);

    /// <summary>The columns that the query reads, and those of its result that are not among them.</summary>
    private ValueList<TypedColumn> Types(ResultTable results)
    {
        var read = _query.Columns.Concat(_query.Fields).Concat(_query.Relational.Where(c => c.Name.Length > 0)).DistinctBy(c => c.Name).Select(c => new TypedColumn(c.Name, c.Type)).ToArray();
        var more = results.Columns.Where(c => !Array.Exists(read, r => r.Name == c.Name)).Select(c => new TypedColumn(c.Name, c.Type));
        return read.Concat(more).ToValueList();
    }

    /// <summary>The calculations whose exact result would need all their values at once.</summary>
    private IEnumerable<BoundCalculation> Holding => _query.Calculations.Where(c => c.Op == CalculationOp.CountDistinct || c.Op.Quantile() is not null);

    private ValueList<string> Estimates() => _mayEstimate && Holding.Any() && _source is { IsValueCreated: true, Value.IsEstimated: true } ? [.. Holding.Select(c => c.Name)] : [];

    /// <summary>True when more events match than exact percentiles and counts of different values are computed of.</summary>
    private bool IsTooMuch(SqlRelation source)
    {
        if (!(source.Events > _session.ExactEvents) || !Holding.Any()) return false;
        var count = Execute(new QueryCompiler(_query with { Calculations = [], Formulas = [], Havings = [] }, QueryRunner.Dialect, source).Total());
        return ResultReader.Int64(count, "matched") > _session.ExactEvents;
    }

    /// <summary>A part of the answer without which the rest is one too; the time limit may leave it out.</summary>
    private T InTime<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (OperationCanceledException) when (_session.IsOutOfTime())
        {
            _isPartial = true;
            return otherwise;
        }
    }

    private ResultTable Execute(SqlStatement statement)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        return _session.Execute(statement, _cancellationToken);
    }
}
