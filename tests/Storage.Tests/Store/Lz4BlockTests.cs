using Storage.DuckDb.Parquet;

namespace Storage.Tests.Store;

public sealed class Lz4BlockTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(700)]
    [InlineData(50_000)]
    public void Each_part_of_a_block_is_there_when_it_is_asked_for_and_stays(int most)
    {
        var (random, encoder) = (new Random(most), new Lz4Encoder());
        for (var round = 0; round < 60; round++)
        {
            // Words that repeat near and far, and stretches in which nothing does.
            var plain = new byte[random.Next(1, most + 1)];
            for (var i = 0; i < plain.Length; i++) plain[i] = i > 40 && random.Next(30) > 0 ? plain[i - random.Next(1, 3) * (1 + round % 20)] : (byte)random.Next(256);
            var packed = new ByteBuffer();
            encoder.Encode(plain, round % 3 == 0 ? random.Next(plain.Length + 1) : 0, packed, []);

            var whole = new byte[plain.Length];
            Lz4Block.Decode(packed.Written, whole);
            whole.ShouldBe(plain);
            var (steps, progress) = (new byte[plain.Length], default(Lz4Progress));
            for (var wanted = 0; wanted < plain.Length;)
            {
                wanted = Math.Min(plain.Length, wanted + random.Next(1, 1 + most / 5 + 1));
                Lz4Block.Decode(packed.Written, steps, wanted, ref progress);
                steps.AsSpan(0, wanted).SequenceEqual(plain.AsSpan(0, wanted)).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void A_block_of_another_length_is_refused()
    {
        var packed = new ByteBuffer();
        new Lz4Encoder().Encode(new byte[1_000], 0, packed, []);
        Should.Throw<InvalidDataException>(() => Lz4Block.Decode(packed.Written, new byte[999]));
        Should.Throw<InvalidDataException>(() => Lz4Block.Decode(packed.Written, new byte[1_001]));
        Should.Throw<InvalidDataException>(() =>
        {
            var progress = default(Lz4Progress);
            Lz4Block.Decode(packed.Written, new byte[2_000], 1_001, ref progress);
        });
    }
}
