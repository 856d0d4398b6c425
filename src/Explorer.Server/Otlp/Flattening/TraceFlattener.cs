using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Explorer.Server.Otlp.Decoding;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <summary>Spans, their events and their links as events, read where they lie in the request.</summary>
internal static class TraceFlattener
{
    private const double NanosecondsPerMillisecond = 1e6;
    private const uint TraceFlagsMask = 0xFF;
    private const uint HasIsRemote = 0x100;
    private const uint IsRemote = 0x200;
    private const int ErrorCode = 2;
    private const int MaxKind = 5;
    private const uint AttributesTag = 0x4A;
    private const uint EventsTag = 0x5A;
    private const uint LinksTag = 0x6A;
    private const uint EventAttributesTag = 0x1A;
    private const uint LinkAttributesTag = 0x22;
    private const uint FlagsTag = 16 << 3 | (uint)WireType.Fixed32;
    private const int SpanDepth = 3;

    /// <summary>Bytes that the fields before the attributes may take in their usual form, rounded up.</summary>
    private const int UsualBytes = 192;

    public static void Write(ReadOnlySpan<byte> request, EventWriter writer) => RequestWalk.Write(request, "trace"u8, writer, WriteSpan);

    private static void WriteSpan(WireReader reader, EventWriter writer)
    {
        var span = default(SpanFields);
        if (reader.Readable.Length >= UsualBytes) span.ReadUsual(ref reader);
        var (start, isBegun) = (span.Start, TryBegin(ref reader, span, writer));
        span.Read(reader);
        var fault = Fault(span);
        if (isBegun && (fault is not null || span.Start != start))
        {
            writer.StartOver();
            return;
        }

        if (fault is not null)
        {
            WireShape.Span.Check(reader.All, reader.Place - reader.At, SpanDepth);
            writer.Reject(fault);
            return;
        }

        if (!isBegun) writer.BeginEvent(span.Start);
        if (!isBegun) writer.Attributes(reader, span.Attributes, AttributesTag, SpanDepth + 1);
        else if (!span.Attributes.IsEmpty) writer.MoreAttributes(reader, span.Attributes, AttributesTag, SpanDepth + 1);
        WriteSpan(span, writer);
        reader.At = span.Events.Start;
        while (reader.Next(EventsTag, span.Events.End)) WriteEvent(reader.Message(), span, writer);
        reader.At = span.Links.Start;
        while (reader.Next(LinksTag, span.Links.End)) WriteLink(reader.Message(), span, writer);
    }

    /// <summary>
    /// Begins the event and sets its attributes before the fields behind them are read, where those before them came as they usually do: they say whether
    /// the span can be taken and when it began. A field behind the attributes that says otherwise makes the writer start over.
    /// </summary>
    private static bool TryBegin(ref WireReader reader, in SpanFields span, EventWriter writer)
    {
        if (!writer.MayGoStraight || reader.At == 0 || reader.IsEnd || reader.All[reader.At] != AttributesTag || Fault(span) is not null) return false;
        writer.BeginEvent(span.Start);
        writer.NextAttributes(ref reader, AttributesTag, SpanDepth + 1);
        return true;
    }

    private static string? Fault(in SpanFields span)
    {
        if (!Ids.IsId(span.TraceId, Ids.TraceIdBytes)) return "span whose trace id is not 16 bytes or is all zero";
        if (!Ids.IsId(span.SpanId, Ids.SpanIdBytes)) return "span whose span id is not 8 bytes or is all zero";
        return span.ParentId.Length is 0 or Ids.SpanIdBytes ? null : "span whose parent span id is neither empty nor 8 bytes";
    }

    private static void WriteSpan(in SpanFields span, EventWriter writer)
    {
        var keys = writer.Keys;
        if (span.State.Length > 0 && !writer.HasSampleRate && TraceState.SampleRate(span.State) is { } rate)
        {
            writer.AdoptSampleRate(rate);
            writer.SetOwnSampleRate();
        }

        writer.SetLying(keys.TraceId, StorageType.Id, span.TraceId);
        writer.SetLying(keys.SpanId, StorageType.Id, span.SpanId);
        if (Ids.IsId(span.ParentId, Ids.SpanIdBytes)) writer.SetLying(keys.ParentId, StorageType.Id, span.ParentId);
        writer.SetText(keys.TraceState, span.State);
        writer.SetLying(keys.Name, StorageType.String, span.Name);
        writer.SetCommon(keys.SpanKind, span.Kind is > 0 and <= MaxKind ? span.Kind : 1, Kind(span.Kind));
        WriteDuration(span, writer);
        writer.Set(keys.StatusCode, (long)span.StatusCode);
        writer.SetText(keys.StatusMessage, span.StatusMessage);
        if (span.StatusCode == ErrorCode) writer.Set(keys.Error, true);
        writer.SetCount(keys.TraceFlags, span.Flags & TraceFlagsMask);
        if ((span.Flags & HasIsRemote) != 0) writer.Set(keys.ParentIsRemote, (span.Flags & IsRemote) != 0);
        writer.SetCount(keys.DroppedAttributes, span.DroppedAttributes);
        writer.SetCount(keys.DroppedEvents, span.DroppedEvents);
        writer.SetCount(keys.DroppedLinks, span.DroppedLinks);
        writer.EndEvent();
    }

    private static ReadOnlySpan<byte> Kind(int kind) => kind switch
    {
        2 => "server"u8,
        3 => "client"u8,
        4 => "producer"u8,
        5 => "consumer"u8,
        _ => "internal"u8,
    };

    /// <summary>Without two usable times there is no duration: one made up with the arrival time would look like a measurement.</summary>
    private static void WriteDuration(in SpanFields span, EventWriter writer)
    {
        if (!EventWriter.IsTime(span.End)) writer.MarkInvalidTime();
        else if (EventWriter.IsTime(span.Start)) writer.Set(writer.Keys.DurationMs, ((long)span.End - (long)span.Start) / NanosecondsPerMillisecond);
    }

    private static void WriteEvent(WireReader reader, in SpanFields span, EventWriter writer)
    {
        ulong time = 0;
        uint dropped = 0;
        ReadOnlySpan<byte> name = default;
        var attributes = default(FieldRange);
        while (!reader.IsEnd)
        {
            var start = reader.At;
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x09: time = reader.Fixed64(); break;
                case 0x12: name = reader.Bytes(); break;
                case EventAttributesTag:
                    reader.Bytes();
                    attributes.Add(start, reader.At);
                    break;
                case 0x20: dropped = (uint)reader.Varint(); break;
                default: reader.Skip(tag); break;
            }
        }

        BeginAnnotation(span, time, "span_event"u8, writer);
        writer.Attributes(reader, attributes, EventAttributesTag, SpanDepth + 2, mayHaveSampleRate: false);
        writer.Set(writer.Keys.Name, name);
        writer.SetCount(writer.Keys.DroppedAttributes, dropped);
        writer.EndEvent();
    }

    private static void WriteLink(WireReader reader, in SpanFields span, EventWriter writer)
    {
        ReadOnlySpan<byte> traceId = default, spanId = default, state = default;
        uint dropped = 0, flags = 0;
        var attributes = default(FieldRange);
        while (!reader.IsEnd)
        {
            var start = reader.At;
            var tag = reader.Tag();
            switch (tag)
            {
                case 0x0A: traceId = reader.Bytes(); break;
                case 0x12: spanId = reader.Bytes(); break;
                case 0x1A: state = reader.Bytes(); break;
                case LinkAttributesTag:
                    reader.Bytes();
                    attributes.Add(start, reader.At);
                    break;
                case 0x28: dropped = (uint)reader.Varint(); break;
                case 0x35: flags = reader.Fixed32(); break;
                default: reader.Skip(tag); break;
            }
        }

        BeginAnnotation(span, span.Start, "link"u8, writer);
        writer.Attributes(reader, attributes, LinkAttributesTag, SpanDepth + 2, mayHaveSampleRate: false);
        if (Ids.IsId(traceId, Ids.TraceIdBytes)) writer.SetId(writer.Keys.LinkTraceId, traceId);
        if (Ids.IsId(spanId, Ids.SpanIdBytes)) writer.SetId(writer.Keys.LinkSpanId, spanId);
        writer.SetText(writer.Keys.LinkTraceState, state);
        writer.SetCount(writer.Keys.LinkFlags, flags & TraceFlagsMask);
        writer.SetCount(writer.Keys.DroppedAttributes, dropped);
        writer.EndEvent();
    }

    private static void BeginAnnotation(in SpanFields span, ulong time, ReadOnlySpan<byte> kind, EventWriter writer)
    {
        writer.BeginEvent(time);
        writer.SetOwnSampleRate();
        writer.Set(writer.Keys.AnnotationType, kind);
        writer.SetId(writer.Keys.TraceId, span.TraceId);
        writer.SetId(writer.Keys.ParentId, span.SpanId);
    }

    /// <summary>The fields of a span except those that may be many, of which it says where they are.</summary>
    private ref struct SpanFields
    {
        public ReadOnlySpan<byte> TraceId, SpanId, ParentId, State, Name, StatusMessage;
        public FieldRange Attributes, Events, Links;
        public int Kind, StatusCode;
        public ulong Start, End;
        public uint Flags, DroppedAttributes, DroppedEvents, DroppedLinks;

        /// <summary>Reads what the reader has not come to yet.</summary>
        public void Read(WireReader reader)
        {
            while (!reader.IsEnd)
            {
                var start = reader.At;
                var tag = reader.Tag();
                switch (tag)
                {
                    case 0x0A: TraceId = reader.Bytes(); break;
                    case 0x12: SpanId = reader.Bytes(); break;
                    case 0x1A: State = reader.Bytes(); break;
                    case 0x22: ParentId = reader.Bytes(); break;
                    case 0x2A: Name = reader.Bytes(); break;
                    case 0x30: Kind = (int)reader.Varint(); break;
                    case 0x39: Start = reader.Fixed64(); break;
                    case 0x41: End = reader.Fixed64(); break;
                    case AttributesTag:
                        reader.Bytes();
                        reader.SkipRun((byte)AttributesTag);
                        Attributes.Add(start, reader.At);
                        break;
                    case 0x50: DroppedAttributes = (uint)reader.Varint(); break;
                    case EventsTag:
                        reader.Bytes();
                        Events.Add(start, reader.At);
                        break;
                    case 0x60: DroppedEvents = (uint)reader.Varint(); break;
                    case LinksTag:
                        reader.Bytes();
                        Links.Add(start, reader.At);
                        break;
                    case 0x70: DroppedLinks = (uint)reader.Varint(); break;
                    case 0x7A: ReadStatus(reader.Message()); break;
                    case FlagsTag: Flags = reader.Fixed32(); break;
                    default: reader.Skip(tag); break;
                }
            }
        }

        /// <summary>Reads the fields before the attributes, as far as they come in the order of their numbers and in the usual lengths.</summary>
        public void ReadUsual(ref WireReader reader)
        {
            ref var start = ref MemoryMarshal.GetReference(reader.Readable);
            var at = 0;
            if (Short(ref start, at) == 0x100A) TraceId = Take(ref start, ref at, Ids.TraceIdBytes);
            if (Short(ref start, at) == 0x0812) SpanId = Take(ref start, ref at, Ids.SpanIdBytes);
            if (Short(ref start, at) == 0x0822) ParentId = Take(ref start, ref at, Ids.SpanIdBytes);
            if ((Short(ref start, at) & 0x80FF) == 0x2A) Name = Take(ref start, ref at, Unsafe.Add(ref start, at + 1));
            if ((Short(ref start, at) & 0x80FF) == 0x30)
            {
                Kind = Unsafe.Add(ref start, at + 1);
                at += 2;
            }

            if (Unsafe.Add(ref start, at) == 0x39) Start = Take(ref start, ref at);
            if (Unsafe.Add(ref start, at) == 0x41) End = Take(ref start, ref at);
            if (at <= reader.All.Length) reader.At = at;
            else this = default; // it is cut off within one of them, which the general way says
        }

        private static ushort Short(ref byte start, int at) => Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, at));

        private static ReadOnlySpan<byte> Take(ref byte start, scoped ref int at, int length)
        {
            var bytes = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref start, at + 2), length);
            at += 2 + length;
            return bytes;
        }

        private static ulong Take(ref byte start, scoped ref int at)
        {
            var number = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at + 1));
            at += 1 + sizeof(ulong);
            return number;
        }

        /// <summary>A status in pieces is read as one: the later fields count.</summary>
        private void ReadStatus(WireReader reader)
        {
            while (!reader.IsEnd)
            {
                var tag = reader.Tag();
                switch (tag)
                {
                    case 0x12: StatusMessage = reader.Bytes(); break;
                    case 0x18: StatusCode = (int)reader.Varint(); break;
                    default: reader.Skip(tag); break;
                }
            }
        }
    }
}
