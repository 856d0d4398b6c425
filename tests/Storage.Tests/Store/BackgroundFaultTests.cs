using Storage.DuckDb;

namespace Storage.Tests.Store;

/// <summary>What goes wrong behind the appends, once or for good, must not end sealing, merging or retention: nobody looks after the store for weeks.</summary>
public sealed class BackgroundFaultTests : IDisposable
{
    private const int Events = 300;

    private readonly TemporaryDirectory _directory = new();
    private string? _fault;

    public void Dispose() => _directory.Dispose();

    private string Segments => Path.Combine(_directory.Path, "segments");

    [Fact]
    public async Task A_seal_that_fails_for_a_reason_nobody_thought_of_is_tried_again()
    {
        _fault = "seal.written";
        await using var store = Open(o => o with { SealEvents = Events });
        for (var i = 0; i < 3; i++) await HotEvents.Append(store, Events);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_fault is not null) await Task.Delay(20, limit.Token); // it has failed
        while (store.Statistics.Segments < 2) await Task.Delay(20, limit.Token);
        (await HotEvents.Count(store)).ShouldBe(3 * Events);
    }

    [Fact]
    public async Task Segments_that_cannot_be_merged_do_not_keep_others_from_it()
    {
        await using (var store = Open(o => o with { CompactEvents = 0 })) await FillAsync(store, 2);
        var damaged = Directory.GetFiles(Segments, "*.parquet").Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(damaged);
        bytes.AsSpan(4, bytes.Length / 2).Fill(0xA5); // the values, not the footer
        await File.WriteAllBytesAsync(damaged, bytes);

        await using var again = Open(o => o);
        await again.SealAsync(default);
        again.Statistics.Segments.ShouldBe(2); // neither can be merged alone, and the store is as it was
        _fault = "compact.written";
        await FillAsync(again, 2);
        await again.SealAsync(default);
        _fault.ShouldBeNull();
        again.Statistics.Events.ShouldBe(4 * Events);
        File.Exists(damaged).ShouldBeTrue();
        Directory.GetFiles(Segments, "*.tmp").ShouldBeEmpty();

        await FillAsync(again, 2); // these two come after the fault, as one before them: one is made of two, and then of all three
        await again.SealAsync(default);
        Directory.GetFiles(Segments, "*.parquet").Count(p => Path.GetFileNameWithoutExtension(p).EndsWith("-2", StringComparison.Ordinal)).ShouldBe(1);
        again.Statistics.Events.ShouldBe(6 * Events);
    }

    [Fact]
    public async Task A_segment_of_which_a_bit_has_changed_is_not_merged_and_the_others_are()
    {
        await using (var store = Open(o => o with { CompactEvents = 0 })) await FillAsync(store, 3);
        var damaged = Directory.GetFiles(Segments, "*.parquet").Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(damaged);
        bytes[bytes.Length / 3] ^= 0x10; // whatever it is a part of
        await File.WriteAllBytesAsync(damaged, bytes);

        await using var again = Open(o => o);
        await again.SealAsync(default);
        again.Statistics.Segments.ShouldBe(2); // the two others are one
        (await File.ReadAllBytesAsync(damaged)).ShouldBe(bytes);
        again.Statistics.Events.ShouldBe(3 * Events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_segment_without_statistics_that_cannot_be_read_and_one_that_is_gone_keep_others_from_nothing(bool isThere)
    {
        await using (var store = Open(o => o with { CompactEvents = 0 })) await FillAsync(store, 1);
        var damaged = Directory.GetFiles(Segments, "*.parquet").ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(damaged);
        bytes.AsSpan(4, bytes.Length / 2).Fill(0xA5); // the values, not the footer
        await File.WriteAllBytesAsync(damaged, bytes);
        File.Delete(Path.ChangeExtension(damaged, ".stats"));

        await using var again = Open(o => o);
        if (!isThere) File.Delete(damaged);
        await again.SealAsync(default);
        await FillAsync(again, 2);
        again.Statistics.Segments.ShouldBe(2); // the two that were sealed last are one, beside the damaged one
        again.Statistics.Events.ShouldBe(3 * Events);
    }

    [Fact]
    public async Task A_segment_whose_file_cannot_be_deleted_is_gone_from_the_store_all_the_same()
    {
        await using var store = Open(o => o with { CompactEvents = 0 });
        await FillAsync(store, 2);
        var stubborn = Directory.GetFiles(Segments, "*.parquet").Order(StringComparer.Ordinal).First();
        File.Delete(stubborn);
        Directory.CreateDirectory(stubborn); // what is no file is not deleted as one
        await store.ExpireAsync(new RetentionPolicy(null, 1), default);
        store.Statistics.Segments.ShouldBe(0);
        Directory.GetFiles(Segments, "*.parquet").ShouldBeEmpty();
        await HotEvents.Append(store, Events);
        (await HotEvents.Count(store)).ShouldBe(Events);
    }

    [Fact]
    public async Task What_a_killed_process_spilled_is_deleted_at_the_next_start()
    {
        await using (var store = Open(o => o)) await HotEvents.Append(store, Events);
        var spilled = Directory.CreateDirectory(Path.Combine(_directory.Path, "tmp", "compact")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(spilled, "duckdb_temp_storage_S64K-0.tmp"), new byte[4096]);
        await File.WriteAllBytesAsync(Path.Combine(_directory.Path, "tmp", "duckdb_temp_storage_DEFAULT-0.tmp"), new byte[4096]);

        await using var again = Open(o => o);
        Directory.GetFileSystemEntries(Path.Combine(_directory.Path, "tmp")).ShouldBeEmpty();
        (await HotEvents.Count(again)).ShouldBe(Events);
    }

    private static async Task FillAsync(DuckDbEventStore store, int segments)
    {
        for (var i = 0; i < segments; i++)
        {
            await HotEvents.Append(store, Events);
            await store.SealAsync(default);
        }
    }

    /// <summary>A store in which the step named by <see cref="_fault"/> fails once.</summary>
    private DuckDbEventStore Open(Func<EventStoreOptions, EventStoreOptions> with) => DuckDbEventStore.Open(with(new EventStoreOptions
    {
        DataDirectory = _directory.Path,
        Step = step =>
        {
            if (step != _fault) return;
            _fault = null;
            throw new NotSupportedException("a fault at " + step);
        },
    }), default);
}
