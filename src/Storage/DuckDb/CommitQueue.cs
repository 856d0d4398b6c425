using System.Threading.Channels;
using Storage.Events;

namespace Storage.DuckDb;

/// <summary>A batch that waits for the disk, or, without a batch, the wish that the journal be rotated.</summary>
internal sealed class Pending(EventBatch? batch)
{
    private readonly TaskCompletionSource<AppendResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EventBatch? Batch { get; } = batch;

    public Task<AppendResult> Done => _done.Task;

    public void Complete(AppendResult result) => _done.TrySetResult(result);

    public void Fail(Exception exception) => _done.TrySetException(exception);
}

/// <summary>Appends on their way to the commit thread, bounded in bytes.</summary>
internal sealed class CommitQueue(long maxBytes)
{
    /// <summary>Bytes that one commit takes at most, so that the first waiter does not wait for the last.</summary>
    private const long MaxGroupBytes = 32L << 20;

    private readonly Channel<Pending> _channel = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private long _bytes;

    /// <summary>Bytes that wait or are being written.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds an append, or refuses it at once: null when the bytes would exceed the bound. A single batch always fits an empty queue.</summary>
    /// <exception cref="EventStoreException">The store is closing.</exception>
    public Pending? TryAdd(EventBatch? batch)
    {
        var size = batch?.SizeBytes ?? 0;
        var total = Interlocked.Add(ref _bytes, size);
        if (total > maxBytes && total > size)
        {
            Interlocked.Add(ref _bytes, -size);
            return null;
        }

        var pending = new Pending(batch);
        if (_channel.Writer.TryWrite(pending)) return pending;
        Interlocked.Add(ref _bytes, -size);
        throw new EventStoreException(EventStoreFault.Closed, "the store is closing");
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
            bytes += pending.Batch?.SizeBytes ?? 0;
        }

        return group;
    }

    /// <summary>Says that a group is done with.</summary>
    public void Release(List<Pending> group) => Interlocked.Add(ref _bytes, -group.Sum(p => (long)(p.Batch?.SizeBytes ?? 0)));

    public void Close() => _channel.Writer.TryComplete();
}
