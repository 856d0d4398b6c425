using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

public sealed class CancellationTests : IDisposable
{
    private const string Endless = "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 3 = hash(i) % 5";

    private readonly Duck _duck = new();

    public void Dispose() => _duck.Dispose();

    [Fact]
    public void A_cancelled_token_runs_nothing()
    {
        using var statement = _duck.Connection.Prepare("CREATE TABLE t (n BIGINT)");
        Should.Throw<OperationCanceledException>(() => statement.Execute(new CancellationToken(canceled: true)));
        Should.Throw<DuckDbException>(() => _duck.One<long>("SELECT count(*) FROM t")).ErrorType.ShouldBe(DuckDbErrorType.Catalog);
    }

    [Fact]
    public void Cancelling_ends_a_long_query_and_the_connection_goes_on()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        using (var statement = _duck.Connection.Prepare(Endless))
        {
            var failure = Should.Throw<OperationCanceledException>(() => statement.Execute(cancellation.Token));
            failure.CancellationToken.ShouldBe(cancellation.Token);
        }

        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public void Cancelling_while_a_query_is_planned_reads_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        var scanned = false;
        _duck.Connection.RegisterTableFunction("numbers", n =>
        {
            cancellation.Cancel();
            return new NumberScan(n) { BeforeScan = () => scanned = true };
        });
        using (var statement = _duck.Connection.Prepare("SELECT count(*) FROM numbers(100000000)"))
            Should.Throw<OperationCanceledException>(() => statement.Execute(cancellation.Token)).CancellationToken.ShouldBe(cancellation.Token);
        scanned.ShouldBeFalse();
        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public void Cancelling_ends_a_query_that_ranks_what_it_kept()
    {
        _duck.Connection.RegisterAggregates();
        using var cancellation = new CancellationTokenSource();
        var run = KeptValues.Begin();
        // The scan that stands between the values and their ranks cancels: what is ranked then is of no use, and is not looked at any more. It is so long
        // that it is not over before an interrupt can come: until the statement is pending there is none.
        _duck.Connection.RegisterTableFunction("numbers", n => new NumberScan(n)
        {
            BeforeScan = () =>
            {
                KeptValues.Stop(run);
                cancellation.Cancel();
            },
        });
        var task = KeptRanks.Task(run, [0.5]);
        using (var statement = _duck.Connection.Prepare($"SELECT kept_ranks_int_all(n, {task})[2] FROM numbers(5000000)"))
            Should.Throw<OperationCanceledException>(() => statement.Execute(cancellation.Token));
        KeptValues.End(run);
        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public void Cancelling_between_chunks_ends_the_result()
    {
        using var cancellation = new CancellationTokenSource();
        using var statement = _duck.Connection.Prepare("SELECT i FROM range(1000000000000) t(i)");
        using var result = statement.Execute(cancellation.Token);
        result.NextChunk().ShouldNotBeNull();
        cancellation.Cancel();
        Should.Throw<OperationCanceledException>(() => result.NextChunk()).CancellationToken.ShouldBe(cancellation.Token);
        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public async Task Cancelling_while_rows_are_awaited_ends_the_result()
    {
        using var cancellation = new CancellationTokenSource();
        using var reading = new ManualResetEventSlim();
        var scans = new List<NumberScan>();
        _duck.Connection.RegisterTableFunction("numbers", n =>
        {
            scans.Add(new NumberScan(n, threads: 2) { BeforeScan = reading.Set });
            return scans[^1];
        });
        var statement = _duck.Connection.Prepare("SELECT a.n FROM numbers(1000000000) a WHERE hash(a.n) = 1");
        var cancel = Task.Run(() =>
        {
            reading.Wait();
            cancellation.Cancel();
        });
        Should.Throw<OperationCanceledException>(() =>
        {
            using var result = statement.Execute(cancellation.Token);
            while (result.NextChunk() is not null)
            {
            }
        });
        await cancel;
        statement.Dispose();
        scans.ShouldAllBe(scan => scan.Released == 1 && scan.Running == 0 && !scan.UsedAfterRelease);
        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public async Task An_interrupt_from_elsewhere_is_an_error_and_no_cancellation()
    {
        var running = Task.Run(() => Should.Throw<DuckDbException>(() => _duck.One<long>(Endless)).ErrorType);
        while (!running.IsCompleted)
        {
            _duck.Connection.Interrupt(); // again and again: one before the query starts has no effect
            await Task.Delay(10);
        }

        (await running).ShouldBe(DuckDbErrorType.Interrupt);
    }

    [Fact]
    public async Task A_late_cancellation_never_hits_the_next_query()
    {
        for (var i = 0; i < 300; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var cancel = Task.Run(() =>
            {
                Thread.SpinWait(i * 40);
                cancellation.Cancel();
            });
            using (var statement = _duck.Connection.Prepare("SELECT sum(i)::BIGINT FROM range(20000) t(i)"))
            {
                try
                {
                    using var result = statement.Execute(cancellation.Token);
                    result.NextChunk().ShouldNotBeNull().Values<long>(0)[0].ShouldBe(199_990_000);
                }
                catch (OperationCanceledException)
                {
                    // as good as the sum: the token was cancelled
                }
            }

            _duck.One<long>("SELECT sum(i)::BIGINT FROM range(20000) t(i)").ShouldBe(199_990_000);
            await cancel;
        }
    }

    [Fact]
    public async Task Progress_moves_while_a_query_runs()
    {
        _duck.Connection.Execute("CREATE TABLE t AS SELECT i FROM range(5000000) t(i)");
        using var cancellation = new CancellationTokenSource();
        var seen = new HashSet<double>();
        var running = Task.Run(() => Should.Throw<OperationCanceledException>(() =>
        {
            using var statement = _duck.Connection.Prepare("SELECT max(md5(md5(md5(i::VARCHAR)))) FROM t");
            statement.Execute(cancellation.Token);
            cancellation.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
            cancellation.Token.ThrowIfCancellationRequested();
        }));
        while (!running.IsCompleted && seen.Count < 3)
        {
            if (_duck.Connection.Progress is { } progress) seen.Add(progress);
            Thread.Sleep(1);
        }

        cancellation.Cancel();
        await running;
        seen.Count.ShouldBeGreaterThanOrEqualTo(3);
        seen.ShouldAllBe(progress => progress >= 0 && progress <= 1);
    }

    [Fact]
    public void Progress_stays_unknown_or_zero_while_a_table_function_is_scanned()
    {
        var seen = new List<double?>();
        var calls = 0;
        _duck.Connection.RegisterTableFunction("numbers", n => new NumberScan(n)
        {
            BeforeScan = () =>
            {
                if (Interlocked.Increment(ref calls) % 10 != 0) return;
                var progress = _duck.Connection.Progress;
                lock (seen) seen.Add(progress);
            },
        });
        _duck.One<long>("SELECT max(n) FROM numbers(1000000)");
        seen.Count.ShouldBeGreaterThan(10);
        seen.ShouldAllBe(progress => progress == null || progress == 0);
    }

    [Fact]
    public void Without_a_query_progress_is_unknown() => _duck.Connection.Progress.ShouldBeNull();

    [Fact]
    public void A_streaming_result_starts_before_the_query_is_done()
    {
        using var statement = _duck.Connection.Prepare("SELECT i FROM range(1000000000000) t(i)");
        using var result = statement.Execute(CancellationToken.None);
        result.NextChunk().ShouldNotBeNull().Values<long>(0)[1].ShouldBe(1);
        result.NextChunk().ShouldNotBeNull().Values<long>(0)[0].ShouldBe(2048);
    }
}
