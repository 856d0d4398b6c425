using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The aggregates <c>weighted_ranks_int(BIGINT, DOUBLE, BIGINT)</c> and <c>weighted_ranks_float(DOUBLE, DOUBLE, BIGINT)</c>: of values with weights, a list of the
/// smallest value at which the running weight reaches each share of <see cref="Shares"/>. And <c>weighted_interval_…(value, DOUBLE, BIGINT, BIGINT)</c>: the ends of the
/// interval that holds one of them in 95 of 100 samples, as doubles, NaN where the sample does not reach so far; the fourth argument is the share. The third is the run in whose memory the values are. Null without values. With <c>_all</c>
/// behind their names they are for statements without GROUP BY, where DuckDB passes one state for all rows and does not say so. Where values repeat,
/// a state holds each once, so that values rounded to few different ones take no room however many there are.
/// </summary>
internal static unsafe class WeightedRanks
{
    private const int FirstCapacity = 16;

    /// <summary>Below this it is not worth looking whether values repeat.</summary>
    private const int LeastMerged = 1_024;

    /// <summary>Standard deviations to each side that hold 95 % of a normal distribution.</summary>
    private const double Deviations = 1.96;

    private const int FloatBit = 1, AllBit = 2, IntervalBit = 4;

    /// <summary>The shares, in thousandths, so that whole weights are compared without rounding.</summary>
    public static ReadOnlySpan<int> Shares => [1, 10, 50, 100, 200, 250, 500, 750, 800, 900, 950, 990, 999];

    public static void Register(ConnectionHandle connection)
    {
        using var number = DuckDbNative.CreateLogicalType(DuckDbType.Int64);
        using var real = DuckDbNative.CreateLogicalType(DuckDbType.Double);
        using var numbers = DuckDbNative.CreateListType(number);
        using var reals = DuckDbNative.CreateListType(real);
        for (var flags = 0; flags <= (FloatBit | AllBit | IntervalBit); flags++)
        {
            var (isFloat, isInterval) = ((flags & FloatBit) != 0, (flags & IntervalBit) != 0);
            var value = isFloat ? real : number;
            DuckDbNative.RegisterAggregate(
                connection, Name(!isFloat, (flags & AllBit) == 0, isInterval), isInterval ? [value, real, number, number] : [value, real, number], isFloat || isInterval ? reals : numbers,
                &StateSize, &Init, &Update, &Combine, &Finalize, flags);
        }
    }

    /// <summary>The name of an aggregate.</summary>
    public static string Name(bool isInt64, bool isGrouped, bool isInterval = false) => $"weighted_{(isInterval ? "interval" : "ranks")}_{(isInt64 ? "int" : "float")}{(isGrouped ? "" : "_all")}";

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong StateSize(nint info) => (ulong)sizeof(State);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info, nint state) => *(State*)state = default;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Update(nint info, nint chunk, nint* states)
    {
        try
        {
            var flags = (int)DuckDbNative.AggregateFunctionGetExtraInfo(info);
            var (rows, step) = ((int)DuckDbNative.DataChunkSize(chunk), (flags & AllBit) != 0 ? 0 : 1);
            var (values, weights) = (DuckDbNative.DataChunkVector(chunk, 0), DuckDbNative.DataChunkVector(chunk, 1));
            var keys = (long*)DuckDbNative.VectorData(values);
            var amounts = (double*)DuckDbNative.VectorData(weights);
            var present = DuckDbNative.VectorValidity(values);
            var weighed = DuckDbNative.VectorValidity(weights);
            var of = rows == 0 ? 0 : *(long*)DuckDbNative.VectorData(DuckDbNative.DataChunkVector(chunk, 2));
            if (KeptValues.Find(of) is not { } run) return;
            var share = (flags & IntervalBit) != 0 && rows > 0 ? (int)*(long*)DuckDbNative.VectorData(DuckDbNative.DataChunkVector(chunk, 3)) : 0;
            for (var row = 0; row < rows; row++)
            {
                if (!DuckDbNative.IsValid(present, row) || !DuckDbNative.IsValid(weighed, row)) continue;
                var state = (State*)states[row * step];
                (state->Share, state->Run) = (share, of);
                state->Add((flags & FloatBit) != 0 ? Ordered(keys[row]) : keys[row], new Mass(amounts[row], amounts[row] * (amounts[row] - 1)), run);
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            OutOfMemory(info);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Combine(nint info, nint* source, nint* target, ulong count)
    {
        try
        {
            for (ulong i = 0; i < count; i++)
            {
                var from = (State*)source[i];
                var to = (State*)target[i];
                if (from->Count == 0 || KeptValues.Find(from->Run) is not { } run) continue;
                (to->Share, to->Run) = (from->Share, from->Run);
                for (var j = 0; j < from->Count; j++) to->Add(from->Keys[j], from->Masses[j], run);
                from->Free();
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            OutOfMemory(info);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Finalize(nint info, nint* source, nint result, ulong count, ulong offset)
    {
        try
        {
            var flags = (int)DuckDbNative.AggregateFunctionGetExtraInfo(info);
            var (isFloat, isInterval) = ((flags & FloatBit) != 0, (flags & IntervalBit) != 0);
            var length = isInterval ? 2 : Shares.Length;
            using var lists = new ListAnswer(isFloat || isInterval ? DuckDbType.Double : DuckDbType.Int64, count, count * (ulong)length);
            for (ulong i = 0; i < count; i++)
            {
                var state = (State*)source[i];
                var isNull = state->Count == 0 || KeptValues.Find(state->Run) is null;
                if (!isNull && isInterval) state->Bound((double*)lists.Next, isFloat);
                else if (!isNull) state->Rank(lists.Next, isFloat);
                lists.End(i, isNull ? 0 : length);
                state->Free();
            }

            lists.MoveTo(result);
        }
        catch (OutOfMemoryException)
        {
            OutOfMemory(info);
        }
    }

    private static void OutOfMemory(nint info) => DuckDbNative.AggregateFunctionSetError(info, "Out of Memory Error: the percentiles have too many values");

    /// <summary>The bits of a double as an integer of the same order, and back; of both zeros, those of the positive one.</summary>
    private static long Ordered(long bits) => bits == long.MinValue ? 0 : bits ^ (long)((ulong)(bits >> 63) >> 1);

    /// <summary>How many events a value stands for, and how much of the variance of that comes from it: for each event, w and w² - w.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Mass(double Weight, double Variance)
    {
        public static Mass operator +(Mass a, Mass b) => new(a.Weight + b.Weight, a.Variance + b.Variance);
    }

    /// <summary>The values of one group, in memory of a run; zero is the empty state.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public long* Keys;
        public Mass* Masses;
        public int Count;
        public int Share;
        public long Run;
        private int _capacity;

        public void Add(long key, Mass mass, KeptRun run)
        {
            if (Count == _capacity) MakeRoom(run);
            Keys[Count] = key;
            Masses[Count++] = mass;
        }

        /// <summary>Writes the value at each share.</summary>
        public void Rank(long* target, bool isFloat)
        {
            Merge();
            var all = All();
            var (below, place) = (0.0, -1);
            for (var s = 0; s < Shares.Length; s++)
            {
                while (place < 0 || (below * 1000 < all.Weight * Shares[s] && place < Count - 1)) below += Masses[++place].Weight;
                target[s] = isFloat ? Ordered(Keys[place]) : Keys[place];
            }
        }

        /// <summary>
        /// Writes between which values the one at the share lies. The share of all events that are at or below a value is estimated by that of the weights; its
        /// variance is the sum of (w² - w)(1 - q)² of the events there and (w² - w)q² of the others, over the square of all weight. The values at the
        /// ends of the interval around q are those of the interval that is wanted.
        /// </summary>
        public void Bound(double* target, bool isFloat)
        {
            Merge();
            var (all, q) = (All(), Share / 1000.0);
            var (below, place) = (Masses[0], 0);
            while (below.Weight * 1000 < all.Weight * Share && place < Count - 1) below += Masses[++place];
            var variance = ((below.Variance * (1 - q) * (1 - q)) + ((all.Variance - below.Variance) * q * q)) / (all.Weight * all.Weight);
            var reach = Deviations * Math.Sqrt(Math.Max(0, variance));
            target[0] = q - reach > 0 ? At((q - reach) * all.Weight, isFloat) : double.NaN;
            target[1] = q + reach < 1 ? At((q + reach) * all.Weight, isFloat) : double.NaN;
            // Nothing was left out: there is no doubt.
            if (reach == 0) target[0] = target[1] = Number(place, isFloat);
        }

        public void Free()
        {
            KeptValues.Find(Run)?.Free(Keys);
            this = default;
        }

        private readonly Mass All()
        {
            var all = default(Mass);
            for (var i = 0; i < Count; i++) all += Masses[i];
            return all;
        }

        private readonly double At(double weight, bool isFloat)
        {
            var (below, place) = (Masses[0].Weight, 0);
            while (below < weight && place < Count - 1) below += Masses[++place].Weight;
            return Number(place, isFloat);
        }

        private readonly double Number(int place, bool isFloat) => isFloat ? BitConverter.Int64BitsToDouble(Ordered(Keys[place])) : Keys[place];

        private void MakeRoom(KeptRun run)
        {
            // Where little was merged, sorting again soon would be for nothing.
            if (Count >= LeastMerged && (BitOperations.Log2((uint)_capacity) & 1) == 0) Merge();
            if (_capacity > 0 && Count <= _capacity / 2) return;
            var capacity = _capacity == 0 ? FirstCapacity : checked(_capacity * 2);
            // A key is one number, its mass are two behind all keys.
            var keys = run.Resize(null, checked(capacity * 3), isBounded: false);
            var masses = (Mass*)(keys + capacity);
            new Span<long>(Keys, Count).CopyTo(new Span<long>(keys, Count));
            new Span<Mass>(Masses, Count).CopyTo(new Span<Mass>(masses, Count));
            run.Free(Keys);
            Keys = keys;
            Masses = masses;
            _capacity = capacity;
        }

        /// <summary>Sorts, and makes one of equal values.</summary>
        private void Merge()
        {
            if (Count == 0) return;
            new Span<long>(Keys, Count).Sort(new Span<Mass>(Masses, Count));
            var last = 0;
            for (var i = 1; i < Count; i++)
            {
                if (Keys[i] == Keys[last])
                {
                    Masses[last] += Masses[i];
                    continue;
                }

                last++;
                Keys[last] = Keys[i];
                Masses[last] = Masses[i];
            }

            Count = last + 1;
        }
    }
}
