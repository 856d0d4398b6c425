using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>What tells the events of a selection from those of a baseline.</summary>
public sealed record Comparison
{
    public required ComparedSide Selection { get; init; }

    public required ComparedSide Baseline { get; init; }

    /// <summary>What is counted when significance is judged.</summary>
    public required CountedUnit Unit { get; init; }

    /// <summary>Columns that were scored: what there is to be found by chance grows with them.</summary>
    public required int ColumnsScored { get; init; }

    /// <summary>Columns that tell the sides apart, best first, one for each group of columns that say the same.</summary>
    public required ImmutableArray<ComparedColumn> Columns { get; init; }

    /// <summary>All other columns, the most different first; no difference in them is beyond chance.</summary>
    public required ImmutableArray<ComparedColumn> NotSignificant { get; init; }

    /// <summary>Columns that were not scored, because they say what the selection says.</summary>
    public required ImmutableArray<AsideColumn> Aside { get; init; }

    /// <summary>Pairs of statements about two columns that say more together than either alone, best first.</summary>
    public required ImmutableArray<ComparedPair> Pairs { get; init; }

    /// <summary>The one statement, or two together, that comes nearest to the selection; null when nothing is significant.</summary>
    public required Explanation? Explanation { get; init; }

    /// <summary>True when a side has so few traces that only the largest differences can show.</summary>
    public bool TooFew { get; init; }

    /// <summary>How the counts came about.</summary>
    public required Completeness Completeness { get; init; }
}

/// <summary>What one counts as.</summary>
public enum CountedUnit
{
    /// <summary>A trace, or an event that belongs to none; it matches when one of its events does.</summary>
    Trace,

    /// <summary>An event, where a trace counts as one, shared evenly among its events of a side.</summary>
    Event,
}

/// <param name="Events">Real events of the side, by their sample rates; exact.</param>
/// <param name="SampledEvents">Stored events of it that were looked at.</param>
/// <param name="SampledTraces">Traces (and events without one) among these.</param>
/// <param name="SampleShare">Which share of the stored events that is; 1 means all.</param>
public sealed record ComparedSide(double Events, int SampledEvents, int SampledTraces, double SampleShare);

/// <param name="Scored">Columns that have been scored.</param>
/// <param name="Columns">Columns that will be.</param>
/// <param name="SoFar">The ranking of those that have been; others may come before them.</param>
public sealed record RankingProgress(int Scored, int Columns, Comparison SoFar);

/// <param name="IsExact">True when all events were looked at.</param>
/// <param name="IsRecounted">True when the counts of the shown values are of all events, though the ranking is by a sample.</param>
public sealed record Completeness(bool IsExact, bool IsRecounted);

/// <param name="Name">The column.</param>
/// <param name="Reason">Why it was not scored, in a few words.</param>
public sealed record AsideColumn(string Name, string Reason);

/// <summary>One column under comparison.</summary>
public sealed record ComparedColumn
{
    public required string Name { get; init; }

    public required ColumnType Type { get; init; }

    /// <summary>Share of what there is to know about the side that the best statement tells, 0 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>Information of the best statement less the cost of naming it, in bits; ranks the columns.</summary>
    public required double NetBits { get; init; }

    /// <summary>Probability that chance makes any statement about any of the columns look so good.</summary>
    public required double PValue { get; init; }

    /// <summary>The best statement; null when none can be made.</summary>
    public required ComparedPredicate? Best { get; init; }

    /// <summary>Distinct values in the sample.</summary>
    public required int Distinct { get; init; }

    /// <summary>True when nearly every event has a value of its own.</summary>
    public required bool IsIdentifier { get; init; }

    /// <summary>Share of the events that have a value.</summary>
    public required Shares Filled { get; init; }

    /// <summary>The values with the largest differences; empty for numbers in bins.</summary>
    public required ImmutableArray<ComparedValue> Values { get; init; }

    /// <summary>All values not among these, together.</summary>
    public required Shares Other { get; init; }

    /// <summary>How many these are.</summary>
    public required int OtherValues { get; init; }

    /// <summary>Set for numbers with many values.</summary>
    public required ComparedNumbers? Numbers { get; init; }

    /// <summary>Columns whose best statement holds for the same events.</summary>
    public ImmutableArray<string> Identical { get; init; } = [];

    /// <summary>A column before this one that tells all that this one tells about the side; null when it tells something of its own.</summary>
    public string? ExplainedBy { get; init; }

    /// <summary>For a selection in time: whether the best statement became true of it with its start.</summary>
    public Trend? Trend { get; init; }
}

/// <summary>Whether something began with the selection.</summary>
public enum Trend
{
    /// <summary>It was so before the selection's start.</summary>
    Steady,

    /// <summary>It changed with the selection's start.</summary>
    New,
}

/// <summary>Shares of both sides, 0 to 1, of events.</summary>
/// <param name="Selection">Of the selection's events.</param>
/// <param name="Baseline">Of the baseline's events.</param>
public readonly record struct Shares(double Selection, double Baseline);

/// <summary>Counts of one side.</summary>
/// <param name="Events">Real events, by their sample rates.</param>
/// <param name="Share">Of all events of the side.</param>
/// <param name="Low">Where the true share lies with 95 %, each trace counting as one.</param>
/// <param name="High">The other end.</param>
/// <param name="Traces">Traces of the sample with such an event.</param>
/// <param name="TraceShare">Of all traces of the side's sample.</param>
public readonly record struct SideCount(double Events, double Share, double Low, double High, int Traces, double TraceShare);

/// <param name="Value">The value; null for the missing one.</param>
/// <param name="Selection">Its counts in the selection.</param>
/// <param name="Baseline">Its counts in the baseline.</param>
/// <param name="PValue">Probability of such a difference by chance, for this value alone.</param>
public sealed record ComparedValue(Value Value, SideCount Selection, SideCount Baseline, double PValue);

/// <summary>A statement with its effect.</summary>
/// <param name="Predicate">The statement.</param>
/// <param name="Selection">Counts of what it holds for in the selection.</param>
/// <param name="Baseline">The same in the baseline.</param>
/// <param name="PValue">Probability of such a difference by chance, for this statement alone.</param>
public sealed record ComparedPredicate(Predicate Predicate, SideCount Selection, SideCount Baseline, double PValue)
{
    /// <summary>How many times as frequent in the selection; null when it is not in the baseline at all.</summary>
    public double? Lift => Baseline.Share > 0 ? Selection.Share / Baseline.Share : null;

    /// <summary>Share of the events it holds for that are selected.</summary>
    public double Precision => Selection.Events + Baseline.Events > 0 ? Selection.Events / (Selection.Events + Baseline.Events) : 0;

    /// <summary>Share of the selection that would not be there if the statement held as seldom as in the baseline.</summary>
    public double Explains => Math.Clamp(Selection.Share - Baseline.Share, 0, 1);
}

/// <summary>Numbers in bins at the baseline's quantiles.</summary>
/// <param name="Edges">Ascending borders, one more than there are bins.</param>
/// <param name="Selection">Share of the selection's numbers per bin.</param>
/// <param name="Baseline">Share of the baseline's.</param>
/// <param name="SelectionMedian">Null when there is none.</param>
/// <param name="BaselineMedian">Null when there is none.</param>
/// <param name="Distance">The greatest distance between the two distributions, 0 to 1 (Kolmogorov-Smirnov).</param>
public sealed record ComparedNumbers(
    ImmutableArray<double> Edges, ImmutableArray<double> Selection, ImmutableArray<double> Baseline, double? SelectionMedian, double? BaselineMedian, double Distance);

/// <param name="First">A statement.</param>
/// <param name="Second">One about another column.</param>
/// <param name="Coverage">Share of the selection that both hold for.</param>
/// <param name="BaselineShare">Share of the baseline.</param>
/// <param name="Precision">Share of what both hold for that is selected.</param>
/// <param name="NetBits">Information less cost.</param>
/// <param name="PValue">Probability that chance makes any pair look so good.</param>
public sealed record ComparedPair(Predicate First, Predicate Second, double Coverage, double BaselineShare, double Precision, double NetBits, double PValue)
{
    /// <summary>Harmonic mean of coverage and precision.</summary>
    public double F1 => Coverage + Precision > 0 ? 2 * Coverage * Precision / (Coverage + Precision) : 0;
}

/// <summary>How near statements come to the selection.</summary>
/// <param name="Predicates">One statement, or two that both hold.</param>
/// <param name="Coverage">Share of the selection that they hold for.</param>
/// <param name="Precision">Share of what they hold for that is selected.</param>
/// <param name="F1">Harmonic mean of both.</param>
public record Nearness(ImmutableArray<Predicate> Predicates, double Coverage, double Precision, double F1);

/// <summary>The statement, or the two, nearest to the selection; length counts against them.</summary>
/// <param name="Predicates">One statement, or two that both hold.</param>
/// <param name="Coverage">Share of the selection that they hold for.</param>
/// <param name="Precision">Share of what they hold for that is selected.</param>
/// <param name="F1">Harmonic mean of both.</param>
/// <param name="BestSingleF1">The same of the best single statement.</param>
public sealed record Explanation(ImmutableArray<Predicate> Predicates, double Coverage, double Precision, double F1, double BestSingleF1)
    : Nearness(Predicates, Coverage, Precision, F1)
{
    /// <summary>
    /// The nearest of what says where events run (service, build, region, host), when that is something else: what a request shows of a fault is
    /// often nearer to the selection than what has it.
    /// </summary>
    public Nearness? Place { get; init; }
}
