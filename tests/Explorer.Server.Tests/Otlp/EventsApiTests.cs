using System.Net;
using System.Text;
using System.Text.Json;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.EventsApi;
using Storage;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

public sealed class EventsApiTests : IAsyncLifetime
{
    private IngestServer _server = null!;

    public async Task InitializeAsync() => _server = await IngestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task One_event()
    {
        var reply = await SendAsync("/1/events/my%20build", """{"step":"test","ok":true,"seconds":1.5,"count":9007199254740993,"nested":{"a":{"b":1},"none":{}},"list":[1,"x",{"y":null}],"gone":null}""", r =>
        {
            r.Headers.Add("X-Honeycomb-Event-Time", "2026-01-02T03:04:05.123456789Z");
            r.Headers.Add("X-Honeycomb-Samplerate", "10");
        });
        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.Body.ShouldBeEmpty();
        Lines().ShouldBe([
            "SampleRate=10 | count=9007199254740993 | list=[1,\"x\",{\"y\":null}] | meta.signal_type=log | nested.a.b=1 | nested.none={} | ok=true | seconds=1.5 | "
            + "service.name=my build | step=test | time=1767323045123456789",
        ]);
    }

    [Fact]
    public async Task A_batch_answers_for_each_event()
    {
        var reply = await SendAsync("/1/batch/ci", """
            [ {"data":{"a":1},"time":1700000000,"samplerate":4}, {"data":{}}, {"nodata":1}, 5, {"data":{"a":2},"time":"1700000000123","samplerate":"x"}, {"time":1700000000.5,"data":{"a":3}} ]
            """);
        reply.Status.ShouldBe(HttpStatusCode.OK);
        reply.ContentType.ShouldBe("application/json");
        var statuses = JsonDocument.Parse(reply.Body).RootElement.EnumerateArray().Select(s => s.GetProperty("status").GetInt32());
        statuses.ShouldBe([202, 400, 400, 400, 400, 202]);
        Lines().ShouldBe([
            "SampleRate=4 | a=1 | meta.signal_type=log | service.name=ci | time=1700000000000000000",
            "a=3 | meta.signal_type=log | service.name=ci | time=1700000000500000000",
        ]);
        _server.Statistics.RejectedRecords.ShouldBe(4);
    }

    [Fact]
    public async Task Spans_as_plain_events()
    {
        await SendAsync("/1/events/x", """
            {"trace.trace_id":"5B8EFFF798038103D269B633813FC60C","trace.span_id":"eee19b7ec3c1b174","trace.parent_id":"","duration_ms":12.5,"name":"step","service.name":"own",
             "meta":{"signal_type":"no such signal","invalid_time":"mine","annotation_type":"span_event"},"time":"mine","error":"text"}
            """);
        var stored = _server.Store.Batches[0];
        Column(stored, "trace.trace_id").Type.ShouldBe(StorageType.Id);
        Column(stored, "trace.span_id").Type.ShouldBe(StorageType.Id);
        var columns = Events.Of(stored).Single();
        columns["trace.trace_id"].ShouldBe("5b8efff798038103d269b633813fc60c");
        columns["service.name"].ShouldBe("own");
        columns["meta.signal_type"].ShouldBe("trace");
        columns["attributes.meta.signal_type"].ShouldBe("no such signal");
        columns["attributes.meta.invalid_time"].ShouldBe("mine");
        columns["attributes.time"].ShouldBe("mine");
        columns["meta.annotation_type"].ShouldBe("span_event");
        columns["error"].ShouldBe("text");
        columns.ShouldNotContainKey("trace.parent_id");
        columns.ShouldNotContainKey("meta.invalid_time");
    }

    [Theory]
    [InlineData("\"6f7b1a0e-1d1c-4b5e-9a44-4a4f0b1c2d3e\"", StorageType.String)]
    [InlineData("\"00000000000000000000000000000000\"", StorageType.String)]
    [InlineData("17", StorageType.Int64)]
    public async Task Ids_of_other_kinds_are_kept_as_they_are(string id, StorageType type)
    {
        await SendAsync("/1/events/x", $$"""{"trace.trace_id":{{id}}}""");
        Column(_server.Store.Batches[0], "trace.trace_id").Type.ShouldBe(type);
    }

    [Fact]
    public async Task Gzip_keys_and_halves_of_characters()
    {
        await using var server = await IngestServer.StartAsync(new IngestOptions { Keys = ["k"] });
        var body = Sending.Gzip(Encoding.UTF8.GetBytes("""[{"data":{"te\ud83dxt":"\\ud83d \ud83d \ud83d\ude80"}}]"""));
        void Gzip(HttpRequestMessage r) => r.Content!.Headers.ContentEncoding.Add("gzip");
        (await server.SendHttpAsync("/1/batch/x", body, "application/json", Gzip)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        var reply = await server.SendHttpAsync("/1/batch/x", body, "application/json", r =>
        {
            Gzip(r);
            r.Headers.Add("x-honeycomb-team", "k");
        });
        reply.Text.ShouldBe("""[{"status":202}]""");
        Events.Of(server.Store.Batches[0]).Single()["te\uFFFDxt"].ShouldBe("\\ud83d \uFFFD 🚀");
    }

    [Theory]
    [InlineData("/1/events/x", "nonsense", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("/1/events/x", "[]", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("/1/events/x", "{}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("/1/batch/x", "{}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("/1/batch/x", "[]", "application/json", HttpStatusCode.OK)]
    [InlineData("/1/events/x", """{"a":1}""", "application/msgpack", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("/1/events/x", """{"a":1}""", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("/1/events/x", """{"a":1}""", "application/x-www-form-urlencoded", HttpStatusCode.OK)]
    [InlineData("/1/events", """{"a":1}""", "application/json", HttpStatusCode.NotFound)]
    public async Task Answers(string path, string body, string? type, HttpStatusCode expected)
    {
        var reply = await _server.SendHttpAsync(path, Encoding.UTF8.GetBytes(body), type);
        reply.Status.ShouldBe(expected);
        if (expected is HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType)
            JsonDocument.Parse(reply.Body).RootElement.GetProperty("error").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_page_in_a_browser_cannot_send_without_asking()
    {
        var reply = await _server.SendHttpAsync("/1/events/x", """{"a":1}"""u8.ToArray(), "application/x-www-form-urlencoded", r => r.Headers.Add("Origin", "https://example.com"));
        reply.Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        _server.Store.Events.ShouldBe(0);
    }

    [Fact]
    public async Task A_busy_store_is_retryable()
    {
        _server.Store.Answer = new AppendResult(AppendStatus.Busy, TimeSpan.FromSeconds(2), "the queue is full");
        var reply = await SendAsync("/1/batch/x", """[{"data":{"a":1}}]""");
        reply.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        reply.Response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Theory]
    [InlineData("1700000000", 1700000000_000_000_000)]
    [InlineData("1700000000123", 1700000000_123_000_000)]
    [InlineData("1700000000123456", 1700000000_123_456_000)]
    [InlineData("1700000000123456789", 1700000000_123_456_789)]
    [InlineData("1700000000.123456789", 1700000000_123_456_789)]
    [InlineData("1.7e9", 1700000000_000_000_000)]
    [InlineData("2023-11-14T22:13:20Z", 1700000000_000_000_000)]
    [InlineData("2023-11-15T00:13:20.5+02:00", 1700000000_500_000_000)]
    [InlineData("2023-11-14T22:13:20.123456789123Z", 1700000000_123_456_789)]
    [InlineData("2200-01-01T00:00:00Z", 7258118400_000_000_000)]
    [InlineData("0", null)]
    [InlineData("-5", null)]
    [InlineData("1969-01-01T00:00:00Z", null)]
    [InlineData("2300-01-01T00:00:00Z", null)]
    [InlineData("yesterday", null)]
    [InlineData("", null)]
    [InlineData("1e400", null)]
    public void Times(string text, long? expected)
    {
        EventTime.TryParse(text, out var time).ShouldBe(expected is not null);
        time.ShouldBe((ulong)(expected ?? 0));
    }

    [Fact]
    public async Task A_time_that_is_none_is_the_arrival_and_marked()
    {
        await SendAsync("/1/batch/x", """[{"data":{"a":1},"time":"yesterday"}]""");
        Events.Of(_server.Store.Batches[0]).Single()["meta.invalid_time"].ShouldBe(true);
    }

    private Task<Reply> SendAsync(string path, string body, Action<HttpRequestMessage>? change = null) =>
        _server.SendHttpAsync(path, Encoding.UTF8.GetBytes(body), "application/json", change);

    private List<string> Lines() => Events.Lines(_server.Store.Batches.SelectMany(Events.Of));

    private static BatchColumn Column(EventBatch batch, string name) => batch.Columns.Single(c => c.Name == name);
}
