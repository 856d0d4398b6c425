using Explorer.Server.Demo;

namespace Explorer.Server.Tests.Demo;

public sealed class DiceTests
{
    [Fact]
    public void Equal_seeds_give_equal_sequences_and_their_order_matters()
    {
        static ulong[] First(params long[] seeds)
        {
            var dice = new Dice(seeds);
            return [.. Enumerable.Range(0, 100).Select(_ => dice.Next())];
        }

        First(1, 2).ShouldBe(First(1, 2));
        First(1, 2).ShouldNotBe(First(2, 1));
        First(1, -1).ShouldNotBe(First(1, 1));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(12)]
    [InlineData(95)]
    public void Arrivals_have_the_mean_and_the_variance_of_independent_ones(double mean)
    {
        var dice = new Dice(4);
        var counts = Enumerable.Range(0, 20_000).Select(_ => (double)dice.Arrivals(mean)).ToList();
        var average = counts.Average();
        average.ShouldBe(mean, mean * 0.05);
        counts.Average(count => (count - average) * (count - average)).ShouldBe(mean, mean * 0.1);
    }

    [Fact]
    public void Around_has_its_median_and_is_bounded()
    {
        var dice = new Dice(9);
        var values = Enumerable.Range(0, 20_000).Select(_ => dice.Around(100, 0.5)).Order().ToList();
        values[10_000].ShouldBe(100, 3);
        values[^1].ShouldBeLessThanOrEqualTo(100 * Math.Exp(1.5) + 1e-9);
        values[0].ShouldBeGreaterThanOrEqualTo(100 * Math.Exp(-1.5) - 1e-9);
    }

    [Fact]
    public void Weights_decide_how_often_a_value_comes()
    {
        var dice = new Dice(2);
        var choice = new Weighted<string>(("often", 3), ("rarely", 1), ("never", 0));
        var picks = Enumerable.Range(0, 10_000).Select(_ => choice.Pick(dice)).CountBy(value => value).ToDictionary();
        picks["often"].ShouldBeInRange(7300, 7700);
        picks.ShouldNotContainKey("never");
    }
}
