using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.EventsApi;
using Explorer.Server.Otlp.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Explorer.Server.Otlp;

/// <summary>Puts the ways in for telemetry into an application.</summary>
internal static class OtlpEndpoints
{
    /// <summary>Registers what <see cref="MapOtlp"/> needs; <c>IEventStore</c> and <c>TimeProvider</c> come from the application.</summary>
    public static IServiceCollection AddOtlpIngest(this IServiceCollection services, IngestOptions options)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<IngestStatistics>();
        services.AddSingleton<IngestEdge>();
        services.AddSingleton<OtlpHttp>();
        services.AddSingleton<OtlpGrpc>();
        services.AddSingleton<EventsEndpoint>();
        services.AddSingleton<IMemoryPoolFactory<byte>, ReceiveMemory.Factory>();
        services.Configure<RouteOptions>(routes => routes.SetParameterPolicy<GrpcCallConstraint>(GrpcCallConstraint.Name));
        return services;
    }

    /// <summary>Maps OTLP over gRPC and HTTP, and the Events API. Which port serves what is up to the listeners.</summary>
    public static IEndpointRouteBuilder MapOtlp(this IEndpointRouteBuilder endpoints)
    {
        var http = endpoints.ServiceProvider.GetRequiredService<OtlpHttp>();
        var grpc = endpoints.ServiceProvider.GetRequiredService<OtlpGrpc>();
        var events = endpoints.ServiceProvider.GetRequiredService<EventsEndpoint>();
        foreach (var (signal, path, service) in new[]
        {
            (OtlpSignal.Traces, "traces", "trace.v1.TraceService"),
            (OtlpSignal.Logs, "logs", "logs.v1.LogsService"),
            (OtlpSignal.Metrics, "metrics", "metrics.v1.MetricsService"),
        })
        {
            endpoints.Map("/v1/" + path, context => http.HandleAsync(context, signal));
            endpoints.MapPost($"/opentelemetry.proto.collector.{service}/Export", context => grpc.HandleAsync(context, signal));
        }

        // For all methods: a route for POST alone would answer 405 to whatever else has two segments.
        endpoints.Map($"/{{service:{GrpcCallConstraint.Name}}}/{{method}}", context => grpc.HandleAsync(context, null));
        endpoints.Map("/1/events/{dataset}", events.HandleEventAsync);
        endpoints.Map("/1/batch/{dataset}", events.HandleBatchAsync);
        return endpoints;
    }

    /// <summary>Matches only gRPC calls, so that a call of an unknown method is told so in gRPC and no other request notices.</summary>
    private sealed class GrpcCallConstraint : IRouteConstraint
    {
        public const string Name = "grpc";

        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            httpContext is not null && OtlpGrpc.IsGrpc(httpContext.Request);
    }
}
