using System.Numerics;

namespace Benchmarks.Harness;

/// <summary>
/// Times in buckets that are at most 1/64 wide of their value, from 1 us to over an hour, in constant memory. Safe for several writers.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubCount = 1 << SubBits;
    private readonly long[] _counts = new long[33 * SubCount];
    private long _max;

    public long Count => _counts.Sum();

    public double MaxMs => Volatile.Read(ref _max) / 1000.0;

    public void Add(TimeSpan time)
    {
        var microseconds = Math.Max(0, time.Ticks / TimeSpan.TicksPerMicrosecond);
        Interlocked.Increment(ref _counts[Math.Min(IndexOf(microseconds), _counts.Length - 1)]);
        for (var max = Volatile.Read(ref _max); microseconds > max;)
        {
            var seen = Interlocked.CompareExchange(ref _max, microseconds, max);
            if (seen == max) break;
            max = seen;
        }
    }

    /// <summary>The time that this share of all were not above, in milliseconds; 0 without any.</summary>
    public double QuantileMs(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        for (var i = 0; i < _counts.Length; i++)
        {
            wanted -= _counts[i];
            if (wanted <= 0 && _counts[i] > 0) return Math.Min(UpperEdge(i), Volatile.Read(ref _max)) / 1000.0;
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        if (value < SubCount * 2) return (int)value;
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return (shift * SubCount) + (int)(value >> shift);
    }

    private static long UpperEdge(int index)
    {
        if (index < SubCount * 2) return index;
        var shift = (index / SubCount) - 1;
        return ((index - (shift * SubCount) + 1L) << shift) - 1;
    }
}
