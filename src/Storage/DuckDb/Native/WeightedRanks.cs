using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The aggregates <c>weighted_ranks_int(BIGINT, DOUBLE)</c> and <c>weighted_ranks_float(DOUBLE, DOUBLE)</c>, and with <c>_all</c> behind their names
/// those for statements without GROUP BY, where DuckDB passes one state for all rows and does not say so: of values with weights, a list of the
/// smallest value at which the running weight reaches each share of <see cref="Shares"/>; null without values. Where values repeat, a state
/// holds each once, so that values rounded to few different ones take no room however many there are.
/// </summary>
internal static unsafe class WeightedRanks
{
    private const int FirstCapacity = 16;

    /// <summary>Below this it is not worth looking whether values repeat.</summary>
    private const int LeastMerged = 1_024;

    /// <summary>The shares, in thousandths, so that whole weights are compared without rounding.</summary>
    public static ReadOnlySpan<int> Shares => [1, 10, 50, 100, 200, 250, 500, 750, 800, 900, 950, 990, 999];

    public static void Register(ConnectionHandle connection)
    {
        Register(connection, Name(isInt64: true, isGrouped: true), DuckDbType.Int64, &UpdateInt64, &FinalizeInt64);
        Register(connection, Name(isInt64: false, isGrouped: true), DuckDbType.Double, &UpdateFloat64, &FinalizeFloat64);
        Register(connection, Name(isInt64: true, isGrouped: false), DuckDbType.Int64, &UpdateAllInt64, &FinalizeInt64);
        Register(connection, Name(isInt64: false, isGrouped: false), DuckDbType.Double, &UpdateAllFloat64, &FinalizeFloat64);
    }

    /// <summary>The name of the aggregate.</summary>
    public static string Name(bool isInt64, bool isGrouped) => (isInt64 ? "weighted_ranks_int" : "weighted_ranks_float") + (isGrouped ? "" : "_all");

    private static void Register(
        ConnectionHandle connection, string name, DuckDbType type, delegate* unmanaged[Cdecl]<nint, nint, nint*, void> update, delegate* unmanaged[Cdecl]<nint, nint*, nint, ulong, ulong, void> finalize)
    {
        using var value = DuckDbNative.CreateLogicalType(type);
        using var weight = DuckDbNative.CreateLogicalType(DuckDbType.Double);
        using var list = DuckDbNative.CreateListType(value);
        DuckDbNative.RegisterAggregate(connection, name, [value, weight], list, &StateSize, &Init, update, &Combine, finalize, &Destroy);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong StateSize(nint info) => (ulong)sizeof(State);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info, nint state) => *(State*)state = default;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void UpdateInt64(nint info, nint chunk, nint* states) => Update(info, chunk, states, step: 1, isFloat: false);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void UpdateFloat64(nint info, nint chunk, nint* states) => Update(info, chunk, states, step: 1, isFloat: true);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void UpdateAllInt64(nint info, nint chunk, nint* states) => Update(info, chunk, states, step: 0, isFloat: false);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void UpdateAllFloat64(nint info, nint chunk, nint* states) => Update(info, chunk, states, step: 0, isFloat: true);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Combine(nint info, nint* source, nint* target, ulong count)
    {
        try
        {
            for (ulong i = 0; i < count; i++)
            {
                var from = (State*)source[i];
                var to = (State*)target[i];
                for (var j = 0; j < from->Count; j++) to->Add(from->Keys[j], from->Weights[j]);
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            DuckDbNative.AggregateFunctionSetError(info, "Out of Memory Error: the percentiles have too many values");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FinalizeInt64(nint info, nint* source, nint result, ulong count, ulong offset) => Finalize(source, result, (int)count, offset, isFloat: false);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FinalizeFloat64(nint info, nint* source, nint result, ulong count, ulong offset) => Finalize(source, result, (int)count, offset, isFloat: true);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Destroy(nint* states, ulong count)
    {
        for (ulong i = 0; i < count; i++) ((State*)states[i])->Free();
    }

    private static void Update(nint info, nint chunk, nint* states, int step, bool isFloat)
    {
        try
        {
            var rows = (int)DuckDbNative.DataChunkSize(chunk);
            var (values, weights) = (DuckDbNative.DataChunkVector(chunk, 0), DuckDbNative.DataChunkVector(chunk, 1));
            var keys = (long*)DuckDbNative.VectorData(values);
            var amounts = (double*)DuckDbNative.VectorData(weights);
            var present = DuckDbNative.VectorValidity(values);
            var weighed = DuckDbNative.VectorValidity(weights);
            for (var row = 0; row < rows; row++)
                if (DuckDbNative.IsValid(present, row) && DuckDbNative.IsValid(weighed, row)) ((State*)states[row * step])->Add(isFloat ? Ordered(keys[row]) : keys[row], amounts[row]);
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            DuckDbNative.AggregateFunctionSetError(info, "Out of Memory Error: the percentiles have too many values");
        }
    }

    private static void Finalize(nint* source, nint result, int count, ulong offset, bool isFloat)
    {
        var size = DuckDbNative.ListVectorSize(result);
        DuckDbNative.ListVectorReserve(result, size + (ulong)(count * Shares.Length));
        var entries = (ListEntry*)DuckDbNative.VectorData(result) + offset;
        var items = (long*)DuckDbNative.VectorData(DuckDbNative.ListVectorChild(result));
        for (var i = 0; i < count; i++)
        {
            var state = (State*)source[i];
            if (state->Count == 0)
            {
                DuckDbNative.SetNull(result, offset + (ulong)i);
                entries[i] = default;
                continue;
            }

            entries[i] = new ListEntry { Offset = size, Length = (ulong)Shares.Length };
            state->Rank(items + size);
            if (isFloat)
                for (var j = 0; j < Shares.Length; j++) items[size + (ulong)j] = Ordered(items[size + (ulong)j]);
            size += (ulong)Shares.Length;
        }

        DuckDbNative.ListVectorSetSize(result, size);
    }

    /// <summary>The bits of a double as an integer of the same order, and back.</summary>
    private static long Ordered(long bits) => bits ^ (long)((ulong)(bits >> 63) >> 1);

    [StructLayout(LayoutKind.Sequential)]
    private struct ListEntry
    {
        public ulong Offset;
        public ulong Length;
    }

    /// <summary>The values of one group, in memory that DuckDB does not know of; zero is the empty state.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public long* Keys;
        public double* Weights;
        public int Count;
        private int _capacity;

        public void Add(long key, double weight)
        {
            if (Count == _capacity) MakeRoom();
            Keys[Count] = key;
            Weights[Count++] = weight;
        }

        /// <summary>Writes the value at each share.</summary>
        public void Rank(long* target)
        {
            Merge();
            var (all, below, place) = (0.0, 0.0, -1);
            for (var i = 0; i < Count; i++) all += Weights[i];
            for (var s = 0; s < Shares.Length; s++)
            {
                while (place < 0 || (below * 1000 < all * Shares[s] && place < Count - 1)) below += Weights[++place];
                target[s] = Keys[place];
            }
        }

        public void Free()
        {
            NativeMemory.Free(Keys);
            NativeMemory.Free(Weights);
            this = default;
        }

        private void MakeRoom()
        {
            if (Count >= LeastMerged) Merge();
            // Where little was merged, sorting again soon would be for nothing.
            if (_capacity > 0 && Count <= _capacity / 2) return;
            var capacity = checked(_capacity == 0 ? FirstCapacity : Count < LeastMerged ? _capacity * 2 : _capacity * 4);
            Keys = (long*)NativeMemory.Realloc(Keys, (nuint)capacity * sizeof(long));
            Weights = (double*)NativeMemory.Realloc(Weights, (nuint)capacity * sizeof(double));
            _capacity = capacity;
        }

        /// <summary>Sorts, and makes one of equal values.</summary>
        private void Merge()
        {
            if (Count == 0) return;
            new Span<long>(Keys, Count).Sort(new Span<double>(Weights, Count));
            var last = 0;
            for (var i = 1; i < Count; i++)
            {
                if (Keys[i] == Keys[last])
                {
                    Weights[last] += Weights[i];
                    continue;
                }

                last++;
                (Keys[last], Weights[last]) = (Keys[i], Weights[i]);
            }

            Count = last + 1;
        }
    }
}
