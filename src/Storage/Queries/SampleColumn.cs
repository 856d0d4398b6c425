using System.Runtime.InteropServices;
using System.Text;
using Storage.Events;

namespace Storage.Queries;

/// <summary>One column of a sample: a code for each event, and what the codes stand for.</summary>
public sealed class SampleColumn
{
    /// <summary>The code of an event without a value.</summary>
    public const int Missing = 0;

    private readonly long[] _bits;
    private readonly byte[] _heap;
    private readonly int[] _ends;

    /// <param name="name">Name of the column.</param>
    /// <param name="type">Its type.</param>
    /// <param name="codes">One for each event.</param>
    /// <param name="bits">Values of numbers and Bools as bits, by code less one; empty for texts.</param>
    /// <param name="heap">The texts in UTF-8, one after another, by code.</param>
    /// <param name="ends">Where each text ends.</param>
    /// <param name="isOpen">True when there were more values than were kept.</param>
    internal SampleColumn(string name, ColumnType type, int[] codes, long[] bits, byte[] heap, int[] ends, bool isOpen)
    {
        (Name, Type, Codes, IsOpen) = (name, type, codes, isOpen);
        (_bits, _heap, _ends) = (bits, heap, ends);
        Values = type == ColumnType.String ? ends.Length : bits.Length;
    }

    public string Name { get; }

    public ColumnType Type { get; }

    /// <summary>Per event: <see cref="Missing"/>, or 1 to <see cref="Values"/> for a value, or one more for a value that was not kept.</summary>
    public int[] Codes { get; }

    /// <summary>How many distinct values have codes.</summary>
    public int Values { get; }

    /// <summary>True when there were more distinct values than were kept; the others share the code after the last.</summary>
    public bool IsOpen { get; }

    /// <summary>Greatest code that an event may have, plus one.</summary>
    public int CodeCount => Values + (IsOpen ? 2 : 1);

    /// <summary>The value of a code from 1 to <see cref="Values"/>.</summary>
    public Value this[int code] => Type switch
    {
        ColumnType.Bool => _bits[code - 1] != 0,
        ColumnType.Int64 => _bits[code - 1],
        ColumnType.Float64 => BitConverter.Int64BitsToDouble(_bits[code - 1]),
        _ => Encoding.UTF8.GetString(Text(code)),
    };

    /// <summary>The number of a code of a numeric column.</summary>
    public double Number(int code) => Type == ColumnType.Int64 ? _bits[code - 1] : BitConverter.Int64BitsToDouble(_bits[code - 1]);

    /// <summary>Makes a column of values, one for each event, all of the type or null.</summary>
    public static SampleColumn Of(string name, ColumnType type, IReadOnlyList<Value> values)
    {
        var builder = new SampleColumnBuilder(name, type, int.MaxValue);
        foreach (var value in values)
        {
            if (value.IsNull) builder.AddMissing();
            else if (type == ColumnType.String) builder.Add(Encoding.UTF8.GetBytes(value.AsString()));
            else builder.Add(type switch
            {
                ColumnType.Bool => value.AsBool() ? 1 : 0,
                ColumnType.Int64 => value.AsInt64(),
                _ => BitConverter.DoubleToInt64Bits(value.AsDouble()),
            });
        }

        return builder.ToColumn();
    }

    private ReadOnlySpan<byte> Text(int code)
    {
        var start = code == 1 ? 0 : _ends[code - 2];
        return _heap.AsSpan(start, _ends[code - 1] - start);
    }
}

/// <summary>Gives codes to values as they come, in the order of their first coming.</summary>
/// <param name="name">Name of the column.</param>
/// <param name="type">Its type.</param>
/// <param name="maxValues">Distinct values that get a code of their own.</param>
internal sealed class SampleColumnBuilder(string name, ColumnType type, int maxValues)
{
    /// <summary>A longer text is cut before it is compared: values so long are told apart by their beginnings.</summary>
    private const int MaxTextBytes = 1_024;

    /// <summary>Bytes of distinct texts above which no further one is kept.</summary>
    private const int MaxHeapBytes = 32 << 20;

    private int[] _codes = new int[1_024];
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

    public void AddMissing() => Append(SampleColumn.Missing);

    /// <summary>Adds a number or Bool as bits.</summary>
    public void Add(long bits)
    {
        if (type == ColumnType.Float64 && bits == long.MinValue) bits = 0; // minus zero
        var hash = Mix((ulong)bits ^ 0x9E3779B97F4A7C15);
        if (_lastCode != 0 && hash == _lastHash && _bits[_lastCode - 1] == bits)
        {
            Append(_lastCode);
            return;
        }

        for (var slot = (int)(hash & (ulong)(_slots.Length - 1)); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var code = _slots[slot];
            if (code != 0 && _bits[code - 1] != bits) continue;
            if (code == 0)
            {
                if (_isOpen || _values == maxValues)
                {
                    AppendOpen();
                    return;
                }

                if (_values == _bits.Length) Array.Resize(ref _bits, Math.Max(16, _values * 2));
                _bits[_values] = bits;
                code = Keep(slot, hash);
            }

            (_lastHash, _lastCode) = (hash, code);
            Append(code);
            return;
        }
    }

    /// <summary>Adds a text in UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxTextBytes) text = Cut(text);
        var hash = Hash(text);
        if (_lastCode != 0 && hash == _lastHash && Text(_lastCode).SequenceEqual(text))
        {
            Append(_lastCode);
            return;
        }

        for (var slot = (int)(hash & (ulong)(_slots.Length - 1)); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var code = _slots[slot];
            if (code != 0 && (_hashes[code - 1] != hash || !Text(code).SequenceEqual(text))) continue;
            if (code == 0)
            {
                var used = _values == 0 ? 0 : _ends[_values - 1];
                if (_isOpen || _values == maxValues || used + text.Length > MaxHeapBytes)
                {
                    AppendOpen();
                    return;
                }

                if (used + text.Length > _heap.Length) Array.Resize(ref _heap, Math.Max(used + text.Length, Math.Max(256, _heap.Length * 2)));
                text.CopyTo(_heap.AsSpan(used));
                if (_values == _ends.Length) Array.Resize(ref _ends, Math.Max(16, _values * 2));
                _ends[_values] = used + text.Length;
                code = Keep(slot, hash);
            }

            (_lastHash, _lastCode) = (hash, code);
            Append(code);
            return;
        }
    }

    /// <param name="order">The events' order, when it is another than that of their coming.</param>
    public SampleColumn ToColumn(int[]? order = null) =>
        new(name, type, order is null ? _codes[.._count] : Array.ConvertAll(order, i => _codes[i]), _bits.Length == 0 ? [] : _bits[.._values], _heap, _ends.Length == 0 ? [] : _ends[.._values], _isOpen);

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

    private void AppendOpen()
    {
        _isOpen = true;
        Append(-1);
    }

    private void Append(int code)
    {
        if (_count == _codes.Length) Array.Resize(ref _codes, _count * 2);
        _codes[_count++] = code < 0 ? _values + 1 : code;
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
