using System.Net;
using Explorer.Client;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Explorer.Server.Hosting;

/// <summary>The three doors of the process. The values are the order in which they are bound.</summary>
internal enum Listener
{
    Ui,
    OtlpGrpc,
    OtlpHttp,
}

/// <summary>Binds the listeners, and lets each serve only what belongs to it.</summary>
internal static class Listeners
{
    /// <summary>More connections than this are closed at once.</summary>
    private const int MaxConnections = 10_000;

    public static void Bind(KestrelServerOptions kestrel, ExplorerOptions options)
    {
        kestrel.AddServerHeader = false;
        // Each endpoint reads its body with a limit of its own, and answers in its own protocol when it is passed.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        Listen(options.UiPort, Listener.Ui, HttpProtocols.Http1);
        Listen(options.OtlpGrpcPort, Listener.OtlpGrpc, HttpProtocols.Http2);
        Listen(options.OtlpHttpPort, Listener.OtlpHttp, HttpProtocols.Http1);

        void Listen(int port, Listener listener, HttpProtocols protocols)
        {
            kestrel.Listen(options.Bind, port, listen =>
            {
                listen.Protocols = protocols;
                var feature = new ListenerFeature(listener);
                // The connection carries its door: a port number may be 0 here, and the Host header is the sender's to choose.
                listen.Use(next => connection =>
                {
                    connection.Features.Set(feature);
                    return next(connection);
                });
            });
        }
    }

    /// <summary>The listener that a request came through.</summary>
    public static Listener Of(HttpContext context) => context.Features.Get<ListenerFeature>()?.Listener ?? Listener.Ui;

    /// <summary>Answers 404 to what does not belong to the listener, and 415 to what would but for its content type.</summary>
    public static void UseListenerGate(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var (belongs, hint) = Of(context) switch
        {
            Listener.OtlpGrpc => (IsGrpc(context.Request), "This port takes OTLP over gRPC."),
            Listener.OtlpHttp => (IsIngestPath(context.Request.Path), "This port takes OTLP over HTTP: POST /v1/traces, /v1/logs or /v1/metrics."),
            _ => (!IsGrpc(context.Request), "OTLP over gRPC has a port of its own."),
        };
        if (belongs) return next(context);
        var isType = Of(context) == Listener.OtlpGrpc && HttpMethods.IsPost(context.Request.Method);
        context.Response.StatusCode = isType ? StatusCodes.Status415UnsupportedMediaType : StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(hint + "\n", context.RequestAborted);
    });

    /// <summary>The addresses as a person would type them; known once the server listens.</summary>
    public static ServerAddresses Addresses(IServer server)
    {
        var bound = server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(BindingAddress.Parse).ToArray();
        return new ServerAddresses(Url(Listener.Ui), Url(Listener.OtlpGrpc), Url(Listener.OtlpHttp));

        string Url(Listener listener)
        {
            var address = bound[(int)listener];
            var isAny = IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
            return $"http://{(isAny ? "localhost" : address.Host)}:{address.Port}";
        }
    }

    private static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsIngestPath(PathString path) => path.StartsWithSegments("/v1") || path.StartsWithSegments("/1");

    private sealed record ListenerFeature(Listener Listener);
}
