using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Analysis.BubbleUp;
using Microsoft.Net.Http.Headers;
using Storage;

namespace Explorer.Server.Api;

/// <summary>
/// BubbleUp over HTTP: one JSON object, or with <c>Accept: application/x-ndjson</c> a line for each thing as it is found: the ranking, the columns that
/// were counted again, and the whole answer.
/// </summary>
internal static class CompareEndpoint
{
    public const string LinesMediaType = "application/x-ndjson";

    public static void Map(RouteGroupBuilder api) => api.MapPost("/compare", CompareAsync);

    private static async Task CompareAsync(HttpContext context, IEventStore store, TimeProvider time)
    {
        var question = CompareRequest.Read(await Json.ReadBodyAsync(context));
        var watch = Stopwatch.StartNew();
        if (!WantsLines(context.Request))
        {
            var comparison = await Comparisons.RunAsync(store, question, time.GetUtcNow(), cancellationToken: context.RequestAborted);
            await Json.WriteAsync(context, json =>
            {
                json.WriteStartObject();
                CompareJson.WriteAnswer(json, comparison, question.Limit, watch.Elapsed);
                json.WriteEndObject();
            });
            return;
        }

        var rank = 0;
        var result = await Comparisons.RunAsync(
            store, question, time.GetUtcNow(),
            ranked => WriteLineAsync(context, "ranking", json => CompareJson.WriteAnswer(json, ranked, question.Limit, watch.Elapsed)),
            column => WriteLineAsync(context, "column", json =>
            {
                json.WritePropertyName("column");
                CompareJson.WriteColumn(json, column, ++rank);
            }),
            context.RequestAborted);
        await WriteLineAsync(context, "result", json => CompareJson.WriteAnswer(json, result, question.Limit, watch.Elapsed));
    }

    private static async Task WriteLineAsync(HttpContext context, string type, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = LinesMediaType;
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Json.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            write(json);
            json.WriteEndObject();
        }

        context.Response.BodyWriter.Write("\n"u8);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static bool WantsLines(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList([.. request.Headers.Accept.OfType<string>()], out var wanted) && wanted.Any(t => t.MediaType == LinesMediaType && t.Quality != 0);
}
