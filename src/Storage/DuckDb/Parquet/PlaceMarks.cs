namespace Storage.DuckDb.Parquet;

/// <summary>Where a reader can begin in a stream of values.</summary>
/// <param name="Index">The value it begins with: among levels the row, among differences the last one before them.</param>
/// <param name="Offset">Where that is, from the first byte of the stream.</param>
/// <param name="Value">Of levels, how many rows before have a value; of differences, the value itself.</param>
/// <param name="Sum">Of differences, the sum of the values before it.</param>
internal readonly record struct PlaceMark(int Index, int Offset, long Value, long Sum)
{
    /// <summary>Values from one mark to the next, at least: between them a reader goes from value to value.</summary>
    public const int Spacing = 2_048;

    /// <summary>The last mark at or before a value.</summary>
    public static int Before(ReadOnlySpan<PlaceMark> marks, int index)
    {
        var (low, high) = (0, marks.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (marks[middle].Index <= index) low = middle + 1;
            else high = middle;
        }

        return low - 1;
    }
}

/// <summary>The marks of a stream that is being written. The first value is one that nobody has to be told.</summary>
internal sealed class PlaceMarks
{
    private readonly List<PlaceMark> _marks = [];
    private int _next = PlaceMark.Spacing;

    public void Clear()
    {
        _marks.Clear();
        _next = PlaceMark.Spacing;
    }

    /// <summary>True when it is time for another mark.</summary>
    public bool IsDue(int index) => index >= _next;

    public void Add(PlaceMark mark)
    {
        _marks.Add(mark);
        _next = mark.Index + PlaceMark.Spacing;
    }

    /// <summary>Appends the marks, as differences.</summary>
    /// <param name="target">Takes them.</param>
    /// <param name="withSums">Whether the sums are of use.</param>
    public void WriteTo(ByteBuffer target, bool withSums)
    {
        target.AppendVarint((ulong)_marks.Count);
        var last = default(PlaceMark);
        foreach (var mark in _marks)
        {
            target.AppendVarint((ulong)(mark.Index - last.Index));
            target.AppendVarint((ulong)(mark.Offset - last.Offset));
            target.AppendSigned(unchecked(mark.Value - last.Value));
            if (withSums) target.AppendSigned(unchecked(mark.Sum - last.Sum));
            last = mark;
        }
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static PlaceMark[] Read(ReadOnlySpan<byte> bytes, ref int position, bool withSums)
    {
        var marks = new PlaceMark[Count(bytes, ref position)];
        var last = default(PlaceMark);
        for (var i = 0; i < marks.Length; i++)
        {
            var index = last.Index + Count(bytes, ref position, int.MaxValue);
            var offset = last.Offset + Count(bytes, ref position, int.MaxValue);
            var value = unchecked(last.Value + Signed(bytes, ref position));
            marks[i] = last = new PlaceMark(index, offset, value, withSums ? unchecked(last.Sum + Signed(bytes, ref position)) : 0);
        }

        return marks;
    }

    /// <summary>A number that is no more than the bytes that are left, or than a bound.</summary>
    /// <exception cref="InvalidDataException">It is larger.</exception>
    public static int Count(ReadOnlySpan<byte> bytes, ref int position, int most = -1)
    {
        var value = PackedBits.Varint(bytes, ref position);
        return value <= (ulong)(most < 0 ? bytes.Length - position : most) ? (int)value : throw new InvalidDataException("the places of the segment are damaged");
    }

    private static long Signed(ReadOnlySpan<byte> bytes, ref int position)
    {
        var value = PackedBits.Varint(bytes, ref position);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
