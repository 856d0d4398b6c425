using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Storage.Events;

/// <summary>
/// The bytes of a column's texts, equal ones once. A bounded table finds them; where it is crowded, and in a column whose values are nearly
/// all different, bytes repeat rather than being searched for.
/// </summary>
internal sealed class TextHeap
{
    private const int FirstEntries = 64;
    private const int MaxEntries = 1 << 17;
    private const int MaxProbes = 16;

    /// <summary>Look-ups after which it is first asked whether looking up pays, and again each time they have doubled.</summary>
    private const int FirstTrial = 256;

    /// <summary>Look-ups of a whole batch that say enough about the next ones.</summary>
    private const int FewLookUps = 64;

    /// <summary>Looking up pays when at least one of so many finds something: a miss costs three times what a repeated short text does.</summary>
    private const int WorthwhileShare = 8;

    /// <summary>Batches for which a column that was given up stays so.</summary>
    private const int RestBatches = 15;

    /// <summary>Longest text that is taken without a look at the bound on texts and their form, if it is ASCII.</summary>
    private const int UsualBytes = 1024;

    private byte[] _bytes = [];
    private Entry[] _entries = [];
    private int _length;
    private int _distinct;
    private int _lookUps;
    private int _found;
    private int _nextTrial = FirstTrial;
    private int _resting;
    private bool _givenUp;

    /// <summary>The text placed last; its length is -1 when there is none.</summary>
    private Entry _last = new() { Length = -1 };

    /// <summary>Entries of earlier batches have another number: forgetting them costs nothing.</summary>
    private uint _batch = 1;

    public int Length => _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Memory held, bytes.</summary>
    public long Capacity => _bytes.Length + (long)_entries.Length * Unsafe.SizeOf<Entry>();

    /// <summary>Places a text that is there already, or that is ASCII of a usual length.</summary>
    /// <returns>False for other texts, whose form is to be checked before <see cref="Place"/>.</returns>
    public bool TryPlaceUsual(ReadOnlySpan<byte> text, out HeapSlice slice)
    {
        var ends = TextEnds.Of(text);
        if (TryFind(text, ends, out slice, out var hash)) return true;
        if (!IsUsual(text, ends)) return false;
        slice = Add(text, ends, hash);
        return true;
    }

    /// <summary>Places a text; equal ones share their bytes mostly.</summary>
    public HeapSlice Place(ReadOnlySpan<byte> text)
    {
        var ends = TextEnds.Of(text);
        return TryFind(text, ends, out var slice, out var hash) ? slice : Add(text, ends, hash);
    }

    /// <summary>Places bytes that are not worth looking up, such as ids; only the ones just before are shared.</summary>
    public HeapSlice PlaceUnshared(ReadOnlySpan<byte> bytes)
    {
        var ends = TextEnds.Of(bytes);
        if (IsLast(bytes, ends)) return new HeapSlice(_last.Offset, _last.Length);
        Append(bytes, ends, 0);
        return new HeapSlice(_last.Offset, _last.Length);
    }

    /// <summary>Forgets all texts and keeps the memory.</summary>
    public void Reset()
    {
        if (_givenUp) _givenUp = --_resting > 0;
        else if (_lookUps >= FewLookUps) Judge();
        if (_distinct > 0 && _entries.Length > FirstEntries && _distinct * 16 < _entries.Length) _entries = new Entry[_entries.Length / 4];
        if (++_batch == 0) (_batch, _entries) = (1, []);
        _length = _distinct = _lookUps = _found = 0;
        _nextTrial = FirstTrial;
        _last = new Entry { Length = -1 };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryFind(ReadOnlySpan<byte> text, TextEnds ends, out HeapSlice slice, out uint hash)
    {
        hash = 0;
        if (IsLast(text, ends))
        {
            slice = new HeapSlice(_last.Offset, _last.Length);
            return true;
        }

        slice = default;
        return !_givenUp && LookUp(text, ends, out slice, out hash);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsLast(ReadOnlySpan<byte> text, TextEnds ends) =>
        _last.Ends.First == ends.First && _last.Ends.Last == ends.Last && _last.Length == text.Length
        && (text.Length <= TextEnds.Bytes || text.SequenceEqual(_bytes.AsSpan(_last.Offset, text.Length)));

    private bool LookUp(ReadOnlySpan<byte> text, TextEnds ends, out HeapSlice slice, out uint hash)
    {
        if (++_lookUps == _nextTrial) Judge();
        hash = Hash(text, ends);
        slice = default;
        var entries = _entries;
        for (var probe = 0; probe < MaxProbes; probe++)
        {
            var position = (int)(hash + (uint)probe) & (entries.Length - 1);
            if ((uint)position >= (uint)entries.Length) return false;
            ref readonly var entry = ref entries[position];
            if (entry.Batch != _batch) return false;
            if (entry.Ends.First != ends.First || entry.Ends.Last != ends.Last || entry.Length != text.Length) continue;
            if (text.Length > TextEnds.Bytes && (entry.Hash != hash || !text.SequenceEqual(_bytes.AsSpan(entry.Offset, text.Length)))) continue;
            _found++;
            _last = entry;
            slice = new HeapSlice(entry.Offset, text.Length);
            return true;
        }

        return false;
    }

    private HeapSlice Add(ReadOnlySpan<byte> text, TextEnds ends, uint hash)
    {
        Append(text, ends, hash);
        if (!_givenUp) Remember();
        return new HeapSlice(_last.Offset, _last.Length);
    }

    private void Remember()
    {
        if (_distinct * 2 >= _entries.Length)
        {
            if (_entries.Length == MaxEntries) return;
            Grow();
        }

        Insert(_last);
    }

    private static bool IsUsual(ReadOnlySpan<byte> text, TextEnds ends) =>
        text.Length <= TextEnds.Bytes ? ends.AreAscii : text.Length <= UsualBytes && ends.AreAscii && Ascii.IsValid(text);

    private void Judge()
    {
        _nextTrial = _lookUps * 2;
        if (_found * WorthwhileShare >= _lookUps) return;
        _givenUp = true;
        _resting = RestBatches;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Append(ReadOnlySpan<byte> text, TextEnds ends, uint hash)
    {
        var offset = _length;
        if (text.Length > _bytes.Length - offset) Reserve(text.Length);
        var target = _bytes.AsSpan(offset, text.Length);
        if (text.Length is >= sizeof(ulong) and <= TextEnds.Bytes)
        {
            MemoryMarshal.Write(target, ends.First);
            MemoryMarshal.Write(target[^sizeof(ulong)..], ends.Last);
        }
        else
        {
            text.CopyTo(target);
        }

        _length = offset + text.Length;
        _last.Ends = ends;
        _last.Hash = hash;
        _last.Offset = offset;
        _last.Length = text.Length;
        _last.Batch = _batch;
    }

    private void Reserve(int more)
    {
        var needed = checked(_length + more);
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, Math.Max(256L, _bytes.Length * 2L))));
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
        _entries = new Entry[Math.Max(FirstEntries, old.Length * 2)];
        _distinct = 0;
        foreach (ref readonly var entry in old.AsSpan())
            if (entry.Batch == _batch) Insert(entry);
    }

    /// <summary>Multiplies and folds 16 bytes at a time; spreads, does not defend: a crowded table only costs repeated bytes.</summary>
    private static uint Hash(ReadOnlySpan<byte> text, TextEnds ends)
    {
        const ulong First = 0x9E3779B97F4A7C15;
        const ulong Second = 0xD6E8FEB86659FD93;
        var hash = (ulong)text.Length * First;
        if (text.Length > TextEnds.Bytes) hash = Middle(text, hash ^ Second);
        var folded = Fold(ends.First ^ Second, ends.Last ^ hash ^ First);
        return (uint)(folded ^ (folded >> 32));
    }

    private static ulong Middle(ReadOnlySpan<byte> text, ulong hash)
    {
        for (var rest = text[8..]; rest.Length > 8; rest = rest[Math.Min(16, rest.Length)..])
        {
            var end = rest.Length >= 16 ? 8 : rest.Length - 8;
            hash = Fold(MemoryMarshal.Read<ulong>(rest) ^ hash, MemoryMarshal.Read<ulong>(rest[end..]) ^ 0xA0761D6478BD642F);
        }

        return hash;
    }

    private static ulong Fold(ulong a, ulong b) => Math.BigMul(a, b, out var low) ^ low;

    private struct Entry
    {
        public TextEnds Ends;
        public uint Hash;
        public int Offset;
        public int Length;
        public uint Batch;
    }
}
