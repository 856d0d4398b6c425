using Explorer.Server.Otlp.Messages;
using Google.Protobuf.Reflection;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>
/// What a message's fields are, to check the parts of a request that nothing else reads: those of a rejected span, and contents that a
/// later one replaces. A request is well-formed as a whole or not at all.
/// </summary>
internal sealed class WireShape
{
    /// <summary>Messages in one JSON request; 64 MiB of the densest real attributes hold about 6 million. Read as protobuf they need no memory.</summary>
    public const int MaxMessages = 8_000_000;

    /// <summary>Messages within messages. Of real requests the deepest values need a dozen.</summary>
    public const int MaxDepth = 100;

    private static readonly Dictionary<MessageDescriptor, WireShape> Known = [];

    private Field[] _fields = [];

    private enum Content : byte
    {
        Other,
        Message,
        Varints,
        Fixed64s,
    }

    public static WireShape Value { get; } = Of(AnyValue.Descriptor);

    public static WireShape Array { get; } = Of(ArrayValue.Descriptor);

    public static WireShape List { get; } = Of(KeyValueList.Descriptor);

    public static WireShape Attribute { get; } = Of(KeyValue.Descriptor);

    public static WireShape Resource { get; } = Of(Messages.Resource.Descriptor);

    public static WireShape Scope { get; } = Of(InstrumentationScope.Descriptor);

    public static WireShape Span { get; } = Of(Messages.Span.Descriptor);

    public static WireShape Metric { get; } = Of(Messages.Metric.Descriptor);

    public static WireShape Buckets { get; } = Of(ExponentialHistogramDataPoint.Types.Buckets.Descriptor);

    /// <summary>The shape of a message in one of our fields.</summary>
    public WireShape Inner(uint tag) => _fields[tag >> 3].Shape!;

    /// <summary>Passes over well-formed bytes.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="origin">Where it begins in the request.</param>
    /// <param name="depth">How many messages it is in.</param>
    /// <exception cref="RefusedException">The bytes are malformed, or the messages in it too deep.</exception>
    public void Check(ReadOnlySpan<byte> bytes, int origin, int depth)
    {
        CheckDepth(depth);
        var reader = new WireReader(bytes, origin);
        while (!reader.IsEnd)
        {
            var tag = reader.Tag();
            var field = tag >> 3;
            if ((tag & 7) != (uint)WireType.Bytes || field >= (uint)_fields.Length || _fields[field].Content == Content.Other)
            {
                reader.Skip(tag);
                continue;
            }

            var value = reader.Bytes();
            var inner = new WireReader(value, reader.Place - value.Length);
            switch (_fields[field].Content)
            {
                case Content.Message: _fields[field].Shape!.Check(value, reader.Place - value.Length, depth + 1); break;
                case Content.Varints:
                    while (!inner.IsEnd) inner.Varint();
                    break;
                default:
                    while (!inner.IsEnd) inner.Fixed64();
                    break;
            }
        }
    }

    /// <exception cref="RefusedException">A message is in too many others.</exception>
    public static void CheckDepth(int depth)
    {
        if (depth > MaxDepth) throw new RefusedException(Verdict.Malformed, $"values are nested deeper than {MaxDepth} messages");
    }

    private static WireShape Of(MessageDescriptor message)
    {
        if (Known.TryGetValue(message, out var shape)) return shape;
        shape = new WireShape();
        Known.Add(message, shape);
        var fields = message.Fields.InFieldNumberOrder();
        if (fields.Count > 0) shape._fields = new Field[fields[^1].FieldNumber + 1];
        foreach (var field in fields)
        {
            ref var known = ref shape._fields[field.FieldNumber];
            if (field.FieldType == FieldType.Message) known = new Field(Content.Message, Of(field.MessageType));
            else if (field is { IsRepeated: true, FieldType: FieldType.UInt64 }) known = new Field(Content.Varints, null);
            else if (field is { IsRepeated: true, FieldType: FieldType.Fixed64 or FieldType.Double }) known = new Field(Content.Fixed64s, null);
        }

        return shape;
    }

    private readonly record struct Field(Content Content, WireShape? Shape);
}
