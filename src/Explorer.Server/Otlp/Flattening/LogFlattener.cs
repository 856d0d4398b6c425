using System.Globalization;
using System.Text;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>Log records as events, read where they lie in the request.</summary>
internal static class LogFlattener
{
    private const uint TraceFlagsMask = 0xFF;
    private const uint BodyTag = 0x2A;
    private const uint AttributesTag = 0x32;
    private const int BodyDepth = 4;

    public static void Write(ReadOnlySpan<byte> request, EventWriter writer) => RequestWalk.Write(request, "log"u8, writer, WriteRecord);

    private static void WriteRecord(WireReader reader, EventWriter writer)
    {
        var keys = writer.Keys;
        var record = RecordFields.Read(reader);
        BeginEvent(record, writer);
        var body = WireValue.Read(record.Body, record.BodyOrigin, BodyDepth);
        if (body.Kind == WireKind.List && HasEntries(body)) writer.Flatten(keys.Body, body, BodyDepth);
        if (body.Kind == WireKind.Text) WriteTemplate(body.Content, writer);
        writer.Attributes(reader, record.Attributes, AttributesTag, BodyDepth);
        if (Ids.IsId(record.TraceId, Ids.TraceIdBytes)) writer.SetId(keys.TraceId, record.TraceId);
        if (Ids.IsId(record.SpanId, Ids.SpanIdBytes)) writer.SetId(keys.ParentId, record.SpanId);
        writer.SetText(keys.SeverityText, record.SeverityText);
        writer.SetCount(keys.SeverityNumber, record.SeverityNumber);
        writer.SetText(keys.Name, record.EventName);
        writer.SetText(keys.EventName, record.EventName);
        WriteBody(body, writer);
        writer.SetCount(keys.TraceFlags, record.Flags & TraceFlagsMask);
        writer.SetCount(keys.DroppedAttributes, record.DroppedAttributes);
        writer.EndEvent();
    }

    /// <summary>The record's own time, else when it was collected. A time that is there but unusable is marked, one that is absent is not.</summary>
    private static void BeginEvent(in RecordFields record, EventWriter writer)
    {
        var (own, observed) = (record.Time, record.ObservedTime);
        var useOwn = EventWriter.IsTime(own) || !EventWriter.IsTime(observed);
        writer.BeginEvent(useOwn ? own : observed);
        if (!useOwn && own != 0) writer.MarkInvalidTime();
        if (useOwn && observed != own && EventWriter.IsTime(observed)) writer.Set(writer.Keys.ObservedTime, (long)observed);
    }

    private static bool HasEntries(WireValue list)
    {
        var reader = new WireReader(list.Content, list.Origin);
        return reader.Next(0x0A);
    }

    /// <summary>The body as one text, so that it is one column of one type; the entries of a structured body are columns below it as well.</summary>
    private static void WriteBody(WireValue body, EventWriter writer)
    {
        var key = writer.Keys.Body;
        switch (body.Kind)
        {
            case WireKind.Text: writer.Set(key, body.Content); break;
            case WireKind.Bool: writer.Set(key, body.Bits != 0 ? "true"u8 : "false"u8); break;
            case WireKind.Int64: writer.Set(key, Encoding.UTF8.GetBytes(body.Bits.ToString(CultureInfo.InvariantCulture))); break;
            case WireKind.Float64: writer.Set(key, Encoding.UTF8.GetBytes(JsonText.Name(BitConverter.Int64BitsToDouble(body.Bits)))); break;
            case WireKind.Bytes: writer.Set(key, writer.Base64Text(body.Content)); break;
            case WireKind.Array or WireKind.List: writer.Set(key, writer.Json.Of(body, BodyDepth)); break;
        }
    }

    private static void WriteTemplate(ReadOnlySpan<byte> text, EventWriter writer)
    {
        Span<byte> template = stackalloc byte[LogTemplate.MaxBytes];
        if (LogTemplate.Write(text, template) is > 0 and var length) writer.Set(writer.Keys.LogTemplate, template[..length]);
    }

    private ref struct RecordFields
    {
        public ReadOnlySpan<byte> TraceId, SpanId, SeverityText, EventName, Body;
        public FieldRange Attributes;
        public ulong Time, ObservedTime;
        public uint Flags, DroppedAttributes;
        public int SeverityNumber, BodyOrigin;

        public static RecordFields Read(WireReader reader)
        {
            var record = default(RecordFields);
            var (bodies, firstBody) = (0, 0);
            while (!reader.IsEnd)
            {
                var start = reader.At;
                var tag = reader.Tag();
                switch (tag)
                {
                    case 0x09: record.Time = reader.Fixed64(); break;
                    case 0x10: record.SeverityNumber = (int)reader.Varint(); break;
                    case 0x1A: record.SeverityText = reader.Bytes(); break;
                    case BodyTag:
                        record.Body = reader.Bytes();
                        record.BodyOrigin = reader.Place - record.Body.Length;
                        if (++bodies == 1) firstBody = start;
                        break;
                    case AttributesTag:
                        reader.Bytes();
                        record.Attributes.Add(start, reader.At);
                        break;
                    case 0x38: record.DroppedAttributes = (uint)reader.Varint(); break;
                    case 0x45: record.Flags = reader.Fixed32(); break;
                    case 0x4A: record.TraceId = reader.Bytes(); break;
                    case 0x52: record.SpanId = reader.Bytes(); break;
                    case 0x59: record.ObservedTime = reader.Fixed64(); break;
                    case 0x62: record.EventName = reader.Bytes(); break;
                    default: reader.Skip(tag); break;
                }
            }

            if (bodies > 1) record.Body = WirePieces.Join(reader.All, BodyTag, reader.Place - reader.All.Length, firstBody, WireShape.Value, BodyDepth);
            return record;
        }
    }
}
