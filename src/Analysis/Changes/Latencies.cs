namespace Analysis.Changes;

/// <summary>
/// Compares the own times of services and operations: the mean of their logarithm over a trace, so that one slow call among many still moves it.
/// What all operations share, such as a warmed-up runtime or a fuller machine, is the drift of the system and no finding; how much operations
/// differ in their drift is the scale on which one stands out.
/// </summary>
internal sealed class Latencies
{
    /// <summary>Own times below are noise of the clocks.</summary>
    private const double FloorMs = 0.05;

    /// <summary>Shifts in the logarithm that operations show without a cause: 10 %.</summary>
    private const double MinSpread = 0.1;

    private const int MinTraces = 4;

    /// <summary>Fewer operations are no system whose drift could be told from their own.</summary>
    private const int MinSystem = 4;

    private readonly Dictionary<ChangeKey, (Sums Before, Sums After)> _sums = [];

    /// <summary>Adds the mean of a trace.</summary>
    public void Add(ChangeKey key, bool isAfter, double meanLog)
    {
        var (before, after) = _sums.GetValueOrDefault(key);
        if (isAfter) after.Add(meanLog);
        else before.Add(meanLog);
        _sums[key] = (before, after);
    }

    public static double Log(double selfMs) => Math.Log(selfMs + FloorMs);

    /// <summary>The mean before, by which the own times of different operations can be compared; null when it is not known.</summary>
    public double? Before(ChangeKey key) => _sums.TryGetValue(key, out var sums) && sums.Before.Count >= MinTraces ? sums.Before.Mean : null;

    /// <summary>How much longer a key takes, in the logarithm; null when it is not known.</summary>
    public double? Shift(ChangeKey key) =>
        _sums.TryGetValue(key, out var sums) && sums.Before.Count >= MinTraces && sums.After.Count >= MinTraces ? sums.After.Mean - sums.Before.Mean : null;

    /// <summary>The shift that operations share, and how much they differ in it.</summary>
    public (double Drift, double Spread) System()
    {
        var shifts = Known().Select(s => s.Value.After.Mean - s.Value.Before.Mean).Order().ToArray();
        if (shifts.Length < MinSystem) return (0, MinSpread);
        var drift = shifts[shifts.Length / 2];
        var deviations = shifts.Select(s => Math.Abs(s - drift)).Order().ToArray();
        return (drift, Math.Max(MinSpread, 1.4826 * deviations[deviations.Length / 2]));
    }

    /// <param name="system">The system that an operation must stand out of.</param>
    /// <param name="isRelative">True when the means are relative to something else and say no time.</param>
    public IEnumerable<Change> Changes((double Drift, double Spread) system, bool isRelative)
    {
        var (drift, spread) = system;
        var known = Known();
        if (known.Length == 0) yield break;
        var cost = Math.Log2(known.Length) + Change.KindCost;
        foreach (var (key, (before, after)) in known)
        {
            var shift = after.Mean - before.Mean - drift;
            var variance = Square(spread) + before.Variance / before.Count + after.Variance / after.Count;
            var bits = shift * shift / variance / (2 * Math.Log(2));
            if (!Change.IsMentioned(bits, cost)) continue;
            yield return new Change(ChangeKind.Latency, key.Service, key.Operation, key.Subject, bits - cost, 1, 1, before.Count, after.Count)
            {
                SelfMs = isRelative ? null : (Math.Exp(before.Mean) - FloorMs, Math.Exp(after.Mean) - FloorMs), TimesSlower = Math.Exp(shift), IsBetter = shift < 0,
            };
        }
    }

    private KeyValuePair<ChangeKey, (Sums Before, Sums After)>[] Known() =>
        [.. _sums.Where(s => s.Value.Before.Count >= MinTraces && s.Value.After.Count >= MinTraces)];

    private static double Square(double x) => x * x;

    private struct Sums
    {
        public int Count;
        private double _sum, _squares;

        public readonly double Mean => _sum / Count;

        /// <summary>Of few values a guess that is not too small.</summary>
        public readonly double Variance => (_squares - Count * Mean * Mean + 0.1) / Math.Max(1, Count - 1);

        public void Add(double x)
        {
            Count++;
            _sum += x;
            _squares += x * x;
        }
    }
}
