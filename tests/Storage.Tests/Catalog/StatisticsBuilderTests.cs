using System.Globalization;
using System.Text;
using Storage.DuckDb;
using Storage.DuckDb.Catalog;
using Storage.Events;
using Storage.Tests.Store;

namespace Storage.Tests.Catalog;

/// <summary>Statistics that are collected batch by batch say what a look at every value says.</summary>
public sealed class StatisticsBuilderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranges_and_values_are_those_of_all_batches(int seed)
    {
        var random = new Random(seed);
        var batches = Enumerable.Range(0, 4).Select(_ => Batch(random, 600, 12)).ToArray();
        var statistics = Build(batches);
        foreach (var name in batches.SelectMany(b => b.Columns).Select(c => c.Name).Distinct(StringComparer.Ordinal))
        {
            var column = statistics.Columns[name];
            var values = Values(batches, name);
            column.Count.ShouldBe(values.Count);
            var counts = values.GroupBy(v => v, StringComparer.Ordinal).ToDictionary(g => g.Key, g => (long)g.Count(), StringComparer.Ordinal);
            CheckRange(column, counts.Keys);
            if (counts.Count > ColumnCounter.MaxValues) column.Values.ShouldBeNull(name);
            else Listed(column.Values!).ShouldBe(counts, ignoreOrder: true, name);
        }
    }

    [Fact]
    public void Of_a_wide_segment_the_longest_lists_go_and_ranges_stay()
    {
        var random = new Random(4);
        var batches = Enumerable.Range(0, 3).Select(_ => Batch(random, 400, 500)).ToArray();
        var statistics = Build(batches);
        statistics.Columns.Values.Sum(c => c.Values?.Bytes + c.Values?.Length * (long)SegmentStatistics.BytesPerCount ?? 0).ShouldBeLessThanOrEqualTo(SegmentStatistics.MaxValueBytes);
        statistics.Columns.Values.Count(c => c.Values is null).ShouldBeGreaterThan(100);
        foreach (var column in statistics.Columns.Values) CheckRange(column, Values(batches, column.Name));
        // What queries always have keeps its list, however many others there are.
        Listed(statistics.Columns[WellKnownColumns.ServiceName].Values!).Values.Sum().ShouldBe(1_200);
        Listed(statistics.Columns["constant"].Values!).ShouldHaveSingleItem().Value.ShouldBe(1_200);
    }

    private static SegmentStatistics Build(EventBatch[] batches)
    {
        var (_, view) = RandomSegments.View(batches);
        return SealedPart.Split(view, WorkPace.Steady(default)).Single().Statistics;
    }

    private static Dictionary<string, long> Listed(ValueCounts values) =>
        Enumerable.Range(0, values.Length).ToDictionary(i => values.Type == StorageType.String ? Encoding.UTF8.GetString(values.Text(i)) : Number(values.Bits(i)), i => values.Counts[i], StringComparer.Ordinal);

    private static void CheckRange(ColumnStatistics column, IEnumerable<string> values)
    {
        if (column.Range is ColumnRange.OfText texts)
        {
            var cut = values.Select(v => Encoding.UTF8.GetBytes(v)[..Math.Min(Encoding.UTF8.GetByteCount(v), ColumnRange.OfText.MaxBytes)]).ToList();
            cut.ForEach(v => (v.AsSpan().SequenceCompareTo(texts.Min) >= 0 && v.AsSpan().SequenceCompareTo(texts.Max) <= 0).ShouldBeTrue(column.Name));
            cut.Exists(v => v.AsSpan().SequenceEqual(texts.Min)).ShouldBeTrue(column.Name);
            cut.Exists(v => v.AsSpan().SequenceEqual(texts.Max)).ShouldBeTrue(column.Name);
            return;
        }

        var numbers = values.Select(v => long.Parse(v, CultureInfo.InvariantCulture)).ToList();
        column.Range.ShouldBe(new ColumnRange.OfInt64(numbers.Min(), numbers.Max()), column.Name);
    }

    private static List<string> Values(EventBatch[] batches, string name)
    {
        var values = new List<string>();
        foreach (var column in batches.SelectMany(b => b.Columns).Where(c => c.Name == name))
        {
            for (var i = 0; i < column.ValueCount; i++)
            {
                if (column.Type == StorageType.Int64) values.Add(Number(column.Int64s[i]));
                else values.Add(Encoding.UTF8.GetString(column.Heap.Slice(column.Slices[i].Offset, column.Slices[i].Length)));
            }
        }

        return values;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static EventBatch Batch(Random random, int rows, int columns)
    {
        string[] edges = ["", "a", "a\0", "aaaaaaaa", "aaaaaaaab", "\u00ff", new('z', 90), "zzzzzzzz"];
        var builder = new EventBatchBuilder(Schema.Empty);
        for (var row = 0; row < rows; row++)
        {
            builder.BeginEvent(random.NextInt64(1, 1L << 60));
            builder.Set(WellKnownColumns.ServiceName, "service " + random.Next(700).ToString(CultureInfo.InvariantCulture));
            builder.Set("constant", 5L);
            builder.Set("edge", edges[random.Next(edges.Length)]);
            for (var i = 0; i < columns; i++)
            {
                // From columns that repeat much to columns that hardly do.
                if (random.Next(3) == 0) continue;
                var value = random.Next(1 << (1 + i % 14));
                if (i % 3 == 0) builder.Set("n" + i.ToString(CultureInfo.InvariantCulture), (long)value - 9);
                else builder.Set("s" + i.ToString(CultureInfo.InvariantCulture), "value " + value.ToString(CultureInfo.InvariantCulture));
            }

            builder.EndEvent();
        }

        return builder.Build();
    }
}
