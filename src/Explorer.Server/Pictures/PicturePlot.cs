using Explorer.Client.Components.Charts;

namespace Explorer.Server.Pictures;

/// <summary>Draws one chart into a frame of a picture, as the page would.</summary>
internal sealed class PicturePlot(Canvas canvas, double left, double top, double right, double bottom)
{
    private const double TickSize = 13;

    public void Draw(ChartModel chart, int maxLines, IReadOnlyList<ChartMarker> markers)
    {
        double Y(double value) => chart.IsLog
            ? bottom - (Math.Log(Math.Max(value, chart.YMin)) - Math.Log(chart.YMin)) / (Math.Log(chart.YMax) - Math.Log(chart.YMin)) * (bottom - top)
            : bottom - (value - chart.YMin) / (chart.YMax - chart.YMin) * (bottom - top);
        Axes(chart.YTicks, Y, chart.NarrowTicks, chart.StartMs, chart.EndMs);
        foreach (var marker in markers) Marker(X(marker.AtMs, chart.StartMs, chart.EndMs));
        var drawn = chart.Series.Take(maxLines).ToList();
        if (chart.Stacked) Stack(chart, drawn, Y);
        else foreach (var series in Enumerable.Reverse(drawn)) Lines(chart, series, Y);
        canvas.Line([new Point(left, bottom), new Point(right, bottom)], 1, Palette.Faint);
    }

    public void Draw(HeatmapModel heatmap)
    {
        var rows = heatmap.Counts.Length;
        var height = (bottom - top) / Math.Max(1, rows);
        Axes(heatmap.YTicks, row => bottom - row * height, heatmap.WideTicks, heatmap.StartMs, heatmap.EndMs);
        var full = Math.Log10(heatmap.Max + 1);
        for (var row = 0; row < rows; row++)
            for (var time = 0; time < heatmap.Counts[row].Length; time++)
            {
                if (heatmap.Counts[row][time] is not { } count) continue;
                var (from, to) = (X(heatmap.FirstMs + time * heatmap.StepMs, heatmap.StartMs, heatmap.EndMs), X(heatmap.FirstMs + (time + 1) * heatmap.StepMs, heatmap.StartMs, heatmap.EndMs));
                canvas.Box(from, bottom - (row + 1) * height, to - from, height, Palette.Heat(full > 0 ? Math.Log10(count + 1) / full : 1));
            }

        canvas.Line([new Point(left, bottom), new Point(right, bottom)], 1, Palette.Faint);
    }

    private void Axes(ChartTick[] values, Func<double, double> y, ChartTick[] times, double startMs, double endMs)
    {
        foreach (var tick in values)
        {
            canvas.Line([new Point(left, y(tick.At)), new Point(right, y(tick.At))], 1, Palette.Line);
            Lettering.Draw(canvas, tick.Text, left - 14, y(tick.At) + 6, TickSize, Palette.Faint, isRight: true);
        }

        foreach (var tick in times)
        {
            var x = X(tick.At, startMs, endMs);
            var half = Lettering.Width(tick.Text, TickSize) / 2;
            if (x - half >= left - 20 && x + half <= right + 20) Lettering.Draw(canvas, tick.Text, x - half, bottom + 26, TickSize, Palette.Faint);
        }
    }

    private void Marker(double x)
    {
        for (var y = top; y < bottom; y += 9) canvas.Line([new Point(x, y), new Point(x, Math.Min(bottom, y + 4))], 1.2, Palette.Mark, 0.7);
    }

    private void Lines(ChartModel chart, ChartSeries series, Func<double, double> y)
    {
        var run = new List<Point>();
        for (var i = 0; i <= series.Values.Length; i++)
        {
            if (i < series.Values.Length && series.Values[i] is { } value) run.Add(new Point(Middle(chart, i), y(value)));
            else if (run.Count > 0)
            {
                canvas.Line(run, run.Count == 1 ? 5 : 2.4, Palette.Series(series.Color));
                run.Clear();
            }
        }
    }

    // One column of pixels at a time: each group stands on those before it.
    private void Stack(ChartModel chart, List<ChartSeries> drawn, Func<double, double> y)
    {
        for (var i = 0; i < chart.TimesMs.Length; i++)
        {
            var sum = 0.0;
            // Whole pixels, so that no seam shows between neighbours.
            var (from, to) = (Math.Round(Math.Max(left, X(chart.TimesMs[i], chart.StartMs, chart.EndMs))), Math.Round(Math.Min(right, X(chart.TimesMs[i] + chart.StepMs, chart.StartMs, chart.EndMs))));
            foreach (var series in drawn)
            {
                if (series.Values[i] is not (> 0 and var value)) continue;
                canvas.Box(from, y(sum + value), to - from, y(sum) - y(sum + value), Palette.Series(series.Color), 0.75);
                sum += value;
            }
        }
    }

    private double Middle(ChartModel chart, int bucket) => Math.Clamp(X(chart.TimesMs[bucket] + chart.StepMs / 2, chart.StartMs, chart.EndMs), left, right);

    private double X(double ms, double startMs, double endMs) => left + (ms - startMs) / (endMs - startMs) * (right - left);
}
