using FsCheck;
using FsCheck.Fluent;
using Storage.DuckDb;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Events;

public sealed class BatchMergeTests
{
    [Fact]
    public void A_merged_batch_has_the_events_of_all_in_order()
    {
        var cell = Gen.OneOf(
            Gen.Constant(Value.Null),
            ArbMap.Default.GeneratorFor<long>().Select(Value.Of),
            ArbMap.Default.GeneratorFor<double>().Select(Value.Of),
            ArbMap.Default.GeneratorFor<bool>().Select(Value.Of),
            Gen.Elements("", "a", "some text", "another, longer text").Select(Value.Of));
        Prop.ForAll(cell.ArrayOf(3).NonEmptyListOf().NonEmptyListOf().ToArbitrary(), batches =>
        {
            var built = batches.Select((rows, b) => Build(rows, b + 1)).ToArray();
            using var merged = BatchMerge.Merge(built);
            foreach (var batch in built) batch.Dispose();

            var expected = batches.SelectMany(rows => rows).ToArray();
            return merged.Count == expected.Length && merged.MinTimeUnixNs == 1 && merged.MaxTimeUnixNs == batches.Count
                && Enumerable.Range(0, expected.Length).All(r => Enumerable.Range(0, 3).All(i => merged[r, "c" + i] == expected[r][i]));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Equal_texts_of_merged_batches_share_their_bytes()
    {
        var text = Value.Of(new string('x', 1_000));
        EventBatch[] batches = [.. Enumerable.Range(0, 50).Select(_ => Build([[text]], 1))];
        using var merged = BatchMerge.Merge(batches);

        merged.SizeBytes.ShouldBeLessThan(batches.Sum(b => b.SizeBytes) / 10);
        merged.Columns.Single(c => c.Name == "c0").Heap.Length.ShouldBe(1_000);
    }

    [Fact]
    public void A_batch_is_readable_until_its_last_holder_lets_go_and_never_after()
    {
        var batch = Build([[Value.Of("text")]], 1);
        var column = batch.Columns[0];
        batch.Retain();
        batch.Dispose();
        batch.Dispose();
        batch[0, "c0"].ShouldBe(Value.Of("text"));

        batch.Release();
        batch.IsReleased.ShouldBeTrue();
        Should.Throw<ObjectDisposedException>(() => batch.Bytes.Span.Length);
        Should.Throw<ObjectDisposedException>(() => column.ValueAt(0));
        Should.Throw<ObjectDisposedException>(() => batch.Address);
        Should.Throw<ObjectDisposedException>(batch.Retain);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(511)]
    [InlineData(0)]
    public void A_stream_of_small_batches_leaves_few_in_a_tier_and_copies_each_event_a_few_times(int eventsPerBatch)
    {
        var registry = new ColumnRegistry(100);
        var tier = new HotTier(1, DateTimeOffset.UnixEpoch, new MemoryCount());
        var random = new Random(5);
        var copied = 0L;
        while (tier.Events < 20_000)
        {
            var batch = Build([.. Enumerable.Repeat<Value[]>([Value.Of(7)], eventsPerBatch == 0 ? random.Next(1, 511) : eventsPerBatch)], 1);
            tier.Add(batch, tier.NextSeq, registry.Add(batch), DateTimeOffset.UnixEpoch);
            foreach (var replaced in tier.MergeTail(registry))
            {
                copied += replaced.Count;
                replaced.Release();
                replaced.IsReleased.ShouldBeTrue();
            }
        }

        var batches = tier.View().Batches;
        batches.Count.ShouldBeLessThan(20_000 / SmallBatches.LargeEvents + 30);
        copied.ShouldBeLessThan(tier.Events * 5);
        batches.Sum(b => b.Batch.Count).ShouldBe((int)tier.Events);
        batches.Sum(b => (long)b.Batch.SizeBytes).ShouldBe(tier.Bytes);
        for (var i = 1; i < batches.Count; i++) batches[i].FirstSeq.ShouldBe(batches[i - 1].EndSeq);
        tier.Release();
        batches.ShouldAllBe(b => b.Batch.IsReleased);
        tier.Memory.Bytes.ShouldBe(0);
    }

    [Fact]
    public void Batches_that_do_not_follow_each_other_are_not_merged()
    {
        var registry = new ColumnRegistry(100);
        var tier = new HotTier(1, DateTimeOffset.UnixEpoch, new MemoryCount());
        for (var i = 0; i < 30; i++)
        {
            var batch = Build([[Value.Of(i)]], 1);
            tier.Add(batch, i * 2, registry.Add(batch), DateTimeOffset.UnixEpoch);
            tier.MergeTail(registry).ShouldBeEmpty();
        }

        tier.BatchCount.ShouldBe(30);
        tier.Release();
    }

    private static EventBatch Build(IReadOnlyList<Value[]> rows, long time)
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        foreach (var row in rows)
        {
            builder.BeginEvent(time);
            for (var i = 0; i < row.Length; i++) EventBatchTests.Set(builder, "c" + i, row[i]);
            builder.EndEvent();
        }

        return builder.Build();
    }
}
