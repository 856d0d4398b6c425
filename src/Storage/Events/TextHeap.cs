using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Storage.Events;

/// <summary>
/// The bytes of a column's texts, equal ones once. A bounded table finds them; where it is crowded, and in a column whose values are nearly
/// all different, bytes repeat rather than being searched for.
/// </summary>
internal sealed partial class TextHeap(ColumnMemory memory)
{
    /// <summary>No place.</summary>
    public const long None = -1;

    private const int FirstEntries = 16;
    private const int MaxEntries = 1 << 17;
    private const int MaxProbes = 16;

    /// <summary>Look-ups after which it is first asked whether looking up pays, and again each time they have doubled.</summary>
    private const int FirstTrial = 256;

    /// <summary>Look-ups, of whole batches together, that say enough about the next ones.</summary>
    private const int FewLookUps = 64;

    /// <summary>Looking up pays when at least one of so many finds something.</summary>
    private const int WorthwhileShare = 8;

    /// <summary>The same where texts are short.</summary>
    private const int WorthwhileShareOfShort = 2;

    /// <summary>Batches for which a column that was given up stays so.</summary>
    private const int RestBatches = 15;

    /// <summary>Longest text that is taken without a look at the bound on texts and their form, if it is ASCII.</summary>
    private const int UsualBytes = 1024;

    private byte[] _bytes = [];
    private Entry[] _entries = new Entry[FirstEntries];
    private int _length;
    private int _distinct;
    private int _lookUps;
    private int _found;
    private int _nextTrial = FirstTrial;
    private int _resting;
    private bool _givenUp;

    /// <summary>The bytes that were last placed without being looked up; their length is -1 when there are none.</summary>
    private Entry _lastUnshared = new() { Bits = None };

    /// <summary>Entries of earlier batches have another number: forgetting them costs nothing.</summary>
    private uint _batch = 1;

    public int Length => _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Places a text that is there already, or that is ASCII of a usual length.</summary>
    /// <param name="text">The text's first byte.</param>
    /// <param name="length">Its length.</param>
    /// <param name="ends">Its ends.</param>
    /// <returns>Its <see cref="HeapSlice"/> as bits, or <see cref="None"/> for other texts, whose form is to be checked before <see cref="Place"/>.</returns>
    public long PlaceUsual(ref byte text, int length, TextEnds ends)
    {
        if (length > TextEnds.Bytes) return PlaceUsualLong(MemoryMarshal.CreateReadOnlySpan(ref text, length), ends);
        if (_givenUp) return ends.AreAscii ? AppendShort(length, ends) : None;
        if (++_lookUps >= _nextTrial) Judge();
        var entries = _entries;
        var hash = ends.Hash();
        ref readonly var entry = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(entries), (int)hash & (entries.Length - 1));
        if (((entry.Ends.First ^ ends.First) | (entry.Ends.Last ^ ends.Last) | (uint)(entry.Length ^ length) | (entry.Batch ^ _batch)) != 0)
            return PlaceUsualFurther(ref text, length, ends, hash);
        _found++;
        return entry.Bits;
    }

    /// <summary>Places a text; equal ones share their bytes mostly.</summary>
    public long Place(ReadOnlySpan<byte> text)
    {
        var ends = TextEnds.Of(text);
        if (_givenUp) return Append(text);
        if (++_lookUps >= _nextTrial) Judge();
        var hash = Hash(text, ends);
        var bits = LookUp(text, ends, hash);
        return bits != None ? bits : Remember(Append(text), ends, hash);
    }

    /// <summary>Places bytes that are not worth looking up, such as ids; only the ones just before are shared.</summary>
    public long PlaceUnshared(ReadOnlySpan<byte> bytes)
    {
        var ends = TextEnds.Of(bytes);
        if (_lastUnshared.Ends.First == ends.First && _lastUnshared.Ends.Last == ends.Last && _lastUnshared.Length == bytes.Length
            && (bytes.Length <= TextEnds.Bytes || bytes.SequenceEqual(Text(_lastUnshared.Bits))))
            return _lastUnshared.Bits;
        _lastUnshared.Ends = ends;
        return _lastUnshared.Bits = bytes.Length <= TextEnds.Bytes ? AppendShort(bytes.Length, ends) : Append(bytes);
    }

    /// <summary>Forgets all texts and keeps the memory.</summary>
    public void Reset()
    {
        if (_givenUp) _givenUp = --_resting > 0;
        else if (_lookUps >= FewLookUps) Judge();
        if (_lookUps >= FewLookUps) _lookUps = _found = 0;
        if (_distinct > 0 && _entries.Length > FirstEntries && _distinct * 16 < _entries.Length)
            Resize(Math.Max(FirstEntries, _entries.Length / 4));
        if (++_batch == 0)
        {
            _batch = 1;
            Resize(FirstEntries);
        }

        _length = _distinct = 0;
        _nextTrial = FirstTrial;
        _lastUnshared.Bits = None;
    }

    /// <summary>A text in which bytes that are not UTF-8 are replaced by U+FFFD.</summary>
    public static ReadOnlySpan<byte> Valid(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));

    private long PlaceUsualFurther(ref byte text, int length, TextEnds ends, uint hash)
    {
        var bits = LookUp(MemoryMarshal.CreateReadOnlySpan(ref text, length), ends, hash);
        if (bits != None) return bits;
        return ends.AreAscii ? Remember(AppendShort(length, ends), ends, hash) : None;
    }

    private long PlaceUsualLong(ReadOnlySpan<byte> text, TextEnds ends)
    {
        var hash = 0u;
        if (!_givenUp)
        {
            if (++_lookUps >= _nextTrial) Judge();
            hash = Hash(text, ends);
            var bits = LookUp(text, ends, hash);
            if (bits != None) return bits;
        }

        if (text.Length > UsualBytes || !ends.AreAscii || !Ascii.IsValid(text)) return None;
        return Remember(Append(text), ends, hash);
    }

    private long LookUp(ReadOnlySpan<byte> text, TextEnds ends, uint hash)
    {
        var entries = _entries;
        for (var probe = 0; probe < MaxProbes; probe++)
        {
            var position = (int)(hash + (uint)probe) & (entries.Length - 1);
            if ((uint)position >= (uint)entries.Length) return None;
            ref readonly var entry = ref entries[position];
            if (entry.Batch != _batch) return None;
            if (entry.Ends.First != ends.First || entry.Ends.Last != ends.Last || entry.Length != text.Length) continue;
            if (text.Length > TextEnds.Bytes && (entry.Hash != hash || !text.SequenceEqual(Text(entry.Bits)))) continue;
            _found++;
            return entry.Bits;
        }

        return None;
    }

    private ReadOnlySpan<byte> Text(long bits) => _bytes.AsSpan((int)bits, (int)(bits >> 32));

    /// <summary>A <see cref="HeapSlice"/> as it lies in memory, without putting it there.</summary>
    private static long Bits(int offset, int length) => (long)length << 32 | (uint)offset;

    private long Remember(long bits, TextEnds ends, uint hash)
    {
        if (_givenUp) return bits;
        if (_distinct * 2 >= _entries.Length)
        {
            if (_entries.Length == MaxEntries) return bits;
            Grow();
        }

        Insert(new Entry { Ends = ends, Bits = bits, Hash = hash, Batch = _batch });
        return bits;
    }

    /// <summary>Decides whether looking up pays: a miss costs about what some twenty repeated bytes do.</summary>
    private void Judge()
    {
        _nextTrial = _lookUps * 2;
        var areShort = _length <= (long)TextEnds.Bytes * _distinct;
        if (_found * (areShort ? WorthwhileShareOfShort : WorthwhileShare) >= _lookUps) return;
        _givenUp = true;
        _resting = RestBatches;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long AppendShort(int length, TextEnds ends)
    {
        var offset = _length;
        if (TextEnds.Bytes > _bytes.Length - offset) Reserve(TextEnds.Bytes);
        // Both words whatever the length is: what is behind the text is written over by the next.
        ref var target = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), offset);
        Unsafe.WriteUnaligned(ref target, ends.First);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, sizeof(ulong)), ends.Last);
        _length = offset + length;
        return Bits(offset, length);
    }

    private long Append(ReadOnlySpan<byte> text)
    {
        var offset = _length;
        if (text.Length > _bytes.Length - offset) Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(offset));
        _length = offset + text.Length;
        return Bits(offset, text.Length);
    }

    private void Reserve(int more)
    {
        var needed = checked(_length + more);
        var length = (int)Math.Min(Array.MaxLength, Math.Max(needed, Math.Max(256L, _bytes.Length * 2L)));
        memory.Count(length - _bytes.Length);
        Array.Resize(ref _bytes, length);
    }

    private void Insert(in Entry added)
    {
        for (var probe = 0; probe < MaxProbes; probe++)
        {
            ref var entry = ref _entries[(int)(added.Hash + (uint)probe) & (_entries.Length - 1)];
            if (entry.Batch == _batch) continue;
            entry = added;
            _distinct++;
            return;
        }
    }

    private void Grow()
    {
        var old = _entries;
        Resize(old.Length * 2);
        _distinct = 0;
        foreach (ref readonly var entry in old.AsSpan())
            if (entry.Batch == _batch) Insert(entry);
    }

    /// <summary>Makes the table anew.</summary>
    private void Resize(int entries)
    {
        memory.Count((entries - _entries.Length) * (long)Unsafe.SizeOf<Entry>());
        _entries = new Entry[entries];
    }

    /// <summary>
    /// All bytes, eight at a time and in two rows, so that neither waits for the other; spreads, does not defend: a crowded table only costs repeated bytes.
    /// </summary>
    private static uint Hash(ReadOnlySpan<byte> text, TextEnds ends)
    {
        var hash = ends.Hash();
        if (text.Length <= TextEnds.Bytes) return hash;
        var words = MemoryMarshal.Cast<byte, ulong>(text[sizeof(ulong)..^1]); // the first and the last are in the ends
        var (other, i) = (0u, 0);
        for (; i + 1 < words.Length; i += 2) (hash, other) = (BitOperations.Crc32C(hash, words[i]), BitOperations.Crc32C(other, words[i + 1]));
        if (i < words.Length) hash = BitOperations.Crc32C(hash, words[i]);
        return BitOperations.Crc32C(hash, other);
    }

    private struct Entry
    {
        public TextEnds Ends;
        public long Bits;
        public uint Hash;
        public uint Batch;

        public readonly int Length => (int)(Bits >> 32);
    }
}
