using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Storage.Events;

namespace Storage.DuckDb.Parquet;

/// <summary>The values that codes of a column stand for: texts, or numbers and truths. Most of a large dictionary is never asked for, so that it stays as it is.</summary>
internal sealed class CodeBook
{
    private readonly List<(int Start, int Length)> _texts = [];
    private readonly List<long> _numbers = [];
    private readonly ByteBuffer _bytes = new();

    /// <summary>How many there are.</summary>
    public int Count => _texts.Count + _numbers.Count;

    /// <summary>Adds the texts of a dictionary page.</summary>
    public void AddTexts(ReadOnlySpan<byte> page)
    {
        var start = _bytes.Length;
        _bytes.Append(page);
        for (var position = 0; position < page.Length; position += sizeof(int) + _texts[^1].Length)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(page[position..]);
            if ((uint)length > (uint)(page.Length - position - sizeof(int))) throw new InvalidDataException("a page of the segment is damaged");
            _texts.Add((start + position + sizeof(int), length));
        }
    }

    /// <summary>Adds the numbers of a dictionary page.</summary>
    public void AddNumbers(ReadOnlySpan<byte> page) => _numbers.AddRange(MemoryMarshal.Cast<byte, long>(page));

    /// <summary>Adds a text; its place.</summary>
    public int Add(ReadOnlySpan<byte> text)
    {
        _texts.Add((_bytes.Length, text.Length));
        _bytes.Append(text);
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
        else target.Set(row, _bytes.Written.Slice(_texts[place].Start, _texts[place].Length));
    }
}
