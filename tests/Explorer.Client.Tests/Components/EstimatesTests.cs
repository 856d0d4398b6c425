using Explorer.Client.Components;
using Explorer.Client.Display;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Client.Tests.Components;

public sealed class EstimatesTests
{
    private static readonly QueryResult Sampled = new()
    {
        Results = Counts(1000, 40),
        Total = Counts(1040),
        Sampling = new Sampling([new Interval("COUNT", 52, 1034, 1046)], [[new Interval("COUNT", 50, 990, 1010)], [new Interval("COUNT", 2, 20, 60)]]),
        Meta = new QueryMeta(new TimeWindow(0, 1), 1, 52, 52, TimeSpan.Zero, 20, ["P99(d)"], false, 0, 0),
    };

    [Fact]
    public void Only_what_may_be_far_off_bears_the_sign()
    {
        Estimates.Cell(Sampled, 0, "COUNT", 1000L, Unit.Count).ShouldBe("1,000");
        Estimates.Cell(Sampled, 1, "COUNT", 40L, Unit.Count).ShouldBe("~40");
        Estimates.Cell(Sampled, Estimates.Total, "COUNT", 1040L, Unit.Count).ShouldBe("1,040");
        Estimates.Cell(Sampled, int.MaxValue, "COUNT", 40L, Unit.Count).ShouldBe("40");
    }

    [Fact]
    public void The_tooltip_tells_the_interval_and_of_how_many_events()
    {
        Estimates.Exact(Sampled, 1, "COUNT", 40L).ShouldBe("40, of 2 sampled events: 95\u00A0% between 20 and 60");
        Estimates.Exact(Sampled, 1, "P99(d)", 1.5).ShouldBe("1.5, estimated");
        Estimates.Exact(Sampled, 1, "MAX(d)", 1.5).ShouldBe("1.5");
    }

    [Fact]
    public void The_note_is_of_all_events()
    {
        Estimates.Note(Sampled, "COUNT").ShouldBe("± 0.58\u00A0%");
        Estimates.Note(Sampled, "P99(d)").ShouldBe("estimated");
        Estimates.Note(Sampled, "MAX(d)").ShouldBeEmpty();
    }

    private static ResultTable Counts(params long[] counts) => new([new ResultColumn("COUNT", ColumnType.Int64, counts, null)]);
}
