using System.Globalization;
using Storage.Events;

namespace Storage.Compile;

/// <summary>The first and the last time bucket of a partition that has an event, as columns of all its events.</summary>
/// <param name="Bucket">The bucket of an event.</param>
/// <param name="Condition">Which events take part.</param>
internal sealed record RunningColumns(string Bucket, string Condition)
{
    /// <summary>The columns in SQL.</summary>
    /// <param name="place">The number in their names.</param>
    /// <param name="partition">A PARTITION BY clause, or nothing.</param>
    public string Sql(int place, string partition)
    {
        var bucket = $"CASE WHEN {Condition} THEN {Bucket} END";
        return string.Create(CultureInfo.InvariantCulture, $"min({bucket}) OVER ({partition}) AS first{place}, max({bucket}) OVER ({partition}) AS last{place}");
    }
}

/// <summary>
/// Writes the FROM and WHERE of statements: the relation <c>e</c> of the matching events with their columns; <c>w</c>, how many events each
/// stands for, when the store knows sample rates; and what <see cref="RunningColumns"/> say: <c>first{i}</c> and <c>last{i}</c>, starts of buckets within a
/// partition.
/// </summary>
internal sealed class SelectionCompiler(BoundQuery query, SqlDialect dialect, SqlRelation source, SqlParameters parameters)
{
    /// <summary>Where the events come from.</summary>
    public SqlRelation Source => source;

    /// <summary>The parameters of the statement.</summary>
    public SqlParameters Parameters => parameters;

    public FilterCompiler Filters { get; } = new(dialect, parameters, source);

    /// <summary>The weight of an event of <see cref="From"/>; null when each counts once.</summary>
    public string? Weight => query.Weight is null ? null : "e.w";

    /// <summary>The matching events with their columns alone, calculated fields among them.</summary>
    /// <param name="more">Conditions beyond the query's own.</param>
    public string Events(params IEnumerable<string> more) =>
        $"FROM {ExpressionCompiler.WithFields(source, query.Fields, dialect, parameters)} AS e\nWHERE {Conditions(more)}";

    /// <summary>The matching events with all that the summary of this class names.</summary>
    /// <param name="more">Conditions beyond the query's own.</param>
    /// <param name="running">The running columns that the statement reads.</param>
    /// <param name="partition">Within what they run; nothing means over all events.</param>
    public string From(IEnumerable<string> more, IReadOnlyList<RunningColumns> running, IReadOnlyList<string> partition)
    {
        var from = Events(more);
        if (query.Weight is not null) from = $"FROM (\nSELECT e.*{WeightColumn}\n{from}\n) AS e";
        return WithRunning(from, running, partition);
    }

    /// <summary>The weight of an event as one more column of a select list, or nothing.</summary>
    public string WeightColumn => query.Weight is { } rate ? $", {WeightOf(rate)} AS w" : "";

    /// <summary>Like <see cref="Events"/>, with the events before the window.</summary>
    public string EventsBefore(IEnumerable<string> more) =>
        $"FROM {ExpressionCompiler.WithFields(source, query.Fields, dialect, parameters)} AS e\nWHERE {Conditions(more, hasStart: false)}";

    /// <summary>A relation with the running columns beside its own.</summary>
    public static string WithRunning(string from, IReadOnlyList<RunningColumns> running, IReadOnlyList<string> partition)
    {
        if (running.Count == 0) return from;
        var within = partition.Count == 0 ? "" : $"PARTITION BY {string.Join(", ", partition)}";
        return $"FROM (\nSELECT e.*, {string.Join(", ", running.Select((r, i) => r.Sql(i, within)))}\n{from}\n) AS e";
    }

    private string Conditions(IEnumerable<string> more, bool hasStart = true)
    {
        List<string> all = [];
        if (!source.IsInWindow)
        {
            if (hasStart) all.Add($"e.time >= {parameters.Add(query.Window.StartUnixNs)}");
            // An end at the last nanosecond that there is means no end, so that an event of that very nanosecond is found.
            if (query.Window.EndUnixNs < long.MaxValue) all.Add($"e.time < {parameters.Add(query.Window.EndUnixNs)}");
        }

        if (query.Where is { } where) all.Add(Filters.Conjunct(where));
        all.AddRange(more);
        return all.Count == 0 ? "true" : string.Join(" AND ", all);
    }

    /// <summary>The sample rate where it is a number of at least 1, else 1; of the column's own type, so that whole rates add up exactly.</summary>
    private string WeightOf(BoundColumn rate)
    {
        var value = rate.Type == ColumnType.String ? dialect.ParsedNumber($"e.{rate.Alias}") : $"e.{rate.Alias}";
        return rate.Type == ColumnType.Float64
            ? $"CASE WHEN {dialect.IsFinite(value)} AND {value} >= 1 THEN {value} ELSE 1 END"
            : $"CASE WHEN {value} >= 1 THEN {value} ELSE 1 END";
    }
}
