
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Storage.DuckDb.Parquet;

/// <summary>The LZ4 block format, as Parquet's LZ4_RAW pages hold it.</summary>
internal static class Lz4Block
{
    private const int MinMatch = 4;

    /// <summary>
    /// What is copied at once. Most stretches are shorter than that: where there is room behind them it is cheaper to write too much, which is
    /// overwritten next, than to call for the exact length.
    /// </summary>
    private const int Step = 16;

    /// <summary>True when the bytes stand in a block as they are, at its end: what repeats nothing is not worth to be packed.</summary>
    /// <param name="source">The block.</param>
    /// <param name="length">The length of the bytes.</param>
    public static bool IsStored(ReadOnlySpan<byte> source, int length)
    {
        if (source.Length != Lz4Encoder.StoredHead(length) + (long)length) return false;
        var from = 1;
        return Length(source, ref from, source[0] >> 4) == length && from + (long)length == source.Length;
    }

    /// <summary>Decompresses a block to exactly the length of the target.</summary>
    /// <exception cref="InvalidDataException">The bytes are no block of that length.</exception>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var progress = default(Lz4Progress);
        Decode(source, target, int.MaxValue, ref progress);
    }

    /// <summary>Decompresses so much of a block as is needed, and as far as it then comes. The same source and target go on from there.</summary>
    /// <param name="source">The block.</param>
    /// <param name="target">Takes all of it; what lies behind the bytes that are there is undefined.</param>
    /// <param name="wanted">The bytes that must be there; with more than the target has, the block must have exactly its length.</param>
    /// <param name="progress">How far it was, and is then.</param>
    /// <exception cref="InvalidDataException">The bytes are no block of that length.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target, int wanted, ref Lz4Progress progress)
    {
        var (from, to) = (progress.From, progress.To);
        // Short sequences come to an end there by themselves: whether it is enough is asked of the others alone.
        var end = (int)Math.Min(target.Length, wanted + 4L * Step);
        while (from < source.Length)
        {
            int token = source[from++];
            // Most sequences: short, of what lies not too near, and with room behind them to copy whole steps.
            if (token < 15 << 4 && (token & 15) < 15 && source.Length - from >= 2 * Step && end - to >= 4 * Step)
            {
                var few = token >> 4;
                CopyStep(source, from, target, to);
                var back = source[from + few] | source[from + few + 1] << 8;
                if (back >= Step && back <= to + few)
                {
                    to += few;
                    CopyStep(target, to - back, target, to);
                    CopyStep(target, to - back + Step, target, to + Step);
                    to += (token & 15) + MinMatch;
                    from += few + 2;
                    continue;
                }
            }

            if (to >= wanted)
            {
                from--;
                break;
            }

            var literals = Length(source, ref from, token >> 4);
            if ((uint)literals > (uint)(source.Length - from) || literals > target.Length - to) throw Damaged();
            if (literals <= Step && source.Length - from >= Step && target.Length - to >= Step) CopyStep(source, from, target, to);
            else source.Slice(from, literals).CopyTo(target[to..]);
            from += literals;
            to += literals;
            if (from == source.Length) break; // the last sequence is literals alone
            if (from + 2 > source.Length) throw Damaged();
            var distance = source[from] | source[from + 1] << 8;
            from += 2;
            var length = Length(source, ref from, token & 15) + MinMatch;
            if (distance == 0 || distance > to || (uint)length > (uint)(target.Length - to)) throw Damaged();
            Copy(target, to, distance, length);
            to += length;
        }

        if (to < Math.Min(wanted, target.Length)) throw Damaged();
        progress = new Lz4Progress(from, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Length(ReadOnlySpan<byte> source, ref int from, int start) => start < 15 ? start : LongLength(source, ref from, start);

    private static int LongLength(ReadOnlySpan<byte> source, ref int from, int start)
    {
        var length = start;
        while (true)
        {
            if ((uint)from >= (uint)source.Length || length > int.MaxValue / 2) throw Damaged();
            var more = source[from++];
            length += more;
            if (more < 255) return length;
        }
    }

    /// <summary>Repeats what lies a distance back; a stretch longer than the distance repeats itself.</summary>
    private static void Copy(Span<byte> target, int to, int distance, int length)
    {
        if (distance >= Step && target.Length - to - length >= Step && length <= 4 * Step)
        {
            for (var i = 0; i < length; i += Step) CopyStep(target, to - distance + i, target, to + i);
            return;
        }

        if (distance >= length)
        {
            target.Slice(to - distance, length).CopyTo(target[to..]);
            return;
        }

        if (distance == 1)
        {
            target.Slice(to, length).Fill(target[to - 1]);
            return;
        }

        // What was written doubles the stretch that can be copied next.
        var (start, copied) = (to - distance, 0);
        while (copied < length)
        {
            var step = Math.Min(distance + copied, length - copied);
            target.Slice(start, step).CopyTo(target[(to + copied)..]);
            copied += step;
        }
    }

    /// <summary>Copies a step; the caller has made sure that both have it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyStep(ReadOnlySpan<byte> source, int from, Span<byte> target, int to) =>
        Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(source), (nuint)from).StoreUnsafe(ref MemoryMarshal.GetReference(target), (nuint)to);

    private static InvalidDataException Damaged() => new("a page of the segment is damaged");
}

/// <summary>How far a block was decompressed.</summary>
/// <param name="From">Bytes of the block that were read.</param>
/// <param name="To">Bytes that were made of them.</param>
internal readonly record struct Lz4Progress(int From, int To);
