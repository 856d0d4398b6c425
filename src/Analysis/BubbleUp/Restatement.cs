using Storage.Events;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>Recognises columns that say, in other words, what the selection is made of.</summary>
/// <param name="own">The selection's own columns, of the same events.</param>
/// <param name="times">Times of the events, when the selection is one in time.</param>
internal sealed class Restatement(IReadOnlyList<SampleColumn> own, long[]? times)
{
    private const int Looked = 20_000;

    /// <summary>Of nearly all columns some events say that they are in another order: those of which a few are as far from it as this.</summary>
    private const int LookedFirst = 500;
    private const double OtherOrder = 0.97;

    private const int MinValues = 3;
    private const double SameOrder = 0.999;

    /// <summary>Names of which one follows from the other by definition.</summary>
    private static readonly string[][] Definitions =
    [
        [WellKnownColumns.Error, WellKnownColumns.StatusCode],
        [WellKnownColumns.SeverityNumber, WellKnownColumns.SeverityText],
        [WellKnownColumns.SpanId, WellKnownColumns.TraceId],
    ];

    /// <summary>Columns that are ids of the event itself or of its place in a trace: no value of theirs can be a cause.</summary>
    public static bool IsPlace(string column) => column is WellKnownColumns.TraceId or WellKnownColumns.SpanId or WellKnownColumns.LinkSpanId or WellKnownColumns.LinkTraceId;

    /// <summary>The column that follows by definition from one of the names, or null.</summary>
    public static string? DefinedBy(string column, IReadOnlySet<string> names) =>
        Definitions.FirstOrDefault(d => d.Contains(column) && d.Any(n => n != column && names.Contains(n)))?.First(n => n != column);

    /// <summary>The own column that this one restates, or null.</summary>
    public string? Of(SampleColumn column)
    {
        foreach (var known in own)
        {
            if (IsOneToOne(known, column)) return known.Name;
            if (column.Type.IsNumeric() && known.Type.IsNumeric() && HaveSameOrder(i => Number(known, i), i => Number(column, i), column.Codes.Length)) return known.Name;
        }

        return times is not null && column.Type.IsNumeric() && HaveSameOrder(i => times[i], i => Number(column, i), column.Codes.Length) ? WellKnownColumns.Time : null;
    }

    /// <summary>True when every value of the one goes with one value of the other, and there are some of both.</summary>
    private static bool IsOneToOne(SampleColumn known, SampleColumn column)
    {
        if (known.Values < MinValues || column.Values < MinValues || Math.Abs(known.Values - column.Values) > 0 || known.IsOpen || column.IsOpen) return false;
        // Two ids of an event go together whatever they mean.
        if (known.Values > known.Codes.Length / 2) return false;
        var (there, back) = (new int[known.CodeCount], new int[column.CodeCount]);
        for (var i = 0; i < known.Codes.Length; i++)
        {
            var (x, y) = (known.Codes[i], column.Codes[i]);
            if (x == 0 && y == 0) continue;
            if (x == 0 || y == 0) return false;
            if (there[x] == 0 && back[y] == 0) (there[x], back[y]) = (y, x);
            else if (there[x] != y || back[y] != x) return false;
        }

        return true;
    }

    private static double Number(SampleColumn column, int row) =>
        column.Codes[row] is > 0 and var code && code <= column.Values ? column.Number(code) : double.NaN;

    private static bool HaveSameOrder(Func<int, double> x, Func<int, double> y, int events) =>
        OrderOf(x, y, events, LookedFirst) is not < OtherOrder && OrderOf(x, y, events, Looked) is >= SameOrder;

    /// <summary>How far two numbers go together in their order, 0 to 1, by so many events; null where these are too few to tell.</summary>
    private static double? OrderOf(Func<int, double> x, Func<int, double> y, int events, int looked)
    {
        var step = Math.Max(1, events / looked);
        var (xs, ys) = (new List<double>(), new List<double>());
        for (var i = 0; i < events; i += step)
        {
            var (a, b) = (x(i), y(i));
            if (double.IsNaN(a) || double.IsNaN(b)) continue;
            xs.Add(a);
            ys.Add(b);
        }

        if (xs.Count < 20 || xs.Distinct().Take(21).Count() < 21 || ys.Distinct().Take(21).Count() < 21) return null;
        return Math.Abs(Correlation(Ranks(xs), Ranks(ys)));
    }

    private static double[] Ranks(List<double> values)
    {
        var order = Enumerable.Range(0, values.Count).ToArray();
        Array.Sort(values.ToArray(), order);
        var ranks = new double[order.Length];
        for (var i = 0; i < order.Length;)
        {
            var end = i + 1;
            while (end < order.Length && values[order[end]].Equals(values[order[i]])) end++;
            for (var j = i; j < end; j++) ranks[order[j]] = (i + end - 1) / 2.0;
            i = end;
        }

        return ranks;
    }

    private static double Correlation(double[] x, double[] y)
    {
        var (mx, my) = (x.Average(), y.Average());
        var (xy, xx, yy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }

        return xx == 0 || yy == 0 ? 0 : xy / Math.Sqrt(xx * yy);
    }
}
