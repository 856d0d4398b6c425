using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>The values of one group, the numbers of groups, or a set of hashes with -1 in empty places; zero is the empty state.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KeptState
{
    private const int FirstCapacity = 4;

    /// <summary>Turns in which a set is taken over: in each, a sixteenth of its hashes comes from everywhere.</summary>
    private const int Stripes = 16;

    /// <summary>Up to this capacity sets grow in large steps. Most of the memory of a question is in larger ones.</summary>
    private const int Few = 64;

    public long* Values;
    public int Count;
    public int Capacity;
    public long Task;

    /// <summary>Whose memory the values are in; null when that has ended.</summary>
    public readonly KeptRun? Run => KeptValues.Find(Task >> WeightedRanks.Shares.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(long value, KeptRun run)
    {
        if (Count == Capacity) Resize(Capacity == 0 ? FirstCapacity : checked(Capacity * 2), run);
        Values[Count++] = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Insert(long hash, KeptRun run)
    {
        if (Count >= Capacity / 4 * 3) Spread(Capacity == 0 ? FirstCapacity : checked(Capacity * (Capacity < Few ? 4 : 2)), run);
        if (KeptScratch.Insert(Values, Capacity, hash)) Count++;
    }

    /// <summary>Adds what another state has, which is empty then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(KeptState* other, bool isSet, KeptRun run)
    {
        if (Count < other->Count) (this, *other) = (*other, this);
        Task = Math.Max(Task, other->Task); // 0 where nothing was added
        if (isSet) Join(other, run);
        else if (other->Count > 0)
        {
            if (Capacity - Count < other->Count) Resize(checked(Count + other->Count), run);
            new Span<long>(other->Values, other->Count).CopyTo(new Span<long>(Values + Count, other->Count));
            Count += other->Count;
        }

        other->Free(run);
    }

    /// <summary>
    /// Hashes are taken some here and some there: one after the other, as they lie, they would fill the beginning of this set beyond its room before it
    /// grows, and each would look further for a free place than the one before, millions of places in the end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Join(KeptState* other, KeptRun run)
    {
        for (var stripe = 0; stripe < Stripes && !run.IsStopped; stripe++)
            for (var i = stripe; i < other->Capacity; i += Stripes)
                if (other->Values[i] >= 0) Insert(other->Values[i], run);
    }

    /// <summary>Lays the values side by side and gives back the room behind them: they are only read from now on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(bool isSet, KeptRun run)
    {
        if (isSet)
        {
            var last = 0;
            for (var i = 0; i < Capacity; i++)
            {
                Values[last] = Values[i];
                last += Values[i] >= 0 ? 1 : 0;
            }
        }

        if (Count < Capacity) Resize(Count, run);
    }

    /// <summary>Lets go of the values; where the run has ended, they are gone already.</summary>
    public void Free(KeptRun? run)
    {
        run?.Free(Values);
        this = default;
    }

    private void Resize(int capacity, KeptRun run)
    {
        Values = run.Resize(Values, capacity);
        Capacity = capacity;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Spread(int capacity, KeptRun run)
    {
        var spread = run.Resize(null, capacity);
        new Span<long>(spread, capacity).Fill(-1);
        for (var i = 0; i < Capacity; i++)
            if (Values[i] >= 0) KeptScratch.Insert(spread, capacity, Values[i]);
        run.Free(Values);
        Values = spread;
        Capacity = capacity;
    }
}
