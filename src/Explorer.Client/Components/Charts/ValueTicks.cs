using Explorer.Client.Display;

namespace Explorer.Client.Components.Charts;

/// <summary>Ticks of value axes at 1, 2, 5 x 10^n of the unit that is shown.</summary>
internal static class ValueTicks
{
    private const int Target = 4;
    private static readonly double[] Steps = [1, 2, 5, 10];

    /// <summary>Three to five round values from low to high; 0 is left out where it would meet the time axis.</summary>
    public static ChartTick[] Linear(double low, double high, Unit unit)
    {
        if (!(high > low) || !double.IsFinite(high - low)) return [];
        // Round in the unit that is printed: 120 s is a round number of minutes, not of seconds.
        var scale = Scale(Math.Max(Math.Abs(low), Math.Abs(high)), unit);
        var step = Step((high - low) / scale) * scale;
        var ticks = new List<ChartTick>();
        for (var i = Math.Ceiling(low / step); i * step <= high && ticks.Count < 12; i++)
            if (i != 0 || low < 0) ticks.Add(new ChartTick(i * step, Format.Tick(i * step, unit)));
        return [.. ticks];
    }

    /// <summary>The upper end of the axis: a little room above the highest value.</summary>
    public static double Top(double high, ChartTick[] ticks)
    {
        if (high <= 0) return ticks.Length > 0 ? 0 : 1;
        return high * 1.06;
    }

    /// <summary>Powers of ten between two positive values, and 2 and 5 of them when there are few.</summary>
    public static ChartTick[] Log(double low, double high, Unit unit)
    {
        if (!(low > 0) || !(high > low)) return [];
        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        var every = Math.Max(1, (last - first + 7) / 8);
        var ticks = new List<ChartTick>();
        for (var decade = first; decade <= last; decade++)
            foreach (var factor in (ReadOnlySpan<double>)(last - first <= 2 ? [1, 2, 5] : [1]))
            {
                var value = factor * Math.Pow(10, decade);
                if (value >= low && value <= high && (decade - first) % every == 0) ticks.Add(new ChartTick(value, Format.Tick(value, unit)));
            }

        return [.. ticks];
    }

    private static double Step(double span)
    {
        var rough = span / Target;
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return Array.Find(Steps, s => s * magnitude >= rough * 0.999) * magnitude;
    }

    private static double Scale(double largest, Unit unit)
    {
        if (unit.Milliseconds() is not { } factor) return 1;
        var seconds = largest * factor / 1000;
        var shown = seconds < 100 ? 1 : seconds < 3600 * 2 ? 60 : seconds < 86400 * 2 ? 3600 : 86400d;
        return shown * 1000 / factor;
    }
}
