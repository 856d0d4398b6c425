using Storage;
using Storage.Queries;

namespace Analysis.BubbleUp;

/// <summary>How much may be read to rank.</summary>
/// <param name="Whole">Events of both sides up to which all are read.</param>
/// <param name="Selected">Else events of the selection. 30,000 give a share of 50 % to 0.29 points, one of 1 % to 0.06.</param>
/// <param name="Compared">And of the baseline.</param>
/// <param name="Enough">Selected events that suffice, where reading more means reading more places; and a tenth of the events of the baseline that do.</param>
/// <param name="ReadThrough">Events in the whole time above which only some places are read; of more than a hundred columns fewer, down to a third.</param>
internal sealed record SampleBudget(double Whole, double Selected, double Compared, double Enough, double ReadThrough)
{
    public static SampleBudget Default { get; } = new(200_000, 30_000, 30_000, 2_000, 1_500_000);
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

    /// <summary>The least share of a part's time that is read where it has much more than is needed: of a day still 22 seconds, so that few traces are cut.</summary>
    private const double LeastMiddle = 1 / 8.0;

    /// <summary>With so many columns it takes as long to find the events in each as to read them.</summary>
    private const double ManyColumns = 100;

    /// <summary>Selected events of a place that is read for them alone, of whose traces it is seen whether they are in the baseline too.</summary>
    private const double Witnesses = 250;

    /// <summary>Shares of the traces that are read, of the selection and of the baseline.</summary>
    private readonly double _share, _comparedShare;

    private SamplePlan(double selected, double compared, ValueList<SampleSlice> slices, double share, double comparedShare)
    {
        (SelectedWeight, ComparedWeight, Slices, _share, _comparedShare) = (selected, compared, slices, share, comparedShare);
        (SelectedShare, ComparedShare, SeenShare) = (share, comparedShare, Seen(share, comparedShare));
    }

    /// <summary>Real events of a side.</summary>
    public double SelectedWeight { get; }

    public double ComparedWeight { get; }

    public ValueList<SampleSlice> Slices { get; }

    /// <summary>Share of a side's events that the slices hold.</summary>
    public double SelectedShare { get; private init; }

    public double ComparedShare { get; private init; }

    /// <summary>Of the selected traces that are read, the share whose events of the baseline are read as well.</summary>
    public double SeenShare { get; private init; }

    /// <summary>False for the time of a place that is read for its selected events alone: with those of the baseline there, it would have more of this time than of others.</summary>
    public bool IsCounted(long time) => !Further.Any(w => time >= w.StartUnixNs && time < w.EndUnixNs);

    /// <summary>Places that are read for their selected events alone.</summary>
    private IReadOnlyList<TimeWindow> Further { get; init; } = [];

    /// <summary>The share of the traces whose events of the baseline are read there.</summary>
    private double WitnessShare { get; init; } = 1;

    /// <summary>False when parts were cut to their middles and far fewer events were there than if these lay evenly: a burst of them may lie beside.</summary>
    public bool IsKept(Comparison made) => !IsCut || (IsKept(made.Selection) && IsKept(made.Baseline));

    private bool IsCut { get; init; }

    private double Rate { get; init; } = 1;

    /// <summary>Half is enough, and a little less where there are so few that chance may have taken them.</summary>
    private bool IsKept(ComparedSide side) => side.Events * side.SampleShare / Rate is var promised && 2 * side.SampledEvents >= promised - 4 * Math.Sqrt(promised);

    /// <summary>How many events of a side and time one that is read stands for.</summary>
    public double StandsFor(bool isSelected, long time) => 1 / (isSelected ? _share : IsCounted(time) ? _comparedShare : WitnessShare);

    /// <summary>Counts both sides over time, exactly, and decides.</summary>
    /// <param name="store">Where the events are.</param>
    /// <param name="sides">What is compared.</param>
    /// <param name="budget">How much may be read.</param>
    /// <param name="mayCut">Whether of places with plenty the middles do; not where events turned out to lie elsewhere.</param>
    /// <param name="cancellationToken">Stops the counting.</param>
    public static async Task<SamplePlan> MakeAsync(IEventStore store, Sides sides, SampleBudget budget, bool mayCut, CancellationToken cancellationToken)
    {
        var counted = await CountedParts.OfStatisticsAsync(store, sides, Parts, cancellationToken) ?? await CountedParts.OfEventsAsync(store, sides, Parts, cancellationToken);
        var (parts, selected, compared, rate) = (counted.Parts, counted.Selected, counted.Compared, counted.MeanSampleRate);
        if ((selected + compared) / rate * Math.Clamp(store.Schema.Columns.Length / ManyColumns, 1, 3) > budget.ReadThrough) return OfPlaces(parts, selected, compared, rate, sides, budget, mayCut);
        var isWhole = (selected + compared) / rate <= budget.Whole;
        var shares = isWhole ? (1, 1) : (Share(budget.Selected, selected / rate), Share(budget.Compared, compared / rate));
        return new SamplePlan(selected, compared, [Slice(sides.Window, shares.Item1, shares.Item2, sides)], shares.Item1, shares.Item2);
    }

    /// <summary>A condition that is only told of events takes none of them.</summary>
    private static SampleSlice Slice(TimeWindow window, double selected, double compared, Sides sides) =>
        new(window, sides.Condition is null ? [selected, compared] : [selected, compared, 0]);

    private static double Share(double wanted, double all) => all <= wanted ? 1 : wanted / all;

    /// <summary>The traces of a smaller share are all among those of a larger one.</summary>
    private static double Seen(double selectedShare, double comparedShare) => Math.Min(1, comparedShare / selectedShare);

    private static SamplePlan OfPlaces(IReadOnlyList<CountedPart> parts, double selected, double compared, double rate, Sides sides, SampleBudget budget, bool mayCut)
    {
        // Every n-th part, so that all of the time is seen, with n as large as still gives enough of both sides.
        var places = FewPlaces;
        var (even, further) = Every(Math.Max(1, parts.Count / places), parts);
        while (even.Count < parts.Count
            && !IsEnough(even.Concat(further).Sum(p => p.Selected), selected, budget.Enough, even.Sum(p => p.Compared), compared, Math.Min(budget.Compared, 10 * budget.Enough), rate))
        {
            places += places / 2;
            (even, further) = places > ManyPlaces ? ([.. parts], []) : Every(Math.Max(1, parts.Count / places), parts);
        }

        var isCut = mayCut && even.Count <= ManyPlaces;
        if (isCut)
        {
            var (forSelected, forCompared) = (Needed(budget.Selected, even.Concat(further).Sum(p => p.Selected) / rate), Needed(budget.Compared, even.Sum(p => p.Compared) / rate));
            var isFurtherEnough = further.Sum(p => p.Selected) * forSelected / rate >= budget.Enough;
            (even, further) = (Middles(even, isFurtherEnough ? forCompared : Math.Max(forSelected, forCompared)), Middles(further, forSelected));
        }

        var (evenly, alone, b) = (even.Sum(p => p.Selected), further.Sum(p => p.Selected), even.Sum(p => p.Compared));
        var (share, comparedShare) = (Share(budget.Selected, (evenly + alone) / rate), Share(budget.Compared, b / rate));
        var witnessShare = Math.Min(comparedShare, Share(Witnesses, alone / rate));
        var slices = Joined(even).Select(w => Slice(w, share, comparedShare, sides)).Concat(Joined(further).Select(w => Slice(w, share, witnessShare, sides))).ToValueList();
        var seen = evenly + alone == 0 ? 1 : (evenly * Seen(share, comparedShare) + alone * Seen(share, witnessShare)) / (evenly + alone);
        return new SamplePlan(selected, compared, slices, share, comparedShare)
        {
            IsCut = isCut,
            Rate = rate,
            Further = Joined(further),
            WitnessShare = witnessShare,
            SelectedShare = selected == 0 ? 1 : (evenly + alone) * share / selected,
            ComparedShare = compared == 0 ? 1 : b * comparedShare / compared,
            SeenShare = seen,
        };
    }

    private static bool IsEnough(double a, double selected, double enoughSelected, double b, double compared, double enoughCompared, double rate) =>
        a / rate >= Math.Min(enoughSelected, selected / rate) && b / rate >= Math.Min(enoughCompared, compared / rate);

    /// <summary>The share of a part's time in which twice as much lies as is wanted.</summary>
    private static double Needed(double wanted, double all) => Math.Clamp(2 * wanted / all, LeastMiddle, 1);

    /// <summary>The middles of parts, with what lies there if it lies evenly.</summary>
    private static List<CountedPart> Middles(List<CountedPart> parts, double share) => share >= 1 ? parts : parts.ConvertAll(p =>
    {
        var left = (long)(p.Window.LengthNs * (1 - share) / 2);
        return new CountedPart(new TimeWindow(p.Window.StartUnixNs + left, p.Window.EndUnixNs - left), p.Selected * share, p.Compared * share);
    });

    /// <summary>Of all parts every n-th; and of those with selected events as many others, between the first and the last of them.</summary>
    private static (List<CountedPart> Even, List<CountedPart> Further) Every(int step, IReadOnlyList<CountedPart> parts)
    {
        var even = new HashSet<CountedPart>(parts.Where((_, i) => i % step == step / 2));
        var selected = parts.Where(p => p.Selected > 0).ToArray();
        var among = Math.Max(1, selected.Length * step / Math.Max(1, parts.Count));
        return ([.. parts.Where(even.Contains)], [.. selected.Where((p, i) => i % among == among / 2 && !even.Contains(p))]);
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
