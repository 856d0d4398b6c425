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
    /// <summary>
    /// Parts that the time is divided in, of which some are read: short ones, since what lies between two events that are taken is gone through, but of 10 M
    /// events still 20,000 each, so that few traces are cut.
    /// </summary>
    private const int Parts = 480;

    /// <summary>Parts that are read at first, and the most of them that are: with more, all is read.</summary>
    private const int FewPlaces = 6, ManyPlaces = 48;

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
        var counted = await CountedParts.OfStatisticsAsync(store, sides, Parts, cancellationToken) ?? await CountedParts.OfEventsAsync(store, sides, Parts, cancellationToken);
        var (parts, selected, compared, rate) = (counted.Parts, counted.Selected, counted.Compared, counted.MeanSampleRate);
        if ((selected + compared) / rate > budget.ReadThrough) return OfPlaces(parts, selected, compared, rate, sides, budget);
        var isWhole = (selected + compared) / rate <= budget.Whole;
        var shares = isWhole ? (1, 1) : (Share(budget.Selected, selected / rate), Share(budget.Compared, compared / rate));
        return new SamplePlan(selected, compared, [Slice(sides.Window, shares.Item1, shares.Item2, sides)], shares.Item1, shares.Item2);
    }

    /// <summary>A condition that is only told of events takes none of them.</summary>
    private static SampleSlice Slice(TimeWindow window, double selected, double compared, Sides sides) =>
        new(window, sides.Condition is null ? [selected, compared] : [selected, compared, 0]);

    private static double Share(double wanted, double all) => all <= wanted ? 1 : wanted / all;

    private static SamplePlan OfPlaces(IReadOnlyList<CountedPart> parts, double selected, double compared, double rate, Sides sides, SampleBudget budget)
    {
        // Every n-th part, so that all of the time is seen, with n as large as still gives enough of both sides.
        var places = FewPlaces;
        var chosen = Every(Math.Max(1, parts.Count / places), parts);
        while (chosen.Count < parts.Count && !IsEnough(chosen.Sum(p => p.Selected), selected, budget.Enough, chosen.Sum(p => p.Compared), compared, budget.Compared, rate))
        {
            places += places / 2;
            chosen = places > ManyPlaces ? [.. parts] : Every(Math.Max(1, parts.Count / places), parts);
        }

        var (a, b) = (chosen.Sum(p => p.Selected), chosen.Sum(p => p.Compared));
        var shares = (Share(budget.Selected, a / rate), Share(budget.Compared, b / rate));
        var slices = Joined(chosen).Select(window => Slice(window, shares.Item1, shares.Item2, sides)).ToValueList();
        return new SamplePlan(selected, compared, slices, selected == 0 ? 1 : a * shares.Item1 / selected, compared == 0 ? 1 : b * shares.Item2 / compared);
    }

    private static bool IsEnough(double a, double selected, double enoughSelected, double b, double compared, double enoughCompared, double rate) =>
        a / rate >= Math.Min(enoughSelected, selected / rate) && b / rate >= Math.Min(enoughCompared, compared / rate);

    /// <summary>Of the parts with selected events every n-th, and as many others between the first and the last of all.</summary>
    private static List<CountedPart> Every(int step, IReadOnlyList<CountedPart> parts)
    {
        var chosen = new HashSet<CountedPart>(parts.Where((_, i) => i % step == step / 2));
        var selected = parts.Where(p => p.Selected > 0).ToArray();
        var among = Math.Max(1, selected.Length * step / Math.Max(1, parts.Count));
        for (var i = among / 2; i < selected.Length; i += among) chosen.Add(selected[i]);
        return [.. parts.Where(chosen.Contains)];
    }

    /// <summary>The times of parts, those that follow each other as one.</summary>
    private static List<TimeWindow> Joined(List<CountedPart> parts)
    {
        var windows = new List<TimeWindow>();
        foreach (var part in parts)
        {
            if (windows.Count > 0 && windows[^1].EndUnixNs == part.Window.StartUnixNs) windows[^1] = windows[^1] with { EndUnixNs = part.Window.EndUnixNs };
            else windows.Add(part.Window);
        }

        return windows;
    }
}
