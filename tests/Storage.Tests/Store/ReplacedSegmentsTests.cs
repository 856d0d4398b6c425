using Storage.DuckDb;

namespace Storage.Tests.Store;

/// <summary>A merged segment beside what it was merged from, as a process leaves them that ends before it deletes that.</summary>
public sealed class ReplacedSegmentsTests : IDisposable
{
    private const int Events = 600;
    private const int Inputs = 3;

    private readonly TemporaryDirectory _directory = new();

    private string Segments => Path.Combine(_directory.Path, "segments");

    private string Damaged => Path.Combine(_directory.Path, "damaged");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_merged_segment_that_is_what_was_written_takes_their_place()
    {
        var (merged, inputs) = await FillAsync();
        var report = await CheckAsync(repair: true);
        report.Problems.ShouldBeEmpty();
        (report.Segments, report.Events, report.Notes.Length).ShouldBe((Inputs + 1, Inputs * Events, Inputs));
        (await CountAsync()).ShouldBe(Inputs * Events);
        File.Exists(merged).ShouldBeTrue();
        inputs.ShouldNotContain(p => File.Exists(p));
        Directory.Exists(Damaged).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_one_is_set_aside_and_they_count(bool byRepair)
    {
        var (merged, inputs) = await FillAsync();
        var bytes = await DamageAsync(merged);
        if (byRepair)
        {
            var report = await CheckAsync(repair: true);
            var problem = report.Problems.ShouldHaveSingleItem();
            (problem.Path, problem.IsRepaired, report.Events).ShouldBe((merged, true, Inputs * Events));
            problem.What.ShouldContain("are all there");
        }

        (await CountAsync()).ShouldBe(Inputs * Events);
        inputs.ShouldAllBe(p => File.Exists(p));
        File.Exists(merged).ShouldBeFalse();
        (await File.ReadAllBytesAsync(Path.Combine(Damaged, Path.GetFileName(merged)))).ShouldBe(bytes);
        (await CheckAsync(repair: false)).Problems.ShouldBeEmpty();
        (await CountAsync()).ShouldBe(Inputs * Events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_one_counts_where_one_of_them_is_gone_or_damaged_and_nothing_is_deleted(bool isGone)
    {
        var (merged, inputs) = await FillAsync();
        var bytes = await DamageAsync(merged);
        if (isGone) File.Delete(inputs[0]);
        else await DamageAsync(inputs[0]);
        for (var start = 0; start < 2; start++) (await CountAsync()).ShouldBe(Inputs * Events);
        (await File.ReadAllBytesAsync(merged)).ShouldBe(bytes);
        inputs[1..].ShouldAllBe(p => File.Exists(p));

        var report = await CheckAsync(repair: true);
        var problem = report.Problems.ShouldHaveSingleItem();
        (problem.Path, problem.IsRepaired, report.Events).ShouldBe((merged, true, Inputs * Events));
        problem.Repair!.ShouldContain("leave it in its place");
        foreach (var input in inputs[1..]) File.Exists(Path.Combine(Damaged, Path.GetFileName(input))).ShouldBeTrue();
        (await File.ReadAllBytesAsync(merged)).ShouldBe(bytes);
        (await CheckAsync(repair: false)).Problems.ShouldBeEmpty();
        (await CountAsync()).ShouldBe(Inputs * Events);
    }

    private EventStoreOptions Options() => new() { DataDirectory = _directory.Path, CompactEvents = 0 };

    private Task<StoreReport> CheckAsync(bool repair) => EventStore.CheckAsync(Options(), repair, default);

    private async Task<(string Merged, string[] Inputs)> FillAsync()
    {
        await using (var store = DuckDbEventStore.Open(Options(), default))
        {
            for (var i = 0; i < Inputs; i++)
            {
                await HotEvents.Append(store, Events);
                await store.SealAsync(default);
            }
        }

        var kept = Directory.GetFiles(Segments).ToDictionary(f => f, File.ReadAllBytes);
        await using (var store = DuckDbEventStore.Open(Options() with { CompactEvents = 1_500_000 }, default)) await store.SealAsync(default);
        var merged = Directory.GetFiles(Segments, "*.parquet").ShouldHaveSingleItem();
        foreach (var (path, bytes) in kept) await File.WriteAllBytesAsync(path, bytes);
        return (merged, [.. kept.Keys.Where(p => p.EndsWith(".parquet", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Changes a bit within the digits of a text, so that all can still be read.</summary>
    private static async Task<byte[]> DamageAsync(string path)
    {
        const int Digits = 16;
        var bytes = await File.ReadAllBytesAsync(path);
        var at = Enumerable.Range(0, bytes.Length / 2).First(i => !bytes.AsSpan(i, Digits).ContainsAnyExcept("0123456789abcdef-"u8));
        bytes[at + (Digits / 2)] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        return bytes;
    }

    private async Task<long> CountAsync()
    {
        await using var store = DuckDbEventStore.Open(Options(), default);
        return await HotEvents.Count(store);
    }
}
