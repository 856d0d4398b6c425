using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Storage.DuckDb.Native;

/// <summary>Finds ranks and counts different values among values that lie in several places, with memory that is used again from group to group.</summary>
internal sealed unsafe class KeptScratch : IDisposable
{
    /// <summary>Values up to here are ranked by moving them about; of more, only those near the wanted rank are looked at twice.</summary>
    private const int Few = 16_384;

    /// <summary>Values by which it is guessed where a rank is: the more there are, the fewer lie near it, but to sort them must not take longer than to look at all.</summary>
    private const int LeastSample = 512, MostSample = 4_096;

    /// <summary>One value in so many is in the sample, within its bounds.</summary>
    private const int SampleStep = 256;

    /// <summary>Values between two looks at the room that is left.</summary>
    private const int Block = 4_096;

    /// <summary>Hashes for which a set has room at first, where there are so many.</summary>
    private const int FirstSet = 1 << 16;

    private long* _values;
    private int _capacity;

    /// <summary>Puts a hash into a set; false when it was there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Insert(long* set, int capacity, long hash)
    {
        var mask = capacity - 1;
        for (var place = (int)hash & mask; ; place = (place + 1) & mask)
        {
            if (set[place] == hash) return false;
            if (set[place] >= 0) continue;
            set[place] = hash;
            return true;
        }
    }

    /// <summary>How many different values sets have together.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="run">Whose; when it is stopped, the number is of no use.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int CountDifferent(List<KeptPart> sets, KeptRun run)
    {
        long all = 0;
        foreach (var set in sets) all += set.Values.Length;
        var (different, capacity) = (0, 0);
        foreach (var set in sets)
        {
            capacity = MakeRoom(capacity, different, set.Values.Length, all);
            for (var rest = set.Values; !rest.IsEmpty && !run.IsStopped; rest = rest[Math.Min(Block, rest.Length)..])
                foreach (var hash in rest[..Math.Min(Block, rest.Length)])
                    if (Insert(_values, capacity, hash)) different++;
        }

        return different;
    }

    /// <summary>The smallest value with at least a share of all values at or below it, for several shares.</summary>
    /// <param name="parts">The values; at least one.</param>
    /// <param name="shares">Thousandths, ascending.</param>
    /// <param name="results">Takes the values.</param>
    /// <param name="run">Whose; when it is stopped, they are of no use.</param>
    public void Rank(List<KeptPart> parts, ReadOnlySpan<int> shares, Span<long> results, KeptRun run)
    {
        long count = 0;
        foreach (var part in parts) count += part.Values.Length;
        var done = 0;
        if (count > Few)
        {
            var rented = ArrayPool<long>.Shared.Rent(MostSample);
            var sample = rented.AsSpan(0, (int)Math.Clamp(count / SampleStep, LeastSample, MostSample));
            TakeSample(parts, count, sample);
            while (done < shares.Length && TryNear(parts, count, sample, RankOf(shares[done], count), run, out results[done])) done++;
            ArrayPool<long>.Shared.Return(rented);
        }

        if (done == shares.Length || run.IsStopped) return;
        var all = Gather(parts, checked((int)count));
        var from = 0;
        for (; done < shares.Length; done++)
        {
            var rank = (int)RankOf(shares[done], count);
            Select(all[from..], rank - from);
            results[done] = all[rank];
            from = rank;
        }
    }

    public void Dispose() => KeptValues.Free(_values, _capacity);

    private static long RankOf(int share, long count) => Math.Max(0, ((count * share) + 999) / 1000 - 1);

    private static void TakeSample(List<KeptPart> parts, long count, Span<long> sample)
    {
        var (part, before) = (0, 0L);
        for (var i = 0; i < sample.Length; i++)
        {
            var place = count * i / sample.Length;
            while (place - before >= parts[part].Values.Length) before += parts[part++].Values.Length;
            sample[i] = parts[part].Values[(int)(place - before)];
        }

        sample.Sort();
    }

    /// <summary>One pass that sets aside what is near the rank, as a sample tells; false where the sample misled.</summary>
    private bool TryNear(List<KeptPart> parts, long count, ReadOnlySpan<long> sample, long rank, KeptRun run, out long value)
    {
        var share = (double)rank / count;
        var (middle, margin) = ((int)(share * sample.Length), (int)(4 * Math.Sqrt(sample.Length * share * (1 - share))) + 2);
        var low = middle - margin >= 0 ? sample[middle - margin] : long.MinValue;
        var high = middle + margin < sample.Length ? sample[middle + margin] : long.MaxValue;
        var room = (int)Math.Min(count, count / 4 + Block);
        Reserve(room + Block);
        var (found, below, atLow, above) = (0, 0L, 0L, 0L);
        foreach (var part in parts)
        {
            for (var rest = part.Values; !rest.IsEmpty; rest = rest[Math.Min(Block, rest.Length)..])
            {
                if (found > room || run.IsStopped) break;
                Divide(rest[..Math.Min(Block, rest.Length)], low, high, ref found, ref below, ref atLow, ref above);
            }
        }

        value = low;
        if (found > room || rank < below || rank >= count - above) return false;
        if (rank < below + atLow) return true;
        value = high;
        var place = rank - below - atLow;
        if (place >= found) return true;
        var near = new Span<long>(_values, found);
        Select(near, (int)place);
        value = near[(int)place];
        return true;
    }

    /// <summary>Sets aside the values between two others, and counts those below, at the lower, and above the higher.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Divide(ReadOnlySpan<long> values, long low, long high, ref int found, ref long below, ref long atLow, ref long above)
    {
        var (lows, highs) = (new Vector<long>(low), new Vector<long>(high));
        var (isBelow, isLow, isAbove) = (Vector<long>.Zero, Vector<long>.Zero, Vector<long>.Zero);
        var i = 0;
        for (; i <= values.Length - Vector<long>.Count; i += Vector<long>.Count)
        {
            var some = new Vector<long>(values[i..]);
            var (less, same, more) = (Vector.LessThan(some, lows), Vector.Equals(some, lows), Vector.GreaterThan(some, highs));
            isBelow -= less;
            isLow -= same;
            isAbove -= more;
            // Mostly none is between: then all of them are in one of the other places.
            if (Vector.EqualsAll(less | same | more | Vector.Equals(some, highs), Vector<long>.AllBitsSet)) continue;
            for (var lane = 0; lane < Vector<long>.Count; lane++) Set(some[lane], low, high, ref found);
        }

        below += Vector.Sum(isBelow);
        atLow += Vector.Sum(isLow);
        above += Vector.Sum(isAbove);
        for (; i < values.Length; i++)
        {
            Set(values[i], low, high, ref found);
            below += values[i] < low ? 1 : 0;
            atLow += values[i] == low ? 1 : 0;
            above += values[i] > high ? 1 : 0;
        }
    }

    private void Set(long value, long low, long high, ref int found)
    {
        _values[found] = value;
        found += value > low & value < high ? 1 : 0;
    }

    private Span<long> Gather(List<KeptPart> parts, int count)
    {
        Reserve(count);
        var place = 0;
        foreach (var part in parts)
        {
            part.Values.CopyTo(new Span<long>(_values + place, part.Values.Length));
            place += part.Values.Length;
        }

        return new Span<long>(_values, count);
    }

    /// <summary>Moves values until the one of a rank is in its place, none before it is larger, and none behind it smaller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Select(Span<long> values, int rank)
    {
        for (var turns = 2 * BitOperations.Log2((uint)values.Length + 1); values.Length > 24; turns--)
        {
            if (turns == 0) break; // an unlucky order
            var pivot = Median(values[0], values[values.Length / 2], values[^1]);
            var below = MoveBelow(values, pivot);
            if (rank < below)
            {
                values = values[..below];
                continue;
            }

            values = values[below..];
            rank -= below;
            if (pivot == long.MaxValue || rank < (below = MoveBelow(values, pivot + 1))) return; // those that are the pivot itself
            values = values[below..];
            rank -= below;
        }

        values.Sort();
    }

    /// <summary>Moves the values below another before the others; how many they are. Without branches, which could not be foretold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int MoveBelow(Span<long> values, long bound)
    {
        var below = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            values[i] = values[below];
            values[below] = value;
            below += value < bound ? 1 : 0;
        }

        return below;
    }

    private static long Median(long a, long b, long c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));

    /// <summary>
    /// Room for a set of the hashes that there are and some more; its capacity. What many groups have together is often little more than the largest of them
    /// has, so that room for all would be a multiple of what is needed: from some size on it grows, in large steps, to no more than that.
    /// </summary>
    private int MakeRoom(int capacity, int count, int more, long all)
    {
        var wanted = CapacityFor(count + (long)more);
        if (wanted <= capacity) return capacity;
        wanted = Math.Min(CapacityFor(all), Math.Max(FirstSet, capacity == 0 ? wanted : checked(wanted * 2)));
        if (count == 0)
        {
            Reserve(wanted);
            new Span<long>(_values, wanted).Fill(-1);
            return wanted;
        }

        var larger = KeptValues.Resize(null, 0, wanted);
        new Span<long>(larger, wanted).Fill(-1);
        for (var i = 0; i < capacity; i++)
            if (_values[i] >= 0) Insert(larger, wanted, _values[i]);
        KeptValues.Free(_values, _capacity);
        _values = larger;
        _capacity = wanted;
        return wanted;
    }

    private static int CapacityFor(long hashes) => checked((int)BitOperations.RoundUpToPowerOf2((ulong)(hashes * 4 / 3 + 1)));

    private void Reserve(int count)
    {
        if (count <= _capacity) return;
        _values = KeptValues.Resize(_values, _capacity, count);
        _capacity = count;
    }
}
