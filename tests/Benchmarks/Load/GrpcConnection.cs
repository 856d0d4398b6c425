using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Benchmarks.Harness;

namespace Benchmarks.Load;

/// <summary>
/// OTLP over gRPC on a bare socket, as <see cref="HttpConnection"/> and for its reason: one HTTP/2 connection, unary calls one after another,
/// messages in frames of the usual 16 KiB within the windows that the server gives.
/// </summary>
internal sealed class GrpcConnection : IOtlpConnection
{
    private const string Path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private const int HeadBytes = 9;
    private const int FrameBytes = 16 << 10;
    private const int PrefixBytes = 5;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _call;
    private readonly byte[] _prefix = new byte[PrefixBytes];
    private readonly byte[] _input = new byte[64 << 10];
    private byte[] _output = [];
    private int _written;
    private int _filled;
    private int _stream = -1;
    private long _window = 65_535;
    private long _streamWindow = 65_535;
    private long _startWindow = 65_535;
    private string? _status;
    private bool _ended;

    public GrpcConnection(int port, bool gzip)
    {
        _prefix[0] = gzip ? (byte)1 : (byte)0;
        _call = Call(gzip);
        _socket.Connect(IPAddress.Loopback, port);
        // Tables of no entries: whatever the server says of a call is then spelt out. And a window for the answers of 400 million calls, which is never given back.
        _socket.Send([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Head(6, FrameType.Settings, 0, 0), 0, 1, 0, 0, 0, 0, .. Head(4, FrameType.WindowUpdate, 0, 0), 0x7F, 0xFF, 0, 0]);
    }

    public async Task<bool> SendAsync(byte[] request)
    {
        _stream += 2;
        (_streamWindow, _status, _ended) = (_startWindow, null, false);
        BinaryPrimitives.WriteInt32BigEndian(_prefix.AsSpan(1), request.Length);
        BinaryPrimitives.WriteInt32BigEndian(_call.AsSpan(5), _stream);
        EnsureRoom(request.Length);
        Write(_call);
        for (var sent = -PrefixBytes; sent < request.Length;)
        {
            var room = Math.Min(_window, _streamWindow);
            if (room > PrefixBytes) sent += WriteFrame(request, sent, (int)Math.Min(FrameBytes, room));
            else
            {
                await FlushAsync();
                await ReadAsync();
            }
        }

        await FlushAsync();
        while (!_ended) await ReadAsync();
        return IsAcknowledged(_status);
    }

    /// <summary>False when the server asks to try again.</summary>
    /// <exception cref="BenchmarkException">It answered anything else.</exception>
    public static bool IsAcknowledged(string? status) => status switch
    {
        "0" => true,
        "14" or "8" => false, // UNAVAILABLE, RESOURCE_EXHAUSTED
        _ => throw new BenchmarkException($"the server answered gRPC status {status ?? "none"} to an export request"),
    };

    public void Dispose() => _socket.Dispose();

    /// <returns>Bytes of the prefix and the message that are in it.</returns>
    private int WriteFrame(byte[] request, int from, int most)
    {
        var length = Math.Min(most, request.Length - from);
        Write(Head(length, FrameType.Data, from + length == request.Length ? 1 : 0, _stream));
        if (from < 0) Write(_prefix);
        Write(request.AsSpan(Math.Max(from, 0), length + Math.Min(from, 0)));
        (_window, _streamWindow) = (_window - length, _streamWindow - length);
        return length;
    }

    private void EnsureRoom(int message)
    {
        var most = _call.Length + PrefixBytes + message + (message / FrameBytes + 2) * HeadBytes;
        if (_output.Length < most) _output = new byte[most];
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output.AsSpan(_written));
        _written += bytes.Length;
    }

    private async Task FlushAsync()
    {
        for (var sent = 0; sent < _written;) sent += await _socket.SendAsync(_output.AsMemory(sent, _written - sent));
        _written = 0;
    }

    /// <summary>Waits for frames and takes in what they say.</summary>
    private async Task ReadAsync()
    {
        var read = await _socket.ReceiveAsync(_input.AsMemory(_filled));
        if (read == 0) throw new BenchmarkException("the server closed a connection");
        _filled += read;
        var at = 0;
        while (_filled - at >= HeadBytes)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(_input.AsSpan(at)) >> 8;
            if (_filled - at < HeadBytes + length) break;
            await TakeAsync((FrameType)_input[at + 3], _input[at + 4], BinaryPrimitives.ReadInt32BigEndian(_input.AsSpan(at + 5)), _input.AsMemory(at + HeadBytes, length));
            at += HeadBytes + length;
        }

        _input.AsSpan(at, _filled - at).CopyTo(_input);
        _filled -= at;
    }

    private async ValueTask TakeAsync(FrameType type, int flags, int stream, ReadOnlyMemory<byte> payload)
    {
        switch (type)
        {
            case FrameType.Settings when flags == 0:
                for (var rest = payload; rest.Length >= 6; rest = rest[6..])
                    if (BinaryPrimitives.ReadInt16BigEndian(rest.Span) == 4) SetStartWindow(BinaryPrimitives.ReadUInt32BigEndian(rest.Span[2..]));
                await _socket.SendAsync(Head(0, FrameType.Settings, 1, 0));
                break;
            case FrameType.WindowUpdate when stream == 0:
                _window += BinaryPrimitives.ReadUInt32BigEndian(payload.Span);
                break;
            case FrameType.WindowUpdate when stream == _stream:
                _streamWindow += BinaryPrimitives.ReadUInt32BigEndian(payload.Span);
                break;
            case FrameType.Headers when stream == _stream:
                _status = StatusIn(payload.Span) ?? _status;
                _ended = (flags & 1) != 0;
                break;
            case FrameType.Reset or FrameType.GoAway:
                throw new BenchmarkException($"the server ended a call or the connection: {type}");
        }
    }

    private void SetStartWindow(long bytes)
    {
        _streamWindow += bytes - _startWindow;
        _startWindow = bytes;
    }

    private static string? StatusIn(ReadOnlySpan<byte> headers)
    {
        var at = headers.IndexOf("grpc-status"u8);
        if (at < 0) return null;
        var value = headers[(at + "grpc-status".Length)..];
        return Encoding.ASCII.GetString(value.Slice(1, value[0]));
    }

    private static byte[] Call(bool gzip)
    {
        List<byte> headers = [0x83, 0x86]; // POST and http, of the static table
        Add(":path", Path);
        Add(":authority", "127.0.0.1");
        Add("content-type", "application/grpc");
        Add("te", "trailers");
        if (gzip) Add("grpc-encoding", "gzip");
        return [.. Head(headers.Count, FrameType.Headers, 4, 0), .. headers];

        void Add(string name, string value)
        {
            headers.Add(0);
            foreach (var text in new[] { name, value })
            {
                headers.Add((byte)text.Length);
                headers.AddRange(Encoding.ASCII.GetBytes(text));
            }
        }
    }

    private static byte[] Head(int length, FrameType type, int flags, int stream)
    {
        var head = new byte[HeadBytes];
        BinaryPrimitives.WriteInt32BigEndian(head, length << 8);
        (head[3], head[4]) = ((byte)type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), stream);
        return head;
    }

    private enum FrameType : byte
    {
        Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
        GoAway = 7,
        WindowUpdate = 8,
    }
}
