using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Explorer.Server.Otlp.Decoding;
using Google.Protobuf;

namespace Explorer.Server.Otlp.Transport;

/// <summary>
/// OTLP/gRPC: unary calls, each one message behind a head of five bytes (compressed or not, length), answered by a message and trailers, or,
/// when refused, by trailers alone.
/// </summary>
internal sealed class OtlpGrpc(IngestEdge edge, TimeProvider time)
{
    private const string ContentType = "application/grpc";
    private const int FrameHeadBytes = 5;

    /// <summary>Bytes of a message that is too long, beyond its bound, that are read and forgotten.</summary>
    private const long DiscardBytes = 256L << 20;

    private const int DiscardBufferBytes = 1 << 16;

    private static readonly TimeSpan DiscardTime = TimeSpan.FromSeconds(5);

    public async Task HandleAsync(HttpContext context, OtlpSignal? signal)
    {
        var (request, response) = (context.Request, context.Response);
        if (!IsGrpc(request))
        {
            response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (HttpProtocol.IsHttp10(request.Protocol) || HttpProtocol.IsHttp11(request.Protocol))
        {
            response.StatusCode = StatusCodes.Status426UpgradeRequired; // gRPC's trailers need HTTP/2
            response.Headers.Upgrade = "h2c";
            return;
        }

        using var deadline = new Deadline(request, time, context.RequestAborted);
        var answer = await edge.RunAsync(
            context, IngestEdge.Grpc, "POST " + Start(request.Path), cancellation => ExportAsync(request, signal, deadline, cancellation), deadline.Token);
        if (answer is not { } known) return;
        if (known.Verdict == Verdict.TooLarge) await DiscardAsync(request, context.RequestAborted);
        Write(response, signal ?? OtlpSignal.Traces, known);
    }

    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType is { } type
        && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';');

    /// <summary>A status message as gRPC writes it into a header: printable ASCII, everything else percent-encoded.</summary>
    public static string Escape(string message)
    {
        var escaped = new StringBuilder(message.Length);
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%') escaped.Append((char)b);
            else escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return escaped.ToString();
    }

    private async ValueTask<IngestAnswer> ExportAsync(HttpRequest request, OtlpSignal? signal, Deadline deadline, CancellationToken cancellationToken)
    {
        if (signal is not { } known) return new IngestAnswer(Verdict.UnknownMethod, "no such method here; OTLP's are Export of trace, logs and metrics");
        if (!deadline.IsValid) return new IngestAnswer(Verdict.Malformed, "grpc-timeout is not a time");
        if (request.ContentType!.StartsWith("application/grpc+", StringComparison.OrdinalIgnoreCase)
            && !request.ContentType.StartsWith("application/grpc+proto", StringComparison.OrdinalIgnoreCase))
            return new IngestAnswer(Verdict.UnsupportedType, "messages must be protobuf");
        var body = await ReadMessageAsync(request, cancellationToken);
        return await edge.ExportAsync(known, OtlpEncoding.Protobuf, body, cancellationToken);
    }

    private async ValueTask<PooledBody> ReadMessageAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await edge.Bodies.ReadAsync(request, edge.Options.MaxBodyBytes + FrameHeadBytes, ExpectedBytes, cancellationToken);
        var keep = false;
        try
        {
            edge.CountBytes(IngestEdge.Grpc, body.Length);
            var compressed = CheckFrame(body.Bytes);
            if (!compressed)
            {
                body.RemoveStart(FrameHeadBytes);
                keep = true;
                return body;
            }

            var encoding = request.Headers["grpc-encoding"].ToString();
            if (encoding.Length == 0) throw new RefusedException(Verdict.Malformed, "a compressed message without grpc-encoding");
            if (encoding != "gzip") throw new RefusedException(Verdict.UnsupportedEncoding, "grpc-encoding must be gzip or identity");
            return edge.Bodies.Expand(body.Segment[FrameHeadBytes..]);
        }
        finally
        {
            if (!keep) body.Dispose();
        }
    }

    /// <summary>
    /// Reads on over a message that is too long, within bounds: a stream that ends while its sender is still sending is reset, and clients
    /// then drop the status that came before.
    /// </summary>
    private async Task DiscardAsync(HttpRequest request, CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(DiscardTime, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
        var buffer = ArrayPool<byte>.Shared.Rent(DiscardBufferBytes);
        try
        {
            for (long left = DiscardBytes; left > 0;)
            {
                var read = await request.Body.ReadAsync(buffer, stop.Token);
                if (read == 0) return;
                left -= read;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The answer follows all the same; what is still sent is the sender's loss.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>gRPC's calls have no Content-Length, but the head of the message says how long it is.</summary>
    private static long? ExpectedBytes(PooledBody body) =>
        body.Length < FrameHeadBytes ? null : FrameHeadBytes + (long)BinaryPrimitives.ReadUInt32BigEndian(body.Bytes[1..]);

    /// <returns>True where the message is compressed.</returns>
    private static bool CheckFrame(ReadOnlySpan<byte> body)
    {
        if (body.Length < FrameHeadBytes) throw new RefusedException(Verdict.Malformed, "the call carries no message");
        var length = BinaryPrimitives.ReadUInt32BigEndian(body[1..]);
        var rest = (uint)(body.Length - FrameHeadBytes);
        if (rest < length) throw new RefusedException(Verdict.Malformed, "the message is cut off");
        if (rest > length) throw new RefusedException(Verdict.Malformed, "a unary call carries one message, this one carries more");
        return body[0] switch
        {
            0 => false,
            1 => true,
            _ => throw new RefusedException(Verdict.Malformed, "the message's head is not gRPC's"),
        };
    }

    private static void Write(HttpResponse response, OtlpSignal signal, IngestAnswer answer)
    {
        response.ContentType = ContentType;
        response.Headers["grpc-accept-encoding"] = "identity,gzip";
        if (answer.Verdict != Verdict.Accepted)
        {
            response.Headers["grpc-status"] = ((int)answer.GrpcStatus).ToString(CultureInfo.InvariantCulture);
            response.Headers["grpc-message"] = Escape(answer.Reason ?? string.Empty);
            response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(OtlpAnswers.FailureMessage(answer).ToByteArray());
            return;
        }

        var message = OtlpAnswers.Success(signal, OtlpEncoding.Protobuf, answer);
        var frame = new byte[FrameHeadBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, FrameHeadBytes);
        // Not flushed: head, message and trailers go out together when the call ends.
        response.BodyWriter.Write(frame);
        response.AppendTrailer("grpc-status", "0");
    }

    /// <summary>Enough of a path to recognise it.</summary>
    private static string Start(string path) => path.Length <= 100 ? path : path[..100] + "…";

    /// <summary>The sender's deadline: grpc-timeout is up to eight digits and a unit.</summary>
    private sealed class Deadline : IDisposable
    {
        private readonly CancellationTokenSource? _timer;
        private readonly CancellationTokenSource? _linked;

        public Deadline(HttpRequest request, TimeProvider time, CancellationToken aborted)
        {
            Token = aborted;
            var text = request.Headers["grpc-timeout"].ToString();
            if (text.Length == 0) return;
            IsValid = TryParse(text, out var timeout);
            if (!IsValid || timeout.TotalMilliseconds > int.MaxValue) return; // three weeks are as good as none
            _timer = new CancellationTokenSource(timeout, time);
            _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, aborted);
            Token = _linked.Token;
        }

        public bool IsValid { get; } = true;

        public CancellationToken Token { get; }

        public void Dispose()
        {
            _linked?.Dispose();
            _timer?.Dispose();
        }

        private static bool TryParse(string text, out TimeSpan timeout)
        {
            timeout = default;
            if (text.Length is < 2 or > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return false;
            var unit = text[^1] switch
            {
                'H' => TimeSpan.TicksPerHour,
                'M' => TimeSpan.TicksPerMinute,
                'S' => TimeSpan.TicksPerSecond,
                'm' => TimeSpan.TicksPerMillisecond,
                'u' => TimeSpan.TicksPerMicrosecond,
                'n' => 0,
                _ => -1,
            };
            if (unit < 0) return false;
            timeout = unit == 0 ? TimeSpan.FromTicks(count / TimeSpan.NanosecondsPerTick) : TimeSpan.FromTicks(checked(count * unit));
            return true;
        }
    }
}
