namespace Storage.Events;

/// <summary>Bytes that a store's batches take, those included that only a reader still holds.</summary>
internal sealed class MemoryCount
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
