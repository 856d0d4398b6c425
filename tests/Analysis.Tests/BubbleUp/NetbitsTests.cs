using Analysis.BubbleUp;

namespace Analysis.Tests.BubbleUp;

public sealed class NetbitsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.4795001221869535)]
    [InlineData(1, 0.15729920705028513)]
    [InlineData(2, 0.004677734981047266)]
    [InlineData(3, 2.209049699858544e-05)]
    [InlineData(5, 1.5374597944280349e-12)]
    [InlineData(10, 2.088487583762545e-45)]
    public void Tails_are_those_of_the_tables(double x, double tail) => (Netbits.Erfc(x) / tail).ShouldBe(1, 1e-10);

    [Fact]
    public void Sides_that_match_alike_tell_nothing_and_opposite_ones_everything()
    {
        Netbits.Bits(30, 300, 100, 1_000).ShouldBe(0, 1e-9);
        Netbits.Bits(100, 0, 100, 1_000).ShouldBe(Netbits.Whole(100, 1_000), 1e-9);
        // 100 log2(11) + 1,000 log2(1.1)
        Netbits.Whole(100, 1_000).ShouldBe(100 * Math.Log2(11) + 1_000 * Math.Log2(1.1), 1e-9);
    }

    [Fact]
    public void Intervals_hold_the_share_they_were_made_of()
    {
        var (low, high) = Netbits.Interval(0, 10);
        low.ShouldBe(0);
        high.ShouldBe(0.2775, 1e-3);
        Netbits.Interval(0.5, 100).ShouldSatisfyAllConditions(i => i.Low.ShouldBe(0.4038, 1e-3), i => i.High.ShouldBe(0.5962, 1e-3));
        Netbits.Interval(0.3, 0).ShouldBe((0, 1));
    }
}
