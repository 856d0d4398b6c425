using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>What rows are grouped by: a number for each row, and what it stands for.</summary>
internal abstract class CodedKey
{
    /// <summary>Of each row; there may be room behind the last.</summary>
    public required int[] Codes { get; init; }

    /// <summary>Codes are below this.</summary>
    public abstract int Count { get; }

    /// <summary>Sets the value of a code; a missing value is not set.</summary>
    public abstract void Set(int code, int row, ColumnBuffer target);
}

/// <summary>Starts of time buckets.</summary>
internal sealed class BucketKey : CodedKey
{
    private readonly List<long> _starts = [];
    private readonly Dictionary<long, int> _codes = [];

    /// <param name="times">Of each row.</param>
    /// <param name="widthNs">Of a bucket.</param>
    /// <param name="codes">Takes the codes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static BucketKey Of(ReadOnlySpan<long> times, long widthNs, int[] codes)
    {
        var key = new BucketKey { Codes = codes };
        // Rows are about in the order of time, so that the bucket is mostly that of the row before.
        var (start, code) = (long.MinValue, 0);
        for (var i = 0; i < times.Length; i++)
        {
            if ((ulong)(times[i] - start) >= (ulong)widthNs || start == long.MinValue)
            {
                start = times[i] / widthNs * widthNs;
                code = key.CodeOf(start);
            }

            codes[i] = code;
        }

        return key;
    }

    /// <summary>The one bucket of all rows.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="codes">Takes the codes.</param>
    /// <param name="count">How many rows there are.</param>
    public static BucketKey Of(long start, int[] codes, int count)
    {
        var key = new BucketKey { Codes = codes };
        Array.Fill(codes, key.CodeOf(start), 0, count);
        return key;
    }

    public override int Count => _starts.Count;

    public long StartOf(int code) => _starts[code];

    public override void Set(int code, int row, ColumnBuffer target) => target.Set(row, _starts[code]);

    private int CodeOf(long start)
    {
        ref var code = ref CollectionsMarshal.GetValueRefOrAddDefault(_codes, start, out var isKnown);
        if (isKnown) return code;
        _starts.Add(start);
        return code = _starts.Count - 1;
    }
}

/// <summary>Values of a column; 0 is the missing one.</summary>
internal sealed class ValueKey(CodeBook book) : CodedKey
{
    public override int Count => book.Count + 1;

    public override void Set(int code, int row, ColumnBuffer target)
    {
        if (code > 0) book.Set(code - 1, row, target);
    }
}
