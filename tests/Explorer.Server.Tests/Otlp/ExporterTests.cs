using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Explorer.Server.Tests.Otlp;

/// <summary>The OpenTelemetry SDK with its own exporters, unchanged.</summary>
public sealed class ExporterTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Spans_logs_and_metrics_arrive(OtlpExportProtocol protocol)
    {
        await using var server = await IngestServer.StartAsync();
        void Configure(OtlpExporterOptions options, string path)
        {
            options.Protocol = protocol;
            options.Endpoint = protocol == OtlpExportProtocol.Grpc ? server.Grpc : new Uri(server.Http, path);
        }

        var name = "source-" + protocol;
        var resource = ResourceBuilder.CreateEmpty().AddService("sdk-test", serviceVersion: "7");
        using (var source = new ActivitySource(name, "1.2"))
        using (var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(name).AddOtlpExporter(o => Configure(o, "/v1/traces")).Build())
        {
            using var parent = source.StartActivity("parent", ActivityKind.Server)!;
            using (var child = source.StartActivity("child", ActivityKind.Client)!)
            {
                child.SetTag("n", 5).SetTag("list", new[] { "a", "b" });
                child.AddEvent(new ActivityEvent("happened"));
                child.SetStatus(ActivityStatusCode.Error, "broken");
            }
        }

        using (var meter = new Meter(name))
        using (Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(name).AddOtlpExporter(o => Configure(o, "/v1/metrics")).Build())
            meter.CreateCounter<long>("count").Add(3);

        using (var loggers = LoggerFactory.Create(l => l.AddOpenTelemetry(o => o.SetResourceBuilder(resource).AddOtlpExporter(e => Configure(e, "/v1/logs")))))
            loggers.CreateLogger("category").LogWarning("hello {Who}", "world");

        var events = server.Store.Batches.SelectMany(Events.Of).ToList();
        events.ShouldAllBe(e => e["service.name"].AsString() == "sdk-test" && e["service.version"].AsString() == "7");
        var child2 = events.Single(e => e.TryGetValue("name", out var n) && n.ToString() == "child");
        var parent2 = events.Single(e => e.TryGetValue("name", out var n) && n.ToString() == "parent");
        child2["trace.parent_id"].ShouldBe(parent2["trace.span_id"]);
        child2["error"].ShouldBe(true);
        child2["list"].ShouldBe("[\"a\",\"b\"]");
        child2["span.kind"].ShouldBe("client");
        child2["scope.version"].ShouldBe("1.2");
        var happened = events.Single(e => e.ContainsKey("meta.annotation_type"));
        happened["trace.parent_id"].ShouldBe(child2["trace.span_id"]);
        var point = events.Single(e => e["meta.signal_type"].ToString() == "metric");
        point["metric.value"].ShouldBe(3L);
        var log = events.Single(e => e["meta.signal_type"].ToString() == "log");
        log["severity_text"].ShouldBe("Warning");
        log["body"].AsString().ShouldContain("hello");
        server.Statistics.Refused.ShouldBeEmpty();
    }
}
