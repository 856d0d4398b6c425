using Explorer.Client.Components.Guide;

namespace Explorer.Server.Demo;

/// <summary>
/// What goes wrong in the shop. Checkout 2026.11.3 is rolled out region by region and held at four fifths. It looks up tax rates under a
/// new cache key that never hits for the European provider, which then drowns in retries: requests are slow where the new build and
/// eu-west-1 meet. The other regions run the same build, and the old build serves the same region, without trouble.
/// </summary>
internal sealed class Incident(long startNanos)
{
    private const long Minute = 60_000_000_000;

    /// <summary>Time between the first slow request and the start of the demo.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromMinutes(45);

    private const double ShareHeld = 0.8;

    private readonly long _begin = startNanos - Age.Ticks * 100;

    public static Region Region { get; } = Fleet.Regions.Single(region => region.Name == "eu-west-1");

    /// <summary>What the guided investigation tells of it.</summary>
    /// <param name="now">When the demo is switched on.</param>
    public static DemoStory Story(DateTimeOffset now) => new(Fleet.Checkout.Name, Region.Name, Fleet.Checkout.Releases[^1].Version, now - Age);

    /// <summary>The part of a region's checkouts that the new build serves at a time, 0 to 0.8.</summary>
    public double NewBuildShare(Region region, long nanos)
    {
        // Europe goes first, as the canary; the others follow five minutes apart. Half an hour each.
        var delay = region == Region ? 0 : (region.Index + 1) * 5 * Minute;
        return Math.Clamp((nanos - _begin - delay) / (30.0 * Minute), 0, 1) * ShareHeld;
    }

    /// <summary>0 before; then from 0.1 up to 1 within a quarter of an hour, as the retries feed themselves.</summary>
    public double Severity(Region region, Release release, long nanos) =>
        region == Region && release == Fleet.Checkout.Releases[^1] && nanos >= _begin
            ? Math.Clamp((nanos - _begin) / (15.0 * Minute), 0.1, 1)
            : 0;
}
