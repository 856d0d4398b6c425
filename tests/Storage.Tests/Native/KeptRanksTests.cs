using System.Globalization;
using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

public sealed class KeptRanksTests : IDisposable
{
    private static readonly double[] Quantiles = [0.001, 0.05, 0.5, 0.75, 0.99, 0.999];

    private readonly Duck _duck = new();
    private readonly long _run = KeptValues.Begin();

    public KeptRanksTests() => _duck.Connection.RegisterAggregates();

    public void Dispose()
    {
        KeptValues.End(_run);
        _duck.Dispose();
    }

    /// <summary>Few values, many, all the same, two of them, with a long tail, in order.</summary>
    [Theory]
    [InlineData("hash(i) % 1000003", 7)]
    [InlineData("hash(i) % 1000003", 200_000)]
    [InlineData("42", 60_000)]
    [InlineData("i % 2", 60_000)]
    [InlineData("CASE WHEN i < 100 THEN i * 1000000000 ELSE i % 50 END", 60_000)]
    [InlineData("i", 60_000)]
    [InlineData("-i", 16_385)]
    public void Ranks_of_integers_are_those_of_the_sorted_values(string value, int count)
    {
        _duck.Connection.Execute($"CREATE TABLE t AS SELECT CAST({value} AS BIGINT) AS v, i % 13 AS g, i % 3 AS h FROM range({count}) AS r(i)");
        var task = KeptRanks.Task(_run, Quantiles).ToString(CultureInfo.InvariantCulture);
        var exact = $"[{string.Join(", ", Quantiles.Select(q => q.ToString(CultureInfo.InvariantCulture)))}]";
        _duck.One<bool>($"SELECT kept_ranks_int_all(v, {task})[2:] = quantile_disc(v, {exact}) FROM t").ShouldBeTrue();
        // Groups of groups, and all of them.
        _duck.Rows($"""
            WITH f AS MATERIALIZED (SELECT g, h, kept_ranks_int(v, {task}) AS p FROM t GROUP BY g, h),
            g AS MATERIALIZED (SELECT g, merged_ranks_int(p[1], {task}) AS p FROM f GROUP BY g)
            SELECT (SELECT merged_ranks_int_all(p[1], {task})[2:] FROM g) = (SELECT quantile_disc(v, {exact}) FROM t)
            UNION ALL SELECT bool_and(g.p[2:] = x.q) FROM g JOIN (SELECT g, quantile_disc(v, {exact}) AS q FROM t GROUP BY g) AS x USING (g)
            """, (chunk, row) => chunk.Values<bool>(0)[row]).ShouldBe([true, true]);
    }

    [Fact]
    public void Ranks_of_floats_and_decimals_are_those_of_the_sorted_values()
    {
        _duck.Connection.Execute("CREATE TABLE t AS SELECT (CAST(hash(i) % 2000001 AS DOUBLE) - 1000000) / 1000 AS v, i % 7 AS g FROM range(50000) AS r(i)");
        var task = KeptRanks.Task(_run, Quantiles).ToString(CultureInfo.InvariantCulture);
        var exact = $"[{string.Join(", ", Quantiles.Select(q => q.ToString(CultureInfo.InvariantCulture)))}]";
        foreach (var (name, value) in new[] { ("float", "v"), ("decimal", "CAST(v AS DECIMAL(18,6))") })
        {
            _duck.One<bool>($"""
                WITH f AS MATERIALIZED (SELECT g, kept_ranks_{name}({value}, {task}) AS p FROM t GROUP BY g)
                SELECT merged_ranks_{name}_all(CAST(p[1] AS BIGINT), {task})[2:] = (SELECT quantile_disc(v, {exact}) FROM t) FROM f
                """).ShouldBeTrue();
        }
    }

    [Fact]
    public void Different_values_are_counted_together()
    {
        var task = KeptRanks.Task(_run, []).ToString(CultureInfo.InvariantCulture);
        _duck.Connection.Execute("CREATE TABLE t AS SELECT CAST(hash(i % 5003) >> 1 AS BIGINT) AS v, i % 11 AS g FROM range(100000) AS r(i)");
        _duck.One<bool>($"""
            WITH f AS MATERIALIZED (SELECT g, kept_hashes(v, {task}) AS p, count(DISTINCT v) AS n FROM t GROUP BY g)
            SELECT bool_and(p[2] = n) AND merged_hashes_all(p[1], {task})[2] = 5003 FROM f
            """).ShouldBeTrue();
    }

    [Theory]
    [InlineData(7)]
    [InlineData(3_000)]
    [InlineData(2_000_000)]
    public void Sets_that_several_threads_fill_are_one_in_the_end(int different)
    {
        using var duck = new Duck(("threads", "4"));
        duck.Connection.RegisterAggregates();
        var task = KeptRanks.Task(_run, []).ToString(CultureInfo.InvariantCulture);
        duck.One<long>($"SELECT kept_hashes_all(CAST(hash(i % {different}) >> 1 AS BIGINT), {task})[2] FROM range(2500000) AS r(i)").ShouldBe(different);
    }

    /// <summary>Where there is no memory even to go on, that is an error, which the process outlives.</summary>
    [Theory]
    [InlineData("kept_ranks_int(i, {0})", 7)]
    [InlineData("weighted_ranks_int(i, 1.0::DOUBLE, {1})", 13)]
    [InlineData("heat_cells(i::DOUBLE, 1.0::DOUBLE, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]::DOUBLE[], {1})", 9)]
    public void Lists_need_no_memory_of_the_engine(string aggregate, int length)
    {
        const int Groups = 100_000;
        using var duck = new Duck(("threads", "1"));
        duck.Connection.RegisterAggregates();
        duck.Connection.Execute("SET streaming_buffer_size = '1KB'"); // so that lists are made one chunk after the other, as they are read
        var list = string.Format(CultureInfo.InvariantCulture, aggregate, KeptRanks.Task(_run, Quantiles), _run);
        using var statement = duck.Connection.Prepare($"SELECT len({list}) FROM range({Groups}) AS r(i) GROUP BY i");
        using var result = statement.Execute(CancellationToken.None);
        using var other = duck.Connect();
        var rows = 0;
        try
        {
            while (result.NextChunk() is { } chunk)
            {
                chunk.Values<long>(0).ToArray().ShouldAllBe(l => l == length);
                rows += chunk.Count;
                LeaveNoMemory(other);
            }
        }
        catch (DuckDbException e)
        {
            e.ErrorType.ShouldBe(DuckDbErrorType.OutOfMemory);
        }

        rows.ShouldBeGreaterThan(Groups / 2);
    }

    /// <summary>Sets the limit of the engine to little more than what is in use, less than lists of a chunk need.</summary>
    private static void LeaveNoMemory(DuckDbConnection connection)
    {
        long used;
        using (var statement = connection.Prepare("SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()"))
        using (var result = statement.Execute(CancellationToken.None))
            used = result.NextChunk()!.Values<long>(0)[0];
        connection.Execute($"SET memory_limit = '{(used / 1_000) + 20}KB'");
    }

    [Fact]
    public void Nothing_makes_null_and_nothing_is_known_of_a_run_that_is_over()
    {
        var run = KeptValues.Begin();
        var task = KeptRanks.Task(run, [0.5]).ToString(CultureInfo.InvariantCulture);
        _duck.One<bool>($"SELECT kept_ranks_int_all(i, {task})[2] = 49999 AND kept_ranks_int_all(i, {task}) FILTER (WHERE i < 0) IS NULL FROM range(100000) AS r(i)").ShouldBeTrue();
        KeptValues.End(run);
        _duck.One<bool>($"SELECT kept_ranks_int_all(i, {task}) IS NULL FROM range(1000) AS r(i)").ShouldBeTrue();
    }
}
