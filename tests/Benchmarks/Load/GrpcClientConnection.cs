using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;

namespace Benchmarks.Load;

/// <summary>
/// OTLP over gRPC by .NET's HTTP client, as SDKs send it: the message goes out in pieces, each of which may wake the server, and the client
/// takes CPU time, and the processor's cache, beside it.
/// </summary>
internal sealed class GrpcClientConnection : IOtlpConnection
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, InitialHttp2StreamWindowSize = 1 << 20 });
    private readonly Uri _address;

    public GrpcClientConnection(int port) => _address = new Uri($"http://127.0.0.1:{port}/opentelemetry.proto.collector.trace.v1.TraceService/Export");

    public async Task<bool> SendAsync(byte[] request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Frame(request),
        };
        message.Headers.TryAddWithoutValidation("te", "trailers");
        using var answer = await _client.SendAsync(message, HttpCompletionOption.ResponseContentRead);
        var status = (answer.TrailingHeaders.TryGetValues("grpc-status", out var values) || answer.Headers.TryGetValues("grpc-status", out values)) ? values.First() : "none";
        return GrpcConnection.IsAcknowledged(status);
    }

    public void Dispose() => _client.Dispose();

    private sealed class Frame : HttpContent
    {
        private readonly byte[] _prefix = new byte[5];
        private readonly byte[] _message;

        public Frame(byte[] message)
        {
            _message = message;
            BinaryPrimitives.WriteInt32BigEndian(_prefix.AsSpan(1), message.Length);
            Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_prefix);
            await stream.WriteAsync(_message);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _prefix.Length + _message.Length;
            return true;
        }
    }
}
