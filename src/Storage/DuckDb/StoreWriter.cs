using Storage.Events;

namespace Storage.DuckDb;

/// <summary>
/// The commit thread: takes everything that is queued, writes it to the journal, syncs once, publishes it and completes the waiters. It
/// alone writes the journal and the active hot tier.
/// </summary>
internal sealed class StoreWriter : IDisposable
{
    private static readonly TimeSpan RetryAfterFull = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfterDisk = TimeSpan.FromSeconds(5);

    /// <summary>How long a refusal of the disk counts: then somebody has to try again, or nobody would ever learn that there is room.</summary>
    private static readonly TimeSpan DiskFaultLasts = TimeSpan.FromSeconds(30);

    private readonly EventStoreOptions _options;
    private readonly CommitQueue _queue;
    private readonly PublishedState _published;
    private readonly ColumnRegistry _registry;
    private readonly string _directory;
    private readonly Action _rotated;
    private readonly Thread _thread;
    private Journal _journal;
    private HotTier _tier;
    private long _diskFailedAt; // a timestamp; 0 while the disk takes data
    private long _appends;

    /// <param name="active">The tier that takes appends; it is the last in the published state.</param>
    /// <param name="rotated">Called after a tier was closed and waits to be sealed.</param>
    public StoreWriter(
        EventStoreOptions options, PublishedState published, ColumnRegistry registry, string directory, HotTier active, Action rotated)
    {
        _options = options;
        _queue = new CommitQueue(options.MaxQueueBytes);
        _published = published;
        _registry = registry;
        _directory = directory;
        _rotated = rotated;
        _tier = active;
        _journal = Journal.Open(directory, active.Number, options);
        _thread = new Thread(Run) { IsBackground = true, Name = "explorer-commit" };
        _thread.Start();
    }

    public long QueueBytes => _queue.Bytes;

    /// <summary>Bytes of events in memory, with what readers still hold.</summary>
    public long UnsealedBytes => Volatile.Read(ref _tier).Memory.Bytes;

    /// <summary>Appends since the start, those that were refused included.</summary>
    public long Appends => Interlocked.Read(ref _appends);

    /// <summary>False while the disk has refused what was written last, and that is not long ago.</summary>
    public bool TakesData => Volatile.Read(ref _diskFailedAt) is var at && (at == 0 || _options.Time.GetElapsedTime(at) > DiskFaultLasts);

    /// <summary>Bytes of the journal that takes appends.</summary>
    public long JournalBytes => Volatile.Read(ref _journal).Length;

    /// <summary>Stores batches; see <see cref="IEventStore.AppendAsync(IReadOnlyList{EventBatch}, CancellationToken)"/>.</summary>
    public async ValueTask<AppendResult> AppendAsync(IReadOnlyList<EventBatch> batches, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<EventBatch> filled = [.. batches.Where(b => b.Count > 0)];
        if (filled.Count == 0) return new AppendResult(AppendStatus.Committed);
        Interlocked.Increment(ref _appends);
        var pending = _queue.TryAdd(filled);
        if (pending is null)
        {
            return new AppendResult(AppendStatus.Busy, RetryAfterFull,
                $"the append queue holds its bound of {_options.MaxQueueBytes} bytes (MaxQueueBytes); send again later");
        }

        return await pending.Done.WaitAsync(cancellationToken);
    }

    /// <summary>Closes the active tier, if it has events, so that it can be sealed.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken) => await _queue.TryAdd([])!.Done.WaitAsync(cancellationToken);

    /// <summary>Writes what is queued and stops.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _journal.Dispose();
    }

    private void Run()
    {
        while (_queue.TakeGroup() is { Count: > 0 } group)
        {
            try
            {
                var appends = group.Where(p => !p.IsRotation).ToList();
                if (appends.Count > 0) Commit(appends);
                var wishes = group.Where(p => p.IsRotation).ToList();
                if (!ShouldRotate() && wishes.Count == 0) continue;
                var fault = TryRotate();
                foreach (var wish in wishes)
                {
                    if (fault is null) wish.Complete(default);
                    else wish.Fail(fault);
                }
            }
#pragma warning disable CA1031 // the edge of the commit thread: whatever happens, every waiter gets an answer
            catch (Exception e)
#pragma warning restore CA1031
            {
                foreach (var pending in group) pending.Fail(new EventStoreException("the batch could not be stored", e));
            }
            finally
            {
                _queue.Release(group);
            }
        }
    }

    private void Commit(List<Pending> group)
    {
        var unsealed = _tier.Memory.Bytes;
        if (unsealed > _options.MaxHotBytes)
        {
            Refuse(group, RetryAfterFull, $"{unsealed} bytes of events wait in memory to be sealed, the bound is {_options.MaxHotBytes} (MaxHotBytes); send again later");
            return;
        }

        var batches = SmallBatches.Gather([.. group.SelectMany(p => p.Batches)]);
        if (!TryWrite(batches))
        {
            foreach (var batch in batches) batch.Release();
            Refuse(group, RetryAfterDisk, "the disk takes no data; free space or check the data directory");
            return;
        }

        Publish(batches);
        _options.Step?.Invoke("commit.published");
        foreach (var pending in group) pending.Complete(new AppendResult(AppendStatus.Committed));
        MergeTail();
    }

    /// <summary>Makes batches durable; false when the disk did not take them, and then nothing of them is there.</summary>
    private bool TryWrite(List<EventBatch> batches)
    {
        var seq = _tier.NextSeq;
        foreach (var batch in batches)
        {
            _journal.Add(batch, seq);
            seq += batch.Count;
        }

        try
        {
            _journal.Commit();
            Volatile.Write(ref _diskFailedAt, 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DiskFailed(e);
            return false;
        }
    }

    /// <summary>
    /// Makes written batches visible. Where that fails nobody has seen them, and their senders are told to send them again: so they are
    /// taken back from the journal too, lest a replay brings them a second time.
    /// </summary>
    private void Publish(List<EventBatch> batches)
    {
        var before = _tier.Mark();
        try
        {
            var arrival = _options.Time.GetUtcNow();
            foreach (var batch in batches) _tier.Add(batch, _tier.NextSeq, _registry.Add(batch), arrival);
            _options.Step?.Invoke("commit.added");
            _published.ReplaceActive(_tier.View());
        }
        catch
        {
            _tier.Return(before);
            foreach (var batch in batches) batch.Release();
            _journal.TakeBack();
            throw;
        }
    }

    /// <summary>Merges small batches at the end of the tier, after the senders have their answers.</summary>
    private void MergeTail()
    {
        var replaced = _tier.MergeTail(_registry);
        if (replaced.Count == 0) return;
        _published.ReplaceActive(_tier.View());
        foreach (var batch in replaced) batch.Release();
    }

    /// <summary>Says it once until it is over, however often it is tried.</summary>
    private void DiskFailed(Exception fault)
    {
        if (_diskFailedAt == 0) _options.Logger.JournalWriteFailed(fault);
        Volatile.Write(ref _diskFailedAt, _options.Time.GetTimestamp());
    }

    private static void Refuse(List<Pending> group, TimeSpan retryAfter, string reason)
    {
        foreach (var pending in group) pending.Complete(new AppendResult(AppendStatus.Busy, retryAfter, reason));
    }

    private bool ShouldRotate() =>
        _journal.Length >= _options.SealBytes || _tier.Events >= _options.SealEvents
        || (_tier.Events > 0 && _options.Time.GetUtcNow() - _tier.OpenedAt >= _options.SealAge);

    /// <summary>Starts the next journal. Where the disk does not let it, the present one goes on and the fault comes back.</summary>
    private EventStoreException? TryRotate()
    {
        try
        {
            Rotate();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DiskFailed(e);
            return new EventStoreException("no new journal could be started: " + e.Message, e);
        }
    }

    private void Rotate()
    {
        if (_tier.Events == 0) return;
        var next = Journal.Open(_directory, _tier.Number + 1, _options);
        _options.Step?.Invoke("rotate.journal-created");
        _journal.Dispose();
        Volatile.Write(ref _journal, next);
        _tier = new HotTier(next.Number, _options.Time.GetUtcNow(), _tier.Memory);
        _published.AddActive(_tier.View());
        _options.Step?.Invoke("rotate.published");
        _rotated();
    }
}
