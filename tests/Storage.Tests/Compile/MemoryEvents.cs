using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Storage.Compile;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>An event of a test: its time, and the values of the columns that it has.</summary>
internal sealed record TestEvent(long Time, ImmutableDictionary<string, Value> Values)
{
    public Value this[string column] => Values.GetValueOrDefault(column);
}

/// <summary>Events in a table of a DuckDB in memory, and the session over them that a store would lend.</summary>
internal sealed class MemoryEvents : IDisposable
{
    private readonly DuckDbDatabase _database;
    private readonly DuckDbConnection _connection;
    private readonly ImmutableArray<Column> _columns;

    public MemoryEvents(params IEnumerable<(string Name, ColumnType Type)> columns) : this(50_000, columns) { }

    /// <param name="near">Events up to which those of a relational query are looked at before their traces.</param>
    /// <param name="columns">The columns.</param>
    public MemoryEvents(int near, IEnumerable<(string Name, ColumnType Type)> columns)
    {
        _database = DuckDbDatabase.Open(null, new Dictionary<string, string> { ["threads"] = "1" });
        _connection = _database.Connect();
        _connection.RegisterAggregates();
        _columns = [.. columns.Select(c => new Column(c.Name, c.Type, 1, 0, 0))];
        var defined = _columns.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $", s{i} {SqlType(c.Type)}"));
        _connection.Execute($"CREATE TABLE events (time BIGINT, seq BIGINT{string.Concat(defined)})");
        Session = new SqlSession(new Schema(_columns, 100), Source, Source, Execute) { NearEvents = near };
    }

    public SqlSession Session { get; }

    /// <summary>True when aggregates may keep values for a run, as in a store.</summary>
    public bool KeepsValues { get; init; }

    /// <summary>True when the session says what it knows of the columns, as a store with statistics does.</summary>
    public bool KnowsColumns { get; init; }

    private IReadOnlyList<TestEvent> Events { get; set; } = [];

    /// <summary>Every statement that was executed, in order.</summary>
    public List<SqlStatement> Executed { get; } = [];

    public QueryResult Run(Query query)
    {
        var run = KeepsValues ? KeptValues.Begin() : 0;
        try
        {
            return QueryRunner.Run(query, Session with { Run = run }, DateTimeOffset.UnixEpoch.AddDays(1), CancellationToken.None);
        }
        finally
        {
            KeptValues.End(run);
        }
    }

    /// <summary>Replaces all events.</summary>
    public MemoryEvents With(IReadOnlyList<TestEvent> events)
    {
        Events = events;
        _connection.Execute("DELETE FROM events");
        using var insert = _connection.Prepare(
            $"INSERT INTO events VALUES ({string.Join(", ", Enumerable.Range(1, _columns.Length + 2).Select(i => "$" + i.ToString(CultureInfo.InvariantCulture)))})");
        for (var seq = 0; seq < events.Count; seq++)
        {
            insert.Bind(1, events[seq].Time);
            insert.Bind(2, (long)seq);
            for (var i = 0; i < _columns.Length; i++) insert.Bind(3 + i, events[seq][_columns[i].Name]);
            using var done = insert.Execute(CancellationToken.None);
            done.NextChunk();
        }

        return this;
    }

    public MemoryEvents With(params (long Time, (string Name, Value Value)[] Values)[] events) =>
        With(events.Select(e => new TestEvent(e.Time, e.Values.ToImmutableDictionary(v => v.Name, v => v.Value))).ToList());

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    public ResultTable Execute(SqlStatement statement, CancellationToken cancellationToken)
    {
        Executed.Add(statement);
        using var prepared = _connection.Prepare(statement.Text);
        prepared.ParameterCount.ShouldBe(statement.Parameters.Length);
        for (var i = 0; i < statement.Parameters.Length; i++) prepared.Bind(i + 1, statement.Parameters[i]);
        using var result = prepared.Execute(cancellationToken);
        var cells = Enumerable.Range(0, result.ColumnCount).Select(_ => new List<Value>()).ToArray();
        while (result.NextChunk() is { } chunk)
            for (var row = 0; row < chunk.Count; row++)
                for (var column = 0; column < cells.Length; column++) cells[column].Add(Cell(chunk, column, row));
        return new ResultTable([.. cells.Select((values, i) => ToColumn(result.ColumnName(i), TypeOf(result.ColumnType(i)), values))]);
    }

    private SqlRelation Source(ImmutableArray<BoundColumn> columns, TimeWindow window, BoundFilter? where)
    {
        var text = new StringBuilder("(SELECT time, seq");
        var known = KnowsColumns ? Facts(columns) : new SqlRelation("");
        foreach (var column in columns)
        {
            var place = _columns.Select((c, i) => (c, i)).Where(x => x.c.Name == column.Name).Select(x => x.i).DefaultIfEmpty(-1).First();
            var value = place < 0 ? $"CAST(NULL AS {SqlType(column.Type)})" : string.Create(CultureInfo.InvariantCulture, $"s{place}");
            text.Append(CultureInfo.InvariantCulture, $", {(column.Key is null ? value : $"encode(CAST({value} AS VARCHAR))")} AS {column.Alias}");
            if (known.IsExact(column)) text.Append(CultureInfo.InvariantCulture, $", CAST({value} AS DECIMAL(18,6)) AS {SqlRelation.ExactOf(column)}");
        }

        return known with { Text = text.Append(" FROM events)").ToString() };
    }

    private SqlRelation Facts(ImmutableArray<BoundColumn> columns)
    {
        var numbers = columns.Where(c => c.Type == ColumnType.Float64)
            .Select(c => (c.Index, Values: Events.Select(e => e[c.Name]).Where(v => !v.IsNull).Select(v => v.AsDouble()).ToArray())).ToArray();
        return new SqlRelation("")
        {
            Finite = [.. numbers.Where(n => n.Values.All(double.IsFinite)).Select(n => n.Index)],
            Exact = [.. numbers.Where(n => n.Values.All(v => Math.Abs(v) < 1e9 && Math.Round(v * 1e6) / 1e6 == v)).Select(n => n.Index)],
            Distinct = columns.ToImmutableDictionary(c => c.Index, c => (long)Events.Select(e => e[c.Name]).Distinct().Count()),
            Events = Events.Count,
        };
    }

    private static Value Cell(DataChunkReader chunk, int column, int row)
    {
        if (chunk.IsNull(column, row)) return Value.Null;
        return TypeOf(chunk.ColumnType(column)) switch
        {
            ColumnType.Bool => chunk.Values<byte>(column)[row] != 0,
            ColumnType.Int64 => chunk.Values<long>(column)[row],
            ColumnType.Float64 => chunk.Values<double>(column)[row],
            _ => chunk.GetString(column, row),
        };
    }

    private static ResultColumn ToColumn(string name, ColumnType type, List<Value> values)
    {
        Array array = type switch
        {
            ColumnType.Bool => values.Select(v => !v.IsNull && v.AsBool()).ToArray(),
            ColumnType.Int64 => values.Select(v => v.IsNull ? 0 : v.AsInt64()).ToArray(),
            ColumnType.Float64 => values.Select(v => v.IsNull ? 0 : v.AsDouble()).ToArray(),
            _ => values.Select(v => v.IsNull ? "" : v.AsString()).ToArray(),
        };
        return new ResultColumn(name, type, array, values.Exists(v => v.IsNull) ? [.. values.Select(v => v.IsNull)] : null);
    }

    private static ColumnType TypeOf(DuckDbType type) => type switch
    {
        DuckDbType.Boolean => ColumnType.Bool,
        DuckDbType.Int64 => ColumnType.Int64,
        DuckDbType.Double => ColumnType.Float64,
        DuckDbType.Varchar => ColumnType.String,
        _ => throw new InvalidOperationException($"a statement gave a column of type {type}"),
    };

    private static string SqlType(ColumnType type) => type switch
    {
        ColumnType.Bool => "BOOLEAN",
        ColumnType.Int64 => "BIGINT",
        ColumnType.Float64 => "DOUBLE",
        _ => "VARCHAR",
    };
}
