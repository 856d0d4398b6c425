using System.Collections.Immutable;
using System.Text.Json;
using Storage.Events;

namespace Storage.Queries;

/// <summary>
/// Reads the answers that <see cref="ResultJsonWriter"/> wrote. What JSON has no number for (NaN, infinities) is missing then, as it is to
/// every other reader of the API.
/// </summary>
internal sealed class ResultJsonReader
{
    private readonly Query _query;
    private readonly Dictionary<string, ColumnType> _types;
    private readonly JsonElement _data;
    private readonly JsonElement _meta;

    private ResultJsonReader(Query query, JsonElement answer)
    {
        _query = query;
        _data = answer.GetProperty("data");
        _meta = answer.GetProperty("meta");
        _types = _meta.GetProperty("columns").EnumerateObject().ToDictionary(c => c.Name, c => Enum.Parse<ColumnType>(c.Value.GetString()!), StringComparer.Ordinal);
    }

    /// <exception cref="FormatException">It is no answer to the query.</exception>
    public static QueryResult Read(Query query, JsonElement answer)
    {
        try
        {
            return new ResultJsonReader(query, answer).Result();
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            throw new FormatException("the text is no answer to this query", e);
        }
    }

    private QueryResult Result()
    {
        var tables = Tables(_data);
        return new QueryResult
        {
            Results = tables.Results,
            Series = tables.Series,
            Total = _query.IsListing ? null : tables.Total,
            Other = tables.Other,
            Heatmap = tables.Heatmap,
            Events = _query.IsListing ? new EventPage(Listing(), _data.GetProperty("cursor").GetString()) : null,
            Compare = _data.TryGetProperty("compare", out var earlier) ? Earlier(earlier) : null,
            Sampling = _meta.TryGetProperty("sampling", out var sampling)
                ? new Sampling(Intervals(sampling.GetProperty("total")), [.. sampling.GetProperty("results").EnumerateArray().Select(Intervals)])
                : null,
            Meta = Meta(),
        };
    }

    private QueryMeta Meta() => new(
        Window(_meta), _meta.GetProperty("granularity_seconds") is { ValueKind: JsonValueKind.Number } step ? (long)(step.GetDecimal() * 1_000_000_000m) : 0,
        _meta.GetProperty("events_matched").GetInt64(), _meta.GetProperty("rows_examined").GetInt64(), TimeSpan.FromMilliseconds(_meta.GetProperty("elapsed_ms").GetDouble()),
        Number(_meta.GetProperty("mean_sample_rate")), _meta.GetProperty("approximate").EnumerateArray().Select(n => n.GetString()!).ToValueList(),
        _meta.GetProperty("partial").GetBoolean(), _meta.GetProperty("segments_total").GetInt32(), _meta.GetProperty("segments_read").GetInt32())
    {
        Columns = _meta.GetProperty("columns").EnumerateObject().Select(c => new TypedColumn(c.Name, _types[c.Name])).ToValueList(),
    };

    private EarlierResult Earlier(JsonElement data)
    {
        var tables = Tables(data);
        var meta = _meta.GetProperty("compare");
        return new EarlierResult(Window(meta), tables.Results, tables.Series, tables.Total ?? ResultTable.Empty, tables.Other, tables.Heatmap, meta.GetProperty("events_matched").GetInt64());
    }

    private (ResultTable Results, SeriesTable Series, ResultTable? Total, ResultTable? Other, Heatmap? Heatmap) Tables(JsonElement data)
    {
        var total = Row(data.GetProperty("total"));
        JsonElement[] rows = [.. data.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data"))];
        // Without a row the names are those of the question and its total.
        var names = rows.Length > 0 ? rows[0].EnumerateObject().Select(p => p.Name) : _query.Breakdowns.Concat(total?.Columns.Select(c => c.Name) ?? []);
        ImmutableArray<ResultColumn> columns = [.. names.Select(name => Column(name, [.. rows.Select(r => r.GetProperty(name))]))];
        var results = new ResultTable(columns);
        return (results, Series(data.GetProperty("series"), rows), total, Row(data.GetProperty("other")), Heatmap(data.GetProperty("heatmap")));
    }

    private ResultTable? Row(JsonElement row) =>
        row.ValueKind == JsonValueKind.Object ? new ResultTable([.. row.EnumerateObject().Select(c => Column(c.Name, [c.Value]))]) : null;

    private SeriesTable Series(JsonElement series, JsonElement[] rows)
    {
        var points = series.EnumerateArray().ToArray();
        if (points.Length == 0) return SeriesTable.Empty;
        var groups = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < rows.Length; row++) groups.TryAdd(Key(rows[row]), row);
        JsonElement[] data = [.. points.Select(p => p.GetProperty("data"))];
        var calculations = data[0].EnumerateObject().Skip(_query.Breakdowns.Count).Select(c => c.Name);
        return new SeriesTable(
            [.. points.Select(p => Time(p.GetProperty("time")))], [.. data.Select(d => groups[Key(d)])],
            [.. calculations.Select(name => Column(name, [.. data.Select(d => d.GetProperty(name))]))]);
    }

    // The breakdowns come first in every row.
    private string Key(JsonElement row) => string.Join('\n', row.EnumerateObject().Take(_query.Breakdowns.Count).Select(p => p.Value.GetRawText()));

    private ResultTable Listing()
    {
        JsonElement[] rows = [.. _data.GetProperty("events").EnumerateArray()];
        var values = new Dictionary<string, JsonElement[]>(StringComparer.Ordinal);
        for (var row = 0; row < rows.Length; row++)
            foreach (var cell in rows[row].EnumerateObject())
            {
                if (!values.TryGetValue(cell.Name, out var column)) values.Add(cell.Name, column = new JsonElement[rows.Length]);
                column[row] = cell.Value;
            }

        // An event tells only of columns that it has, and the answer of all that were listed, in their order. Of those that no event has, one is like the other.
        var (missing, nulls) = (new Dictionary<ColumnType, Array>(), Enumerable.Repeat(true, rows.Length).ToArray());
        return new ResultTable([.. values.Keys.Except(_types.Keys).Concat(_types.Keys).Select(name => !values.TryGetValue(name, out var cells) ? new ResultColumn(name, _types[name], Missing(_types[name]), nulls)
            : name == WellKnownColumns.Time ? Times(name, cells) : Column(name, cells))]);

        Array Missing(ColumnType type) => missing.TryGetValue(type, out var known) ? known : missing[type] = type switch
        {
            ColumnType.Bool => new bool[rows.Length],
            ColumnType.Int64 => new long[rows.Length],
            ColumnType.Float64 => new double[rows.Length],
            _ => Enumerable.Repeat("", rows.Length).ToArray(),
        };
    }

    private static ResultColumn Times(string name, JsonElement[] cells) => new(name, ColumnType.Int64, cells.Select(c => IsNull(c) ? 0 : Time(c)).ToArray(), Nulls(cells));

    private ResultColumn Column(string name, JsonElement[] cells)
    {
        var nulls = Nulls(cells);
        return TypeOf(name, cells) switch
        {
            ColumnType.Bool => new ResultColumn(name, ColumnType.Bool, cells.Select(c => c.ValueKind == JsonValueKind.True).ToArray(), nulls),
            ColumnType.Int64 => new ResultColumn(name, ColumnType.Int64, cells.Select(c => IsNull(c) ? 0 : c.GetInt64()).ToArray(), nulls),
            ColumnType.Float64 => new ResultColumn(name, ColumnType.Float64, cells.Select(Number).ToArray(), nulls),
            _ => new ResultColumn(name, ColumnType.String, cells.Select(c => IsNull(c) ? "" : c.ValueKind == JsonValueKind.String ? c.GetString()! : c.GetRawText()).ToArray(), nulls),
        };
    }

    // The declared type, unless what is there does not fit it: then the narrowest that does.
    private ColumnType TypeOf(string name, JsonElement[] cells)
    {
        var present = cells.Where(c => !IsNull(c)).ToList();
        var fits = present.TrueForAll(c => c.ValueKind is JsonValueKind.True or JsonValueKind.False) ? ColumnType.Bool
            : present.TrueForAll(c => c.ValueKind == JsonValueKind.Number) ? (present.TrueForAll(c => c.TryGetInt64(out _)) ? ColumnType.Int64 : ColumnType.Float64)
            : ColumnType.String;
        if (!_types.TryGetValue(name, out var declared)) return fits;
        return present.Count == 0 || declared == fits || (declared, fits) is (ColumnType.Float64, ColumnType.Int64) ? declared : fits;
    }

    private static Heatmap? Heatmap(JsonElement heatmap) => heatmap.ValueKind != JsonValueKind.Object ? null : new Heatmap(
        heatmap.GetProperty("column").GetString()!, [.. heatmap.GetProperty("times").EnumerateArray().Select(Time)], Numbers(heatmap.GetProperty("edges")),
        [.. heatmap.GetProperty("counts").EnumerateArray().Select(Numbers)], Numbers(heatmap.GetProperty("nonpositive")), Numbers(heatmap.GetProperty("missing")),
        heatmap.GetProperty("scale").ValueEquals("log"));

    private static ImmutableArray<Interval> Intervals(JsonElement row) =>
        [.. row.EnumerateObject().Select(i => new Interval(i.Name, i.Value.GetProperty("rows").GetInt64(), Number(i.Value.GetProperty("low")), Number(i.Value.GetProperty("high"))))];

    private static TimeWindow Window(JsonElement meta) => new(Time(meta.GetProperty("start_time")), Time(meta.GetProperty("end_time")));

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(Number)];

    private static double Number(JsonElement cell) => cell.ValueKind == JsonValueKind.Number ? cell.GetDouble() : double.NaN;

    private static long Time(JsonElement cell) =>
        Rfc3339.TryParse(cell.GetString() ?? "", out var unixNs) ? unixNs : throw new InvalidOperationException($"{cell.GetRawText()} is no time");

    private static bool IsNull(JsonElement cell) => cell.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    private static bool[]? Nulls(JsonElement[] cells) => Array.Exists(cells, IsNull) ? [.. cells.Select(IsNull)] : null;
}
