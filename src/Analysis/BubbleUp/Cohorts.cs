namespace Analysis.BubbleUp;

/// <summary>
/// The events of selection and baseline, and how they count. Spans of a trace depend on each other, so a trace counts as one on each side,
/// whatever its length. Where the selection takes whole traces, a trace has a value when one of its events has it. Where it takes events out
/// of traces, so that most traces are on both sides, a trace is shared evenly among its events of a side. An event without a trace is one of its own.
/// </summary>
internal sealed class Cohorts
{
    /// <summary>Share of the selected traces that may also be in the baseline, at the edges of a window, before events are counted in shares.</summary>
    private const double MaxOverlap = 0.1;

    private Cohorts(int[] order, int selectedEvents, int[] units, int selectedUnits, bool byTrace, double[] weights)
    {
        (Order, SelectedEvents, Units, SelectedUnits, ByTrace) = (order, selectedEvents, units, selectedUnits, byTrace);
        UnitCount = units.Length == 0 ? 0 : units[^1] + 1;
        EventWeights = new double[order.Length];
        for (var i = 0; i < order.Length; i++) EventWeights[i] = weights[order[i]];
        var unitWeights = UnitWeights();
        EventShares = SharedWeights(unitWeights);
        AtomWeights = byTrace ? unitWeights : EventShares;
        Selection = AtomWeights.AsSpan(0, SelectedAtoms).ToArray().Sum();
        Baseline = AtomWeights.AsSpan(SelectedAtoms).ToArray().Sum();
        SelectionWeight = EventWeights.AsSpan(0, selectedEvents).ToArray().Sum();
        BaselineWeight = EventWeights.AsSpan(selectedEvents).ToArray().Sum();
    }

    /// <summary>Events of the sample: those of the selection first, those of a trace one after another.</summary>
    public int[] Order { get; }

    /// <summary>How many of <see cref="Order"/> are selected.</summary>
    public int SelectedEvents { get; }

    /// <summary>Per place in <see cref="Order"/>: the number of its trace on its side, ascending.</summary>
    public int[] Units { get; }

    /// <summary>Traces (and events without one) on both sides, and of them those of the selection.</summary>
    public int UnitCount { get; }

    public int SelectedUnits { get; }

    /// <summary>True when traces are what matches or not, false when events are.</summary>
    public bool ByTrace { get; }

    /// <summary>What can match: the traces, or the events in <see cref="Order"/>. Their weights, for tests.</summary>
    public double[] AtomWeights { get; }

    /// <summary>Per place in <see cref="Order"/>: the event's share of its trace's weight on its side.</summary>
    public double[] EventShares { get; }

    /// <summary>How many atoms are the selection's; they come first.</summary>
    public int SelectedAtoms => ByTrace ? SelectedUnits : SelectedEvents;

    /// <summary>Effective traces of a side.</summary>
    public double Selection { get; }

    public double Baseline { get; }

    /// <summary>Per place in <see cref="Order"/>: how many real events the event stands for.</summary>
    public double[] EventWeights { get; }

    /// <summary>Real events that a side of the sample stands for.</summary>
    public double SelectionWeight { get; }

    public double BaselineWeight { get; }

    /// <summary>Words of a set of atoms.</summary>
    public int SetWords => (AtomWeights.Length + 63) >> 6;

    /// <param name="sides">Per event: 1 selection, 2 baseline, 3 of the baseline but not counted, 0 neither.</param>
    /// <param name="traces">Per event: its trace, 0 for none.</param>
    /// <param name="weights">Per event: how many it stands for.</param>
    /// <param name="seen">Of the selected traces the share whose events of the baseline would be here.</param>
    public static Cohorts Of(ReadOnlySpan<byte> sides, ulong[] traces, double[] weights, double seen = 1)
    {
        var numbers = Numbered(traces, out var count);
        var selected = Sorted(sides, 1, numbers, count);
        var others = Sorted(sides, 2, numbers, count);
        int[] order = [.. selected, .. others];
        var units = new int[order.Length];
        var unit = -1;
        var selectedUnits = 0;
        for (var i = 0; i < order.Length; i++)
        {
            if (i == 0 || i == selected.Length || numbers[order[i]] != numbers[order[i - 1]]) unit++;
            units[i] = unit;
            if (i < selected.Length) selectedUnits = unit + 1;
        }

        var byTrace = Shared(sides, numbers, count) <= MaxOverlap * seen * selectedUnits;
        return new Cohorts(order, selected.Length, units, selectedUnits, byTrace, weights);
    }

    /// <summary>
    /// Traces by the order of their coming, so that what is counted trace by trace is gone through nearly in the order in which it lies. An event without
    /// one has a number of its own.
    /// </summary>
    private static int[] Numbered(ulong[] traces, out int count)
    {
        var (numbers, known) = (new int[traces.Length], new Dictionary<ulong, int>());
        count = 0;
        for (var row = 0; row < traces.Length; row++)
        {
            if (traces[row] == 0) numbers[row] = count++;
            else if (known.TryGetValue(traces[row], out var number)) numbers[row] = number;
            else known.Add(traces[row], numbers[row] = count++);
        }

        return numbers;
    }

    /// <summary>The rows of a side by the numbers of their traces.</summary>
    private static int[] Sorted(ReadOnlySpan<byte> sides, byte side, int[] numbers, int count)
    {
        var starts = new int[count + 1];
        for (var row = 0; row < sides.Length; row++)
            if (sides[row] == side) starts[numbers[row] + 1]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        var order = new int[starts[^1]];
        for (var row = 0; row < sides.Length; row++)
            if (sides[row] == side) order[starts[numbers[row]]++] = row;
        return order;
    }

    /// <summary>Traces that have events on both sides.</summary>
    private static int Shared(ReadOnlySpan<byte> sides, int[] numbers, int count)
    {
        var (selected, compared, shared) = (new bool[count], new bool[count], 0);
        for (var row = 0; row < sides.Length; row++)
        {
            if (sides[row] == 1) selected[numbers[row]] = true;
            else if (sides[row] != 0) compared[numbers[row]] = true;
        }

        for (var i = 0; i < count; i++)
            if (selected[i] && compared[i]) shared++;
        return shared;
    }

    /// <summary>
    /// Mean weights of the traces' events, over the weight of one trace that is as good as them: with equal rates every trace weighs 1, with
    /// unequal ones all weigh less, as fewer traces would tell as much.
    /// </summary>
    private double[] UnitWeights()
    {
        var weights = new double[UnitCount];
        var sizes = new int[UnitCount];
        for (var i = 0; i < Units.Length; i++)
        {
            weights[Units[i]] += EventWeights[i];
            sizes[Units[i]]++;
        }

        var (sum, squares) = (0.0, 0.0);
        for (var u = 0; u < weights.Length; u++)
        {
            weights[u] /= sizes[u];
            sum += weights[u];
            squares += weights[u] * weights[u];
        }

        var scale = squares == 0 ? 1 : sum / squares;
        for (var u = 0; u < weights.Length; u++) weights[u] *= scale;
        return weights;
    }

    private double[] SharedWeights(double[] unitWeights)
    {
        var sums = new double[UnitCount];
        for (var i = 0; i < Units.Length; i++) sums[Units[i]] += EventWeights[i];
        var weights = new double[Units.Length];
        for (var i = 0; i < Units.Length; i++) weights[i] = unitWeights[Units[i]] * EventWeights[i] / sums[Units[i]];
        return weights;
    }
}
