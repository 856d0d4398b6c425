using System.Runtime.ExceptionServices;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile.Cells;

/// <summary>
/// Makes of counted cells what the statement of <see cref="CombinedCompiler"/> makes of them. An engine begins a statement over ten thousand cells in several milliseconds, and
/// a short question has no more.
/// </summary>
/// <param name="query">The query.</param>
/// <param name="plan">Its measures.</param>
/// <param name="cells">What was counted.</param>
/// <param name="merge">The cells, put together.</param>
/// <param name="cancellationToken">Stops it.</param>
internal sealed class CellAnswer(BoundCalculationQuery query, CellPlan plan, TallyCells cells, CellMerge merge, CancellationToken cancellationToken)
{
    private readonly List<Row> _rows = [];

    /// <summary>Values of percentiles: of a level and one of its cells those of a measure.</summary>
    private readonly Dictionary<(CellLevel, int Cell, int Measure), long[]> _ranks = [];

    /// <summary>A row of the result.</summary>
    private readonly record struct Row(int Part, CellLevel Level, int Cell, long N = -1, long Time = -1, int Group = -1);

    /// <summary>The table that such a statement gives.</summary>
    /// <param name="isOne">Whether all events are the one group, of which only the total is told.</param>
    /// <param name="series">Whether points of series are among the rows.</param>
    public ResultTable Table(bool isOne, bool series)
    {
        var shown = isOne ? [0] : Sorted();
        var places = new int[merge.Groups.Count];
        for (var n = 0; n < Math.Min(shown.Length, query.Limit); n++) places[shown[n]] = n + 1;
        _rows.Add(new Row(CombinedCompiler.Total, merge.Total, 0));
        if (!isOne) for (var n = 0; n < Math.Min(shown.Length, query.Limit + 1); n++) _rows.Add(new Row(CombinedCompiler.Group, merge.Groups, shown[n], n + 1, Group: shown[n]));
        if (!isOne && shown.Length > query.Limit) _rows.Add(new Row(CombinedCompiler.Other, Other(shown.AsSpan(query.Limit)), 0));
        for (var point = 0; series && point < merge.Places.Count; point++)
        {
            var (group, time) = merge.Places[point];
            if (places[group] > 0) _rows.Add(new Row(CombinedCompiler.Point, merge.Points, point, places[group], time));
        }

        Rank([.. _rows.Select(r => (r.Level, r.Cell)).Distinct()], [.. Enumerable.Range(0, plan.Measures.Length).Where(m => plan.Shares[m].Length > 0)]);
        var isTotal = new Func<Row, bool>(r => r.Part == CombinedCompiler.Total);
        return new ResultTable(
        [
            Whole("part", r => r.Part, _ => true), Whole("n", r => r.N, r => r.N >= 0), Whole("t", r => r.Time, r => r.Part == CombinedCompiler.Point), Whole("k", r => r.Group, r => r.Group >= 0),
            .. query.Breakdowns.Select((b, k) => Key(b, k)),
            Whole("matched", r => (long)merge.Total.Measures[0][0].Whole, isTotal),
            Real("weight", _ => merge.Total.Measures[0][0].Real, isTotal),
            .. plan.Calculations.SelectMany((c, i) => Results(c, i)),
        ]);
    }

    /// <summary>All groups, in the order of the answer.</summary>
    private int[] Sorted()
    {
        var groups = Enumerable.Range(0, merge.Groups.Count).ToArray();
        int[] ranked = [.. query.Orders.Where(o => o.IsCalculation && plan.Calculations[o.Index].Share >= 0).Select(o => plan.Calculations[o.Index].Measure).Distinct()];
        if (ranked.Length > 0) Rank(Array.ConvertAll(groups, g => (merge.Groups, g)), ranked);
        var values = query.Orders.Select(o => o.IsCalculation ? Array.ConvertAll(groups, g => Value(plan.Calculations[o.Index], merge.Groups, g)) : []).ToArray();
        Array.Sort(groups, (one, other) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                var order = query.Orders[i];
                var (has, hasOther, less) = order.IsCalculation ? Compared(values[i][one], values[i][other]) : Compared(order.Index, one, other);
                // What is missing comes last, whatever the direction.
                if (!has || !hasOther)
                {
                    if (has != hasOther) return has ? -1 : 1;
                    continue;
                }

                if (less != 0) return order.Descending ? -less : less;
            }

            return one.CompareTo(other);
        });
        return groups;
    }

    private static (bool, bool, int) Compared(CellValue one, CellValue other) => (one.HasValue, other.HasValue, one.Whole == other.Whole ? one.Real.CompareTo(other.Real) : one.Whole.CompareTo(other.Whole));

    private (bool, bool, int) Compared(int key, int one, int other)
    {
        var (a, b) = (merge.CodeOf(one, key), merge.CodeOf(other, key));
        return (a > 0, b > 0, a > 0 && b > 0 ? merge.Keys[key].Compare(a, b) : 0);
    }

    /// <summary>What the limit cut.</summary>
    private CellLevel Other(ReadOnlySpan<int> groups)
    {
        var other = new CellLevel(plan.Measures);
        other.Grow(1);
        foreach (var group in groups) other.Add(0, merge.Groups, group);
        return other;
    }

    private CellValue Value(CellCalculation calculation, CellLevel level, int cell)
    {
        var sums = level.Measures[calculation.Measure];
        if (calculation.Share >= 0) return Ranked(calculation, level, cell);
        var value = sums[cell];
        if (calculation.Count >= 0)
        {
            var count = level.Measures[calculation.Count][cell].Real;
            return value.HasValue && count > 0 ? CellValue.Of(InUnits(sums.Measure, value) / count) : default;
        }

        return value.HasValue && sums.Measure.IsExact && sums.Measure.Kind != TallyKind.Count ? CellValue.Of(InUnits(sums.Measure, value)) : value;
    }

    /// <summary>The double of a sum, which may be one of decimals.</summary>
    private static double InUnits(TallyMeasure measure, CellValue value) => !measure.IsExact ? value.Real : value.Fits ? KeptRanks.OfDecimal((long)value.Whole) : value.Real / KeptRanks.DecimalUnit;

    private CellValue Ranked(CellCalculation calculation, CellLevel level, int cell)
    {
        if (!_ranks.TryGetValue((level, cell, calculation.Measure), out var ranks)) return default;
        var bits = ranks[calculation.Share];
        return calculation.Type == ColumnType.Int64 ? CellValue.Of((Int128)bits) : CellValue.Of(BitConverter.Int64BitsToDouble(bits));
    }

    /// <summary>Finds the percentiles that measures have of cells, on all cores, of those first that are put together from many.</summary>
    private void Rank((CellLevel Level, int Cell)[] wanted, int[] measures)
    {
        var tasks = measures
            .SelectMany(m => wanted.Select(w => (w.Level, w.Cell, Measure: plan.Measures[m], Place: m, Kept: w.Level.Measures[m].Kept(w.Cell))))
            .Where(t => t.Kept is not null && !_ranks.ContainsKey((t.Level, t.Cell, t.Place))).OrderByDescending(t => t.Kept!.Count).ToArray();
        var found = Array.ConvertAll(tasks, t => new long[plan.Shares[t.Place].Length]);
        try
        {
            Parallel.For(0, tasks.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
                i => cells.Rank(tasks[i].Measure, tasks[i].Kept!, plan.Shares[tasks[i].Place], found[i], cancellationToken));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); // the caller knows what each of them means
        }

        for (var i = 0; i < tasks.Length; i++) _ranks[(tasks[i].Level, tasks[i].Cell, tasks[i].Place)] = found[i];
    }

    private ResultColumn Key(BoundColumn breakdown, int key)
    {
        int[] codes = [.. _rows.Select(r => r.Group >= 0 ? merge.CodeOf(r.Group, key) : 0)];
        return new ResultColumn(FormattableString.Invariant($"g{key}"), breakdown.Type, merge.Keys[key].Values(codes), Array.ConvertAll(codes, c => c == 0));
    }

    private IEnumerable<ResultColumn> Results(CellCalculation calculation, int index)
    {
        var values = _rows.ConvertAll(r => Value(calculation, r.Level, r.Cell));
        var name = FormattableString.Invariant($"r{index}");
        if (calculation.Type != ColumnType.Int64) return [new ResultColumn(name, ColumnType.Float64, values.Select(v => v.Real).ToArray(), [.. values.Select(v => !v.HasValue)])];
        var whole = new ResultColumn(name, ColumnType.Int64, values.Select(v => v.Fits ? (long)v.Whole : 0).ToArray(), [.. values.Select(v => !v.Fits)]);
        return calculation.MayBeBeyond ? [whole, new ResultColumn(name + "x", ColumnType.Float64, values.Select(v => v.Real).ToArray(), [.. values.Select(v => !v.HasValue)])] : [whole];
    }

    private ResultColumn Whole(string name, Func<Row, long> read, Func<Row, bool> has) => new(name, ColumnType.Int64, _rows.Select(read).ToArray(), [.. _rows.Select(r => !has(r))]);

    private ResultColumn Real(string name, Func<Row, double> read, Func<Row, bool> has) => new(name, ColumnType.Float64, _rows.Select(read).ToArray(), [.. _rows.Select(r => !has(r))]);
}
