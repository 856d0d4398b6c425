using Storage.Compile;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Compile;

/// <summary>What is estimated when too many events match, and how far off it may be.</summary>
public sealed class EstimateTests
{
    private const int Count = 8_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Percentiles_are_within_a_hundredth_and_the_answer_names_them(bool weighted)
    {
        using var store = new MemoryEvents([("d", ColumnType.Float64), ("i", ColumnType.Int64), ("s", ColumnType.String), .. weighted ? new[] { ("SampleRate", ColumnType.Int64) } : []]) { KnowsColumns = true };
        var random = new Random(5);
        (string, Value)[] Values(int n) =>
        [
            ("s", "s" + random.Next(60_000)), ("d", (n % 3 - 1) * Math.Exp(random.NextDouble() * 60 - 30)), ("i", (long)Math.Exp(random.NextDouble() * 42)), .. weighted ? new (string, Value)[] { ("SampleRate", (long)random.Next(1, 50)) } : [],
        ];
        store.With([.. Enumerable.Range(0, Count).Select(n => ((long)n, Values(n)))]);
        CalculationOp[] ops = [CalculationOp.P001, CalculationOp.P10, CalculationOp.P25, CalculationOp.P75, CalculationOp.P99, CalculationOp.P999];
        var query = new Query
        {
            Time = TimeRange.All, Calculations = [.. ops.SelectMany(op => new Calculation[] { new(op, "d"), new(op, "i") }), new(CalculationOp.CountDistinct, "s"), new(CalculationOp.Count)], Series = false,
        };
        var exact = store.Run(query);
        var estimated = QueryRunner.Run(query, store.Session with { ExactEvents = Count - 1 }, DateTimeOffset.UnixEpoch.AddDays(1), CancellationToken.None);
        exact.Meta.Approximate.ShouldBeEmpty();
        estimated.Meta.Approximate.ShouldBe(exact.Results.Columns.Select(c => c.Name).Where(name => name != "COUNT"));
        for (var i = 0; i < 2 * ops.Length; i++)
        {
            var (right, near) = (exact.Results.Columns[i][0], estimated.Results.Columns[i][0]);
            near.Kind.ShouldBe(right.Kind);
            near.AsDouble().ShouldBe(right.AsDouble(), Math.Abs(right.AsDouble()) * 0.01, exact.Results.Columns[i].Name);
        }

        var distinct = exact.Results.Find("COUNT_DISTINCT(s)")![0].AsDouble();
        estimated.Results.Find("COUNT_DISTINCT(s)")![0].AsDouble().ShouldBe(distinct, distinct * 0.025);
        estimated.Results.Find("COUNT")![0].ShouldBe(exact.Results.Find("COUNT")![0]);
    }

    /// <summary>Within three standard errors of 0.8 % each, however the events are shared out among threads and groups; few are counted exactly.</summary>
    [Fact]
    public void Counts_of_different_values_are_near_and_those_of_few_exact()
    {
        using var database = DuckDbDatabase.Open(null, new Dictionary<string, string> { ["threads"] = "4" });
        using var connection = database.Connect();
        connection.RegisterAggregates();
        foreach (var different in new[] { 1, 1_000, 2_048, 2_049, 5_000, 40_000, 1_000_000 })
        {
            var (value, allowed) = ($"CAST(hash(i % {different}) >> 1 AS BIGINT)", different <= 2_048 ? 0.5 : different * 0.025);
            long Count(string sql) => Rows(connection, sql);
            ((double)Count($"SELECT distinct_estimate_all({value}, 0) FROM range(1200000) r(i)")).ShouldBe(different, allowed);
            // Each value comes in all groups, or in one of them.
            ((double)Count($"SELECT min(n) FROM (SELECT i // {different} % 2 AS g, distinct_estimate({value}, 0) AS n FROM range(greatest(200000, 2 * {different})) r(i) GROUP BY g)")).ShouldBe(different, allowed);
            ((double)Count($"SELECT CAST(sum(n) AS BIGINT) FROM (SELECT i % {different} % 7 AS g, distinct_estimate({value}, 0) AS n FROM range(greatest(200000, {different})) r(i) GROUP BY g)")).ShouldBe(different, allowed);
        }

        Rows(connection, "SELECT distinct_estimate_all(CASE WHEN i < 0 THEN i END, 0) FROM range(10) r(i)").ShouldBe(0);
    }

    [Fact]
    public void What_matches_is_counted_and_not_what_is_there()
    {
        using var store = new MemoryEvents(("d", ColumnType.Float64)) { KnowsColumns = true };
        store.With([.. Enumerable.Range(0, 100).Select(n => ((long)n, new (string, Value)[] { ("d", (double)n) }))]);
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.P50, "d")], Where = new Filter.Condition("d", FilterOp.Less, 10) };
        var session = store.Session with { ExactEvents = 10 };
        QueryRunner.Run(query, session, DateTimeOffset.UnixEpoch.AddDays(1), CancellationToken.None).Meta.Approximate.ShouldBeEmpty();
        QueryRunner.Run(query with { Where = null }, session, DateTimeOffset.UnixEpoch.AddDays(1), CancellationToken.None).Meta.Approximate.ShouldBe(["P50(d)"]);
    }

    [Fact]
    public void Weighted_ranks_of_many_values_in_many_groups_and_by_several_threads_are_exact()
    {
        using var database = DuckDbDatabase.Open(null, new Dictionary<string, string> { ["threads"] = "4" });
        using var connection = database.Connect();
        connection.RegisterAggregates();
        connection.Execute("CREATE TABLE t AS SELECT i % 7 AS g, hash(i) % 50000 AS v, CAST(1 + hash(i + 1) % 9 AS BIGINT) AS w FROM range(400000) r(i)");
        // The same from windows.
        const string expected = """
            SELECT g, min(v) FILTER (WHERE below * 1000 >= total * 990) AS p
            FROM (SELECT g, v, sum(w) OVER (PARTITION BY g ORDER BY v) AS below, sum(w) OVER (PARTITION BY g) AS total FROM t) GROUP BY g
            """;
        Rows(connection, $"SELECT count(*) FROM ({expected}) a JOIN (SELECT g, (weighted_ranks_int(v::BIGINT, w, 0)) [12] AS p, (weighted_ranks_float(v::DOUBLE, w, 0)) [12] AS q FROM t GROUP BY g) b ON a.g = b.g AND a.p = b.p AND a.p = b.q")
            .ShouldBe(7);
        Rows(connection, $"SELECT count(*) FROM ({expected.Replace("g, v", "0 AS g, v").Replace("PARTITION BY g ORDER", "ORDER").Replace("PARTITION BY g", "")}) a JOIN (SELECT (weighted_ranks_int_all(v::BIGINT, w, 0)) [12] AS p, (weighted_ranks_float_all(v::DOUBLE, w, 0)) [12] AS q FROM t) b ON a.p = b.p AND a.p = b.q")
            .ShouldBe(1);
        Rows(connection, "SELECT count(*) FROM (SELECT weighted_ranks_int_all(v::BIGINT, w, 0) FILTER (WHERE v < 0) AS p FROM t) WHERE p IS NULL").ShouldBe(1);
    }

    private static long Rows(DuckDbConnection connection, string sql)
    {
        using var statement = connection.Prepare(sql);
        using var result = statement.Execute(CancellationToken.None);
        return result.NextChunk()!.Values<long>(0)[0];
    }
}
