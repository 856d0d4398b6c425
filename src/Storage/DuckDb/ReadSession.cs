using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.Compile;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;
using Storage.DuckDb.Tally;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>One run of a query: a leased state of the store, a connection, and the scan plans made for it.</summary>
internal sealed class ReadSession : IDisposable
{
    /// <summary>With more traces in the condition it is cheaper to read the column of ids once for all.</summary>
    private const int MaxTraces = 8;

    private readonly Engine _engine;
    private readonly StateLease _lease;
    private readonly ColumnRegistry _registry;
    private readonly EventStoreOptions _options;
    private readonly KeptRows _kept;
    private readonly DuckDbConnection _connection;
    private readonly List<long> _plans = [];
    private double _share;
    private int _statements;
    private bool _hasFailed;
    private readonly RowBudget _budget = new();
    private readonly Dictionary<(Segment, string), FoundRows?> _ofTraces = [];
    private readonly Dictionary<(Segment, BoundFilter), (TimeWindow Window, FoundRows? Rows)> _ofConditions = [];
    private readonly List<FoundRows> _ofOtherWindows = [];
    private readonly CancellationToken _cancellationToken;

    /// <param name="engine">Runs the statements.</param>
    /// <param name="lease">The state; ended with the session.</param>
    /// <param name="registry">Knows how columns are stored.</param>
    /// <param name="options">The store's options.</param>
    /// <param name="kept">Keeps what is read of few rows.</param>
    /// <param name="tellsProgress">See <see cref="DuckDbDatabase.Connect"/>.</param>
    /// <param name="cancellationToken">Stops what is read beside the engine.</param>
    public ReadSession(Engine engine, StateLease lease, ColumnRegistry registry, EventStoreOptions options, KeptRows kept, bool tellsProgress, CancellationToken cancellationToken)
    {
        _kept = kept;
        _cancellationToken = cancellationToken;
        _engine = engine;
        _lease = lease;
        _registry = registry;
        _options = options;
        _connection = engine.Rent(tellsProgress);
        Sql = new SqlSession(
            registry.Snapshot, (columns, window, where) => Source(columns, window, where, reaching: false),
            (columns, window, where) => Source(columns, window, where, reaching: true), Execute) { Lookup = Lookup, Tally = Tally, Run = KeptValues.Begin(), HasFailed = () => _hasFailed };
    }

    public SqlSession Sql { get; }

    /// <summary>Events in the parts of the store that were read; the most of any one statement.</summary>
    public long RowsExamined { get; private set; }

    /// <summary>Segments that could hold matching events; the most of any one statement.</summary>
    public int SegmentsRead { get; private set; }

    /// <summary>How far the statements are; may be called from any thread, also when the session has ended.</summary>
    /// <param name="expected">Statements that there will probably be: with more, the share only nears 1.</param>
    public QueryProgress Progress(int expected)
    {
        var done = Math.Max(0, Volatile.Read(ref _statements) - 1);
        var running = _connection.Progress;
        if (running is null && done == 0) return new QueryProgress(null, SegmentsRead);
        var share = Math.Min(0.99, (done + (running ?? 0)) / Math.Max(expected, done + 1));
        // Timers may overlap; the larger share stays.
        for (var known = Volatile.Read(ref _share); share > known; known = Volatile.Read(ref _share)) Interlocked.CompareExchange(ref _share, share, known);
        return new QueryProgress(Volatile.Read(ref _share), SegmentsRead);
    }

    public void Dispose()
    {
        foreach (var plan in _plans) _engine.Forget(plan);
        KeptValues.End(Sql.Run);
        foreach (var rows in _ofTraces.Values.Concat(_ofConditions.Values.Select(f => f.Rows)).Concat(_ofOtherWindows)) rows?.Dispose();
        // What failed may leave its transaction behind, with a temporary table that can be neither dropped nor made anew: out of memory now and then does.
        if (_hasFailed) _connection.Dispose();
        else _engine.Return(_connection);
        _lease.Dispose();
    }

    /// <summary>Runs a statement and hands over its rows as they come.</summary>
    public void Stream(SqlStatement statement, Action<DuckDbResult> read, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _statements);
        _options.Logger.Sql(statement.Text);
        using var stop = cancellationToken.UnsafeRegister(static run => KeptValues.Stop((long)run!), Sql.Run);
        try
        {
            using var prepared = _connection.Prepare(statement.Text);
            for (var i = 0; i < statement.Parameters.Length; i++) prepared.Bind(i + 1, statement.Parameters[i]);
            using var result = prepared.Execute(cancellationToken);
            read(result);
        }
        catch
        {
            _hasFailed = true;
            throw;
        }
    }

    private SqlRelation Source(ImmutableArray<BoundColumn> columns, TimeWindow window, BoundFilter? where, bool reaching)
    {
        var ids = IdCondition.Of(where);
        var traces = TracesOf(ids);
        var parts = new List<string>();
        var (segments, batches) = Near(window, where, traces, reaching);
        // Those that reach into the window may lie before it, and the statements choose among them.
        var inside = reaching ? TimeWindow.All : window;
        var names = Names(columns, ids);
        var left = new List<Segment>();
        var found = traces.IsEmpty ? Found(segments, s => RowsOf(s, where, inside), names, left) : Found(segments, s => RowsOf(s, traces), names, left);
        try
        {
            HotBatch[] batchesRead = [.. found.Batches, .. batches];
            var known = ColumnFacts.Of(columns, left, batchesRead);
            parts.AddRange(RelationText.Segments(left, columns, ids, known.Exact, inside));
            if (found.Batches.Count > 0) parts.Add(Scan(found.Stored, found.Batches, columns, ids, null, inside, known.Exact));
            if (batches.Length > 0) parts.Add(Scan(Stored(names), batches, columns, ids, where, inside, known.Exact));
            return known with { IsInWindow = !reaching, Text = RelationText.Union(parts, columns, known.Exact), Events = EventsOf(left, batchesRead) };
        }
        finally
        {
            foreach (var batch in found.Batches) batch.Batch.Dispose(); // the scans hold them
        }
    }

    /// <summary>Counts events by their codes; null where that is not possible, or the events are those of a few traces.</summary>
    private SegmentTally? Tally(ImmutableArray<BoundColumn> columns, TimeWindow window, BoundFilter? where)
    {
        var ids = IdCondition.Of(where);
        if (_options.LeavesCounting || !TracesOf(ids).IsEmpty) return null;
        var (segments, batches) = Near(window, where, [], reaching: false);
        var known = ColumnFacts.Of(columns, segments, batches) with { IsInWindow = true, Events = EventsOf(segments, batches) };
        var names = Names(columns, ids);
        var stored = Stored(names);
        var hot = batches.Length == 0 ? null : HotPart.Of([.. batches], names, stored, name => columns.Any(c => c.Name == name && known.IsExact(c)));
        if (segments.Length == 0 && hot is null) return null;
        return new SegmentTally(known, segments, hot, where, Counted, Rest, _kept) { HasBatches = batches.Length > 0 };

        SqlRelation Rest(IReadOnlyList<Segment> left, bool withBatches)
        {
            List<string> parts = [.. RelationText.Segments(left, columns, ids, known.Exact, window)];
            if (withBatches && batches.Length > 0) parts.Add(Scan(stored, batches, columns, ids, where, window, known.Exact));
            return known with { Text = RelationText.Union(parts, columns, known.Exact) };
        }

        string Counted(ImmutableArray<HotColumn> cells, IReadOnlyList<HotBatch> rows) =>
            string.Create(CultureInfo.InvariantCulture, $"{RelationText.HotFunction}({Register(cells, rows, null)})");
    }

    /// <summary>The columns that a statement reads.</summary>
    private static string[] Names(ImmutableArray<BoundColumn> columns, ImmutableArray<IdCondition> ids) =>
        [.. columns.Select(c => c.Name).Prepend(WellKnownColumns.Time).Concat(ids.Select(id => id.Column)).Distinct(StringComparer.Ordinal)];

    /// <summary>How batches in memory store them.</summary>
    private ImmutableArray<HotColumn> Stored(string[] names) => [.. names.SelectMany(name => _registry.StoredAs(name))];

    private static long EventsOf(IReadOnlyList<Segment> segments, HotBatch[] batches) => segments.Sum(s => s.Footer.Events) + batches.Sum(b => (long)b.Batch.Count);

    /// <summary>Answers a listing of single traces without statements; null when it is another one, or the engine has to look at an event.</summary>
    private ListedEvents? Lookup(BoundListing listing)
    {
        var traces = TraceListing.TracesOf(listing);
        if (traces.IsEmpty || traces.Length > MaxTraces) return null;
        var (segments, batches) = Near(listing.Window, listing.Where, traces, reaching: false);
        var found = new TraceListing(listing);
        return segments.All(s => RowsOf(s, traces) is { } rows && found.TryAdd(rows)) && batches.All(b => found.TryAdd(b, traces)) ? found.Answer() : null;
    }

    /// <summary>The parts of the store that can hold events of a window that a condition is true for.</summary>
    private (Segment[] Segments, HotBatch[] Batches) Near(TimeWindow window, BoundFilter? where, ImmutableArray<string> traces, bool reaching)
    {
        var pruner = new PartPruner(where);
        var segments = _lease.State.Segments
            .Where(s => window.Touches(s.Footer.MinTime, reaching ? s.Statistics.LatestEnd(s.Footer.MaxTime) : s.Footer.MaxTime) && pruner.Judge(s.Statistics) != Match.None).ToArray();
        var batches = _lease.State.Hot.Where(view => pruner.Judge(view.Tier.Traces) != Match.None).SelectMany(view => view.Batches)
            .Where(b => window.Touches(b.Batch.MinTimeUnixNs, reaching ? long.MaxValue : b.Batch.MaxTimeUnixNs) && (traces.IsEmpty || MayHave(b.Batch, traces))).ToArray();
        RowsExamined = Math.Max(RowsExamined, EventsOf(segments, batches));
        SegmentsRead = Math.Max(SegmentsRead, segments.Length);
        return (segments, batches);
    }

    /// <summary>The events of segments in which they can be found and read one by one, and how their columns are stored.</summary>
    /// <param name="segments">The segments.</param>
    /// <param name="find">Finds the events of one; null when the engine has to.</param>
    /// <param name="names">The columns to read.</param>
    /// <param name="left">Gets the other segments.</param>
    private static (ImmutableArray<HotColumn> Stored, List<HotBatch> Batches) Found(Segment[] segments, Func<Segment, FoundRows?> find, string[] names, List<Segment> left)
    {
        ImmutableArray<HotColumn> stored =
        [
            .. names.SelectMany(name => segments.Select(s => s.Columns.GetValueOrDefault(name)).OfType<SegmentColumn>().Select(c => (c.Name, c.Type)).Distinct())
                .Select((c, i) => new HotColumn(c.Name, c.Type, i)),
        ];
        var batches = new List<HotBatch>();
        foreach (var segment in segments)
        {
            if (find(segment) is not { } rows) left.Add(segment);
            else if (rows.Count == 0) continue;
            else if (rows.Read(stored) is { } batch) batches.Add(batch);
            else left.Add(segment);
        }

        return (stored, batches);
    }

    private FoundRows? RowsOf(Segment segment, ImmutableArray<string> traces)
    {
        var key = (segment, string.Join(' ', traces));
        if (!_ofTraces.TryGetValue(key, out var rows)) _ofTraces.Add(key, rows = TraceSearch.Find(segment, [.. traces.Select(Convert.FromHexString)], _budget));
        return rows;
    }

    /// <summary>The events that a condition may be true for; what was found for a statement serves those about a part of its window.</summary>
    private FoundRows? RowsOf(Segment segment, BoundFilter? where, TimeWindow window)
    {
        if (where is null) return null;
        var key = (segment, where);
        if (_ofConditions.TryGetValue(key, out var known) && (known.Rows is null || known.Window == window)) return known.Rows;
        if (known.Rows is not null && known.Window.Holds(window.StartUnixNs, window.EndUnixNs == long.MaxValue ? long.MaxValue : window.EndUnixNs - 1)) return known.Rows.Within(window);
        if (known.Rows is { } other) _ofOtherWindows.Add(other); // a statement may still read them
        var rows = ConditionSearch.Find(segment, where, window, _budget, _cancellationToken);
        _ofConditions[key] = (window, rows);
        return rows;
    }

    private string Scan(
        ImmutableArray<HotColumn> stored, IReadOnlyList<HotBatch> batches, ImmutableArray<BoundColumn> columns, ImmutableArray<IdCondition> ids, BoundFilter? where, TimeWindow window,
        ImmutableHashSet<int> exact)
    {
        var inside = batches.All(b => window.Holds(b.Batch.MinTimeUnixNs, b.Batch.MaxTimeUnixNs));
        return RelationText.Hot(Register(stored, batches, where), stored, columns, ids, exact, inside ? null : window);
    }

    /// <summary>Lets statements of this session read batches, rows for which a condition is not true perhaps left out; the number by which they say so.</summary>
    private long Register(ImmutableArray<HotColumn> stored, IReadOnlyList<HotBatch> batches, BoundFilter? where)
    {
        var number = _engine.Register(HotScanPlan.Of(stored, batches, where, _cancellationToken));
        _plans.Add(number);
        return number;
    }

    /// <summary>The traces that every event of the answer belongs to one of, in lower-case hex; none when it may be any, or they are many.</summary>
    private static ImmutableArray<string> TracesOf(ImmutableArray<IdCondition> ids) =>
        ids.FirstOrDefault(id => id.Column == WellKnownColumns.TraceId) is { Ids.Length: <= MaxTraces } condition ? condition.Ids : [];

    /// <summary>False when no event of a batch belongs to one of the traces: their ids are nowhere among its texts.</summary>
    private static bool MayHave(EventBatch batch, ImmutableArray<string> traces)
    {
        foreach (var column in batch.Columns)
        {
            if (column.Name != WellKnownColumns.TraceId) continue;
            // A number is seen as text, which is not looked at here.
            if (column.Type is not (StorageType.Id or StorageType.String)) return true;
            foreach (var trace in traces)
                if (column.Heap.IndexOf(column.Type == StorageType.Id ? Convert.FromHexString(trace) : Encoding.ASCII.GetBytes(trace)) >= 0) return true;
        }

        return false;
    }

    private ResultTable Execute(SqlStatement statement, CancellationToken cancellationToken)
    {
        ResultTable? table = null;
        Stream(statement, result => table = ResultReader.Read(result, _options.MaxResultRows), cancellationToken);
        return table!;
    }
}
