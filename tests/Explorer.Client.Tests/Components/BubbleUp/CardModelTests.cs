using Analysis.BubbleUp;
using Explorer.Client.Components.BubbleUp;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Tests.Components.BubbleUp;

public sealed class CardModelTests
{
    [Fact]
    public void Values_come_first_then_the_others_then_the_missing()
    {
        var bars = CardModel.Bars(Column(["a", "b", "c", "d", Value.Null], missing: 0.3, others: 12, otherShare: 0.2));
        bars.Select(b => b.Kind).ShouldBe([BarKind.Value, BarKind.Value, BarKind.Other, BarKind.Missing]);
        bars.Select(b => b.Label).ShouldBe(["a", "b", "other (14)", "(missing)"]);
        bars[2].Shares.Selection.ShouldBe(0.2 + 0.1 + 0.1, 1e-9, "values without bars of their own are among the others");
        bars[2].Where.ShouldBe(new Filter.And([new Filter.Condition("x", FilterOp.Exists), new Filter.Condition("x", FilterOp.NotIn, new Value[] { "a", "b" }.ToValueList())]));
        bars[3].Where.ShouldBe(new Filter.Condition("x", FilterOp.DoesNotExist));
    }

    [Fact]
    public void What_is_hardly_there_takes_no_room()
    {
        var bars = CardModel.Bars(Column(["a", "b", "c", "d", Value.Null], missing: 0.001, others: 5, otherShare: 0.001));
        bars.Select(b => b.Label).ShouldBe(["a", "b", "c", "d"]);
    }

    [Fact]
    public void Leaving_out_a_value_keeps_events_without_one()
    {
        var bars = CardModel.Bars(Column(["a", Value.Null], missing: 0.3, others: 0, otherShare: 0));
        bars[0].Others.ShouldBe(new Filter.Condition("x", FilterOp.NotEqual, "a"));
        bars[1].Others.ShouldBe(new Filter.Condition("x", FilterOp.Exists));
    }

    [Fact]
    public void Bins_meet_each_number_once()
    {
        var numbers = new ComparedNumbers([0, 2, 5], [0.9, 0.1], [0.5, 0.5], 1, 2, 0.4);
        var bars = CardModel.Bars(Column([], missing: 0, others: 0, otherShare: 0) with { Numbers = numbers });
        bars.Select(b => b.Where).ShouldBe(
        [
            new Filter.And([new Filter.Condition("x", FilterOp.GreaterOrEqual, 0.0), new Filter.Condition("x", FilterOp.LessOrEqual, 2.0)]),
            new Filter.And([new Filter.Condition("x", FilterOp.Greater, 2.0), new Filter.Condition("x", FilterOp.LessOrEqual, 5.0)]),
        ]);
        bars[0].Shares.ShouldBe(new Shares(0.9, 0.5));
    }

    [Theory]
    [InlineData(1e-12, "p < 10⁻⁹")]
    [InlineData(3.2e-5, "p 3·10⁻⁵")]
    [InlineData(9.8e-5, "p 1·10⁻⁴")]
    [InlineData(0.0123, "p 0.012")]
    [InlineData(1, "p 1.00")]
    public void Chances_are_short(double p, string text) => CompareText.P(p).ShouldBe(text);

    [Theory]
    [InlineData(0, "0\u00A0%")]
    [InlineData(0.00001, "<0.1\u00A0%")]
    [InlineData(0.0193, "1.93\u00A0%")]
    [InlineData(0.968, "96.8\u00A0%")]
    public void Shares_are_percent(double share, string text) => CompareText.Share(share).ShouldBe(text);

    private static ComparedColumn Column(Value[] values, double missing, int others, double otherShare) => new()
    {
        Name = "x", Type = ColumnType.String, Score = 0.5, NetBits = 100, PValue = 0, Best = null, Distinct = 20, IsIdentifier = false, Filled = new Shares(1, 1),
        Values = [.. values.Select(v => new ComparedValue(v, Count(v.IsNull ? missing : 0.1), Count(v.IsNull ? missing : 0.1), 0))], Other = new Shares(otherShare, otherShare), OtherValues = others, Numbers = null,
    };

    private static SideCount Count(double share) => new(share * 100, share, share, share, 10, share);
}
