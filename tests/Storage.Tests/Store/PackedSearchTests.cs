using System.Text;
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

    [Fact]
    public void Texts_are_found_in_pages_without_runs_of_one_run_and_of_runs_and_packed_codes_in_turn()
    {
        var random = new Random(2);
        for (var width = 0; width <= 13; width++)
        {
            var texts = Enumerable.Range(0, Math.Min(1 << width, 400)).Select(i => Encoding.ASCII.GetBytes("text " + i)).ToArray();
            foreach (var shape in new[] { "no runs", "one run", "mixed" })
            {
                if (shape == "no runs" && width > 0) continue;
                var (page, codes) = Page(shape, width, texts.Length, random);
                byte[] dictionary = [.. texts.SelectMany(t => (byte[])[(byte)t.Length, 0, 0, 0, .. t])];
                var values = new PageValues(PhysicalType.ByteArray, PageEncoding.Dictionary, page, dictionary);
                foreach (var wanted in new[] { 0, texts.Length - 1, texts.Length / 2 })
                {
                    var found = new List<int>();
                    values.Find(texts[wanted], codes.Count, found);
                    found.ShouldBe(Enumerable.Range(0, codes.Count).Where(i => codes[i] == wanted), $"{shape}, {width} bits, {wanted}");
                }

                int[] places = [.. Enumerable.Range(0, codes.Count).Where(_ => random.Next(3) > 0)];
                var entries = Enumerable.Repeat(-1, places.Length).ToArray();
                values.Entries(places, entries);
                entries.ShouldBe(places.Select(i => codes[i]), $"{shape}, {width} bits");
            }
        }
    }

    private static (byte[] Page, List<int> Codes) Page(string shape, int width, int entries, Random random)
    {
        var (page, codes) = (new List<byte> { (byte)width }, new List<int>());
        if (shape == "no runs") return ([.. page], [.. new int[50]]);
        for (var run = 0; run < (shape == "one run" ? 1 : 9); run++)
        {
            if (run % 2 == 0)
            {
                var (count, code) = (random.Next(1, 60), random.Next(entries));
                page.AddRange([(byte)(count << 1), .. BitConverter.GetBytes(code)[..((width + 7) / 8)]]);
                codes.AddRange(Enumerable.Repeat(code, count));
            }
            else
            {
                var packed = Enumerable.Range(0, 8 * random.Next(1, 7)).Select(_ => random.Next(entries)).ToArray();
                page.AddRange([(byte)(packed.Length / 8 << 1 | 1), .. Packed([.. packed.Select(c => (ulong)c)], width)]);
                codes.AddRange(packed);
            }
        }

        return ([.. page], codes);
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
