using Storage.Queries;

namespace Storage.Compile;

/// <summary>The value axis of a heatmap.</summary>
/// <param name="Edges">Ascending borders of the rows; the last row includes its upper one.</param>
/// <param name="IsLog">True when the borders are equal ratios apart.</param>
internal sealed record HeatmapAxis(double[] Edges, bool IsLog)
{
    /// <summary>Value rows: enough to see shapes, few enough to see cells.</summary>
    private const int Rows = 64;

    /// <summary>The axis of a heatmap that has no values.</summary>
    public static HeatmapAxis Empty { get; } = new([0, 1], false);

    /// <summary>The axis over all values: that which is asked for, or by the values, logarithmic when they are positive and the 99th percentile is over ten times the median.</summary>
    /// <param name="scale">What is asked for.</param>
    /// <param name="range">What <see cref="HeatmapCompiler.Range"/> gives for that.</param>
    public static HeatmapAxis Of(HeatmapScale scale, double[] range)
    {
        var (min, max) = (range[0], range[1]);
        return scale switch
        {
            HeatmapScale.Log when max > range[2] * (1 + 1e-9) => new HeatmapAxis(Logarithmic(range[2], max), true),
            HeatmapScale.Auto when min > 0 && range[3] / range[2] > 10 => new HeatmapAxis(Logarithmic(min, max), true),
            _ => OverAll(min, max),
        };
    }

    /// <summary>A linear axis over all values.</summary>
    private static HeatmapAxis OverAll(double min, double max)
    {
        // Too narrow a range has no room for rows that doubles can tell apart.
        var room = Math.Max(1e-300, 4 * Rows * (Math.BitIncrement(Math.Max(Math.Abs(min), Math.Abs(max))) - Math.Max(Math.Abs(min), Math.Abs(max))));
        if (min == max) room = Math.Max(room, 1);
        if (max / 2 - min / 2 >= room / 2) return new HeatmapAxis(Linear(min, max), false);
        return max + room <= double.MaxValue ? new HeatmapAxis(Linear(min, min + room), false) : new HeatmapAxis(Linear(max - room, max), false);
    }

    private static double[] Linear(double from, double to)
    {
        var edges = new double[Rows + 1];
        for (var i = 0; i <= Rows; i++) edges[i] = from * ((Rows - i) / (double)Rows) + to * (i / (double)Rows);
        (edges[0], edges[Rows]) = (from, to);
        return edges;
    }

    private static double[] Logarithmic(double from, double to)
    {
        var edges = new double[Rows + 1];
        var (low, high) = (Math.Log(from), Math.Log(to));
        for (var i = 0; i <= Rows; i++) edges[i] = Math.Exp(low + (high - low) * i / Rows);
        (edges[0], edges[Rows]) = (from, to);
        return edges;
    }
}
