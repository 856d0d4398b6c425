using Storage.Events;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>Scores every statement that can be made about one column, and keeps the best.</summary>
/// <param name="cohorts">Selection and baseline.</param>
/// <param name="columns">How many columns are scored, which each statement must be told apart from.</param>
internal sealed class ColumnScorer(Cohorts cohorts, int columns)
{
    /// <summary>Numeric columns with more distinct values are cut at quantiles.</summary>
    private const int MaxCategories = 20;

    /// <summary>Statements of a column that may take part in pairs.</summary>
    private const int Kept = 3;

    /// <summary>Values of a set.</summary>
    private const int MaxSet = 50;

    /// <summary>Bits by which a set must be better than its best value.</summary>
    private const double SetGain = 1;

    private static readonly double[] Quantiles = [.. Enumerable.Range(1, 31).Select(i => i / 32.0), 0.99, 0.995, 0.999];

    private readonly double _columnCost = Math.Log2(columns);

    /// <summary>The best statements, best first, at least one when the column has a value; and among them up to three that the selection has more often.</summary>
    public List<Finding> Score(SampleColumn column, ColumnTally tally)
    {
        var found = new List<Finding>();
        var edges = UsesEdges(column, tally) ? Edges(column, tally) : [];
        var byValue = edges.Length == 0 || column.Type == ColumnType.Int64;
        var cost = Math.Log2(Math.Max(2, (byValue ? tally.Distinct : 0) + (edges.Length == 0 ? 0 : 2 * edges.Length + 1))) + _columnCost;
        AddPresence(column, tally, cost, found);
        if (byValue) AddValues(column, tally, cost, found);
        if (edges.Length > 0) AddThresholds(column, tally, edges, cost, found);
        if (byValue) AddSet(column, tally, cost, found);
        found.Sort(Compare);
        return [.. found.Where((f, i) => i == 0 || f.IsOver).Take(Kept + 1)];
    }

    /// <summary>Better statements first; of equal ones the simpler.</summary>
    private static int Compare(Finding x, Finding y)
    {
        var order = y.Net.CompareTo(x.Net);
        if (order == 0) order = x.Negated.CompareTo(y.Negated);
        if (order == 0) order = x.Values.CompareTo(y.Values);
        return order != 0 ? order : string.CompareOrdinal(x.Predicate.ToString(), y.Predicate.ToString());
    }

    internal static bool UsesEdges(SampleColumn column, ColumnTally tally) =>
        column.Type.IsNumeric() && (column.IsOpen || tally.Distinct - 1 > MaxCategories);

    /// <summary>The values at the baseline's quantiles, ascending, no two alike.</summary>
    internal static double[] Edges(SampleColumn column, ColumnTally tally)
    {
        var order = tally.NumericOrder;
        var weights = tally.EventsB;
        var total = order.Sum(code => weights[code]);
        if (total == 0)
        {
            weights = tally.EventsA;
            total = order.Sum(code => weights[code]);
        }

        var edges = new List<double>();
        var (sum, next) = (0.0, 0);
        foreach (var code in order)
        {
            sum += weights[code];
            if (next == Quantiles.Length || sum < Quantiles[next] * total) continue;
            edges.Add(column.Number(code));
            while (next < Quantiles.Length && sum >= Quantiles[next] * total) next++;
        }

        return [.. edges];
    }

    private void AddPresence(SampleColumn column, ColumnTally tally, double cost, List<Finding> found)
    {
        var missing = SampleColumn.Missing;
        if (tally.EventsA[missing] + tally.EventsB[missing] == 0) return;
        var totals = Of(tally, missing);
        var present = new bool[column.CodeCount];
        for (var code = 1; code < present.Length; code++) present[code] = true;
        if (IsOver(totals)) Add(found, new Predicate.Missing(column.Name), totals, cost, present, negated: true);
        else Add(found, new Predicate.Present(column.Name), Rest(totals), cost, present, negated: false);
    }

    private void AddValues(SampleColumn column, ColumnTally tally, double cost, List<Finding> found)
    {
        // An Id or a hash: none of its values is on a side often enough to be scored.
        var best = new PriorityQueue<(int Code, bool Over), double>();
        for (var code = 1; code <= column.Values; code++)
        {
            if (Math.Max(tally.UnitsA[code], tally.UnitsB[code]) < Finding.MinSupport) continue;
            var totals = Of(tally, code);
            var over = IsOver(totals);
            if ((over ? totals.UnitsA : totals.UnitsB) < Finding.MinSupport) continue;
            best.Enqueue((code, over), Netbits.Bits(totals.A, totals.B, cohorts.Selection, cohorts.Baseline) - (over ? 0 : 1));
            if (best.Count > 4 * Kept) best.Dequeue();
        }

        foreach (var ((code, over), _) in best.UnorderedItems)
        {
            var codes = new bool[column.CodeCount];
            codes[code] = true;
            if (over) Add(found, new Predicate.Is(column.Name, column[code]), Of(tally, code), cost, codes, negated: false);
            else Add(found, new Predicate.IsNot(column.Name, column[code]), Rest(Of(tally, code)), cost + 1, codes, negated: true);
        }
    }

    private void AddThresholds(SampleColumn column, ColumnTally tally, double[] edges, double cost, List<Finding> found)
    {
        var groups = new int[column.CodeCount];
        groups[SampleColumn.Missing] = -1;
        if (column.IsOpen) groups[^1] = -1;
        for (var code = 1; code <= column.Values; code++)
        {
            var number = column.Number(code);
            var place = Array.BinarySearch(edges, number);
            groups[code] = double.IsNaN(number) ? -1 : place < 0 ? ~place : place;
        }

        var (upTo, from) = tally.Cumulate(groups, edges.Length + 1);
        for (var i = 0; i < edges.Length; i++)
        {
            var edge = column.Type == ColumnType.Int64 ? Value.Of((long)edges[i]) : Value.Of(edges[i]);
            var limit = i;
            if (IsOver(upTo[i])) Add(found, new Predicate.AtMost(column.Name, edge), upTo[i], cost, Array.ConvertAll(groups, g => g >= 0 && g <= limit), negated: false);
            if (IsOver(from[i + 1])) Add(found, new Predicate.Above(column.Name, edge), from[i + 1], cost, Array.ConvertAll(groups, g => g > limit), negated: false);
        }
    }

    /// <summary>The best set of values, taken in the order of their precision; every one of them is paid for.</summary>
    private void AddSet(SampleColumn column, ColumnTally tally, double cost, List<Finding> found)
    {
        if (column.Type == ColumnType.Bool) return;
        var ratio = cohorts.Selection / Math.Max(1e-9, cohorts.Selection + cohorts.Baseline);
        var order = Enumerable.Range(1, column.Values)
            .Where(code => tally.UnitsA[code] >= Finding.MinSupport && tally.A[code] / (tally.A[code] + tally.B[code]) > ratio)
            .OrderByDescending(code => tally.A[code] / (tally.A[code] + tally.B[code])).ThenByDescending(code => tally.A[code])
            .ThenBy(code => column[code].ToString(), StringComparer.Ordinal)
            .Take(MaxSet).ToArray();
        if (order.Length < 2) return;
        var groups = new int[column.CodeCount];
        Array.Fill(groups, -1);
        for (var i = 0; i < order.Length; i++) groups[order[i]] = i;
        var (upTo, _) = tally.Cumulate(groups, order.Length);
        var (size, net) = (0, double.NegativeInfinity);
        for (var n = 2; n <= order.Length; n++)
        {
            var value = Netbits.Bits(upTo[n - 1].A, upTo[n - 1].B, cohorts.Selection, cohorts.Baseline) - SetCost(cost, n);
            if (value > net) (size, net) = (n, value);
        }

        if (size == 0 || found.Any(f => f.Net + SetGain >= net)) return;
        var codes = Array.ConvertAll(groups, g => g >= 0 && g < size);
        var values = order.Take(size).Select(code => column[code]).ToValueList();
        Add(found, new Predicate.OneOf(column.Name, values), upTo[size - 1], SetCost(cost, size), codes, negated: false);
    }

    private double SetCost(double cost, int values) => _columnCost + values * (cost - _columnCost);

    private static Totals Of(ColumnTally tally, int code) => new()
    {
        A = tally.A[code], B = tally.B[code], EventsA = tally.EventsA[code], EventsB = tally.EventsB[code], UnitsA = tally.UnitsA[code], UnitsB = tally.UnitsB[code],
    };

    private Totals Rest(in Totals totals) => new()
    {
        A = Math.Max(0, cohorts.Selection - totals.A), B = Math.Max(0, cohorts.Baseline - totals.B),
        EventsA = Math.Max(0, cohorts.SelectionWeight - totals.EventsA), EventsB = Math.Max(0, cohorts.BaselineWeight - totals.EventsB),
        UnitsA = cohorts.SelectedUnits - totals.UnitsA, UnitsB = cohorts.UnitCount - cohorts.SelectedUnits - totals.UnitsB,
    };

    private bool IsOver(in Totals totals) => totals.A * cohorts.Baseline >= totals.B * cohorts.Selection;

    private void Add(List<Finding> found, Predicate predicate, in Totals totals, double cost, bool[] codes, bool negated)
    {
        // What the selection lacks shows by how much of the baseline has it.
        var support = !negated ? totals.UnitsA : predicate is Predicate.Missing ? totals.UnitsA : cohorts.UnitCount - cohorts.SelectedUnits - totals.UnitsB;
        if (support < Finding.MinSupport) return;
        var bits = Netbits.Bits(totals.A, totals.B, cohorts.Selection, cohorts.Baseline);
        found.Add(new Finding(predicate, totals, bits, bits - cost, codes, negated) { IsOver = IsOver(totals) });
    }
}
