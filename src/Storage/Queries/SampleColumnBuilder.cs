using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.Queries;

/// <summary>Gives codes to values as they come, in the order of their first coming.</summary>
/// <param name="name">Name of the column.</param>
/// <param name="type">Its type.</param>
/// <param name="maxValues">Distinct values that get a code of their own.</param>
/// <param name="rows">Rows that are expected.</param>
internal sealed class SampleColumnBuilder(string name, ColumnType type, int maxValues, int rows = 1_024)
{
    /// <summary>A longer text is cut before it is compared: values so long are told apart by their beginnings.</summary>
    private const int MaxTextBytes = 1_024;

    /// <summary>Bytes of distinct texts above which no further one is kept.</summary>
    private const int MaxHeapBytes = 32 << 20;

    private int[] _codes = new int[Math.Max(1, rows)];
    private int _count;
    private long[] _bits = [];
    private byte[] _heap = [];
    private int[] _ends = [];
    private ulong[] _hashes = new ulong[16];
    private int[] _slots = new int[32];
    private int _values;
    private bool _isOpen;
    private ulong _lastHash;
    private int _lastCode;

    public ColumnType Type => type;

    public void AddMissing() => AddCode(SampleColumn.Missing);

    /// <summary>Adds a number or Bool as bits.</summary>
    public void Add(long bits) => AddCode(CodeOf(bits));

    /// <summary>Adds a text in UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> text) => AddCode(CodeOf(text));

    /// <summary>Adds rows of which some have a value.</summary>
    /// <param name="codes">The codes of those that have one.</param>
    /// <param name="which">Which rows these are, ascending from 0.</param>
    /// <param name="rows">How many rows there are.</param>
    public void AddCodes(ReadOnlySpan<int> codes, ReadOnlySpan<int> which, int rows)
    {
        Reserve(rows);
        var target = _codes.AsSpan(_count, rows);
        _count += rows;
        if (codes.Length == rows && !_isOpen)
        {
            codes.CopyTo(target);
            return;
        }

        if (codes.Length < rows) target.Fill(SampleColumn.Missing);
        for (var i = 0; i < codes.Length; i++) target[which[i]] = codes[i] < 0 ? _values + 1 : codes[i];
    }

    private void AddCode(int code)
    {
        Reserve(1);
        _codes[_count++] = code < 0 ? _values + 1 : code;
    }

    private void Reserve(int rows)
    {
        if (_codes.Length - _count < rows) Array.Resize(ref _codes, Math.Max(_codes.Length * 2, _count + rows));
    }

    /// <summary>The code of a number or Bool, which it gets when it has none yet; -1 when no further value is kept.</summary>
    public int CodeOf(long bits)
    {
        if (type == ColumnType.Float64 && bits == long.MinValue) bits = 0; // minus zero
        var hash = Mix((ulong)bits ^ 0x9E3779B97F4A7C15);
        if (_lastCode != 0 && hash == _lastHash && _bits[_lastCode - 1] == bits) return _lastCode;

        for (var slot = (int)(hash & (ulong)(_slots.Length - 1)); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var code = _slots[slot];
            if (code != 0 && _bits[code - 1] != bits) continue;
            if (code == 0)
            {
                if (_isOpen || _values == maxValues) return Refuse();

                if (_values == _bits.Length) Array.Resize(ref _bits, Math.Max(16, _values * 2));
                _bits[_values] = bits;
                code = Keep(slot, hash);
            }

            (_lastHash, _lastCode) = (hash, code);
            return code;
        }
    }

    /// <summary>The same of a text in UTF-8.</summary>
    public int CodeOf(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxTextBytes) text = Cut(text);
        var hash = Hash(text);
        if (_lastCode != 0 && hash == _lastHash && Text(_lastCode).SequenceEqual(text)) return _lastCode;

        for (var slot = (int)(hash & (ulong)(_slots.Length - 1)); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var code = _slots[slot];
            if (code != 0 && (_hashes[code - 1] != hash || !Text(code).SequenceEqual(text))) continue;
            if (code == 0)
            {
                var used = _values == 0 ? 0 : _ends[_values - 1];
                if (_isOpen || _values == maxValues || used + text.Length > MaxHeapBytes) return Refuse();

                if (used + text.Length > _heap.Length) Array.Resize(ref _heap, Math.Max(used + text.Length, Math.Max(256, _heap.Length * 2)));
                text.CopyTo(_heap.AsSpan(used));
                if (_values == _ends.Length) Array.Resize(ref _ends, Math.Max(16, _values * 2));
                _ends[_values] = used + text.Length;
                code = Keep(slot, hash);
            }

            (_lastHash, _lastCode) = (hash, code);
            return code;
        }
    }

    /// <param name="order">The events' order, when it is another than that of their coming.</param>
    public SampleColumn ToColumn(int[]? order = null) =>
        new(name, type, order is not null ? Ordered(order) : _codes.Length == _count ? _codes : _codes[.._count], _bits.Length == 0 ? [] : _bits[.._values], _heap, _ends.Length == 0 ? [] : _ends[.._values], _isOpen);

    private int[] Ordered(int[] order)
    {
        var codes = new int[order.Length];
        for (var i = 0; i < codes.Length; i++) codes[i] = _codes[order[i]];
        return codes;
    }

    private int Keep(int slot, ulong hash)
    {
        if (_values == _hashes.Length) Array.Resize(ref _hashes, _values * 2);
        _hashes[_values++] = hash;
        _slots[slot] = _values;
        if (_values * 2 <= _slots.Length) return _values;
        _slots = new int[_slots.Length * 2];
        for (var code = 1; code <= _values; code++)
        {
            var place = (int)(_hashes[code - 1] & (ulong)(_slots.Length - 1));
            while (_slots[place] != 0) place = (place + 1) & (_slots.Length - 1);
            _slots[place] = code;
        }

        return _values;
    }

    private int Refuse()
    {
        _isOpen = true;
        return -1;
    }

    private ReadOnlySpan<byte> Text(int code)
    {
        var start = code == 1 ? 0 : _ends[code - 2];
        return _heap.AsSpan(start, _ends[code - 1] - start);
    }

    /// <summary>At most so many bytes, whole characters.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text)
    {
        var end = MaxTextBytes;
        while (end > 0 && (text[end] & 0xC0) == 0x80) end--;
        return text[..end];
    }

    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        var hash = (ulong)text.Length * 0x9E3779B97F4A7C15;
        while (text.Length >= 8)
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(text));
            text = text[8..];
        }

        ulong rest = 0;
        for (var i = 0; i < text.Length; i++) rest |= (ulong)text[i] << (8 * i);
        return Mix(hash ^ rest);
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
        return x ^ (x >> 32);
    }
}
