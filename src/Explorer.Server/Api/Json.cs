using System.Text.Encodings.Web;
using System.Text.Json;

namespace Explorer.Server.Api;

/// <summary>Writes JSON answers and reads JSON requests.</summary>
internal static class Json
{
    /// <summary>Largest request body of the API, bytes.</summary>
    public const int MaxBodyBytes = 1 << 20;

    /// <summary>Answers are served as JSON with nosniff, never inside HTML, so only what JSON itself demands is escaped.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write) =>
        WriteAsync(context, StatusCodes.Status200OK, "application/json", write);

    public static async Task WriteAsync(HttpContext context, int status, string contentType, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        using (var writer = new Utf8JsonWriter(context.Response.BodyWriter, WriterOptions)) write(writer);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>The body of a request that must be JSON.</summary>
    /// <exception cref="ApiException">415 when it is of another type, 413 when it is too large.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext context, int maxBytes = MaxBodyBytes)
    {
        var request = context.Request;
        if (!request.HasJsonContentType())
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, $"The body must be application/json, not {request.ContentType ?? "of no type"}.");
        if (request.Headers.ContentEncoding is [{ Length: > 0 } encoding, ..] && encoding != "identity")
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, $"The body must not be encoded, and is {encoding}.");
        if (request.ContentLength > maxBytes) throw TooLarge(maxBytes);
        using var body = new MemoryStream();
        var reader = request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            foreach (var part in result.Buffer) body.Write(part.Span);
            reader.AdvanceTo(result.Buffer.End);
            if (body.Length > maxBytes) throw TooLarge(maxBytes);
            if (result.IsCompleted) return body.GetBuffer().AsMemory(0, (int)body.Length);
        }
    }

    private static ApiException TooLarge(int maxBytes) => new(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {maxBytes} bytes.");
}
