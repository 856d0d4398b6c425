using System.Text.Json;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>The lists of a metric point as JSON text. Numbers may be packed, one by one, or both.</summary>
internal static class MetricJson
{
    private const uint QuantilesTag = 0x32;
    private const uint ExemplarAttributesTag = 0x3A;

    /// <summary>An array of counts.</summary>
    /// <returns>False when there are none.</returns>
    public static bool Fixed64s(WireReader reader, FieldRange range, uint field, JsonText text, out ReadOnlySpan<byte> json) =>
        Numbers(reader, range, field, text, areDoubles: false, out json);

    /// <summary>An array of numbers.</summary>
    /// <returns>False when there are none.</returns>
    public static bool Doubles(WireReader reader, FieldRange range, uint field, JsonText text, out ReadOnlySpan<byte> json) =>
        Numbers(reader, range, field, text, areDoubles: true, out json);

    /// <summary>The counts and the offset of the buckets on one side of zero.</summary>
    /// <returns>False when there are no counts.</returns>
    public static bool Buckets(WireReader reader, FieldRange range, uint tag, JsonText text, out int offset, out ReadOnlySpan<byte> counts)
    {
        offset = 0;
        var any = false;
        var json = text.Begin();
        json.WriteStartArray();
        reader.At = range.Start;
        while (reader.Next(tag, range.End)) any |= WriteBuckets(reader.Message(), json, ref offset);

        json.WriteEndArray();
        counts = text.End();
        return any;
    }

    /// <summary>An array of objects with quantile and value.</summary>
    /// <returns>False when there are none.</returns>
    public static bool Quantiles(WireReader reader, FieldRange range, JsonText text, out ReadOnlySpan<byte> result)
    {
        result = default;
        if (range.IsEmpty) return false;
        var json = text.Begin();
        json.WriteStartArray();
        reader.At = range.Start;
        while (reader.Next(QuantilesTag, range.End)) WriteQuantile(reader.Message(), json);

        json.WriteEndArray();
        result = text.End();
        return true;
    }

    /// <summary>An array of objects with time_unix_nano, value, trace_id, span_id and attributes.</summary>
    /// <returns>False when there are none.</returns>
    public static bool Exemplars(WireReader reader, FieldRange range, uint tag, int depth, JsonText text, out ReadOnlySpan<byte> result)
    {
        result = default;
        if (range.IsEmpty) return false;
        var json = text.Begin();
        json.WriteStartArray();
        reader.At = range.Start;
        while (reader.Next(tag, range.End)) WriteExemplar(reader.Message(), json, depth);

        json.WriteEndArray();
        result = text.End();
        return true;
    }

    private static bool Numbers(WireReader reader, FieldRange range, uint field, JsonText text, bool areDoubles, out ReadOnlySpan<byte> result)
    {
        result = default;
        if (range.IsEmpty) return false;
        var any = false;
        var json = text.Begin();
        json.WriteStartArray();
        reader.At = range.Start;
        while (reader.At < range.End)
        {
            var tag = reader.Tag();
            if (tag == (field << 3 | (uint)WireType.Fixed64))
            {
                Write(ref reader, json, areDoubles);
                any = true;
            }
            else if (tag == (field << 3 | (uint)WireType.Bytes))
            {
                for (var packed = reader.Message(); !packed.IsEnd; any = true) Write(ref packed, json, areDoubles);
            }
            else
            {
                reader.Skip(tag);
            }
        }

        json.WriteEndArray();
        result = text.End();
        return any;
    }

    private static void Write(ref WireReader reader, Utf8JsonWriter json, bool isDouble)
    {
        if (isDouble) JsonText.Write(json, reader.Double());
        else json.WriteNumberValue(reader.Fixed64());
    }

    private static bool WriteBuckets(WireReader reader, Utf8JsonWriter json, ref int offset)
    {
        var any = false;
        while (!reader.IsEnd)
        {
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x08: offset = PointFields.ZigZag(reader.Varint()); break;
                case 0x10:
                    json.WriteNumberValue(reader.Varint());
                    any = true;
                    break;
                case 0x12:
                    for (var packed = reader.Message(); !packed.IsEnd; any = true) json.WriteNumberValue(packed.Varint());
                    break;
                default: reader.Skip(tag); break;
            }
        }

        return any;
    }

    private static void WriteQuantile(WireReader reader, Utf8JsonWriter json)
    {
        double quantile = 0, value = 0;
        while (!reader.IsEnd)
        {
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x09: quantile = reader.Double(); break;
                case 0x11: value = reader.Double(); break;
                default: reader.Skip(tag); break;
            }
        }

        json.WriteStartObject();
        json.WritePropertyName("quantile"u8);
        JsonText.Write(json, quantile);
        json.WritePropertyName("value"u8);
        JsonText.Write(json, value);
        json.WriteEndObject();
    }

    private static void WriteExemplar(WireReader reader, Utf8JsonWriter json, int depth)
    {
        ulong time = 0, value = 0;
        var (isInt, isDouble) = (false, false);
        ReadOnlySpan<byte> traceId = default, spanId = default;
        var attributes = default(FieldRange);
        var all = reader;
        while (!reader.IsEnd)
        {
            var start = reader.At;
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x11: time = reader.Fixed64(); break;
                case 0x19: (value, isInt, isDouble) = (reader.Fixed64(), false, true); break;
                case 0x31: (value, isInt, isDouble) = (reader.Fixed64(), true, false); break;
                case 0x22: spanId = reader.Bytes(); break;
                case 0x2A: traceId = reader.Bytes(); break;
                case ExemplarAttributesTag:
                    reader.Bytes();
                    attributes.Add(start, reader.At);
                    break;
                default: reader.Skip(tag); break;
            }
        }

        json.WriteStartObject();
        json.WriteNumber("time_unix_nano"u8, time);
        json.WritePropertyName("value"u8);
        if (isInt) json.WriteNumberValue((long)value);
        else if (isDouble) JsonText.Write(json, BitConverter.UInt64BitsToDouble(value));
        else json.WriteNullValue();
        if (Ids.IsId(traceId, Ids.TraceIdBytes)) json.WriteString("trace_id"u8, Convert.ToHexStringLower(traceId));
        if (Ids.IsId(spanId, Ids.SpanIdBytes)) json.WriteString("span_id"u8, Convert.ToHexStringLower(spanId));
        if (!attributes.IsEmpty)
        {
            json.WritePropertyName("attributes"u8);
            JsonText.WriteAttributes(json, all, ExemplarAttributesTag, depth + 1);
        }

        json.WriteEndObject();
    }
}
