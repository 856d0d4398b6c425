using Storage.Queries;

namespace Storage.Compile;

/// <summary>The width of time buckets.</summary>
internal static class Granularity
{
    /// <summary>Points that a chosen width aims at.</summary>
    public const int TargetBuckets = 120;

    /// <summary>A window is never cut into more buckets than this (and one more where it does not begin on a border).</summary>
    public const int MaxBuckets = 10_000;

    private const long Millisecond = 1_000_000, Second = 1_000 * Millisecond, Minute = 60 * Second, Hour = 60 * Minute, Day = 24 * Hour;

    /// <summary>Widths that people read easily. The first two rows are only for those who ask for less than a second.</summary>
    private static readonly long[] Steps =
    [
        .. Decades(1, Millisecond),
        .. Decades(Millisecond, Second),
        1 * Second, 2 * Second, 5 * Second, 10 * Second, 15 * Second, 30 * Second,
        1 * Minute, 2 * Minute, 5 * Minute, 10 * Minute, 15 * Minute, 30 * Minute,
        1 * Hour, 2 * Hour, 3 * Hour, 6 * Hour, 12 * Hour, 1 * Day, 2 * Day, 5 * Day, 10 * Day, 20 * Day,
    ];

    /// <summary>
    /// The width in nanoseconds. Without a wish: the smallest step of a second to a day that gives at most 120 buckets, else a day. A wish is taken
    /// as it is, unless it or the day cuts the window into more than 10,000 buckets: then the smallest step that does not.
    /// </summary>
    /// <param name="window">The window.</param>
    /// <param name="wishSeconds">The width that was asked for, above 0; null when none was.</param>
    public static long Choose(TimeWindow window, double? wishSeconds)
    {
        var width = wishSeconds is { } seconds
            ? Nanoseconds(seconds)
            : Steps.First(step => step >= Second && (step == Day || Fits(window, step, TargetBuckets)));
        return Fits(window, width, MaxBuckets) ? width : Steps.First(step => Fits(window, step, MaxBuckets));
    }

    private static bool Fits(TimeWindow window, long width, int buckets) => window.LengthNs <= (Int128)width * buckets;

    private static long Nanoseconds(double seconds)
    {
        var ns = Math.Round(seconds * Second);
        return ns >= long.MaxValue ? long.MaxValue : Math.Max(1, (long)ns);
    }

    private static IEnumerable<long> Decades(long from, long to)
    {
        for (var decade = from; decade < to; decade *= 10)
            foreach (var digit in (long[])[1, 2, 5]) yield return digit * decade;
    }
}
