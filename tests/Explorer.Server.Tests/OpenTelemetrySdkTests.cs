using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Explorer.Server.Tests;

/// <summary>The OpenTelemetry .NET SDK sends through its stock exporter, as any program would, and everything is counted back.</summary>
public sealed class OpenTelemetrySdkTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const int Traces = 500;
    private const int Logs = 300;

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task Spans_and_logs_of_the_sdk_are_counted_to_the_event(OtlpExportProtocol protocol)
    {
        var service = "sdk-" + protocol;
        var before = (await server.GetAsync("/api/v1/status")).GetProperty("events").GetInt64();

        SendTraces(service, protocol);
        SendLogs(service, protocol);

        var answer = await server.QueryAsync($$$"""
            {"time_range":600, "where":{"column":"service.name","op":"=","value":"{{{service}}}"}, "breakdowns":["meta.signal_type"], "orders":[{"column":"meta.signal_type"}],
             "calculations":[{"op":"COUNT"},{"op":"COUNT_DISTINCT","column":"trace.trace_id","name":"traces"},{"op":"SUM","column":"order.number","name":"orders"},
                             {"op":"COUNT","name":"errors","where":{"column":"error","op":"=","value":true}}]}
            """);
        answer.GetProperty("data").GetProperty("results").EnumerateArray().Select(r => r.GetProperty("data").GetRawText()).ShouldBe(
        [
            $$$"""{"meta.signal_type":"log","COUNT":{{{Logs}}},"traces":0,"orders":{{{Logs * (Logs - 1) / 2}}},"errors":0}""",
            $$$"""{"meta.signal_type":"trace","COUNT":{{{2 * Traces}}},"traces":{{{Traces}}},"orders":{{{Traces * (Traces - 1) / 2}}},"errors":{{{Traces / 10}}}}""",
        ]);
        (await server.GetAsync("/api/v1/status")).GetProperty("events").GetInt64().ShouldBe(before + 2 * Traces + Logs);
    }

    [Fact]
    public async Task An_exported_span_is_readable_as_it_was_set()
    {
        SendTraces("sdk-one", OtlpExportProtocol.Grpc);

        var answer = await server.QueryAsync("""
            {"time_range":600, "limit":1, "where":{"and":[{"column":"service.name","op":"=","value":"sdk-one"},{"column":"order.number","op":"=","value":10}]}}
            """);

        var span = answer.GetProperty("data").GetProperty("events")[0];
        span.GetProperty("name").GetString().ShouldBe("GET /order");
        span.GetProperty("span.kind").GetString().ShouldBe("server");
        span.GetProperty("error").GetBoolean().ShouldBeTrue();
        span.GetProperty("status_code").GetInt32().ShouldBe(2);
        span.GetProperty("status_message").GetString().ShouldBe("out of stock");
        span.GetProperty("order.express").GetBoolean().ShouldBeTrue();
        span.GetProperty("order.weight").GetDouble().ShouldBe(1.25);
        span.GetProperty("meta.signal_type").GetString().ShouldBe("trace");
        span.GetProperty("trace.trace_id").GetString()!.ShouldMatch("^[0-9a-f]{32}$");
        span.TryGetProperty("trace.parent_id", out _).ShouldBeFalse();
    }

    private void SendTraces(string service, OtlpExportProtocol protocol)
    {
        using var source = new ActivitySource("explorer.tests." + service);
        using var provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name)
            .SetSampler(new AlwaysOnSampler())
            .ConfigureResource(r => r.AddService(service))
            .AddOtlpExporter(o => Configure(o, protocol, "/v1/traces"))
            .Build();
        for (var i = 0; i < Traces; i++)
        {
            Activity.Current = null;
            using var root = source.StartActivity("GET /order", ActivityKind.Server)!;
            root.SetTag("order.number", i).SetTag("order.express", true).SetTag("order.weight", 1.25);
            if (i % 10 == 0) root.SetStatus(ActivityStatusCode.Error, "out of stock");
            using var child = source.StartActivity("SELECT order", ActivityKind.Client);
        }

        provider.ForceFlush(30_000).ShouldBeTrue();
    }

    private void SendLogs(string service, OtlpExportProtocol protocol)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddOpenTelemetry(telemetry => telemetry
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(service))
            .AddOtlpExporter(o => Configure(o, protocol, "/v1/logs"))));
        var logger = loggers.CreateLogger("shop");
        for (var i = 0; i < Logs; i++) logger.Log(LogLevel.Warning, 0, new[] { KeyValuePair.Create("order.number", (object?)i) }, null, (_, _) => "order is slow");
    }

    private void Configure(OtlpExporterOptions exporter, OtlpExportProtocol protocol, string path)
    {
        exporter.Protocol = protocol;
        exporter.Endpoint = new Uri(protocol == OtlpExportProtocol.Grpc ? server.Addresses.OtlpGrpcUrl : server.Addresses.OtlpHttpUrl + path);
        // Without these the exporter's queue of 2,048 drops what is made faster than it is sent.
        exporter.BatchExportProcessorOptions.MaxQueueSize = 100_000;
        exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = 100;
    }
}
