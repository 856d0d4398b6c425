using System.Diagnostics;
using System.Globalization;
using Storage.Compile.Relations;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Answers a query: binds it, has its statements executed, and puts their results together.</summary>
internal static class QueryRunner
{
    /// <param name="query">The question.</param>
    /// <param name="session">What the engine lends for one run.</param>
    /// <param name="now">The end of a relative time range.</param>
    /// <param name="cancellationToken">Stops between statements, and within them as the session does.</param>
    /// <returns>The answer; what only the engine knows (rows examined, segments) is 0 in its meta.</returns>
    /// <exception cref="QueryException">The query is at fault.</exception>
    public static QueryResult Run(Query query, SqlSession session, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var bound = QueryBinder.Bind(query, session.Schema, now);
        CheckPatterns(bound, session, cancellationToken);
        if (bound.Relational.IsEmpty) return Answer(bound, session, watch, cancellationToken);
        using var run = RelationalRun.Start(bound, session, cancellationToken);
        return Answer(run.Query, run.Session, watch, cancellationToken);
    }

    private static QueryResult Answer(BoundQuery bound, SqlSession session, Stopwatch watch, CancellationToken cancellationToken) => bound switch
    {
        BoundListing listing => new ListingRun(listing, session, watch, cancellationToken).Answer(),
        _ => new CalculationRun((BoundCalculationQuery)bound, session, watch, cancellationToken).Answer(),
    };

    /// <summary>The dialect of the engine; there is one.</summary>
    public static SqlDialect Dialect => DuckDbDialect.Instance;

    /// <summary>
    /// The statement that tries the query's regular expressions: one row, a Bool p0, p1 and so on for each that differs from those before. Of two that are
    /// equal the engine would make one, and take that out of what catches its failure.
    /// </summary>
    public static SqlStatement Patterns(BoundQuery query)
    {
        var parameters = new SqlParameters();
        var tests = Different(query).Select((p, i) => string.Create(CultureInfo.InvariantCulture, $"{Dialect.IsPattern(parameters.Add(p))} AS p{i}"));
        return parameters.Statement("SELECT " + string.Join(", ", tests));
    }

    public static QueryMeta Meta(BoundQuery query, long granularityNs, ResultTable total, Stopwatch watch, int row = 0)
    {
        var matched = ResultReader.Int64s(total, "matched")(row);
        return Meta(query, granularityNs, matched, ResultReader.Column(total, "weight")[row].AsDouble(), watch);
    }

    public static QueryMeta Meta(BoundQuery query, long granularityNs, long matched, double weight, Stopwatch watch) =>
        new(query.Window, granularityNs, matched, 0, watch.Elapsed, matched == 0 ? 1 : weight / matched, [], false, 0, 0);

    /// <summary>Has the engine judge the query's regular expressions.</summary>
    /// <exception cref="QueryException">One is none.</exception>
    public static void CheckPatterns(BoundQuery query, SqlSession session, CancellationToken cancellationToken)
    {
        if (query.Patterns.IsEmpty) return;
        var valid = session.Execute(Patterns(query), cancellationToken);
        var unusable = Different(query).Where((_, i) => !valid.Columns[i][0].AsBool()).ToHashSet(StringComparer.Ordinal);
        var wrong = query.Patterns.Where(p => unusable.Contains(p.Pattern));
        var errors = wrong.Select(p => new QueryError(p.Path, $"\"{Short(p.Pattern)}\" is not a regular expression in RE2 syntax", p.Position, p.Length));
        if (errors.ToArray() is { Length: > 0 } all) throw new QueryException([.. all]);
    }

    private static IEnumerable<string> Different(BoundQuery query) => query.Patterns.Select(p => p.Pattern).Distinct(StringComparer.Ordinal);

    private static string Short(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
