namespace Analysis.BubbleUp;

/// <summary>A finding whose atoms are at hand.</summary>
internal sealed record Candidate(string Column, Finding Finding, ulong[] Set)
{
    public double A { get; init; }

    public double B { get; init; }
}

/// <summary>The best findings of all columns so far, bounded: of two that score alike the name of the column decides, so that the order of columns does not matter.</summary>
internal sealed class Candidates(Cohorts cohorts)
{
    private const int Max = 64;

    private readonly List<Candidate> _all = [];
    private double _worst = double.NegativeInfinity;

    /// <summary>Best first.</summary>
    public IReadOnlyList<Candidate> Sorted()
    {
        _all.Sort(Compare);
        if (_all.Count > Max) _all.RemoveRange(Max, _all.Count - Max);
        return _all;
    }

    public void Add(string column, Finding finding, ColumnTally tally)
    {
        if (finding.Net < _worst || finding.Bits <= 0) return;
        var set = AtomSet.Of(finding, tally, cohorts);
        var (a, b) = AtomSet.Weigh(set, cohorts.AtomWeights, cohorts.SelectedAtoms);
        _all.Add(new Candidate(column, finding, set) { A = a, B = b });
        if (_all.Count < 2 * Max) return;
        _worst = Sorted()[^1].Finding.Net;
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
