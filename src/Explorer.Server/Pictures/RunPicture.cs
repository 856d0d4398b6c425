using System.Globalization;
using Explorer.Client.Components;
using Explorer.Client.Components.Charts;
using Explorer.Client.Display;
using Explorer.Client.Runs;
using Storage.Queries;

namespace Explorer.Server.Pictures;

/// <summary>
/// A kept run as a picture for link previews: the question, its first chart, and its largest groups. Dark, and of the size that chats expect.
/// </summary>
internal static class RunPicture
{
    public const int Width = 1200;
    public const int Height = 630;

    private const int Edge = 48;
    private const int ChartTop = 190;
    private const int ChartLeft = 120;
    private const int Groups = 4;

    /// <summary>Lines that are drawn; more are not told apart at this size.</summary>
    private const int MaxLines = 30;

    /// <summary>The picture as a PNG file.</summary>
    public static byte[] Draw(KeptRun run)
    {
        var canvas = new Canvas(Width, Height, Palette.Page);
        var address = Explorer.Client.State.ExplorerUrl.Parse(run.Entry.Address).State;
        Head(canvas, run, address);
        if (run.Answer is not { } answer) Says(canvas, "The question is kept, its answer is not.");
        else if (answer.Result.Events is { } page) Events(canvas, page);
        else Chart(canvas, run, answer);
        return canvas.ToPng();
    }

    private static void Head(Canvas canvas, KeptRun run, Explorer.Client.State.ExplorerState state)
    {
        Logo(canvas);
        Lettering.Draw(canvas, "Explorer", Edge + 40, 66, 17, Palette.Soft, isBold: true);
        var window = run.Answer?.Result.Meta.Window;
        if (window is { } w) Lettering.Draw(canvas, $"{TimeLabel.Window(w, run.Entry.At, TimeZoneInfo.Utc)} UTC", Width - Edge, 66, 15, Palette.Soft, isRight: true, most: 700);
        var title = run.Entry.Name.Length > 0 ? run.Entry.Name : RunPreview.Text(state);
        var lines = Lettering.Wrap(title, 22, Width - 2 * Edge, 2);
        for (var i = 0; i < lines.Count; i++) Lettering.Draw(canvas, lines[i], Edge, 118 + i * 38, 22, Palette.Text, isBold: true);
        if (run.Entry.Name.Length > 0 && lines.Count == 1) Lettering.Draw(canvas, RunPreview.Text(state), Edge, 152, 15, Palette.Soft, most: Width - 2 * Edge);
    }

    private static void Logo(Canvas canvas)
    {
        canvas.Box(Edge, 58, 6, 12, Palette.Accent, 0.45);
        canvas.Box(Edge + 10, 51, 6, 19, Palette.Accent, 0.7);
        canvas.Box(Edge + 20, 44, 6, 26, Palette.Accent);
    }

    private static void Chart(Canvas canvas, KeptRun run, Answer answer)
    {
        var colors = new SeriesColors();
        colors.Assign(answer.Result.Results, answer.Asked.Breakdowns);
        var isHeatmapFirst = answer.Asked.Calculations is [{ Op: CalculationOp.Heatmap }, ..];
        var charts = ChartModel.From(answer.Result, answer.Asked, colors, TimeZoneInfo.Utc, answer.State.ChartStyle, answer.State.IsLogAxis);
        if (isHeatmapFirst && HeatmapModel.From(answer.Result, TimeZoneInfo.Utc) is { } heatmap) new PicturePlot(canvas, ChartLeft, ChartTop, Width - Edge, Height - 90).Draw(heatmap);
        else if (charts.Length > 0 && answer.Result.Series.RowCount > 0)
        {
            var rows = Math.Min(Groups, answer.Result.Results.RowCount);
            var bottom = Height - (answer.Asked.Breakdowns.Count > 0 ? 84 + rows * 30 : 90);
            new PicturePlot(canvas, ChartLeft, ChartTop, Width - Edge, bottom).Draw(charts[0], MaxLines, run.Markers);
            if (answer.Asked.Breakdowns.Count > 0) Legend(canvas, answer, charts[0], bottom + 58);
        }
        else
        {
            Numbers(canvas, answer);
        }
    }

    // The largest groups, with the value of the first calculation.
    private static void Legend(Canvas canvas, Answer answer, ChartModel chart, double y)
    {
        var results = answer.Result.Results;
        var value = results.Find(chart.Title);
        for (var row = 0; row < Math.Min(Groups, results.RowCount) && row < chart.Series.Length; row++, y += 30)
        {
            canvas.Box(Edge, y - 14, 14, 14, Palette.Series(chart.Series[row].Color));
            Lettering.Draw(canvas, chart.Series[row].Name, Edge + 26, y, 15, Palette.Text, most: 820);
            if (value is not null) Lettering.Draw(canvas, Format.Cell(value[row], Units.Of(chart.Title)), Width - Edge, y, 15, Palette.Text, isRight: true);
        }

        if (results.RowCount > Groups) Lettering.Draw(canvas, $"and {Format.Count(results.RowCount - Groups)} more", Edge + 26, y - 2, 13, Palette.Faint);
    }

    // Without anything over time: the numbers of the first rows.
    private static void Numbers(Canvas canvas, Answer answer)
    {
        var results = answer.Result.Results;
        if (results.RowCount == 0 || results.Columns.Length == 0)
        {
            Says(canvas, "No events match in this time.");
            return;
        }

        var breakdowns = answer.Asked.Breakdowns.Count;
        var names = ChartModel.GroupNames(results, breakdowns);
        var shown = results.Columns.Skip(breakdowns).Take(4).ToList();
        var y = ChartTop + 30.0;
        for (var i = 0; i < shown.Count; i++) Lettering.Draw(canvas, shown[i].Name, Width - Edge - (shown.Count - 1 - i) * 180, y, 14, Palette.Faint, isRight: true, most: 170);
        for (var row = 0; row < Math.Min(8, results.RowCount); row++)
        {
            y += 40;
            Lettering.Draw(canvas, names[row], Edge, y, 17, Palette.Text, most: Width - 2 * Edge - shown.Count * 180);
            for (var i = 0; i < shown.Count; i++)
                Lettering.Draw(canvas, Format.Cell(shown[i][row], Units.Of(shown[i].Name)), Width - Edge - (shown.Count - 1 - i) * 180, y, 17, Palette.Text, isRight: true, most: 170);
        }
    }

    private static void Events(Canvas canvas, EventPage page)
    {
        var y = ChartTop + 24.0;
        for (var row = 0; row < Math.Min(10, page.Table.RowCount); row++, y += 40)
        {
            var shown = new EventRow(page.Table, row);
            Lettering.Draw(canvas, TimeLabel.In(shown.TimeUnixNs, TimeZoneInfo.Utc).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), Edge, y, 15, Palette.Faint);
            Lettering.Draw(canvas, shown["service.name"].IsNull ? Format.Missing : Format.Text(shown["service.name"], 40), Edge + 190, y, 15, Palette.Soft, most: 200);
            Lettering.Draw(canvas, Format.Text(shown.Title, 120), Edge + 410, y, 15, shown.IsError ? Palette.Error : Palette.Text, most: 540);
            if (shown["duration_ms"] is { IsNumber: true } duration) Lettering.Draw(canvas, Format.Duration(duration.AsDouble()), Width - Edge, y, 15, Palette.Text, isRight: true);
        }

        if (page.Table.RowCount == 0) Says(canvas, "No events match in this time.");
    }

    private static void Says(Canvas canvas, string text) => Lettering.Draw(canvas, text, Edge, 330, 20, Palette.Soft);
}
