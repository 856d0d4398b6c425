using Explorer.Server.Otlp.Decoding;
using Microsoft.Net.Http.Headers;

namespace Explorer.Server.Otlp.Transport;

/// <summary>OTLP/HTTP: one request, one answer in the request's own encoding.</summary>
internal sealed class OtlpHttp(IngestEdge edge)
{
    private const string ProtobufType = "application/x-protobuf";
    private const string JsonType = "application/json";

    public async Task HandleAsync(HttpContext context, OtlpSignal signal)
    {
        var encoding = Encoding(context.Request);
        var route = context.Request.Method + " " + context.Request.Path;
        var answer = await edge.RunAsync(
            context, IngestEdge.Http, route, cancellation => ExportAsync(context.Request, signal, encoding, cancellation), context.RequestAborted);
        if (answer is { } known) await WriteAsync(context.Response, signal, encoding ?? OtlpEncoding.Json, known, context.RequestAborted);
    }

    private async ValueTask<IngestAnswer> ExportAsync(
        HttpRequest request, OtlpSignal signal, OtlpEncoding? encoding, CancellationToken cancellationToken)
    {
        if (!HttpMethods.IsPost(request.Method)) return new IngestAnswer(Verdict.MethodNotAllowed, "only POST takes telemetry");
        if (encoding is not { } known) return new IngestAnswer(Verdict.UnsupportedType, $"Content-Type must be {ProtobufType} or {JsonType}");
        if (IsGzip(request) is not { } gzip) return UnknownEncoding;
        var body = await edge.Bodies.ReadAsync(request, gzip, bytes => edge.CountBytes(IngestEdge.Http, bytes), cancellationToken);
        return await edge.ExportAsync(signal, known, body, cancellationToken);
    }

    public static IngestAnswer UnknownEncoding { get; } = new(Verdict.UnsupportedEncoding, "Content-Encoding must be gzip or absent");

    /// <summary>True for gzip, false for none, null for what we cannot read.</summary>
    public static bool? IsGzip(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString().Trim();
        if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase)) return true;
        var none = encoding.Length == 0
            || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)
            || encoding.Equals("none", StringComparison.OrdinalIgnoreCase);
        return none ? false : null;
    }

    /// <summary>Headers that a refusal needs beside its status.</summary>
    public static void WriteHead(HttpResponse response, IngestAnswer answer)
    {
        response.StatusCode = answer.HttpStatus;
        if (answer.Verdict == Verdict.Busy) response.Headers.RetryAfter = answer.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (answer.Verdict == Verdict.MethodNotAllowed) response.Headers.Allow = HttpMethods.Post;
    }

    private static OtlpEncoding? Encoding(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return null;
        if (type.MediaType.Equals(ProtobufType, StringComparison.OrdinalIgnoreCase)) return OtlpEncoding.Protobuf;
        return type.MediaType.Equals(JsonType, StringComparison.OrdinalIgnoreCase) ? OtlpEncoding.Json : null;
    }

    private static async Task WriteAsync(
        HttpResponse response, OtlpSignal signal, OtlpEncoding encoding, IngestAnswer answer, CancellationToken cancellationToken)
    {
        WriteHead(response, answer);
        var body = answer.Verdict == Verdict.Accepted ? OtlpAnswers.Success(signal, encoding, answer) : OtlpAnswers.Failure(encoding, answer);
        response.ContentType = encoding == OtlpEncoding.Json ? JsonType : ProtobufType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method)) await response.Body.WriteAsync(body, cancellationToken);
    }
}
