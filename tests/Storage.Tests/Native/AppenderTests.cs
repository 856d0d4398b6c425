using System.Text;
using Storage.DuckDb.Native;

namespace Storage.Tests.Native;

public sealed class AppenderTests : IDisposable
{
    private readonly Duck _duck = new();

    public void Dispose() => _duck.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(100_000)]
    public void Appended_rows_of_every_type_come_back(int rows)
    {
        _duck.Connection.Execute("CREATE TABLE t (n BIGINT, d DOUBLE, b BOOLEAN, s VARCHAR, x BLOB, i INTEGER, h HUGEINT)");
        using (var appender = _duck.Connection.CreateAppender("t"))
        {
            for (var first = 0; first < rows; first += ChunkWriter.Capacity)
            {
                var count = Math.Min(ChunkWriter.Capacity, rows - first);
                Fill(appender.Rows, first, count);
                appender.Append(count);
            }

            appender.Complete();
        }

        var read = _duck.Rows("SELECT n, d, b, s, x, i, h FROM t ORDER BY rowid", (chunk, row) =>
        {
            var n = chunk.Values<long>(0)[row];
            return (n, chunk.Values<double>(1)[row], chunk.Values<bool>(2)[row], chunk.IsNull(3, row) ? null : chunk.GetString(3, row),
                Encoding.UTF8.GetString(chunk.GetBytes(4, row)), chunk.Values<int>(5)[row], chunk.Values<Int128>(6)[row]);
        });
        read.SequenceEqual(Enumerable.Range(0, rows).Select(n =>
            ((long)n, n / 2.0, n % 2 == 0, n % 5 == 4 ? null : TextOf(n), TextOf(n), -n, (Int128)n << 70))).ShouldBeTrue();
    }

    [Fact]
    public void Rows_that_were_not_completed_are_dropped()
    {
        _duck.Connection.Execute("CREATE TABLE t (n BIGINT)");
        using (var appender = _duck.Connection.CreateAppender("t"))
        {
            appender.Rows.Values<long>(0)[..10].Fill(1);
            appender.Append(10);
        }

        _duck.One<long>("SELECT count(*) FROM t").ShouldBe(0);
    }

    [Fact]
    public void An_unknown_table_is_named()
    {
        var failure = Should.Throw<DuckDbException>(() => _duck.Connection.CreateAppender("missing"));
        failure.ErrorType.ShouldBe(DuckDbErrorType.Catalog);
        failure.Message.ShouldContain("missing");
    }

    [Fact]
    public void A_violated_constraint_is_an_error()
    {
        _duck.Connection.Execute("CREATE TABLE t (n BIGINT NOT NULL)");
        using var appender = _duck.Connection.CreateAppender("t");
        appender.Rows.SetAllNull(0, 3);
        var failure = Should.Throw<DuckDbException>(() =>
        {
            appender.Append(3);
            appender.Complete();
        });
        failure.ErrorType.ShouldBe(DuckDbErrorType.Constraint);
    }

    [Fact]
    public void Use_after_dispose_is_refused()
    {
        _duck.Connection.Execute("CREATE TABLE t (n BIGINT)");
        var appender = _duck.Connection.CreateAppender("t");
        appender.Dispose();
        appender.Dispose();
        Should.Throw<ObjectDisposedException>(() => appender.Append(0));
        Should.Throw<ObjectDisposedException>(() => appender.Rows.ColumnCount);
        Should.Throw<ObjectDisposedException>(appender.Complete);
    }

    private static string TextOf(long n) => new((char)('a' + n % 26), (int)(n % 30));

    private static void Fill(ChunkWriter rows, int first, int count)
    {
        for (var row = 0; row < count; row++)
        {
            var n = first + row;
            rows.Values<long>(0)[row] = n;
            rows.Values<double>(1)[row] = n / 2.0;
            rows.Values<bool>(2)[row] = n % 2 == 0;
            if (n % 5 == 4) rows.Validity(3)[row >> 6] &= ~(1UL << (row & 63));
            else rows.SetBytes(3, row, Encoding.UTF8.GetBytes(TextOf(n)));
            rows.SetBytes(4, row, Encoding.UTF8.GetBytes(TextOf(n)));
            rows.Values<int>(5)[row] = -n;
            rows.Values<Int128>(6)[row] = (Int128)n << 70;
        }
    }
}
