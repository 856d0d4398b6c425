using Storage.Compile;
using Storage.DuckDb;
using Storage.DuckDb.Native;
using Storage.DuckDb.Tally;

namespace Storage.Tests.Store;

public sealed class ReadSessionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Engine _engine;

    public ReadSessionTests() => _engine = new Engine(64 << 20, 1, _directory.Path);

    public void Dispose()
    {
        _engine.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_connection_on_which_a_statement_failed_or_was_stopped_serves_nobody_else()
    {
        var connection = _engine.Rent();
        _engine.Return(connection);
        using (var session = Session()) Execute(session, "CREATE TEMP TABLE kept AS SELECT 1");
        var again = _engine.Rent();
        again.ShouldBeSameAs(connection);
        _engine.Return(again);

        using (var session = Session())
        {
            Should.Throw<DuckDbException>(() => Execute(session, "CREATE TEMP TABLE kept AS SELECT 2")); // it is there
            session.Sql.HasFailed().ShouldBeTrue();
        }

        using (var session = Session())
        {
            Execute(session, "CREATE TEMP TABLE kept AS SELECT 3");
            Should.Throw<OperationCanceledException>(() => session.Sql.Execute(new SqlStatement("SELECT 4", []), new CancellationToken(canceled: true)));
        }

        using (var session = Session()) Execute(session, "CREATE TEMP TABLE kept AS SELECT 5");
    }

    private static void Execute(ReadSession session, string text) => session.Sql.Execute(new SqlStatement(text, []), default);

    private ReadSession Session()
    {
        var options = new EventStoreOptions { DataDirectory = _directory.Path };
        return new ReadSession(_engine, new StateLease(new StoreState([], [])), new ColumnRegistry(10), options, new KeptRows(0), tellsProgress: false, default);
    }
}
