using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Explorer.Server.Otlp.Decoding;

namespace Explorer.Server.Tests.Otlp;

/// <summary>How a request travels.</summary>
public enum Transport
{
    Grpc,
    HttpProtobuf,
    HttpJson,
}

/// <summary>An answer over any transport: HTTP status, gRPC status, message, and what came with it.</summary>
internal sealed record Reply(HttpStatusCode Status, int? GrpcStatus, string GrpcMessage, byte[] Body, string? ContentType, HttpResponseMessage Response)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

internal static class Sending
{
    private static readonly Dictionary<OtlpSignal, (string Path, string Service)> Routes = new()
    {
        [OtlpSignal.Traces] = ("/v1/traces", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
        [OtlpSignal.Logs] = ("/v1/logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export"),
        [OtlpSignal.Metrics] = ("/v1/metrics", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"),
    };

    public static byte[] Gzip(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(bytes);
        return target.ToArray();
    }

    public static byte[] Frame(byte[] message, byte flag = 0)
    {
        var frame = new byte[message.Length + 5];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    public static Task<Reply> SendAsync(
        this IngestServer server, Transport transport, OtlpSignal signal, byte[] body, bool gzip = false, Action<HttpRequestMessage>? change = null)
    {
        if (transport == Transport.Grpc)
        {
            return server.SendGrpcAsync(Routes[signal].Service, gzip ? Frame(Gzip(body), 1) : Frame(body), request =>
            {
                if (gzip) request.Headers.Add("grpc-encoding", "gzip");
                change?.Invoke(request);
            });
        }

        var type = transport == Transport.HttpJson ? "application/json" : "application/x-protobuf";
        return server.SendHttpAsync(Routes[signal].Path, gzip ? Gzip(body) : body, type, request =>
        {
            if (gzip) request.Content!.Headers.ContentEncoding.Add("gzip");
            change?.Invoke(request);
        });
    }

    public static async Task<Reply> SendHttpAsync(
        this IngestServer server, string path, byte[] body, string? contentType, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (contentType is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        change?.Invoke(request);
        var response = await server.HttpClient.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return new Reply(response.StatusCode, null, string.Empty, bytes, response.Content.Headers.ContentType?.ToString(), response);
    }

    public static async Task<Reply> SendGrpcAsync(
        this IngestServer server, string path, byte[] frame, Action<HttpRequestMessage>? change = null, string contentType = "application/grpc")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(frame),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.TE.ParseAdd("trailers");
        change?.Invoke(request);
        var response = await server.GrpcClient.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var status = Header(response, "grpc-status");
        return new Reply(
            response.StatusCode,
            status is null ? null : int.Parse(status),
            Uri.UnescapeDataString(Header(response, "grpc-message") ?? string.Empty),
            bytes,
            response.Content.Headers.ContentType?.ToString(),
            response);
    }

    public static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailer) ? trailer.First()
        : response.Headers.TryGetValues(name, out var header) ? header.First()
        : null;
}
