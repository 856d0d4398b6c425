using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <content>Attributes in the form that nearly all have: a short name and then one short scalar, in the fewest bytes, and nothing else.</content>
internal sealed partial class EventWriter
{
    private const byte BoolTag = 0x10;
    private const byte Int64Tag = 0x18;
    private const byte Float64Tag = 0x21;

    /// <summary>From one byte on, a length or number goes on in the next.</summary>
    private const int LongForm = 0x80;

    /// <summary>Sets attributes as long as they have the usual form and their names no meaning of their own.</summary>
    /// <param name="bytes">The record's message up to the end of its last attribute.</param>
    /// <param name="at">Where the first begins.</param>
    /// <param name="tag">Their tag.</param>
    /// <returns>Where the first other field begins, or the end.</returns>
    private int UsualAttributes(ReadOnlySpan<byte> bytes, int at, uint tag)
    {
        // Tag, length, tag of the name, its length; name; tag of the value, its length, tag of the content, first byte of it.
        while (at + 8 <= bytes.Length && bytes[at] == tag)
        {
            int length = bytes[at + 1], nameLength = bytes[at + 3];
            var valueAt = at + 4 + nameLength;
            var end = at + 2 + length;
            if (length >= LongForm)
            {
                if (!TryLongText(bytes, ref at)) break;
                continue;
            }

            if (valueAt + 4 > end || end > bytes.Length) break;
            var value = bytes[valueAt..end];
            if (bytes[at + 2] != KeyTag || value[0] != ValueTag || value[1] != value.Length - 2) break;
            if (!TryUsual(bytes.Slice(at + 4, nameLength), value)) break;
            at = end;
        }

        return at;
    }

    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value with tag and length: at least four bytes.</param>
    private bool TryUsual(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (value[2])
        {
            case TextTag when value[3] == value.Length - 4:
                if (!TryUsualKey(name, out var slot)) return false;
                var utf8 = value[4..];
                _batchCost += ValueCost + name.Length + utf8.Length;
                _builder.Set(slot, utf8);
                return true;
            case Int64Tag when TryNumber(value[3..], out var number):
                if (!TryUsualKey(name, out slot)) return false;
                _batchCost += ValueCost + name.Length;
                _builder.Set(slot, number);
                return true;
            case Float64Tag when value.Length == 3 + sizeof(double):
                if (!TryUsualKey(name, out slot)) return false;
                _batchCost += ValueCost + name.Length;
                _builder.Set(slot, BinaryPrimitives.ReadDoubleLittleEndian(value[3..]));
                return true;
            case BoolTag when value.Length == 4 && value[3] < LongForm:
                if (!TryUsualKey(name, out slot)) return false;
                _batchCost += ValueCost + name.Length;
                _builder.Set(slot, value[3] != 0);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Sets an attribute of the usual form but with a longer text, such as a query or a user agent.</summary>
    /// <param name="bytes">The record's message up to the end of its last attribute.</param>
    /// <param name="at">Where the attribute begins; moved behind it when it was set.</param>
    private bool TryLongText(ReadOnlySpan<byte> bytes, ref int at)
    {
        var end = at + 1;
        if (!TryLength(bytes, ref end, out var length) || length > bytes.Length - end || length < 4) return false;
        var message = bytes.Slice(end, length);
        var next = 2 + message[1];
        if (message[0] != KeyTag || message[1] >= LongForm || next >= length || message[next++] != ValueTag) return false;
        if (!TryLength(message, ref next, out var value) || value != length - next || value < 2 || message[next++] != TextTag) return false;
        if (!TryLength(message, ref next, out var text) || text != length - next) return false;
        if (!TryUsualKey(message.Slice(2, message[1]), out var slot)) return false;
        _batchCost += ValueCost + message[1] + text;
        _builder.Set(slot, message[next..]);
        at = end + length;
        return true;
    }

    /// <summary>Reads a length of one or two bytes.</summary>
    private static bool TryLength(ReadOnlySpan<byte> bytes, ref int at, out int length)
    {
        length = 0;
        if (at + 1 >= bytes.Length) return false;
        length = bytes[at++];
        if (length < LongForm) return true;
        var high = bytes[at++];
        length = (length & 0x7F) | high << 7;
        return high < LongForm;
    }

    /// <summary>Where the values of a name go that means nothing special and may be a column.</summary>
    private bool TryUsualKey(ReadOnlySpan<byte> name, [NotNullWhen(true)] out ColumnSlot? slot)
    {
        var key = _keys.Find(name);
        slot = key.IsPlain ? Slot(key) : null;
        return slot is not null;
    }

    /// <summary>Reads a number of up to three bytes that fill the span.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> bytes, out long number)
    {
        number = bytes[0];
        if (bytes.Length == 1) return number < LongForm;
        if (number < LongForm || bytes.Length > 3) return false;
        number = (number & 0x7F) | (bytes[1] & 0x7FL) << 7;
        if (bytes.Length == 2) return bytes[1] < LongForm;
        number |= (long)bytes[2] << 14;
        return bytes[1] >= LongForm && bytes[2] < LongForm;
    }
}
