using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The aggregate <c>distinct_estimate(BIGINT)</c>, and <c>distinct_estimate_all</c> for statements without GROUP BY: of evenly spread hashes from 0 on, how
/// many different ones there are. A group holds the <see cref="Kept"/> smallest; how close together these are tells how many there are. Exact
/// below that number, above it the standard error is 1.6 %. The engine's own estimate is off by a tenth.
/// </summary>
internal static unsafe class DistinctEstimate
{
    private const int Kept = 4_096;
    private const int FirstCapacity = 16;

    public static void Register(ConnectionHandle connection)
    {
        Register(connection, Name(isGrouped: true), &Update);
        Register(connection, Name(isGrouped: false), &UpdateAll);
    }

    /// <summary>The name of the aggregate.</summary>
    public static string Name(bool isGrouped) => isGrouped ? "distinct_estimate" : "distinct_estimate_all";

    private static void Register(ConnectionHandle connection, string name, delegate* unmanaged[Cdecl]<nint, nint, nint*, void> update)
    {
        using var number = DuckDbNative.CreateLogicalType(DuckDbType.Int64);
        DuckDbNative.RegisterAggregate(connection, name, [number], number, &StateSize, &Init, update, &Combine, &Finalize, &Destroy);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong StateSize(nint info) => (ulong)sizeof(State);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info, nint state) => *(State*)state = new State { Bound = long.MaxValue };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Update(nint info, nint chunk, nint* states) => Update(info, chunk, states, step: 1);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void UpdateAll(nint info, nint chunk, nint* states) => Update(info, chunk, states, step: 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Combine(nint info, nint* source, nint* target, ulong count)
    {
        try
        {
            for (ulong i = 0; i < count; i++)
            {
                var from = (State*)source[i];
                var to = (State*)target[i];
                for (var j = 0; j < from->Count; j++) to->Add(from->Hashes[j]);
            }
        }
        catch (OutOfMemoryException)
        {
            DuckDbNative.AggregateFunctionSetError(info, "Out of Memory Error: there are too many groups to count in");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Finalize(nint info, nint* source, nint result, ulong count, ulong offset)
    {
        var target = (long*)DuckDbNative.VectorData(result) + offset;
        for (ulong i = 0; i < count; i++) target[i] = ((State*)source[i])->Estimate();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Destroy(nint* states, ulong count)
    {
        for (ulong i = 0; i < count; i++) NativeMemory.Free(((State*)states[i])->Hashes);
    }

    private static void Update(nint info, nint chunk, nint* states, int step)
    {
        try
        {
            var rows = (int)DuckDbNative.DataChunkSize(chunk);
            var vector = DuckDbNative.DataChunkVector(chunk, 0);
            var hashes = (long*)DuckDbNative.VectorData(vector);
            var present = DuckDbNative.VectorValidity(vector);
            for (var row = 0; row < rows; row++)
                if (DuckDbNative.IsValid(present, row)) ((State*)states[row * step])->Add(hashes[row]);
        }
        catch (OutOfMemoryException)
        {
            DuckDbNative.AggregateFunctionSetError(info, "Out of Memory Error: there are too many groups to count in");
        }
    }

    /// <summary>The smallest hashes of one group, some of them twice, in memory that DuckDB does not know of.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public long* Hashes;

        /// <summary>Hashes above are not among the smallest any more.</summary>
        public long Bound;
        public int Count;
        private int _capacity;

        public void Add(long hash)
        {
            if (hash > Bound) return;
            if (Count == _capacity) MakeRoom();
            Hashes[Count++] = hash;
        }

        public long Estimate()
        {
            Merge();
            return Count < Kept ? Count : (long)Math.Round((Kept - 1) / (Hashes[Kept - 1] / (double)long.MaxValue));
        }

        private void MakeRoom()
        {
            if (_capacity == Kept * 2)
            {
                Merge();
                return;
            }

            _capacity = _capacity == 0 ? FirstCapacity : _capacity * 2;
            Hashes = (long*)NativeMemory.Realloc(Hashes, (nuint)_capacity * sizeof(long));
        }

        private void Merge()
        {
            if (Count == 0) return;
            new Span<long>(Hashes, Count).Sort();
            var last = 0;
            for (var i = 1; i < Count; i++)
                if (Hashes[i] != Hashes[last]) Hashes[++last] = Hashes[i];
            Count = Math.Min(last + 1, Kept);
            if (Count == Kept) Bound = Hashes[Kept - 1];
        }
    }
}
