using System.Text.Json;
using Explorer.Server.Otlp;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Tests.Otlp;

public sealed class GoldenTests
{
    [GoldenFact]
    public void Both_forms_of_every_pair_give_the_same_events()
    {
        var pairs = Manifest().GetProperty("pairs").EnumerateArray().ToList();
        pairs.Count.ShouldBeGreaterThan(20);
        foreach (var pair in pairs)
        {
            var (json, protobuf) = (pair.GetProperty("json").GetString()!, pair.GetProperty("pb").GetString()!);
            var signal = Signal(pair.GetProperty("signal").GetString()!);
            var fromJson = Events.Decode(signal, OtlpEncoding.Json, Read(json));
            var fromProtobuf = Events.Decode(signal, OtlpEncoding.Protobuf, Read(protobuf));
            Events.Lines(Events.Of(fromJson)).ShouldBe(Events.Lines(Events.Of(fromProtobuf)), json);
            fromJson.Rejected.ShouldBe(fromProtobuf.Rejected, json);
        }
    }

    [GoldenFact]
    public void Every_edge_case_gets_what_the_manifest_says()
    {
        foreach (var edge in Manifest().GetProperty("edge").EnumerateArray())
        {
            var file = edge.GetProperty("file").GetString()!;
            var encoding = file.EndsWith(".json", StringComparison.Ordinal) ? OtlpEncoding.Json : OtlpEncoding.Protobuf;
            var name = Path.GetFileName(file);
            var signal = name.StartsWith("logs", StringComparison.Ordinal) ? OtlpSignal.Logs
                : name.StartsWith("metrics", StringComparison.Ordinal) ? OtlpSignal.Metrics
                : OtlpSignal.Traces;
            switch (edge.GetProperty("expect").GetString())
            {
                case "accept" or "accept-policy" or "reject-or-policy": // enum names are accepted here
                    Events.Decode(signal, encoding, Read(file)).Rejected.ShouldBe(0, file);
                    break;
                case "reject-partial":
                    var partial = Events.Decode(signal, encoding, Read(file));
                    partial.Rejected.ShouldBe(1, file);
                    partial.RejectionReason.ShouldNotBeNullOrEmpty(file);
                    break;
                default:
                    Should.Throw<RefusedException>(() => Events.Decode(signal, encoding, Read(file)), file).Answer.Verdict.ShouldBe(Verdict.Malformed, file);
                    break;
            }
        }
    }

    [GoldenFact]
    public void Requests_that_other_programs_wrote_are_read()
    {
        var duckdb = Path.Combine(TestData.Golden!, "duckdb-otlp");
        Events.Decode(OtlpSignal.Logs, OtlpEncoding.Protobuf, File.ReadAllBytes(Path.Combine(duckdb, "otlp_logs.pb"))).Events.ShouldBeGreaterThan(0);
        Events.Decode(OtlpSignal.Traces, OtlpEncoding.Protobuf, File.ReadAllBytes(Path.Combine(duckdb, "otlp_traces.pb"))).Events.ShouldBeGreaterThan(0);
        Events.Decode(OtlpSignal.Metrics, OtlpEncoding.Protobuf, File.ReadAllBytes(Path.Combine(duckdb, "otlp_metrics.pb"))).Events.ShouldBeGreaterThan(0);
        foreach (var file in Directory.GetFiles(Path.Combine(TestData.Golden!, "otel-dotnet"), "*.bin"))
            Events.Decode(OtlpSignal.Metrics, OtlpEncoding.Protobuf, File.ReadAllBytes(file)).Events.ShouldBeGreaterThan(0, file);
        var jaeger = Events.Decode(OtlpSignal.Traces, OtlpEncoding.Json, Read("jaeger/otlp2jaeger-in.json"));
        jaeger.Events.ShouldBeGreaterThan(1);
        jaeger.Rejected.ShouldBe(0);
    }

    /// <summary>Our own samples: each JSON form beside the lines of the events it must become, and where there is one its protobuf form.</summary>
    [Theory]
    [InlineData("trace", OtlpSignal.Traces)]
    [InlineData("logs", OtlpSignal.Logs)]
    [InlineData("metrics", OtlpSignal.Metrics)]
    public void Own_samples_become_the_events_beside_them(string name, object signal)
    {
        var path = Path.Combine(TestData.Samples, name);
        var lines = Events.Lines(Events.Of(Events.Decode((OtlpSignal)signal, OtlpEncoding.Json, File.ReadAllBytes(path + ".json"))));
        var expected = File.ReadAllText(path + ".events.txt").ReplaceLineEndings("\n").Trim().Split("\n\n");
        lines.Select(l => l.Replace(" | ", "\n", StringComparison.Ordinal)).ShouldBe(expected);
        var binary = Events.Decode((OtlpSignal)signal, OtlpEncoding.Protobuf, File.ReadAllBytes(path + ".binpb"));
        Events.Lines(Events.Of(binary)).ShouldBe(lines);
    }

    private static OtlpSignal Signal(string name) => name switch
    {
        "trace" => OtlpSignal.Traces,
        "logs" => OtlpSignal.Logs,
        _ => OtlpSignal.Metrics,
    };

    private static byte[] Read(string file) => File.ReadAllBytes(Path.Combine(TestData.Golden!, file));

    private static JsonElement Manifest() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.Golden!, "MANIFEST.json"))).RootElement;
}
