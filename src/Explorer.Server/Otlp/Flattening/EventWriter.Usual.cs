using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Explorer.Server.Otlp.Decoding;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <content>Attributes in the form that nearly all have: a short name and then one short scalar, and nothing else.</content>
/// <remarks>
/// The loop asks as little as it can, since it runs for every attribute there is: the four bytes before a name and the four before a value
/// are compared with what they must be in one step each, and lengths are not asked at all where reading some bytes too many does no harm.
/// So it ends a little before the end of a request, and what is left goes the general way. Texts stay where they are until the batch is
/// built: then a column's are looked up one after the other.
/// </remarks>
internal sealed partial class EventWriter
{
    private const byte BoolTag = 0x10;
    private const byte Int64Tag = 0x18;
    private const byte Float64Tag = 0x21;

    /// <summary>From one byte on, a length or number goes on in the next.</summary>
    private const int LongForm = 0x80;

    /// <summary>Bytes that the loop may read from where an attribute begins: those of a short one, and what its name is compared with.</summary>
    private const int ReadableBytes = 2 + LongForm + ColumnAppender.NameBytes;

    /// <summary>Longest text of which it need not be asked whether it must be cut.</summary>
    private const int UsualTextBytes = 1 << 14;

    /// <summary>What a value begins with that is a text: its tag, its length, the tag of the text, its length. Both lengths grow together.</summary>
    private const uint TextHead = ValueTag | (uint)TextTag << 16 | unchecked((uint)-2 << 24);
    private const uint TextHeadStep = 1 << 8 | 1 << 24;

    private const ulong LongForms = 0x8080808080808080;

    /// <summary>Sets a text or id that lies in the request.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetLying(Key key, StorageType type, ReadOnlySpan<byte> bytes)
    {
        var place = PlaceOf(bytes);
        if ((ulong)(place + ColumnAppender.TextBytes) <= (ulong)_sourceLength && bytes.Length <= UsualTextBytes && key.Slot is { } slot
            && _builder.TrySetPlace(slot, type, (int)place, bytes.Length))
        {
            _batchCost += ValueCost + bytes.Length;
            return;
        }

        if (type == StorageType.Id) SetId(key, bytes);
        else Set(key, bytes);
    }

    /// <summary>Sets attributes as long as they have the usual form and their names no meaning of their own.</summary>
    /// <param name="bytes">The record's message, with what may be read behind it.</param>
    /// <param name="at">Where the first begins.</param>
    /// <param name="end">Where the last ends.</param>
    /// <param name="tag">Their tag.</param>
    /// <returns>Where the first other field begins, or the end.</returns>
    private unsafe int UsualAttributes(ReadOnlySpan<byte> bytes, int at, int end, uint tag)
    {
        if (at >= end || !IsInRequest(bytes)) return at;
        fixed (byte* start = bytes)
        {
            var limit = start + end;
            var next = start + at;
            var last = start + Math.Min(end, bytes.Length - ReadableBytes);
            do next = UsualAttributes(next, limit, last, tag);
            while (next < limit && TryUsual(ref next, limit, start + bytes.Length, tag));
            _batchCost += next - start - at;
            return (int)(next - start);
        }
    }

    /// <summary>Sets attributes as long as that takes no more than to write their values at the ends of columns.</summary>
    /// <param name="next">Where the first begins.</param>
    /// <param name="end">Where the last ends.</param>
    /// <param name="last">None that begins from here on is read.</param>
    /// <param name="tag">Their tag.</param>
    /// <returns>Where the first begins that is not set.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // into a method as long as its callers it would be compiled badly
    private unsafe byte* UsualAttributes(byte* next, byte* end, byte* last, uint tag)
    {
        var appender = _builder.Appender();
        var usual = tag | (uint)KeyTag << 16;
        var count = 0;
        while (next < last)
        {
            // Tag, length, tag of the name, its length; name; tag of the value, its length, tag of the content, first byte of it; content.
            var head = *(uint*)next;
            if ((head & 0x00FF80FF) != usual) break;
            var name = next + 4;
            var nameLength = (nuint)(head >> 24);
            var value = name + nameLength;
            var after = next + 2 + (byte)(head >> 8);
            var length = (uint)(after - value) - 2;
            if (length - 2 > LongForm || after > end) break;
            head = *(uint*)value;
            if (head == TextHead + length * TextHeadStep)
            {
                if (!appender.TrySetText(name, nameLength, value + 4, length - 2)) break;
            }
            else if (!TrySetScalar(appender, name, nameLength, value, head, length))
            {
                break;
            }

            next = after;
            count++;
        }

        _batchCost += (long)count * ValueCost;
        return next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool TrySetScalar(ColumnAppender appender, byte* name, nuint nameLength, byte* value, uint head, uint length)
    {
        if ((ushort)head != (ValueTag | length << 8)) return false;
        switch ((byte)(head >> 16))
        {
            case Int64Tag when length <= 1 + sizeof(ulong):
                return IsNumber(value + 3, (int)length - 1, out var number) && appender.TrySet(name, nameLength, StorageType.Int64, (long)number);
            case Float64Tag when length == 1 + sizeof(double):
                return appender.TrySet(name, nameLength, StorageType.Float64, *(long*)(value + 3));
            case BoolTag when length == 2 && head >> 24 < LongForm:
                return appender.TrySet(name, nameLength, StorageType.Bool, head >> 24 != 0 ? 1 : 0);
            default:
                return false;
        }
    }

    /// <summary>
    /// Sets one attribute of the usual form by its name's slot: the first value of a name in a batch, one of another type than before, one
    /// with a long name or a longer text, such as a query.
    /// </summary>
    /// <param name="next">Where it begins; moved behind it when it was set.</param>
    /// <param name="end">Where the last attribute ends.</param>
    /// <param name="readable">How far can be read.</param>
    /// <param name="tag">Their tag.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe bool TryUsual(ref byte* next, byte* end, byte* readable, uint tag)
    {
        var bytes = new ReadOnlySpan<byte>(next, (int)(end - next));
        var at = 1;
        if (bytes[0] != tag || !TryLength(bytes, ref at, out var length) || length > bytes.Length - at) return false;
        var message = bytes.Slice(at, length);
        if (length < 2 || message[0] != KeyTag || message[1] >= LongForm || message[1] > length - 4) return false;
        var name = message.Slice(2, message[1]);
        var valueAt = 2 + name.Length;
        if (message[valueAt++] != ValueTag || !TryLength(message, ref valueAt, out var valueLength) || valueLength != length - valueAt) return false;
        var value = message[valueAt..];
        if (!TryScalar(value, out var type, out var bits, out var text)) return false;
        var after = next + at + length;
        if (type != StorageType.String || text.Length < ColumnAppender.TextBytes || after + ColumnAppender.NameBytes > readable
            || !_builder.Appender().TrySetText(next + at + 2, (nuint)name.Length, after - text.Length, (nuint)text.Length))
        {
            var key = _keys.Find(name);
            if (!key.IsPlain || Slot(key) is not { } slot) return false; // a name becomes a column with its first value, not before
            if (!key.IsUsual) _builder.MakeUsual(slot, type, name);
            key.IsUsual = true;
            Set(new Leaf(key, type, bits, text));
        }

        next = after;
        return true;
    }

    /// <summary>Reads a value that is one scalar and nothing else.</summary>
    private static unsafe bool TryScalar(ReadOnlySpan<byte> value, out StorageType type, out long bits, out ReadOnlySpan<byte> text)
    {
        (type, bits) = (StorageType.String, 0);
        text = default;
        if (value.Length < 2) return false;
        var at = 1;
        switch (value[0])
        {
            case TextTag:
                if (!TryLength(value, ref at, out var length) || length != value.Length - at) return false;
                text = value[at..];
                return true;
            case Int64Tag:
                var reader = new WireReader(value, 0) { At = 1 };
                type = StorageType.Int64;
                bits = (long)reader.Varint();
                return reader.IsEnd;
            case Float64Tag when value.Length == 1 + sizeof(double):
                (type, bits) = (StorageType.Float64, MemoryMarshal.Read<long>(value[1..]));
                return true;
            case BoolTag when value.Length == 2 && value[1] < LongForm:
                (type, bits) = (StorageType.Bool, value[1] != 0 ? 1 : 0);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads a number that takes exactly so many bytes, up to eight: the lowest seven bits of each, the first the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool IsNumber(byte* first, int length, out ulong number)
    {
        var bytes = *(ulong*)first;
        var ends = BitOperations.TrailingZeroCount(~bytes & LongForms) == 8 * length - 1; // neither before the last byte nor after it
        bytes &= ulong.MaxValue >> (64 - 8 * length);
        bytes = bytes & 0x007F007F007F007F | (bytes & 0x7F007F007F007F00) >> 1;
        bytes = bytes & 0x00003FFF00003FFF | (bytes & 0x3FFF00003FFF0000) >> 2;
        number = bytes & 0x000000000FFFFFFF | (bytes & 0x0FFFFFFF00000000) >> 4;
        return ends;
    }

    /// <summary>False for a message that came in pieces: it lies elsewhere, and nothing that stays can be in it.</summary>
    private bool IsInRequest(ReadOnlySpan<byte> bytes) => (ulong)PlaceOf(bytes) < (ulong)_sourceLength;

    private unsafe long PlaceOf(ReadOnlySpan<byte> bytes) =>
        Unsafe.ByteOffset(ref Unsafe.AsRef<byte>((void*)_builder.Source), ref MemoryMarshal.GetReference(bytes));

    /// <summary>Reads a length of one or two bytes.</summary>
    private static bool TryLength(ReadOnlySpan<byte> bytes, ref int at, out int length)
    {
        length = 0;
        if (at >= bytes.Length) return false;
        length = bytes[at++];
        if (length < LongForm) return true;
        if (at >= bytes.Length) return false;
        var high = bytes[at++];
        length = (length & 0x7F) | high << 7;
        return high < LongForm;
    }
}
