using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

public sealed class TableFunctionTests : IDisposable
{
    private readonly Duck _duck = new();
    private readonly List<NumberScan> _scans = [];

    public void Dispose() => _duck.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(100_000)]
    public void Scanned_rows_of_every_type_come_back(int rows)
    {
        Register(n => new NumberScan(n));
        var read = _duck.Rows("SELECT n, half, even, text, raw FROM numbers(?)", (chunk, row) =>
        {
            var nulls = Enumerable.Range(0, 5).Count(column => chunk.IsNull(column, row));
            return nulls > 0
                ? (-(long)nulls, 0.0, false, "", "")
                : (chunk.Values<long>(0)[row], chunk.Values<double>(1)[row], chunk.Values<bool>(2)[row], chunk.GetString(3, row), chunk.GetString(4, row));
        }, rows);
        read.SequenceEqual(Enumerable.Range(0, rows).Select(n => n % 7 == 5
            ? (-5L, 0.0, false, "", "")
            : ((long)n, n / 2.0, n % 2 == 0, NumberScan.TextOf(n), new string((char)('a' + n % 26), n % 26)))).ShouldBeTrue();
    }

    [Fact]
    public void Slots_with_zero_padding_group_and_compare_like_other_strings()
    {
        Register(n => new NumberScan(n));
        _duck.One<long>("SELECT count(DISTINCT raw) FROM numbers(100000)").ShouldBe(26);
        _duck.One<long>("SELECT count(*) FROM numbers(26) WHERE raw = repeat('m', 12)::BLOB").ShouldBe(0); // row 12 is NULL
        _duck.One<long>("SELECT count(*) FROM numbers(26) WHERE raw = repeat('n', 13)::BLOB").ShouldBe(1);
        _duck.One<long>("SELECT count(*) FROM numbers(26) WHERE raw = repeat('l', 11)::BLOB").ShouldBe(1);
    }

    [Fact]
    public void Only_the_columns_that_are_needed_are_asked_for()
    {
        Register(n => new NumberScan(n));
        _duck.One<double>("SELECT sum(half) FROM numbers(10) WHERE text LIKE 'row%'");
        _scans[^1].Projections.ShouldHaveSingleItem().Split(',').Order().ShouldBe(["1", "3"]);
    }

    [Fact]
    public void Counting_rows_asks_for_at_most_the_first_column()
    {
        Register(n => new NumberScan(n));
        _duck.One<long>("SELECT count(*) FROM numbers(5000)").ShouldBe(5000);
        _scans[^1].Projections.ShouldHaveSingleItem().ShouldBeOneOf("", "-1", "0");
    }

    [Fact]
    public void Several_threads_scan_and_every_row_comes_once()
    {
        using var duck = new Duck(("threads", "4"));
        using var together = new Barrier(2);
        var waited = 0;
        NumberScan? scan = null;
        duck.Connection.RegisterTableFunction("numbers", n => scan = new NumberScan(n, threads: 4)
        {
            // The first two calls wait for each other, so they are on two threads or the test fails.
            BeforeScan = () =>
            {
                if (Interlocked.Increment(ref waited) <= 2) together.SignalAndWait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
            },
        });
        duck.One<long>("SELECT count(*) * 1000000 + count(DISTINCT n) FROM numbers(500000)").ShouldBe(500_000_000_000 + 500_000 - 71_428);
        scan.ShouldNotBeNull().Threads.Count.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void A_join_of_two_scans_keeps_them_apart()
    {
        Register(n => new NumberScan(n));
        _duck.One<long>("SELECT count(*) FROM numbers(5000) a JOIN numbers(300) b USING (n)").ShouldBe(300 - 43);
    }

    [Fact]
    public void Other_connections_see_the_function()
    {
        Register(n => new NumberScan(n));
        using var other = _duck.Connect();
        using var statement = other.Prepare("SELECT count(*) FROM numbers(3)");
        using var result = statement.Execute(CancellationToken.None);
        result.NextChunk().ShouldNotBeNull().Values<long>(0)[0].ShouldBe(3);
    }

    [Fact]
    public void A_failure_at_bind_is_the_error_of_the_statement()
    {
        Register(n => throw new InvalidOperationException($"there is no tier {n}"));
        var failure = Should.Throw<DuckDbException>(() => _duck.Connection.Prepare("SELECT * FROM numbers(42)"));
        failure.Message.ShouldContain("there is no tier 42");
        failure.ErrorType.ShouldBe(DuckDbErrorType.Binder);
        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Theory]
    [InlineData("the batch is broken", nameof(DuckDbErrorType.InvalidInput))]
    [InlineData("Out of Memory Error: the batch is broken", nameof(DuckDbErrorType.OutOfMemory))]
    public void A_failure_in_a_scan_is_the_error_of_the_query(string message, string type)
    {
        Register(n => new NumberScan(n) { BeforeScan = () => throw new InvalidOperationException(message) });
        var failure = Should.Throw<DuckDbException>(() => _duck.One<long>("SELECT sum(n)::BIGINT FROM numbers(10)"));
        failure.Message.ShouldContain("the batch is broken");
        failure.ErrorType.ToString().ShouldBe(type);
        _scans.ShouldAllBe(scan => scan.Released == 1);
        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public void A_column_written_in_the_wrong_width_is_an_error_and_no_corruption()
    {
        _duck.Connection.RegisterTableFunction("wrong", _ => new WrongScan());
        Should.Throw<DuckDbException>(() => _duck.One<long>("SELECT n FROM wrong(1)")).Message.ShouldContain("Int64");
    }

    [Fact]
    public void A_null_argument_is_an_error()
    {
        Register(n => new NumberScan(n));
        Should.Throw<DuckDbException>(() => _duck.One<long>("SELECT count(*) FROM numbers(NULL)")).Message.ShouldContain("NULL");
    }

    [Theory]
    [InlineData("SELECT count(*) FROM numbers(5000)")]
    [InlineData("SELECT n FROM numbers(5000)")]
    [InlineData("SELECT n FROM numbers(5000) LIMIT 1")]
    [InlineData("SELECT a.n FROM numbers(5000) a, numbers(5) b")]
    public void A_scan_is_released_once_when_its_query_is_gone(string sql)
    {
        Register(n => new NumberScan(n));
        _duck.Rows(sql, (_, _) => 0);
        _scans.Count.ShouldBeGreaterThan(0);
        _scans.ShouldAllBe(scan => scan.Released == 1);
    }

    [Fact]
    public void A_statement_that_runs_again_scans_again()
    {
        Register(n => new NumberScan(n));
        using var statement = _duck.Connection.Prepare("SELECT count(*) FROM numbers(5000)");
        for (var i = 0; i < 3; i++)
        {
            using var result = statement.Execute(CancellationToken.None);
            result.NextChunk().ShouldNotBeNull().Values<long>(0)[0].ShouldBe(5000);
        }
    }

    [Fact]
    public void A_recursive_query_scans_in_every_step()
    {
        Register(n => new NumberScan(n));
        _duck.One<long>("WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s, numbers(4) WHERE n = 1 AND i < 5) SELECT count(*) FROM s").ShouldBe(6);
    }

    [Fact]
    public void No_thread_scans_any_more_when_a_failed_query_is_gone()
    {
        using var duck = new Duck(("threads", "4"));
        var scans = new List<NumberScan>();
        var calls = 0;
        duck.Connection.RegisterTableFunction("numbers", n =>
        {
            var scan = new NumberScan(n, threads: 4)
            {
                BeforeScan = () =>
                {
                    if (Interlocked.Increment(ref calls) % 40 == 0) throw new InvalidOperationException("a batch is broken");
                },
            };
            scans.Add(scan);
            return scan;
        });
        for (var i = 0; i < 20; i++)
        {
            Should.Throw<DuckDbException>(() => duck.One<long>("SELECT count(DISTINCT text) FROM numbers(10000000)"));
            scans.ShouldAllBe(scan => scan.Released == 1 && scan.Running == 0 && !scan.UsedAfterRelease);
        }
    }

    [Fact]
    public void A_scan_is_not_released_while_its_statement_may_run_again()
    {
        Register(n => new NumberScan(n));
        var statement = _duck.Connection.Prepare("SELECT count(*) FROM numbers(10)");
        _scans[^1].Released.ShouldBe(0);
        statement.Dispose();
        _scans[^1].Released.ShouldBe(1);
    }

    [Fact]
    public void An_abandoned_result_releases_its_scan()
    {
        Register(n => new NumberScan(n));
        using (var statement = _duck.Connection.Prepare("SELECT n, text FROM numbers(10000000)"))
        using (var result = statement.Execute(CancellationToken.None))
        {
            result.NextChunk().ShouldNotBeNull();
            _scans[^1].Released.ShouldBe(0);
        }

        _scans.ShouldAllBe(scan => scan.Released == 1);
        _scans.Sum(scan => scan.Scanned).ShouldBeLessThan(4000); // 10 million rows are 4,883 chunks
    }

    private void Register(Func<long, NumberScan> open) => _duck.Connection.RegisterTableFunction("numbers", n =>
    {
        var scan = open(n);
        _scans.Add(scan);
        return scan;
    });

    private sealed class WrongScan : TableScan
    {
        public override IReadOnlyList<(string Name, DuckDbType Type)> Columns { get; } = [("n", DuckDbType.Int64)];

        public override long Cardinality => 1;

        public override int MaxThreads => 1;

        public override void Start()
        {
        }

        public override object? StartThread() => null;

        public override int Scan(object? threadState, ChunkWriter output)
        {
            output.Values<Int128>(0).Fill(Int128.MaxValue);
            return 1;
        }
    }
}
