using System.Collections.Immutable;
using System.Globalization;
using Storage.DuckDb;
using Storage.DuckDb.Parquet;
using Storage.Events;
using Storage.Tests.Native;

namespace Storage.Tests.Store;

/// <summary>What is written straight from the column buffers is what the engine reads back, value by value and bit by bit.</summary>
public sealed class ParquetWriterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Duck _duck = new();

    public void Dispose()
    {
        _duck.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(2_049)]
    [InlineData(122_880)]
    [InlineData(122_881)]
    public void Segments_of_any_length_read_back(int rows) => Check(1, [Batch(new Random(rows), rows, "trace")]);

    [Fact]
    public void Random_batches_read_back()
    {
        for (var seed = 0; seed < 25; seed++)
        {
            var random = new Random(seed);
            Check(seed, [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Batch(random, random.Next(1, 3_000), "trace"))]);
        }
    }

    [Fact]
    public void Batches_of_several_kinds_are_split()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            Check(seed, [.. Enumerable.Range(0, 3).Select(_ => Batch(random, random.Next(1, 2_000), null)), Batch(random, 100, "log")]);
        }
    }

    [Fact]
    public void A_row_group_ends_inside_a_batch_of_several_kinds() => Check(5, [Batch(new Random(5), 300_000, null, few: true)]);

    [Fact]
    public void The_longest_texts_read_back()
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        for (var i = 0; i < 20; i++)
        {
            builder.BeginEvent(1_000 + i);
            builder.Set("long", string.Concat(Enumerable.Repeat(i.ToString(CultureInfo.InvariantCulture), EventBatchBuilder.MaxValueBytes / 2)));
            builder.EndEvent();
        }

        Check(1, [builder.Build()]);
    }

    private void Check(int seed, EventBatch[] batches)
    {
        try
        {
            var seq = 1L << HotTier.SeqBits;
            var hot = new List<HotBatch>();
            foreach (var batch in batches)
            {
                hot.Add(new HotBatch(batch, seq, [.. Enumerable.Range(0, batch.Columns.Length)]));
                seq += batch.Count;
            }

            var tier = new HotTier(1, DateTimeOffset.UnixEpoch, new MemoryCount());
            var parts = SealedPart.Split(new HotView(tier, new ArraySegment<HotBatch>([.. hot]), batches.Sum(b => b.Count)));
            parts.Sum(p => p.Events).ShouldBe(batches.Sum(b => b.Count));
            foreach (var part in parts) Check(seed, part, part.Footer(tier));
        }
        finally
        {
            foreach (var batch in batches) batch.Dispose();
        }
    }

    private void Check(int seed, SealedPart part, SegmentFooter footer)
    {
        ParquetWriter.CanWrite(part, footer).ShouldBeTrue();
        var path = Path.Combine(_directory.Path, $"{seed}-{part.Signal}.parquet");
        using (var file = File.Create(path)) ParquetWriter.Write(file, part, footer, default);
        var expected = Expected(part, footer);
        for (var c = 0; c < footer.Columns.Length; c++)
        {
            var column = footer.Columns[c];
            var value = column.Type switch
            {
                StorageType.Id => $"lower(hex({RelationText.Quote(column.StoredAs)}))",
                StorageType.Float64 => RelationText.ValueOf(column),
                _ => $"CAST({RelationText.Quote(column.StoredAs)} AS VARCHAR)",
            };
            var read = _duck.Rows($"SELECT {value} FROM read_parquet({RelationText.Literal(path)}) ORDER BY \"meta.seq\"", (chunk, row) =>
                chunk.IsNull(0, row) ? null : column.Type == StorageType.Float64 ? Text(chunk.Values<double>(0)[row]) : chunk.GetString(0, row));
            read.Count.ShouldBe(expected.Count);
            for (var i = 0; i < read.Count; i++)
                if (read[i] != expected[i][c]) Assert.Fail($"seed {seed}, {column.Name}, row {i}: {read[i]?.Length} {read[i]} for {expected[i][c]}");
        }

        _duck.One<long>($"SELECT count(*) FROM parquet_schema({RelationText.Literal(path)})").ShouldBe(footer.Columns.Length + 2);
        var missing = _duck.One<long>($"SELECT CAST(sum(stats_null_count) AS BIGINT) FROM parquet_metadata({RelationText.Literal(path)})");
        missing.ShouldBe(expected.Sum(row => row.LongCount(value => value is null)));
    }

    private static List<string?[]> Expected(SealedPart part, SegmentFooter footer)
    {
        var rows = new List<string?[]>();
        var places = footer.Columns.Select((c, i) => (c.Name, i)).ToDictionary(c => c.Name, c => c.i);
        foreach (var hot in part.Batches)
        {
            var kinds = Signals.OfEach(hot.Batch);
            var table = new string?[hot.Batch.Count][];
            for (var row = 0; row < table.Length; row++) table[row] = new string?[footer.Columns.Length];
            foreach (var column in hot.Batch.Columns)
            {
                if (!places.TryGetValue(column.Name, out var place)) continue;
                for (var i = 0; i < column.ValueCount; i++) table[column.IsDense ? i : column.Rows[i]][place] = Text(column, i, footer.Columns[place].Type);
            }

            for (var row = 0; row < table.Length; row++)
                if (kinds[row] == part.Signal) rows.Add(table[row]);
        }

        return rows;
    }

    private static string Text(BatchColumn column, int i, StorageType type)
    {
        switch (column.Type)
        {
            case StorageType.Bool: return column.Bools[i] ? "true" : "false";
            case StorageType.Int64 when type == StorageType.Float64: return Text(column.Int64s[i]);
            case StorageType.Int64: return column.Int64s[i].ToString(CultureInfo.InvariantCulture);
            case StorageType.Float64: return Text(column.Float64s[i]);
            default:
                var slice = column.Slices[i];
                var bytes = column.Heap.Slice(slice.Offset, slice.Length);
                return type == StorageType.Id ? Convert.ToHexStringLower(bytes) : System.Text.Encoding.UTF8.GetString(bytes);
        }
    }

    /// <summary>The bits of a double; all that are no number are one.</summary>
    private static string Text(double value) => double.IsNaN(value) ? "NaN" : BitConverter.DoubleToInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);

    private static EventBatch Batch(Random random, int rows, string? kind, bool few = false)
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
            builder.BeginEvent(random.NextInt64(1, long.MaxValue));
            if ((kind ?? (random.Next(9) == 0 ? null : kinds[random.Next(kinds.Length)])) is { } name) builder.Set(WellKnownColumns.SignalType, name);
            builder.Set("n.row", i);
            if (!few)
            {
                random.NextBytes(id);
                builder.SetId(WellKnownColumns.TraceId, id);
                builder.SetId(WellKnownColumns.SpanId, id.AsSpan(0, 8));
                builder.Set(WellKnownColumns.DurationMs, random.Next(1_000_000_000) / 1e6);
                builder.Set("n.random", random.NextInt64());
                if (random.NextDouble() < share) builder.Set("n.edge", integers[random.Next(integers.Length)]);
                if (random.NextDouble() < share) builder.Set("f.edge", fractions[random.Next(fractions.Length)]);
                if (random.NextDouble() < share) builder.Set("f.random", random.NextDouble() * 1e9);
                if (random.NextDouble() < share) builder.Set("s.edge", texts[random.Next(texts.Length)]);
                if (random.NextDouble() < share) builder.Set("s.random", random.NextInt64().ToString(CultureInfo.InvariantCulture));
                if (random.NextDouble() < share) builder.Set("flag", random.Next(2) == 0);
                if (random.Next(1_000) == 0) builder.Set("n.rare", 7L);
                if (random.Next(2) == 0) builder.Set("mixed", (long)i);
                else builder.Set("mixed", i + 0.5);
                if (i > rows / 2) builder.Set("s.late", "late");
            }

            builder.EndEvent();
        }

        return builder.Build();
    }
}
