using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Explorer.Server.Otlp.Flattening;

/// <content>Attributes in the form that nearly all have: a short name and then one short scalar, and nothing else.</content>
/// <remarks>
/// The loop asks as little as it can, since it runs for every attribute there is: the four bytes before a name and the four before a value
/// are compared with what they must be in one step each, a name with the one that followed the last time, and lengths are not asked at all
/// where reading some bytes too many does no harm. So it ends a little before the end of a request, and what is left goes the general way.
/// </remarks>
internal sealed partial class EventWriter
{
    private const byte BoolTag = 0x10;
    private const byte Int64Tag = 0x18;
    private const byte Float64Tag = 0x21;

    /// <summary>From one byte on, a length or number goes on in the next.</summary>
    private const int LongForm = 0x80;

    /// <summary>Bytes that the loop may read from where an attribute begins: those of a short one, and what its last text is compared with.</summary>
    private const int ReadableBytes = 2 + LongForm + Key.ReadableBytes;

    private const ulong LongForms = 0x8080808080808080;

    /// <summary>Sets attributes as long as they have the usual form and their names no meaning of their own.</summary>
    /// <param name="bytes">The record's message, with what may be read behind it.</param>
    /// <param name="at">Where the first begins.</param>
    /// <param name="end">Where the last ends.</param>
    /// <param name="tag">Their tag.</param>
    /// <returns>Where the first other field begins, or the end.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // into a method as long as its callers it would be compiled badly
    private int UsualAttributes(ReadOnlySpan<byte> bytes, int at, int end, uint tag)
    {
        var usual = tag | (uint)KeyTag << 16;
        var last = Math.Min(end, bytes.Length - ReadableBytes);
        var (from, count, key) = (at, 0, _keys.Last);
        while (at < last)
        {
            // Tag, length, tag of the name, its length; name; tag of the value, its length, tag of the content, first byte of it; content.
            ref var attribute = ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), at);
            var head = Unsafe.ReadUnaligned<uint>(ref attribute);
            if ((head & 0x00FF80FF) != usual)
            {
                if (TryLongText(bytes[..end], ref at, tag, ref key)) continue;
                break;
            }

            var (length, nameLength) = ((int)(byte)(head >> 8), (int)(head >> 24));
            var valueLength = length - nameLength - 4;
            ref var name = ref Unsafe.Add(ref attribute, 4);
            if (valueLength < 2 || at + 2 + length > end) break;
            ref var value = ref Unsafe.Add(ref name, nameLength);
            var valueHead = Unsafe.ReadUnaligned<uint>(ref value);
            if ((ushort)valueHead != (ValueTag | valueLength << 8)) break;
            key = Find(key, ref name, nameLength);
            if (key.PlainSlot is not { } slot && (!IsUsual(ref value, valueHead, valueLength) || !TryUsualSlot(key, out slot))) break;
            if (!TrySetUsual(slot, ref value, valueHead, valueLength)) break;
            at += 2 + length;
            count++;
        }

        _keys.Last = key;
        _batchCost += (long)count * ValueCost + at - from;
        return at;
    }

    /// <summary>Sets a value of the usual form.</summary>
    /// <param name="slot">Where it goes.</param>
    /// <param name="value">Where its tag stands.</param>
    /// <param name="head">The first four bytes.</param>
    /// <param name="length">Bytes behind the first two: at least two.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TrySetUsual(ColumnSlot slot, ref byte value, uint head, int length)
    {
        switch ((byte)(head >> 16))
        {
            case TextTag:
                var text = (int)(head >> 24);
                if (text != length - 2) return false;
                _builder.Set(slot, MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref value, 4), Math.Max(text, Key.ReadableBytes)), text);
                return true;
            case Int64Tag when length <= 1 + sizeof(ulong):
                if (!IsNumber(ref Unsafe.Add(ref value, 3), length - 1, out var number)) return false;
                _builder.Set(slot, (long)number);
                return true;
            case Float64Tag when length == 1 + sizeof(double):
                _builder.Set(slot, Unsafe.ReadUnaligned<double>(ref Unsafe.Add(ref value, 3)));
                return true;
            case BoolTag when length == 2 && head >> 24 < LongForm:
                _builder.Set(slot, head >> 24 != 0);
                return true;
            default:
                return false;
        }
    }

    /// <summary>True for what <see cref="TrySetUsual"/> sets: a name becomes a column with its first value, not before.</summary>
    private static bool IsUsual(ref byte value, uint head, int length) => (byte)(head >> 16) switch
    {
        TextTag => (int)(head >> 24) == length - 2,
        Int64Tag => length <= 1 + sizeof(ulong) && IsNumber(ref Unsafe.Add(ref value, 3), length - 1, out _),
        Float64Tag => length == 1 + sizeof(double),
        BoolTag => length == 2 && head >> 24 < LongForm,
        _ => false,
    };

    /// <summary>Reads a number that takes exactly so many bytes, up to eight: the lowest seven bits of each, the first the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNumber(ref byte first, int length, out ulong number)
    {
        var bytes = Unsafe.ReadUnaligned<ulong>(ref first);
        var ends = BitOperations.TrailingZeroCount(~bytes & LongForms) == 8 * length - 1; // neither before the last byte nor after it
        bytes &= ulong.MaxValue >> (64 - 8 * length);
        bytes = bytes & 0x007F007F007F007F | (bytes & 0x7F007F007F007F00) >> 1;
        bytes = bytes & 0x00003FFF00003FFF | (bytes & 0x3FFF00003FFF0000) >> 2;
        number = bytes & 0x000000000FFFFFFF | (bytes & 0x0FFFFFFF00000000) >> 4;
        return ends;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Key Find(Key last, ref byte name, int length)
    {
        if (last.Next is { } next && next.Is(ref name, length)) return next;
        if (last.OtherNext is { } other && other.Is(ref name, length)) return other;
        return _keys.FindElsewhere(last, MemoryMarshal.CreateReadOnlySpan(ref name, length));
    }

    /// <summary>Where the values of a name go that means nothing special and may be a column.</summary>
    private bool TryUsualSlot(Key key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ColumnSlot? slot)
    {
        if (key.IsPlain) Slot(key);
        return (slot = key.PlainSlot) is not null;
    }

    /// <summary>Sets an attribute of the usual form but with a longer text, such as a query or a user agent.</summary>
    /// <param name="bytes">The record's message up to the end of its last attribute.</param>
    /// <param name="at">Where the attribute begins; moved behind it when it was set.</param>
    /// <param name="tag">Its tag.</param>
    /// <param name="key">The key before it; then its own.</param>
    private bool TryLongText(ReadOnlySpan<byte> bytes, ref int at, uint tag, ref Key key)
    {
        var end = at + 1;
        if (bytes[at] != tag || !TryLength(bytes, ref end, out var length) || length > bytes.Length - end || length < Key.ReadableBytes + 2) return false;
        var message = bytes.Slice(end, length);
        var next = 2 + message[1];
        if (message[0] != KeyTag || message[1] >= LongForm || next >= length || message[next++] != ValueTag) return false;
        if (!TryLength(message, ref next, out var value) || value != length - next || value < 2 || message[next++] != TextTag) return false;
        if (!TryLength(message, ref next, out var text) || text != length - next) return false;
        key = Find(key, ref MemoryMarshal.GetReference(message[2..]), message[1]);
        if (key.PlainSlot is not { } slot && !TryUsualSlot(key, out slot)) return false;
        _batchCost += ValueCost;
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
}
