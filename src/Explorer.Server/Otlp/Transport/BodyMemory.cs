using System.Buffers;

namespace Explorer.Server.Otlp.Transport;

/// <summary>The memory that all request bodies together may take.</summary>
internal sealed class BodyMemory(long maxBytes)
{
    private long _used;

    /// <summary>Bytes taken now.</summary>
    public long UsedBytes => Interlocked.Read(ref _used);

    /// <exception cref="RefusedException">The bound is reached: <see cref="Verdict.Busy"/>.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= maxBytes) return;
        Return(bytes);
        throw new RefusedException(Verdict.Busy, "too many requests are being read at once");
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}

/// <summary>Bytes of a request, growing in pooled memory up to a bound.</summary>
internal sealed class PooledBody : IDisposable
{
    private const int FirstBytes = 16 << 10;

    /// <summary>Most memory that is taken for what a sender only says will come.</summary>
    private const int MaxFirstBytes = 1 << 20;

    private readonly BodyMemory _memory;
    private readonly int _maxBytes;
    private readonly string _bound;
    private byte[] _buffer;
    private int _start;

    /// <param name="memory">Where the bytes are counted.</param>
    /// <param name="maxBytes">Most bytes it will hold.</param>
    /// <param name="bound">What that bound is called when it is exceeded.</param>
    /// <param name="expected">Bytes that are said to come, so that it need not grow; 0 when nothing is said.</param>
    public PooledBody(BodyMemory memory, int maxBytes, string bound, long expected = 0)
    {
        _memory = memory;
        _maxBytes = maxBytes;
        _bound = bound;
        var first = RoomFor(expected);
        memory.Take(first);
        _buffer = ArrayPool<byte>.Shared.Rent(first);
        Reserved = first;
    }

    /// <summary>Bytes held, from the start on.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => Segment;

    public ArraySegment<byte> Segment => new(_buffer, _start, Length - _start);

    private int Reserved { get; set; }

    /// <summary>Room for more bytes; at least one.</summary>
    /// <exception cref="RefusedException">The bound is reached.</exception>
    public Memory<byte> Room()
    {
        if (Length > _maxBytes) throw new RefusedException(Verdict.TooLarge, $"the request is longer than {_maxBytes} bytes{_bound}");
        if (Length == Reserved) Grow((int)Math.Min(Reserved * 2L, _maxBytes + 1L));
        return _buffer.AsMemory(Length, Reserved - Length);
    }

    /// <exception cref="RefusedException">The bound is exceeded.</exception>
    public void Advance(int bytes)
    {
        Length += bytes;
        if (Length > _maxBytes) throw new RefusedException(Verdict.TooLarge, $"the request is longer than {_maxBytes} bytes{_bound}");
    }

    /// <summary>Makes room for so many bytes in all, which are said to come: once, instead of growing time and again.</summary>
    public void Expect(long bytes)
    {
        var wanted = Math.Min(RoomFor(bytes), _maxBytes + 1L);
        if (wanted > Reserved) Grow((int)wanted);
    }

    /// <summary>Leaves the first bytes out of what is read.</summary>
    public void RemoveStart(int bytes) => _start += bytes;

    public void Dispose()
    {
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _memory.Return(Reserved);
        Length = _start = 0;
    }

    private static int RoomFor(long expected) => (int)Math.Clamp(expected + 1, FirstBytes, MaxFirstBytes); // one more, to see the end of them

    private void Grow(int larger)
    {
        _memory.Take(larger - Reserved);
        var grown = ArrayPool<byte>.Shared.Rent(larger);
        _buffer.AsSpan(0, Length).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = grown;
        Reserved = larger;
    }
}
