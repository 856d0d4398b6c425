using Explorer.Server.Otlp.Transport;

namespace Explorer.Server.Tests.Otlp;

public sealed class ReceiveMemoryTests
{
    [Fact]
    public void Blocks_are_large_until_many_are_in_use_and_used_again()
    {
        using var memory = new ReceiveMemory();
        var first = memory.Rent();
        first.Memory.Length.ShouldBe(ReceiveMemory.BlockBytes);
        first.Memory.Span[0] = 42;
        first.Dispose();
        first.Dispose(); // gives back once
        Should.Throw<ObjectDisposedException>(() => first.Memory.Length);

        var blocks = Enumerable.Range(0, ReceiveMemory.MaxLarge).Select(_ => memory.Rent(4096)).ToList();
        blocks[0].Memory.Span[0].ShouldBe((byte)42);
        blocks.ShouldAllBe(b => b.Memory.Length == ReceiveMemory.BlockBytes);
        using (var small = memory.Rent(4096)) small.Memory.Length.ShouldBeInRange(4096, 8192);
        blocks[7].Dispose();
        memory.Rent().Memory.Length.ShouldBe(ReceiveMemory.BlockBytes);
    }

    [Fact]
    public void No_block_is_larger_than_it_says()
    {
        using var memory = new ReceiveMemory();
        memory.MaxBufferSize.ShouldBe(ReceiveMemory.BlockBytes);
        Should.Throw<ArgumentOutOfRangeException>(() => memory.Rent(ReceiveMemory.BlockBytes + 1));
    }
}
