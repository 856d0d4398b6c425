using System.Numerics;
using Storage.DuckDb.Parquet;

namespace Storage.Tests.Store;

/// <summary>Differences that are only added up make the values that each of them makes.</summary>
public sealed class PackedTotalsTests
{
    [Fact]
    public void Numbers_of_every_width_are_added_up_wherever_they_start_and_however_many_they_are()
    {
        var random = new Random(3);
        for (var width = 0; width <= PackedBits.MaxWordWidth; width++)
        {
            var bytes = new byte[64 * width / 8 + sizeof(ulong)];
            random.NextBytes(bytes);
            for (var round = 0; round < 40; round++)
            {
                var first = random.Next(64);
                var count = random.Next(64 - first + 1);
                var sum = Enumerable.Range(first, count).Aggregate(BigInteger.Zero, (total, i) => total + PackedBits.At(bytes, (long)i * width, width)) & ulong.MaxValue;
                PackedTotals.Of(bytes, (long)first * width, width, count).ShouldBe((ulong)sum, $"{count} of {width} bits from {first} on");
            }
        }
    }

    [Fact]
    public void Integers_that_are_skipped_to_are_those_that_are_moved_to()
    {
        var random = new Random(4);
        foreach (var reach in new[] { 0L, 3, 1_000, 1L << 33, 1L << 56, long.MaxValue })
        {
            var values = Enumerable.Range(0, 3_000).Select(_ => random.NextInt64(-reach, Math.Max(1, reach))).ToArray();
            var page = new ByteBuffer();
            PackedWriter.Differences(page, values, new PlaceMarks());
            foreach (var step in new[] { 1, 5, 40, 700 })
            {
                var integers = new DeltaIntegers(page.Written);
                for (var i = random.Next(step); i < values.Length; i += random.Next(1, step + 1))
                {
                    integers.SkipTo(i);
                    integers.Value.ShouldBe(values[i], $"{i} of those up to {reach}, every {step}");
                }
            }
        }
    }
}
