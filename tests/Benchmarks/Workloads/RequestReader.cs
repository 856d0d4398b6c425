using System.Buffers.Binary;

namespace Benchmarks.Workloads;

/// <summary>The kinds of values that the workloads hold.</summary>
internal enum ValueKind
{
    Text,
    Integer,
    Float,
    Bool,
}

/// <summary>One attribute, as places in the request; <see cref="Number"/> holds the bits of a value that is no text.</summary>
internal readonly record struct RequestAttribute(int KeyStart, int KeyLength, ValueKind Kind, int TextStart, int TextLength, long Number);

/// <summary>
/// Walks the spans of an export request and reads every field, without making an object. It knows what the workloads hold and no more:
/// one resource, one scope, flat values. Opponents get their rows from it, and it is the bare limit of decoding.
/// </summary>
internal sealed class RequestReader
{
    public const int EndAfterStart = sizeof(long) + 1;

    private byte[] _request = [];
    private int _next;
    private int _end;

    public List<RequestAttribute> ResourceAttributes { get; } = [];

    public List<RequestAttribute> Attributes { get; } = [];

    public ReadOnlyMemory<byte> TraceId { get; private set; }

    public ReadOnlyMemory<byte> SpanId { get; private set; }

    /// <summary>Empty on a root.</summary>
    public ReadOnlyMemory<byte> ParentId { get; private set; }

    public ReadOnlyMemory<byte> Name { get; private set; }

    public ReadOnlyMemory<byte> StatusMessage { get; private set; }

    public int Kind { get; private set; }

    public int StatusCode { get; private set; }

    public long Start { get; private set; }

    public long End { get; private set; }

    /// <summary>Where the eight bytes of <see cref="Start"/> lie in the request; those of <see cref="End"/> are <see cref="EndAfterStart"/> further on.</summary>
    public int StartPlace { get; private set; }

    public ReadOnlySpan<byte> Bytes(int start, int length) => _request.AsSpan(start, length);

    public void Open(byte[] request)
    {
        _request = request;
        ResourceAttributes.Clear();
        var at = 0;
        Expect(ref at, 0x0A);
        _ = Varint(ref at);
        Expect(ref at, 0x0A);
        var resourceEnd = Varint(ref at) is var length ? at + (int)length : 0;
        while (at < resourceEnd)
        {
            Expect(ref at, 0x0A);
            ReadAttribute(ref at, ResourceAttributes);
        }

        Expect(ref at, 0x12);
        _end = Varint(ref at) is var spans ? at + (int)spans : 0;
        Expect(ref at, 0x0A);
        _next = Varint(ref at) is var scope ? at + (int)scope : 0;
    }

    /// <summary>Reads the next span; false at the end of the request.</summary>
    public bool Read()
    {
        if (_next >= _end) return false;
        var at = _next;
        Expect(ref at, 0x12);
        var end = Varint(ref at) is var length ? at + (int)length : 0;
        Attributes.Clear();
        ParentId = StatusMessage = default;
        StatusCode = 0;
        while (at < end) ReadField(ref at);
        _next = end;
        return true;
    }

    private void ReadField(ref int at)
    {
        switch (_request[at++])
        {
            case 0x0A: TraceId = Slice(ref at); break;
            case 0x12: SpanId = Slice(ref at); break;
            case 0x22: ParentId = Slice(ref at); break;
            case 0x2A: Name = Slice(ref at); break;
            case 0x30: Kind = (int)Varint(ref at); break;
            case 0x39:
                StartPlace = at;
                Start = Fixed64(ref at);
                break;
            case 0x41: End = Fixed64(ref at); break;
            case 0x4A: ReadAttribute(ref at, Attributes); break;
            case 0x7A: ReadStatus(ref at); break;
            case var tag: throw new InvalidDataException($"the workloads hold no field with the tag {tag}");
        }
    }

    private void ReadStatus(ref int at)
    {
        var end = Varint(ref at) is var length ? at + (int)length : 0;
        while (at < end)
        {
            if (_request[at++] == 0x12) StatusMessage = Slice(ref at);
            else StatusCode = (int)Varint(ref at);
        }
    }

    private void ReadAttribute(ref int at, List<RequestAttribute> attributes)
    {
        _ = Varint(ref at);
        Expect(ref at, 0x0A);
        var keyLength = (int)Varint(ref at);
        var keyStart = at;
        at += keyLength;
        Expect(ref at, 0x12);
        _ = Varint(ref at);
        switch (_request[at++])
        {
            case 0x0A:
                var textLength = (int)Varint(ref at);
                attributes.Add(new RequestAttribute(keyStart, keyLength, ValueKind.Text, at, textLength, 0));
                at += textLength;
                break;
            case 0x10:
                attributes.Add(new RequestAttribute(keyStart, keyLength, ValueKind.Bool, 0, 0, (long)Varint(ref at)));
                break;
            case 0x18:
                attributes.Add(new RequestAttribute(keyStart, keyLength, ValueKind.Integer, 0, 0, (long)Varint(ref at)));
                break;
            case 0x21:
                attributes.Add(new RequestAttribute(keyStart, keyLength, ValueKind.Float, 0, 0, Fixed64(ref at)));
                break;
            case var tag:
                throw new InvalidDataException($"the workloads hold no value with the tag {tag}");
        }
    }

    private ReadOnlyMemory<byte> Slice(ref int at)
    {
        var length = (int)Varint(ref at);
        at += length;
        return _request.AsMemory(at - length, length);
    }

    private long Fixed64(ref int at)
    {
        at += 8;
        return BinaryPrimitives.ReadInt64LittleEndian(_request.AsSpan(at - 8));
    }

    private ulong Varint(ref int at)
    {
        ulong value = _request[at++];
        if (value < 0x80) return value;
        value &= 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            ulong part = _request[at++];
            value |= (part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }

    private void Expect(ref int at, byte tag)
    {
        if (_request[at++] != tag) throw new InvalidDataException($"expected the tag {tag}, found {_request[at - 1]}");
    }
}
