using System.Diagnostics;
using System.Text.Json;
using Storage.Events;
using Storage.Tests.Events;

namespace Storage.Tests.Store;

/// <summary>Segments are plain Parquet: a reader that has nothing to do with the engine finds in them what was stored.</summary>
public sealed class ParquetReaderTests : IDisposable
{
    private const int Events = 3_000;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false, "LZ4_RAW")]
    [InlineData(true, "ZSTD")]
    public async Task Another_reader_finds_the_rows_ids_times_and_values(bool isOld, string codec)
    {
        var options = new EventStoreOptions { DataDirectory = _directory.Path, CompressAfter = isOld ? TimeSpan.Zero : TimeSpan.FromDays(1) };
        await using (var store = await EventStore.OpenAsync(options, default))
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (var i = 0; i < Events; i++) Add(builder, i);
            using var batch = builder.Build();
            await store.AppendAsync(batch, default);
            await store.SealAsync(default);
        }

        var file = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.parquet").ShouldHaveSingleItem();
        var lines = await ReadAsync(file);
        var about = lines[0];
        about.GetProperty("codecs").EnumerateArray().Select(c => c.GetString()).ShouldBe([codec]);
        about.GetProperty("rows").GetInt32().ShouldBe(Events);
        about.GetProperty("events").GetInt32().ShouldBe(Events);
        lines.Count.ShouldBe(Events + 1);
        for (var i = 0; i < Events; i++) Check(lines[i + 1], i);
    }

    private static void Add(EventBatchBuilder builder, int i)
    {
        builder.BeginEvent(1_700_000_000_000_000_000 + i);
        builder.SetId(WellKnownColumns.TraceId, TraceOf(i));
        builder.Set("text", "text 😀 " + i % 7);
        EventBatchTests.Set(builder, WellKnownColumns.DurationMs, i + 0.5);
        EventBatchTests.Set(builder, "fraction", i / 3.0);
        if (i % 2 == 0) EventBatchTests.Set(builder, "flag", i % 4 == 0);
        builder.Set("n", long.MaxValue - i);
        builder.EndEvent();
    }

    private static void Check(JsonElement row, int i)
    {
        row.GetProperty("time").GetString().ShouldBe((1_700_000_000_000_000_000 + i).ToString());
        row.GetProperty(WellKnownColumns.TraceId).GetString().ShouldBe(Convert.ToHexStringLower(TraceOf(i)));
        row.GetProperty("text").GetString().ShouldBe("text 😀 " + i % 7);
        row.GetProperty(WellKnownColumns.DurationMs).GetDouble().ShouldBe(i + 0.5);
        row.GetProperty("fraction").GetDouble().ShouldBe(i / 3.0);
        row.GetProperty("n").GetString().ShouldBe((long.MaxValue - i).ToString());
        var flag = row.TryGetProperty("flag", out var value) && value.ValueKind != JsonValueKind.Null ? value.GetBoolean() : (bool?)null;
        flag.ShouldBe(i % 2 == 0 ? i % 4 == 0 : null);
    }

    private static byte[] TraceOf(int i)
    {
        var id = new byte[16];
        BitConverter.TryWriteBytes(id, i / 10 + 1);
        return id;
    }

    private static async Task<List<JsonElement>> ReadAsync(string file)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Explorer.sln"))) root = root.Parent!;
        var script = Path.Combine(root.FullName, "tests", "Storage.Tests", "Store", "read-parquet.mjs");
        using var process = Process.Start(new ProcessStartInfo("node", [script, file]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        (await errors).ShouldBeEmpty();
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
