using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Benchmarks.Harness;

namespace Benchmarks.Load;

/// <summary>OTLP over gRPC: one HTTP/2 connection, unary calls, the message framed by hand.</summary>
internal sealed class GrpcConnection : IOtlpConnection
{
    private const string Unavailable = "14";
    private const string ResourceExhausted = "8";

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, InitialHttp2StreamWindowSize = 1 << 20 });
    private readonly Uri _address;
    private readonly bool _gzip;

    public GrpcConnection(int port, bool gzip)
    {
        _address = new Uri($"http://127.0.0.1:{port}/opentelemetry.proto.collector.trace.v1.TraceService/Export");
        _gzip = gzip;
    }

    public async Task<bool> SendAsync(byte[] request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Frame(request, _gzip),
        };
        message.Headers.TryAddWithoutValidation("te", "trailers");
        if (_gzip) message.Headers.TryAddWithoutValidation("grpc-encoding", "gzip");
        using var answer = await _client.SendAsync(message, HttpCompletionOption.ResponseContentRead);
        var status = (answer.TrailingHeaders.TryGetValues("grpc-status", out var values) || answer.Headers.TryGetValues("grpc-status", out values)) ? values.First() : "none";
        return status switch
        {
            "0" => true,
            Unavailable or ResourceExhausted => false,
            _ => throw new BenchmarkException($"the server answered gRPC status {status} (HTTP {(int)answer.StatusCode}) to an export request"),
        };
    }

    public void Dispose() => _client.Dispose();

    private sealed class Frame : HttpContent
    {
        private readonly byte[] _prefix = new byte[5];
        private readonly byte[] _message;

        public Frame(byte[] message, bool gzip)
        {
            _message = message;
            _prefix[0] = gzip ? (byte)1 : (byte)0;
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
