using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>Structured values as JSON text: bytes in base64, integers exact, and NaN and the infinities as texts.</summary>
internal sealed class JsonText
{
    /// <summary>Readable text rather than escapes: it is never put into HTML without encoding.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const uint ItemTag = 0x0A;
    private const int MaxKeptBytes = 1 << 16;

    private ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;

    public JsonText() => _writer = new Utf8JsonWriter(_buffer, Options);

    public static string Of<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options)) write(writer, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Begins a text, and ends the one before.</summary>
    public Utf8JsonWriter Begin()
    {
        if (_buffer.Capacity > MaxKeptBytes) _buffer = new ArrayBufferWriter<byte>();
        _buffer.ResetWrittenCount();
        _writer.Reset(_buffer);
        return _writer;
    }

    /// <summary>The text; valid until the next one begins.</summary>
    public ReadOnlySpan<byte> End()
    {
        _writer.Flush();
        return _buffer.WrittenSpan;
    }

    /// <summary>A value as text; valid until the next one begins.</summary>
    /// <param name="value">The value.</param>
    /// <param name="depth">How many messages it is in.</param>
    public ReadOnlySpan<byte> Of(WireValue value, int depth)
    {
        Write(Begin(), value, depth);
        return End();
    }

    /// <inheritdoc cref="Of(WireValue, int)"/>
    public static void Write(Utf8JsonWriter json, WireValue value, int depth)
    {
        switch (value.Kind)
        {
            case WireKind.Text: WriteText(json, value.Content); break;
            case WireKind.Bool: json.WriteBooleanValue(value.Bits != 0); break;
            case WireKind.Int64: json.WriteNumberValue(value.Bits); break;
            case WireKind.Float64: Write(json, BitConverter.Int64BitsToDouble(value.Bits)); break;
            case WireKind.Bytes: json.WriteBase64StringValue(value.Content); break;
            case WireKind.Array: WriteArray(json, value, depth); break;
            case WireKind.List:
                WireShape.CheckDepth(depth + 1);
                WriteAttributes(json, new WireReader(value.Content, value.Origin), ItemTag, depth + 2);
                break;
            default: json.WriteNullValue(); break;
        }
    }

    /// <summary>Attributes as an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="reader">The message that has them.</param>
    /// <param name="tag">Their tag in it.</param>
    /// <param name="depth">How many messages each is in.</param>
    public static void WriteAttributes(Utf8JsonWriter json, WireReader reader, uint tag, int depth)
    {
        json.WriteStartObject();
        while (reader.Next(tag))
        {
            var message = reader.Bytes();
            var entry = WireAttribute.Read(message, reader.Place - message.Length, depth);
            if (Utf8.IsValid(entry.Key)) json.WritePropertyName(entry.Key);
            else json.WritePropertyName(Encoding.UTF8.GetString(entry.Key));
            Write(json, entry.Value, depth + 1);
        }

        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteStringValue(Name(value));
    }

    /// <summary>A number as text, in the form that JSON gives it.</summary>
    public static string Name(double value) => value switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static void WriteArray(Utf8JsonWriter json, WireValue array, int depth)
    {
        WireShape.CheckDepth(depth + 1);
        json.WriteStartArray();
        var reader = new WireReader(array.Content, array.Origin);
        while (reader.Next(ItemTag))
        {
            var item = reader.Bytes();
            WireShape.CheckDepth(depth + 2);
            Write(json, WireValue.Read(item, reader.Place - item.Length, depth + 2), depth + 2);
        }

        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> utf8)
    {
        if (Utf8.IsValid(utf8)) json.WriteStringValue(utf8);
        else json.WriteStringValue(Encoding.UTF8.GetString(utf8));
    }
}
