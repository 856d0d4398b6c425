using System.Collections.Immutable;
using System.Text.Json;

namespace Storage.Queries;

/// <summary>Turns a JSON object into a <see cref="Query"/>, collecting every error that it meets.</summary>
internal sealed class QueryJsonReader
{
    private static readonly string[] Known =
    [
        "time_range", "start_time", "end_time", "granularity", "calculations", "where", "filters", "filter_combination", "breakdowns", "havings",
        "orders", "limit", "heatmap_scale", "formulas", "calculated_fields", "compare_time_offset_seconds", "series", "columns", "cursor",
    ];

    private readonly JsonFields _fields = new();
    private readonly FilterJsonReader _filters;

    private QueryJsonReader() => _filters = new FilterJsonReader(_fields);

    public static Query Read(JsonElement element)
    {
        var reader = new QueryJsonReader();
        var query = reader.ReadQuery(element);
        reader._fields.ThrowIfAny();
        return query;
    }

    private Query ReadQuery(JsonElement element)
    {
        if (!_fields.TryObject(element, "", Known, out var fields)) return new Query();
        return new Query
        {
            Time = new TimeJsonReader(_fields).Read(fields),
            GranularitySeconds = fields.TryGetValue("granularity", out var granularity) ? _fields.Number(granularity, "granularity") : null,
            Calculations = Items(fields, "calculations", Calculation),
            Where = _filters.WhereAndFilters(fields, ""),
            Breakdowns = Items(fields, "breakdowns", _fields.Text),
            Havings = Items(fields, "havings", Having),
            Orders = Items(fields, "orders", Order),
            Limit = fields.TryGetValue("limit", out var limit) ? Limit(limit) : null,
            HeatmapScale = fields.TryGetValue("heatmap_scale", out var scale) ? Scale(scale) : default,
            Formulas = Items(fields, "formulas", (e, path) => Expression(e, path) is var (name, text) ? new Formula(name, text) : null),
            CalculatedFields = Items(fields, "calculated_fields", (e, path) => Expression(e, path) is var (name, text) ? new CalculatedField(name, text) : null),
            CompareOffsetSeconds = fields.TryGetValue("compare_time_offset_seconds", out var offset) ? _fields.Integer(offset, "compare_time_offset_seconds") : null,
            Series = !fields.TryGetValue("series", out var series) || (_fields.Flag(series, "series") ?? true),
            Columns = Items(fields, "columns", _fields.Text),
            Cursor = fields.TryGetValue("cursor", out var cursor) ? _fields.Text(cursor, "cursor") : null,
        };
    }

    private ValueList<T> Items<T>(Dictionary<string, JsonElement> fields, string name, Func<JsonElement, string, T?> read) where T : class =>
        fields.TryGetValue(name, out var element) ? _fields.Items(element, name, read) : [];

    private Calculation? Calculation(JsonElement element, string path)
    {
        if (!_fields.TryObject(element, path, ["op", "column", "name", "where", "filters", "filter_combination"], out var fields)) return null;
        var op = Operation(fields, "op", path);
        var column = OptionalText(fields, "column", path);
        var name = OptionalText(fields, "name", path);
        var where = _filters.WhereAndFilters(fields, path + ".");
        if (op is null && !fields.ContainsKey("op")) _fields.Fail($"{path}.op", "a calculation needs `op`, such as COUNT");
        return op is null ? null : new Calculation(op.Value, column, name, where);
    }

    private Having? Having(JsonElement element, string path)
    {
        if (!_fields.TryObject(element, path, ["name", "calculate_op", "column", "op", "value"], out var fields)) return null;
        var target = Target(fields, "calculate_op", path);
        var op = fields.TryGetValue("op", out var opElement) ? _filters.Op(opElement, $"{path}.op") : null;
        if (!fields.ContainsKey("op")) _fields.Fail($"{path}.op", "a having needs `op`, one of = != > >= < <=");
        var value = Storage.Queries.Value.Null;
        if (fields.TryGetValue("value", out var valueElement)) value = _fields.Value(valueElement, $"{path}.value") ?? default;
        else _fields.Fail($"{path}.value", "a having needs a value");
        if (target is { Op: null, Name: null }) _fields.Fail(path, "a having needs `name`, or `calculate_op` with `column`");
        return op is null ? null : new Having(target, op.Value, value);
    }

    private Order? Order(JsonElement element, string path)
    {
        if (!_fields.TryObject(element, path, ["name", "op", "column", "order"], out var fields)) return null;
        var target = Target(fields, "op", path);
        if (target is { Op: null, Name: null, Column: null }) _fields.Fail(path, "an order needs `name`, `op` or `column`");
        switch (OptionalText(fields, "order", path))
        {
            case null or "ascending" or "asc":
                return new Order(target, Descending: false);
            case "descending" or "desc":
                return new Order(target, Descending: true);
            case var other:
                _fields.Fail($"{path}.order", $"there is no order \"{JsonFields.Short(other)}\"; it is ascending or descending");
                return null;
        }
    }

    private HeatmapScale Scale(JsonElement element)
    {
        var scale = _fields.Text(element, "heatmap_scale");
        if (scale is not (null or "log" or "linear")) _fields.Fail("heatmap_scale", $"there is no scale \"{JsonFields.Short(scale)}\"; it is log or linear, and chosen by the values when it is left out");
        return scale switch { "log" => HeatmapScale.Log, "linear" => HeatmapScale.Linear, _ => HeatmapScale.Auto };
    }

    private ResultReference Target(Dictionary<string, JsonElement> fields, string opField, string path) =>
        new(OptionalText(fields, "name", path), Operation(fields, opField, path), OptionalText(fields, "column", path));

    private CalculationOp? Operation(Dictionary<string, JsonElement> fields, string field, string path)
    {
        if (OptionalText(fields, field, path) is not { } name) return null;
        if (CalculationOps.TryParse(name, out var op)) return op;
        _fields.Fail($"{path}.{field}", $"there is no calculation \"{JsonFields.Short(name)}\"", NearestNames.To(name, CalculationOps.Names));
        return null;
    }

    private (string Name, string Expression)? Expression(JsonElement element, string path)
    {
        if (!_fields.TryObject(element, path, ["name", "expression"], out var fields)) return null;
        var name = OptionalText(fields, "name", path);
        var expression = OptionalText(fields, "expression", path);
        if (name is not null && expression is not null) return (name, expression);
        _fields.Fail(path, "both `name` and `expression` are needed");
        return null;
    }

    private string? OptionalText(Dictionary<string, JsonElement> fields, string field, string path) =>
        fields.TryGetValue(field, out var element) ? _fields.Text(element, $"{path}.{field}") : null;

    private int? Limit(JsonElement element)
    {
        if (_fields.Integer(element, "limit") is not { } limit) return null;
        if (limit is >= int.MinValue and <= int.MaxValue) return (int)limit;
        _fields.Fail("limit", $"{limit} is not between 1 and {Queries.Query.MaxLimit}");
        return null;
    }
}

/// <summary>Reads single JSON values of a kind, and remembers what was wrong where.</summary>
internal sealed class JsonFields
{
    /// <summary>After this many errors the rest says nothing new.</summary>
    private const int MaxErrors = 100;

    private readonly List<QueryError> _errors = [];

    public static string Short(string text) => text.Length <= 100 ? text : text[..100] + "…";

    public void Fail(string path, string message, ValueList<string> suggestions = default)
    {
        if (_errors.Count < MaxErrors) _errors.Add(new QueryError(path, message, Suggestions: suggestions));
    }

    public void ThrowIfAny()
    {
        if (_errors.Count > 0) throw new QueryException(_errors.ToImmutableArray());
    }

    /// <summary>The properties of an object without those that are null; unknown and repeated ones are errors.</summary>
    public bool TryObject(JsonElement element, string path, IReadOnlyCollection<string> known, out Dictionary<string, JsonElement> fields)
    {
        fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fail(path, $"an object is expected here, not {Kind(element)}");
            return false;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (TryName(property) is not { } name)
            {
                Fail(path, "the name of a property is not valid Unicode");
                continue;
            }

            var place = path.Length == 0 ? Short(name) : $"{path}.{Short(name)}";
            if (!known.Contains(name))
                Fail(place, $"there is no property \"{Short(name)}\" here", NearestNames.To(name, known));
            else if (!seen.Add(name))
                Fail(place, $"the property \"{name}\" appears more than once");
            else if (property.Value.ValueKind != JsonValueKind.Null)
                fields.Add(name, property.Value);
        }

        return true;
    }

    public ValueList<T> Items<T>(JsonElement element, string path, Func<JsonElement, string, T?> read) where T : class
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            Fail(path, $"a list is expected here, not {Kind(element)}");
            return [];
        }

        var items = new List<T>();
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (read(item, $"{path}[{index}]") is { } value) items.Add(value);
            index++;
        }

        return items.ToValueList();
    }

    public string? Text(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.String) return StringOf(element, path);
        Fail(path, $"a text is expected here, not {Kind(element)}");
        return null;
    }

    public bool? Flag(JsonElement element, string path)
    {
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False) return element.GetBoolean();
        Fail(path, $"true or false is expected here, not {Kind(element)}");
        return null;
    }

    public long? Integer(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var value)) return value;
        // Many languages write a whole number with a fraction of nothing.
        if (element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) && number == Math.Truncate(number) && Math.Abs(number) < 1L << 53) return (long)number;
        Fail(path, $"a whole number is expected here, not {Kind(element)}");
        return null;
    }

    public double? Number(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var value) && double.IsFinite(value)) return value;
        Fail(path, $"a number is expected here, not {Kind(element)}");
        return null;
    }

    /// <summary>A constant: a whole number that fits is an Int64, any other a Float64.</summary>
    public Value? Value(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                return element.GetBoolean();
            case JsonValueKind.String when StringOf(element, path) is { } text:
                return text;
            case JsonValueKind.String:
                return null;
            case JsonValueKind.Number when element.TryGetInt64(out var integer):
                return integer;
            case JsonValueKind.Number when element.TryGetDouble(out var number) && double.IsFinite(number):
                return number;
            default:
                Fail(path, $"a text, a number, true or false is expected here, not {Kind(element)}");
                return null;
        }
    }

    public static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the text {Short(element.GetRawText())}",
        JsonValueKind.Undefined => "nothing",
        _ => Short(element.GetRawText()),
    };

    /// <summary>The text of an element; null where it is none. JSON may escape half a surrogate pair, which is no text either.</summary>
    public static string? TryText(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? TryName(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private string? StringOf(JsonElement element, string path)
    {
        if (TryText(element) is { } text) return text;
        Fail(path, "the text is not valid Unicode");
        return null;
    }
}
