using Storage;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>How much may be read to rank.</summary>
/// <param name="Whole">Events of both sides up to which all are read.</param>
/// <param name="Selected">Else events of the selection. 50,000 give a share of 50 % to 0.23 points, one of 1 % to 0.05.</param>
/// <param name="Compared">And of the baseline.</param>
/// <param name="Enough">Selected events that suffice, where reading more means reading everywhere.</param>
/// <param name="ReadThrough">Events in the whole time above which only some places are read: a segment's column is decoded as a whole, whatever is taken of it.</param>
internal sealed record SampleBudget(double Whole, double Selected, double Compared, double Enough, double ReadThrough)
{
    public static SampleBudget Default { get; } = new(200_000, 50_000, 50_000, 2_000, 1_500_000);
}

/// <summary>How much of both sides is read, and where: everything when it is little; else as much as ranks well, from few places.</summary>
internal sealed class SamplePlan
{
    /// <summary>Parts that the time is divided in, of which some are read.</summary>
    private const int Parts = 120;

    private SamplePlan(double selected, double compared, ValueList<SampleSlice> slices, double selectedShare, double comparedShare)
    {
        (SelectedWeight, ComparedWeight, Slices, SelectedShare, ComparedShare) = (selected, compared, slices, selectedShare, comparedShare);
    }

    /// <summary>Real events of a side.</summary>
    public double SelectedWeight { get; }

    public double ComparedWeight { get; }

    public ValueList<SampleSlice> Slices { get; }

    /// <summary>Share of a side's events that the slices hold.</summary>
    public double SelectedShare { get; }

    public double ComparedShare { get; }

    /// <summary>Counts both sides over time, exactly, and decides.</summary>
    public static async Task<SamplePlan> MakeAsync(IEventStore store, Sides sides, SampleBudget budget, CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1e-9, sides.Window.LengthNs / 1e9 / Parts);
        var query = sides.Query with
        {
            Calculations =
            [
                new Calculation(CalculationOp.Count, Name: "selected", Where: sides.IsSelected),
                new Calculation(CalculationOp.Count, Name: "compared", Where: sides.IsCompared),
            ],
            Breakdowns = [], Havings = [], Orders = [], Formulas = [], Columns = [], Cursor = null, Limit = null,
            GranularitySeconds = seconds, CompareOffsetSeconds = null, Series = true,
        };
        var result = await store.RunAsync(query, cancellationToken);
        var rate = result.Meta.MeanSampleRate;
        var parts = PartsOf(result, sides.Window);
        var (selected, compared) = (parts.Sum(p => p.Selected), parts.Sum(p => p.Compared));
        if ((selected + compared) / rate > budget.ReadThrough) return OfPlaces(parts, selected, compared, rate, sides, budget);
        var isWhole = (selected + compared) / rate <= budget.Whole;
        var shares = isWhole ? (1, 1) : (Share(budget.Selected, selected / rate), Share(budget.Compared, compared / rate));
        return new SamplePlan(selected, compared, [Slice(sides.Window, shares.Item1, shares.Item2, sides)], shares.Item1, shares.Item2);
    }

    /// <summary>A condition that is only told of events takes none of them.</summary>
    private static SampleSlice Slice(TimeWindow window, double selected, double compared, Sides sides) =>
        new(window, sides.Condition is null ? [selected, compared] : [selected, compared, 0]);

    private static double Share(double wanted, double all) => all <= wanted ? 1 : wanted / all;

    private static SamplePlan OfPlaces(List<Part> parts, double selected, double compared, double rate, Sides sides, SampleBudget budget)
    {
        // Every n-th part, so that all of the time is seen, with n as large as still gives enough of the selection.
        var step = Math.Max(1, parts.Count / 6);
        var chosen = Every(step, parts);
        while (step > 1 && chosen.Sum(p => p.Selected) / rate < Math.Min(budget.Enough, selected / rate))
            chosen = Every(--step, parts);
        var (a, b) = (chosen.Sum(p => p.Selected), chosen.Sum(p => p.Compared));
        var shares = (Share(budget.Selected, a / rate), Share(budget.Compared, b / rate));
        var slices = chosen.Select(p => Slice(p.Window, shares.Item1, shares.Item2, sides)).ToValueList();
        return new SamplePlan(selected, compared, slices, selected == 0 ? 1 : a * shares.Item1 / selected, compared == 0 ? 1 : b * shares.Item2 / compared);
    }

    /// <summary>Of the parts with selected events every n-th, and as many others between the first and the last of all.</summary>
    private static List<Part> Every(int step, List<Part> parts)
    {
        var chosen = new HashSet<Part>(parts.Where((_, i) => i % step == step / 2));
        var selected = parts.Where(p => p.Selected > 0).ToArray();
        var among = Math.Max(1, selected.Length * step / Math.Max(1, parts.Count));
        for (var i = among / 2; i < selected.Length; i += among) chosen.Add(selected[i]);
        return [.. parts.Where(chosen.Contains)];
    }

    private static List<Part> PartsOf(QueryResult result, TimeWindow window)
    {
        var parts = new List<Part>();
        for (var i = 0; i < result.Series.RowCount; i++)
        {
            var start = result.Series.Times[i];
            var end = start > long.MaxValue - result.Meta.GranularityNs ? long.MaxValue : start + result.Meta.GranularityNs;
            parts.Add(new Part(
                new TimeWindow(Math.Max(start, window.StartUnixNs), Math.Min(end, window.EndUnixNs)), Number(result, 0, i), Number(result, 1, i)));
        }

        return parts;
    }

    private static double Number(QueryResult result, int calculation, int row) =>
        result.Series.Calculations[calculation][row] is { IsNumber: true } value ? value.AsDouble() : 0;

    private sealed record Part(TimeWindow Window, double Selected, double Compared);
}
