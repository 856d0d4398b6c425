using Storage.Events;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>What of a column is shown, whatever its score: its values with their shares, or its numbers in bins.</summary>
/// <param name="cohorts">Selection and baseline.</param>
/// <param name="scale">Real events for each that the sample stands for, on both sides.</param>
internal sealed class ColumnReport(Cohorts cohorts, Shares scale)
{
    private const int ShownValues = 6;
    private const int Bins = 20;

    /// <summary>Columns of which a greater share of events has a value of its own are identifiers.</summary>
    private const double IdentifierShare = 0.9;

    private const int IdentifierEvents = 20;

    public ComparedColumn Of(SampleColumn column, ColumnTally tally, Finding? best, int columns)
    {
        var missing = SampleColumn.Missing;
        var filled = new Shares(1 - Share(tally.EventsA[missing], cohorts.SelectionWeight), 1 - Share(tally.EventsB[missing], cohorts.BaselineWeight));
        var inBins = InBins(column, tally, best);
        var shown = inBins ? [] : Shown(column, tally);
        return new ComparedColumn
        {
            Name = column.Name,
            Type = column.Type,
            Score = best is null ? 0 : Math.Clamp(best.Net / Netbits.Whole(cohorts.Selection, cohorts.Baseline), 0, 1),
            NetBits = best?.Net ?? 0,
            PValue = best is null ? 1 : Corrected(best),
            Best = best is null ? null : Of(best),
            Distinct = column.Values,
            IsIdentifier = IsIdentifier(column, tally),
            Filled = filled,
            Values = [.. shown.Select(code => Value(column, tally, code))],
            Other = new Shares(
                Share(cohorts.SelectionWeight - tally.EventsA[missing] - shown.Sum(c => c == missing ? 0 : tally.EventsA[c]), cohorts.SelectionWeight),
                Share(cohorts.BaselineWeight - tally.EventsB[missing] - shown.Sum(c => c == missing ? 0 : tally.EventsB[c]), cohorts.BaselineWeight)),
            OtherValues = Math.Max(0, column.CodeCount - 1 - shown.Count(c => c != missing)),
            Numbers = inBins ? Numbers(column, tally) : null,
        };
    }

    public ComparedPredicate Of(Finding finding)
    {
        var t = finding.Totals;
        return new ComparedPredicate(finding.Predicate, Side(t.EventsA, t.UnitsA, selected: true), Side(t.EventsB, t.UnitsB, selected: false), Netbits.PValue(finding.Bits));
    }

    /// <summary>The chance of so good a statement among all of which it is the best: as many as its cost says.</summary>
    public static double Corrected(Finding finding) => Math.Min(1, Netbits.PValue(finding.Bits) * Math.Pow(2, finding.Bits - finding.Net));

    private SideCount Side(double events, int units, bool selected)
    {
        var (weight, all, per) = selected
            ? (cohorts.SelectionWeight, cohorts.SelectedUnits, scale.Selection)
            : (cohorts.BaselineWeight, cohorts.UnitCount - cohorts.SelectedUnits, scale.Baseline);
        var share = Share(events, weight);
        var (low, high) = Netbits.Interval(share, selected ? cohorts.Selection : cohorts.Baseline);
        return new SideCount(events * per, share, low, high, units, Share(units, all));
    }

    private ComparedValue Value(SampleColumn column, ColumnTally tally, int code) => new(
        code == SampleColumn.Missing ? default : code <= column.Values ? column[code] : default,
        Side(tally.EventsA[code], tally.UnitsA[code], selected: true), Side(tally.EventsB[code], tally.UnitsB[code], selected: false),
        Netbits.PValue(Netbits.Bits(tally.A[code], tally.B[code], cohorts.Selection, cohorts.Baseline)));

    /// <summary>The codes with the largest differences; the missing value is among them when some event has none.</summary>
    private int[] Shown(SampleColumn column, ColumnTally tally)
    {
        var codes = Enumerable.Range(1, column.Values).Where(c => tally.EventsA[c] + tally.EventsB[c] > 0);
        if (column.Values > 1_000)
            codes = codes.OrderByDescending(c => Difference(tally, c)).Take(100).ToArray();
        var shown = codes.OrderByDescending(c => Difference(tally, c)).ThenBy(c => column[c].ToString(), StringComparer.Ordinal).Take(ShownValues).ToList();
        if (tally.EventsA[SampleColumn.Missing] + tally.EventsB[SampleColumn.Missing] > 0) shown.Add(SampleColumn.Missing);
        return [.. shown];
    }

    private double Difference(ColumnTally tally, int code) =>
        Math.Round(Math.Abs(tally.A[code] / Math.Max(1e-9, cohorts.Selection) - tally.B[code] / Math.Max(1e-9, cohorts.Baseline)), 9);

    private static bool InBins(SampleColumn column, ColumnTally tally, Finding? best) =>
        ColumnScorer.UsesEdges(column, tally) && best?.Predicate is not (Predicate.Is or Predicate.IsNot or Predicate.OneOf);

    private static bool IsIdentifier(SampleColumn column, ColumnTally tally)
    {
        if (column.Type is ColumnType.Float64 or ColumnType.Bool) return false;
        if (column.IsOpen) return column.Type == ColumnType.String;
        double events = 0;
        for (var code = 1; code < column.CodeCount; code++) events += tally.UnitsA[code] + tally.UnitsB[code];
        var isNamed = column.Type == ColumnType.String || column.Name.EndsWith("id", StringComparison.OrdinalIgnoreCase);
        return isNamed && events > IdentifierEvents && column.Values > IdentifierShare * events;
    }

    private static ComparedNumbers? Numbers(SampleColumn column, ColumnTally tally)
    {
        var order = tally.NumericOrder;
        var (all, others) = (order.Sum(c => tally.EventsA[c]), order.Sum(c => tally.EventsB[c]));
        if (order.Length == 0 || all + others == 0) return null;
        var basis = others > 0 ? tally.EventsB : tally.EventsA;
        var total = Math.Max(others > 0 ? others : all, 1e-9);
        var (edges, shares) = (new List<double> { column.Number(order[0]) }, new List<(double A, double B)>());
        var (sum, a, b, next) = (0.0, 0.0, 0.0, 1);
        var (sumA, sumB, distance) = (0.0, 0.0, 0.0);
        double? medianA = null, medianB = null;
        foreach (var code in order)
        {
            (a, b, sum) = (a + tally.EventsA[code], b + tally.EventsB[code], sum + basis[code]);
            (sumA, sumB) = (sumA + tally.EventsA[code], sumB + tally.EventsB[code]);
            if (all > 0 && medianA is null && sumA >= all / 2) medianA = column.Number(code);
            if (others > 0 && medianB is null && sumB >= others / 2) medianB = column.Number(code);
            if (all > 0 && others > 0) distance = Math.Max(distance, Math.Abs(sumA / all - sumB / others));
            var isLast = code == order[^1];
            if (!isLast && (next >= Bins || sum < total * next / Bins)) continue;
            edges.Add(column.Number(code));
            shares.Add((Share(a, all), Share(b, others)));
            (a, b) = (0, 0);
            while (next < Bins && sum >= total * next / Bins) next++;
        }

        return new ComparedNumbers([.. edges], [.. shares.Select(s => s.A)], [.. shares.Select(s => s.B)], medianA, medianB, distance);
    }

    private static double Share(double part, double whole) => whole <= 0 ? 0 : Math.Clamp(part / whole, 0, 1);
}
