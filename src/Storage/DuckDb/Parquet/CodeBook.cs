using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>The values that codes of a column stand for: texts, or numbers and truths. Most of a large dictionary is never asked for, so that it stays as it is.</summary>
internal sealed class CodeBook
{
    private readonly List<(int Start, int Length)> _texts = [];
    private readonly List<long> _numbers = [];
    private byte[] _bytes = [];
    private int _length;

    /// <summary>How many there are.</summary>
    public int Count => _texts.Count + _numbers.Count;

    /// <summary>Memory it takes, bytes.</summary>
    public long Bytes => _bytes.Length + 2L * sizeof(int) * _texts.Count + sizeof(long) * (long)_numbers.Count;

    /// <summary>Adds the values of a dictionary page.</summary>
    public void Add(PhysicalType type, ReadOnlySpan<byte> page)
    {
        if (type == PhysicalType.ByteArray) AddTexts(page);
        else _numbers.AddRange(MemoryMarshal.Cast<byte, long>(page));
    }

    private void AddTexts(ReadOnlySpan<byte> page)
    {
        var start = Append(page);
        for (var position = 0; position < page.Length; position += sizeof(int) + _texts[^1].Length)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(page[position..]);
            if ((uint)length > (uint)(page.Length - position - sizeof(int))) throw new InvalidDataException("a page of the segment is damaged");
            _texts.Add((start + position + sizeof(int), length));
        }
    }

    /// <summary>Adds a text; its place.</summary>
    public int Add(ReadOnlySpan<byte> text)
    {
        _texts.Add((Append(text), text.Length));
        return Count - 1;
    }

    /// <summary>Adds a number or truth; its place.</summary>
    public int Add(long number)
    {
        _numbers.Add(number);
        return Count - 1;
    }

    /// <summary>Gives a row of a column a value.</summary>
    public void Set(int place, int row, ColumnBuffer target)
    {
        if (_numbers.Count > 0) target.Set(row, _numbers[place]);
        else target.Set(row, Text(place));
    }

    /// <summary>Whether a value passes a test.</summary>
    public bool Passes(int place, RowTest test) => _numbers.Count > 0 ? test.MayPass(_numbers[place]) : test.MayPass(Text(place));

    /// <summary>The values that occur, numbered anew.</summary>
    /// <param name="codes">One more than the places of values, or 0; they are changed to those in the new book.</param>
    public CodeBook Only(Span<int> codes)
    {
        var only = new CodeBook();
        var known = new int[Count + 1];
        foreach (ref var code in codes)
        {
            if (code == 0) continue;
            ref var place = ref known[code];
            if (place == 0) place = 1 + (_numbers.Count > 0 ? only.Add(_numbers[code - 1]) : only.Add(Text(code - 1)));
            code = place;
        }

        return only;
    }

    private ReadOnlySpan<byte> Text(int place) => _bytes.AsSpan(_texts[place].Start, _texts[place].Length);

    /// <summary>Adds bytes; where they begin.</summary>
    private int Append(ReadOnlySpan<byte> bytes)
    {
        var start = _length;
        _length = checked(start + bytes.Length);
        if (_length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_length, Math.Min(Array.MaxLength, _bytes.Length * 2)));
        bytes.CopyTo(_bytes.AsSpan(start));
        return start;
    }
}
