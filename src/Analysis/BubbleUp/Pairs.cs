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

    /// <summary>F1 that a pair must gain over the best single statement to explain in its place.</summary>
    private const double ExplainGain = 0.05;

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

    /// <summary>The statement, or the pair when that is much nearer, with the best F1.</summary>
    public Explanation? Explain(IReadOnlyList<Candidate> candidates, ImmutableArray<ComparedPair> pairs)
    {
        Candidate? single = null;
        var (coverage, precision, f1) = (0.0, 0.0, 0.0);
        foreach (var candidate in candidates.Where(c => c.Finding is { IsSignificant: true, IsOver: true }))
        {
            var (c, p) = Effect(candidate.Set);
            var value = c + p > 0 ? 2 * c * p / (c + p) : 0;
            if (value <= f1 + 1e-9) continue;
            (single, coverage, precision, f1) = (candidate, c, p, value);
        }

        var pair = pairs.MaxBy(p => p.F1);
        if (pair is not null && pair.F1 >= f1 + ExplainGain) return new Explanation([pair.First, pair.Second], pair.Coverage, pair.Precision, pair.F1, f1);
        return single is null ? null : new Explanation([single.Finding.Predicate], coverage, precision, f1, f1);
    }

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
