using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile.Cells;

/// <summary>How a calculation is made of measures.</summary>
/// <param name="Calculation">The calculation.</param>
/// <param name="Measure">Place of its measure.</param>
/// <param name="Count">Place of the count that a mean divides by; else negative.</param>
/// <param name="Share">Place of its share among those that are ranked of the measure; negative where it has none.</param>
internal sealed record CellCalculation(BoundCalculation Calculation, int Measure, int Count = -1, int Share = -1)
{
    public ColumnType Type => Calculation.TypeWith(null);

    /// <summary>True when an Int64 may not hold it, so that a Float64 is told as well.</summary>
    public bool MayBeBeyond => Calculation is { Op: CalculationOp.Sum, Column.Type: ColumnType.Int64 };
}

/// <summary>The measures that answer a query.</summary>
/// <param name="Measures">What to count; the first counts events.</param>
/// <param name="Calculations">The calculations, in the query's order.</param>
/// <param name="Shares">Of each measure the shares that are ranked, in thousandths, ascending.</param>
internal sealed record CellPlan(ImmutableArray<TallyMeasure> Measures, ImmutableArray<CellCalculation> Calculations, ImmutableArray<int[]> Shares)
{
    /// <summary>The measures of a query; null when only the engine can answer it.</summary>
    /// <param name="query">The query.</param>
    /// <param name="known">What is known of its events.</param>
    public static CellPlan? Of(BoundCalculationQuery query, SqlRelation known)
    {
        if (query.Weight is not null || query.CompareOffsetNs is not null || !query.Formulas.IsEmpty || !query.Havings.IsEmpty || query.Breakdowns.Any(b => b.Type == ColumnType.Float64)) return null;
        var measures = new List<TallyMeasure> { new(TallyKind.Count, null, null) };
        var calculations = new List<CellCalculation>();
        foreach (var calculation in query.Calculations)
        {
            if (Of(calculation, known, measures) is not { } planned) return null;
            calculations.Add(planned);
        }

        int[][] shares = [.. measures.Select((_, m) => calculations.Where(c => c.Measure == m).Select(ShareOf).OfType<int>().Distinct().Order().ToArray())];
        return new CellPlan([.. measures], [.. calculations.Select(c => ShareOf(c) is { } share ? c with { Share = Array.IndexOf(shares[c.Measure], share) } : c)], [.. shares]);
    }

    private static CellCalculation? Of(BoundCalculation calculation, SqlRelation known, List<TallyMeasure> measures)
    {
        var column = calculation.Column;
        if (column is { IsStored: false }) return null;
        if (calculation.Op == CalculationOp.Count) return new CellCalculation(calculation, Place(TallyKind.Count));
        if (column is null || !column.Type.IsNumeric() || (column.Type == ColumnType.Float64 && !known.IsFinite(column))) return null;
        return calculation.Op switch
        {
            CalculationOp.Sum => new CellCalculation(calculation, Place(TallyKind.Sum)),
            CalculationOp.Min => new CellCalculation(calculation, Place(TallyKind.Min)),
            CalculationOp.Max => new CellCalculation(calculation, Place(TallyKind.Max)),
            CalculationOp.Avg => new CellCalculation(calculation, Place(TallyKind.Sum), Place(TallyKind.Count)),
            _ => calculation.Op.Quantile() is null ? null : new CellCalculation(calculation, Place(TallyKind.Values)),
        };

        int Place(TallyKind kind)
        {
            var measure = new TallyMeasure(kind, column, calculation.Where, kind != TallyKind.Count && known.IsExact(column!));
            if (measures.IndexOf(measure) is var place and >= 0) return place;
            measures.Add(measure);
            return measures.Count - 1;
        }
    }

    private static int? ShareOf(CellCalculation calculation) => calculation.Calculation.Op.Quantile() is { } quantile ? (int)Math.Round(quantile * 1000) : null;
}
