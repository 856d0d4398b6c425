using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

public sealed class ErrorTests : IDisposable
{
    private readonly Duck _duck = new();

    public void Dispose() => _duck.Dispose();

    [Theory]
    [InlineData("SELEC 1", nameof(DuckDbErrorType.Parser), "SELEC")]
    [InlineData("SELECT missing", nameof(DuckDbErrorType.Binder), "missing")]
    [InlineData("SELECT * FROM nowhere", nameof(DuckDbErrorType.Catalog), "nowhere")]
    [InlineData("SELECT ('a' || i)::BIGINT FROM range(3) t(i)", nameof(DuckDbErrorType.Conversion), "a0")]
    [InlineData("SELECT * FROM read_parquet('/nowhere/at/all.parquet')", nameof(DuckDbErrorType.IO), "/nowhere/at/all.parquet")]
    [InlineData("SELECT 9223372036854775807 + i FROM range(3) t(i)", nameof(DuckDbErrorType.OutOfRange), "9223372036854775807")]
    [InlineData("SELECT regexp_matches('a' || i, '(') FROM range(3) t(i)", nameof(DuckDbErrorType.InvalidInput), "(")]
    public void A_failure_has_its_kind_and_names_its_cause(string sql, string type, string named)
    {
        var failure = Should.Throw<DuckDbException>(() => _duck.Rows(sql, (_, _) => 0));
        failure.Message.ShouldContain(named);
        failure.ErrorType.ToString().ShouldBe(type);
        _duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Theory]
    [InlineData("SELEC 1", nameof(DuckDbErrorType.Parser))]
    [InlineData("SELECT * FROM nowhere", nameof(DuckDbErrorType.Catalog))]
    [InlineData("SELECT ('a' || i)::BIGINT FROM range(3) t(i)", nameof(DuckDbErrorType.Conversion))]
    public void Statements_without_a_result_fail_alike(string sql, string type) =>
        Should.Throw<DuckDbException>(() => _duck.Connection.Execute(sql)).ErrorType.ToString().ShouldBe(type);

    [Fact]
    public void A_failure_while_rows_are_read_is_never_taken_for_an_interrupt()
    {
        using var duck = new Duck(("threads", "4"));
        for (var i = 0; i < 20; i++)
        {
            var failure = Should.Throw<DuckDbException>(() =>
                duck.Rows("SELECT CASE WHEN i < 1000000 THEN '1' ELSE 'x' END::BIGINT FROM range(2000000) t(i)", (_, _) => 0));
            failure.ErrorType.ShouldBeOneOf(DuckDbErrorType.Conversion, DuckDbErrorType.Executor);
        }
    }

    [Fact]
    public void Too_little_memory_is_an_error_of_its_own()
    {
        using var duck = new Duck(("memory_limit", "20MB"), ("max_temp_directory_size", "0KB"));
        var failure = Should.Throw<DuckDbException>(() =>
            duck.One<long>("SELECT len(list(i)) FROM range(10000000) t(i)"));
        failure.ErrorType.ShouldBe(DuckDbErrorType.OutOfMemory);
        duck.One<long>("SELECT 7::BIGINT").ShouldBe(7);
    }

    [Fact]
    public void A_parameter_without_a_value_is_a_clear_error()
    {
        using var statement = _duck.Connection.Prepare("SELECT ?::BIGINT + ?::BIGINT");
        statement.Bind(1, 1);
        var failure = Should.Throw<DuckDbException>(() => statement.Execute(CancellationToken.None));
        failure.Message.ShouldContain("2");
        failure.ErrorType.ShouldBe(DuckDbErrorType.InvalidInput);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public void A_parameter_that_is_not_there_is_a_clear_error(int index)
    {
        using var statement = _duck.Connection.Prepare("SELECT ?::BIGINT");
        var failure = Should.Throw<DuckDbException>(() => statement.Bind(index, 1));
        failure.Message.ShouldBe($"there is no parameter {index}: the statement has 1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("-- nothing")]
    [InlineData("SELECT 1; SELECT 2")]
    public void Only_one_statement_can_be_prepared(string sql) =>
        Should.Throw<DuckDbException>(() => _duck.Connection.Prepare(sql)).Message.ShouldContain("prepare");

    [Fact]
    public void A_zero_character_in_sql_is_refused_instead_of_cutting_it()
    {
        Should.Throw<DuckDbException>(() => _duck.Connection.Execute("SELECT 1\0 garbage")).ErrorType.ShouldBe(DuckDbErrorType.Parser);
        Should.Throw<DuckDbException>(() => _duck.Connection.Prepare("SELECT 1\0")).Message.ShouldContain("position 8");
    }

    [Theory]
    [InlineData("no_such_setting", "1")]
    [InlineData("memory_limit", "a lot")]
    [InlineData("threads", "-3")]
    public void A_bad_setting_is_named(string name, string value) =>
        Should.Throw<DuckDbException>(() => new Duck((name, value))).Message.ShouldContain(name);

    [Fact]
    public void A_database_file_that_cannot_be_used_is_named()
    {
        var failure = Should.Throw<DuckDbException>(() => DuckDbDatabase.Open("/nowhere/at/all.duckdb", new Dictionary<string, string>()));
        failure.Message.ShouldContain("/nowhere/at/all.duckdb");
        failure.ErrorType.ShouldBe(DuckDbErrorType.IO);
    }

    [Fact]
    public void The_library_is_the_pinned_one() => DuckDbDatabase.LibraryVersion.ShouldStartWith("v1.5.");
}
