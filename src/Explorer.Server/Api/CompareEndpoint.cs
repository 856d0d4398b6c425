using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Analysis.BubbleUp;
using Analysis.Changes;
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
        await AnswerAsync(context, store, question, time.GetUtcNow(), watch);
    }

    /// <summary>Changes are looked for between two windows; any other comparison has none.</summary>
    private static async Task<IReadOnlyList<Change>?> ChangesAsync(IEventStore store, CompareQuestion question, CancellationToken cancellationToken) =>
        question is { Selection: Selection.Time after, Baseline: Baseline.Time before }
            ? await WhatChanged.FindAsync(store, question.Query, before.Window, after.Window, cancellationToken)
            : null;

    private static async Task AnswerAsync(HttpContext context, IEventStore store, CompareQuestion question, DateTimeOffset now, Stopwatch watch)
    {
        if (!WantsLines(context.Request))
        {
            var comparison = await Comparisons.RunAsync(store, question, now, cancellationToken: context.RequestAborted);
            var changes = await ChangesAsync(store, question, context.RequestAborted);
            await Json.WriteAsync(context, json =>
            {
                json.WriteStartObject();
                if (changes is not null) ChangesJson.Write(json, changes);
                CompareJson.WriteAnswer(json, comparison, question.Limit, watch.Elapsed);
                json.WriteEndObject();
            });
            return;
        }

        var rank = 0;
        var result = await Comparisons.RunAsync(
            store, question, now,
            ranked => WriteLineAsync(context, "ranking", json => CompareJson.WriteAnswer(json, ranked, question.Limit, watch.Elapsed)),
            column => WriteLineAsync(context, "column", json =>
            {
                json.WritePropertyName("column");
                CompareJson.WriteColumn(json, column, ++rank);
            }),
            cancellationToken: context.RequestAborted);
        var found = await ChangesAsync(store, question, context.RequestAborted);
        if (found is not null) await WriteLineAsync(context, "changes", json => ChangesJson.Write(json, found));
        await WriteLineAsync(context, "result", json =>
        {
            if (found is not null) ChangesJson.Write(json, found);
            CompareJson.WriteAnswer(json, result, question.Limit, watch.Elapsed);
        });
    }

    private static async Task WriteLineAsync(HttpContext context, string type, Action<Utf8JsonWriter> write)
    {
        if (!context.Response.HasStarted) context.Response.ContentType = LinesMediaType;
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
