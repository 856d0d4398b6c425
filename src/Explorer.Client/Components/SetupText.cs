namespace Explorer.Client.Components;

/// <summary>Settings that make an SDK send to this server.</summary>
/// <param name="Name">The tab.</param>
/// <param name="Note">What to know about it, one sentence.</param>
/// <param name="Text">The settings, for these addresses.</param>
internal sealed record SetupText(string Name, string Note, Func<ServerAddresses, string> Text)
{
    private const string AnyNote = "An exporter that still points at another backend only needs the new address.";

    public static IReadOnlyList<SetupText> Samples { get; } =
    [
        new("Any SDK", AnyNote, Environment),
        new(".NET", "The packages OpenTelemetry.Extensions.Hosting, OpenTelemetry.Instrumentation.AspNetCore and OpenTelemetry.Exporter.OpenTelemetryProtocol; the exporter reads the variables.", a => Environment(a) + """


            builder.Services.AddOpenTelemetry()
                .WithTracing(t => t.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation())
                .WithLogging()
                .UseOtlpExporter();
            """),
        new("Java", "The agent instruments the usual frameworks without a change of code.", a => Environment(a) + "\n\njava -javaagent:opentelemetry-javaagent.jar -jar app.jar"),
        new("Node.js", "The package is @opentelemetry/auto-instrumentations-node.", a => Environment(a) + "\n\nnode --require @opentelemetry/auto-instrumentations-node/register app.js"),
        new("Python", "The packages are opentelemetry-distro and opentelemetry-exporter-otlp.", a => Environment(a) + "\n\nopentelemetry-instrument python app.py"),
        new("Go", "The exporter go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp reads the variables.", a => Environment(a) + """


            exporter, err := otlptracehttp.New(ctx)
            provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
            otel.SetTracerProvider(provider)
            """),
        new("Collector", "Add the exporter to the pipelines of traces, logs and metrics.", a => $"""
            exporters:
              otlphttp:
                endpoint: "{a.OtlpHttpUrl}"
            service:
              pipelines:
                traces:
                  exporters: [otlphttp]
                logs:
                  exporters: [otlphttp]
            """),
    ];

    /// <summary>One event by hand.</summary>
    public static string Curl(ServerAddresses addresses) => $$"""curl {{addresses.UiUrl}}/1/events/hello -d '{"name":"first event","duration_ms":12.5}'""";

    private static string Environment(ServerAddresses addresses) => $"""
        export OTEL_EXPORTER_OTLP_ENDPOINT={addresses.OtlpHttpUrl}
        export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
        export OTEL_SERVICE_NAME=my-service
        """;
}
