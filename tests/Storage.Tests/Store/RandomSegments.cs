using System.Globalization;
using Storage.DuckDb;
using Storage.Events;
using Storage.Tests.Native;

namespace Storage.Tests.Store;

/// <summary>Batches of everything that a column may hold, and a comparison of the files that are made of them.</summary>
internal static class RandomSegments
{
    /// <summary>Random events: with and without values, with the ends of every type, with texts that repeat and texts that do not.</summary>
    public static EventBatch Batch(Random random, int rows, string? kind, bool few = false, long minTime = 1, long maxTime = long.MaxValue)
    {
        long[] integers = [0, 1, -1, long.MinValue, long.MaxValue, 1L << 53];
        double[] fractions = [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.1, double.MaxValue, double.Epsilon, -5.5];
        string[] texts = ["", "a", "\0", "b\0c", "😀", "text", new('x', 300)];
        string[] kinds = ["trace", "log", "metric", "something"];
        var share = random.NextDouble();
        var builder = new EventBatchBuilder(Schema.Empty);
        var id = new byte[16];
        for (var i = 0; i < rows; i++)
        {
            builder.BeginEvent(random.NextInt64(minTime, maxTime));
            if ((kind ?? (random.Next(9) == 0 ? null : kinds[random.Next(kinds.Length)])) is { } name) builder.Set(WellKnownColumns.SignalType, name);
            builder.Set("n.row", i);
            if (i == rows / 3) builder.Set("n.only", 1L);
            if (!few)
            {
                random.NextBytes(id);
                builder.SetId(WellKnownColumns.TraceId, id);
                builder.SetId(WellKnownColumns.SpanId, id.AsSpan(0, 8));
                if (random.Next(3) > 0) builder.SetId(WellKnownColumns.ParentId, id.AsSpan(4, 8));
                builder.Set(WellKnownColumns.DurationMs, random.Next(1_000_000_000) / 1e6);
                builder.Set("n.random", random.NextInt64());
                if (random.NextDouble() < share) builder.Set("n.edge", integers[random.Next(integers.Length)]);
                if (random.NextDouble() < share) builder.Set("f.edge", fractions[random.Next(fractions.Length)]);
                if (random.NextDouble() < share) builder.Set("f.random", random.NextDouble() * 1e9);
                if (random.NextDouble() < share) builder.Set("s.edge", texts[random.Next(texts.Length)]);
                if (random.NextDouble() < share) builder.Set("s.random", random.NextInt64().ToString(CultureInfo.InvariantCulture));
                if (random.NextDouble() < share) builder.Set("flag", random.Next(2) == 0);
                if (random.Next(1_000) == 0) builder.Set("n.rare", 7L);
                if ((uint)i * 2_654_435_761L % 97 == 0) builder.Set("s.rare", "rare " + i % 500);
                if (i - rows / 4 is var place && place >= 0 && place <= rows / 70) builder.Set("s.burst", "burst " + place);
                if (i == rows - 1) builder.Set("n.last", 1L);
                if (random.Next(2) == 0) builder.Set("mixed", (long)i);
                else builder.Set("mixed", i + 0.5);
                if (i > rows / 2) builder.Set("s.late", "late");
            }

            builder.EndEvent();
        }

        return builder.Build();
    }

    /// <summary>Batches as a tier that is sealed.</summary>
    public static (HotTier Tier, HotView View) View(EventBatch[] batches, long number = 1)
    {
        var seq = number << HotTier.SeqBits;
        var hot = new List<HotBatch>();
        var numbers = new Dictionary<(string, StorageType), int>();
        foreach (var batch in batches)
        {
            hot.Add(new HotBatch(batch, seq, [.. batch.Columns.Select(c => NumberOf(c.Name, c.Type))]));
            seq += batch.Count;
        }

        var tier = new HotTier(number, DateTimeOffset.UnixEpoch, new MemoryCount());
        return (tier, new HotView(tier, new ArraySegment<HotBatch>([.. hot]), batches.Sum(b => b.Count)));

        int NumberOf(string name, StorageType type) =>
            numbers.TryGetValue((name, type), out var number) ? number : numbers[(name, type)] = numbers.Count;
    }

    /// <summary>Both files have the same columns and, row by row, the same values.</summary>
    public static void SameRows(Duck duck, string ours, string theirs, SegmentFooter footer)
    {
        string Schema(string path) => string.Join(", ", duck.Texts($"SELECT column_name || ' ' || column_type FROM (DESCRIBE SELECT * FROM read_parquet({RelationText.Literal(path)}))"));
        Schema(ours).ShouldBe(Schema(theirs));
        var names = footer.Columns.Select(c => RelationText.Quote(c.StoredAs)).Prepend(RelationText.Quote(RelationText.SeqColumn)).ToArray();
        var differing = string.Join(" OR ", names.Select(n => $"a.{n} IS DISTINCT FROM b.{n}"));
        string Rows(string path) => $"SELECT *, file_row_number AS place FROM read_parquet({RelationText.Literal(path)}, file_row_number = true)";
        duck.One<long>($"SELECT count(*) FROM ({Rows(ours)}) a FULL JOIN ({Rows(theirs)}) b USING (place) WHERE {differing}").ShouldBe(0);
        duck.One<long>($"SELECT count(*) FROM read_parquet({RelationText.Literal(ours)})").ShouldBe(footer.Events);
    }
}
