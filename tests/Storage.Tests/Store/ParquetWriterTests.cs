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
    private readonly Engine _engine;

    public ParquetWriterTests() => _engine = new Engine(1L << 30, 1, System.IO.Path.Combine(_directory.Path, "spill"));

    public void Dispose()
    {
        _engine.Dispose();
        _duck.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(2_049)]
    [InlineData(122_880)]
    [InlineData(122_881)]
    public void Segments_of_any_length_read_back(int rows) => Check(1, [RandomSegments.Batch(new Random(rows), rows, "trace")]);

    [Fact]
    public void Random_batches_read_back()
    {
        for (var seed = 0; seed < 25; seed++)
        {
            var random = new Random(seed);
            Check(seed, [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => RandomSegments.Batch(random, random.Next(1, 3_000), "trace"))]);
        }
    }

    [Fact]
    public void Batches_of_several_kinds_are_split()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            Check(seed, [.. Enumerable.Range(0, 3).Select(_ => RandomSegments.Batch(random, random.Next(1, 2_000), null)), RandomSegments.Batch(random, 100, "log")]);
        }
    }

    [Fact]
    public void A_row_group_ends_inside_a_batch_of_several_kinds() => Check(5, [RandomSegments.Batch(new Random(5), 300_000, null, few: true)]);

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

    [Fact]
    public void The_engine_writes_the_same_rows()
    {
        for (var seed = 100; seed < 112; seed++)
        {
            var random = new Random(seed);
            Compare([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomSegments.Batch(random, random.Next(1, 4_000), seed % 3 == 0 ? null : "trace"))]);
        }

        Compare([RandomSegments.Batch(new Random(3), 122_881, "trace"), RandomSegments.Batch(new Random(4), 1, "log")]);
    }

    [Fact]
    public void Names_that_come_in_several_types_become_the_texts_that_the_engine_makes_of_them()
    {
        for (var seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            Compare([.. Enumerable.Range(0, 4).Select(i => Mixed(random, random.Next(1, 3_000), seed % 2 == 0 ? null : "trace", i == 3))]);
        }
    }

    private static EventBatch Mixed(Random random, int rows, string? kind, bool onlyFractions)
    {
        string[] kinds = ["trace", "log", "metric"];
        var builder = new EventBatchBuilder(Schema.Empty);
        for (var i = 0; i < rows; i++)
        {
            builder.BeginEvent(1_000 + i);
            builder.Set(WellKnownColumns.SignalType, kind ?? kinds[random.Next(3)]);
            for (var name = 0; name < 3; name++)
            {
                switch (onlyFractions ? 3 : random.Next(6))
                {
                    case 0: builder.Set($"m.{name}", $"text {random.Next(5)}"); break;
                    case 1: builder.Set($"m.{name}", random.NextInt64(long.MinValue, long.MaxValue)); break;
                    case 2: builder.Set($"m.{name}", random.Next(2) == 0); break;
                    case 3: builder.Set($"m.{name}", BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))); break;
                    case 4: builder.Set($"m.{name}", Fraction(random)); break;
                }
            }

            builder.EndEvent();
        }

        return builder.Build();
    }

    /// <summary>A fraction of a size at which its text may take another form.</summary>
    private static double Fraction(Random random)
    {
        double[] edges = [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, 1e15, 1e16, -1e15, 123456789012345.6, 1234567890123456.5, 1234567890123456, 12345678901234567, 0.0001, 0.00001, 500];
        return random.Next(3) == 0 ? edges[random.Next(edges.Length)] : Math.Round(random.NextDouble() - 0.5, random.Next(16)) * Math.Pow(10, random.Next(-8, 20));
    }

    [Fact]
    public void A_seal_that_is_stopped_leaves_nothing()
    {
        var batch = RandomSegments.Batch(new Random(1), 1_000, "trace");
        try
        {
            var (tier, view) = RandomSegments.View([batch]);
            var directory = Directory.CreateDirectory(System.IO.Path.Combine(_directory.Path, "segments")).FullName;
            var written = 0;
            using var stop = new CancellationTokenSource();
            var options = new EventStoreOptions { DataDirectory = _directory.Path };
            using var engine = new LazyEngine(64 << 20, _directory.Path);
            Should.Throw<OperationCanceledException>(() =>
            {
                using var file = new CountingStream(() =>
                {
                    if (++written == 5) stop.Cancel();
                });
                var part = SealedPart.Split(view, WorkPace.Steady(default))[0];
                ParquetWriter.Write(file, part, part.Footer(tier), WorkPace.Steady(stop.Token));
            });
            written.ShouldBeInRange(5, 20);
            Should.Throw<OperationCanceledException>(() => new SegmentWriter(options, directory).Write(engine, view, WorkPace.Steady(stop.Token)));
            Directory.GetFiles(directory).ShouldBeEmpty();
        }
        finally
        {
            batch.Dispose();
        }
    }

    private void Compare(EventBatch[] batches)
    {
        try
        {
            var (tier, view) = RandomSegments.View(batches);
            foreach (var part in SealedPart.Split(view, WorkPace.Steady(default)))
            {
                var footer = part.Footer(tier);
                var (ours, theirs) = (System.IO.Path.Combine(_directory.Path, "ours.parquet"), new SegmentFile(_directory.Path, footer));
                using (var file = File.Create(ours)) ParquetWriter.Write(file, part, footer, WorkPace.Steady(default));
                var connection = _engine.Rent();
                new SegmentWriter(new EventStoreOptions { DataDirectory = _directory.Path }, _directory.Path).WriteByEngine(theirs, part, footer, connection, _engine, default);
                RandomSegments.SameRows(_duck, ours, theirs.UnfinishedPath, footer);
                _engine.Return(connection);
            }
        }
        finally
        {
            foreach (var batch in batches) batch.Dispose();
        }
    }

    private void Check(int seed, EventBatch[] batches)
    {
        try
        {
            var (tier, view) = RandomSegments.View(batches);
            var parts = SealedPart.Split(view, WorkPace.Steady(default));
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
        using (var file = File.Create(path)) ParquetWriter.Write(file, part, footer, WorkPace.Steady(default));
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

    /// <summary>Tells of every write, and keeps nothing.</summary>
    private sealed class CountingStream(Action written) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => written();
    }
}
