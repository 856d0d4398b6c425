using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Storage.DuckDb.Native;

/// <summary>
/// The aggregate <c>distinct_estimate(BIGINT, BIGINT)</c>, and <c>distinct_estimate_all</c> for statements without GROUP BY: of evenly spread hashes from 0 on, how
/// many different ones there are; the second argument is the run whose memory is taken. Few are held themselves, and the number is exact; of more than
/// <see cref="Few"/> a group holds a HyperLogLog, with a standard error of 0.8 %. The engine's own estimate is off by a tenth.
/// </summary>
internal static unsafe class DistinctEstimate
{
    private const int Few = 2_048;
    private const int FirstCapacity = 16;

    /// <summary>The highest bits of a hash say which register it counts in.</summary>
    private const int IndexBits = 14;

    private const int Registers = 1 << IndexBits;

    /// <summary>The other bits of a hash: a register holds the most zeros that they began with, and one more.</summary>
    private const int RestBits = 63 - IndexBits;

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
        DuckDbNative.RegisterAggregate(connection, name, [number, number], number, &StateSize, &Init, update, &Combine, &Finalize);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong StateSize(nint info) => (ulong)sizeof(State);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info, nint state) => *(State*)state = default;

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
                ((State*)target[i])->Take((State*)source[i]);
                ((State*)source[i])->Free();
            }
        }
        catch (OutOfMemoryException)
        {
            OutOfMemory(info);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Finalize(nint info, nint* source, nint result, ulong count, ulong offset)
    {
        try
        {
            var target = (long*)DuckDbNative.VectorData(result) + offset;
            for (ulong i = 0; i < count; i++)
            {
                target[i] = ((State*)source[i])->Estimate();
                ((State*)source[i])->Free();
            }
        }
        catch (OutOfMemoryException)
        {
            OutOfMemory(info);
        }
    }

    private static void Update(nint info, nint chunk, nint* states, int step)
    {
        try
        {
            var rows = (int)DuckDbNative.DataChunkSize(chunk);
            var vector = DuckDbNative.DataChunkVector(chunk, 0);
            var hashes = (long*)DuckDbNative.VectorData(vector);
            var present = DuckDbNative.VectorValidity(vector);
            var of = rows == 0 ? 0 : *(long*)DuckDbNative.VectorData(DuckDbNative.DataChunkVector(chunk, 1));
            if (KeptValues.Find(of) is not { } run) return;
            for (var row = 0; row < rows; row++)
                if (DuckDbNative.IsValid(present, row)) ((State*)states[row * step])->Add(hashes[row], of, run);
        }
        catch (OutOfMemoryException)
        {
            OutOfMemory(info);
        }
    }

    private static void OutOfMemory(nint info) => DuckDbNative.AggregateFunctionSetError(info, "Out of Memory Error: there are too many groups to count in");

    /// <summary>The hashes of one group, some of them twice, or the registers, in memory of a run; zero is the empty state.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        private long* _hashes;
        private byte* _registers;
        private long _run;
        private int _count;
        private int _capacity;

        public void Add(long hash, long of, KeptRun run)
        {
            _run = of;
            if (_registers != null)
            {
                Register(hash);
                return;
            }

            if (_count == _capacity) MakeRoom(run);
            if (_registers != null) Register(hash);
            else _hashes[_count++] = hash;
        }

        /// <summary>Adds what another state has.</summary>
        public void Take(State* other)
        {
            if (_registers == null && other->_registers != null) (this, *other) = (*other, this);
            if (KeptValues.Find(other->_run) is not { } run) return;
            for (var i = 0; i < other->_count; i++) Add(other->_hashes[i], other->_run, run);
            if (other->_registers == null) return;
            for (var i = 0; i < Registers; i += Vector256<byte>.Count)
                Vector256.Max(Vector256.Load(_registers + i), Vector256.Load(other->_registers + i)).Store(_registers + i);
        }

        public long Estimate()
        {
            if (KeptValues.Find(_run) is not { } run) return 0;
            Merge();
            if (_registers == null && _count <= Few) return _count;
            if (_registers == null) Condense(run);
            // O. Ertl, New cardinality estimation algorithms for HyperLogLog sketches (2017): without bias from none to all.
            Span<int> counts = stackalloc int[RestBits + 2];
            counts.Clear();
            for (var i = 0; i < Registers; i++) counts[_registers[i]]++;
            var sum = Registers * Tau(1 - (double)counts[RestBits + 1] / Registers);
            for (var rank = RestBits; rank > 0; rank--) sum = (sum + counts[rank]) / 2;
            sum += Registers * Sigma((double)counts[0] / Registers);
            return (long)Math.Round(Registers / sum * Registers / (2 * Math.Log(2)));
        }

        public void Free()
        {
            if (KeptValues.Find(_run) is { } run)
            {
                run.Free(_hashes);
                run.Free((long*)_registers);
            }

            this = default;
        }

        private readonly void Register(long hash)
        {
            var rank = (byte)(BitOperations.LeadingZeroCount((ulong)hash << (IndexBits + 1) | 1UL << IndexBits) + 1);
            ref var register = ref _registers[hash >> RestBits];
            if (rank > register) register = rank;
        }

        private void MakeRoom(KeptRun run)
        {
            if (_capacity == 2 * Few)
            {
                Merge();
                if (_count > Few) Condense(run);
                return;
            }

            var capacity = _capacity == 0 ? FirstCapacity : _capacity * 2;
            _hashes = run.Resize(_hashes, capacity, isBounded: false);
            _capacity = capacity;
        }

        /// <summary>Puts the hashes into registers.</summary>
        private void Condense(KeptRun run)
        {
            _registers = (byte*)run.Resize(null, Registers / sizeof(long), isBounded: false);
            new Span<byte>(_registers, Registers).Clear();
            for (var i = 0; i < _count; i++) Register(_hashes[i]);
            run.Free(_hashes);
            _hashes = null;
            (_count, _capacity) = (0, 0);
        }

        /// <summary>Sorts the hashes, and makes one of equal ones.</summary>
        private void Merge()
        {
            if (_count == 0) return;
            new Span<long>(_hashes, _count).Sort();
            var last = 0;
            for (var i = 1; i < _count; i++)
                if (_hashes[i] != _hashes[last]) _hashes[++last] = _hashes[i];
            _count = last + 1;
        }

        private static double Sigma(double x)
        {
            if (x == 1) return double.PositiveInfinity;
            var (step, sum, before) = (1.0, x, 0.0);
            while (sum != before)
            {
                x *= x;
                before = sum;
                sum += x * step;
                step *= 2;
            }

            return sum;
        }

        private static double Tau(double x)
        {
            if (x is 0 or 1) return 0;
            var (step, sum, before) = (1.0, 1 - x, 0.0);
            while (sum != before)
            {
                x = Math.Sqrt(x);
                before = sum;
                step /= 2;
                sum -= (1 - x) * (1 - x) * step;
            }

            return sum / 3;
        }
    }
}
