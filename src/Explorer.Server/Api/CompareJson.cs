using System.Collections.Immutable;
using System.Text.Json;
using Analysis.BubbleUp;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Writes comparisons as JSON; docs/compare.md says what each name means.</summary>
internal static class CompareJson
{
    /// <summary>The members of a whole answer, without its braces.</summary>
    public static void WriteAnswer(Utf8JsonWriter json, Comparison comparison, int limit, TimeSpan elapsed)
    {
        Side(json, "selection", comparison.Selection);
        Side(json, "baseline", comparison.Baseline);
        json.WriteString("unit", comparison.Unit == CountedUnit.Trace ? "trace" : "event");
        Explanation(json, comparison.Explanation);
        json.WriteStartArray("columns");
        for (var i = 0; i < Math.Min(limit, comparison.Columns.Length); i++) WriteColumn(json, comparison.Columns[i], i + 1);
        json.WriteEndArray();
        Pairs(json, comparison.Pairs);
        json.WriteStartArray("not_significant");
        foreach (var column in comparison.NotSignificant) Brief(json, column);
        json.WriteEndArray();
        json.WriteStartArray("aside");
        foreach (var column in comparison.Aside)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("reason", column.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("meta");
        json.WriteNumber("columns_scored", comparison.ColumnsScored);
        json.WriteNumber("significant", comparison.Columns.Length);
        json.WriteBoolean("exact", comparison.Completeness.IsExact);
        json.WriteBoolean("recounted", comparison.Completeness.IsRecounted);
        json.WriteBoolean("too_few", comparison.TooFew);
        json.WriteNumber("elapsed_ms", (long)elapsed.TotalMilliseconds);
        json.WriteEndObject();
    }

    public static void WriteColumn(Utf8JsonWriter json, ComparedColumn column, int rank)
    {
        json.WriteStartObject();
        json.WriteString("name", column.Name);
        json.WriteString("type", column.Type.ToString());
        json.WriteNumber("rank", rank);
        json.WriteNumber("score", column.Score);
        json.WriteNumber("net_bits", column.NetBits);
        json.WriteNumber("p_value", column.PValue);
        Pair(json, "coverage", column.Filled);
        json.WriteNumber("distinct", column.Distinct);
        json.WriteBoolean("identifier", column.IsIdentifier);
        if (column.Trend is { } trend) json.WriteString("trend", trend == Trend.New ? "new" : "steady");
        if (column.ExplainedBy is { } known) json.WriteString("explained_by", known);
        if (column.Best is { } best) Best(json, best);
        json.WriteStartArray("values");
        foreach (var value in column.Values) Value(json, value);
        json.WriteEndArray();
        json.WriteStartObject("other");
        json.WriteNumber("values", column.OtherValues);
        json.WriteNumber("selection", column.Other.Selection);
        json.WriteNumber("baseline", column.Other.Baseline);
        json.WriteEndObject();
        if (column.Numbers is { } numbers) Histogram(json, numbers);
        json.WriteStartArray("identical");
        foreach (var name in column.Identical) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Brief(Utf8JsonWriter json, ComparedColumn column)
    {
        json.WriteStartObject();
        json.WriteString("name", column.Name);
        json.WriteString("type", column.Type.ToString());
        json.WriteNumber("score", column.Score);
        json.WriteNumber("p_value", column.PValue);
        Pair(json, "coverage", column.Filled);
        json.WriteNumber("distinct", column.Distinct);
        json.WriteBoolean("identifier", column.IsIdentifier);
        json.WriteEndObject();
    }

    private static void Best(Utf8JsonWriter json, ComparedPredicate best)
    {
        json.WriteStartObject("best");
        Statement(json, best.Predicate);
        Counts(json, "selection", best.Selection);
        Counts(json, "baseline", best.Baseline);
        Number(json, "lift", best.Lift);
        json.WriteNumber("precision", best.Precision);
        json.WriteNumber("explains", best.Explains);
        json.WriteNumber("p_value", best.PValue);
        json.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter json, ComparedValue value)
    {
        json.WriteStartObject();
        json.WritePropertyName("value");
        QueryJson.WriteValue(json, value.Value);
        Counts(json, "selection", value.Selection);
        Counts(json, "baseline", value.Baseline);
        Number(json, "lift", value.Baseline.Share > 0 ? value.Selection.Share / value.Baseline.Share : null);
        json.WriteNumber("p_value", value.PValue);
        json.WriteEndObject();
    }

    private static void Counts(Utf8JsonWriter json, string name, SideCount count)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", Math.Round(count.Events, 3));
        json.WriteNumber("share", count.Share);
        json.WriteNumber("low", count.Low);
        json.WriteNumber("high", count.High);
        json.WriteNumber("traces", count.Traces);
        json.WriteNumber("trace_share", count.TraceShare);
        json.WriteEndObject();
    }

    private static void Histogram(Utf8JsonWriter json, ComparedNumbers numbers)
    {
        json.WriteStartObject("histogram");
        Numbers(json, "edges", numbers.Edges);
        Numbers(json, "selection", numbers.Selection);
        Numbers(json, "baseline", numbers.Baseline);
        Number(json, "selection_median", numbers.SelectionMedian);
        Number(json, "baseline_median", numbers.BaselineMedian);
        json.WriteNumber("ks", numbers.Distance);
        json.WriteEndObject();
    }

    private static void Explanation(Utf8JsonWriter json, Explanation? explanation)
    {
        if (explanation is null)
        {
            json.WriteNull("explanation");
            return;
        }

        json.WriteStartObject("explanation");
        Nearness(json, explanation);
        json.WriteNumber("best_single_f1", explanation.BestSingleF1);
        if (explanation.Place is { } place)
        {
            json.WriteStartObject("place");
            Nearness(json, place);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Nearness(Utf8JsonWriter json, Nearness nearness)
    {
        Statement(json, [.. nearness.Predicates]);
        json.WriteNumber("coverage", nearness.Coverage);
        json.WriteNumber("precision", nearness.Precision);
        json.WriteNumber("f1", nearness.F1);
    }

    private static void Pairs(Utf8JsonWriter json, ImmutableArray<ComparedPair> pairs)
    {
        json.WriteStartArray("pairs");
        foreach (var pair in pairs)
        {
            json.WriteStartObject();
            Statement(json, pair.First, pair.Second);
            json.WriteNumber("coverage", pair.Coverage);
            json.WriteNumber("baseline_share", pair.BaselineShare);
            json.WriteNumber("precision", pair.Precision);
            json.WriteNumber("f1", pair.F1);
            json.WriteNumber("net_bits", pair.NetBits);
            json.WriteNumber("p_value", pair.PValue);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A statement as text, as a condition that a query takes, and by its columns.</summary>
    public static void Statement(Utf8JsonWriter json, params ImmutableArray<Predicate> predicates)
    {
        var filters = predicates.Select(p => p.ToFilter()).ToArray();
        var filter = filters.Length == 1 ? filters[0] : new Filter.And(filters.ToValueList());
        json.WriteString("text", QueryText.Format(filter));
        json.WriteStartArray("columns");
        foreach (var predicate in predicates) json.WriteStringValue(predicate.Column);
        json.WriteEndArray();
        using var query = JsonDocument.Parse(QueryJson.ToJson(new Query { Where = filter }));
        json.WritePropertyName("where");
        query.RootElement.GetProperty("where").WriteTo(json);
    }

    private static void Side(Utf8JsonWriter json, string name, ComparedSide side)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", Math.Round(side.Events, 3));
        json.WriteNumber("sampled_events", side.SampledEvents);
        json.WriteNumber("sampled_traces", side.SampledTraces);
        json.WriteNumber("sample_share", side.SampleShare);
        json.WriteEndObject();
    }

    private static void Pair(Utf8JsonWriter json, string name, Shares shares)
    {
        json.WriteStartObject(name);
        json.WriteNumber("selection", shares.Selection);
        json.WriteNumber("baseline", shares.Baseline);
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, ImmutableArray<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) QueryJson.WriteValue(json, number);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double? number)
    {
        json.WritePropertyName(name);
        QueryJson.WriteValue(json, number is { } value ? Storage.Queries.Value.Of(value) : default);
    }
}
