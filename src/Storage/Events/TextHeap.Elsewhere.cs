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
            i += _givenUp ? AppendAll(texts[i..], (byte*)source) : TakeKnown(texts[i..], (byte*)source);
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

    /// <summary>Takes over texts up to the first that is long, or is not at the place in the table that is looked at first.</summary>
    /// <returns>How many.</returns>
    private unsafe int TakeKnown(Span<long> texts, byte* source)
    {
        var count = 0;
        fixed (Entry* entries = _entries)
        {
            var (last, batch) = ((uint)_entries.Length - 1, _batch);
            for (; count < texts.Length; count++)
            {
                var bits = texts[count];
                if (bits >= 0) continue;
                var length = LengthElsewhere(bits);
                if (length > TextEnds.Bytes) break;
                var ends = TextEnds.OfShort(ref Unsafe.AsRef<byte>(source + (uint)bits), length);
                var entry = entries + (ends.Hash() & last);
                if (((entry->Ends.First ^ ends.First) | (entry->Ends.Last ^ ends.Last) | (uint)(entry->Length ^ length) | (entry->Batch ^ batch)) != 0) break;
                texts[count] = entry->Bits;
            }
        }

        _found += count;
        _lookUps += count;
        return count;
    }

    /// <summary>Takes over texts up to the first that is long or not ASCII, without looking them up.</summary>
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
                if (length > TextEnds.Bytes) break;
                var text = Vector128.Load(source + (uint)bits);
                if ((text.ExtractMostSignificantBits() & ((1u << length) - 1)) != 0) break;
                text.Store(bytes + offset); // what is behind the text is written over by the next
                texts[count] = Bits(offset, length);
                offset += length;
            }
        }

        _length = offset;
        return count;
    }

    private static int LengthElsewhere(long bits) => (int)(bits >> 32) & int.MaxValue;
}
