using System.Collections.Immutable;
using Explorer.Client.Display;
using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Components.Charts;

/// <summary>A labelled place on an axis.</summary>
public sealed record ChartTick(double At, string Text);

/// <summary>One line: a group's values on the chart's time grid.</summary>
/// <param name="Group">Row of the results table, which is also how the table and the charts find each other.</param>
/// <param name="Name">The group, as text.</param>
/// <param name="Color">Index of its colour, 0 first; see <see cref="SeriesColors"/>.</param>
/// <param name="Values">One per time; null where there is nothing to draw.</param>
/// <param name="Earlier">The values of the compared period, at the times that they are compared with; null without a comparison.</param>
public sealed record ChartSeries(int Group, string Name, int Color, double?[] Values, double?[]? Earlier = null);

/// <summary>One chart as chart.js draws it. Pure data: the same result and window give the same model.</summary>
/// <param name="Title">The calculation.</param>
/// <param name="Context">What stands beside the title in grey.</param>
/// <param name="Unit">How values are written, by name of <see cref="Unit"/>.</param>
/// <param name="Style">How the series are drawn: <c>line</c>, <c>area</c> (stacked), <c>bar</c> (stacked) or <c>group</c> (bars side by side).</param>
/// <param name="StartMs">Left end of the time axis, Unix milliseconds.</param>
/// <param name="EndMs">Right end.</param>
/// <param name="StepMs">Width of a bucket.</param>
/// <param name="TimesMs">Starts of all buckets of the window.</param>
/// <param name="Series">The lines, in the order of the table.</param>
/// <param name="YMin">Lower end of the value axis.</param>
/// <param name="YMax">Upper end of the value axis.</param>
/// <param name="YTicks">Its ticks.</param>
/// <param name="WideTicks">Ticks of the time axis when the chart has the page's width.</param>
/// <param name="NarrowTicks">Ticks of the time axis when it has half of it.</param>
/// <param name="Zone">IANA name of the zone that times are shown in.</param>
/// <param name="GroupsLeftOut">Groups of the table that are not drawn.</param>
/// <param name="IsLog">Whether the value axis is logarithmic.</param>
/// <param name="FullFromMs">Start of the first bucket that lies wholly inside the window: what is before it is drawn hatched.</param>
/// <param name="FullToMs">End of the last such bucket.</param>
public sealed record ChartModel(
    string Title, string Context, string Unit, string Style, double StartMs, double EndMs, double StepMs, double[] TimesMs,
    ChartSeries[] Series, double YMin, double YMax, ChartTick[] YTicks, ChartTick[] WideTicks, ChartTick[] NarrowTicks, string Zone, int GroupsLeftOut, bool IsLog, double FullFromMs, double FullToMs)
{
    /// <summary>Whether the series add up.</summary>
    public bool Stacked => Style is "area" or "bar";

    /// <summary>Bars that are drawn at most: more are thinner than a pixel, and slow.</summary>
    private const int MaxBars = 12_000;

    /// <summary>Bars side by side at most: more are too thin to be told apart.</summary>
    private const int MaxBarsSideBySide = 400;

    /// <summary>Groups that are drawn at most; the table has the rest. More lines are neither told apart nor drawn in a frame.</summary>
    public const int MaxSeries = 100;

    /// <summary>Points per line at most; more than a screen has pixels.</summary>
    public const int MaxPoints = 10_000;

    /// <summary>One model per calculation and formula that has a result column of numbers.</summary>
    public static ImmutableArray<ChartModel> From(QueryResult result, Query query, SeriesColors colors, TimeZoneInfo zone, ChartStyle style = ChartStyle.Auto, bool isLog = false)
    {
        var grid = TimeGrid.Of(result.Meta);
        var names = GroupNames(result.Results, query.Breakdowns.Count);
        var models = ImmutableArray.CreateBuilder<ChartModel>();
        var counts = query.Calculations.Where(c => c.Op == CalculationOp.Count).Select(c => c.ResultName).ToHashSet(StringComparer.Ordinal);
        var sums = query.Calculations.Where(c => c.Op is CalculationOp.Count or CalculationOp.Sum or CalculationOp.Concurrency).Select(c => c.ResultName).ToHashSet(StringComparer.Ordinal);
        foreach (var name in query.Calculations.Where(c => c.Op != CalculationOp.Heatmap).Select(c => c.ResultName).Concat(query.Formulas.Select(f => f.Name)))
        {
            var values = result.Series.Calculations.FirstOrDefault(c => c.Name == name);
            if (values is null || !values.Type.IsChartable()) continue;
            var drawn = StyleOf(style, isLog, counts.Contains(name), sums.Contains(name), Math.Min(names.Length, MaxSeries) * grid.Count);
            models.Add(One(values, counts.Contains(name), drawn, isLog, result, query, grid, names, colors, zone));
        }

        return models.ToImmutable();
    }

    /// <summary>The groups as text, in the order of the table.</summary>
    public static string[] GroupNames(ResultTable results, int breakdowns)
    {
        var names = new string[results.RowCount];
        for (var row = 0; row < names.Length; row++)
            names[row] = breakdowns == 0 ? "all events" : string.Join(", ", results.Columns.Take(breakdowns).Select(c => Format.Text(c[row], 60)));
        return names;
    }

    // Only what adds up is stacked, and nothing on a logarithmic axis, where heights do not add.
    private static string StyleOf(ChartStyle wanted, bool isLog, bool isCount, bool addsUp, int points) => wanted switch
    {
        ChartStyle.Bar when points > MaxBars => addsUp && !isLog ? "area" : "line",
        ChartStyle.Bar when addsUp && !isLog => "bar",
        ChartStyle.Bar => points <= MaxBarsSideBySide ? "group" : "line",
        ChartStyle.Area => addsUp && !isLog ? "area" : "line",
        ChartStyle.Line => "line",
        _ => isCount && !isLog ? "area" : "line",
    };

    private static ChartModel One(
        ResultColumn values, bool zeroWhereEmpty, string style, bool isLog, QueryResult result, Query query, TimeGrid grid, string[] names, SeriesColors colors, TimeZoneInfo zone)
    {
        var stacked = style is "area" or "bar";
        var drawn = Math.Min(names.Length, MaxSeries);
        var lines = Lines(values, result.Series, grid, drawn, zeroWhereEmpty, 0);
        var earlier = result.Compare?.Series.Calculations.FirstOrDefault(c => c.Name == values.Name) is { } before
            ? Lines(before, result.Compare.Series, grid, drawn, zeroWhereEmpty, result.Meta.Window.StartUnixNs - result.Compare.Window.StartUnixNs)
            : null;
        var (low, high) = isLog ? Positive([.. lines, .. earlier ?? []]) : Extent(lines, stacked);
        if (earlier is not null && !isLog) (low, high) = (Math.Min(low, Extent(earlier, stacked).Low), Math.Max(high, Extent(earlier, stacked).High));
        var unit = Units.Of(values.Name);
        var ticks = isLog ? ValueTicks.Log(low, high, unit) : ValueTicks.Linear(low, high, unit);
        var series = new ChartSeries[drawn];
        for (var i = 0; i < drawn; i++) series[i] = new ChartSeries(i, names[i], colors.IndexOf(result.Results, query.Breakdowns.Count, i), lines[i], earlier?[i]);
        var per = "per " + Format.Length(TimeSpan.FromTicks(grid.StepNs / 100));
        if (query.GranularitySeconds is { } asked && asked * 1e9 < grid.StepNs) per += " (a smaller step has too many for this time)";
        var context = query.Breakdowns.Count == 0 ? per : $"{per}, by {string.Join(" and ", query.Breakdowns.Select(b => Format.Text(b, 40)))}{(stacked ? ", stacked" : "")}";
        if (Estimates.Note(result, values.Name) is { Length: > 0 } note) context += ", " + note;
        if (earlier is not null) context += $", dotted: {Format.Length(TimeSpan.FromTicks((result.Meta.Window.StartUnixNs - result.Compare!.Window.StartUnixNs) / 100))} before";
        var (from, to) = (grid.FirstNs < grid.Window.StartUnixNs ? grid.FirstNs + grid.StepNs : grid.FirstNs, grid.FirstNs + (grid.Count - (grid.FirstNs + (double)grid.Count * grid.StepNs > grid.Window.EndUnixNs ? 1 : 0)) * (double)grid.StepNs);
        return new ChartModel(
            values.Name, context, unit.ToString(), style, grid.Window.StartUnixNs / 1e6, grid.Window.EndUnixNs / 1e6, grid.StepNs / 1e6,
            [.. grid.Times().Select(t => t / 1e6)], series, isLog ? low / 1.1 : Math.Min(0, low), isLog ? high * 1.1 : ValueTicks.Top(high, ticks), ticks,
            TimeTicks(grid.Window, 14, zone), TimeTicks(grid.Window, 6, zone), zone.Equals(TimeZoneInfo.Utc) ? "UTC" : zone.Id, names.Length - drawn, isLog, from / 1e6, to / 1e6);
    }

    /// <summary>Ticks of the time axis for a window.</summary>
    public static ChartTick[] TimeTicks(TimeWindow window, int most, TimeZoneInfo zone) =>
        [.. TimeLabel.Ticks(window, most, zone).Select(t => new ChartTick(t.UnixNs / 1e6, t.Text))];

    // A count of nothing is 0; every other calculation over nothing is a gap.
    private static double?[][] Lines(ResultColumn values, SeriesTable series, TimeGrid grid, int drawn, bool zeroWhereEmpty, long shiftNs)
    {
        var lines = new double?[drawn][];
        for (var i = 0; i < drawn; i++)
        {
            lines[i] = new double?[grid.Count];
            if (zeroWhereEmpty) Array.Fill(lines[i], 0);
        }

        for (var row = 0; row < series.RowCount; row++)
        {
            var bucket = grid.IndexOf(series.Times[row] + shiftNs);
            if (series.Groups[row] >= drawn || bucket < 0) continue;
            var value = values[row];
            var number = value.IsNumber ? value.AsDouble() : double.NaN;
            if (double.IsFinite(number)) lines[series.Groups[row]][bucket] = number;
        }

        return lines;
    }

    // Of what a logarithmic axis can show; a decade where there is nothing.
    private static (double Low, double High) Positive(double?[][] lines)
    {
        var shown = lines.SelectMany(l => l).Where(v => v > 0).Select(v => v!.Value).DefaultIfEmpty(1).ToList();
        var (low, high) = (shown.Min(), shown.Max());
        return high > low * 1.5 ? (low, high) : (low / 3, low * 3);
    }

    private static (double Low, double High) Extent(double?[][] lines, bool stacked)
    {
        double low = 0, high = 0;
        if (stacked && lines.Length > 0)
        {
            for (var t = 0; t < lines[0].Length; t++) high = Math.Max(high, lines.Sum(l => l[t] ?? 0));
            return (0, high);
        }

        foreach (var line in lines)
            foreach (var value in line)
                if (value is { } v) (low, high) = (Math.Min(low, v), Math.Max(high, v));
        return (low, high);
    }
}
