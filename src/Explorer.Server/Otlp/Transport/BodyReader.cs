using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;

namespace Explorer.Server.Otlp.Transport;

/// <summary>Reads the bytes of requests within the bounds of <see cref="IngestOptions"/>.</summary>
internal sealed class BodyReader(IngestOptions options)
{
    private const int GzipTrailerBytes = 8;

    private readonly BodyMemory _memory = new(options.MaxBufferedBytes);

    /// <summary>Reads a request's body to its end.</summary>
    /// <param name="request">The request.</param>
    /// <param name="gzip">True where the body is compressed.</param>
    /// <param name="onWire">Told the length before decompression.</param>
    /// <exception cref="RefusedException">The body is too long, cut off, or not gzip.</exception>
    public async ValueTask<PooledBody> ReadAsync(HttpRequest request, bool gzip, Action<int> onWire, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(request, options.MaxBodyBytes, expected: null, cancellationToken);
        onWire(body.Length);
        if (!gzip) return body;
        using (body) return Expand(body.Segment);
    }

    /// <summary>Reads a body as it comes over the wire.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxBytes">Most bytes it may have.</param>
    /// <param name="expected">Says by the first bytes how many will come, where no header does; null while they do not say.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async ValueTask<PooledBody> ReadAsync(HttpRequest request, int maxBytes, Func<PooledBody, long?>? expected, CancellationToken cancellationToken)
    {
        // Our bound counts, with our answer. What a sender sends beyond it Kestrel discards, for five seconds at most.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        if (request.ContentLength > maxBytes) throw new RefusedException(Verdict.TooLarge, $"the request is longer than {maxBytes} bytes");
        var body = new PooledBody(_memory, maxBytes, string.Empty, request.ContentLength ?? 0);
        try
        {
            while (true)
            {
                var read = await request.Body.ReadAsync(body.Room(), cancellationToken);
                if (read == 0) return body;
                body.Advance(read);
                if (expected?.Invoke(body) is not { } bytes) continue;
                body.Expect(bytes);
                expected = null;
            }
        }
        catch (BadHttpRequestException e)
        {
            body.Dispose();
            throw e.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => new RefusedException(Verdict.TooLarge, $"the request is longer than {maxBytes} bytes"),
                StatusCodes.Status408RequestTimeout => new RefusedException(Verdict.TimedOut, "the request's body came too slowly"),
                _ => new RefusedException(Verdict.Malformed, "the request's body is cut off or wrongly framed"),
            };
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Decompresses gzip, of one member as senders write it, and no further than the bound.</summary>
    /// <exception cref="RefusedException">It is not gzip, is cut off, or becomes too long.</exception>
    public PooledBody Expand(ArraySegment<byte> compressed)
    {
        var body = new PooledBody(_memory, options.MaxDecompressedBytes, " after decompression");
        try
        {
            if (compressed.Count == 0) return body;
            using var source = new MemoryStream(compressed.Array!, compressed.Offset, compressed.Count, writable: false);
            using var stream = new GZipStream(source, CompressionMode.Decompress);
            while (true)
            {
                var read = stream.Read(body.Room().Span);
                if (read == 0) break;
                body.Advance(read);
            }

            CheckEnd(compressed, body.Length);
            return body;
        }
        catch (InvalidDataException)
        {
            body.Dispose();
            throw new RefusedException(Verdict.Malformed, "the body is not gzip");
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>A cut stream ends silently in GZipStream: only the length in the trailer shows that all is there.</summary>
    private static void CheckEnd(ReadOnlySpan<byte> compressed, int length)
    {
        if (compressed.Length < GzipTrailerBytes || BinaryPrimitives.ReadUInt32LittleEndian(compressed[^4..]) != (uint)length)
            throw new RefusedException(Verdict.Malformed, "the gzip body is cut off or continues after its end");
    }
}
