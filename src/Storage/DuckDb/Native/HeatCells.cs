using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>
/// The aggregate <c>heat_cells(DOUBLE, DOUBLE, DOUBLE[], BIGINT)</c>, for statements with GROUP BY: of values with weights and the edges of rows, ascending and one more than there are
/// rows, a list of each row's weight. A row has its lower edge and not its upper one, but the last has both; what lies outside belongs to the nearest row, and NaN and infinities
/// to none. Null without values. The fourth argument is the run in whose memory the weights are. Finding the row by comparing with the edges themselves takes half of what arithmetic takes in SQL, and is exact.
/// </summary>
internal static unsafe class HeatCells
{
    public const string Name = "heat_cells";

    /// <summary>Values whose rows are found together.</summary>
    private const int Step = 256;

    public static void Register(ConnectionHandle connection)
    {
        using var number = DuckDbNative.CreateLogicalType(DuckDbType.Double);
        using var numbers = DuckDbNative.CreateListType(number);
        using var run = DuckDbNative.CreateLogicalType(DuckDbType.Int64);
        DuckDbNative.RegisterAggregate(connection, Name, [number, number, numbers, run], numbers, &StateSize, &Init, &Update, &Combine, &Finalize);
    }

    /// <summary>The row of each value, as the aggregate finds it; of what is no finite number, any.</summary>
    /// <param name="edges">The edges of the rows, one more than there are rows.</param>
    /// <param name="values">The values.</param>
    /// <param name="rows">Takes a row for each.</param>
    public static void Find(ReadOnlySpan<double> edges, ReadOnlySpan<double> values, Span<int> rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values.Length, rows.Length);
        fixed (double* edge = edges, value = values)
        fixed (int* row = rows)
            Find(edge, edges.Length - 1, value, values.Length, row);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong StateSize(nint info) => (ulong)sizeof(State);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info, nint state) => *(State*)state = default;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Update(nint info, nint chunk, nint* states)
    {
        try
        {
            var rows = (int)DuckDbNative.DataChunkSize(chunk);
            if (rows == 0) return;
            var (values, weights, lists) = (DuckDbNative.DataChunkVector(chunk, 0), DuckDbNative.DataChunkVector(chunk, 1), DuckDbNative.DataChunkVector(chunk, 2));
            var numbers = (double*)DuckDbNative.VectorData(values);
            var amounts = (double*)DuckDbNative.VectorData(weights);
            var present = DuckDbNative.VectorValidity(values);
            var list = *(ListEntry*)DuckDbNative.VectorData(lists);
            var edges = (double*)DuckDbNative.VectorData(DuckDbNative.ListVectorChild(lists)) + list.Offset;
            var count = (int)list.Length - 1;
            if (count < 1) return; // an axis without rows is that of no values
            var of = *(long*)DuckDbNative.VectorData(DuckDbNative.DataChunkVector(chunk, 3));
            if (KeptValues.Find(of) is not { } run) return;
            var found = stackalloc int[Step];
            for (var first = 0; first < rows; first += Step)
            {
                var some = Math.Min(Step, rows - first);
                Find(edges, count, numbers + first, some, found);
                for (var i = 0; i < some; i++)
                {
                    var row = first + i;
                    if (!DuckDbNative.IsValid(present, row) || !double.IsFinite(numbers[row])) continue;
                    var state = (State*)states[row];
                    if (state->Weights is null) state->Begin(count, of, run);
                    state->Weights[found[i]] += amounts[row];
                }
            }
        }
        catch (OutOfMemoryException)
        {
            OutOfMemory(info);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Combine(nint info, nint* source, nint* target, ulong count)
    {
        for (ulong i = 0; i < count; i++) ((State*)target[i])->Take((State*)source[i]);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Finalize(nint info, nint* source, nint result, ulong count, ulong offset)
    {
        try
        {
            ulong all = 0;
            for (ulong i = 0; i < count; i++) all += (ulong)((State*)source[i])->Count;
            using var lists = new ListAnswer(DuckDbType.Double, count, all);
            for (ulong i = 0; i < count; i++)
            {
                var state = (State*)source[i];
                new Span<double>(state->Weights, state->Count).CopyTo(new Span<double>(lists.Next, state->Count));
                lists.End(i, state->Count);
                state->Free();
            }

            lists.MoveTo(result);
        }
        catch (OutOfMemoryException)
        {
            OutOfMemory(info);
        }
    }

    private static void OutOfMemory(nint info) => DuckDbNative.AggregateFunctionSetError(info, "Out of Memory Error: the heatmap has too many cells");

    /// <summary>
    /// For each value the last row whose lower edge is not above it, or the first. Without branches, as values jump about, and a step of all searches at a time: a step waits for the one
    /// before it, but not for those of other values.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Find(double* edges, int count, double* values, int length, int* found)
    {
        new Span<int>(found, length).Clear();
        for (var left = count; left > 1;)
        {
            var half = left / 2;
            var middle = edges + half;
            for (var i = 0; i < length; i++)
            {
                var isBehind = middle[found[i]] <= values[i];
                found[i] += half & -*(byte*)&isBehind;
            }

            left -= half;
        }
    }

    /// <summary>The weight of each row, in memory of a run; zero is the empty state.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public double* Weights;
        public int Count;
        private long _run;

        public void Begin(int count, long of, KeptRun run)
        {
            Weights = (double*)run.Resize(null, count, isBounded: false); // few
            new Span<double>(Weights, count).Clear();
            Count = count;
            _run = of;
        }

        public void Take(State* other)
        {
            if (Count == 0) (this, *other) = (*other, this);
            for (var i = 0; i < other->Count; i++) Weights[i] += other->Weights[i];
            other->Free();
        }

        public void Free()
        {
            KeptValues.Find(_run)?.Free((long*)Weights);
            this = default;
        }
    }
}
