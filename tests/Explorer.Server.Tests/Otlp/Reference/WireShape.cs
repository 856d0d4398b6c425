using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Messages;
using Explorer.Server.Otlp;
using Google.Protobuf.Reflection;

namespace Explorer.Server.Tests.Otlp.Reference;

/// <summary>
/// Which fields of a message are messages. Walks protobuf bytes before anything is built from them: a few megabytes of empty messages would
/// become gigabytes of objects, and groups, which proto3 does not have, would be skipped unseen.
/// </summary>
internal sealed class WireShape
{
    /// <summary>Messages in one request; 64 MiB of the densest real attributes hold about 6 million.</summary>
    public const int MaxMessages = 8_000_000;

    /// <summary>Messages within messages. Of real requests the deepest values need a dozen.</summary>
    public const int MaxDepth = 100;

    private const int MaxVarintBytes = 10;

    private WireShape?[] _fields = [];

    public static WireShape Traces { get; } = Of(ExportTraceServiceRequest.Descriptor, []);

    public static WireShape Logs { get; } = Of(ExportLogsServiceRequest.Descriptor, []);

    public static WireShape Metrics { get; } = Of(ExportMetricsServiceRequest.Descriptor, []);

    /// <summary>Passes over well-formed bytes.</summary>
    /// <exception cref="RefusedException">The bytes are cut, hold a group or an overlong number, or too many or too deep messages.</exception>
    public void Check(ReadOnlySpan<byte> bytes)
    {
        var messages = 0;
        Check(bytes, 0, ref messages);
    }

    private void Check(ReadOnlySpan<byte> bytes, int depth, ref int messages)
    {
        if (depth > MaxDepth) throw new RefusedException(Verdict.Malformed, $"values are nested deeper than {MaxDepth} messages");
        if (++messages > MaxMessages)
            throw new RefusedException(Verdict.TooLarge, $"the request holds more than {MaxMessages} messages; send fewer records in one request");
        while (bytes.Length > 0)
        {
            var tag = ReadVarint(ref bytes);
            var (field, wireType) = (tag >> 3, tag & 7);
            if (field is 0 or > 0x1FFFFFFF) throw Malformed("an invalid field number");
            switch (wireType)
            {
                case 0: ReadVarint(ref bytes); break;
                case 1: Take(ref bytes, 8); break;
                case 2:
                    var value = Take(ref bytes, ReadVarint(ref bytes));
                    if (field < (ulong)_fields.Length && _fields[field] is { } inner) inner.Check(value, depth + 1, ref messages);
                    break;
                case 5: Take(ref bytes, 4); break;
                case 3 or 4: throw Malformed("a group, which proto3 does not have");
                default: throw Malformed("an unknown wire type");
            }
        }
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < MaxVarintBytes; i++)
        {
            if (i >= bytes.Length) throw Malformed("a number that is cut off");
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] > 0x7F) continue;
            bytes = bytes[(i + 1)..];
            return value;
        }

        throw Malformed("a number longer than 10 bytes");
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, ulong length)
    {
        if (length > (ulong)bytes.Length) throw Malformed("a field that ends after its message");
        var taken = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return taken;
    }

    private static RefusedException Malformed(string what) => new(Verdict.Malformed, "not protobuf: the request holds " + what);

    private static WireShape Of(MessageDescriptor message, Dictionary<MessageDescriptor, WireShape> known)
    {
        if (known.TryGetValue(message, out var shape)) return shape;
        shape = new WireShape();
        known.Add(message, shape);
        var fields = message.Fields.InFieldNumberOrder().Where(f => f.FieldType == FieldType.Message).ToList();
        if (fields.Count > 0) shape._fields = new WireShape?[fields[^1].FieldNumber + 1];
        foreach (var field in fields) shape._fields[field.FieldNumber] = Of(field.MessageType, known);
        return shape;
    }
}
