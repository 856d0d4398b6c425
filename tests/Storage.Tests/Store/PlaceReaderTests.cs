using Microsoft.Win32.SafeHandles;
using Storage.DuckDb;
using Storage.DuckDb.Parquet;
using Storage.Events;

namespace Storage.Tests.Store;

/// <summary>Values that are read one by one are those that reading the whole chunk gives, wherever in it they are.</summary>
public sealed class PlaceReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2_049)]
    [InlineData(122_881)]
    public void Single_values_are_those_of_the_whole_chunk(int rows)
    {
        using var file = Write([RandomSegments.Batch(new Random(rows), rows, "trace")]);
        Check(file, new Random(1), 200);
    }

    [Fact]
    public void Values_that_repeat_in_runs_and_texts_that_share_bytes_are_found()
    {
        var random = new Random(3);
        var batches = Enumerable.Range(0, 60).Select(i => Repeating(random, 1_500, i)).ToArray();
        using var file = Write(batches);
        Check(file, random, 500);
    }

    [Fact]
    public void Damage_ends_in_values_or_in_what_the_engine_is_asked_after()
    {
        var random = new Random(5);
        using (Write([Repeating(random, 20_000, 1)])) { }
        var path = Path.Combine(_directory.Path, "segment");
        var whole = File.ReadAllBytes(path);
        var refused = 0;
        for (var round = 0; round < 150; round++)
        {
            var bytes = whole.ToArray();
            for (var k = 0; k < 40; k++) bytes[random.Next(4, round % 3 == 0 ? bytes.Length : bytes.Length - 8_000)] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(path, bytes);
            using var file = File.OpenHandle(path);
            try
            {
                var layout = ParquetLayout.Read(file);
                foreach (var column in layout.Columns.Values) ByPlaces(file, layout, column, 0, [0, 17, 9_999, 19_999]);
            }
            catch (Exception e) when (ChunkReader.IsUnreadable(e))
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(0);
    }

    private static void Check(SafeFileHandle file, Random random, int picked)
    {
        var layout = ParquetLayout.Read(file);
        layout.Places.ShouldNotBeNull();
        for (var group = 0; group < layout.GroupCount; group++)
        {
            var rows = (int)(layout.FirstRows[group + 1] - layout.FirstRows[group]);
            foreach (var (name, column) in layout.Columns)
            {
                int[] some = [.. Enumerable.Range(0, picked).Select(_ => random.Next(rows)).Append(0).Append(rows - 1).Distinct().Order()];
                var found = ByPlaces(file, layout, column, group, some);
                using var chunk = new ChunkReader(file, column, layout.Chunk(group, column));
                var expected = New(column);
                chunk.Read(some, expected, 0);
                Bytes(found).ShouldBe(Bytes(expected), name);
                if (column.Type != PhysicalType.ByteArray || expected.Count == 0) continue;
                var wanted = ValueOf(expected);
                using var reader = new PlaceReader(file, column, layout.Chunk(group, column), layout.Places.Group(file, group, layout.Columns.Count).Of(column));
                reader.Find(wanted).ShouldBe(chunk.Find(wanted), name);
            }
        }
    }

    private static ColumnBuffer ByPlaces(SafeFileHandle file, ParquetLayout layout, ParquetColumn column, int group, int[] rows)
    {
        var target = New(column);
        if (layout.Places?.Group(file, group, layout.Columns.Count).Of(column) is not { } places) return target;
        using var reader = new PlaceReader(file, column, layout.Chunk(group, column), places);
        reader.Read(rows, target, 0);
        return target;
    }

    private static ColumnBuffer New(ParquetColumn column) => new("c", column.Type == PhysicalType.ByteArray ? StorageType.Id : StorageType.Int64);

    private static byte[] Bytes(ColumnBuffer column)
    {
        var bytes = new byte[column.Count * 12 + column.HeapLength];
        column.WriteRows(bytes);
        column.WriteValues(bytes.AsSpan(column.Count * 4));
        column.Heap.CopyTo(bytes.AsSpan(column.Count * 12));
        return bytes;
    }

    private static byte[] ValueOf(ColumnBuffer texts)
    {
        var values = new byte[texts.Count * 8];
        texts.WriteValues(values);
        return texts.Heap.Slice(BitConverter.ToInt32(values, 0), BitConverter.ToInt32(values, 4)).ToArray();
    }

    /// <summary>Events as services send them: resources in runs, paths that begin alike, ids of some traces.</summary>
    private static EventBatch Repeating(Random random, int rows, int sender)
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        var id = new byte[16];
        for (var i = 0; i < rows; i++)
        {
            builder.BeginEvent(1_000_000_000L * sender + random.Next(1_000_000));
            BitConverter.TryWriteBytes(id, random.Next(3_000));
            builder.SetId(WellKnownColumns.TraceId, id);
            random.NextBytes(id);
            builder.SetId(WellKnownColumns.SpanId, id.AsSpan(0, 8));
            builder.Set(WellKnownColumns.SignalType, "trace");
            builder.Set("service", "service " + sender % 7);
            builder.Set("path", $"/api/v1/customers/{random.Next(1_000_000)}/orders/{random.Next(50)}/lines");
            builder.Set("user", "user-" + random.Next(8_000));
            if (random.Next(4) > 0) builder.Set("status", 200L + random.Next(3) * 100);
            if (sender % 3 == 0 && i > rows / 2) builder.Set("seldom", random.NextDouble());
            if (i / 700 % 2 == 0) builder.Set("at times", random.Next(2) == 0);
            builder.Set(WellKnownColumns.DurationMs, random.Next(1_000_000_000) / 1e6);
            builder.EndEvent();
        }

        return builder.Build();
    }

    private SafeFileHandle Write(EventBatch[] batches)
    {
        var path = Path.Combine(_directory.Path, "segment");
        var (tier, view) = RandomSegments.View(batches);
        using (var file = File.Create(path))
        {
            var part = SealedPart.Split(view, WorkPace.Steady(default)).Single();
            ParquetWriter.Write(file, part, part.Footer(tier), WorkPace.Steady(default));
        }

        foreach (var batch in batches) batch.Dispose();
        return File.OpenHandle(path);
    }
}
