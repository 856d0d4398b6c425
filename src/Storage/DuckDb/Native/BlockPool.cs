using System.Numerics;

namespace Storage.DuckDb.Native;

/// <summary>
/// Mapped memory that waits to be used again, for the whole process: pages that the system has to find and clear for every batch are a
/// good part of what a batch costs. Memory comes in sizes an eighth apart, newest first. What was not needed for a while goes back to the
/// system, and so does what would exceed the bound.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>Longer memory is unmapped at once: it is rare, and a few of them would be all that the pool holds.</summary>
    private const int MaxBlockBytes = 8 << 20;

    private const int StepsPerDoubling = 8;
    private static readonly TimeSpan TrimPeriod = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<Size> _sizes = [];
    private readonly Action<nint, nuint> _unmap;
    private readonly Timer _timer;
    private long _maxBytes;
    private long _usedBytes;
    private long _waitingBytes;
    private bool _isTrimming;

    /// <param name="maxBytes">See <see cref="MaxBytes"/>.</param>
    /// <param name="unmap">Gives memory back to the system: its start and length.</param>
    public BlockPool(long maxBytes, Action<nint, nuint> unmap)
    {
        _maxBytes = maxBytes;
        _unmap = unmap;
        _timer = new Timer(_ => Trim(), null, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Bytes up to which memory in use and waiting together may come by waiting. What is in use is not bounded here.</summary>
    public long MaxBytes
    {
        get => Interlocked.Read(ref _maxBytes);
        set => Interlocked.Exchange(ref _maxBytes, value);
    }

    /// <summary>Bytes that wait.</summary>
    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    /// <summary>The length that memory of at least so many bytes has.</summary>
    public static nuint LengthFor(int bytes)
    {
        if (bytes > MaxBlockBytes) return (nuint)bytes;
        var step = (int)BitOperations.RoundUpToPowerOf2((uint)bytes) / 2 / StepsPerDoubling;
        return (nuint)((bytes + step - 1) / step * step);
    }

    /// <summary>Takes memory of a length from <see cref="LengthFor"/> that waits, and says that such memory is in use now; 0 when none waits.</summary>
    public nint Take(nuint length)
    {
        lock (_lock)
        {
            _usedBytes += (long)length;
            if (_sizes.Find(s => s.Length == length) is not { Waiting.Count: > 0 } size) return 0;
            var start = size.Waiting[^1];
            size.Waiting.RemoveAt(size.Waiting.Count - 1);
            size.Least = Math.Min(size.Least, size.Waiting.Count);
            _waitingBytes -= (long)length;
            return start;
        }
    }

    /// <summary>Takes memory back that is not used any longer.</summary>
    public void Return(nint start, nuint length)
    {
        lock (_lock)
        {
            _usedBytes -= (long)length;
            if (length <= MaxBlockBytes && _usedBytes + _waitingBytes + (long)length <= MaxBytes)
            {
                Keep(start, length);
                return;
            }
        }

        _unmap(start, length);
    }

    /// <summary>Says that memory which was to be taken is not there.</summary>
    public void Forget(nuint length)
    {
        lock (_lock) _usedBytes -= (long)length;
    }

    /// <summary>Gives back what has not been needed since the last time.</summary>
    public void Trim()
    {
        List<(nint Start, nuint Length)> unneeded = [];
        lock (_lock)
        {
            foreach (var size in _sizes)
            {
                for (var i = 0; i < size.Least; i++) unneeded.Add((size.Waiting[i], size.Length)); // the oldest
                size.Waiting.RemoveRange(0, size.Least);
                size.Least = size.Waiting.Count;
            }

            _sizes.RemoveAll(s => s.Waiting.Count == 0);
            foreach (var (_, length) in unneeded) _waitingBytes -= (long)length;
            if (_sizes.Count == 0) Schedule(false);
        }

        foreach (var (start, length) in unneeded) _unmap(start, length);
    }

    private void Keep(nint start, nuint length)
    {
        var size = _sizes.Find(s => s.Length == length);
        if (size is null) _sizes.Add(size = new Size(length));
        size.Waiting.Add(start);
        _waitingBytes += (long)length;
        if (!_isTrimming) Schedule(true);
    }

    private void Schedule(bool isTrimming)
    {
        _isTrimming = isTrimming;
        var period = isTrimming ? TrimPeriod : Timeout.InfiniteTimeSpan;
        _timer.Change(period, period);
    }

    private sealed class Size(nuint length)
    {
        public nuint Length { get; } = length;

        public List<nint> Waiting { get; } = [];

        /// <summary>Fewest that waited since the last trim: nobody needed these.</summary>
        public int Least { get; set; }
    }
}
