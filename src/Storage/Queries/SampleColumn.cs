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
