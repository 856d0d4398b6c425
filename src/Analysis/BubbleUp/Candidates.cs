namespace Analysis.BubbleUp;

/// <summary>A finding whose atoms are at hand.</summary>
internal sealed record Candidate(string Column, Finding Finding, ulong[] Set)
{
    public double A { get; init; }

    public double B { get; init; }

    public static Candidate Of(string column, Finding finding, ColumnTally tally, Cohorts cohorts)
    {
        var set = AtomSet.Of(finding, tally, cohorts);
        var (a, b) = AtomSet.Weigh(set, cohorts.AtomWeights, cohorts.SelectedAtoms);
        return new Candidate(column, finding, set) { A = a, B = b };
    }
}

/// <summary>
/// The best findings of all columns so far, bounded: of two that score alike the name of the column decides, so that the order of columns does not matter.
/// Takes findings from several threads at once.
/// </summary>
internal sealed class Candidates
{
    private const int Max = 64;

    /// <summary>Further ones that wait to be sorted in: what their sets take is spared as soon as it is known what does not come among the best.</summary>
    private const int Waiting = 16;

    private readonly List<Candidate> _all = [];
    private readonly Lock _lock = new();
    private double _worst = double.NegativeInfinity;

    /// <summary>Best first.</summary>
    public Candidate[] Sorted()
    {
        lock (_lock)
        {
            Sort();
            return [.. _all];
        }
    }

    /// <summary>False when a finding cannot be among the best.</summary>
    public bool Takes(Finding finding) => finding.Bits > 0 && finding.Net >= Volatile.Read(ref _worst);

    public void Add(Candidate candidate)
    {
        lock (_lock)
        {
            if (!Takes(candidate.Finding)) return;
            _all.Add(candidate);
            if (_all.Count < Max + Waiting) return;
            Sort();
            Volatile.Write(ref _worst, _all[^1].Finding.Net);
        }
    }

    private void Sort()
    {
        _all.Sort(Compare);
        if (_all.Count > Max) _all.RemoveRange(Max, _all.Count - Max);
    }

    private static int Compare(Candidate x, Candidate y)
    {
        var order = y.Finding.Net.CompareTo(x.Finding.Net);
        if (order == 0) order = ColumnPreference.Compare(x.Column, y.Column);
        return order != 0 ? order : string.CompareOrdinal(x.Finding.Predicate.ToString(), y.Finding.Predicate.ToString());
    }
}

/// <summary>Which of two columns that say the same is shown: what is named by convention, then the shorter name.</summary>
internal static class ColumnPreference
{
    private static readonly string[] Known =
    [
        "service.name", "service.version", "deployment.environment.name", "deployment.environment", "k8s.deployment.name", "k8s.pod.name", "k8s.node.name",
        "cloud.region", "cloud.availability_zone", "host.name", "http.route", "name", "duration_ms", "rpc.method", "db.operation.name", "db.collection.name",
        "http.response.status_code", "error.type", "exception.type", "peer.service", "log.template",
    ];

    private static readonly string[] Places = ["service.", "deployment.", "cloud.", "k8s.", "host.", "container.", "faas.", "build.", "vcs."];

    /// <summary>True for what OpenTelemetry has a resource say: where an event comes from, whatever it is about.</summary>
    public static bool IsPlace(string column) => Array.Exists(Places, p => column.StartsWith(p, StringComparison.Ordinal));

    public static int Compare(string x, string y)
    {
        var order = Rank(x).CompareTo(Rank(y));
        if (order == 0) order = x.Length.CompareTo(y.Length);
        return order != 0 ? order : string.CompareOrdinal(x, y);
    }

    private static int Rank(string name) => Array.IndexOf(Known, name) is >= 0 and var place ? place : Known.Length;
}
