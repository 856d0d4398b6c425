using System.Collections.Immutable;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>
/// Ranks the columns of two sides. Columns come one by one and are not kept: of each its report stays, and of the best of all the sets of what they
/// hold for.
/// </summary>
internal sealed class Ranking
{
    /// <summary>Significant columns that are compared with each other; further ones stand for themselves.</summary>
    private const int MaxFolded = 50;

    /// <summary>Sets that overlap so far are the same.</summary>
    private const double SameOverlap = 0.9;

    private readonly Cohorts _cohorts;
    private readonly ColumnScorer _scorer;
    private readonly ColumnReport _report;
    private readonly Candidates _candidates = new();
    private readonly Candidates _places = new();
    private readonly StepTest? _steps;
    private readonly Shares _scale;
    private readonly int _scored;
    private readonly Dictionary<string, ComparedColumn> _columns = new(StringComparer.Ordinal);

    /// <param name="cohorts">The sides.</param>
    /// <param name="columns">How many columns will come.</param>
    /// <param name="scale">Real events for each that the sample stands for, on both sides.</param>
    /// <param name="steps">For a selection in time: what was before.</param>
    public Ranking(Cohorts cohorts, int columns, Shares scale, StepTest? steps = null)
    {
        _cohorts = cohorts;
        _scored = columns;
        _scale = scale;
        _steps = steps;
        _scorer = new ColumnScorer(cohorts, Math.Max(2, columns));
        _report = new ColumnReport(cohorts, scale);
    }

    /// <summary>Scores a column, and keeps its report, and its best statements when they are among the best of all. May be called from several threads at once.</summary>
    public void Add(SampleColumn column)
    {
        var tally = new ColumnTally(column, _cohorts);
        var found = _scorer.Score(column, tally);
        var report = _report.Of(column, tally, found.FirstOrDefault(), _scored);
        if (_steps is not null && found is [{ IsSignificant: true } best, ..]) report = report with { Trend = _steps.Judge(column, best) };
        var isPlace = ColumnPreference.IsPlace(column.Name);
        foreach (var finding in found)
        {
            if (!_candidates.Takes(finding) && !(isPlace && _places.Takes(finding))) continue;
            var candidate = Candidate.Of(column.Name, finding, tally, _cohorts);
            _candidates.Add(candidate);
            if (isPlace) _places.Add(candidate);
        }

        lock (_columns) _columns[column.Name] = report;
    }

    /// <summary>The columns that were added, folded and in order, with pairs and the explanation.</summary>
    public Comparison Finish(ImmutableArray<AsideColumn> aside, ComparedSide selection, ComparedSide baseline)
    {
        var candidates = _candidates.Sorted();
        var ordered = _columns.Values.OrderByDescending(c => c.NetBits).ThenBy(c => c.Name, Comparer<string>.Create(ColumnPreference.Compare)).ToArray();
        var significant = ordered.Where(IsSignificant).ToArray();
        var pairs = new Pairs(_cohorts, _scored, _scale);
        var found = pairs.Find(candidates);
        return new Comparison
        {
            Selection = selection,
            Baseline = baseline,
            Unit = _cohorts.ByTrace ? CountedUnit.Trace : CountedUnit.Event,
            ColumnsScored = _scored,
            Columns = Fold(significant, candidates),
            NotSignificant = [.. ordered.Where(c => !IsSignificant(c))],
            Aside = aside,
            Pairs = found,
            Explanation = pairs.Explain(candidates, found, _places.Sorted()),
            TooFew = Math.Min(_cohorts.SelectedUnits, _cohorts.UnitCount - _cohorts.SelectedUnits) < 20,
            Completeness = new Completeness(selection.SampleShare >= 1 && baseline.SampleShare >= 1, false),
        };
    }

    private static bool IsSignificant(ComparedColumn column) => column.NetBits > Netbits.Gate;

    private ImmutableArray<ComparedColumn> Fold(ComparedColumn[] significant, IReadOnlyList<Candidate> candidates)
    {
        var best = new Dictionary<string, Candidate>(StringComparer.Ordinal);
        foreach (var candidate in candidates) best.TryAdd(candidate.Column, candidate);
        var groups = new List<Group>();
        foreach (var column in significant)
        {
            var set = groups.Count < MaxFolded ? best.GetValueOrDefault(column.Name) : null;
            if (set is not null && groups.Exists(g => g.Takes(column, set, this))) continue;
            var known = set is null ? null : groups.Find(g => g.Set is { } other && GainBeyond(other, set) <= Netbits.Gate);
            groups.Add(new Group(known is null ? column : column with { ExplainedBy = known.Name }, set));
        }

        return [.. groups.Select(g => g.ToColumn())];
    }

    /// <summary>Weight of both sets together over that of either.</summary>
    private double Overlap(Candidate x, Candidate y)
    {
        var (a, b) = AtomSet.Weigh(AtomSet.And(x.Set, y.Set), _cohorts.AtomWeights, _cohorts.SelectedAtoms);
        return (a + b) / Math.Max(1e-9, x.A + x.B + y.A + y.B - a - b);
    }

    /// <summary>What a statement tells where another holds and where it does not, taken together (Mantel-Haenszel), less its cost.</summary>
    private double GainBeyond(Candidate known, Candidate more)
    {
        var (a, b) = AtomSet.Weigh(AtomSet.And(known.Set, more.Set), _cohorts.AtomWeights, _cohorts.SelectedAtoms);
        var (difference, variance) = (0.0, 0.0);
        Add(a, b, known.A, known.B);
        Add(more.A - a, more.B - b, _cohorts.Selection - known.A, _cohorts.Baseline - known.B);
        if (variance < 1e-9) return double.NegativeInfinity;
        return difference * difference / variance / (2 * Math.Log(2)) - (more.Finding.Bits - more.Finding.Net);

        void Add(double matchA, double matchB, double allA, double allB)
        {
            var all = allA + allB;
            if (all <= 1) return;
            var share = (matchA + matchB) / all;
            difference += matchA - allA * share;
            variance += allA * allB / all * share * (1 - share);
        }
    }

    /// <summary>Columns that say the same: the one that is shown, and the others.</summary>
    private sealed class Group(ComparedColumn first, Candidate? set)
    {
        private readonly List<string> _others = [];
        private ComparedColumn _shown = first;

        public Candidate? Set => set;

        public string Name => _shown.Name;

        public bool Takes(ComparedColumn column, Candidate candidate, Ranking ranking)
        {
            if (set is null || ranking.Overlap(set, candidate) < SameOverlap) return false;
            var shows = candidate.Finding.Values < Values(_shown) || candidate.Finding.Values == Values(_shown) && ColumnPreference.Compare(column.Name, _shown.Name) < 0;
            _others.Add(shows ? _shown.Name : column.Name);
            if (shows) _shown = column;
            return true;
        }

        public ComparedColumn ToColumn() => _shown with { Identical = [.. _others] };

        private static int Values(ComparedColumn column) => column.Best?.Predicate is Predicate.OneOf set ? set.Values.Count : 1;
    }
}
