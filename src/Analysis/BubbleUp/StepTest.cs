using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>
/// Tells what began with a selection in time from what was always so: compares the time of the selection with the time before it. Where the
/// selection also has a condition, such as a range of durations, it asks how often the statement's events meet it; else how often the statement holds.
/// </summary>
/// <param name="cohorts">The sides.</param>
/// <param name="scale">Real events for each that the sample stands for, on both sides.</param>
/// <param name="times">Per event of the sample: its time.</param>
/// <param name="meets">Per event: whether it meets the selection's condition, its time aside; null when there is none.</param>
/// <param name="start">Start of the selection.</param>
/// <param name="end">Its end.</param>
internal sealed class StepTest(Cohorts cohorts, Shares scale, long[] times, bool[]? meets, long start, long end)
{
    /// <summary>Traces that must be on either side of the start.</summary>
    private const double MinTraces = 3;

    /// <summary>What an event of each side weighs: of the side that was read more fully less, as if both had been read alike.</summary>
    private readonly double _selected = scale.Selection / Math.Max(scale.Selection, scale.Baseline), _compared = scale.Baseline / Math.Max(scale.Selection, scale.Baseline);

    /// <summary>Null when nothing of the time before is known.</summary>
    public Trend? Judge(SampleColumn column, Finding finding)
    {
        var (duringYes, duringNo, beforeYes, beforeNo) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < cohorts.Order.Length; i++)
        {
            var row = cohorts.Order[i];
            if (times[row] >= end) continue;
            var holds = finding.Codes[column.Codes[row]] != finding.Negated;
            if (meets is not null && !holds) continue;
            var yes = meets is null ? holds : meets[row];
            // A trace counts as one, as in the comparison itself.
            var weight = cohorts.EventShares[i] * (i < cohorts.SelectedEvents ? _selected : _compared);
            if (times[row] >= start) (duringYes, duringNo) = yes ? (duringYes + weight, duringNo) : (duringYes, duringNo + weight);
            else (beforeYes, beforeNo) = yes ? (beforeYes + weight, beforeNo) : (beforeYes, beforeNo + weight);
        }

        if (duringYes + duringNo < MinTraces) return null;
        if (beforeYes + beforeNo < MinTraces) return meets is not null && HasBefore() ? Trend.New : null;
        var bits = Netbits.Bits(duringYes, beforeYes, duringYes + duringNo, beforeYes + beforeNo);
        // What became rarer did not bring about what is selected.
        var rises = duringYes * (beforeYes + beforeNo) > beforeYes * (duringYes + duringNo);
        return bits > Netbits.Gate && rises == (finding.IsOver || meets is not null) ? Trend.New : Trend.Steady;
    }

    private bool HasBefore()
    {
        var before = 0.0;
        for (var i = 0; i < cohorts.Order.Length; i++)
            if (times[cohorts.Order[i]] < start) before += cohorts.EventShares[i];
        return before >= MinTraces;
    }
}
