using Explorer.Client.State;
using Storage.Queries;

namespace Explorer.Client.Components.Guide;

/// <summary>What goes wrong in the demo, for the guided investigation. There is one while the demo runs.</summary>
/// <param name="Service">The service that is slow.</param>
/// <param name="Region">Where it is slow.</param>
/// <param name="Version">The build that is slow there.</param>
/// <param name="Begin">When it began.</param>
public sealed record DemoStory(string Service, string Region, string Version, DateTimeOffset Begin)
{
    /// <summary>The steps in few words, for who has not seen the demo yet.</summary>
    public static IReadOnlyList<string> Outline { get; } =
        ["See the symptom: P99 of checkout", "Draw a heatmap of duration_ms", "Box the slow band and compare", "Check the guilty build with numbers", "Open one of its traces"];

    private const double SlowFromMs = 1_000;
    private const double SlowToMs = 30_000;

    /// <summary>Longest time that the investigation looks at.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    private static readonly TimeSpan BoxLength = TimeSpan.FromMinutes(30);

    /// <summary>The steps, from the symptom to the guilty build.</summary>
    /// <param name="now">The time of the reader.</param>
    public IReadOnlyList<GuideStep> Steps(DateTimeOffset now)
    {
        var requests = FilterEdit.And(FilterEdit.Is("service.name", Service), FilterEdit.Is("span.kind", "server"));
        var base1 = new ExplorerState { Query = new Query { Where = requests, Time = new TimeRange.Last(Length(now)) } };
        ExplorerState Ask(params Calculation[] calculations) => base1.Ask(base1.Query with { Calculations = [.. calculations] });
        var count = new Calculation(CalculationOp.Count);
        var slowest = new Calculation(CalculationOp.P99, "duration_ms");
        var heatmap = Ask(new Calculation(CalculationOp.Heatmap, "duration_ms"));
        var byBoth = Ask(slowest, count);
        byBoth = byBoth.Ask(byBoth.Query with { Breakdowns = ["cloud.region", "service.version"] });
        return
        [
            new GuideStep("The symptom", $"The slowest hundredth of the requests to {Service} takes seconds; it used to take a third of one. There are as many requests as before. Which of them are slow?", "See its shape", Ask(slowest, count)),
            new GuideStep("Its shape", "Most requests are as fast as ever, and a second band lies far above them: some are hit, not all. Drag a box around the band, or go on with one that is drawn.", "Compare the box with the rest", heatmap),
            new GuideStep("The comparison", "What do the requests in the box have that the others have not? The line above the cards says it best; the cards rank the columns by what they tell.", "Check it with numbers", heatmap with { View = ExplorerView.BubbleUp, Selection = Box(now) }),
            new GuideStep("The check", $"One of the pairs of region and build is slow. {Version} is fast everywhere else, and {Region} is fast with the build before: only where both meet it goes wrong.", "Look at one request", byBoth),
            new GuideStep("The evidence", $"Open a trace: the new build asks tax again and again for what it never finds, and waits. Roll {Version} back in {Region}.", "Done", FilterToGuilty(Ask(count)) with { View = ExplorerView.Traces, TraceOrder = EventOrder.Slowest }),
        ];
    }

    // From well before it began, in lengths that a person would choose.
    private TimeSpan Length(DateTimeOffset now)
    {
        var wanted = now - Begin + TimeSpan.FromHours(1);
        return wanted <= TimeSpan.FromHours(2) ? TimeSpan.FromHours(2) : wanted <= TimeSpan.FromHours(3) ? TimeSpan.FromHours(3) : Longest;
    }

    private static HeatmapBox Box(DateTimeOffset now)
    {
        var end = UnixTime.FromDateTimeOffset(now) / 60_000_000_000 * 60_000_000_000;
        return new HeatmapBox(end - BoxLength.Ticks * 100, end, SlowFromMs, SlowToMs);
    }

    private ExplorerState FilterToGuilty(ExplorerState state) => state.FilterTo("cloud.region", Region).FilterTo("service.version", Version);
}

/// <summary>One step of the guided investigation.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Text">What is to be seen there.</param>
/// <param name="Next">What leads on.</param>
/// <param name="State">The view that shows it.</param>
public sealed record GuideStep(string Title, string Text, string Next, ExplorerState State);
