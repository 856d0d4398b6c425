using FsCheck;
using FsCheck.Fluent;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Events;

public sealed class HeldValueTests
{
    [Fact]
    public void A_held_value_is_like_one_that_every_event_sets()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.TryHold(builder.Slot("b")!, true).ShouldBeTrue();
        builder.TryHold(builder.Slot("i")!, 7L).ShouldBeTrue();
        builder.TryHold(builder.Slot("d")!, 0.5).ShouldBeTrue();
        builder.TryHold(builder.Slot("s")!, "text"u8).ShouldBeTrue();
        for (var row = 0; row < 3; row++)
        {
            builder.BeginEvent(row + 1);
            if (row == 1) builder.Set("i", "own"); // the last wins, whatever its type
            builder.Has("i").ShouldBeTrue();
            builder.Has("never").ShouldBeFalse();
            builder.EndEvent();
        }

        builder.ReleaseHeld();
        builder.BeginEvent(4);
        builder.Has("b").ShouldBeFalse();
        builder.EndEvent();
        using var batch = builder.Build();
        Enumerable.Range(0, 4).Select(row => batch[row, "b"]).ShouldBe([true, true, true, Value.Null]);
        Enumerable.Range(0, 4).Select(row => batch[row, "i"]).ShouldBe([7L, "own", 7L, Value.Null]);
        batch[2, "d"].ShouldBe(0.5);
        batch[2, "s"].ShouldBe("text");
        batch.Columns.Single(c => c.Name == "s").Heap.Length.ShouldBe(4);
    }

    [Fact]
    public void What_each_event_must_say_itself_is_not_held()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.TryHold(builder.Slot("big")!, new byte[EventBatchBuilder.MaxValueBytes + 1]).ShouldBeFalse();
        builder.TryHold(builder.Slot("time")!, "text"u8).ShouldBeFalse();
        new EventBatchBuilder(new Schema([], maxColumns: 0)).Slot("name.of.mine").ShouldBeNull();
        builder.BeginEvent(1);
        Should.Throw<InvalidOperationException>(() => builder.TryHold(builder.Slot("late")!, 1L));
    }

    /// <summary>A builder that holds, releases and is reset does what a new one does whose events set everything.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Random_events_are_the_same_held_and_set(bool areKnown)
    {
        var schema = areKnown ? new Schema(Enumerable.Range(0, 6).Select(i => new Column("h" + i, ColumnType.String, 1, 1, 1)), 10) : Schema.Empty;
        var reused = new EventBatchBuilder(schema);
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            if (seed % 3 == 0) reused.Reset(new Schema(schema.Columns, 10)); // the same names in another schema: none is known any more
            reused.Reset(schema);
            if (seed % 2 == 0) reused.Reset(schema); // there is nothing to forget
            using var expected = Write(new EventBatchBuilder(schema), new Random(seed), holds: false);
            using var actual = Write(reused, new Random(seed), holds: true);
            Text(actual).ShouldBe(Text(expected));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static EventBatch Write(EventBatchBuilder builder, Random random, bool holds)
    {
        var held = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < 40; row++)
        {
            if (random.Next(8) == 0)
            {
                held.Clear();
                builder.ReleaseHeld();
                for (var i = random.Next(4); i > 0; i--)
                {
                    var (name, value) = ("h" + random.Next(4), random.Next(8));
                    held[name] = value;
                    if (holds) Hold(builder, builder.Slot(name)!, value);
                }
            }

            builder.BeginEvent(row + 1);
            if (!holds)
                foreach (var (name, value) in held) Set(builder, builder.Slot(name)!, value);
            for (var i = random.Next(4); i > 0; i--) Set(builder, builder.Slot("h" + random.Next(6))!, random.Next(8));
            builder.EndEvent();
        }

        return builder.Build();
    }

    private static void Hold(EventBatchBuilder builder, ColumnSlot slot, int value)
    {
        switch (value % 4)
        {
            case 0: builder.TryHold(slot, value > 4).ShouldBeTrue(); break;
            case 1: builder.TryHold(slot, (long)value).ShouldBeTrue(); break;
            case 2: builder.TryHold(slot, value / 2.0).ShouldBeTrue(); break;
            default: builder.TryHold(slot, System.Text.Encoding.UTF8.GetBytes("text " + value)).ShouldBeTrue(); break;
        }
    }

    private static void Set(EventBatchBuilder builder, ColumnSlot slot, int value)
    {
        switch (value % 4)
        {
            case 0: builder.Set(slot, value > 4); break;
            case 1: builder.Set(slot, (long)value); break;
            case 2: builder.Set(slot, value / 2.0); break;
            default: builder.Set(slot, System.Text.Encoding.UTF8.GetBytes("text " + value)); break;
        }
    }

    private static string Text(EventBatch batch) => string.Join('\n', batch.Columns.OrderBy(c => c.Name, StringComparer.Ordinal).ThenBy(c => c.Type)
        .Select(c => $"{c.Name} {c.Type} {string.Join(' ', Enumerable.Range(0, batch.Count).Select(row => c.ValueAt(row)))}"));
}
