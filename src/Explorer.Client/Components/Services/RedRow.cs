using System.Globalization;
using Analysis.Services;
using Explorer.Client.Display;
using Explorer.Client.Components.Charts;
using Storage.Queries;

namespace Explorer.Client.Components.Services;

/// <summary>Rate, errors and durations of a service or an operation.</summary>
/// <param name="Name">Its name; empty where there is none.</param>
/// <param name="Rate">Requests a second.</param>
/// <param name="ErrorPercent">Requests with errors, percent.</param>
/// <param name="P50Ms">Median length.</param>
/// <param name="P99Ms">99th percentile of the lengths.</param>
/// <param name="Before">The same of the earlier window; null when it is not compared, or had no requests.</param>
public sealed record RedRow(string Name, double Rate, double ErrorPercent, double P50Ms, double P99Ms, RedRow? Before)
{
    private const int Points = 60;

    /// <summary>Over time, one value for each bucket; null where there were no requests.</summary>
    public IReadOnlyList<double?> Rates { get; init; } = [];

    public IReadOnlyList<double?> ErrorPercents { get; init; } = [];

    public IReadOnlyList<double?> P99s { get; init; } = [];

    /// <summary>The 99th percentile of the earlier window, at the same places.</summary>
    public IReadOnlyList<double?> P99sBefore { get; init; } = [];

    /// <summary>How the row stands, by the greatest change against the earlier window, else by its errors: bad, warn or empty.</summary>
    public string State
    {
        get
        {
            if (Before is null) return ErrorPercent >= 5 ? "bad" : ErrorPercent >= 1 ? "warn" : "";
            var (slower, worse) = (Before.P99Ms > 0 ? P99Ms / Before.P99Ms : 1, ErrorPercent - Before.ErrorPercent);
            return slower >= 1.5 || worse >= 0.5 ? "bad" : slower >= 1.2 || worse >= 0.2 ? "warn" : "";
        }
    }

    /// <summary>A rate: three digits, at most two behind the point, so that a column of them lines up.</summary>
    public static string Written(double rate) => rate switch
    {
        > 0 and < 0.005 => "<0.01",
        < 10 => rate.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => rate.ToString("0.0", CultureInfo.InvariantCulture),
        _ => Format.Count(Math.Round(rate)),
    };

    /// <summary>Reads the rows of an answer to <see cref="ServiceQuestions.Table"/> or <see cref="ServiceQuestions.Operations"/>.</summary>
    public static IReadOnlyList<RedRow> Read(QueryResult answer)
    {
        var seconds = Math.Max(1e-9, answer.Meta.Window.LengthNs / 1e9);
        var rows = new List<RedRow>();
        for (var i = 0; i < answer.Results.RowCount; i++)
        {
            var before = answer.Compare is { } earlier && Number(earlier.Results, ServiceQuestions.Requests, i) > 0 ? Row(earlier.Results, i, seconds, null) : null;
            rows.Add(Row(answer.Results, i, seconds, before) with
            {
                Rates = Series(answer, answer.Series, i, (r, _) => r), ErrorPercents = Series(answer, answer.Series, i, (r, e) => r > 0 ? e / r * 100 : null), P99s = Slowest(answer, answer.Series, i),
                P99sBefore = answer.Compare is { } compare ? Slowest(answer, compare.Series, i) : [],
            });
        }

        return rows;
    }

    private static RedRow Row(ResultTable table, int row, double seconds, RedRow? before)
    {
        var (requests, errors) = (Number(table, ServiceQuestions.Requests, row), Number(table, ServiceQuestions.Errors, row));
        return new RedRow(table.Columns[0][row].ToString(), requests / seconds, requests > 0 ? errors / requests * 100 : 0, Number(table, ServiceQuestions.P50, row), Number(table, ServiceQuestions.P99, row), before);
    }

    private static double?[] Series(QueryResult answer, SeriesTable series, int group, Func<double, double, double?> value) =>
        Places(answer, series, group, row => value(Cell(series, ServiceQuestions.Requests, row) ?? 0, Cell(series, ServiceQuestions.Errors, row) ?? 0));

    private static double?[] Slowest(QueryResult answer, SeriesTable series, int group) => Places(answer, series, group, row => Cell(series, ServiceQuestions.P99, row));

    private static double?[] Places(QueryResult answer, SeriesTable series, int group, Func<int, double?> value)
    {
        var (window, width) = (answer.Meta.Window, Math.Max(1, answer.Meta.GranularityNs));
        var first = window.StartUnixNs / width * width;
        var places = new double?[Math.Clamp((window.EndUnixNs - first + width - 1) / width, 1, 10_000)];
        for (var row = 0; row < series.RowCount; row++)
        {
            var place = (series.Times[row] - first) / width;
            if (series.Groups[row] == group && place >= 0 && place < places.Length) places[place] = value(row);
        }

        return Svg.Thin(places, Points);
    }

    private static double? Cell(SeriesTable series, string name, int row) =>
        series.Calculations.FirstOrDefault(c => c.Name == name) is { } column && column[row] is { IsNumber: true } value ? value.AsDouble() : null;

    private static double Number(ResultTable table, string name, int row) => table.Find(name) is { } column && column[row] is { IsNumber: true } value ? value.AsDouble() : 0;
}
