using System.Buffers;

namespace Storage.DuckDb.Parquet;

/// <summary>Reads which rows of a page have a value.</summary>
internal static class PageLevels
{
    /// <summary>One bit for each row, with room behind the last, in memory of the shared pool; null when all have a value.</summary>
    public static (byte[]? Present, int Values) Read(ReadOnlySpan<byte> levels, int rows)
    {
        var runs = new HybridRuns(levels, 1);
        if (rows == 0) return (null, 0);
        runs.Next();
        if (runs.IsRepeated && runs.Value == 1 && runs.End >= rows) return (null, rows);
        var present = ArrayPool<byte>.Shared.Rent(rows / 8 + 2 * sizeof(ulong));
        Array.Clear(present);
        for (var values = 0; ; runs.Next())
        {
            var count = Math.Min(runs.End, rows) - runs.Start;
            values += runs.IsRepeated ? Fill(present, runs.Start, count, runs.Value) : Copy(present, runs.Start, count, runs.Packed);
            if (runs.End >= rows) return (present, values);
        }
    }

    private static int Fill(Span<byte> target, int start, int count, ulong level)
    {
        if (level == 0) return 0;
        var end = start + count;
        for (; start < end && (start & 7) != 0; start++) target[start >> 3] |= (byte)(1 << (start & 7));
        if (start < end) target.Slice(start >> 3, (end - start) >> 3).Fill(255);
        for (start = Math.Max(start, end & ~7); start < end; start++) target[start >> 3] |= (byte)(1 << (start & 7));
        return count;
    }

    private static int Copy(Span<byte> target, int start, int count, ReadOnlySpan<byte> packed)
    {
        var done = 0;
        if ((start & 7) == 0)
        {
            done = count & ~7;
            packed[..(done >> 3)].CopyTo(target[(start >> 3)..]);
        }

        for (var i = done; i < count; i++) target[(start + i) >> 3] |= (byte)(((packed[i >> 3] >> (i & 7)) & 1) << ((start + i) & 7));
        return PackedBits.CountOnes(packed, count);
    }
}
