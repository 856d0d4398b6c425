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
        while (at + 8 <= bytes.Length && bytes[at] == tag && bytes[at + 2] == KeyTag)
        {
            int length = bytes[at + 1], nameLength = bytes[at + 3];
            var valueAt = at + 4 + nameLength;
            var end = at + 2 + length;
            if (length >= LongForm || valueAt + 4 > end || end > bytes.Length) break;
            var value = bytes[valueAt..end];
            if (value[0] != ValueTag || value[1] != value.Length - 2) break;
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
