namespace Explorer.Client;

/// <summary>Where this server listens, as a person would type it. Shown on the first-run page.</summary>
/// <param name="UiUrl">Base address of the pages and the API: <c>http://127.0.0.1:8080</c>.</param>
/// <param name="OtlpGrpcUrl">Base address for OTLP over gRPC: <c>http://127.0.0.1:4317</c>.</param>
/// <param name="OtlpHttpUrl">Base address for OTLP over HTTP: <c>http://127.0.0.1:4318</c>.</param>
public sealed record ServerAddresses(string UiUrl, string OtlpGrpcUrl, string OtlpHttpUrl);
