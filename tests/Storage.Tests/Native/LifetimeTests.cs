using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

public sealed class LifetimeTests
{
    [Fact]
    public void Everything_refuses_use_after_dispose()
    {
        var database = DuckDbDatabase.Open(null, new Dictionary<string, string>());
        var connection = database.Connect();
        var statement = connection.Prepare("SELECT i, 'text of more than twelve bytes' FROM range(3) t(i)");
        var result = statement.Execute(CancellationToken.None);
        var chunk = result.NextChunk().ShouldNotBeNull();

        result.Dispose();
        result.Dispose();
        Should.Throw<ObjectDisposedException>(() => result.NextChunk());
        Should.Throw<ArgumentOutOfRangeException>(() => chunk.GetString(1, 0));
        chunk.Values<long>(0).Length.ShouldBe(0);

        statement.Dispose();
        statement.Dispose();
        Should.Throw<ObjectDisposedException>(() => statement.Execute(CancellationToken.None));
        Should.Throw<ObjectDisposedException>(() => statement.Bind(1, 1));

        connection.Dispose();
        connection.Dispose();
        Should.Throw<ObjectDisposedException>(() => connection.Execute("SELECT 1"));
        Should.Throw<ObjectDisposedException>(() => connection.Prepare("SELECT 1"));
        Should.Throw<ObjectDisposedException>(() => connection.CreateAppender("t"));
        connection.Interrupt();
        connection.Progress.ShouldBeNull();

        database.Dispose();
        database.Dispose();
        Should.Throw<ObjectDisposedException>(() => database.Connect());
    }

    [Fact]
    public void Closing_a_connection_closes_its_open_result()
    {
        using var duck = new Duck();
        using var statement = duck.Connection.Prepare("SELECT i FROM range(1000000000) t(i)");
        using var result = statement.Execute(CancellationToken.None);
        result.NextChunk().ShouldNotBeNull();
        duck.Connection.Dispose();
        Should.Throw<ObjectDisposedException>(() => result.NextChunk());
        Should.Throw<ObjectDisposedException>(() => statement.Execute(CancellationToken.None));
        Should.Throw<ObjectDisposedException>(() => duck.Connection.Prepare("SELECT 1"));
        Should.Throw<ObjectDisposedException>(() => duck.Connection.CreateAppender("t"));
        duck.Connection.Progress.ShouldBeNull();
        duck.Connection.Interrupt();
    }

    [Fact]
    public void A_connection_outlives_its_database_object()
    {
        var database = DuckDbDatabase.Open(null, new Dictionary<string, string>());
        using var connection = database.Connect();
        database.Dispose();
        Should.Throw<ObjectDisposedException>(() => database.Connect());
        connection.Execute("CREATE TABLE t AS SELECT 1");
    }

    [Fact]
    public void A_new_query_ends_the_result_before_it()
    {
        using var duck = new Duck();
        using var statement = duck.Connection.Prepare("SELECT i FROM range(1000000000) t(i)");
        using var first = statement.Execute(CancellationToken.None);
        first.NextChunk().ShouldNotBeNull();
        duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
        Should.Throw<InvalidOperationException>(() => first.NextChunk()).Message.ShouldContain("another query");
    }

    [Fact]
    public async Task Disposing_from_another_thread_ends_a_fetch()
    {
        using var duck = new Duck();
        using var scanning = new ManualResetEventSlim();
        duck.Connection.RegisterTableFunction("numbers", n => new NumberScan(n) { BeforeScan = scanning.Set });
        using var statement = duck.Connection.Prepare("SELECT n FROM numbers(100000000000) WHERE n < 400000 OR hash(n) = 1");
        using var result = statement.Execute(CancellationToken.None);
        result.NextChunk().ShouldNotBeNull();
        scanning.Reset();
        var reading = Task.Run(() => Should.Throw<Exception>(() =>
        {
            while (result.NextChunk() is not null)
            {
            }
        }));
        scanning.Wait();
        result.Dispose();
        var failure = await reading;
        (failure is ObjectDisposedException or DuckDbException { ErrorType: DuckDbErrorType.Interrupt }).ShouldBeTrue(failure.ToString());
        duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public void An_abandoned_result_leaves_an_open_transaction_intact()
    {
        using var duck = new Duck();
        duck.Connection.Execute("CREATE TABLE t (n BIGINT); BEGIN; INSERT INTO t VALUES (1)");
        using (var statement = duck.Connection.Prepare("SELECT i FROM range(1000000000) t(i)"))
        using (var result = statement.Execute(CancellationToken.None)) result.NextChunk().ShouldNotBeNull();
        duck.Connection.Execute("COMMIT");
        duck.One<long>("SELECT count(*) FROM t").ShouldBe(1);
    }

    [Fact]
    public void Forgotten_objects_are_finalized_in_any_order()
    {
        for (var i = 0; i < 20; i++) Forget(i);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var duck = new Duck();
        duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);

        static void Forget(int i)
        {
            var duck = new Duck();
            duck.Connection.Execute($"CREATE TABLE t AS SELECT * FROM range({i * 1000})");
            var result = duck.Connection.Prepare("SELECT * FROM t, range(1000)").Execute(CancellationToken.None);
            result.NextChunk();
            _ = duck.Connection.CreateAppender("t");
        }
    }
}
