using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Storage.Events;

/// <content>Texts and ids that lie in other memory for a while, and are taken over a column at a time.</content>
internal sealed partial class TextHeap
{
    /// <summary>A text that lies in other memory, as bits that no <see cref="HeapSlice"/> has.</summary>
    /// <param name="offset">Where in that memory it begins.</param>
    /// <param name="length">Its length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Elsewhere(int offset, int length) => long.MinValue | Bits(offset, length);

    /// <summary>Takes over those of some texts that lie in other memory.</summary>
    /// <param name="texts">Bits of texts; those of the others stay as they are.</param>
    /// <param name="source">Where that memory begins.</param>
    public unsafe void TakeOver(Span<long> texts, nint source)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            i += _givenUp ? AppendAll(texts[i..], (byte*)source) : TakeUsual(texts[i..], (byte*)source);
            if (i >= texts.Length) return;
            ref var bits = ref texts[i];
            if (bits >= 0) continue;
            ref var text = ref Unsafe.AsRef<byte>((byte*)source + (uint)bits);
            var length = LengthElsewhere(bits);
            bits = PlaceUsual(ref text, length, TextEnds.OfReadable(ref text, length));
            if (bits == None) bits = Place(Valid(MemoryMarshal.CreateReadOnlySpan(ref text, length)));
        }
    }

    /// <summary>The same for ids, of up to <see cref="TextEnds.Bytes"/>; only the one just before is shared.</summary>
    public unsafe void TakeOverIds(Span<long> ids, nint source)
    {
        var needed = ids.Length * TextEnds.Bytes;
        if (needed > _bytes.Length - _length) Reserve(needed);
        var (offset, before, last) = (_length, Vector128<byte>.Zero, None);
        fixed (byte* bytes = _bytes)
        {
            foreach (ref var bits in ids)
            {
                if (bits >= 0) continue;
                var length = LengthElsewhere(bits);
                var id = Vector128.Load((byte*)source + (uint)bits);
                id.Store(bytes + offset); // what is behind it is written over by the next
                if (id == before && last >> 32 == length)
                {
                    bits = last;
                    continue;
                }

                before = id;
                bits = last = Bits(offset, length);
                offset += length;
            }
        }

        _length = offset;
    }

    /// <summary>
    /// Takes over texts up to the first for which there is more to do: another one is at its place in the table, it is not plain ASCII, very long,
    /// or there is no room. One that is new goes to a free place without being asked for again.
    /// </summary>
    /// <returns>How many.</returns>
    private unsafe int TakeUsual(Span<long> texts, byte* source)
    {
        var (count, offset, distinct) = (0, _length, _distinct);
        fixed (Entry* entries = _entries)
        fixed (byte* bytes = _bytes)
        {
            var (last, batch, most, room) = ((uint)_entries.Length - 1, _batch, _entries.Length / 2, _bytes.Length);
            for (; count < texts.Length; count++)
            {
                var bits = texts[count];
                if (bits >= 0) continue;
                var text = source + (uint)bits;
                var length = LengthElsewhere(bits);
                if (length > UsualBytes) break;
                var ends = TextEnds.OfReadable(ref *text, length);
                var hash = length > TextEnds.Bytes ? Hash(new ReadOnlySpan<byte>(text, length), ends) : ends.Hash();
                var entry = entries + (hash & last);
                if (entry->Batch != batch)
                {
                    if (distinct >= most || length + TextEnds.Bytes > room - offset || !TryCopy(text, length, bytes + offset)) break;
                    *entry = new Entry { Ends = ends, Bits = Bits(offset, length), Hash = hash, Batch = batch };
                    offset += length;
                    distinct++;
                }
                else if (((entry->Ends.First ^ ends.First) | (entry->Ends.Last ^ ends.Last) | (uint)(entry->Length ^ length)) != 0
                    || (length > TextEnds.Bytes && !new ReadOnlySpan<byte>(text, length).SequenceEqual(new ReadOnlySpan<byte>(bytes + (uint)entry->Bits, length))))
                {
                    break;
                }

                texts[count] = entry->Bits;
            }
        }

        _found += count - (distinct - _distinct);
        _lookUps += count;
        (_length, _distinct) = (offset, distinct);
        if (_lookUps >= _nextTrial) Judge();
        return count;
    }

    /// <summary>Takes over texts up to the first that is not ASCII, very long, or has no room, without looking them up.</summary>
    /// <returns>How many.</returns>
    private unsafe int AppendAll(Span<long> texts, byte* source)
    {
        if (texts.Length * TextEnds.Bytes > _bytes.Length - _length) Reserve(texts.Length * TextEnds.Bytes);
        var (count, offset) = (0, _length);
        fixed (byte* bytes = _bytes)
        {
            for (; count < texts.Length; count++)
            {
                var bits = texts[count];
                if (bits >= 0) continue;
                var length = LengthElsewhere(bits);
                if (length > Math.Min(UsualBytes, _bytes.Length - offset - TextEnds.Bytes) || !TryCopy(source + (uint)bits, length, bytes + offset)) break;
                texts[count] = Bits(offset, length);
                offset += length;
            }
        }

        _length = offset;
        return count;
    }

    /// <summary>Copies a text if it is ASCII, sixteen bytes at a time: what is behind it is written over by the next.</summary>
    /// <param name="text">The text, from which sixteen bytes can be read.</param>
    /// <param name="length">Its length.</param>
    /// <param name="target">Where it goes, with room for sixteen more.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool TryCopy(byte* text, int length, byte* target)
    {
        var part = Vector128.Load(text);
        part.Store(target);
        if (length <= TextEnds.Bytes) return (part.ExtractMostSignificantBits() & ((1u << length) - 1)) == 0;
        var all = part;
        for (var i = TextEnds.Bytes; i < length - TextEnds.Bytes; i += TextEnds.Bytes)
        {
            part = Vector128.Load(text + i);
            part.Store(target + i);
            all |= part;
        }

        part = Vector128.Load(text + length - TextEnds.Bytes);
        part.Store(target + length - TextEnds.Bytes);
        return (all | part).ExtractMostSignificantBits() == 0;
    }

    private static int LengthElsewhere(long bits) => (int)(bits >> 32) & int.MaxValue;
}
