using System.Numerics;

namespace Benchmarks.Workloads;

/// <summary>A small fast generator (xoshiro256**), equal on every machine and runtime for an equal seed.</summary>
internal struct Dice
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public Dice(int seed)
    {
        // Spreads the seed over the state, as the generator must not start from zeros.
        var x = (ulong)(uint)seed;
        (_a, _b, _c, _d) = (Spread(ref x), Spread(ref x), Spread(ref x), Spread(ref x));
    }

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>A number from 0 inclusive to 1 exclusive.</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>A normally distributed number: twelve uniform ones are near enough, and need no logarithm.</summary>
    public double Normal()
    {
        const ulong low = 0x0000_FFFF_0000_FFFF;
        var (p, q, r) = (Next(), Next(), Next());
        var pairs = (p & low) + (p >> 16 & low) + (q & low) + (q >> 16 & low) + (r & low) + (r >> 16 & low);
        return ((pairs & 0xFFFF_FFFF) + (pairs >> 32)) / 65_535.0 - 6;
    }

    private static ulong Spread(ref ulong x)
    {
        x += 0x9E37_79B9_7F4A_7C15;
        var z = (x ^ x >> 30) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ z >> 27) * 0x94D0_49BB_1331_11EB;
        return z ^ z >> 31;
    }
}
