using System.Text;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;
using Storage.Queries;

namespace Explorer.Server.Tests.Otlp;

/// <summary>What OTLP/JSON may look like, and how it is refused when it does not.</summary>
public sealed class OtlpJsonTests
{
    [Theory]
    [InlineData("""{"intValue":"9007199254740993"}""", 9007199254740993L)]
    [InlineData("""{"intValue":9007199254740993}""", 9007199254740993L)]
    [InlineData("""{"intValue":1e3}""", 1000L)]
    [InlineData("""{"intValue":"1.0"}""", 1L)]
    [InlineData("""{"int_value":-9223372036854775808}""", long.MinValue)]
    [InlineData("""{"doubleValue":3}""", 3.0)]
    [InlineData("""{"doubleValue":"1.5e-3"}""", 0.0015)]
    [InlineData("""{"doubleValue":"Infinity"}""", double.PositiveInfinity)]
    [InlineData("""{"boolValue":true,"unknown":{"a":[1,{"b":null}]}}""", true)]
    [InlineData("""{"stringValue":null,"intValue":4}""", 4L)]
    [InlineData("""{"string\u0056alue":"\u00e9\ud83d\ude80\n\/"}""", "é🚀\n/")]
    [InlineData("""{"stringValue":"half \ud83d."}""", "half \uFFFD.")]
    [InlineData("""{"bytesValue":"-_8"}""", "+/8=")]
    [InlineData("""{"bytesValue":"+/8="}""", "+/8=")]
    public void Values(string json, object expected)
    {
        var value = Events.FromJson(OtlpSignal.Logs, Record($$"""{"attributes":[{"key":"k","value":{{json}}}]}"""))[0]["k"];
        value.ShouldBe(expected switch { long i => i, double d => d, bool b => b, _ => (Value)(string)expected });
    }

    [Theory]
    [InlineData("[]", "the request: expected an object, found an array")]
    [InlineData("""{"resourceLogs":{}}""", "resourceLogs: expected an array, found an object")]
    [InlineData("""{"resourceLogs":[{"resource":{"attributes":[{"key":"a"},{"key":1}]}}]}""", "resourceLogs[0].resource.attributes[1].key: expected a string, found a number")]
    [InlineData("""{"resource_logs":[{"scope_logs":[{"log_records":[{"time_unix_nano":1.5}]}]}]}""", "resource_logs[0].scope_logs[0].log_records[0].time_unix_nano: expected a time in nanoseconds, found a number")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"soon"}]}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords[0].timeUnixNano: expected a time in nanoseconds, found a string")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"flags":4294967296}]}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords[0].flags: expected an unsigned 32-bit integer, found a number")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":"LOUD"}]}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords[0].severityNumber: expected a number or name of SeverityNumber, found a string")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":12}]}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords[0].traceId: expected a string of hex digits, found a number")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"boolValue":"true"}}]}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords[0].body.boolValue: expected true or false, found a string")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"bytesValue":"%%"}}]}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords[0].body.bytesValue: expected base64, found a string")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":1.5}}]}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords[0].body.intValue: expected a 64-bit integer, found a number")]
    public void A_wrong_type_is_named_with_its_path(string json, string message)
    {
        var refused = Should.Throw<RefusedException>(() => Events.FromJson(OtlpSignal.Logs, json));
        refused.Answer.Verdict.ShouldBe(Verdict.Malformed);
        refused.Answer.Reason.ShouldBe(message);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("\"-1700000000000000000\"")]
    [InlineData("\"18446744073709551616\"")]
    public void A_time_that_is_none_costs_its_own_event_its_time_and_no_more(string time)
    {
        var spans = Events.FromJson(OtlpSignal.Traces, $$"""
            {"resourceSpans":[{"scopeSpans":[{"spans":[
              {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"bad","startTimeUnixNano":{{time}},"endTimeUnixNano":"1700000000000000000"},
              {"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203332","name":"good","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"}]}]}]}
            """);
        spans.Count.ShouldBe(2);
        spans[0]["name"].ShouldBe("bad");
        spans[0]["meta.invalid_time"].ShouldBe(true);
        spans[1]["name"].ShouldBe("good");
        spans[1].ShouldNotContainKey("meta.invalid_time");
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{'a':1}")]
    [InlineData("/* */{}")]
    [InlineData("nul")]
    public void What_is_not_json_is_refused(string json) =>
        Should.Throw<RefusedException>(() => Events.FromJson(OtlpSignal.Metrics, json)).Answer.Verdict.ShouldBe(Verdict.Malformed);

    [Fact]
    public void Bytes_that_are_not_utf8_are_replaced()
    {
        byte[] json = [.. Encoding.UTF8.GetBytes("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"""), 0xFF, .. Encoding.UTF8.GetBytes("""b"}}]}]}]}""")];
        Events.Of(Events.Decode(OtlpSignal.Logs, OtlpEncoding.Json, json))[0]["body"].ShouldBe("a\uFFFDb");
    }

    [Fact]
    public void A_byte_order_mark_and_white_space_are_passed_over() =>
        Events.FromJson(OtlpSignal.Logs, "\uFEFF \n" + Record("{}") + "\r\n").Count.ShouldBe(1);

    [Fact]
    public void Nulls_among_records_are_passed_over_and_among_values_kept()
    {
        var json = """{"resourceLogs":[null,{"scopeLogs":[null,{"logRecords":[null,{"attributes":[null,{"key":"k","value":{"arrayValue":{"values":[null,{"intValue":1}]}}}]}]}]}]}""";
        Events.FromJson(OtlpSignal.Logs, json).ShouldHaveSingleItem()["k"].ShouldBe("[null,1]");
    }

    [Theory]
    [InlineData("\"SPAN_KIND_SERVER\"", "server")]
    [InlineData("\"span_kind_client\"", "client")]
    [InlineData("\"4\"", "producer")]
    [InlineData("5", "consumer")]
    public void Enums_by_number_or_name(string kind, string expected)
    {
        var json = $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"{{Requests.TraceId}}","spanId":"00000000000000AB","kind":{{kind}}}]}]}]}""";
        Events.FromJson(OtlpSignal.Traces, json)[0]["span.kind"].ShouldBe(expected);
    }

    [Theory]
    [InlineData("00000000000000zz")]
    [InlineData("0000000000000ab")]
    [InlineData("7uGbfsPBsXQ=")]
    [InlineData("0x000000000000ab")]
    [InlineData("\\u0030000000000000ab")]
    public void Ids_that_are_not_hex_reject_the_span_alone(string id)
    {
        var json = $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"{{Requests.TraceId}}","spanId":"{{id}}"},{"traceId":"{{Requests.TraceId}}","spanId":"00000000000000ab"}]}]}]}""";
        var decoded = Events.Decode(OtlpSignal.Traces, OtlpEncoding.Json, Encoding.UTF8.GetBytes(json));
        (decoded.Rejected, decoded.Events).ShouldBe((1, 1));
    }

    private static string Record(string record) => $$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{{record}}]}]}]}""";
}
