using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Storage.DuckDb.Native;

/// <summary>What kind of numbers an aggregate over <see cref="KeptValues"/> is for.</summary>
internal enum KeptKind : byte
{
    Int64,
    Float64,

    /// <summary>Decimals of <see cref="KeptRanks.DecimalScale"/> places, given as such and answered as doubles.</summary>
    Decimal,

    /// <summary>Hashes, of which only the number of different ones is asked.</summary>
    Hash,
}

/// <summary>
/// The aggregates <c>kept_ranks_…(value, BIGINT)</c> and <c>kept_hashes(hash, BIGINT)</c>: they keep the values of a group, and answer a list of the group's
/// number and then its nearest-rank quantiles, or how many different values it has; null without values. <c>merged_…(BIGINT, BIGINT)</c> take such numbers and answer the same
/// for all of them together. The second argument says which run and which quantiles. Those with <c>_all</c> behind their names are for statements without
/// GROUP BY, where DuckDB passes one state for all rows and does not say so.
/// </summary>
internal static unsafe class KeptRanks
{
    public const int DecimalWidth = 18, DecimalScale = 6;

    public const int DecimalUnit = 1_000_000;

    private const string NoRoom = "Out of Memory Error: percentiles or counts of different values hold too many of them";

    /// <summary>The name of an aggregate.</summary>
    public static string Name(KeptKind kind, bool isMerged, bool isGrouped) =>
        (isMerged ? "merged_" : "kept_") + (kind == KeptKind.Hash ? "hashes" : "ranks_" + (kind == KeptKind.Int64 ? "int" : kind == KeptKind.Float64 ? "float" : "decimal")) + (isGrouped ? "" : "_all");

    /// <summary>The second argument of an aggregate.</summary>
    /// <param name="run">The run.</param>
    /// <param name="quantiles">Some of <see cref="WeightedRanks.Shares"/>, ascending.</param>
    public static long Task(long run, IEnumerable<double> quantiles) =>
        quantiles.Aggregate(run << WeightedRanks.Shares.Length, (task, q) => task | 1L << WeightedRanks.Shares.IndexOf((int)Math.Round(q * 1000)));

    public static void Register(ConnectionHandle connection)
    {
        using var number = DuckDbNative.CreateLogicalType(DuckDbType.Int64);
        using var real = DuckDbNative.CreateLogicalType(DuckDbType.Double);
        using var @decimal = DuckDbNative.CreateDecimalType(DecimalWidth, DecimalScale);
        using var numbers = DuckDbNative.CreateListType(number);
        using var reals = DuckDbNative.CreateListType(real);
        foreach (var kind in Enum.GetValues<KeptKind>())
        {
            var (value, list) = kind switch { KeptKind.Float64 => (real, reals), KeptKind.Decimal => (@decimal, reals), _ => (number, numbers) };
            foreach (var merged in new[] { false, true })
            {
                foreach (var grouped in new[] { true, false })
                {
                    DuckDbNative.RegisterAggregate(
                        connection, Name(kind, merged, grouped), [merged ? number : value, number], list, &StateSize, &Init, &Update, &Combine, &Finalize, new About(kind, grouped, merged).Info);
                }
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static ulong StateSize(nint info) => (ulong)sizeof(KeptState);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info, nint state) => *(KeptState*)state = default;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Update(nint info, nint chunk, nint* states)
    {
        try
        {
            var rows = (int)DuckDbNative.DataChunkSize(chunk);
            if (rows == 0) return;
            var about = About.Of(info);
            var vector = DuckDbNative.DataChunkVector(chunk, 0);
            var values = (long*)DuckDbNative.VectorData(vector);
            var present = DuckDbNative.VectorValidity(vector);
            var task = *(long*)DuckDbNative.VectorData(DuckDbNative.DataChunkVector(chunk, 1));
            var step = about.IsGrouped ? 1 : 0;
            if (KeptValues.Find(task >> WeightedRanks.Shares.Length) is not { } run) return;
            for (var row = 0; row < rows; row++)
            {
                if (!DuckDbNative.IsValid(present, row)) continue;
                var state = (KeptState*)states[row * step];
                state->Task = task;
                if (about.IsSet) state->Insert(values[row], run);
                else state->Append(about is { Kind: KeptKind.Float64, IsMerged: false } ? Ordered(values[row]) : values[row], run);
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
            var isSet = About.Of(info).IsSet;
            for (ulong i = 0; i < count; i++)
            {
                var from = (KeptState*)source[i];
                if (from->Run is { } run) ((KeptState*)target[i])->Take(from, isSet, run);
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
            var about = About.Of(info);
            using var scratch = new KeptScratch();
            var parts = new List<KeptPart>();
            using var lists = new ListAnswer(about.Kind is KeptKind.Int64 or KeptKind.Hash ? DuckDbType.Int64 : DuckDbType.Double, count, count * (ulong)(WeightedRanks.Shares.Length + 1));
            for (ulong i = 0; i < count; i++)
            {
                var state = (KeptState*)source[i];
                lists.End(i, Answer(state, about, lists.Next, parts, scratch));
                state->Free(state->Run);
            }

            lists.MoveTo(result);
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            OutOfMemory(info);
        }
    }

    /// <summary>Writes the number of the group and what is asked of it; how many items that makes, none without values.</summary>
    private static int Answer(KeptState* state, About about, long* items, List<KeptPart> parts, KeptScratch scratch)
    {
        if (state->Count == 0 || state->Run is not { } run) return 0;
        var (task, count) = (state->Task, state->Count);
        parts.Clear();
        var number = about.IsMerged ? Merge(state, run, parts) : Keep(state, about, run, parts);
        if (parts.Count == 0) return 0; // the run has ended meanwhile
        items[0] = about.Kind is KeptKind.Int64 or KeptKind.Hash ? number : BitConverter.DoubleToInt64Bits(number);
        if (about.Kind == KeptKind.Hash)
        {
            items[1] = about.IsMerged ? scratch.CountDifferent(parts, run) : count;
            return 2;
        }

        Span<int> shares = stackalloc int[WeightedRanks.Shares.Length];
        var asked = 0;
        for (var i = 0; i < WeightedRanks.Shares.Length; i++)
            if ((task >> i & 1) != 0) shares[asked++] = WeightedRanks.Shares[i];
        scratch.Rank(parts, shares[..asked], new Span<long>(items + 1, asked), run);
        for (var i = 1; i <= asked; i++) items[i] = about.Kind switch { KeptKind.Float64 => Ordered(items[i]), KeptKind.Decimal => BitConverter.DoubleToInt64Bits(OfDecimal(items[i])), _ => items[i] };
        return asked + 1;
    }

    private static long Keep(KeptState* state, About about, KeptRun run, List<KeptPart> parts)
    {
        state->Pack(about.IsSet, run);
        var part = new KeptPart(state->Values, state->Count);
        *state = default;
        parts.Add(part);
        return run.Add(part);
    }

    private static long Merge(KeptState* state, KeptRun run, List<KeptPart> parts)
    {
        var numbers = Array.ConvertAll(new Span<long>(state->Values, state->Count).ToArray(), n => (int)n);
        foreach (var number in numbers) run.Flatten(number, parts);
        return numbers.Length == 1 ? numbers[0] : run.Add(numbers);
    }

    /// <summary>As the engine itself turns a decimal into a double.</summary>
    public static double OfDecimal(long units) =>
        Math.Abs(units) <= 1L << 53 ? units / (double)DecimalUnit : units / DecimalUnit + units % DecimalUnit / (double)DecimalUnit;

    /// <summary>The bits of a double as an integer of the same order, and back; of both zeros, those of the positive one.</summary>
    public static long Ordered(long bits) => bits == long.MinValue ? 0 : bits ^ (long)((ulong)(bits >> 63) >> 1);

    /// <summary>What is told where there is no room for values.</summary>
    public static DuckDbException OutOfMemory() => new(DuckDbErrorType.OutOfMemory, NoRoom);

    private static void OutOfMemory(nint info) => DuckDbNative.AggregateFunctionSetError(info, NoRoom);

    /// <summary>What an aggregate is, from the number that it was registered with.</summary>
    private readonly record struct About(KeptKind Kind, bool IsGrouped, bool IsMerged)
    {
        private const int KindBits = 2;

        /// <summary>Its states are sets of hashes.</summary>
        public bool IsSet => Kind == KeptKind.Hash && !IsMerged;

        public nint Info => (nint)Kind | (IsGrouped ? 1 << KindBits : 0) | (IsMerged ? 2 << KindBits : 0);

        public static About Of(nint info)
        {
            var number = DuckDbNative.AggregateFunctionGetExtraInfo(info);
            return new About((KeptKind)(number & (1 << KindBits) - 1), (number >> KindBits & 1) != 0, (number >> KindBits & 2) != 0);
        }
    }
}
