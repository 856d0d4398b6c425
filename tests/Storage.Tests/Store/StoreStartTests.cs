using Microsoft.Extensions.Logging;
using Storage.DuckDb;

namespace Storage.Tests.Store;

/// <summary>What a start does with segments that it cannot take as they are.</summary>
public sealed class StoreStartTests : IDisposable
{
    private const int Events = 300;
    private const int Unreadable = 21;
    private const int Copied = 29;
    private const int Renamed = 31;

    private readonly TemporaryDirectory _directory = new();
    private readonly Listener _listener = new();

    private string Segments => Path.Combine(_directory.Path, "segments");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_segment_that_the_disk_does_not_give_back_keeps_the_store_from_starting_without_its_events()
    {
        if (OperatingSystem.IsWindows()) return; // links need a right there
        var path = await FillAsync();
        var elsewhere = Path.Combine(_directory.Path, "elsewhere");
        File.Move(path, elsewhere);
        File.CreateSymbolicLink(path, elsewhere);
        (await CountAsync()).ShouldBe(Events);

        File.Move(elsewhere, elsewhere + ".gone"); // as a disk that is not there yet
        Should.Throw<EventStoreException>(() => Open()).Message.ShouldContain("answers");
        File.Move(elsewhere + ".gone", elsewhere);
        (await CountAsync()).ShouldBe(Events);
    }

    [Fact]
    public async Task A_copy_is_told_apart_from_a_segment_whose_events_are_missing()
    {
        var path = await FillAsync();
        var copy = path.Replace(".parquet", " (copy).parquet", StringComparison.Ordinal);
        File.Copy(path, copy);
        (await CountAsync()).ShouldBe(Events);
        _listener.Told.ShouldContain(Copied);
        _listener.Told.ShouldNotContain(Unreadable);

        _listener.Told.Clear();
        File.Delete(path);
        (await CountAsync()).ShouldBe(0);
        _listener.Told.ShouldContain(Renamed);
        _listener.Told.ShouldNotContain(Copied);

        File.Move(copy, path);
        (await CountAsync()).ShouldBe(Events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_segment_keeps_no_store_from_starting(bool hasStatistics)
    {
        var path = await FillAsync();
        if (!hasStatistics) File.Delete(Path.ChangeExtension(path, ".stats"));
        var bytes = File.ReadAllBytes(path);
        var damaged = new List<byte[]>();
        foreach (var left in (int[])[0, 3, 12, bytes.Length / 2, bytes.Length - 100, bytes.Length - 8, bytes.Length - 1]) damaged.Add(bytes[..left]);
        for (var place = 1; place < 200; place += 3)
        {
            damaged.Add([.. bytes]);
            damaged[^1][^place] ^= 0x41;
        }

        var statistics = hasStatistics ? File.ReadAllBytes(Path.ChangeExtension(path, ".stats")) : null;
        foreach (var content in damaged)
        {
            File.WriteAllBytes(path, content);
            if (statistics is not null) File.WriteAllBytes(Path.ChangeExtension(path, ".stats"), statistics);
            else File.Delete(Path.ChangeExtension(path, ".stats"));
            await using var store = Open();
            store.Statistics.Events.ShouldBeOneOf(0, Events);
        }
    }

    private DuckDbEventStore Open() => DuckDbEventStore.Open(new EventStoreOptions { DataDirectory = _directory.Path, Logger = _listener }, default);

    private async Task<string> FillAsync()
    {
        await using var store = Open();
        await HotEvents.Append(store, Events);
        await store.SealAsync(default);
        return Directory.GetFiles(Segments, "*.parquet").ShouldHaveSingleItem();
    }

    private async Task<long> CountAsync()
    {
        await using var store = Open();
        return await HotEvents.Count(store);
    }

    /// <summary>Keeps the numbers of what it is told.</summary>
    private sealed class Listener : ILogger
    {
        public System.Collections.Concurrent.ConcurrentBag<int> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Add(eventId.Id);
    }
}
