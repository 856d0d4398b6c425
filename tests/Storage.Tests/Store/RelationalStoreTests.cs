using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;
using Storage.Tests.Compile;

namespace Storage.Tests.Store;

/// <summary>Relational columns over a real store: spans of a trace are found wherever they are, and however their ids are stored.</summary>
public sealed class RelationalStoreTests : IDisposable
{
    private const long Minute = 60_000_000_000;

    private static readonly string[] Questions =
    [
        "COUNT|any.db = \"redis\" and any.duration_ms > 50|root.route",
        "P99(duration_ms); COUNT|any.db = \"redis\" and any2.db = \"pg\" and not any.error = true|service.name",
        "COUNT; MAX(any.x)|any.db = \"redis\" and (x = 1 or any.x = 2)|any.service.name",
        "COUNT|none.error = true and none.db = \"pg\"|root.service.name",
        "COUNT; SUM(parent.x)|parent.service.name = \"b\"|parent.db",
        "COUNT|child.error = true and child.x > 1|child.service.name",
        "COUNT; MAX(trace.duration_ms); SUM(trace.span_count); MAX(trace.error_count)|trace.service_count > 1|trace.root_missing",
        "COUNT|x = 1 and service.name = \"a\" and any.db = \"pg\"|root.route",
        "COUNT|trace.trace_id = \"00000000000000000000000000000005\" and any.db exists|root.route",
        "COUNT|any.trace.trace_id = \"00000000000000000000000000000005\"|parent.trace.span_id",
        "COUNT|any.trace.span_id = \"0000000000000003\"|any.trace.trace_id",
        "COUNT|trace.trace_id starts-with \"tr\" and root.x exists|root.trace.trace_id",
        "COUNT|trace.trace_id does-not-exist|trace.span_count",
        "COUNT|any.nothing_has_this does-not-exist and root.duration_ms > 10|root.error",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = new(11);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("hot")]
    [InlineData("sealed")]
    [InlineData("split")]
    [InlineData("compacted")]
    public async Task A_store_answers_as_a_table_of_the_same_events_does(string place)
    {
        await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _directory.Path, CompactEvents = place == "compacted" ? 1_000_000 : 0 }, default);
        var events = new List<TestEvent>();
        for (var part = 0; part < 3; part++)
        {
            await AppendAsync(store, [.. Enumerable.Range(0, 500).Select(_ => Random(events.Count, part))], events, part);
            if (place != "hot" && (place != "split" || part < 2)) await store.SealAsync(default);
        }

        using var table = new MemoryEvents(store.Schema.Columns.Where(c => c.Name != WellKnownColumns.Time).Select(c => (c.Name, c.Type))).With(events);
        foreach (var time in new TimeRange[] { TimeRange.All, new TimeRange.Between(20 * Minute, 25 * Minute), new TimeRange.Between(70 * Minute, 71 * Minute) })
        {
            foreach (var question in Questions)
            {
                var parts = question.Split('|');
                var query = new Query
                {
                    Time = time, Calculations = parts[0].Split("; ").Select(QueryText.ParseCalculation).ToValueList(), Where = QueryText.ParseWhere(parts[1]), Breakdowns = [parts[2]], Limit = 1_000,
                };
                Text((await store.RunAsync(query, default)).Results).ShouldBe(Text(table.Run(query).Results), $"{place} {question}");
                var listing = new Query { Time = time, Where = query.Where, Limit = 20, Columns = ["n", parts[2], "trace.span_count"] };
                Text((await store.RunAsync(listing, default)).Events!.Table).ShouldBe(Text(table.Run(listing).Events!.Table), $"{place} {question}");
            }
        }
    }

    [Theory]
    [InlineData("hot")]
    [InlineData("sealed")]
    public async Task More_events_than_are_looked_at_first_are_answered_the_same(string place)
    {
        const int traces = 26_000;
        await using var store = await EventStore.OpenAsync(new EventStoreOptions { DataDirectory = _directory.Path }, default);
        var builder = new EventBatchBuilder(store.Schema);
        for (var trace = 0; trace < traces; trace++)
        {
            for (var span = 1; span <= 2; span++)
            {
                // Every tenth trace begins an hour before the rest of it.
                builder.BeginEvent((span == 1 && trace % 10 == 0 ? 10 : 70) * Minute + trace);
                builder.SetId(WellKnownColumns.TraceId, Id(trace + 1, 16));
                builder.SetId(WellKnownColumns.SpanId, Id(span, 8));
                if (span == 2) builder.SetId(WellKnownColumns.ParentId, Id(1, 8));
                builder.Set(WellKnownColumns.SignalType, "trace");
                builder.Set("route", "r" + (trace % 3).ToString(CultureInfo.InvariantCulture));
                builder.Set("half", span == 2);
                if (span == 2) builder.Set("x", (long)(trace % 100));
                builder.EndEvent();
            }
        }

        using (var batch = builder.Build()) (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
        if (place == "sealed") await store.SealAsync(default);
        string Routes(int x, int spans) => string.Join("; ", Enumerable.Range(0, 3).Select(r => string.Create(CultureInfo.InvariantCulture, $"r{r} {spans * Enumerable.Range(0, traces).Count(t => t % 100 == x && t % 3 == r)}")));
        var late = new TimeRange.Between(60 * Minute, 80 * Minute);
        (await RowsAsync(store, TimeRange.All, "any.x = 7", "root.route")).ShouldBe(Routes(7, spans: 2));
        (await RowsAsync(store, late, "any.x = 20", "root.route")).ShouldBe(Routes(20, spans: 1));
        (await RowsAsync(store, TimeRange.All, "half = true and any.x = 20", "root.route")).ShouldBe(Routes(20, spans: 1));
        (await RowsAsync(store, late, "half = true and parent.half = false", "trace.root_missing")).ShouldBe("false 26000");
        (await RowsAsync(store, late, "none.x < 99", "root.half")).ShouldBe("false 520");
        (await RowsAsync(store, new TimeRange.Between(5 * Minute, 15 * Minute), "child.x = 20", "trace.duration_ms")).ShouldBe("3600000 260");
    }

    private static async Task<string> RowsAsync(IEventStore store, TimeRange time, string where, string by)
    {
        var query = new Query { Time = time, Calculations = [new(CalculationOp.Count)], Where = QueryText.ParseWhere(where), Breakdowns = [by], Orders = [new(new ResultReference(Name: by), false)] };
        return Text((await store.RunAsync(query, default)).Results);
    }

    /// <summary>Traces of 20 ids in small trees with wrong parents among them; those of the last part have ids that are texts.</summary>
    private TestEvent Random(int number, int part)
    {
        var values = ImmutableDictionary.CreateBuilder<string, Value>();
        values["n"] = (long)number;
        var trace = _random.Next(20);
        if (trace > 0) values[WellKnownColumns.TraceId] = part == 2 && trace > 15 ? "trace " + trace.ToString(CultureInfo.InvariantCulture) : Convert.ToHexStringLower(Id(trace, 16));
        if (_random.Next(4) > 0) values[WellKnownColumns.SpanId] = Convert.ToHexStringLower(Id(_random.Next(30), 8));
        if (_random.Next(8) > 0) values[WellKnownColumns.ParentId] = Convert.ToHexStringLower(Id(_random.Next(30), 8));
        values[WellKnownColumns.SignalType] = values.ContainsKey(WellKnownColumns.SpanId) ? "trace" : "log";
        values[WellKnownColumns.ServiceName] = ((char)('a' + _random.Next(3))).ToString();
        if (_random.Next(2) == 0) values[WellKnownColumns.DurationMs] = _random.Next(100_000) / 1e3;
        if (_random.Next(10) == 0) values[WellKnownColumns.Error] = true;
        if (_random.Next(3) == 0) values["db"] = _random.Next(2) == 0 ? "redis" : "pg";
        if (_random.Next(2) == 0) values["x"] = (long)_random.Next(4);
        if (_random.Next(2) == 0) values["route"] = "/" + _random.Next(3).ToString(CultureInfo.InvariantCulture);
        if (number == 0) values["nothing_has_this"] = "but one";
        return new TestEvent((part * 30 + _random.Next(60)) * Minute + 1, values.ToImmutable());
    }

    private static async Task AppendAsync(IEventStore store, TestEvent[] events, List<TestEvent> all, int part)
    {
        var builder = new EventBatchBuilder(store.Schema);
        foreach (var e in events)
        {
            builder.BeginEvent(e.Time);
            foreach (var (name, value) in e.Values) Set(builder, name, value, part);
            builder.EndEvent();
            all.Add(e);
        }

        using var batch = builder.Build();
        (await store.AppendAsync(batch, default)).Status.ShouldBe(AppendStatus.Committed);
    }

    private static void Set(EventBatchBuilder builder, string name, Value value, int part)
    {
        var isId = name is WellKnownColumns.TraceId or WellKnownColumns.SpanId or WellKnownColumns.ParentId;
        // The ids of the last part are stored as texts, whether or not they are hex.
        if (isId && part < 2) builder.SetId(name, Convert.FromHexString(value.AsString()));
        else if (value.Kind == ValueKind.String) builder.Set(name, value.AsString());
        else if (value.Kind == ValueKind.Int64) builder.Set(name, value.AsInt64());
        else if (value.Kind == ValueKind.Bool) builder.Set(name, value.AsBool());
        else builder.Set(name, value.AsDouble());
    }

    private static byte[] Id(int number, int length)
    {
        var id = new byte[length];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(id.AsSpan(length - 4), number);
        return id;
    }

    private static string Text(ResultTable table) => string.Join("; ", Enumerable.Range(0, table.RowCount)
        .Select(row => string.Join(" ", table.Columns.Select(c => c[row].IsNull ? "null" : c[row].ToString()))));
}
