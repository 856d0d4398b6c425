using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>A fault at any moment of a commit before it is answered: the sender is told to send again, so nothing of it may be there.</summary>
public sealed class CommitFaultTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private string? _fault;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("journal.written")]
    [InlineData("journal.synced")]
    [InlineData("commit.added")]
    public async Task What_failed_is_neither_seen_nor_replayed_and_can_be_sent_again(string step)
    {
        await using (var store = Open())
        {
            await HotEvents.Append(store, 100);
            var length = JournalLength();
            _fault = step;
            for (var i = 0; i < 3; i++) await Should.ThrowAsync<EventStoreException>(async () => await HotEvents.Append(store, 40));
            JournalLength().ShouldBe(length);
            (await HotEvents.Count(store)).ShouldBe(100);
            store.Statistics.HotEvents.ShouldBe(100);

            _fault = null;
            await HotEvents.Append(store, 40);
            (await HotEvents.Count(store)).ShouldBe(140);
            _fault = step;
            await Should.ThrowAsync<EventStoreException>(async () => await HotEvents.Append(store, 7));
        }

        _fault = null;
        await using var again = Open();
        (await HotEvents.Count(again)).ShouldBe(140);
        Directory.Exists(Path.Combine(_directory.Path, "damaged")).ShouldBeFalse();
        await again.SealAsync(default);
        (await HotEvents.Count(again)).ShouldBe(140);
    }

    [Fact]
    public async Task The_memory_of_what_failed_goes_back()
    {
        await using var store = Open();
        _fault = "commit.added";
        var batch = HotEvents.Build(store, 50);
        await Should.ThrowAsync<EventStoreException>(async () => await store.AppendAsync([batch], default));
        batch.Dispose();
        for (var i = 0; i < 500 && !batch.IsReleased; i++) await Task.Delay(10); // the commit thread goes on for a moment after it has answered
        batch.IsReleased.ShouldBeTrue();
    }

    private DuckDbEventStore Open() => DuckDbEventStore.Open(
        new EventStoreOptions { DataDirectory = _directory.Path, Step = step => { if (step == _fault) throw new InvalidOperationException("a fault at " + step); } },
        default);

    private long JournalLength() => Directory.GetFiles(Path.Combine(_directory.Path, "journal")).Sum(file => new FileInfo(file).Length);
}
