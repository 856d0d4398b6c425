using System.Collections.Immutable;

namespace Analysis.BubbleUp;

/// <summary>Statements about two columns at once.</summary>
internal sealed class Pairs(Cohorts cohorts, int columns, Shares scale)
{
    private const int Statements = 30;
    private const int PerColumn = 3;
    private const int Shown = 5;

    /// <summary>Net bits that a pair must gain over the better of its parts.</summary>
    private const double Gain = 3;

    /// <summary>Parts of its F1 that a second column costs, and each further value of a set: a person takes in one value at once, but no list of them.</summary>
    private const double SecondColumn = 0.05, FurtherValue = 0.02;

    /// <summary>The same for places, where two plain values say more than a list of instances.</summary>
    private const double SecondPlace = 0.02, FurtherInstance = 0.06;

    private readonly double _columnCost = Math.Log2(Math.Max(2, columns));

    public ImmutableArray<ComparedPair> Find(IReadOnlyList<Candidate> candidates)
    {
        var best = Best(candidates);
        var found = new List<(ComparedPair Pair, Candidate First, Candidate Second)>();
        for (var i = 0; i < best.Length; i++)
            for (var j = i + 1; j < best.Length; j++)
                if (best[i].Column != best[j].Column && Join(best[i], best[j]) is { } pair)
                    found.Add((pair, best[i], best[j]));
        return [.. found.OrderByDescending(f => f.Pair.NetBits).ThenBy(f => f.First.Column, StringComparer.Ordinal).ThenBy(f => f.Second.Column, StringComparer.Ordinal)
            .DistinctBy(f => string.CompareOrdinal(f.First.Column, f.Second.Column) < 0 ? (f.First.Column, f.Second.Column) : (f.Second.Column, f.First.Column))
            .Take(Shown).Select(f => f.Pair)];
    }

    /// <summary>What comes nearest to the selection, and of what says where events run the same.</summary>
    public Explanation? Explain(IReadOnlyList<Candidate> candidates, ImmutableArray<ComparedPair> pairs, IReadOnlyList<Candidate> places)
    {
        var alone = Singles(candidates).Select(c => Near([c.Finding.Predicate], c.Set)).ToArray();
        var best = alone.Concat(pairs.Select(p => new Nearness([p.First, p.Second], p.Coverage, p.Precision, p.F1))).MaxBy(n => Worth(n, SecondColumn, FurtherValue));
        if (best is null) return null;
        // Where the selection is large, to say next to nothing comes near to it: then what there is the most evidence of says more.
        if (best.F1 <= Everything && alone.Length > 0) best = alone[0];
        var place = PlaceOf([.. Singles(places).Take(Statements)]);
        return new Explanation(best.Predicates, best.Coverage, best.Precision, best.F1, alone.Length == 0 ? 0 : alone.Max(n => n.F1))
        {
            Place = place is null || place.Predicates.SequenceEqual(best.Predicates) ? null : place,
        };
    }

    /// <summary>F1 of a statement that holds for all events.</summary>
    private double Everything
    {
        get
        {
            var (a, b) = cohorts.ByTrace ? (cohorts.Selection, cohorts.Baseline) : (cohorts.SelectionWeight, cohorts.BaselineWeight);
            var precision = a * scale.Selection / Math.Max(1e-9, a * scale.Selection + b * scale.Baseline);
            return 2 * precision / (1 + precision);
        }
    }

    /// <summary>The nearest of the statements about where events run, alone or two together.</summary>
    private Nearness? PlaceOf(Candidate[] places)
    {
        var all = places.Select(c => Near([c.Finding.Predicate], c.Set)).ToList();
        for (var i = 0; i < places.Length; i++)
            for (var j = i + 1; j < places.Length; j++)
                if (places[i].Column != places[j].Column) all.Add(Near([places[i].Finding.Predicate, places[j].Finding.Predicate], AtomSet.And(places[i].Set, places[j].Set)));
        return all.MaxBy(n => Worth(n, SecondPlace, FurtherInstance));
    }

    private static IEnumerable<Candidate> Singles(IReadOnlyList<Candidate> candidates) => candidates.Where(c => c.Finding is { IsSignificant: true, IsOver: true });

    private Nearness Near(ImmutableArray<Predicate> predicates, ulong[] set)
    {
        var (coverage, precision) = Effect(set);
        return new Nearness(predicates, coverage, precision, coverage + precision > 0 ? 2 * coverage * precision / (coverage + precision) : 0);
    }

    /// <summary>F1, less what a longer statement has to be nearer.</summary>
    private static double Worth(Nearness statement, double second, double further) =>
        statement.F1 * (1 - second * (statement.Predicates.Length - 1) - statement.Predicates.Sum(p => p is Predicate.OneOf set ? Math.Min(5, set.Values.Count - 1) * further : 0));

    private static Candidate[] Best(IReadOnlyList<Candidate> candidates)
    {
        var perColumn = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. candidates.Where(c => c.Finding.IsOver && (perColumn[c.Column] = perColumn.GetValueOrDefault(c.Column) + 1) <= PerColumn).Take(Statements)];
    }

    private ComparedPair? Join(Candidate x, Candidate y)
    {
        var set = AtomSet.And(x.Set, y.Set);
        var (a, b) = AtomSet.Weigh(set, cohorts.AtomWeights, cohorts.SelectedAtoms);
        if (a < Finding.MinSupport) return null;
        var cost = x.Finding.Bits - x.Finding.Net + y.Finding.Bits - y.Finding.Net - 1;
        var bits = Netbits.Bits(a, b, cohorts.Selection, cohorts.Baseline);
        var net = bits - Math.Max(cost, 2 * _columnCost - 1);
        var gained = net > Math.Max(x.Finding.Net, y.Finding.Net) + Gain;
        if (net <= Netbits.Gate || !gained || a * cohorts.Baseline < b * cohorts.Selection) return null;
        var (coverage, precision) = Effect(set);
        var baseline = cohorts.ByTrace || cohorts.BaselineWeight <= 0
            ? b / Math.Max(1e-9, cohorts.Baseline) : AtomSet.Weigh(set, cohorts.EventWeights, cohorts.SelectedAtoms).B / cohorts.BaselineWeight;
        return new ComparedPair(x.Finding.Predicate, y.Finding.Predicate, coverage, baseline, precision, net, Math.Min(1, Netbits.PValue(bits) * Math.Pow(2, bits - net)));
    }

    /// <summary>Share of the selection in the set, and share of the set in the selection, as many as they really are.</summary>
    private (double Coverage, double Precision) Effect(ulong[] set)
    {
        var (a, b) = AtomSet.Weigh(set, cohorts.ByTrace ? cohorts.AtomWeights : cohorts.EventWeights, cohorts.SelectedAtoms);
        var all = cohorts.ByTrace ? cohorts.Selection : cohorts.SelectionWeight;
        var (realA, realB) = (a * scale.Selection, b * scale.Baseline);
        return (Math.Min(1, a / Math.Max(1e-9, all)), realA / Math.Max(1e-9, realA + realB));
    }
}
