namespace Analysis.BubbleUp;

/// <summary>
/// How much one statement tells about which side an event is on: the bits of its information gain, and what they are worth against chance.
/// </summary>
internal static class Netbits
{
    /// <summary>Chance of showing anything at all where there is nothing to find.</summary>
    public const double Alpha = 0.05;

    /// <summary>Net bits from which on a statement is shown: 4.32.</summary>
    public static readonly double Gate = Math.Log2(1 / Alpha);

    /// <summary>Number of both sides together times the mutual information of side and statement, in bits; never below 0.</summary>
    /// <param name="a">What of the selection matches.</param>
    /// <param name="b">What of the baseline matches.</param>
    /// <param name="selection">The selection.</param>
    /// <param name="baseline">The baseline.</param>
    public static double Bits(double a, double b, double selection, double baseline)
    {
        // Sums in another order may exceed the whole by a rounding.
        a = Math.Clamp(a, 0, selection);
        b = Math.Clamp(b, 0, baseline);
        var all = selection + baseline;
        var gain = Xl(a) + Xl(b) + Xl(selection - a) + Xl(baseline - b) - Xl(a + b) - Xl(all - a - b) - Xl(selection) - Xl(baseline) + Xl(all);
        return Math.Max(0, gain / Math.Log(2));
    }

    /// <summary>The bits that tell the sides apart completely.</summary>
    public static double Whole(double selection, double baseline) =>
        (Xl(selection + baseline) - Xl(selection) - Xl(baseline)) / Math.Log(2);

    /// <summary>Probability of so many bits by chance: the tail of chi-square with one degree of freedom.</summary>
    public static double PValue(double bits) => Erfc(Math.Sqrt(bits * Math.Log(2)));

    /// <summary>The interval that holds the true share with 95 %, after Wilson.</summary>
    /// <param name="share">The share that was seen.</param>
    /// <param name="count">Of how many independent ones.</param>
    public static (double Low, double High) Interval(double share, double count)
    {
        if (count <= 0) return (0, 1);
        const double z = 1.959963984540054;
        var scale = 1 + z * z / count;
        var middle = (share + z * z / (2 * count)) / scale;
        var reach = z / scale * Math.Sqrt(share * (1 - share) / count + z * z / (4 * count * count));
        return (Math.Max(0, Math.Min(share, middle - reach)), Math.Min(1, Math.Max(share, middle + reach)));
    }

    /// <summary>The complementary error function for x of at least 0: a continued fraction, and a series near 0.</summary>
    internal static double Erfc(double x)
    {
        if (x > 27) return 0;
        if (x < 2)
        {
            var (term, sum) = (x, x);
            for (var n = 1; n < 100 && Math.Abs(term) > 1e-17 * sum; n++)
            {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }

            return 1 - 2 / Math.Sqrt(Math.PI) * sum;
        }

        var fraction = x;
        for (var n = 80; n >= 1; n--) fraction = x + n / 2.0 / fraction;
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }

    private static double Xl(double x) => x <= 0 ? 0 : x * Math.Log(x);
}
