using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>How a field is laid out on the wire.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>
/// Reads the fields of one protobuf message in place. Groups, which proto3 does not have, are refused; so is whatever is cut off. A number
/// may be written longer than it needs to be, up to ten bytes; what does not fit its type is dropped, as generated parsers do.
/// </summary>
/// <param name="bytes">The message.</param>
/// <param name="origin">Where it begins in the request; errors name their place.</param>
/// <param name="behind">Bytes of the same memory that may be read behind it, though they are not of the message.</param>
internal ref struct WireReader(ReadOnlySpan<byte> bytes, int origin, int behind = 0)
{
    private const int MaxVarintBytes = 10;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _origin = origin;
    private readonly int _behind = behind;
    private int _at;

    /// <summary>Where in the message the reader is.</summary>
    public int At
    {
        readonly get => _at;
        set => _at = value;
    }

    /// <summary>Where in the request the reader is.</summary>
    public readonly int Place => _origin + _at;

    /// <summary>The whole message.</summary>
    public readonly ReadOnlySpan<byte> All => _bytes;

    /// <summary>The whole message with what may be read behind it.</summary>
    public readonly ReadOnlySpan<byte> Readable => MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetReference(_bytes), _bytes.Length + _behind);

    public readonly bool IsEnd => _at >= _bytes.Length;

    /// <summary>Field number and wire type of the next field, as <c>number &lt;&lt; 3 | type</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Tag()
    {
        if ((uint)_at < (uint)_bytes.Length && _bytes[_at] is var tag and >= 8 and < 0x80)
        {
            _at++;
            return tag;
        }

        return LongTag();
    }

    /// <summary>Goes to the next field with a tag, over all others; false when there is none before the end of the message.</summary>
    public bool Next(uint tag) => Next(tag, _bytes.Length);

    /// <summary>Goes to the next field with a tag, over all others; false when there is none before a place in the message.</summary>
    public bool Next(uint tag, int end)
    {
        while (_at < end)
        {
            var next = Tag();
            if (next == tag) return true;
            Skip(next);
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Varint()
    {
        if ((uint)_at < (uint)_bytes.Length && _bytes[_at] is var value and < 0x80)
        {
            _at++;
            return value;
        }

        return LongVarint();
    }

    public ulong Fixed64()
    {
        if (_bytes.Length - _at < sizeof(ulong)) throw CutField();
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_at..]);
        _at += sizeof(ulong);
        return value;
    }

    public double Double() => BitConverter.UInt64BitsToDouble(Fixed64());

    public uint Fixed32()
    {
        if (_bytes.Length - _at < sizeof(uint)) throw CutField();
        var value = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[_at..]);
        _at += sizeof(uint);
        return value;
    }

    /// <summary>A text, bytes, a message or packed numbers. <see cref="Place"/> less their length is where they begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Bytes()
    {
        var length = Varint();
        if (length > (ulong)(_bytes.Length - _at)) throw CutField();
        var value = _bytes.Slice(_at, (int)length);
        _at += (int)length;
        return value;
    }

    /// <summary>A reader of the message at the cursor, which is passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WireReader Message()
    {
        var message = Bytes();
        return new WireReader(message, Place - message.Length, _behind + _bytes.Length - _at);
    }

    /// <summary>Passes over fields of one tag that follow each other, as long as they are short.</summary>
    /// <param name="tag">Of a text or message, and of one byte.</param>
    public void SkipRun(byte tag)
    {
        var (at, end) = (_at, _bytes.Length);
        while ((uint)(at + 1) < (uint)_bytes.Length && _bytes[at] == tag && _bytes[at + 1] is var length and < 0x80 && length <= end - at - 2)
            at += 2 + length;
        _at = at;
    }

    /// <summary>Passes over a field that means nothing to us.</summary>
    public void Skip(uint tag)
    {
        switch (tag & 7)
        {
            case (uint)WireType.Varint: Varint(); break;
            case (uint)WireType.Fixed64: Fixed64(); break;
            case (uint)WireType.Bytes: Bytes(); break;
            case (uint)WireType.Fixed32: Fixed32(); break;
            case 3 or 4: throw Malformed("a group, which proto3 does not have,");
            default: throw Malformed("an unknown wire type");
        }
    }

    private uint LongTag()
    {
        var tag = Varint();
        if (tag >> 3 is 0 or > 0x1FFFFFFF) throw Malformed("an invalid field number");
        return (uint)tag;
    }

    private ulong LongVarint()
    {
        ulong value = 0;
        for (var i = 0; i < MaxVarintBytes; i++)
        {
            if (_at >= _bytes.Length) throw Malformed("a number that is cut off");
            var next = _bytes[_at++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80) return value;
        }

        throw Malformed("a number longer than 10 bytes");
    }

    private readonly RefusedException CutField() => Malformed("a field that ends after its message");

    private readonly RefusedException Malformed(string what) =>
        new(Verdict.Malformed, $"not protobuf: the request holds {what} at byte {Place}");
}

/// <summary>The part of a message from the first to the last of the fields with one tag; others may lie between them.</summary>
internal struct FieldRange
{
    public int Start;
    public int End;

    public readonly bool IsEmpty => End == 0;

    /// <summary>Takes a field in.</summary>
    /// <param name="start">Where its tag begins.</param>
    /// <param name="end">Where it ends.</param>
    public void Add(int start, int end)
    {
        if (End == 0) Start = start;
        End = end;
    }
}

/// <summary>Messages that occur several times in a field for one: protobuf calls that a message in pieces.</summary>
internal static class WirePieces
{
    /// <summary>Longest message in pieces. No sender is known that writes any.</summary>
    private const int MaxBytes = 4 << 20;

    /// <summary>The pieces of a message as one.</summary>
    /// <param name="parent">The message that has them.</param>
    /// <param name="tag">Their tag.</param>
    /// <param name="origin">Where the parent begins in the request.</param>
    /// <param name="start">Where in the parent the first piece's tag begins.</param>
    /// <param name="shape">What they are; each piece must be well-formed by itself.</param>
    /// <param name="depth">How many messages they are in.</param>
    /// <exception cref="RefusedException">One is malformed, or together they are too long.</exception>
    public static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> parent, uint tag, int origin, int start, WireShape shape, int depth)
    {
        var length = 0;
        var reader = new WireReader(parent, origin) { At = start };
        while (!reader.IsEnd)
        {
            var next = reader.Tag();
            if (next == tag) length += reader.Bytes().Length;
            else reader.Skip(next);
        }

        if (length > MaxBytes) throw new RefusedException(Verdict.TooLarge, $"a message in pieces is longer than {MaxBytes >> 20} MiB");
        var joined = new byte[length];
        var target = joined.AsSpan();
        reader.At = start;
        while (!reader.IsEnd)
        {
            var next = reader.Tag();
            if (next != tag)
            {
                reader.Skip(next);
                continue;
            }

            var piece = reader.Bytes();
            shape.Check(piece, reader.Place - piece.Length, depth);
            piece.CopyTo(target);
            target = target[piece.Length..];
        }

        return joined;
    }
}
