using System.Globalization;
using System.Text;
using Explorer.Client.Components.Charts;
using Explorer.Client.Display;
using Storage.Queries;

namespace Explorer.Client.Components;

/// <summary>A column of the results table.</summary>
/// <param name="Column">The result column.</param>
/// <param name="IsBreakdown">True for groups, false for calculations.</param>
/// <param name="Unit">The unit of its numbers.</param>
/// <param name="Reference">How an order refers to it.</param>
/// <param name="Chart">Index of its chart, whose lines become sparklines; -1 for none.</param>
/// <param name="Max">Largest value, for bars; 0 when it has no bars.</param>
/// <param name="Earlier">Its values in the compared period; null without a comparison.</param>
public sealed record ResultsColumn(ResultColumn Column, bool IsBreakdown, Unit Unit, ResultReference Reference, int Chart, double Max, ResultColumn? Earlier = null);

/// <summary>The results as a table. Pure.</summary>
public static class ResultsModel
{
    /// <summary>The columns in the order of the query.</summary>
    public static IReadOnlyList<ResultsColumn> Columns(QueryResult result, Query query, IReadOnlyList<ChartModel> charts)
    {
        var columns = new List<ResultsColumn>();
        for (var i = 0; i < result.Results.Columns.Length; i++)
        {
            var column = result.Results.Columns[i];
            if (i < query.Breakdowns.Count)
            {
                columns.Add(new ResultsColumn(column, true, Unit.None, new ResultReference(column.Name), -1, 0));
                continue;
            }

            var calculation = query.Calculations.FirstOrDefault(c => c.ResultName == column.Name);
            var reference = calculation is { Name: null } ? new ResultReference(Op: calculation.Op, Column: calculation.Column) : new ResultReference(column.Name);
            var chart = -1;
            for (var c = 0; c < charts.Count; c++)
                if (charts[c].Title == column.Name) chart = c;
            var max = calculation?.Op == CalculationOp.Count ? column.ToDoubles().Where(double.IsFinite).DefaultIfEmpty().Max() : 0;
            columns.Add(new ResultsColumn(column, false, Units.Of(column.Name), reference, chart, max, result.Compare?.Results.Find(column.Name)));
        }

        return columns;
    }

    /// <summary>The rows that contain a text in one of their groups; all when the text is empty.</summary>
    public static List<int> Filter(ResultTable results, int breakdowns, string text)
    {
        var rows = new List<int>(results.RowCount);
        for (var row = 0; row < results.RowCount; row++)
            if (text.Length == 0 || results.Columns.Take(breakdowns).Any(c => Format.Text(c[row]).Contains(text, StringComparison.OrdinalIgnoreCase))) rows.Add(row);
        return rows;
    }

    /// <summary>The table as RFC 4180 CSV. Cells that a spreadsheet would run as a formula are kept as they are: the file is data.</summary>
    public static string Csv(ResultTable results)
    {
        var text = new StringBuilder();
        Line(results.Columns.Select(c => c.Name));
        for (var row = 0; row < results.RowCount; row++) Line(results.Columns.Select(c => c[row].ToString()));
        return text.ToString();

        void Line(IEnumerable<string> cells) => text.AppendJoin(',', cells.Select(Quote)).Append("\r\n");
    }

    /// <summary>The table as a JSON array of objects.</summary>
    public static string Json(ResultTable results)
    {
        using var stream = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(stream, new System.Text.Json.JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            for (var row = 0; row < results.RowCount; row++)
            {
                json.WriteStartObject();
                foreach (var column in results.Columns) Write(json, column.Name, column[row]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string Quote(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static void Write(System.Text.Json.Utf8JsonWriter json, string name, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Bool: json.WriteBoolean(name, value.AsBool()); break;
            case ValueKind.Int64: json.WriteNumber(name, value.AsInt64()); break;
            case ValueKind.Float64 when double.IsFinite(value.AsDouble()): json.WriteNumber(name, value.AsDouble()); break;
            case ValueKind.String: json.WriteString(name, value.AsString()); break;
            default: json.WriteNull(name); break;
        }
    }

    /// <summary>The length of a bar, px.</summary>
    public static string Bar(double value, double max, double width) =>
        (max > 0 && value > 0 ? value / max * width : 0).ToString("0.#", CultureInfo.InvariantCulture);
}
