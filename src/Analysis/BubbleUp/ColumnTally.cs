using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>How often each code of a column occurs on both sides.</summary>
internal sealed class ColumnTally
{
    private readonly SampleColumn _column;
    private readonly Cohorts _cohorts;
    private int[]? _numericOrder;

    public ColumnTally(SampleColumn column, Cohorts cohorts)
    {
        (_column, _cohorts) = (column, cohorts);
        var codes = column.CodeCount;
        (A, B) = (new double[codes], new double[codes]);
        (EventsA, EventsB) = (new double[codes], new double[codes]);
        (UnitsA, UnitsB) = (new int[codes], new int[codes]);
        Count();
        for (var code = 0; code < codes; code++)
            if (EventsA[code] + EventsB[code] > 0) Distinct++;
    }

    /// <summary>Per code: what of the selection has it, in effective traces. Missing means no event of the trace has a value.</summary>
    public double[] A { get; }

    /// <summary>The same of the baseline.</summary>
    public double[] B { get; }

    /// <summary>Per code: how many real events.</summary>
    public double[] EventsA { get; }

    public double[] EventsB { get; }

    /// <summary>Per code: how many traces, whatever their weights.</summary>
    public int[] UnitsA { get; }

    public int[] UnitsB { get; }

    /// <summary>Distinct values, those without a code of their own counting as one; a missing value is one as well.</summary>
    public int Distinct { get; private set; }

    /// <summary>The codes of a numeric column by value, without NaN.</summary>
    public int[] NumericOrder => _numericOrder ??= Ordered();

    /// <summary>Counts, for groups of codes that are numbered upwards, what each side has of groups up to a number.</summary>
    /// <param name="groupOf">Per code its group; -1 for none.</param>
    /// <param name="groups">How many groups there are.</param>
    /// <returns>Per group: what has this group or a lower one, and then what has this or a higher one.</returns>
    public (Totals[] UpTo, Totals[] From) Cumulate(int[] groupOf, int groups)
    {
        var (upTo, from) = (new Totals[groups], new Totals[groups]);
        AddEvents(groupOf, upTo, from);
        if (_cohorts.ByTrace) AddUnits(groupOf, upTo, from);
        else AddAtoms(groupOf, upTo, from);
        for (var g = 1; g < groups; g++) upTo[g].Add(upTo[g - 1]);
        for (var g = groups - 2; g >= 0; g--) from[g].Add(from[g + 1]);
        return (upTo, from);
    }

    /// <summary>The set of atoms that have one of the codes.</summary>
    public ulong[] SetOf(bool[] codes)
    {
        var set = new ulong[_cohorts.SetWords];
        var (order, units) = (_cohorts.Order, _cohorts.Units);
        for (var i = 0; i < order.Length; i++)
        {
            if (!codes[_column.Codes[order[i]]]) continue;
            var atom = _cohorts.ByTrace ? units[i] : i;
            set[atom >> 6] |= 1UL << (atom & 63);
        }

        return set;
    }

    private int[] Ordered()
    {
        var (codes, keys, count) = (new int[_column.Values], new double[_column.Values], 0);
        for (var code = 1; code <= codes.Length; code++)
        {
            var number = _column.Number(code);
            if (double.IsNaN(number)) continue;
            (codes[count], keys[count]) = (code, number);
            count++;
        }

        Array.Sort(keys, codes, 0, count);
        return codes[..count];
    }

    private void Count()
    {
        var last = new int[A.Length];
        var (presentA, unitsA) = Count(0, _cohorts.SelectedEvents, EventsA, A, UnitsA, last);
        var (presentB, unitsB) = Count(_cohorts.SelectedEvents, _cohorts.Order.Length, EventsB, B, UnitsB, last);
        if (!_cohorts.ByTrace) return;
        A[SampleColumn.Missing] = Math.Max(0, _cohorts.Selection - presentA);
        B[SampleColumn.Missing] = Math.Max(0, _cohorts.Baseline - presentB);
        UnitsA[SampleColumn.Missing] = _cohorts.SelectedUnits - unitsA;
        UnitsB[SampleColumn.Missing] = _cohorts.UnitCount - _cohorts.SelectedUnits - unitsB;
    }

    /// <summary>Counts one side. Returns what of it has any value, in effective traces and in traces.</summary>
    /// <param name="from">Its first place in the order of events.</param>
    /// <param name="end">The place after its last one.</param>
    /// <param name="events">Per code: its real events.</param>
    /// <param name="matches">Per code: its effective traces.</param>
    /// <param name="traces">Per code: its traces.</param>
    /// <param name="last">Per code: the last trace that had it, from 1.</param>
    private (double Present, int Units) Count(int from, int end, double[] events, double[] matches, int[] traces, int[] last)
    {
        var (order, units, weights, atoms, codes, byTrace) = (_cohorts.Order, _cohorts.Units, _cohorts.EventWeights, _cohorts.AtomWeights, _column.Codes, _cohorts.ByTrace);
        var (lastPresent, present, count) = (0, 0.0, 0);
        for (var i = from; i < end; i++)
        {
            var (code, unit) = (codes[order[i]], units[i] + 1);
            events[code] += weights[i];
            if (!byTrace) matches[code] += atoms[i];
            if (last[code] != unit)
            {
                last[code] = unit;
                traces[code]++;
                if (byTrace) matches[code] += atoms[unit - 1];
            }

            if (code == SampleColumn.Missing || lastPresent == unit) continue;
            lastPresent = unit;
            count++;
            if (byTrace) present += atoms[unit - 1];
        }

        return (present, count);
    }

    private void AddEvents(int[] groupOf, Totals[] upTo, Totals[] from)
    {
        for (var code = 0; code < groupOf.Length; code++)
        {
            if (groupOf[code] is not (>= 0 and var group)) continue;
            upTo[group].AddEvents(EventsA[code], EventsB[code]);
            from[group].AddEvents(EventsA[code], EventsB[code]);
        }
    }

    /// <summary>Events have one value each, so what has a group adds up; a trace may have several, but few of those that matter.</summary>
    private void AddAtoms(int[] groupOf, Totals[] upTo, Totals[] from)
    {
        for (var code = 0; code < groupOf.Length; code++)
        {
            if (groupOf[code] is not (>= 0 and var group)) continue;
            upTo[group].AddMatches(A[code], B[code], UnitsA[code], UnitsB[code]);
            from[group].AddMatches(A[code], B[code], UnitsA[code], UnitsB[code]);
        }
    }

    /// <summary>A trace with several groups has all up to any number from its lowest on.</summary>
    private void AddUnits(int[] groupOf, Totals[] upTo, Totals[] from)
    {
        var (order, units) = (_cohorts.Order, _cohorts.Units);
        for (var i = 0; i < order.Length;)
        {
            var (unit, low, high) = (units[i], int.MaxValue, -1);
            for (; i < order.Length && units[i] == unit; i++)
            {
                var group = groupOf[_column.Codes[order[i]]];
                if (group < 0) continue;
                low = Math.Min(low, group);
                high = Math.Max(high, group);
            }

            if (high < 0) continue;
            var weight = _cohorts.AtomWeights[unit];
            var selected = unit < _cohorts.SelectedUnits;
            var (a, b) = selected ? (weight, 0.0) : (0.0, weight);
            upTo[low].AddMatches(a, b, selected ? 1 : 0, selected ? 0 : 1);
            from[high].AddMatches(a, b, selected ? 1 : 0, selected ? 0 : 1);
        }
    }
}

/// <summary>What matches on both sides: in effective traces, in real events, and in traces of the sample.</summary>
internal struct Totals
{
    public double A, B, EventsA, EventsB;
    public int UnitsA, UnitsB;

    public void AddMatches(double a, double b, int unitsA, int unitsB)
    {
        A += a;
        B += b;
        UnitsA += unitsA;
        UnitsB += unitsB;
    }

    public void AddEvents(double a, double b)
    {
        EventsA += a;
        EventsB += b;
    }

    public void Add(in Totals other)
    {
        AddMatches(other.A, other.B, other.UnitsA, other.UnitsB);
        AddEvents(other.EventsA, other.EventsB);
    }
}
