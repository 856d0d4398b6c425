using Microsoft.Win32.SafeHandles;
using Storage.DuckDb;
using Storage.DuckDb.Catalog;
using Storage.DuckDb.Parquet;
using Storage.Events;
using Storage.Queries;

namespace Storage.Tests.Store;

/// <summary>Traces are found by id wherever their events are, and with the values that every other query sees.</summary>
public sealed class TraceLookupTests : IDisposable
{
    private const int Traces = 400;
    private static readonly TimeSpan Old = TimeSpan.FromDays(3);

    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = new(7);
    private readonly Dictionary<int, List<long>> _expected = [];
    private long _next;

    public void Dispose() => _directory.Dispose();

    private string Segments => Path.Combine(_directory.Path, "segments");

    [Theory]
    [InlineData("hot")]
    [InlineData("sealed")]
    [InlineData("split")]
    [InlineData("compacted")]
    [InlineData("archived")]
    [InlineData("without statistics")]
    public async Task Every_trace_is_found_with_all_its_values(string place)
    {
        var store = await OpenAsync(place);
        try
        {
            for (var i = 0; i < 4; i++)
            {
                await AppendAsync(store, 1_500);
                if (place != "hot" && (place != "split" || i < 3)) await store.SealAsync(default);
            }

            if (place == "without statistics")
            {
                await store.DisposeAsync();
                foreach (var file in Directory.GetFiles(Segments, "*.stats")) await File.WriteAllTextAsync(file, "no statistics");
                store = await OpenAsync(place);
            }

            // A condition that is no comparison of the id reads the segments whole.
            foreach (var trace in Enumerable.Range(0, 40).Select(_ => _random.Next(Traces)))
            {
                var id = Convert.ToHexStringLower(IdOf(trace));
                var found = await ReadAsync(store, new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, id));
                found.ShouldBe(await ReadAsync(store, new Filter.Condition(WellKnownColumns.TraceId, FilterOp.StartsWith, id)));
                (await NumbersAsync(store, id)).ShouldBe(_expected.GetValueOrDefault(trace) ?? []);
            }

            (await NumbersAsync(store, Convert.ToHexStringLower(IdOf(Traces + 1)))).ShouldBeEmpty();
            (await NumbersAsync(store, Convert.ToHexString(IdOf(3)))).ShouldBeEmpty();
            (await NumbersAsync(store, "no id")).ShouldBeEmpty();
        }
        finally
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Pages_and_other_conditions_of_a_trace_are_those_of_a_scan()
    {
        await using var store = await OpenAsync("sealed");
        await AppendAsync(store, 3_000, traces: 3);
        await store.SealAsync(default);
        await AppendAsync(store, 1_000, traces: 3);
        var id = Convert.ToHexStringLower(IdOf(1));
        var query = new Query { Time = TimeRange.All, Where = new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, id), Columns = ["n"], Limit = 70 };
        var numbers = new List<long>();
        for (string? cursor = null; ;)
        {
            var page = (await store.RunAsync(query with { Cursor = cursor }, default)).Events!;
            numbers.AddRange(Enumerable.Range(0, page.Table.RowCount).Select(row => page.Table.Find("n")![row].AsInt64()));
            if ((cursor = page.Cursor) is null) break;
        }

        numbers.Order().ShouldBe(_expected[1]);
        var calculation = new Query
        {
            Time = TimeRange.All,
            Series = false,
            Calculations = [new(CalculationOp.Count), new(CalculationOp.Sum, "duration_ms")],
            Where = new Filter.And([new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, id), new Filter.Condition("sparse", FilterOp.Exists)]),
        };
        var scan = calculation with { Where = new Filter.And([new Filter.Condition(WellKnownColumns.TraceId, FilterOp.StartsWith, id), new Filter.Condition("sparse", FilterOp.Exists)]) };
        var (found, all) = ((await store.RunAsync(calculation, default)).Results, (await store.RunAsync(scan, default)).Results);
        found.Columns[0][0].AsInt64().ShouldBe(all.Columns[0][0].AsInt64());
        found.Columns[1][0].AsDouble().ShouldBe(all.Columns[1][0].AsDouble(), 1e-6);
    }

    [Fact]
    public async Task A_damaged_file_ends_in_an_answer_or_in_what_the_engine_is_asked_after()
    {
        await using (var store = await OpenAsync("sealed"))
        {
            await AppendAsync(store, 3_000);
            await store.SealAsync(default);
        }

        var path = Directory.GetFiles(Segments, "*.parquet").Single();
        var whole = await File.ReadAllBytesAsync(path);
        using (var file = File.OpenHandle(path)) ReadAll(file); // as it is, nothing is left to the engine
        var refused = 0;
        for (var round = 0; round < 200; round++)
        {
            var bytes = whole.ToArray();
            for (var k = 0; k < 30; k++) bytes[_random.Next(4, round % 4 == 0 ? bytes.Length : bytes.Length - 20_000)] ^= (byte)_random.Next(1, 256);
            await File.WriteAllBytesAsync(path, bytes);
            using var file = File.OpenHandle(path);
            try
            {
                ReadAll(file);
            }
            catch (Exception e) when (ChunkReader.IsUnreadable(e))
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(0);
    }

    private static void ReadAll(SafeFileHandle file)
    {
        var layout = ParquetLayout.Read(file);
        foreach (var column in layout.Columns.Values)
        {
            using var chunk = new ChunkReader(file, column, layout.Chunk(0, column));
            if (column.Type == PhysicalType.ByteArray) chunk.Find(IdOf(5));
            chunk.Read([0, 17, 1_000, 2_999], new ColumnBuffer("c", column.Type == PhysicalType.ByteArray ? StorageType.Id : StorageType.Int64), 0);
        }
    }

    [Fact]
    public void A_stripe_never_misses_a_trace()
    {
        for (var round = 0; round < 3; round++)
        {
            var builder = new StatisticsBuilder([new SegmentColumn(WellKnownColumns.Time, WellKnownColumns.Time, StorageType.Int64, 0), new SegmentColumn(WellKnownColumns.TraceId, WellKnownColumns.TraceId, StorageType.Id, 0)]);
            var rows = new List<(byte[]? Id, long Row)>();
            while (rows.Count < TraceStripes.Rows + 40_000)
            {
                var batch = new EventBatchBuilder(Schema.Empty);
                for (var i = _random.Next(1, 30_000); i > 0; i--)
                {
                    batch.BeginEvent(1 + rows.Count);
                    var id = _random.Next(10) == 0 ? null : IdOf(_random.Next(1_000_000));
                    if (id is not null) batch.SetId(WellKnownColumns.TraceId, id);
                    batch.EndEvent();
                    rows.Add((id, rows.Count));
                }

                using var built = batch.Build();
                builder.Add(new HotBatch(built, 0, [.. built.Columns.Select(c => c.Name == WellKnownColumns.Time ? 0 : 1)]), [0, 1]);
            }

            var traces = builder.Build(rows.Count).Traces!;
            foreach (var (id, row) in rows)
            {
                if (id is null) continue;
                var key = TraceFilter.KeyOf(id);
                if (!traces.MayContain(key) || !traces.MayContain(key, row, row + 1)) throw new ShouldAssertException($"row {row} is missed");
            }

            Enumerable.Range(0, 10_000).Count(i => traces.MayContain(TraceFilter.KeyOf(IdOf(2_000_000 + i)))).ShouldBeLessThan(200);
        }
    }

    private Task<IEventStore> OpenAsync(string place) => EventStore.OpenAsync(
        new EventStoreOptions
        {
            DataDirectory = _directory.Path,
            CompactEvents = place is "compacted" or "archived" ? 1_000_000 : 0,
            CompressAfter = place == "archived" ? TimeSpan.Zero : Old,
        }, default);

    /// <summary>Events with every type, values that are often, seldom and never equal, and some that are missing; some have no trace.</summary>
    private async Task AppendAsync(IEventStore store, int events, int traces = Traces)
    {
        var builder = new EventBatchBuilder(store.Schema);
        var now = UnixTime.FromDateTimeOffset(DateTimeOffset.UtcNow);
        for (var i = 0; i < events; i++, _next++)
        {
            builder.BeginEvent(now + _random.Next(1_000_000));
            var trace = _random.Next(traces + traces / 4 + 1);
            if (trace < traces)
            {
                builder.SetId(WellKnownColumns.TraceId, IdOf(trace));
                builder.SetId(WellKnownColumns.SpanId, IdOf((int)_next).AsSpan(0, 8));
                if (!_expected.TryGetValue(trace, out var numbers)) _expected.Add(trace, numbers = []);
                numbers.Add(_next);
            }

            builder.Set(WellKnownColumns.SignalType, "trace");
            builder.Set("n", _next);
            builder.Set("duration_ms", _random.Next(1_000_000) / 1e6);
            builder.Set("fraction", _random.NextDouble());
            builder.Set("few", "value " + _random.Next(5));
            builder.Set("many", "value " + _random.Next(1_000_000) + new string('x', _random.Next(40)));
            builder.Set("constant", "always");
            if (_random.Next(3) == 0) builder.Set("sparse", (long)_random.Next(100));
            if (_random.Next(2) == 0) builder.Set("truth", _random.Next(2) == 0);
            if (i < 200) builder.Set("early", _random.Next(3) - 1.5);
            builder.EndEvent();
        }

        using var batch = builder.Build();
        (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
    }

    private static byte[] IdOf(int i)
    {
        var id = new byte[16];
        id[15] = 0xAB; // a letter, so that upper case is another text
        BitConverter.TryWriteBytes(id, i * 7_919L + 1);
        return id;
    }

    private static async Task<string> ReadAsync(IEventStore store, Filter where)
    {
        var result = await store.RunAsync(new Query { Time = TimeRange.All, Where = where, Limit = 5_000 }, default);
        result.Meta.EventsMatched.ShouldBe(result.Events!.Table.RowCount);
        return string.Join('\n', result.Events.Table.Columns.Select(c => c.Name + ": " + string.Join('|', Enumerable.Range(0, c.Count).Select(row => c.IsNull(row) ? "-" : c[row].ToString()))));
    }

    private static async Task<List<long>> NumbersAsync(IEventStore store, string id)
    {
        var where = new Filter.Condition(WellKnownColumns.TraceId, FilterOp.Equal, id);
        var table = (await store.RunAsync(new Query { Time = TimeRange.All, Where = where, Columns = ["n"], Limit = 5_000 }, default)).Events!.Table;
        return [.. Enumerable.Range(0, table.RowCount).Select(row => table.Find("n")![row].AsInt64()).Order()];
    }
}
