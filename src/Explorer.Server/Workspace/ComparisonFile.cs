using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Analysis.BubbleUp;
using Explorer.Client.Runs;
using Storage.Queries;

namespace Explorer.Server.Workspace;

/// <summary>The form of a comparison in the file of a kept run: all that was shown, so that it can be shown again. The API's own form of a comparison says less.</summary>
internal static class ComparisonFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IgnoreReadOnlyProperties = true,
        IncludeFields = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new ValueForm(), new PredicateForm() },
    };

    public static void Write(Utf8JsonWriter json, KeptComparison comparison) => JsonSerializer.Serialize(json, comparison, Options);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is no comparison.</exception>
    public static KeptComparison Read(JsonElement comparison) => comparison.Deserialize<KeptComparison>(Options) ?? throw new JsonException("the comparison is empty");

    /// <summary>A value with its type: a fraction has a point or an exponent, an integer has neither, and what JSON has no number for is named.</summary>
    private sealed class ValueForm : JsonConverter<Value>
    {
        private const string Named = "number";

        public override bool HandleNull => true;

        public override Value Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Null: return default;
                case JsonTokenType.True: return true;
                case JsonTokenType.False: return false;
                case JsonTokenType.String: return reader.GetString();
                case JsonTokenType.Number: return reader.ValueSpan.IndexOfAny((byte)'.', (byte)'E') < 0 ? Value.Of(reader.GetInt64()) : Value.Of(reader.GetDouble());
                default:
                    using (var named = JsonDocument.ParseValue(ref reader)) return double.Parse(named.RootElement.GetProperty(Named).GetString()!, CultureInfo.InvariantCulture);
            }
        }

        public override void Write(Utf8JsonWriter writer, Value value, JsonSerializerOptions options)
        {
            if (value.Kind != ValueKind.Float64)
            {
                QueryJson.WriteValue(writer, value);
                return;
            }

            var text = value.ToString();
            if (double.IsFinite(value.AsDouble()))
            {
                writer.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
                return;
            }

            writer.WriteStartObject();
            writer.WriteString(Named, text);
            writer.WriteEndObject();
        }
    }

    /// <summary>A statement: its column, what it says of it, and the value or values.</summary>
    private sealed class PredicateForm : JsonConverter<Predicate>
    {
        public override Predicate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var json = JsonDocument.ParseValue(ref reader);
            var (column, says) = (json.RootElement.GetProperty("column").GetString()!, json.RootElement.GetProperty("says").GetString()!);
            var values = json.RootElement.GetProperty("values").EnumerateArray().Select(v => v.Deserialize<Value>(options)).ToValueList();
            return says switch
            {
                "=" => new Predicate.Is(column, values[0]),
                "!=" => new Predicate.IsNot(column, values[0]),
                "in" => new Predicate.OneOf(column, values),
                "exists" => new Predicate.Present(column),
                "does-not-exist" => new Predicate.Missing(column),
                "<=" => new Predicate.AtMost(column, values[0]),
                ">" => new Predicate.Above(column, values[0]),
                _ => throw new JsonException($"\"{says}\" says nothing of a column"),
            };
        }

        public override void Write(Utf8JsonWriter writer, Predicate value, JsonSerializerOptions options)
        {
            (string says, ValueList<Value> values) = value switch
            {
                Predicate.Is p => ("=", (ValueList<Value>)[p.Value]),
                Predicate.IsNot p => ("!=", [p.Value]),
                Predicate.OneOf p => ("in", p.Values),
                Predicate.Present => ("exists", []),
                Predicate.Missing => ("does-not-exist", []),
                Predicate.AtMost p => ("<=", [p.Edge]),
                Predicate.Above p => (">", [p.Edge]),
                _ => throw new InvalidOperationException(),
            };
            writer.WriteStartObject();
            writer.WriteString("column", value.Column);
            writer.WriteString("says", says);
            writer.WriteStartArray("values");
            foreach (var one in values) JsonSerializer.Serialize(writer, one, options);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}
