namespace Explorer.Server.Demo;

/// <summary>
/// The shop: for each second before or after the start, the traces that begin in it. A pure function of seed, start, rate and second;
/// seconds may be asked for in any order.
/// </summary>
internal sealed class DemoShop
{
    /// <summary>The resource attribute, and its value, that all of the shop's programs have.</summary>
    public const string NamespaceColumn = "service.namespace";
    public const string Namespace = "shop";

    /// <summary>No trace lasts longer, its messages included.</summary>
    public const int LongestSeconds = 10;

    /// <summary>Mean over the mix of requests outside the incident, measured; a test holds it.</summary>
    public const double SpansPerRequest = 12.5;

    private const long Second = 1_000_000_000;

    private readonly long _seed;
    private readonly double _requestsPerSecond;
    private readonly Fleet _fleet;
    private readonly Incident _incident;

    public DemoShop(long seed, DateTimeOffset start, double spansPerSecond)
    {
        // Whole seconds, so that every second of the shop is one of the clock.
        StartNanos = start.ToUnixTimeSeconds() * Second;
        (_seed, _requestsPerSecond, _fleet, _incident) = (seed, spansPerSecond / SpansPerRequest, new Fleet(seed),
            new Incident(StartNanos));
    }

    /// <summary>Unix nanoseconds of second 0.</summary>
    public long StartNanos { get; }

    /// <summary>The traces that begin in a second, negative before the start. Those of messages may begin a little later.</summary>
    public List<DemoTrace> Traces(int second)
    {
        // The start is part of it: a second run over the same hours makes other ids, and no trace of two halves.
        var dice = new Dice(_seed, StartNanos, second);
        var begin = StartNanos + second * Second;
        var traces = new List<DemoTrace>();
        foreach (var region in Fleet.Regions)
        {
            for (var count = dice.Arrivals(_requestsPerSecond * region.Share * Rhythm(region, begin)); count > 0; count--)
            {
                var request = new Request(dice, _seed, _fleet, region, _incident, begin + (long)(dice.Unit() * Second));
                DemoTrace.Play(request, Topology.Entries.Pick(dice), traces);
            }
        }
        return traces;
    }

    /// <summary>How busy a region is at its hour of the day: 0.75 before dawn to 1.25 in the evening, 1 on average.</summary>
    private static double Rhythm(Region region, long nanos)
    {
        var hour = nanos / (3600.0 * Second) + region.HoursFromUtc;
        return 1 + 0.25 * Math.Cos((hour - 18) / 24 * 2 * Math.PI);
    }
}
