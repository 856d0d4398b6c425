using System.Net;
using System.Text;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Messages;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Storage.Events;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

/// <summary>What senders should not send: each gets its answer, what is valid beside it is stored, and the next request finds the server well.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private IngestServer _server = null!;

    public async Task InitializeAsync() => _server = await IngestServer.StartAsync();

    public async Task DisposeAsync()
    {
        var before = _server.Store.Events;
        var reply = await _server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Logs, Requests.Valid(Transport.HttpProtobuf, OtlpSignal.Logs));
        await _server.DisposeAsync();
        reply.Status.ShouldBe(HttpStatusCode.OK);
        _server.Store.Events.ShouldBe(before + 1);
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_and_nothing_else()
    {
        var bytes = ArbMap.Default.ArbFor<byte[]>();
        Prop.ForAll(bytes, OnlyReadOrRefused).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void A_valid_request_with_some_bytes_changed_is_read_or_refused()
    {
        var samples = new[] { "trace", "logs", "metrics" }
            .SelectMany(n => new[] { ".json", ".binpb" }.Select(e => File.ReadAllBytes(Path.Combine(TestData.Samples, n + e))))
            .ToArray();
        var changed =
            from sample in Gen.Elements(samples)
            from changes in Gen.ListOf(Gen.Zip(Gen.Choose(0, sample.Length - 1), Gen.Choose(0, 255)), 3)
            from length in Gen.Frequency((3, Gen.Constant(sample.Length)), (1, Gen.Choose(0, sample.Length)))
            select Change(sample, changes, length);
        Prop.ForAll(changed.ToArbitrary(), OnlyReadOrRefused).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public async Task Random_bytes_over_the_wire_give_400_or_200()
    {
        var random = new Random(7);
        for (var i = 0; i < 60; i++)
        {
            var body = new byte[random.Next(200)];
            random.NextBytes(body);
            var transport = i % 2 == 0 ? Transport.HttpProtobuf : Transport.HttpJson;
            var reply = await _server.SendAsync(transport, (OtlpSignal)(i % 3), body);
            reply.Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task A_hundred_megabytes_are_refused_with_413_or_a_closed_connection()
    {
        try
        {
            var reply = await _server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Traces, new byte[100 << 20]);
            reply.Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        }
        catch (HttpRequestException e)
        {
            e.InnerException.ShouldBeAssignableTo<IOException>();
        }
    }

    [Fact]
    public async Task A_hundred_megabytes_over_grpc_get_a_status()
    {
        var reply = await _server.SendAsync(Transport.Grpc, OtlpSignal.Traces, new byte[100 << 20]);
        reply.GrpcStatus.ShouldBe((int)GrpcStatus.ResourceExhausted);
    }

    [Fact]
    public async Task Ten_thousand_attributes_are_kept_as_columns_and_beyond_their_bound_as_json()
    {
        var many = Enumerable.Range(0, 10_000).Select(i => Requests.Attribute($"key.{i}", $"value {i}")).ToArray();
        await SendAsync(Requests.Span(1, many), Requests.Span(2, Requests.Attribute("key.9999", "other")));
        var events = StoredEvents();
        events.Count.ShouldBe(2);
        var columns = events[0].Keys.Count(k => k.StartsWith("key.", StringComparison.Ordinal));
        columns.ShouldBeInRange(1_400, 1_500);
        var overflow = System.Text.Json.JsonDocument.Parse(events[0]["meta.overflow"].AsString()).RootElement;
        (columns + overflow.EnumerateObject().Count()).ShouldBe(10_000);
        overflow.GetProperty("key.9999").GetString().ShouldBe("value 9999");
        events[1]["key.9999"].ShouldBe("other");
    }

    [Fact]
    public async Task A_value_of_five_megabytes_is_cut_at_a_character_and_marked()
    {
        var text = string.Concat(Enumerable.Repeat("a🚀", 1 << 20));
        await SendAsync(Requests.Span(1, Requests.Attribute("big", text)), Requests.Span(2));
        var events = StoredEvents();
        var stored = events[0]["big"].AsString();
        Encoding.UTF8.GetByteCount(stored).ShouldBeInRange(EventBatchBuilder.MaxValueBytes - 3, EventBatchBuilder.MaxValueBytes);
        text.StartsWith(stored, StringComparison.Ordinal).ShouldBeTrue();
        events[0]["meta.truncated"].ShouldBe(true);
        events[1].ShouldNotContainKey("meta.truncated");
    }

    [Theory]
    [InlineData("with \"double\" and 'single' quotes")]
    [InlineData("; DROP TABLE events; --")]
    [InlineData("line\nbreak\ttab\0nul")]
    [InlineData("🚀 κλειδί")]
    [InlineData("a.b..c.")]
    [InlineData(" ")]
    [InlineData("%s {0} \\ / $x")]
    public async Task Any_text_is_a_name(string name)
    {
        await SendAsync(Requests.Span(1, Requests.Attribute(name, "here")));
        StoredEvents()[0][name].ShouldBe("here");
    }

    [Fact]
    public async Task Names_of_two_kilobytes_are_columns_longer_than_four_and_empty_ones_are_not()
    {
        var (two, five) = (new string('k', 2048), new string('k', 5000));
        await SendAsync(Requests.Span(1, Requests.Attribute(two, "a"), Requests.Attribute(five, "b"), Requests.Attribute("", "c")));
        var stored = StoredEvents()[0];
        stored[two].ShouldBe("a");
        stored["meta.overflow"].AsString().ShouldBe($$"""{"{{five}}":"b","":"c"}""");
    }

    [Theory]
    [InlineData(1UL, false)]
    [InlineData(7_258_118_400_000_000_000UL, false)] // the year 2200
    [InlineData(9_223_372_036_854_775_807UL, false)]
    [InlineData(9_223_372_036_854_775_808UL, true)]
    [InlineData(18_446_744_073_709_551_615UL, true)]
    [InlineData(0UL, true)]
    public void Times_are_kept_as_far_as_they_fit(ulong time, bool invalid)
    {
        var span = Requests.Span(1);
        (span.StartTimeUnixNano, span.EndTimeUnixNano) = (time, time);
        var stored = Events.Of(Events.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, Requests.Request(span).ToByteArray()))[0];
        stored["time"].ShouldBe(invalid ? Events.Arrival : (long)time);
        stored.ContainsKey("meta.invalid_time").ShouldBe(invalid);
        stored.ContainsKey("duration_ms").ShouldBe(!invalid);
    }

    [Fact]
    public async Task A_small_request_that_describes_gigabytes_of_events_is_refused()
    {
        await using var server = await IngestServer.StartAsync(new IngestOptions { MaxDecompressedBytes = 1 << 20 });
        var resource = new Resource();
        for (var i = 0; i < 1000; i++) resource.Attributes.Add(Requests.Attribute($"k{i}", "v"));
        var scope = new ScopeLogs();
        for (var i = 0; i < 20_000; i++) scope.LogRecords.Add(new LogRecord());
        var request = new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { Resource = resource, ScopeLogs = { scope } } } };
        var reply = await server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Logs, request.ToByteArray());
        reply.Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        server.Store.Events.ShouldBe(0);
    }

    [Fact]
    public void Names_that_repeat_a_long_key_a_million_times_are_refused()
    {
        var list = new KeyValueList();
        for (var i = 0; i < 1_000_000; i++) list.Values.Add(new KeyValue { Key = i.ToString("x"), Value = new AnyValue { BoolValue = true } });
        var span = Requests.Span(1, Requests.Attribute(new string('k', 4000), new AnyValue { KvlistValue = list }));
        var refused = Should.Throw<RefusedException>(() => Events.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, Requests.Request(span).ToByteArray()));
        refused.Answer.Verdict.ShouldBe(Verdict.TooLarge);
    }

    [Fact]
    public void A_large_request_becomes_several_batches_with_everything_in_them()
    {
        var scope = new ScopeLogs();
        var text = new string('x', 1000);
        for (var i = 0; i < 60_000; i++) scope.LogRecords.Add(new LogRecord { TimeUnixNano = (ulong)i + 1, Body = new AnyValue { StringValue = text + i } });
        var resource = new Resource { Attributes = { Requests.Attribute("service.name", "s") } };
        var request = new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { Resource = resource, ScopeLogs = { scope } } } };
        var decoded = Events.Decode(OtlpSignal.Logs, OtlpEncoding.Protobuf, request.ToByteArray());
        decoded.Batches.Count.ShouldBeInRange(2, 3);
        decoded.Batches.Sum(b => b.Count).ShouldBe(60_000);
        foreach (var batch in decoded.Batches) batch[batch.Count - 1, "service.name"].ShouldBe("s");
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(200, false)]
    [InlineData(100_000, false)]
    public void Deep_values_are_read_or_refused_alike_in_both_forms(int depth, bool accepted)
    {
        var json = new StringBuilder("""{"resourceLogs":[{"resource":{"attributes":[{"key":"k","value":""");
        for (var i = 0; i < depth; i++) json.Append("""{"arrayValue":{"values":[""");
        json.Append("{}");
        for (var i = 0; i < depth; i++) json.Append("]}}");
        json.Append("}]}}]}");
        var value = Array.Empty<byte>();
        for (var i = 0; i < Math.Min(depth, 2000); i++) value = Nested(0x2A, Nested(0x0A, value)); // array_value { values }
        var protobuf = Nested(0x0A, Nested(0x0A, Nested(0x0A, [0x0A, 1, (byte)'k', .. Nested(0x12, value)])));
        foreach (var (encoding, body) in new[] { (OtlpEncoding.Json, Encoding.UTF8.GetBytes(json.ToString())), (OtlpEncoding.Protobuf, protobuf) })
        {
            if (accepted) Events.Decode(OtlpSignal.Logs, encoding, body).Rejected.ShouldBe(0);
            else Should.Throw<RefusedException>(() => Events.Decode(OtlpSignal.Logs, encoding, body)).Answer.Verdict.ShouldBe(Verdict.Malformed);
        }
    }

    [Fact]
    public void Groups_are_refused_wherever_they_are()
    {
        byte[] group = [0x4B, 0x08, 0x01, 0x4C]; // field 9, start and end
        foreach (var body in new[] { group, Nested(0x0A, group), Nested(0x0A, Nested(0x12, group)) })
            Should.Throw<RefusedException>(() => Events.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, body)).Answer.Verdict.ShouldBe(Verdict.Malformed);
    }

    private static byte[] Nested(byte tag, byte[] value)
    {
        using var target = new MemoryStream();
        target.WriteByte(tag);
        var length = (uint)value.Length;
        while (length > 0x7F)
        {
            target.WriteByte((byte)(length | 0x80));
            length >>= 7;
        }

        target.WriteByte((byte)length);
        target.Write(value);
        return target.ToArray();
    }

    private static byte[] Change(byte[] sample, IEnumerable<(int Place, int Value)> changes, int length)
    {
        var changed = sample.ToArray();
        foreach (var (place, value) in changes) changed[place] = (byte)value;
        return changed[..length];
    }

    private static bool OnlyReadOrRefused(byte[] body)
    {
        foreach (var signal in Enum.GetValues<OtlpSignal>())
        {
            foreach (var encoding in Enum.GetValues<OtlpEncoding>())
            {
                try
                {
                    Events.Decode(signal, encoding, body);
                }
                catch (RefusedException e)
                {
                    e.Answer.Verdict.ShouldBe(Verdict.Malformed);
                    e.Answer.Reason.ShouldNotBeNullOrEmpty();
                }
            }
        }

        return true;
    }

    private async Task SendAsync(params Span[] spans)
    {
        var reply = await _server.SendAsync(Transport.HttpProtobuf, OtlpSignal.Traces, Requests.Request(spans).ToByteArray());
        reply.Status.ShouldBe(HttpStatusCode.OK, reply.Text);
    }

    private List<SortedDictionary<string, Value>> StoredEvents() => [.. _server.Store.Batches.SelectMany(Events.Of)];
}
