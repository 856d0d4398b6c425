using System.Text;
using System.Text.Json;
using Explorer.Server.Otlp.Decoding;
using Explorer.Server.Otlp.Flattening;
using Explorer.Server.Otlp.Transport;
using Microsoft.Net.Http.Headers;
using Storage.Events;

namespace Explorer.Server.Otlp.EventsApi;

/// <summary>
/// Events as plain JSON, for scripts and CI jobs, in the form of Honeycomb's Events API: one event as the body of <c>/1/events/{dataset}</c>,
/// or an array of objects with data, time and samplerate to <c>/1/batch/{dataset}</c>, answered by a status for each.
/// </summary>
internal sealed class EventsEndpoint(IngestEdge edge)
{
    private const string Signal = "Events";

    public Task HandleEventAsync(HttpContext context) => HandleAsync(context, "/1/events/{dataset}", isBatch: false);

    public Task HandleBatchAsync(HttpContext context) => HandleAsync(context, "/1/batch/{dataset}", isBatch: true);

    private async Task HandleAsync(HttpContext context, string route, bool isBatch)
    {
        var faults = new List<string?>();
        var answer = await edge.RunAsync(
            context,
            IngestEdge.Events,
            context.Request.Method + " " + route,
            cancellation => StoreAsync(context, isBatch, faults, cancellation),
            context.RequestAborted);
        if (answer is not { } known) return;
        if (!isBatch && known is { Verdict: Verdict.Accepted, Rejected: > 0 }) known = known with { Verdict = Verdict.Malformed, Reason = faults[0] };
        OtlpHttp.WriteHead(context.Response, known);
        if (known.Verdict != Verdict.Accepted)
        {
            await WriteAsync(context, json =>
            {
                json.WriteStartObject();
                json.WriteString("error", known.Reason);
                json.WriteEndObject();
            });
        }
        else if (isBatch)
        {
            await WriteAsync(context, json => WriteStatuses(json, faults));
        }
    }

    private async ValueTask<IngestAnswer> StoreAsync(HttpContext context, bool isBatch, List<string?> faults, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method)) return new IngestAnswer(Verdict.MethodNotAllowed, "only POST takes events");
        if (!IsJson(request)) return new IngestAnswer(Verdict.UnsupportedType, "Content-Type must be application/json");
        if (OtlpHttp.IsGzip(request) is not { } gzip) return OtlpHttp.UnknownEncoding;
        var dataset = (string)request.RouteValues["dataset"]!;
        DecodedRequest decoded;
        using (var body = await edge.Bodies.ReadAsync(request, gzip, bytes => edge.CountBytes(IngestEdge.Events, bytes), cancellationToken))
        {
            using var document = Parse(body);
            var arrival = edge.ArrivalUnixNs();
            var writer = new EventWriter(edge.Schema, arrival, edge.MaxCost);
            if (isBatch) WriteBatch(document.RootElement, dataset, arrival, faults, writer);
            else WriteSingle(document.RootElement, request, dataset, arrival, faults, writer);
            decoded = DecodedRequest.From(writer);
        }

        return await edge.StoreAsync(decoded, Signal, cancellationToken);
    }

    /// <summary>
    /// JSON, or what curl calls its data unless told otherwise; the latter not from a page in a browser, which could send it to an address
    /// on this machine without asking.
    /// </summary>
    private static bool IsJson(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return false;
        if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)) return true;
        return type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            && request.Headers.Origin.Count == 0
            && !request.Headers.ContainsKey("Sec-Fetch-Site");
    }

    private static JsonDocument Parse(PooledBody body)
    {
        try
        {
            return JsonDocument.Parse(JsonStrings.Repair(body.Segment));
        }
        catch (JsonException e)
        {
            throw new RefusedException(Verdict.Malformed, $"not JSON: syntax error in line {e.LineNumber + 1} after {e.BytePositionInLine} bytes");
        }
    }

    private static void WriteSingle(
        JsonElement data, HttpRequest request, string dataset, long arrival, List<string?> faults, EventWriter writer)
    {
        var time = request.Headers["X-Honeycomb-Event-Time"].ToString();
        var rate = request.Headers["X-Honeycomb-Samplerate"].ToString();
        WriteOne(data, time.Length == 0 ? null : time, rate.Length == 0 ? null : rate, dataset, arrival, faults, writer);
    }

    private static void WriteBatch(JsonElement batch, string dataset, long arrival, List<string?> faults, EventWriter writer)
    {
        if (batch.ValueKind != JsonValueKind.Array) throw new RefusedException(Verdict.Malformed, "a batch is an array of events");
        foreach (var item in batch.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("data", out var data))
            {
                Reject("an event of a batch is an object with data", faults, writer);
                continue;
            }

            WriteOne(data, Scalar(item, "time"), Scalar(item, "samplerate"), dataset, arrival, faults, writer);
        }
    }

    private static void WriteOne(
        JsonElement data, string? time, string? rate, string dataset, long arrival, List<string?> faults, EventWriter writer)
    {
        if (data.ValueKind != JsonValueKind.Object || !data.EnumerateObject().MoveNext())
        {
            Reject("an event is an object with at least one entry", faults, writer);
            return;
        }

        var sampleRate = default(Leaf);
        if (rate is not null
            && (!new Leaf(writer.Keys.SampleRate, StorageType.String, 0, Encoding.UTF8.GetBytes(rate)).TryReadRate(out sampleRate)
                || (sampleRate.Type == StorageType.Int64 ? sampleRate.Bits : sampleRate.Float64) < 0))
        {
            Reject("samplerate is not a positive number", faults, writer);
            return;
        }

        var unixNs = (ulong)arrival;
        if (time is not null) unixNs = EventTime.TryParse(time, out var given) ? given : 0;
        EventFlattener.Write(data, unixNs, sampleRate, dataset, writer);
        faults.Add(null);
    }

    private static string? Scalar(JsonElement item, string name)
    {
        if (!item.TryGetProperty(name, out var value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };
    }

    private static void Reject(string reason, List<string?> faults, EventWriter writer)
    {
        writer.Reject(reason);
        faults.Add(reason);
    }

    private static void WriteStatuses(Utf8JsonWriter json, List<string?> faults)
    {
        json.WriteStartArray();
        foreach (var fault in faults)
        {
            json.WriteStartObject();
            json.WriteNumber("status", fault is null ? StatusCodes.Status202Accepted : StatusCodes.Status400BadRequest);
            if (fault is not null) json.WriteString("error", fault);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options);
        write(json);
        await json.FlushAsync(context.RequestAborted);
    }
}
