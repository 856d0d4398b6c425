using System.Buffers.Binary;
using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

public sealed class StoreCheckTests : IDisposable
{
    private const int Batches = 6;
    private const int EventsPerBatch = 600; // large enough to stay a record of its own

    private readonly TemporaryDirectory _directory = new();

    private string JournalPath => Directory.GetFiles(Path.Combine(_directory.Path, "journal"), "*.log").Order(StringComparer.Ordinal).Last();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_clean_store_has_nothing_wrong_and_stays_as_it_is()
    {
        await FillAsync(seal: true);
        var before = Snapshot();
        var report = await CheckAsync(repair: false);
        report.Problems.ShouldBeEmpty();
        report.Events.ShouldBe(2 * Batches * EventsPerBatch);
        (report.Journals, report.Segments).ShouldBe((1, 1));
        Snapshot().ShouldBe(before);
        (await CheckAsync(repair: true)).Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_journal_is_reported_and_repaired_without_losing_a_whole_record_or_a_byte(bool tail)
    {
        await FillAsync(seal: false);
        var path = JournalPath;
        var bytes = await File.ReadAllBytesAsync(path);
        if (tail) await File.WriteAllBytesAsync(path, bytes[..^10]);
        else await DamageAsync(path, bytes.Length / Batches + 200);
        var damaged = await File.ReadAllBytesAsync(path);
        var before = Snapshot();

        var report = await CheckAsync(repair: false);
        var problem = report.Problems.ShouldHaveSingleItem();
        problem.Path.ShouldBe(path);
        problem.What.ShouldContain(tail ? "at its end" : "are damaged; the records after them are whole");
        problem.IsRepaired.ShouldBeFalse();
        report.Events.ShouldBe((Batches - 1) * EventsPerBatch);
        Snapshot().ShouldBe(before);

        (await CheckAsync(repair: true)).Problems.ShouldHaveSingleItem().IsRepaired.ShouldBeTrue();
        (await File.ReadAllBytesAsync(Path.Combine(_directory.Path, "damaged", Path.GetFileName(path)))).ShouldBe(damaged);
        (await CheckAsync(repair: false)).Problems.ShouldBeEmpty();
        (await CountAsync()).ShouldBe((Batches - 1) * EventsPerBatch);
    }

    [Theory]
    [InlineData(".parquet", 0.3)]
    [InlineData(".parquet", 0.9999)]
    [InlineData(".stats", 0.5)]
    public async Task A_damaged_segment_or_statistics_are_found_and_set_aside(string suffix, double where)
    {
        await FillAsync(seal: true);
        var path = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*" + suffix).ShouldHaveSingleItem();
        await DamageAsync(path, (int)(new FileInfo(path).Length * where));
        var before = Snapshot();

        (await CheckAsync(repair: false)).Problems.ShouldHaveSingleItem().Path.ShouldBe(path);
        Snapshot().ShouldBe(before);
        (await CheckAsync(repair: true)).Problems.ShouldHaveSingleItem().Repair!.ShouldContain("damaged");
        File.Exists(path).ShouldBeFalse();
        File.Exists(Path.Combine(_directory.Path, "damaged", Path.GetFileName(path))).ShouldBeTrue();
        (await CheckAsync(repair: false)).Problems.ShouldBeEmpty();
        (await CountAsync()).ShouldBe((suffix == ".stats" ? 2 : 1) * Batches * EventsPerBatch);
    }

    [Fact]
    public async Task A_bit_that_changed_anywhere_in_a_segment_is_found_and_readable_events_stay()
    {
        await FillAsync(seal: true);
        var path = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.parquet").ShouldHaveSingleItem();
        var statistics = Path.ChangeExtension(path, ".stats");
        var (whole, sums) = (await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(statistics));
        var kept = 0;
        for (var at = 5; at < whole.Length; at += whole.Length / 20)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x10;
            await File.WriteAllBytesAsync(path, damaged);
            await File.WriteAllBytesAsync(statistics, sums);
            var problem = (await CheckAsync(repair: false)).Problems.ShouldHaveSingleItem($"a bit at {at} of {whole.Length}");
            problem.Path.ShouldBe(path);
            if (!problem.What.Contains("can be read")) continue;
            (await CheckAsync(repair: true)).Problems.ShouldHaveSingleItem();
            (await File.ReadAllBytesAsync(path)).ShouldBe(damaged);
            (await CheckAsync(repair: false)).Problems.ShouldBeEmpty();
            (await CountAsync()).ShouldBe(2 * Batches * EventsPerBatch);
            kept++;
        }

        kept.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Statistics_that_an_earlier_version_wrote_have_no_checksum_of_the_segment()
    {
        await FillAsync(seal: true);
        var path = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.stats").ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(path);
        byte[] before = [.. "EXS2"u8, 0, 0, 0, 0, .. bytes.AsSpan(8, 8), .. bytes.AsSpan(20)];
        BinaryPrimitives.WriteUInt32LittleEndian(before.AsSpan(4), ~JournalRecord.Crc32C(uint.MaxValue, before.AsSpan(8)));
        await File.WriteAllBytesAsync(path, before);
        var report = await CheckAsync(repair: false);
        report.Problems.ShouldBeEmpty();
        report.Notes.ShouldHaveSingleItem().ShouldStartWith("1 segments were written by an earlier version, without a checksum");
    }

    [Fact]
    public async Task What_the_next_start_tidies_up_is_only_noted()
    {
        await FillAsync(seal: true);
        await File.WriteAllBytesAsync(Path.Combine(_directory.Path, "segments", "0000000001-0000000009-trace.parquet.tmp"), [1, 2, 3]);
        var report = await CheckAsync(repair: false);
        report.Problems.ShouldBeEmpty();
        report.Notes.ShouldContain(n => n.Contains("unfinished"));
        await File.WriteAllBytesAsync(Path.Combine(_directory.Path, "segments", "0000000001-0000000002-trace.stats"), [1, 2, 3]); // of the journal that is there
        (await CheckAsync(repair: false)).Notes.ShouldContain(n => n.Contains("statistics without their segment"));
    }

    [Fact]
    public async Task A_segment_that_is_gone_is_told_by_its_statistics()
    {
        await FillAsync(seal: true);
        var path = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.parquet").ShouldHaveSingleItem();
        File.Delete(path);
        var statistics = Path.ChangeExtension(path, ".stats");
        var problem = (await CheckAsync(repair: false)).Problems.ShouldHaveSingleItem();
        (problem.Path, problem.What).ShouldBe((statistics, "its segment is gone, and with it the events, unless retention was removing it when the process ended"));
        (await CheckAsync(repair: true)).Problems.ShouldHaveSingleItem();
        (await CheckAsync(repair: false)).Problems.ShouldBeEmpty();
        File.Exists(Path.Combine(_directory.Path, "damaged", Path.GetFileName(statistics))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_copy_of_a_segment_does_not_count_and_is_set_aside()
    {
        await FillAsync(seal: true);
        var path = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.parquet").ShouldHaveSingleItem();
        var copy = path.Replace(".parquet", " (copy).parquet", StringComparison.Ordinal);
        File.Copy(path, copy);
        (await CountAsync()).ShouldBe(2 * Batches * EventsPerBatch);
        var problem = (await CheckAsync(repair: true)).Problems.ShouldHaveSingleItem();
        problem.Path.ShouldBe(copy);
        problem.What.ShouldContain($"it is a copy of {Path.GetFileName(path)}");
        File.Exists(copy).ShouldBeFalse();
        (await CountAsync()).ShouldBe(2 * Batches * EventsPerBatch);
    }

    [Fact]
    public async Task Segments_of_many_columns_are_checked_with_little_memory()
    {
        await FillWideAsync(columns: 300, events: 20_000);
        var report = await EventStore.CheckAsync(Options() with { QueryMemoryBytes = 24 << 20 }, repair: true, default);
        report.Problems.ShouldBeEmpty();
        (report.Segments, report.Events).ShouldBe((1, 20_000));
    }

    [Fact]
    public async Task A_segment_for_which_there_is_too_little_memory_is_told_and_stays()
    {
        await FillWideAsync(columns: 2, events: 100_000);
        var before = Snapshot();
        var report = await EventStore.CheckAsync(Options() with { QueryMemoryBytes = 4 << 20 }, repair: true, default);
        var problem = report.Problems.ShouldHaveSingleItem();
        problem.What.ShouldContain("could not be checked");
        problem.What.ShouldContain("a larger --memory helps");
        (problem.Repair, problem.IsRepaired, report.Events).ShouldBe((null, false, 0));
        Snapshot().ShouldBe(before);
    }

    [Fact]
    public async Task A_segment_that_the_disk_does_not_give_back_is_told_and_stays()
    {
        if (OperatingSystem.IsWindows()) return; // links need a right there
        await FillAsync(seal: true);
        var path = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.parquet").ShouldHaveSingleItem();
        var elsewhere = Path.Combine(_directory.Path, "elsewhere");
        File.Move(path, elsewhere);
        File.CreateSymbolicLink(path, elsewhere + ".gone"); // as a disk that is not there yet
        var problem = (await CheckAsync(repair: true)).Problems.ShouldHaveSingleItem();
        problem.What.ShouldContain("could not be checked");
        (problem.Path, problem.Repair, problem.IsRepaired).ShouldBe((path, null, false));
        Directory.Exists(Path.Combine(_directory.Path, "damaged")).ShouldBeFalse();
        File.Move(elsewhere, elsewhere + ".gone");
        (await CountAsync()).ShouldBe(2 * Batches * EventsPerBatch);
    }

    [Fact]
    public async Task A_repair_that_fails_is_told_and_the_others_are_done()
    {
        await FillAsync(seal: true);
        var segment = Directory.GetFiles(Path.Combine(_directory.Path, "segments"), "*.parquet").ShouldHaveSingleItem();
        await DamageAsync(segment, (int)(new FileInfo(segment).Length * 0.9999));
        var journal = JournalPath;
        await DamageAsync(journal, (int)(new FileInfo(journal).Length / Batches) + 200);
        var damaged = await File.ReadAllBytesAsync(journal);
        Directory.CreateDirectory(journal + ".repaired"); // where its whole records were to be written

        var report = await CheckAsync(repair: true);
        report.Problems.Length.ShouldBe(2);
        var (done, failed) = (report.Problems.Single(p => p.Path == segment), report.Problems.Single(p => p.Path == journal));
        (done.IsRepaired, done.Fault).ShouldBe((true, null));
        failed.IsRepaired.ShouldBeFalse();
        failed.Fault.ShouldNotBeNullOrEmpty();
        File.Exists(segment).ShouldBeFalse();
        (await File.ReadAllBytesAsync(journal)).ShouldBe(damaged);

        Directory.Delete(journal + ".repaired");
        (await CheckAsync(repair: true)).Problems.ShouldHaveSingleItem().IsRepaired.ShouldBeTrue();
        (await CountAsync()).ShouldBe((Batches - 1) * EventsPerBatch);
    }

    [Fact]
    public async Task An_open_store_and_a_directory_without_one_cannot_be_checked()
    {
        (await Should.ThrowAsync<EventStoreException>(() => CheckAsync(repair: false))).Message.ShouldContain("there is no store");
        await using var store = await EventStore.OpenAsync(Options(), default);
        (await Should.ThrowAsync<EventStoreException>(() => CheckAsync(repair: true))).Fault.ShouldBe(EventStoreFault.Locked);
    }

    private EventStoreOptions Options() => new() { DataDirectory = _directory.Path };

    private Task<StoreReport> CheckAsync(bool repair) => EventStore.CheckAsync(Options(), repair, default);

    /// <summary>Six batches, and with seal six more before them in a segment.</summary>
    private async Task FillAsync(bool seal)
    {
        await using var store = await EventStore.OpenAsync(Options(), default);
        for (var i = 0; i < (seal ? 2 : 1) * Batches; i++)
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (var n = 0; n < EventsPerBatch; n++)
            {
                builder.BeginEvent(UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow));
                builder.Set("n", (i * EventsPerBatch) + n);
                builder.Set("text", "some text with a number " + Guid.NewGuid());
                builder.EndEvent();
            }

            using var batch = builder.Build();
            (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
            if (seal && i == Batches - 1) await store.SealAsync(default);
        }
    }

    /// <summary>Texts that are all different, in one segment.</summary>
    private async Task FillWideAsync(int columns, int events)
    {
        const int BatchEvents = 1_000;
        var random = new Random(1);
        var bytes = new byte[18];
        await using var store = await EventStore.OpenAsync(Options(), default);
        for (var done = 0; done < events; done += BatchEvents)
        {
            var builder = new EventBatchBuilder(store.Schema);
            for (var n = 0; n < BatchEvents; n++)
            {
                builder.BeginEvent(UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow));
                for (var c = 0; c < columns; c++)
                {
                    random.NextBytes(bytes);
                    builder.Set("c" + c, Convert.ToHexString(bytes));
                }

                builder.EndEvent();
            }

            using var batch = builder.Build();
            (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
        }

        await store.SealAsync(default);
    }

    private static async Task DamageAsync(string path, int offset)
    {
        await using var file = File.Open(path, FileMode.Open);
        file.Seek(offset, SeekOrigin.Begin);
        var bytes = new byte[Math.Min(64, file.Length - offset)];
        new Random(1).NextBytes(bytes);
        await file.WriteAsync(bytes);
    }

    private async Task<long> CountAsync()
    {
        await using var store = await EventStore.OpenAsync(Options(), default);
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Series = false };
        return (await store.RunAsync(query, default)).Results.Columns[0][0].AsInt64();
    }

    /// <summary>Names and contents of all files of the store but its lock.</summary>
    private Dictionary<string, string> Snapshot() => Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories)
        .Where(f => !Path.GetFileName(f).StartsWith("lock", StringComparison.Ordinal))
        .ToDictionary(f => f, f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
}
