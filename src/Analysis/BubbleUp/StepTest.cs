using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>
/// Tells what began with a selection in time from what was always so: compares the time of the selection with the time before it. Where the
/// selection also has a condition, such as a range of durations, it asks how often the statement's events meet it; else how often the statement holds.
/// </summary>
/// <param name="cohorts">The sides, with all events of the sample.</param>
/// <param name="standing">Per place in their order: how many events of its side and time the event stands for.</param>
/// <param name="times">Per event of the sample: its time.</param>
/// <param name="meets">Per event: whether it meets the selection's condition, its time aside; null when there is none.</param>
/// <param name="start">Start of the selection.</param>
/// <param name="end">Its end.</param>
internal sealed class StepTest(Cohorts cohorts, double[] standing, long[] times, bool[]? meets, long start, long end)
{
    /// <summary>Traces that must be on either side of the start.</summary>
    private const double MinTraces = 3;

    /// <summary>Null when nothing of the time before is known.</summary>
    public Trend? Judge(SampleColumn column, Finding finding)
    {
        var (during, before) = (default(Weighed), default(Weighed));
        for (var i = 0; i < cohorts.Order.Length; i++)
        {
            var row = cohorts.Order[i];
            if (times[row] >= end) continue;
            var holds = finding.Codes[column.Codes[row]] != finding.Negated;
            if (meets is not null && !holds) continue;
            var yes = meets is null ? holds : meets[row];
            // A trace counts as one, as in the comparison itself.
            if (times[row] >= start) during.Add(cohorts.EventShares[i], standing[i], yes);
            else before.Add(cohorts.EventShares[i], standing[i], yes);
        }

        if (during.Traces < MinTraces) return null;
        if (before.Traces < MinTraces) return meets is not null && HasBefore() ? Trend.New : null;
        var bits = Netbits.Bits(during.Share * during.Effective, before.Share * before.Effective, during.Effective, before.Effective);
        // What became rarer did not bring about what is selected.
        return bits > Netbits.Gate && during.Share > before.Share == (finding.IsOver || meets is not null) ? Trend.New : Trend.Steady;
    }

    private bool HasBefore()
    {
        var before = 0.0;
        for (var i = 0; i < cohorts.Order.Length; i++)
            if (times[cohorts.Order[i]] < start) before += cohorts.EventShares[i];
        return before >= MinTraces;
    }

    /// <summary>Traces that stand for more than one each, some for more than others.</summary>
    private struct Weighed
    {
        private double _all, _squares, _yes;

        public double Traces { get; private set; }

        /// <summary>What share of them said yes.</summary>
        public readonly double Share => _yes / _all;

        /// <summary>As many traces that stand for equally many would tell as much.</summary>
        public readonly double Effective => _all * _all / _squares;

        public void Add(double share, double standing, bool yes)
        {
            Traces += share;
            _all += share * standing;
            _squares += share * standing * standing;
            if (yes) _yes += share * standing;
        }
    }
}
