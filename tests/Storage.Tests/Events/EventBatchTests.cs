using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Storage.DuckDb.Native;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Events;

public sealed class EventBatchTests
{
    [Fact]
    public void Every_type_comes_back_where_it_was_set_and_is_missing_elsewhere()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.BeginEvent(10);
        builder.Set("b", true);
        builder.Set("i", long.MinValue);
        builder.Set("d", double.NaN);
        builder.Set("s", "");
        builder.SetId("trace.trace_id", [1, 2, 0xAB]);
        builder.EndEvent();
        builder.BeginEvent(5);
        builder.Set("s", "zwei\0ü😀");
        builder.EndEvent();
        var batch = builder.Build();

        batch.Count.ShouldBe(2);
        (batch.MinTimeUnixNs, batch.MaxTimeUnixNs).ShouldBe((5, 10));
        batch[0, "b"].ShouldBe(Value.Of(true));
        batch[0, "i"].ShouldBe(Value.Of(long.MinValue));
        batch[0, "d"].AsDouble().ShouldBe(double.NaN);
        batch[0, "s"].ShouldBe(Value.Of(""));
        batch[0, "trace.trace_id"].ShouldBe(Value.Of("0102ab"));
        batch[0, "time"].ShouldBe(Value.Of(10));
        batch[1, "b"].ShouldBe(Value.Null);
        batch[1, "s"].ShouldBe(Value.Of("zwei\0ü😀"));
    }

    [Fact]
    public void The_last_value_of_a_name_wins_whatever_its_type()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.BeginEvent(1);
        builder.Set("x", 1);
        builder.Set("x", "one");
        builder.Set("x", 2.5);
        builder.EndEvent();
        builder.BeginEvent(2);
        builder.Set("x", "two");
        builder.EndEvent();
        var batch = builder.Build();

        batch[0, "x"].ShouldBe(Value.Of(2.5));
        batch[1, "x"].ShouldBe(Value.Of("two"));
        batch.Columns.Count(c => c.Name == "x").ShouldBe(2);
    }

    [Fact]
    public void Equal_texts_of_a_column_share_their_bytes()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        for (var i = 0; i < 10_000; i++)
        {
            builder.BeginEvent(i + 1);
            builder.Set("k", "value-" + i % 100);
            builder.EndEvent();
        }

        var column = builder.Build().Columns.Single(c => c.Name == "k");
        column.Heap.Length.ShouldBe(Enumerable.Range(0, 100).Sum(i => $"value-{i}".Length));
        column.IsDense.ShouldBeTrue();
    }

    [Fact]
    public void A_long_text_is_cut_at_a_character_and_the_event_says_so()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.BeginEvent(1);
        builder.Set("x", new string('a', EventBatchBuilder.MaxValueBytes - 1) + "€uro");
        builder.EndEvent();
        var batch = builder.Build();

        batch[0, "x"].AsString().ShouldBe(new string('a', EventBatchBuilder.MaxValueBytes - 1));
        batch[0, "meta.truncated"].ShouldBe(Value.Of(true));
        builder.TruncatedValues.ShouldBe(1);
    }

    [Fact]
    public void One_event_with_very_many_names_leaves_columns_to_others()
    {
        var builder = new EventBatchBuilder(new Schema([], maxColumns: 2_000));
        builder.BeginEvent(1);
        for (var i = 0; i < 10_000; i++) builder.Set("k" + i, i);
        builder.EndEvent();
        builder.BeginEvent(2);
        for (var i = 0; i < 300; i++) builder.Set("other" + i, i);
        builder.EndEvent();
        var batch = builder.Build();

        batch[0, "k1499"].ShouldBe(Value.Of(1499));
        var overflow = System.Text.Json.JsonDocument.Parse(batch[0, "meta.overflow"].AsString()).RootElement;
        overflow.GetProperty("k1500").GetInt32().ShouldBe(1500);
        overflow.EnumerateObject().Count().ShouldBe(8_500);
        batch[1, "other299"].ShouldBe(Value.Of(299));
        batch[1, "meta.overflow"].IsNull.ShouldBeTrue();
    }

    [Fact]
    public void Names_that_cannot_be_columns_stay_readable_on_the_event()
    {
        var schema = new Schema([new Column("known", ColumnType.String, 1, 1, 1)], maxColumns: 3);
        var builder = new EventBatchBuilder(schema);
        builder.BeginEvent(1);
        builder.Set("known", "a");
        builder.Set("first", 1);
        builder.Set("", "empty name");
        builder.Set("second", 2.5);
        builder.Set("third", true);
        builder.Set(new string('n', EventBatchBuilder.MaxNameBytes + 1), "long name");
        builder.EndEvent();
        var batch = builder.Build();

        batch[0, "known"].ShouldBe(Value.Of("a"));
        batch[0, "first"].ShouldBe(Value.Of(1));
        var overflow = System.Text.Json.JsonDocument.Parse(batch[0, "meta.overflow"].AsString()).RootElement;
        overflow.GetProperty("").GetString().ShouldBe("empty name");
        overflow.GetProperty("third").GetBoolean().ShouldBeTrue();
        overflow.EnumerateObject().Count().ShouldBe(builder.OverflowedValues);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_become_replacement_characters()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.BeginEvent(1);
        builder.Set("x", [(byte)'a', 0xFF, (byte)'b']);
        builder.Set("y", "\uD800z");
        builder.EndEvent();
        var batch = builder.Build();
        batch[0, "x"].ShouldBe(Value.Of("a\uFFFDb"));
        batch[0, "y"].ShouldBe(Value.Of("\uFFFDz"));
    }

    [Fact]
    public void Random_batches_survive_their_bytes()
    {
        var cell = Gen.OneOf(
            Gen.Constant(Value.Null),
            ArbMap.Default.GeneratorFor<long>().Select(Value.Of),
            ArbMap.Default.GeneratorFor<double>().Select(Value.Of),
            ArbMap.Default.GeneratorFor<bool>().Select(Value.Of),
            ArbMap.Default.GeneratorFor<string>().Select(s => Value.Of(s is null ? "" : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(s)))));
        var events = cell.ArrayOf(4).ListOf();
        Prop.ForAll(events.ToArbitrary(), rows =>
        {
            var builder = new EventBatchBuilder(Schema.Empty);
            foreach (var row in rows)
            {
                builder.BeginEvent(1);
                for (var i = 0; i < row.Length; i++) Set(builder, "c" + i, row[i]);
                builder.EndEvent();
            }

            using var built = builder.Build();
            var block = NativeBlock.Allocate(built.SizeBytes);
            built.Bytes.CopyTo(block.Memory);
            using var batch = EventBatch.Open(block);
            return batch.Count == rows.Count && Enumerable.Range(0, rows.Count).All(r => Enumerable.Range(0, 4).All(i => batch[r, "c" + i] == rows[r][i]));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_still_readable_but_never_read_outside()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        for (var i = 0; i < 20; i++)
        {
            builder.BeginEvent(i + 1);
            if (i % 3 == 0) builder.Set("text", "value " + i);
            builder.Set("number", i);
            builder.EndEvent();
        }

        var bytes = builder.Build().Bytes.ToArray();
        var random = new Random(7);
        var refused = 0;
        for (var round = 0; round < 2_000; round++)
        {
            using IDisposable block = NativeBlock.Allocate(bytes.Length);
            var damaged = (NativeBlock)block;
            bytes.CopyTo(damaged.Memory);
            damaged.GetSpan()[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                var batch = EventBatch.Open(damaged);
                foreach (var column in batch.Columns)
                    for (var row = 0; row < batch.Count; row++) _ = column.ValueAt(row);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(0);
    }

    /// <summary>Segments have that order: what is sealed one after the other then lies beside each other.</summary>
    [Fact]
    public void Columns_that_the_store_knows_come_in_the_order_of_their_names()
    {
        string[] names = ["b.text", "a.number", "c.text", "a.text"];
        var schema = new Schema(names.Select(name => new Column(name, ColumnType.String, 1, 1, 1)), 100);
        var builder = new EventBatchBuilder(schema);
        for (var round = 0; round < 7; round++) // first with names that are new, then with known ones in other orders
        {
            builder.Reset(schema);
            builder.BeginEvent(1);
            foreach (var name in names.Skip(round % 3))
            {
                if (name.EndsWith("number", StringComparison.Ordinal)) builder.Set(name, 7);
                else builder.Set(name, "text");
            }

            builder.EndEvent();
            using var batch = builder.Build();
            if (round > 3) batch.Columns.Select(c => c.Name).ShouldBeInOrder(SortDirection.Ascending, StringComparer.Ordinal);
        }
    }

    internal static void Set(EventBatchBuilder builder, string name, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Bool: builder.Set(name, value.AsBool()); break;
            case ValueKind.Int64: builder.Set(name, value.AsInt64()); break;
            case ValueKind.Float64: builder.Set(name, value.AsDouble()); break;
            case ValueKind.String: builder.Set(name, value.AsString()); break;
            default: break;
        }
    }
}
