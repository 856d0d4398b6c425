using System.Runtime.InteropServices;

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

    private byte[] _bytes = [];
    private Entry[] _entries = [];
    private int _length;
    private int _distinct;
    private int _lookUps;
    private int _found;
    private int _nextTrial = FirstTrial;
    private int _resting;
    private bool _givenUp;
    private HeapSlice _last = new(0, -1);

    public int Length => _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Memory held, bytes.</summary>
    public long Capacity => _bytes.Length + (long)_entries.Length * 12;

    /// <summary>Finds a text that is there already.</summary>
    /// <param name="text">The text.</param>
    /// <param name="slice">Where it is.</param>
    /// <param name="hash">What <see cref="Add"/> takes when it is not there.</param>
    public bool TryFind(ReadOnlySpan<byte> text, out HeapSlice slice, out uint hash)
    {
        slice = _last;
        hash = 0;
        if (slice.Length == text.Length && text.SequenceEqual(_bytes.AsSpan(slice.Offset, slice.Length))) return true;
        if (_givenUp) return false;
        if (++_lookUps == _nextTrial) Judge();
        hash = Hash(text);
        if (_entries.Length == 0) return false;
        var entries = _entries;
        var position = (int)hash & (entries.Length - 1);
        for (var probe = 0; probe < MaxProbes; probe++, position = (position + 1) & (entries.Length - 1))
        {
            ref readonly var entry = ref entries[position];
            if (entry.NextLength == 0) return false;
            if (entry.Hash != hash || entry.NextLength - 1 != text.Length) continue;
            if (!text.SequenceEqual(_bytes.AsSpan(entry.Offset, text.Length))) continue;
            _found++;
            _last = slice = new HeapSlice(entry.Offset, text.Length);
            return true;
        }

        return false;
    }

    /// <summary>Lays down a text that <see cref="TryFind"/> did not find.</summary>
    public HeapSlice Add(ReadOnlySpan<byte> text, uint hash)
    {
        _last = Append(text);
        if (_givenUp) return _last;
        if (_distinct * 2 >= _entries.Length)
        {
            if (_entries.Length == MaxEntries) return _last;
            Grow();
        }

        Insert(new Entry { Hash = hash, Offset = _last.Offset, NextLength = _last.Length + 1 });
        return _last;
    }

    /// <summary>Lays down bytes that are not worth looking up, such as ids; only the ones just before are shared.</summary>
    public HeapSlice AddUnshared(ReadOnlySpan<byte> bytes)
    {
        if (_last.Length == bytes.Length && bytes.SequenceEqual(_bytes.AsSpan(_last.Offset, _last.Length))) return _last;
        return _last = Append(bytes);
    }

    /// <summary>Forgets all texts and keeps the memory.</summary>
    public void Reset()
    {
        if (_givenUp) _givenUp = --_resting > 0;
        else if (_lookUps >= FewLookUps) Judge();
        if (_distinct > 0)
        {
            if (_entries.Length > FirstEntries && _distinct * 16 < _entries.Length) _entries = new Entry[_entries.Length / 4];
            else Array.Clear(_entries);
        }

        _length = _distinct = _lookUps = _found = 0;
        _nextTrial = FirstTrial;
        _last = new HeapSlice(0, -1);
    }

    private void Judge()
    {
        _nextTrial = _lookUps * 2;
        if (_found * WorthwhileShare >= _lookUps) return;
        _givenUp = true;
        _resting = RestBatches;
    }

    private HeapSlice Append(ReadOnlySpan<byte> text)
    {
        var needed = checked(_length + text.Length);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, Math.Max(256L, _bytes.Length * 2L))));
        text.CopyTo(_bytes.AsSpan(_length));
        var slice = new HeapSlice(_length, text.Length);
        _length = needed;
        return slice;
    }

    private void Insert(Entry added)
    {
        var position = (int)added.Hash & (_entries.Length - 1);
        for (var probe = 0; probe < MaxProbes; probe++, position = (position + 1) & (_entries.Length - 1))
        {
            if (_entries[position].NextLength != 0) continue;
            _entries[position] = added;
            _distinct++;
            return;
        }
    }

    private void Grow()
    {
        var old = _entries;
        _entries = new Entry[Math.Max(FirstEntries, old.Length * 2)];
        _distinct = 0;
        foreach (var entry in old)
            if (entry.NextLength != 0) Insert(entry);
    }

    /// <summary>Multiplies and folds 16 bytes at a time; spreads, does not defend: a crowded table only costs repeated bytes.</summary>
    private static uint Hash(ReadOnlySpan<byte> text)
    {
        const ulong First = 0x9E3779B97F4A7C15;
        const ulong Second = 0xD6E8FEB86659FD93;
        var hash = (ulong)text.Length * First;
        while (text.Length > 16)
        {
            hash = Fold(MemoryMarshal.Read<ulong>(text) ^ Second, MemoryMarshal.Read<ulong>(text[8..]) ^ hash);
            text = text[16..];
        }

        ulong low, high = 0;
        if (text.Length >= 8)
        {
            low = MemoryMarshal.Read<ulong>(text);
            high = MemoryMarshal.Read<ulong>(text[^8..]);
        }
        else if (text.Length >= 4)
        {
            low = MemoryMarshal.Read<uint>(text) | (ulong)MemoryMarshal.Read<uint>(text[^4..]) << 32;
        }
        else
        {
            low = text.IsEmpty ? 0 : text[0] | (ulong)text[text.Length / 2] << 8 | (ulong)text[^1] << 16;
        }

        var folded = Fold(low ^ Second, high ^ hash ^ First);
        return (uint)(folded ^ (folded >> 32));
    }

    private static ulong Fold(ulong a, ulong b) => Math.BigMul(a, b, out var low) ^ low;

    private struct Entry
    {
        public uint Hash;
        public int Offset;

        /// <summary>One more than the length; 0 where there is no text.</summary>
        public int NextLength;
    }
}
