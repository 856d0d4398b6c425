using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>A disk that is really full: nothing that was acknowledged is lost, queries go on, and it recovers by itself.</summary>
public sealed class FullDiskTests
{
    [SmallDiskFact]
    public async Task Appends_are_refused_while_the_disk_is_full_and_go_on_when_it_is_not()
    {
        using var disk = SmallDisk.TryMount(16)!;
        var committed = 0;
        await using (var store = Open(disk))
        {
            committed += await Append(store, 100, AppendStatus.Committed);
            var length = Journal(disk).Length;
            disk.Fill(leave: 8 << 10); // room for a part of a record: it is cut away again
            store.Statistics.TakesData.ShouldBeTrue();
            for (var i = 0; i < 3; i++) committed += await Append(store, 2_000, AppendStatus.Busy);
            store.Statistics.TakesData.ShouldBeFalse();
            Journal(disk).Length.ShouldBe(length);
            (await Count(store)).ShouldBe(committed);

            disk.Clear();
            committed += await Append(store, 2_000, AppendStatus.Committed);
            store.Statistics.TakesData.ShouldBeTrue();
            disk.Fill();
            committed += await Append(store, 2_000, AppendStatus.Busy);
            disk.Clear();
        }

        await using var again = Open(disk);
        (await Count(again)).ShouldBe(committed);
        Directory.GetFiles(disk.Path, "*damaged*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [SmallDiskFact]
    public async Task Events_that_cannot_be_sealed_wait_in_memory_up_to_its_bound_and_are_sealed_when_there_is_room()
    {
        using var disk = SmallDisk.TryMount(64)!;
        await using var store = Open(disk, o => o with { SealEvents = 20_000, MaxHotBytes = 6 << 20 });
        var committed = await Append(store, 19_900, AppendStatus.Committed);
        disk.Fill(leave: 1 << 20); // less than the segment takes
        var busy = 0;
        while (busy < 3 && committed < 200_000)
        {
            var result = await AppendAsync(store, 100);
            if (result.Status == AppendStatus.Busy) busy++;
            else committed += 100;
        }

        committed.ShouldBeGreaterThan(20_000); // it took more after sealing had become due
        busy.ShouldBe(3);
        (await Count(store)).ShouldBe(committed);

        disk.Clear();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (store.Statistics.Segments == 0 || (await AppendAsync(store, 100)).Status == AppendStatus.Busy) await Task.Delay(50, limit.Token);
        (await Count(store)).ShouldBe(committed + 100);
        await store.SealAsync(default);
        Directory.GetFiles(Path.Combine(disk.Path, "data", "segments"), "*.tmp").ShouldBeEmpty();
        store.Statistics.HotEvents.ShouldBe(0);
    }

    [SmallDiskFact]
    public async Task A_store_whose_disk_is_full_opens_answers_and_makes_room_by_retention()
    {
        using var disk = SmallDisk.TryMount(32)!;
        await using (var store = Open(disk, o => o with { CompactEvents = 0 }))
        {
            for (var i = 0; i < 3; i++)
            {
                await Append(store, 2_000, AppendStatus.Committed);
                await store.SealAsync(default);
            }
        }

        File.Delete(Path.Combine(disk.Path, "data", "lock.pid")); // as if it had to take new room
        disk.Fill();
        await using var again = Open(disk, o => o with { CompactEvents = 0 });
        (await Count(again)).ShouldBe(6_000);
        await Append(again, 2_000, AppendStatus.Busy);
        var fault = Should.Throw<EventStoreException>(() => Open(disk));
        (fault.Fault, fault.Message).ShouldBe((EventStoreFault.Locked, $"the data directory {Path.Combine(disk.Path, "data")} is in use by process (unknown); stop it, or choose another directory"));

        await again.ExpireAsync(new RetentionPolicy(null, again.Statistics.BytesOnDisk / 2), default);
        (await Count(again)).ShouldBe(2_000);
        await Append(again, 1_000, AppendStatus.Committed);
    }

    [SmallDiskFact]
    public async Task A_store_with_a_damaged_journal_opens_on_a_full_disk_and_keeps_the_damage_aside_when_there_is_room()
    {
        using var disk = SmallDisk.TryMount(32)!;
        await using (var store = Open(disk))
            for (var i = 0; i < 3; i++) await Append(store, 2_000, AppendStatus.Committed);
        var journal = Journal(disk);
        var bytes = await File.ReadAllBytesAsync(journal.FullName);
        var record = bytes.Length / 3;
        bytes[record / 2] ^= 1;
        bytes[^9] ^= 1;
        await File.WriteAllBytesAsync(journal.FullName, bytes);
        disk.Fill();

        await using (var again = Open(disk))
        {
            (await Count(again)).ShouldBe(2_000);
            await Append(again, 2_000, AppendStatus.Busy);
            (await Should.ThrowAsync<EventStoreException>(() => again.SealAsync(default))).Message.ShouldContain("could not be sealed");
        }

        (await File.ReadAllBytesAsync(journal.FullName)).ShouldBe(bytes);
        await using var third = Open(disk);
        Directory.GetFiles(journal.DirectoryName!, "*.damaged-*").ShouldBeEmpty();
        disk.Clear();
        await Append(third, 1_000, AppendStatus.Committed); // behind the damage
        await third.SealAsync(default);
        (await Count(third)).ShouldBe(3_000);
        var aside = Directory.GetFiles(journal.DirectoryName!, "*.damaged-*").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        aside.Count.ShouldBe(2);
        aside[0].ShouldBe(bytes[..record]);
        aside[1].ShouldBe(bytes[(2 * record)..]);
    }

    [SmallDiskFact]
    public async Task A_repair_that_finds_no_room_changes_nothing_and_leaves_nothing_behind()
    {
        using var disk = SmallDisk.TryMount(32)!;
        await using (var store = Open(disk))
            for (var i = 0; i < 4; i++) await Append(store, 2_000, AppendStatus.Committed);
        var journal = Journal(disk);
        var bytes = await File.ReadAllBytesAsync(journal.FullName);
        bytes[bytes.Length / 8] ^= 1;
        await File.WriteAllBytesAsync(journal.FullName, bytes);
        var options = new EventStoreOptions { DataDirectory = Path.Combine(disk.Path, "data") };
        foreach (var room in (long[])[bytes.Length / 4, bytes.Length + (bytes.Length / 4)]) // for a part of the new journal; for it and a part of the old one
        {
            disk.Fill(leave: room);
            var free = disk.Free;
            var problem = (await EventStore.CheckAsync(options, repair: true, default)).Problems.ShouldHaveSingleItem();
            problem.IsRepaired.ShouldBeFalse();
            problem.Fault!.ShouldContain("No space left");
            disk.Free.ShouldBeGreaterThan(free - (64 << 10));
            (await File.ReadAllBytesAsync(journal.FullName)).ShouldBe(bytes);
            Directory.GetFiles(disk.Path, "*" + journal.Name + "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
            disk.Clear();
        }

        (await EventStore.CheckAsync(options, repair: true, default)).Problems.ShouldHaveSingleItem();
        (await EventStore.CheckAsync(options, repair: false, default)).Problems.ShouldBeEmpty();
    }

    [SmallDiskFact]
    public async Task Retention_makes_room_also_while_old_events_cannot_be_sealed()
    {
        using var disk = SmallDisk.TryMount(32)!;
        var clock = new Clock();
        await using var store = Open(disk, o => o with { CompactEvents = 0, Time = clock });
        await Append(store, 4_000, AppendStatus.Committed);
        await store.SealAsync(default);
        await Append(store, 4_000, AppendStatus.Committed);
        disk.Fill();
        clock.Ahead = TimeSpan.FromDays(2);
        var policy = new RetentionPolicy(TimeSpan.FromDays(1), null);
        try
        {
            await store.ExpireAsync(policy, default);
        }
        catch (EventStoreException e)
        {
            // What the sealed events took is not always enough for the others.
            e.Message.ShouldContain("could not be sealed");
            (await Count(store)).ShouldBe(4_000);
            disk.Clear();
            await store.ExpireAsync(policy, default);
        }

        (await Count(store)).ShouldBe(0);
    }

    [SmallDiskFact]
    public async Task A_query_that_finds_no_room_to_spill_says_so_and_hurts_nothing_else()
    {
        using var disk = SmallDisk.TryMount(128)!;
        await using var store = Open(disk, o => o with { QueryMemoryBytes = 24 << 20, SealEvents = 10_000_000 });
        for (var i = 0; i < 10; i++) await Append(store, 20_000, AppendStatus.Committed);
        disk.Fill();
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Breakdowns = ["text"], Series = false };
        var fault = await Should.ThrowAsync<EventStoreException>(() => store.RunAsync(query, default));
        fault.Fault.ShouldBe(EventStoreFault.OutOfMemory);
        fault.Message.ShouldContain("memory");

        (await Count(store)).ShouldBe(200_000);
        disk.Clear();
        await Append(store, 100, AppendStatus.Committed);
    }

    private static DuckDbEventStore Open(SmallDisk disk, Func<EventStoreOptions, EventStoreOptions>? with = null)
    {
        var options = new EventStoreOptions { DataDirectory = Path.Combine(disk.Path, "data") };
        return DuckDbEventStore.Open(with is null ? options : with(options), default);
    }

    private static FileInfo Journal(SmallDisk disk) => new(Directory.GetFiles(Path.Combine(disk.Path, "data", "journal"), "*.log").ShouldHaveSingleItem());

    private static async Task<int> Append(DuckDbEventStore store, int events, AppendStatus expected)
    {
        var result = await AppendAsync(store, events);
        result.Status.ShouldBe(expected);
        if (expected == AppendStatus.Busy) result.RetryAfter.ShouldBeGreaterThan(TimeSpan.Zero);
        return expected == AppendStatus.Committed ? events : 0;
    }

    private static async Task<AppendResult> AppendAsync(DuckDbEventStore store, int events)
    {
        var builder = new EventBatchBuilder(store.Schema);
        for (var i = 0; i < events; i++)
        {
            builder.BeginEvent(UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow));
            builder.Set("text", $"{Guid.NewGuid()}{Guid.NewGuid()}");
            builder.EndEvent();
        }

        using var batch = builder.Build();
        return await store.AppendAsync([batch], default);
    }

    private static async Task<long> Count(DuckDbEventStore store)
    {
        var query = new Query { Time = TimeRange.All, Calculations = [new(CalculationOp.Count)], Series = false };
        return (await store.RunAsync(query, default)).Results.Columns[0][0].AsInt64();
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Ahead;
    }
}
