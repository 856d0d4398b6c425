using Explorer.Client.Display;
using Storage.Queries;

namespace Explorer.Client.Components.Charts;

/// <summary>
/// A heatmap as chart.js draws it: rows of equal height from the bottom up, the first of which may be for missing and for non-positive values.
/// </summary>
/// <param name="Title">The calculation.</param>
/// <param name="Context">What stands beside the title.</param>
/// <param name="Column">The column on the value axis.</param>
/// <param name="Unit">How its values are written, by name of <see cref="Display.Unit"/>.</param>
/// <param name="StartMs">Left end of the time axis, Unix milliseconds.</param>
/// <param name="EndMs">Right end.</param>
/// <param name="StepMs">Width of a bucket.</param>
/// <param name="FirstMs">Start of the first bucket.</param>
/// <param name="Edges">Borders of the value rows, ascending.</param>
/// <param name="IsLog">Whether the borders are spaced by equal ratios.</param>
/// <param name="ExtraRows">Names of the rows below the values, bottom first.</param>
/// <param name="Counts">Per row (extra rows first), per time: the count, null where it is 0.</param>
/// <param name="Max">The largest count of a value row; the rows below may have more and are drawn as that.</param>
/// <param name="Total">All counts together.</param>
/// <param name="YTicks">Ticks of the value axis, in rows from the bottom.</param>
/// <param name="WideTicks">Ticks of the time axis.</param>
/// <param name="Zone">IANA name of the zone that times are shown in.</param>
public sealed record HeatmapModel(
    string Title, string Context, string Column, string Unit, double StartMs, double EndMs, double StepMs, double FirstMs, double[] Edges, bool IsLog,
    string[] ExtraRows, double?[][] Counts, double Max, double Total, ChartTick[] YTicks, ChartTick[] WideTicks, string Zone)
{
    /// <summary>The model, or null when the result has no heatmap.</summary>
    public static HeatmapModel? From(QueryResult result, TimeZoneInfo zone)
    {
        if (result.Heatmap is not { } heatmap) return null;
        var unit = Units.Of(heatmap.Column);
        var extra = new List<string>();
        var rows = new List<double?[]>();
        Extra(heatmap.Missing, "missing");
        if (heatmap.IsLog) Extra(heatmap.NonPositive, "≤ 0"); // a linear axis has them in its rows
        for (var bucket = 0; bucket + 1 < heatmap.Edges.Length; bucket++)
        {
            var row = bucket;
            rows.Add([.. heatmap.Counts.Select(c => c[row] > 0 ? c[row] : (double?)null)]);
        }

        var step = result.Meta.GranularityNs / 1e6;
        var ticks = heatmap.Edges.Length < 2 ? [] : YAxis(heatmap, unit, extra.Count);
        return new HeatmapModel(
            $"HEATMAP({heatmap.Column})", $"{Format.Length(TimeSpan.FromTicks(result.Meta.GranularityNs / 100))} × {Math.Max(0, heatmap.Edges.Length - 1)} buckets{(heatmap.IsLog ? ", log" : "")}{Without(heatmap)}", heatmap.Column, unit.ToString(),
            result.Meta.Window.StartUnixNs / 1e6, result.Meta.Window.EndUnixNs / 1e6, step, (heatmap.TimesUnixNs.Length > 0 ? heatmap.TimesUnixNs[0] : result.Meta.Window.StartUnixNs) / 1e6,
            heatmap.Edges, heatmap.IsLog, [.. extra], [.. rows], rows.Skip(extra.Count).Max(r => r.Max()) ?? 0, rows.Sum(r => r.Sum(c => c ?? 0)), ticks,
            ChartModel.TimeTicks(result.Meta.Window, 14, zone), zone.Equals(TimeZoneInfo.Utc) ? "UTC" : zone.Id);

        void Extra(double[] weights, string name)
        {
            if (!weights.Any(w => w > 0)) return;
            extra.Add(name);
            rows.Add([.. weights.Select(w => w > 0 ? w : (double?)null)]);
        }
    }

    /// <summary>The place of a value in rows from the bottom of the value rows; fractions are inside a row.</summary>
    public static double RowOf(double[] edges, bool isLog, double value)
    {
        if (value <= edges[0]) return 0;
        var high = Array.FindIndex(edges, e => e >= value);
        if (high < 0) return edges.Length - 1;
        var (low, top) = (edges[high - 1], edges[high]);
        return high - 1 + (isLog && low > 0 ? Math.Log(value / low) / Math.Log(top / low) : (value - low) / (top - low));
    }

    private static string Without(Heatmap heatmap) =>
        heatmap.Missing.Sum() is > 0 and var missing ? $", and {Format.Count(missing)} events without {Format.Text(heatmap.Column, 40)}" : "";

    private static ChartTick[] YAxis(Heatmap heatmap, Unit unit, int extraRows)
    {
        var edges = heatmap.Edges;
        var ticks = heatmap.IsLog ? ValueTicks.Log(edges[0], edges[^1], unit) : ValueTicks.Linear(edges[0], edges[^1], unit);
        return [.. ticks.Select(t => new ChartTick(RowOf(edges, heatmap.IsLog, t.At) + extraRows, t.Text)).Where(t => t.At > extraRows + 1 || extraRows == 0 && t.At > 0.5)];
    }
}
