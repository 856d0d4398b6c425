using System.Buffers.Binary;
using Google.Protobuf;

namespace Explorer.Server.Demo;

/// <summary>
/// The only source of chance in the demo: SplitMix64, which is fast, starts from any mix of numbers and gives the same sequence
/// on every machine (<see cref="Random"/> promises that only for its slow, old algorithm).
/// </summary>
internal sealed class Dice
{
    private ulong _state;

    public Dice(params ReadOnlySpan<long> seeds)
    {
        foreach (var seed in seeds)
            _state = Mix(_state + (ulong)seed + Step);
    }

    private const ulong Step = 0x9E3779B97F4A7C15;

    public ulong Next() => Mix(_state += Step);

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Unit() < probability;

    /// <summary>Uniform in [0, <paramref name="bound"/>).</summary>
    public int Below(int bound) => (int)(Unit() * bound);

    /// <summary>Uniform, both ends included.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    public T Pick<T>(T[] values) => values[Below(values.Length)];

    /// <summary>Log-normal about a median. Cut at three sigmas, so that no trace takes longer than the schedule waits for it.</summary>
    public double Around(double median, double sigma)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - Unit())) * Math.Cos(2 * Math.PI * Unit());
        return median * Math.Exp(sigma * Math.Clamp(normal, -3, 3));
    }

    /// <summary>Number of independent arrivals when <paramref name="mean"/> are expected; at most about a thousand.</summary>
    public int Arrivals(double mean)
    {
        var count = -1;
        // In parts of at most 30, since exp(-mean) loses its digits beyond.
        for (; mean > 30; mean -= 30)
            count += Arrivals(30);
        var threshold = Math.Exp(-mean);
        for (var product = 1.0; product > threshold; count++)
            product *= Unit();
        return count;
    }

    /// <summary>A random id of 8 or 16 bytes; never all zero, which OTLP calls invalid.</summary>
    public ByteString Id(int length)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Next() | 1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Next());
        return ByteString.CopyFrom(bytes[..length]);
    }

    /// <summary>Lower-case hex digits, at most 16.</summary>
    public string Hex(int digits) => Next().ToString("x16", null)[..digits];

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>Values with weights; the weights need not add up to one.</summary>
internal sealed class Weighted<T>(params (T Value, double Weight)[] choices)
{
    private readonly double _sum = choices.Sum(choice => choice.Weight);

    public T Pick(Dice dice)
    {
        var rest = dice.Unit() * _sum;
        foreach (var (value, weight) in choices)
        {
            if ((rest -= weight) < 0)
                return value;
        }
        return choices[^1].Value;
    }
}
