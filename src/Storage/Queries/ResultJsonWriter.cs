using System.Text.Json;
using Storage.Events;

namespace Storage.Queries;

/// <summary>Writes answers in the form of the HTTP API.</summary>
internal sealed class ResultJsonWriter(Utf8JsonWriter json)
{
    private static readonly JsonEncodedText TimeName = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText DataName = JsonEncodedText.Encode("data");

    public static void Value(Utf8JsonWriter json, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Bool:
                json.WriteBooleanValue(value.AsBool());
                break;
            case ValueKind.Int64:
                json.WriteNumberValue(value.AsInt64());
                break;
            case ValueKind.Float64:
                Number(json, value.AsDouble());
                break;
            case ValueKind.String:
                json.WriteStringValue(value.AsString());
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    public void Data(Query query, QueryResult result)
    {
        json.WriteStartObject("data");
        Tables(query, result.Results, result.Series, result.Total, result.Other, result.Heatmap);
        json.WritePropertyName("events");
        if (result.Events is { } page)
        {
            Events(page, query.Columns);
            json.WriteString("cursor", page.Cursor);
        }
        else
        {
            json.WriteStartArray();
            json.WriteEndArray();
            json.WriteNull("cursor");
        }

        if (result.Compare is { } compare)
        {
            json.WriteStartObject("compare");
            Tables(query, compare.Results, compare.Series, compare.Total, compare.Other, compare.Heatmap);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void Tables(Query query, ResultTable results, SeriesTable series, ResultTable? total, ResultTable? other, Heatmap? heatmap)
    {
        Series(results, series, query.Breakdowns.Count);
        json.WriteStartArray("results");
        for (var row = 0; row < results.RowCount; row++)
        {
            json.WriteStartObject();
            Row("data", results, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Row("total", total, 0);
        Row("other", other, 0);
        Heatmap(heatmap);
    }

    public void Meta(QueryResult result)
    {
        var meta = result.Meta;
        json.WriteStartObject("meta");
        json.WriteString("start_time", UnixTime.ToRfc3339(meta.Window.StartUnixNs));
        json.WriteString("end_time", UnixTime.ToRfc3339(meta.Window.EndUnixNs));
        if (meta.GranularityNs > 0) json.WriteNumber("granularity_seconds", meta.GranularityNs / 1_000_000_000m);
        else json.WriteNull("granularity_seconds");
        json.WriteNumber("events_matched", meta.EventsMatched);
        json.WriteNumber("rows_examined", meta.RowsExamined);
        json.WriteNumber("elapsed_ms", Math.Round(meta.Elapsed.TotalMilliseconds, 3));
        json.WritePropertyName("mean_sample_rate");
        Number(json, meta.MeanSampleRate);
        json.WriteStartArray("approximate");
        foreach (var name in meta.Approximate) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteBoolean("partial", meta.IsPartial);
        json.WriteNumber("segments_total", meta.SegmentsTotal);
        json.WriteNumber("segments_read", meta.SegmentsRead);
        json.WriteStartObject("columns");
        foreach (var column in meta.Columns) json.WriteString(column.Name, column.Type.ToString());
        json.WriteEndObject();
        if (result.Sampling is { } sampling)
        {
            json.WriteStartObject("sampling");
            json.WritePropertyName("total");
            Intervals(sampling.Total);
            json.WriteStartArray("results");
            foreach (var row in sampling.Results) Intervals(row);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (result.Compare is { } compare)
        {
            json.WriteStartObject("compare");
            json.WriteString("start_time", UnixTime.ToRfc3339(compare.Window.StartUnixNs));
            json.WriteString("end_time", UnixTime.ToRfc3339(compare.Window.EndUnixNs));
            json.WriteNumber("events_matched", compare.EventsMatched);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void Intervals(IEnumerable<Interval> intervals)
    {
        json.WriteStartObject();
        foreach (var interval in intervals)
        {
            json.WriteStartObject(interval.Name);
            json.WriteNumber("rows", interval.Rows);
            json.WritePropertyName("low");
            Number(json, interval.Low);
            json.WritePropertyName("high");
            Number(json, interval.High);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public void Events(EventPage page, ValueList<string> columns)
    {
        var shown = page.Table.Columns.IsDefault ? [] : page.Table.Columns.Where(c => columns.IsEmpty || columns.Contains(c.Name)).ToArray();
        json.WriteStartArray();
        for (var row = 0; row < page.Table.RowCount; row++)
        {
            json.WriteStartObject();
            foreach (var column in shown)
            {
                if (column.IsNull(row)) continue;
                json.WritePropertyName(column.Name);
                if (column.Name == WellKnownColumns.Time) json.WriteStringValue(UnixTime.ToRfc3339Nanoseconds(column[row].AsInt64()));
                else Value(json, column[row]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteNullValue();
    }

    private void Series(ResultTable results, SeriesTable series, int breakdowns)
    {
        json.WriteStartArray("series");
        // A series has as many rows as groups and buckets together: what repeats is made once.
        JsonEncodedText[] keys = [.. results.Columns.Take(breakdowns).Select(Encoded)], names = [.. series.Calculations.Select(Encoded)];
        var (time, text) = (0L, Encoded(0));
        for (var row = 0; row < series.RowCount; row++)
        {
            if (row == 0 || series.Times[row] != time) text = Encoded(time = series.Times[row]);
            json.WriteStartObject();
            json.WriteString(TimeName, text);
            json.WriteStartObject(DataName);
            for (var i = 0; i < keys.Length; i++) Cell(keys[i], results.Columns[i], series.Groups[row]);
            for (var i = 0; i < names.Length; i++) Cell(names[i], series.Calculations[i], row);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private JsonEncodedText Encoded(ResultColumn column) => JsonEncodedText.Encode(column.Name, json.Options.Encoder);

    private static JsonEncodedText Encoded(long time) => JsonEncodedText.Encode(UnixTime.ToRfc3339(time));

    private void Cell(JsonEncodedText name, ResultColumn column, int row)
    {
        json.WritePropertyName(name);
        Value(json, column[row]);
    }

    private void Row(string name, ResultTable? table, int row)
    {
        if (table is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        if (row < table.RowCount)
            foreach (var column in table.Columns) Cell(column, row);
        json.WriteEndObject();
    }

    private void Cell(ResultColumn column, int row)
    {
        json.WritePropertyName(column.Name);
        Value(json, column[row]);
    }

    private void Heatmap(Heatmap? heatmap)
    {
        if (heatmap is null)
        {
            json.WriteNull("heatmap");
            return;
        }

        json.WriteStartObject("heatmap");
        json.WriteString("column", heatmap.Column);
        json.WriteStartArray("times");
        foreach (var time in heatmap.TimesUnixNs) json.WriteStringValue(UnixTime.ToRfc3339(time));
        json.WriteEndArray();
        Numbers("edges", heatmap.Edges);
        json.WriteStartArray("counts");
        foreach (var counts in heatmap.Counts) Numbers(null, counts);
        json.WriteEndArray();
        Numbers("nonpositive", heatmap.NonPositive);
        Numbers("missing", heatmap.Missing);
        json.WriteString("scale", heatmap.IsLog ? "log" : "linear");
        json.WriteEndObject();
    }

    private void Numbers(string? name, double[] numbers)
    {
        if (name is not null) json.WritePropertyName(name);
        json.WriteStartArray();
        foreach (var number in numbers) Number(json, number);
        json.WriteEndArray();
    }
}
