using Storage.Compile;
using Storage.DuckDb.Tally;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>Rows that are kept for the next question take no more memory than they may.</summary>
public sealed class KeptRowsTests
{
    private static readonly long OneBytes = new FewRows(new int[1_000]).Bytes;

    [Fact]
    public void The_rows_not_asked_for_longest_make_room()
    {
        var kept = new KeptRows(2 * OneBytes);
        var rows = Enumerable.Range(0, 3).Select(_ => new FewRows(new int[1_000])).ToArray();
        kept.Keep(Key(0), rows[0]);
        kept.Keep(Key(1), rows[1]);
        kept.Find(Key(0)).ShouldBeSameAs(rows[0]);

        kept.Keep(Key(2), rows[2]);

        kept.Find(Key(0)).ShouldBeSameAs(rows[0]);
        kept.Find(Key(1)).ShouldBeNull();
        kept.Find(Key(2)).ShouldBeSameAs(rows[2]);
        kept.Bytes.ShouldBe(2 * OneBytes);
    }

    [Fact]
    public void What_alone_is_too_much_is_not_kept_and_rows_of_others_stay()
    {
        var kept = new KeptRows(OneBytes);
        kept.Keep(Key(0), new FewRows(new int[1_000]));

        kept.Keep(Key(1), new FewRows(new int[1_001]));

        kept.Find(Key(1)).ShouldBeNull();
        kept.Find(Key(0)).ShouldNotBeNull();
    }

    [Fact]
    public void Rows_are_those_of_one_segment_row_group_column_and_value()
    {
        var kept = new KeptRows(long.MaxValue);
        var key = Key(0);
        kept.Keep(key, new FewRows([1]));

        kept.Find(new RowsKey(0, 0, "c", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "v"))).ShouldNotBeNull();
        foreach (var other in new[] { key with { Segment = 1 }, key with { Group = 1 }, key with { StoredAs = "d" }, key with { Seen = ColumnType.Int64 }, key with { Test = new(FilterOp.Equal, "w") }, key with { Test = new(FilterOp.Less, "v") } })
            kept.Find(other).ShouldBeNull(other.ToString());
    }

    private static RowsKey Key(int segment) => new(segment, 0, "c", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "v"));
}
