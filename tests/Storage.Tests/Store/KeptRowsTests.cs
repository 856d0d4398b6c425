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
    public void Others_make_room_for_what_is_kept()
    {
        var kept = new KeptRows(10 * OneBytes);
        for (var i = 0; i < 100; i++)
        {
            var rows = new FewRows(new int[1_000]);
            kept.Keep(Key(i), rows);

            kept.Find(Key(i)).ShouldBeSameAs(rows);
            kept.Bytes.ShouldBe(Math.Min(i + 1, 10) * OneBytes);
            Enumerable.Range(0, i + 1).Count(k => kept.Find(Key(k)) is not null).ShouldBe(Math.Min(i + 1, 10));
        }
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

    [Fact]
    public void Numbers_are_those_that_were_given_whatever_room_they_take()
    {
        foreach (var span in new[] { 0L, 1, uint.MaxValue, 1L + uint.MaxValue, (1L << 40) - 1, 1L << 40, long.MaxValue })
        {
            foreach (var least in new[] { 0L, -77, long.MinValue })
            {
                long[] values = [unchecked(least + span), least, unchecked(least + span / 2), unchecked(least + span / 3)];
                var numbers = new FewNumbers(values, null);
                var (all, some) = (new long[4], new long[2]);
                numbers.CopyTo([], all);
                numbers.CopyTo([1, 3], some);

                all.ShouldBe(values);
                some.ShouldBe([values[1], values[3]]);
                Enumerable.Range(0, 4).Select(i => numbers[i]).ShouldBe(values);
            }
        }
    }

    private static RowsKey Key(int segment) => new(segment, 0, "c", ColumnType.String, new BoundTest.Compare(FilterOp.Equal, "v"));
}
