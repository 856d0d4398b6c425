using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Storage.Queries;

/// <summary>The JSON forms of a query and of its answer, as the HTTP API gives and takes them.</summary>
public static class QueryJson
{
    /// <summary>Levels of nesting that a body may have.</summary>
    public const int MaxDepth = 64;

    /// <summary>Reads a query object from UTF-8.</summary>
    /// <exception cref="QueryException">It is no JSON, no object, or has errors; all of them are named, each with its path.</exception>
    public static Query Read(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span)) throw new QueryException("", "the body is not text in UTF-8");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException e)
        {
            // The parser's own message quotes the text; the place is enough.
            var depth = e.Message.Contains("depth", StringComparison.OrdinalIgnoreCase) ? $", or it is nested deeper than {MaxDepth} levels" : "";
            throw new QueryException("", $"the body is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}{depth}");
        }

        using (document) return Read(document.RootElement);
    }

    /// <summary>Reads a query object from text.</summary>
    /// <exception cref="QueryException">See <see cref="Read(ReadOnlyMemory{byte})"/>.</exception>
    public static Query Read(string json) => Read(Encoding.UTF8.GetBytes(json));

    /// <summary>Reads a query object.</summary>
    /// <exception cref="QueryException">See <see cref="Read(ReadOnlyMemory{byte})"/>.</exception>
    public static Query Read(JsonElement element) => QueryJsonReader.Read(element);

    /// <summary>Writes a query as an object that <see cref="Read(JsonElement)"/> turns into an equal query.</summary>
    public static void Write(Utf8JsonWriter writer, Query query) => new QueryJsonWriter(writer).Query(query);

    /// <summary>The query's canonical text.</summary>
    public static string ToJson(Query query)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, query);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes the answer to a query: an object with <c>data</c> and <c>meta</c>.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="query">The query that was run.</param>
    /// <param name="result">Its answer.</param>
    public static void WriteResult(Utf8JsonWriter writer, Query query, QueryResult result)
    {
        var json = new ResultJsonWriter(writer);
        writer.WriteStartObject();
        json.Data(query, result);
        json.Meta(result);
        writer.WriteEndObject();
    }

    /// <summary>Reads an answer that <see cref="WriteResult"/> wrote. What has no number in JSON is missing.</summary>
    /// <param name="query">The query that was run.</param>
    /// <param name="answer">The object with <c>data</c> and <c>meta</c>.</param>
    /// <exception cref="FormatException">It is no answer to this query.</exception>
    public static QueryResult ReadResult(Query query, JsonElement answer) => ResultJsonReader.Read(query, answer);

    /// <summary>Writes a page's events as an array of objects without missing values, <c>time</c> in RFC 3339.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="page">The events.</param>
    /// <param name="columns">Columns to write; empty means all.</param>
    public static void WriteEvents(Utf8JsonWriter writer, EventPage page, ValueList<string> columns = default) =>
        new ResultJsonWriter(writer).Events(page, columns);

    /// <summary>Writes a value: missing ones, NaN and infinities as null, an Int64 as an exact number.</summary>
    public static void WriteValue(Utf8JsonWriter writer, Value value) => ResultJsonWriter.Value(writer, value);
}
