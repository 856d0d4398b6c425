using System.Collections.Immutable;
using Storage.Compile;
using Storage.Events;

namespace Storage.DuckDb.Tally;

/// <summary>How what is asked is counted in one part of the store.</summary>
/// <param name="Part">The part.</param>
/// <param name="Request">What is asked.</param>
/// <param name="Where">The condition; null when all rows match.</param>
/// <param name="Keys">The columns of the keys; null where the part has none.</param>
/// <param name="Measures">The measures.</param>
internal sealed record TallyPlan(IStoredColumns Part, TallyRequest Request, RowFilter? Where, ImmutableArray<SegmentColumn?> Keys, ImmutableArray<PlannedMeasure> Measures)
{
    /// <summary>Of so small a share of the rows also columns of many values can be keys.</summary>
    private const double FewShare = 0.05;

    /// <summary>Where its first condition is thought to leave so small a share of the rows, it is looked up alone, and the others on the rows that it leaves.</summary>
    private const double FirstShare = 0.125;

    /// <summary>The condition that is looked up first; null when all are looked up on all rows.</summary>
    public RowTest? First { get; } = FirstOf(Where);

    /// <summary>The conditions besides <see cref="First"/>.</summary>
    public ImmutableArray<RowFilter> Others => PartsOf(Where)[1..];

    /// <summary>The part of a condition that is looked up first; null when there is none that leaves few rows.</summary>
    public static RowTest? FirstOf(RowFilter? where) => PartsOf(where) is [RowFilter.Test { Share: < FirstShare } test, ..] ? test.Rows : null;

    private static ImmutableArray<RowFilter> PartsOf(RowFilter? where) => where switch { null => [], RowFilter.All all => all.Parts, _ => [where] };

    /// <summary>How it is counted; null when the engine has to.</summary>
    public static TallyPlan? Of(IStoredColumns part, TallyRequest request)
    {
        RowFilter? where = null;
        if (request.Where is { } filter && (where = RowFilter.Of(filter, part)) is null) return null;
        if (!request.Keys.All(k => CanGroup(k, part, where?.Share < FewShare))) return null;
        var measures = ImmutableArray.CreateBuilder<PlannedMeasure>(request.Measures.Length);
        foreach (var measure in request.Measures)
        {
            if (PlannedMeasure.Of(measure, part) is not { } planned) return null;
            measures.Add(planned);
        }

        return new TallyPlan(part, request, where, [.. request.Keys.Select(k => part.Column(k.Name))], measures.DrainToImmutable());
    }

    /// <summary>True when every value of a column that is stored in one type is a value of it in another.</summary>
    public static bool IsSeen(ColumnType seen, StorageType stored) => seen == ColumnType.String || ColumnTypes.Logical(stored) == seen || (seen, stored) is (ColumnType.Float64, StorageType.Int64);

    /// <summary>Few values, or those of few rows, seen as they are stored: fractions and ids are seldom a group. Of batches it is found out on the way.</summary>
    private static bool CanGroup(BoundColumn key, IStoredColumns part, bool isFew)
    {
        if (!key.IsStored || key.Key is not null || key.Type == ColumnType.Float64) return false;
        if (part.Column(key.Name) is not { } column) return true;
        return column.Type != StorageType.Id && ColumnTypes.Logical(column.Type) == key.Type && (isFew || part is HotPart || part.Values(key.Name) is not null);
    }
}

/// <summary>A measure as it is counted in one part of the store.</summary>
/// <param name="Asked">What is asked.</param>
/// <param name="Column">Its column; null when it has none, or the part has none.</param>
/// <param name="Where">Which rows take part; null for all.</param>
internal sealed record PlannedMeasure(TallyMeasure Asked, SegmentColumn? Column, RowFilter? Where)
{
    /// <summary>True when it has a column that no row has.</summary>
    public bool IsNothing => Asked.Column is not null && Column is null;

    /// <summary>True when it is computed of doubles, not of integers.</summary>
    public bool IsReal => Column is { Type: StorageType.Float64, IsScaled: false };

    /// <summary>How its results are handed over.</summary>
    public static StorageType ResultOf(TallyMeasure measure) =>
        measure is { Kind: TallyKind.Count or TallyKind.Values } or { IsExact: true } or { Column.Type: ColumnType.Int64 } ? StorageType.Int64 : StorageType.Float64;

    public static PlannedMeasure? Of(TallyMeasure measure, IStoredColumns part)
    {
        RowFilter? where = null;
        if (measure.Where is { } filter && (where = RowFilter.Of(filter, part)) is null) return null;
        if (measure.Column is not { } seen || part.Column(seen.Name) is not { } column) return new PlannedMeasure(measure, null, where);
        if (seen.Key is not null || !TallyPlan.IsSeen(seen.Type, column.Type)) return null;
        if (measure.Kind != TallyKind.Count && (!seen.Type.IsNumeric() || (measure.IsExact && !column.IsScaled))) return null;
        return new PlannedMeasure(measure, column, where);
    }
}
