using Storage.DuckDb.Parquet;

namespace Storage.Tests.Store;

/// <summary>Codes are found where they are, whatever their width, wherever they end.</summary>
public sealed class PackedSearchTests
{
    [Fact]
    public void Numbers_of_every_width_are_found_among_few_and_many()
    {
        var random = new Random(1);
        for (var width = 0; width <= 32; width++)
        {
            foreach (var count in new[] { 1, 7, 8, 9, 40, 333 })
            {
                var most = width == 0 ? 0UL : (1UL << width) - 1;
                var wanted = random.Next(3) switch { 0 => 0UL, 1 => most, _ => (ulong)random.NextInt64((long)most + 1) };
                var numbers = Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 ? wanted : (ulong)random.NextInt64((long)most + 1)).ToArray();
                var places = new List<int>();

                PackedSearch.Find(Packed(numbers, width), width, wanted, 100, 100 + count, places);

                places.ShouldBe(Enumerable.Range(0, count).Where(i => numbers[i] == wanted).Select(i => 100 + i), $"{count} of {width} bits");
            }
        }
    }

    [Fact]
    public void Numbers_behind_the_end_are_not_found()
    {
        var places = new List<int>();
        PackedSearch.Find(Packed(new ulong[64], 5), 5, 0, 0, 21, places);
        places.ShouldBe(Enumerable.Range(0, 21));
    }

    private static byte[] Packed(ulong[] numbers, int width)
    {
        var bytes = new byte[(numbers.Length + 7) / 8 * width];
        for (var i = 0; i < numbers.Length; i++)
            for (var bit = 0; bit < width; bit++)
                if ((numbers[i] >> bit & 1) != 0) bytes[(i * width + bit) >> 3] |= (byte)(1 << ((i * width + bit) & 7));
        return bytes;
    }
}
