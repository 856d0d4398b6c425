using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Explorer.Server.Otlp.Transport;

/// <summary>
/// Memory that connections receive into. Export requests are hundreds of kilobytes, and the system is asked once for each block that they
/// fill: in blocks of 4 KiB, which are usual, that is sixty times for one of 250 KB. With many large blocks in use others get small ones,
/// so that thousands of slow connections do not take much.
/// </summary>
internal sealed class ReceiveMemory : MemoryPool<byte>
{
    public const int BlockBytes = 64 << 10;

    /// <summary>Large blocks that may be in use at once, 16 MiB.</summary>
    public const int MaxLarge = 256;

    /// <summary>Large blocks that wait for their next use, 4 MiB; others are left to the garbage collector.</summary>
    private const int MaxWaiting = 64;

    private const int SmallBytes = 4 << 10;

    private readonly Lock _lock = new();

    /// <summary>The last that came back is taken first: it is still in the processor's cache.</summary>
    private readonly Stack<byte[]> _waiting = new(MaxWaiting);
    private int _large;

    public override int MaxBufferSize => BlockBytes;

    /// <param name="minBufferSize">Bytes that are needed, at most <see cref="MaxBufferSize"/>; -1 for any number.</param>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (Interlocked.Increment(ref _large) <= MaxLarge)
            return new Block(this, TakeWaiting() ?? GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true));
        Interlocked.Decrement(ref _large);
        return Shared.Rent(Math.Max(minBufferSize, SmallBytes));
    }

    /// <summary>It is there for all connections until the process ends.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private byte[]? TakeWaiting()
    {
        lock (_lock) return _waiting.TryPop(out var bytes) ? bytes : null;
    }

    private void Return(byte[] bytes)
    {
        Interlocked.Decrement(ref _large);
        lock (_lock)
            if (_waiting.Count < MaxWaiting) _waiting.Push(bytes);
    }

    private sealed class Block(ReceiveMemory pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } returned) pool.Return(returned);
        }
    }

    /// <summary>Gives all connections the one memory.</summary>
    public sealed class Factory : IMemoryPoolFactory<byte>
    {
        private readonly ReceiveMemory _memory = new();

        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => _memory;
    }
}
