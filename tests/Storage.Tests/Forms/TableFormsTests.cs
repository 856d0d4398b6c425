using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Storage.Events;
using Storage.Forms;
using Storage.Queries;

namespace Storage.Tests.Forms;

/// <summary>Tables are read back by libraries that have nothing to do with ours.</summary>
public sealed class TableFormsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Arrow_has_every_type_and_missing_values()
    {
        var lines = await ReadAsync("read-arrow.mjs", "table.arrow", stream => TableForms.WriteArrow(stream, Sample()));

        lines[0].ShouldBe("""{"batches":1,"rows":3,"columns":[["time","Timestamp<NANOSECOND, UTC>",true],["s \"😀\"","Utf8",true],["n","Int64",true],["d","Float64",true],["b","Bool",true],["nothing","Utf8",true]]}""");
        lines[1..].ShouldBe(
        [
            """["1763632800000000001","a","9223372036854775807",0.1,true,null]""",
            """["9223372036854775807",null,null,null,null,null]""",
            """["1","é😀\u0000","-9223372036854775808","7ff8000000000000",false,null]""",
        ]);
    }

    [Fact]
    public async Task Parquet_has_every_type_and_missing_values()
    {
        var lines = await ReadAsync("read-table.mjs", "table.parquet", stream => TableForms.WriteParquet(stream, Sample(isFinite: true)));

        lines[0].ShouldBe("""{"batches":1,"rows":3,"columns":[["time","INT64","TIMESTAMP","NANOS"],["s \"😀\"","BYTE_ARRAY","STRING",null],["n","INT64",null,null],["d","DOUBLE",null,null],["b","BOOLEAN",null,null],["nothing","BYTE_ARRAY","STRING",null]]}""");
        lines[1..].ShouldBe(
        [
            """["1763632800000000001","a","9223372036854775807",0.1,true,null]""",
            """["9223372036854775807",null,null,null,null,null]""",
            """["1","é😀\u0000","-9223372036854775808",-2.5,false,null]""",
        ]);
    }

    [Fact]
    public async Task Many_rows_come_in_batches_and_in_order()
    {
        const int rows = 9_001;
        var table = new ResultTable(
        [
            new ResultColumn("n", ColumnType.Int64, Enumerable.Range(0, rows).Select(i => (long)i).ToArray(), null),
            new ResultColumn("s", ColumnType.String, Enumerable.Range(0, rows).Select(i => "text " + i.ToString(CultureInfo.InvariantCulture)).ToArray(), [.. Enumerable.Range(0, rows).Select(i => i % 3 == 0)]),
            new ResultColumn("b", ColumnType.Bool, Enumerable.Range(0, rows).Select(i => i % 7 == 0).ToArray(), null),
        ]);
        string Expected(int i) => JsonSerializer.Serialize(new object?[] { i.ToString(CultureInfo.InvariantCulture), i % 3 == 0 ? null : "text " + i.ToString(CultureInfo.InvariantCulture), i % 7 == 0 });
        var arrow = await ReadAsync("read-arrow.mjs", "many.arrow", stream => TableForms.WriteArrow(stream, table));
        JsonDocument.Parse(arrow[0]).RootElement.GetProperty("batches").GetInt32().ShouldBe(3);
        arrow[1..].ShouldBe(Enumerable.Range(0, rows).Select(Expected));
        var parquet = await ReadAsync("read-table.mjs", "many.parquet", stream => TableForms.WriteParquet(stream, table));
        parquet[1..].ShouldBe(Enumerable.Range(0, rows).Select(Expected));
    }

    [Fact]
    public async Task A_table_without_rows_has_its_columns()
    {
        var table = new ResultTable([new ResultColumn("n", ColumnType.Int64, Array.Empty<long>(), null), new ResultColumn("s", ColumnType.String, Array.Empty<string>(), null)]);
        (await ReadAsync("read-arrow.mjs", "empty.arrow", stream => TableForms.WriteArrow(stream, table))).ShouldBe(["""{"batches":1,"rows":0,"columns":[["n","Int64",true],["s","Utf8",true]]}"""]);
        (await ReadAsync("read-table.mjs", "empty.parquet", stream => TableForms.WriteParquet(stream, table))).ShouldBe(["""{"batches":0,"rows":0,"columns":[["n","INT64",null,null],["s","BYTE_ARRAY","STRING",null]]}"""]);
    }

    private static ResultTable Sample(bool isFinite = false) => new(
    [
        new ResultColumn("time", ColumnType.Int64, new[] { 1_763_632_800_000_000_001, long.MaxValue, 1 }, null),
        new ResultColumn("s \"😀\"", ColumnType.String, new[] { "a", "", "é😀\0" }, [false, true, false]),
        new ResultColumn("n", ColumnType.Int64, new[] { long.MaxValue, 0, long.MinValue }, [false, true, false]),
        new ResultColumn("d", ColumnType.Float64, new[] { 0.1, 0, isFinite ? -2.5 : BitConverter.UInt64BitsToDouble(0x7ff8000000000000) }, [false, true, false]),
        new ResultColumn("b", ColumnType.Bool, new[] { true, false, false }, [false, true, false]),
        new ResultColumn("nothing", ColumnType.String, new[] { "", "", "" }, [true, true, true]),
    ]);

    private async Task<string[]> ReadAsync(string script, string name, Action<Stream> write)
    {
        var file = Path.Combine(_directory.Path, name);
        await using (var stream = File.Create(file)) write(stream);
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Explorer.sln"))) root = root.Parent!;
        using var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(root.FullName, "tests", "Storage.Tests", "Forms", script), file])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        (await errors).ShouldBeEmpty();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
