using System.Text;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Events;

public sealed class SharedValueTests
{
    [Fact]
    public void A_shared_value_is_like_one_that_was_set()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        SharedValue[] shared = [builder.Share("b", true), builder.Share("i", 7L), builder.Share("d", 0.5), builder.Share("s", "text"), builder.Share("never", "x")];
        for (var row = 0; row < 3; row++)
        {
            builder.BeginEvent(row + 1);
            foreach (var value in shared.Take(4)) builder.Set(value);
            if (row == 1) builder.Set("i", "own"); // the last wins, whatever its type
            builder.Has("i").ShouldBeTrue();
            builder.Has("never").ShouldBeFalse();
            builder.EndEvent();
        }

        builder.BeginEvent(4);
        builder.Set("i", "own");
        builder.Set(shared[1]);
        builder.Has("b").ShouldBeFalse();
        builder.EndEvent();
        var batch = builder.Build();
        batch[2, "b"].ShouldBe(true);
        batch[2, "d"].ShouldBe(0.5);
        batch[2, "s"].ShouldBe("text");
        Enumerable.Range(0, 4).Select(row => batch[row, "i"]).ShouldBe([7L, "own", 7L, 7L]);
        batch.Columns.ShouldNotContain(c => c.Name == "never");
        batch.Columns.Single(c => c.Name == "s").Heap.Length.ShouldBe(4);
    }

    [Fact]
    public void A_shared_value_without_a_column_goes_to_overflow()
    {
        var builder = new EventBatchBuilder(new Schema([], maxColumns: 1));
        var (first, second, third) = (builder.Share("first", 1L), builder.Share("second", "2"), builder.Share("third", double.NaN));
        builder.BeginEvent(1);
        builder.Set(first);
        builder.Set(second);
        builder.Set(third);
        builder.Has("second").ShouldBeTrue();
        builder.EndEvent();
        builder.OverflowedValues.ShouldBe(2);
        var batch = builder.Build();
        batch[0, "first"].ShouldBe(1L);
        batch[0, WellKnownColumns.Overflow].ShouldBe("""{"second":"2","third":"NaN"}""");
    }

    [Fact]
    public void A_shared_value_that_is_too_long_marks_every_event_that_has_it()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        var shared = builder.Share("big", string.Concat(Enumerable.Repeat("é", EventBatchBuilder.MaxValueBytes)));
        foreach (var has in new[] { true, false, true })
        {
            builder.BeginEvent(1);
            if (has) builder.Set(shared);
            builder.EndEvent();
        }

        builder.TruncatedValues.ShouldBe(2);
        var batch = builder.Build();
        Encoding.UTF8.GetByteCount(batch[0, "big"].AsString()).ShouldBe(EventBatchBuilder.MaxValueBytes);
        Enumerable.Range(0, 3).Select(row => batch[row, WellKnownColumns.Truncated]).ShouldBe([true, Value.Null, true]);
    }

    [Fact]
    public void A_shared_value_is_for_its_own_builder()
    {
        var other = new EventBatchBuilder(Schema.Empty).Share("a", 1L);
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.BeginEvent(1);
        Should.Throw<ArgumentException>(() => builder.Set(other));
    }
}
