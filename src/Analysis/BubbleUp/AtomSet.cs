using System.Numerics;

namespace Analysis.BubbleUp;

/// <summary>Sets of atoms as bits, and what they weigh.</summary>
internal static class AtomSet
{
    /// <summary>The atoms that a finding holds for.</summary>
    public static ulong[] Of(Finding finding, ColumnTally tally, Cohorts cohorts)
    {
        var set = tally.SetOf(finding.Codes);
        if (!finding.Negated) return set;
        for (var i = 0; i < set.Length; i++) set[i] = ~set[i];
        var spare = (set.Length << 6) - cohorts.AtomWeights.Length;
        if (spare > 0) set[^1] &= ulong.MaxValue >> spare;
        return set;
    }

    public static ulong[] And(ulong[] x, ulong[] y)
    {
        var both = new ulong[x.Length];
        for (var i = 0; i < both.Length; i++) both[i] = x[i] & y[i];
        return both;
    }

    /// <summary>Atoms in both.</summary>
    public static int CountAnd(ulong[] x, ulong[] y)
    {
        var count = 0;
        for (var i = 0; i < x.Length; i++) count += BitOperations.PopCount(x[i] & y[i]);
        return count;
    }

    /// <summary>Weight of a set on both sides.</summary>
    public static (double A, double B) Weigh(ulong[] set, double[] weights, int selected)
    {
        var (a, b) = (0.0, 0.0);
        for (var word = 0; word < set.Length; word++)
        {
            for (var bits = set[word]; bits != 0; bits &= bits - 1)
            {
                var atom = (word << 6) + BitOperations.TrailingZeroCount(bits);
                if (atom < selected) a += weights[atom];
                else b += weights[atom];
            }
        }

        return (a, b);
    }
}
