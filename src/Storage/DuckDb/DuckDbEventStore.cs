using System.Collections.Immutable;
using System.Diagnostics;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.DuckDb;

/// <summary>
/// The embedded engine: journals and hot tiers that take appends, Parquet segments behind them, and one in-process DuckDB that reads both.
/// </summary>
internal sealed class DuckDbEventStore : IEventStore
{
    /// <summary>Below it, it matters more to the process how little memory it holds than how fast it gets some.</summary>
    private const long LittleMemory = 1L << 30;

    /// <summary>Memory that is left to events which arrive while others are sealed beside many questions: seconds of them, or two thirds of a small share, which readers hold a part of.</summary>
    private const long ArrivalRoom = 340L << 20;

    private static readonly TimeSpan FirstSealRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastSealRetry = TimeSpan.FromSeconds(30);

    private readonly EventStoreOptions _options;
    private readonly StoreFiles _files;
    private readonly DirectoryLock _lock;
    private readonly Engine _engine;
    private readonly ColumnRegistry _registry;
    private readonly PublishedState _published;
    private readonly StoreWriter _writer;
    private readonly QueryDesk _desk;
    private readonly SemaphoreSlim _sealing = new(1, 1);
    private readonly Lock _publishing = new();
    private readonly Compactor _compactor;
    private readonly MemoryReturn _memory;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _sealWanted = new(0);
    private readonly Task _sealer;
    private long _sealedBytes;
    private int _disposed;

    private DuckDbEventStore(
        EventStoreOptions options, StoreFiles files, DirectoryLock directoryLock, Engine engine, ColumnRegistry registry, StoreState state)
    {
        _options = options;
        _files = files;
        _lock = directoryLock;
        _engine = engine;
        _registry = registry;
        _published = new PublishedState(state);
        _desk = new QueryDesk(options, engine, registry, _published, _closing.Token);
        _writer = new StoreWriter(options, _published, registry, files.Journals, state.Hot[^1].Tier, () => _sealWanted.Release());
        if (state.Hot.Length > 1) _sealWanted.Release();
        _compactor = new Compactor(options, files, _published, _publishing, () => _desk.IsBusy || IsPressing);
        _sealer = Task.Run(SealWhenWantedAsync);
        _memory = new MemoryReturn(options.Time, options.ResidentBytes, () => _desk.Reads + _writer.Appends + _compactor.BytesRewritten + Interlocked.Read(ref _sealedBytes));
    }

    public Schema Schema => _registry.Snapshot;

    public StoreStatistics Statistics
    {
        get
        {
            var state = _published.Current;
            var (min, max) = state.Times;
            var waiting = state.Hot.Take(state.Hot.Length - 1).Sum(v => v.Tier.Bytes);
            return new StoreStatistics(
                state.Events, state.HotEvents, _writer.QueueBytes, state.SegmentBytes + waiting + _writer.JournalBytes, state.Segments.Length, min, max)
            {
                TakesData = _writer.TakesData, BytesSealed = Interlocked.Read(ref _sealedBytes), BytesRewritten = _compactor.BytesRewritten,
            };
        }
    }

    /// <summary>What the store holds now, held for a reader.</summary>
    public StateLease Lease() => _published.Lease();

    /// <summary>Opens the store of a directory; see <see cref="EventStore.OpenAsync"/>.</summary>
    public static DuckDbEventStore Open(EventStoreOptions options, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        CHeap.Limit(isLittle: options.ResidentBytes < LittleMemory);
        var files = new StoreFiles(options.DataDirectory);
        files.Create();
        var directoryLock = DirectoryLock.Take(files.Root);
        Engine? engine = null;
        try
        {
            files.ClearTemporary();
            engine = new Engine(options.QueryMemoryBytes - options.CompactionMemoryBytes - options.KeptRowsBytes, Environment.ProcessorCount, files.Temporary, keepsFooters: true);
            // Of the process: with several stores the last one counts.
            NativeBlock.Pool.MaxBytes = options.MaxHotBytes;
            KeptValues.MaxBytes = options.QueryMemoryBytes / 2;
            var registry = new ColumnRegistry(options.MaxColumns);
            var connection = engine.Rent();
            var next = files.NextNumber();
            var segments = files.ReadSegments(connection, options);
            engine.Return(connection);
            cancellationToken.ThrowIfCancellationRequested();
            var memory = new MemoryCount();
            var tiers = files.ReplayJournals(segments, registry, memory, options.Logger);
            foreach (var segment in segments) registry.Add(segment);
            if (tiers.Count == 0 || tiers[^1].Number != next - 1) tiers.Add(new HotTier(next, options.Time.GetUtcNow(), memory));
            var state = new StoreState([.. tiers.Select(t => t.View())], [.. segments]);
            options.Logger.Opened(files.Root, state.Events, segments.Count, state.HotEvents, watch.ElapsedMilliseconds);
            return new DuckDbEventStore(options, files, directoryLock, engine, registry, state);
        }
        catch (Exception e)
        {
            engine?.Dispose();
            directoryLock.Dispose();
            if (e is DuckDbException or IOException or UnauthorizedAccessException) throw new EventStoreException($"the store in {files.Root} cannot be opened: {e.Message}", e);
            throw;
        }
    }

    public ValueTask<AppendResult> AppendAsync(IReadOnlyList<EventBatch> batches, CancellationToken cancellationToken) =>
        _writer.AppendAsync(batches, cancellationToken);

    public Task<QueryResult> RunAsync(Query query, CancellationToken cancellationToken) => _desk.RunAsync(query, null, cancellationToken);

    public Task<QueryResult> RunAsync(Query query, IProgress<QueryProgress> progress, CancellationToken cancellationToken) => _desk.RunAsync(query, progress, cancellationToken);

    public Task SampleAsync(SampleRequest request, Action<EventSample> read, CancellationToken cancellationToken) =>
        _desk.SampleAsync(request, read, cancellationToken);

    public Task<ValueTotals?> CountValuesAsync(TimeWindow window, IReadOnlyList<string> columns, CancellationToken cancellationToken) => Task.Run(() =>
    {
        using var lease = _published.Lease();
        return SegmentTotals.Of(lease.State, window, columns, _registry.Snapshot);
    }, cancellationToken);

    public async Task SealAsync(CancellationToken cancellationToken)
    {
        await SealActiveAsync(WorkPace.Steady, cancellationToken);
        await _compactor.CompactAsync(cancellationToken);
    }

    public async Task ExpireAsync(RetentionPolicy policy, CancellationToken cancellationToken)
    {
        _compactor.MaxSpan = Retention.MaxSpan(policy);
        // What is sealed first: on a full disk it makes the room that sealing the others needs.
        await ExpireSealedAsync(policy, cancellationToken);
        // Unsealed events are seldom old: only when they are sealed later than they may be kept.
        var oldest = _options.Time.GetUtcNow() - Retention.LongestAge(policy);
        if (!_published.Current.Hot.Any(v => v.Events > 0 && v.Tier.LastArrival < oldest)) return;
        await SealActiveAsync(GivingWay, cancellationToken);
        await ExpireSealedAsync(policy, cancellationToken);
    }

    /// <exception cref="EventStoreException">The disk does not take it: the events wait in memory and journal.</exception>
    private async Task SealActiveAsync(Func<CancellationToken, WorkPace> pace, CancellationToken cancellationToken)
    {
        await _writer.RotateAsync(cancellationToken);
        try
        {
            await SealWaitingAsync(pace, cancellationToken);
        }
        catch (Exception e) when (e is DuckDbException or IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException("the events could not be sealed: " + e.Message, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EventStoreException(EventStoreFault.Closed, "the store is closing");
        }
    }

    private Task ExpireSealedAsync(RetentionPolicy policy, CancellationToken cancellationToken)
    {
        var (now, bytes) = (_options.Time.GetUtcNow(), Statistics.BytesOnDisk);
        return Task.Run(() => Expire(policy, now, bytes), cancellationToken);
    }

    private void Expire(RetentionPolicy policy, DateTimeOffset now, long bytesOnDisk)
    {
        ImmutableArray<Segment> expired;
        lock (_publishing)
        {
            expired = Retention.Select(_published.Current.Segments.Where(_files.MayRemove), policy, now, bytesOnDisk);
            if (expired.IsEmpty) return;
            _published.Remove(expired);
        }

        foreach (var segment in expired) _registry.Remove(segment);
        _options.Step?.Invoke("expire.published");
        foreach (var segment in expired) segment.Remove();
        _options.Logger.Expired(expired.Length);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _memory.Dispose();
        _writer.Dispose();
        await _closing.CancelAsync();
        await _sealer;
        await _sealing.WaitAsync(CancellationToken.None); // a seal that somebody asked for ends now
        _compactor.Dispose();
        await _desk.DisposeAsync();
        foreach (var view in _published.Current.Hot) view.Tier.Release();
        _engine.Dispose();
        _lock.Dispose();
        _closing.Dispose();
    }

    /// <summary>True when unsealed events take so much of their memory that sealing them is more urgent than anything.</summary>
    private bool IsPressing => _writer.UnsealedBytes > Math.Max(_options.MaxHotBytes / 3, _options.MaxHotBytes - ArrivalRoom);

    private async Task SealWhenWantedAsync()
    {
        var retry = FirstSealRetry;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                if (!await _sealWanted.WaitAsync(_options.SealAge, _closing.Token)) await _writer.RotateAsync(_closing.Token);
                await SealWaitingAsync(GivingWay, _closing.Token);
                retry = FirstSealRetry;
            }
            catch (Exception e) when (e is OperationCanceledException or EventStoreException { Fault: EventStoreFault.Closed })
            {
                return;
            }
#pragma warning disable CA1031 // the edge of sealing: whatever it is, the events wait in memory and journal, and appends must not end for good
            catch (Exception e)
#pragma warning restore CA1031
            {
                _options.Logger.SealFailed(_published.Current.Hot[0].Tier.Number, retry.TotalSeconds, e);
                await Task.WhenAny(Task.Delay(retry, _closing.Token));
                retry = retry * 2 < LastSealRetry ? retry * 2 : LastSealRetry;
                _sealWanted.Release();
            }
        }
    }

    /// <summary>Seals every tier but the active one.</summary>
    private async Task SealWaitingAsync(Func<CancellationToken, WorkPace> pace, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        await _sealing.WaitAsync(stop.Token);
        try
        {
            while (_published.Current.Hot is { Length: > 1 } hot)
            {
                stop.Token.ThrowIfCancellationRequested();
                Seal(hot[0], pace(stop.Token));
            }
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>Sealing gives way to questions as long as there is room for events.</summary>
    private WorkPace GivingWay(CancellationToken cancellationToken) => new(() => _desk.IsBusy && !IsPressing, cancellationToken, () => _options.Step?.Invoke("seal.waits"));

    /// <summary>Makes segments of a tier. Stopped, it leaves tier and journal as they are, for the next start.</summary>
    private void Seal(HotView view, WorkPace pace)
    {
        var watch = Stopwatch.StartNew();
        var journal = Journal.PathOf(_files.Journals, view.Tier.Number);
        if (view.Tier.HasDamage)
        {
            JournalReplay.SetDamageAside(journal);
            view.Tier.HasDamage = false;
        }

        ImmutableArray<Segment> segments = [];
        if (view.Events > 0)
        {
            using var engine = new LazyEngine(2 * _options.SealMemoryBytes + (64L << 20), Path.Combine(_files.Temporary, "work"));
            segments = new SegmentWriter(_options, _files.Segments).Write(engine, view, pace);
        }

        _published.ReplaceBySegments(view, segments);
        _options.Step?.Invoke("seal.published");
        File.Delete(journal);
        _options.Step?.Invoke("seal.journal-deleted");
        Interlocked.Add(ref _sealedBytes, segments.Sum(s => s.Bytes));
        _compactor.Wake();
        if (!segments.IsEmpty) _options.Logger.Sealed(view.Tier.Number, view.Events, segments.Sum(s => s.Bytes), watch.ElapsedMilliseconds);
    }
}
