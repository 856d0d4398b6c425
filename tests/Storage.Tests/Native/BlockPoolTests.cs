using Storage.DuckDb.Native;
using Storage.Events;

namespace Storage.Tests.Native;

public sealed class BlockPoolTests
{
    private const int Block = 256 << 10;

    private readonly List<nint> _unmapped = [];

    [Theory]
    [InlineData(128 << 10, 128 << 10)]
    [InlineData((128 << 10) + 1, 144 << 10)]
    [InlineData(200_000, 208 << 10)]
    [InlineData(8 << 20, 8 << 20)]
    [InlineData((8 << 20) + 1, (8 << 20) + 1)]
    public void Memory_comes_in_sizes_an_eighth_apart_and_long_memory_as_it_is(int bytes, int expected) =>
        BlockPool.LengthFor(bytes).ShouldBe((nuint)expected);

    [Fact]
    public void Memory_that_was_returned_is_taken_again_the_newest_first_and_only_by_its_own_size()
    {
        var pool = Pool(16 * Block);
        Take(pool, 3);
        pool.Return(1, Block);
        pool.Return(2, Block);

        pool.Take(2 * Block).ShouldBe(0);
        pool.Take(Block).ShouldBe(2);
        pool.Take(Block).ShouldBe(1);
        pool.Take(Block).ShouldBe(0);
        pool.WaitingBytes.ShouldBe(0);
    }

    [Fact]
    public void No_more_waits_than_the_bound_leaves_beside_what_is_used()
    {
        var pool = Pool(4 * Block);
        Take(pool, 5);
        for (var i = 1; i <= 5; i++) pool.Return(i, Block);

        pool.WaitingBytes.ShouldBe(4 * Block);
        _unmapped.ShouldBe([1]); // four were used then: with it they would have been five

        Take(pool, 3);
        pool.MaxBytes = Block;
        pool.Return(5, Block);
        _unmapped.ShouldBe([1, 5]);
    }

    [Fact]
    public void What_was_not_needed_between_two_trims_goes_back_to_the_system()
    {
        var pool = Pool(16 * Block);
        Take(pool, 4);
        for (var i = 1; i <= 4; i++) pool.Return(i, Block);
        pool.Trim(); // some of it came after the last one
        _unmapped.ShouldBeEmpty();

        pool.Take(Block).ShouldBe(4);
        pool.Return(4, Block);
        pool.Trim();
        _unmapped.ShouldBe([1, 2, 3]);

        pool.Trim();
        _unmapped.ShouldBe([1, 2, 3, 4]);
        pool.WaitingBytes.ShouldBe(0);
    }

    [Fact]
    public void Long_memory_does_not_wait()
    {
        var pool = Pool(long.MaxValue);
        var length = BlockPool.LengthFor(9 << 20);
        pool.Take(length).ShouldBe(0);
        pool.Return(1, length);
        _unmapped.ShouldBe([1]);
    }

    [Fact]
    public void A_batch_in_used_memory_holds_nothing_of_what_was_there()
    {
        var first = Batch();
        var expected = first.Bytes.ToArray();
        first.Dispose();
        for (var round = 0; round < 20; round++)
        {
            using (var dirty = (IDisposable)NativeBlock.Allocate(expected.Length)) ((NativeBlock)dirty).GetSpan().Fill(0xFF);
            using var batch = Batch();
            batch.Bytes.Span.SequenceEqual(expected).ShouldBeTrue();
        }
    }

    private static EventBatch Batch()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        for (var i = 0; i < 5_001; i++)
        {
            builder.BeginEvent(i + 1);
            builder.Set("odd name", $"text {i}");
            if (i % 3 == 0) builder.Set("flag", i % 2 == 0);
            if (i % 2 == 0) builder.Set("count", i);
            builder.EndEvent();
        }

        return builder.Build();
    }

    private static void Take(BlockPool pool, int count)
    {
        for (var i = 0; i < count; i++) pool.Take(Block);
    }

    private BlockPool Pool(long maxBytes) => new(maxBytes, (start, _) => _unmapped.Add(start));
}
