using Storage.DuckDb.Native;
using Storage.Queries;

namespace Storage.Tests.Native;

public sealed class ValueTests : IDisposable
{
    private readonly Duck _duck = new();

    public void Dispose() => _duck.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("twelve bytes")]
    [InlineData("thirteenbytes")]
    [InlineData("zero\0inside")]
    [InlineData("zero\0inside, and longer than a slot\0")]
    [InlineData("\0")]
    [InlineData("🦆 Straße 東京")]
    [InlineData("'; DROP TABLE t; --")]
    [InlineData("$1 ? \\ \" %s {0}")]
    public void Text_comes_back_as_it_was_bound(string text)
    {
        _duck.Text("SELECT ?::VARCHAR", text).ShouldBe(text);
        _duck.One<long>("SELECT strlen(?::VARCHAR)", text).ShouldBe(Duck.Utf8(text).Length);
    }

    [Fact]
    public void A_text_of_a_megabyte_comes_back()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789abcdé🦆", 1 << 16));
        _duck.Text("SELECT ?::VARCHAR", text).ShouldBe(text);
    }

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character() => _duck.Text("SELECT ?::VARCHAR", "a\ud800b").ShouldBe("a\ufffdb");

    [Fact]
    public void A_hostile_text_finds_only_itself()
    {
        _duck.Connection.Execute("CREATE TABLE t (s VARCHAR); INSERT INTO t VALUES ('x'), (''' OR ''1''=''1')");
        _duck.One<long>("SELECT count(*) FROM t WHERE s = ?", "' OR '1'='1").ShouldBe(1);
        _duck.One<long>("SELECT count(*) FROM t WHERE s = ?", "' OR '1'='1' --").ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void Integers_come_back(long value) => _duck.One<long>("SELECT ?::BIGINT", value).ShouldBe(value);

    [Theory]
    [InlineData(-0.0)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Doubles_come_back_bit_for_bit(double value) =>
        BitConverter.DoubleToInt64Bits(_duck.One<double>("SELECT ?::DOUBLE", value)).ShouldBe(BitConverter.DoubleToInt64Bits(value));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Booleans_come_back(bool value) => _duck.One<bool>("SELECT ?::BOOLEAN", value).ShouldBe(value);

    [Fact]
    public void Null_comes_back_as_null() => _duck.One("SELECT ?::BIGINT", (chunk, row) => chunk.IsNull(0, row), Value.Null).ShouldBeTrue();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(1 << 20)]
    public void Blobs_come_back(int length)
    {
        var blob = new byte[length];
        new Random(length).NextBytes(blob);
        using var statement = _duck.Connection.Prepare("SELECT ?::BLOB");
        statement.Bind(1, blob);
        using var result = statement.Execute(CancellationToken.None);
        result.ColumnType(0).ShouldBe(DuckDbType.Blob);
        var chunk = result.NextChunk().ShouldNotBeNull();
        chunk.IsNull(0, 0).ShouldBeFalse();
        chunk.GetBytes(0, 0).SequenceEqual(blob).ShouldBeTrue();
    }

    [Fact]
    public void A_statement_runs_again_with_other_values()
    {
        using var statement = _duck.Connection.Prepare("SELECT $1::BIGINT + $2::BIGINT");
        statement.ParameterCount.ShouldBe(2);
        for (var i = 0L; i < 3; i++)
        {
            statement.Bind(1, i);
            statement.Bind(2, 10);
            using var result = statement.Execute(CancellationToken.None);
            result.NextChunk().ShouldNotBeNull().Values<long>(0)[0].ShouldBe(10 + i);
            result.NextChunk().ShouldBeNull();
            result.NextChunk().ShouldBeNull();
        }
    }

    [Fact]
    public void Every_fixed_width_type_is_read_in_its_width()
    {
        _duck.One<sbyte>("SELECT -5::TINYINT").ShouldBe((sbyte)-5);
        _duck.One<short>("SELECT -500::SMALLINT").ShouldBe((short)-500);
        _duck.One<int>("SELECT -70000::INTEGER").ShouldBe(-70000);
        _duck.One<byte>("SELECT 255::UTINYINT").ShouldBe((byte)255);
        _duck.One<ushort>("SELECT 65535::USMALLINT").ShouldBe((ushort)65535);
        _duck.One<uint>("SELECT 4294967295::UINTEGER").ShouldBe(uint.MaxValue);
        _duck.One<ulong>("SELECT 18446744073709551615::UBIGINT").ShouldBe(ulong.MaxValue);
        _duck.One<float>("SELECT 1.5::FLOAT").ShouldBe(1.5f);
        _duck.One<Int128>("SELECT -170141183460469231731687303715884105727::HUGEINT").ShouldBe(-Int128.MaxValue);
        _duck.One<Int128>("SELECT sum(x) FROM (VALUES (9223372036854775807), (9223372036854775807)) t(x)").ShouldBe((Int128)long.MaxValue * 2);
        _duck.One<UInt128>("SELECT 340282366920938463463374607431768211455::UHUGEINT").ShouldBe(UInt128.MaxValue);
        _duck.One<long>("SELECT TIMESTAMP '1970-01-01 00:00:01'").ShouldBe(1_000_000);
        _duck.One<long>("SELECT TIMESTAMP_NS '1970-01-01 00:00:01.000000001'").ShouldBe(1_000_000_001);
        _duck.One<int>("SELECT DATE '1970-01-03'").ShouldBe(2);
        _duck.One<short>("SELECT 12.34::DECIMAL(4, 2)").ShouldBe((short)1234);
        _duck.One<Int128>("SELECT 12.34::DECIMAL(30, 2)").ShouldBe((Int128)1234);
        _duck.One<byte>("SELECT 'b'::ENUM ('a', 'b')").ShouldBe((byte)1);
    }

    [Fact]
    public void Reading_in_another_width_is_refused()
    {
        Should.Throw<InvalidOperationException>(() => _duck.One<int>("SELECT 1::BIGINT")).Message.ShouldContain("Int64");
        Should.Throw<InvalidOperationException>(() => _duck.One<Int128>("SELECT 'text'")).Message.ShouldContain("Varchar");
        Should.Throw<InvalidOperationException>(() => _duck.Text("SELECT 1::BIGINT")).Message.ShouldContain("Int64");
        Should.Throw<ArgumentOutOfRangeException>(() => _duck.One("SELECT 1", (chunk, row) => chunk.IsNull(0, row + 1)));
    }

    [Fact]
    public void Lists_are_read_with_their_items()
    {
        var lists = _duck.Rows("SELECT l FROM (VALUES ([1::BIGINT, NULL, 3]), ([]), (NULL), ([4])) t(l)", (chunk, row) =>
        {
            if (chunk.IsNull(0, row)) return null;
            var (offset, length) = chunk.List(0, row);
            var items = chunk.ListItems(0);
            return Enumerable.Range(offset, length).Select(i => items.IsNull(0, i) ? (long?)null : items.Values<long>(0)[i]).ToArray();
        });
        lists.ShouldBe([[1, null, 3], [], null, [4]]);

        var words = _duck.One("SELECT ['short', 'a word that is longer than a slot', NULL]", (chunk, row) =>
        {
            var items = chunk.ListItems(0);
            return string.Join('|', Enumerable.Range(0, chunk.List(0, row).Length).Select(i => items.IsNull(0, i) ? "-" : items.GetString(0, i)));
        });
        words.ShouldBe("short|a word that is longer than a slot|-");
    }

    [Fact]
    public void Columns_have_their_names_and_types()
    {
        using var statement = _duck.Connection.Prepare("SELECT 1::BIGINT AS \"häß \"\"quoted\"\"\", 'x' AS s, [1] AS l, {'a': 1} AS r");
        using var result = statement.Execute(CancellationToken.None);
        result.ColumnCount.ShouldBe(4);
        result.ColumnName(0).ShouldBe("häß \"quoted\"");
        Enumerable.Range(0, 4).Select(result.ColumnType).ShouldBe([DuckDbType.Int64, DuckDbType.Varchar, DuckDbType.List, DuckDbType.Struct]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(100_000)]
    public void Rows_are_all_there_and_in_order(int rows)
    {
        var read = _duck.Rows($"SELECT i, CASE WHEN i % 7 <> 5 THEN repeat('x', i % 30) END FROM range({rows}) t(i)",
            (chunk, row) => (N: chunk.Values<long>(0)[row], Length: chunk.IsNull(1, row) ? -1 : chunk.GetString(1, row).Length));
        read.ShouldBe(Enumerable.Range(0, rows).Select(i => ((long)i, i % 7 == 5 ? -1 : i % 30)));
    }
}
