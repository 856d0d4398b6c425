using System.Threading.Channels;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>Batches of one append that wait for the disk, or, without batches, the wish that the journal be rotated.</summary>
internal sealed class Pending
{
    private readonly TaskCompletionSource<AppendResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="batches">The batches; held until <see cref="Release"/>.</param>
    public Pending(IReadOnlyList<EventBatch> batches)
    {
        Batches = batches;
        foreach (var batch in batches)
        {
            batch.Retain();
            SizeBytes += batch.SizeBytes;
        }
    }

    public IReadOnlyList<EventBatch> Batches { get; }

    public bool IsRotation => Batches.Count == 0;

    public long SizeBytes { get; }

    public Task<AppendResult> Done => _done.Task;

    public void Complete(AppendResult result) => _done.TrySetResult(result);

    public void Fail(Exception exception) => _done.TrySetException(exception);

    /// <summary>Ends the hold on the batches; called once.</summary>
    public void Release()
    {
        foreach (var batch in Batches) batch.Release();
    }
}

/// <summary>Appends on their way to the commit thread, bounded in bytes.</summary>
internal sealed class CommitQueue(long maxBytes)
{
    /// <summary>Bytes after which a commit takes no further append, so that the first waiter does not wait for the last.</summary>
    private const long MaxGroupBytes = 32L << 20;

    private readonly Channel<Pending> _channel = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private long _bytes;

    /// <summary>Bytes that wait or are being written.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds an append, or refuses it at once: null when the bytes would exceed the bound. A single append always fits an empty queue.</summary>
    /// <exception cref="EventStoreException">The store is closing.</exception>
    public Pending? TryAdd(IReadOnlyList<EventBatch> batches)
    {
        var pending = new Pending(batches);
        var total = Interlocked.Add(ref _bytes, pending.SizeBytes);
        var fits = total <= maxBytes || total == pending.SizeBytes;
        if (fits && _channel.Writer.TryWrite(pending)) return pending;
        Interlocked.Add(ref _bytes, -pending.SizeBytes);
        pending.Release();
        return fits ? throw new EventStoreException(EventStoreFault.Closed, "the store is closing") : null;
    }

    /// <summary>Waits for appends and takes a group of them. Empty when the queue was closed and everything is taken.</summary>
    public List<Pending> TakeGroup()
    {
        var group = new List<Pending>();
        if (!_channel.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) return group;
        long bytes = 0;
        while (bytes < MaxGroupBytes && _channel.Reader.TryRead(out var pending))
        {
            group.Add(pending);
            bytes += pending.SizeBytes;
        }

        return group;
    }

    /// <summary>Says that a group is done with.</summary>
    public void Release(List<Pending> group)
    {
        foreach (var pending in group)
        {
            pending.Release();
            Interlocked.Add(ref _bytes, -pending.SizeBytes);
        }
    }

    public void Close() => _channel.Writer.TryComplete();
}
