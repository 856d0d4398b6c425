using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Analysis.BubbleUp;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Reads the body of a comparison: <c>{ query, selection, baseline?, limit? }</c>.</summary>
internal sealed class CompareRequest
{
    private static readonly string[] Known = ["query", "selection", "baseline", "limit"];
    private static readonly string[] SelectionForms = ["box", "where", "time", "group", "query"];
    private static readonly string[] BaselineForms = ["where", "time"];

    private readonly List<QueryError> _errors = [];

    /// <exception cref="QueryException">It is no JSON, or has errors; all of them are named, each with its path.</exception>
    public static CompareQuestion Read(ReadOnlyMemory<byte> utf8)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = QueryJson.MaxDepth });
        }
        catch (JsonException e)
        {
            throw new QueryException("", $"the body is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }

        using (document)
        {
            var reader = new CompareRequest();
            try
            {
                var question = reader.Question(document.RootElement);
                if (reader._errors.Count > 0) throw new QueryException([.. reader._errors]);
                return question!;
            }
            catch (InvalidOperationException)
            {
                throw new QueryException("", "a text of the body is not valid Unicode");
            }
        }
    }

    private CompareQuestion? Question(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            Fail("", "an object is expected here");
            return null;
        }

        foreach (var property in root.EnumerateObject())
            if (!Known.Contains(property.Name)) Fail(property.Name, $"there is no \"{Short(property.Name)}\"", NearestNames.To(property.Name, Known));
        var query = root.TryGetProperty("query", out var given) ? Sub("query", given) : new Query();
        var limit = CompareQuestion.DefaultLimit;
        if (root.TryGetProperty("limit", out var number) && !(number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out limit) && limit is >= 1 and <= CompareQuestion.MaxLimit))
            Fail("limit", $"{Short(number.GetRawText())} is not a number from 1 to {CompareQuestion.MaxLimit}");
        var selection = One(root, "selection", SelectionForms) is { } chosen ? Selection(chosen.Form, chosen.Value) : null;
        var isRest = !root.TryGetProperty("baseline", out var other) || other.ValueKind == JsonValueKind.Null || other.ValueKind == JsonValueKind.String && other.GetString() == "rest";
        var baseline = isRest || One(root, "baseline", BaselineForms) is not { } against ? null : Baseline(against.Form, against.Value);
        return query is null || selection is null ? null : new CompareQuestion { Query = query, Selection = selection, Baseline = baseline, Limit = limit };
    }

    /// <summary>The one property of an object, which must be of the known ones.</summary>
    private (string Form, JsonElement Value)? One(JsonElement root, string path, string[] forms)
    {
        if (!root.TryGetProperty(path, out var element) || element.ValueKind != JsonValueKind.Object)
        {
            Fail(path, $"an object with one of {string.Join(", ", forms)} is expected here");
            return null;
        }

        var properties = element.EnumerateObject().ToArray();
        foreach (var property in properties)
            if (!forms.Contains(property.Name)) Fail($"{path}.{property.Name}", $"there is no \"{Short(property.Name)}\"; it is one of {string.Join(", ", forms)}", NearestNames.To(property.Name, forms));
        if (properties.Length == 1 && forms.Contains(properties[0].Name)) return (properties[0].Name, properties[0].Value);
        if (properties.Length != 1) Fail(path, $"it is exactly one of {string.Join(", ", forms)}, not {properties.Length} of them");
        return null;
    }

    private Selection? Selection(string form, JsonElement value)
    {
        switch (form)
        {
            case "where":
                return Where("selection.where", value) is { } filter ? new Selection.Where(filter) : null;
            case "time":
                return Window("selection.time", value) is { } window ? new Selection.Time(window) : null;
            case "query":
                return Sub("selection.query", value) is { } query ? new Selection.Events(query) : null;
            case "group":
                return Group(value);
            default:
                return Box(value);
        }
    }

    private Baseline? Baseline(string form, JsonElement value) => form == "where"
        ? Where("baseline.where", value) is { } filter ? new Baseline.Where(filter) : null
        : Window("baseline.time", value) is { } window ? new Baseline.Time(window) : null;

    private Selection.Group? Group(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.EnumerateObject().Any())
        {
            Fail("selection.group", "an object of columns and their values is expected here");
            return null;
        }

        var values = new List<(string, Value)>();
        foreach (var property in value.EnumerateObject())
        {
            if (Constant(property.Value) is { } constant) values.Add((property.Name, constant));
            else Fail($"selection.group.{property.Name}", "a text, a number, true, false or null is expected here");
        }

        return new Selection.Group(values.ToValueList());
    }

    private static Value? Constant(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? Value.Of(whole) : Value.Of(value.GetDouble()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => Value.Null,
        _ => null,
    };

    private Selection.Box? Box(JsonElement value)
    {
        string[] known = ["column", "start_time", "end_time", "min", "max"];
        if (value.ValueKind != JsonValueKind.Object)
        {
            Fail("selection.box", $"an object with {string.Join(", ", known)} is expected here");
            return null;
        }

        foreach (var property in value.EnumerateObject())
            if (!known.Contains(property.Name)) Fail($"selection.box.{property.Name}", $"there is no \"{Short(property.Name)}\"", NearestNames.To(property.Name, known));
        string? column = null;
        if (value.TryGetProperty("column", out var name) && (column = name.ValueKind == JsonValueKind.String ? name.GetString() : null) is null)
            Fail("selection.box.column", "the name of a column is expected here");
        var (min, max) = (Bound(value, "min"), Bound(value, "max"));
        if (min > max) Fail("selection.box.max", $"{Value.Of(max.Value)} is below min, {Value.Of(min.Value)}");
        return Window("selection.box", value) is { } window ? new Selection.Box(column, window, min, max) : null;
    }

    private double? Bound(JsonElement box, string name)
    {
        if (!box.TryGetProperty(name, out var bound) || bound.ValueKind == JsonValueKind.Null) return null;
        if (bound.ValueKind == JsonValueKind.Number && bound.TryGetDouble(out var number) && double.IsFinite(number)) return number;
        Fail($"selection.box.{name}", $"a number is expected here, not {Short(bound.GetRawText())}");
        return null;
    }

    /// <summary>A time span in the words of a query, both ends given.</summary>
    private TimeWindow? Window(string path, JsonElement value)
    {
        foreach (var end in (string[])["start_time", "end_time"])
        {
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(end, out _)) continue;
            Fail($"{path}.{end}", $"a time span needs {end}");
            return null;
        }

        var query = Read(path, "", json =>
        {
            json.WriteStartObject();
            foreach (var end in (string[])["start_time", "end_time"])
            {
                json.WritePropertyName(end);
                value.GetProperty(end).WriteTo(json);
            }

            json.WriteEndObject();
        });
        return query?.Time is TimeRange.Between between ? new TimeWindow(between.StartUnixNs, between.EndUnixNs) : null;
    }

    private Filter? Where(string path, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) Fail(path, "a condition is expected here");
        return Read(path, "where", json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("where");
            value.WriteTo(json);
            json.WriteEndObject();
        })?.Where;
    }

    private Query? Sub(string path, JsonElement value) => Read(path, "", value.WriteTo);

    /// <summary>Has the reader of queries read a part, and puts its errors where the part is.</summary>
    /// <param name="path">The part.</param>
    /// <param name="inner">The path of the part in the query that is read.</param>
    /// <param name="write">Writes that query.</param>
    private Query? Read(string path, string inner, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        try
        {
            return QueryJson.Read(buffer.WrittenMemory);
        }
        catch (QueryException e)
        {
            foreach (var error in e.Errors)
            {
                var rest = inner.Length > 0 && error.Path.StartsWith(inner, StringComparison.Ordinal) ? error.Path[inner.Length..] : error.Path.Length > 0 ? "." + error.Path : "";
                _errors.Add(error with { Path = path + rest });
            }

            return null;
        }
    }

    private void Fail(string path, string message, ValueList<string> suggestions = default) => _errors.Add(new QueryError(path, message, Suggestions: suggestions));

    private static string Short(string text) => text.Length <= 100 ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, 100)}…");
}
