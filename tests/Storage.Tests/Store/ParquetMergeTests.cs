using System.Collections.Immutable;
using Storage.DuckDb;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Parquet;
using Storage.Events;
using Storage.Tests.Native;

namespace Storage.Tests.Store;

/// <summary>Segments that are merged column by column hold the rows that the engine would merge, in the same order.</summary>
public sealed class ParquetMergeTests : IDisposable
{
    private const long Memory = 64 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly Duck _duck = new();
    private readonly Engine _engine;
    private int _next;

    private EventStoreOptions Options => new() { DataDirectory = _directory.Path };

    public ParquetMergeTests() => _engine = new Engine(1L << 30, 1, System.IO.Path.Combine(_directory.Path, "spill"));

    public void Dispose()
    {
        _engine.Dispose();
        _duck.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Merged_segments_hold_what_the_engine_would_merge()
    {
        for (var seed = 0; seed < 16; seed++)
        {
            var random = new Random(seed);
            // From a slice of time for each event to all events in one.
            var span = 1L << random.Next(30, 62);
            Check([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Sealed(random, random.Next(1, 4_000), span, byEngine: random.Next(4) == 0))], archive: seed % 2 == 0);
        }
    }

    [Fact]
    public void What_is_compressed_for_size_reads_back_whatever_repeats_in_it()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            var builder = new EventBatchBuilder(Schema.Empty);
            for (var row = 0; row < 200; row++)
            {
                builder.BeginEvent(1_000 + row);
                builder.Set(WellKnownColumns.SignalType, "trace");
                builder.Set("text", Pattern(random, random.Next(1 << random.Next(1, 15)), seed % 6));
                builder.Set("fraction", random.NextDouble());
                builder.Set("few", random.NextDouble() < 0.98 ? 0.5 : random.NextDouble());
                builder.EndEvent();
            }

            var path = Check([Sealed(builder.Build(), byEngine: false)], archive: true);
            _duck.One<long>($"SELECT count(*) FROM parquet_metadata({RelationText.Literal(path)}) WHERE compression = 'ZSTD'").ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void A_merged_segment_is_merged_again()
    {
        var random = new Random(1);
        ImmutableArray<Segment> first = [Sealed(random, 900, 1L << 38, byEngine: false), Sealed(random, 1_300, 1L << 38, byEngine: false)];
        var file = Merge(first, Footer(first), Memory);
        file.Rename();
        Check([file.ToSegment(Options), Sealed(random, 700, 1L << 38, byEngine: false)]);
    }

    [Fact]
    public void Row_groups_end_where_they_should()
    {
        var random = new Random(2);
        Check([Sealed(random, 70_000, 1L << 39, byEngine: false, few: true), Sealed(random, 70_000, 1L << 39, byEngine: true, few: true), Sealed(random, 1, 1, byEngine: false)], archive: true);
    }

    [Fact]
    public void Without_memory_to_sort_the_rows_keep_the_order_in_which_they_arrived()
    {
        var random = new Random(3);
        ImmutableArray<Segment> inputs = [.. Enumerable.Range(0, 3).Select(_ => Sealed(random, 2_000, 1L << 60, byEngine: false))];
        var footer = Footer(inputs);
        var ours = Merge(inputs, footer, 0);
        var theirs = ByEngine(SegmentMerge.Select(inputs, footer), footer);
        RandomSegments.SameRows(_duck, ours.UnfinishedPath, theirs, footer);
    }

    [Fact]
    public void A_merge_that_is_stopped_leaves_no_scratch_file()
    {
        var random = new Random(4);
        ImmutableArray<Segment> inputs = [Sealed(random, 500, 1L << 38, byEngine: false), Sealed(random, 500, 1L << 38, byEngine: false)];
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var footer = Footer(inputs);
        var file = new SegmentFile(_directory.Path, footer);
        Should.Throw<OperationCanceledException>(() => file.WriteEvents(inputs, Memory, SegmentMerge.StatisticsOf(inputs, footer), WorkPace.Steady(stop.Token)));
        file.Discard();
        Directory.GetFiles(_directory.Path, "*.tmp").ShouldBeEmpty();
    }

    [Fact]
    public void A_name_that_must_become_a_text_is_left_to_the_engine()
    {
        var (numbers, texts) = (Single("name", 1L), Single("name", "one"));
        ImmutableArray<Segment> inputs = [numbers, texts];
        ParquetMerge.CanMerge(inputs, Footer(inputs)).ShouldBeFalse();
        inputs = [numbers, Single("other", "one"), Single("name", 2.5)];
        ParquetMerge.CanMerge(inputs, Footer(inputs)).ShouldBeTrue();
        Check(inputs);
    }

    /// <summary>Text in which much or little repeats, near or far, with bytes that are as frequent as each other or not.</summary>
    private static string Pattern(Random random, int length, int kind)
    {
        var text = new System.Text.StringBuilder();
        while (text.Length < length)
        {
            switch (kind)
            {
                case 0: text.Append((char)random.Next(1, 128)); break;
                case 1: text.Append((char)('a' + (int)(Math.Pow(random.NextDouble(), 5) * 20))); break;
                case 2: text.Append('x', random.Next(1, 3_000)); break;
                case 3: text.Append(System.Globalization.CultureInfo.InvariantCulture, $"10.{random.Next(256)}.{random.Next(256)} "); break;
                case 4: text.Append((char)random.Next(1, 0x2000)); break;
                default:
                    if (text.Length < 20 || random.Next(3) == 0) text.Append((char)random.Next(32, 127));
                    else text.Append(text.ToString(random.Next(text.Length), 1)).Append(text.ToString(0, random.Next(text.Length)));
                    break;
            }
        }

        return text.ToString(0, length);
    }

    private string Check(ImmutableArray<Segment> inputs, bool archive = false)
    {
        var footer = Footer(inputs) with { IsArchived = archive };
        ParquetMerge.CanMerge(inputs, footer).ShouldBeTrue();
        var builder = SegmentMerge.StatisticsOf(inputs, footer);
        var ours = new SegmentFile(_directory.Path, footer);
        ours.WriteEvents(inputs, Memory, builder, WorkPace.Steady(default));
        var theirs = ByEngine(SegmentMerge.SelectInOrder(inputs, footer), footer);
        RandomSegments.SameRows(_duck, ours.UnfinishedPath, theirs, footer);
        var connection = _engine.Rent();
        var expected = SegmentMerge.Statistics(connection, inputs, footer, theirs, default);
        _engine.Return(connection);
        Bytes(builder.Build(footer.Events)).ShouldBe(Bytes(expected));
        return ours.UnfinishedPath;
    }

    private byte[] Bytes(SegmentStatistics statistics)
    {
        var path = System.IO.Path.Combine(_directory.Path, "some.stats");
        StatisticsFile.Write(path, statistics, 1, 0);
        return File.ReadAllBytes(path);
    }

    private SegmentFile Merge(ImmutableArray<Segment> inputs, SegmentFooter footer, long memory)
    {
        var file = new SegmentFile(_directory.Path, footer);
        var statistics = SegmentMerge.StatisticsOf(inputs, footer);
        file.WriteEvents(inputs, memory, statistics, WorkPace.Steady(default));
        file.WriteStatistics(statistics.Build(footer.Events), null);
        return file;
    }

    private string ByEngine(string select, SegmentFooter footer)
    {
        var directory = Directory.CreateDirectory(System.IO.Path.Combine(_directory.Path, "engine")).FullName;
        var file = new SegmentFile(directory, footer);
        var connection = _engine.Rent();
        file.WriteEvents(connection, select, 16 << 20, default);
        _engine.Return(connection);
        return file.UnfinishedPath;
    }

    private static SegmentFooter Footer(ImmutableArray<Segment> inputs) => SegmentMerge.Footer(new CompactionPlan(inputs, Archive: false), []);

    private Segment Sealed(Random random, int rows, long span, bool byEngine, bool few = false)
    {
        const long Begin = 1_790_000_000_000_000_000;
        return Sealed(RandomSegments.Batch(random, rows, "trace", few, Begin, Begin + span), byEngine);
    }

    private Segment Single(string name, object value)
    {
        var builder = new EventBatchBuilder(Schema.Empty);
        builder.BeginEvent(1_000 + _next);
        builder.Set(WellKnownColumns.SignalType, "trace");
        if (value is long integer) builder.Set(name, integer);
        else if (value is double fraction) builder.Set(name, fraction);
        else builder.Set(name, (string)value);
        builder.EndEvent();
        return Sealed(builder.Build(), byEngine: false);
    }

    private Segment Sealed(EventBatch batch, bool byEngine)
    {
        using (batch)
        {
            var (tier, view) = RandomSegments.View([batch], ++_next);
            var part = SealedPart.Split(view, WorkPace.Steady(default)).ShouldHaveSingleItem();
            var footer = part.Footer(tier);
            var file = new SegmentFile(_directory.Path, footer);
            var connection = _engine.Rent();
            if (byEngine) new SegmentWriter(Options, _directory.Path).WriteByEngine(file, part, footer, connection, _engine, default);
            else file.Write(part, null, WorkPace.Steady(default));
            _engine.Return(connection);
            file.Rename();
            return file.ToSegment(Options);
        }
    }
}
