using System.Globalization;
using System.Text.Json;

namespace Storage.Queries;

/// <summary>Writes a query in the form that <see cref="QueryJsonReader"/> reads, leaving out what has its default.</summary>
internal sealed class QueryJsonWriter(Utf8JsonWriter json)
{
    public void Query(Query query)
    {
        json.WriteStartObject();
        Time(query.Time);
        if (query.GranularitySeconds is { } granularity) json.WriteNumber("granularity", granularity);
        List("calculations", query.Calculations, Calculation);
        if (query.Where is { } where) Named("where", where);
        List("breakdowns", query.Breakdowns, json.WriteStringValue);
        List("havings", query.Havings, Having);
        List("orders", query.Orders, Order);
        if (query.Limit is { } limit) json.WriteNumber("limit", limit);
        if (query.HeatmapScale != HeatmapScale.Auto) json.WriteString("heatmap_scale", query.HeatmapScale == HeatmapScale.Log ? "log" : "linear");
        List("formulas", query.Formulas, f => Expression(f.Name, f.Expression));
        List("calculated_fields", query.CalculatedFields, f => Expression(f.Name, f.Expression));
        if (query.CompareOffsetSeconds is { } offset) json.WriteNumber("compare_time_offset_seconds", offset);
        if (!query.Series) json.WriteBoolean("series", false);
        List("columns", query.Columns, json.WriteStringValue);
        if (query.Cursor is { } cursor) json.WriteString("cursor", cursor);
        json.WriteEndObject();
    }

    private void Time(TimeRange range)
    {
        switch (range)
        {
            case TimeRange.Last last:
                json.WriteNumber("time_range", (decimal)last.Length.Ticks / TimeSpan.TicksPerSecond);
                break;
            case TimeRange.Between between:
                json.WriteString("start_time", UnixTime.ToRfc3339(between.StartUnixNs));
                json.WriteString("end_time", UnixTime.ToRfc3339(between.EndUnixNs));
                break;
        }
    }

    private void Calculation(Calculation calculation)
    {
        json.WriteStartObject();
        json.WriteString("op", calculation.Op.Name());
        if (calculation.Column is { } column) json.WriteString("column", column);
        if (calculation.Name is { } name) json.WriteString("name", name);
        if (calculation.Where is { } where) Named("where", where);
        json.WriteEndObject();
    }

    private void Having(Having having)
    {
        json.WriteStartObject();
        Target(having.Target, "calculate_op");
        json.WriteString("op", having.Op.Name());
        json.WritePropertyName("value");
        Value(having.Value);
        json.WriteEndObject();
    }

    private void Order(Order order)
    {
        json.WriteStartObject();
        Target(order.Target, "op");
        json.WriteString("order", order.Descending ? "descending" : "ascending");
        json.WriteEndObject();
    }

    private void Target(ResultReference target, string opName)
    {
        if (target.Name is { } name) json.WriteString("name", name);
        if (target.Op is { } op) json.WriteString(opName, op.Name());
        if (target.Column is { } column) json.WriteString("column", column);
    }

    private void Expression(string name, string expression)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("expression", expression);
        json.WriteEndObject();
    }

    private void Named(string name, Filter filter)
    {
        json.WritePropertyName(name);
        Filter(filter, 1, name);
    }

    private void Filter(Filter filter, int depth, string path)
    {
        FilterForm.CheckDepth(depth, path);
        json.WriteStartObject();
        switch (filter)
        {
            case Filter.And and:
                Parts("and", and.Parts, depth, path);
                break;
            case Filter.Or or:
                Parts("or", or.Parts, depth, path);
                break;
            case Filter.Not not:
                json.WritePropertyName("not");
                Filter(not.Part, depth + 1, path);
                break;
            case Filter.Condition condition:
                Condition(condition);
                break;
        }

        json.WriteEndObject();
    }

    private void Parts(string name, ValueList<Filter> parts, int depth, string path)
    {
        json.WriteStartArray(name);
        foreach (var part in parts) Filter(part, depth + 1, path);
        json.WriteEndArray();
    }

    private void Condition(Filter.Condition condition)
    {
        if (condition.Op != FilterOp.Search || condition.Column != Queries.Filter.AnyColumn) json.WriteString("column", condition.Column);
        json.WriteString("op", condition.Op.Name());
        if (condition.Op.Operands() == Operands.None) return;
        json.WritePropertyName("value");
        if (condition.Op.Operands() == Operands.Many)
        {
            json.WriteStartArray();
            foreach (var value in condition.Values) Value(value);
            json.WriteEndArray();
        }
        else
        {
            Value(condition.Values.IsEmpty ? default : condition.Values[0]);
        }
    }

    private void List<T>(string name, ValueList<T> items, Action<T> write)
    {
        if (items.IsEmpty) return;
        json.WriteStartArray(name);
        foreach (var item in items) write(item);
        json.WriteEndArray();
    }

    /// <summary>Unlike in an answer, a whole Float64 keeps its point, so that the type comes back.</summary>
    private void Value(Value value)
    {
        if (value.Kind == ValueKind.Float64 && value.AsDouble() is var number && double.IsFinite(number))
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            json.WriteRawValue(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
        }
        else
        {
            ResultJsonWriter.Value(json, value);
        }
    }
}
