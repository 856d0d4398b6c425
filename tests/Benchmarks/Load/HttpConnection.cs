using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Benchmarks.Harness;

namespace Benchmarks.Load;

/// <summary>OTLP over HTTP/1.1 on a bare socket: what the client costs would otherwise hide what the server costs.</summary>
internal sealed class HttpConnection : IOtlpConnection
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _head;
    private readonly byte[] _answer = new byte[16_384];
    private readonly byte[] _number = new byte[24];
    private readonly List<ArraySegment<byte>> _parts = [default, default, default];

    public HttpConnection(int port, bool gzip)
    {
        _socket.Connect(IPAddress.Loopback, port);
        var encoding = gzip ? "Content-Encoding: gzip\r\n" : "";
        _head = Encoding.ASCII.GetBytes($"POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n{encoding}Content-Length: ");
    }

    public async Task<bool> SendAsync(byte[] request)
    {
        Utf8Formatter.TryFormat(request.Length, _number, out var digits);
        "\r\n\r\n"u8.CopyTo(_number.AsSpan(digits));
        _parts[0] = _head;
        _parts[1] = new ArraySegment<byte>(_number, 0, digits + 4);
        _parts[2] = request;
        var sent = await _socket.SendAsync(_parts);
        for (var rest = sent - _head.Length - digits - 4; rest < request.Length;)
        {
            if (rest < 0) throw new BenchmarkException("the socket took less than the head of a request");
            rest += await _socket.SendAsync(request.AsMemory(rest));
        }

        return await ReadStatusAsync() switch
        {
            200 => true,
            429 or 503 => false,
            var status => throw new BenchmarkException($"the server answered {status} to an export request: {Encoding.UTF8.GetString(_answer).TrimEnd('\0')}"),
        };
    }

    public void Dispose() => _socket.Dispose();

    private async Task<int> ReadStatusAsync()
    {
        var (length, total) = (0, -1);
        while (total < 0 || length < total)
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(length));
            if (read == 0) throw new BenchmarkException("the server closed a connection");
            length += read;
            if (total < 0) total = TotalLength(_answer.AsSpan(0, length));
        }

        return Utf8Parser.TryParse(_answer.AsSpan(9, 3), out int status, out _) ? status : 0;
    }

    /// <summary>Length of the answer, or -1 while its head is not complete.</summary>
    private static int TotalLength(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return -1;
        var text = Encoding.ASCII.GetString(answer[..head]);
        var at = text.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase);
        if (at < 0) throw new BenchmarkException($"the answer has no length: {text}");
        var line = text.AsSpan(at + "Content-Length:".Length);
        var end = line.IndexOf('\r');
        return head + 4 + int.Parse(end < 0 ? line : line[..end], System.Globalization.CultureInfo.InvariantCulture);
    }
}
