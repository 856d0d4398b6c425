using System.Text.Json;
using Explorer.Server.Telemetry;
using Explorer.Server.Workspace;
using Microsoft.Net.Http.Headers;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Asks the store, keeps the run, and answers in the form that the client prefers.</summary>
internal static class QueryEndpoint
{
    private const string JsonMediaType = "application/json";

    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/query", RunAsync);
        api.MapGet("/runs/{id}", GetRunAsync);
    }

    public static ApiException NoRun(string id) =>
        new(StatusCodes.Status404NotFound, $"There is no run {id} here; the oldest runs make room for new ones.");

    private static async Task RunAsync(HttpContext context, IEventStore store, RunStore runs, FieldStore fields, QueryMetrics metrics)
    {
        var form = Negotiate(context.Request.Headers.Accept);
        // A kept run holds the saved fields that it used, as they were.
        var query = CalculatedFields.AddSaved(QueryJson.Read(await Json.ReadBodyAsync(context)), fields.All);
        var result = await metrics.MeasureAsync(() => store.RunAsync(query, context.RequestAborted));
        if (form == Csv.MediaType)
        {
            context.Response.ContentType = "text/csv; charset=utf-8";
            await context.Response.WriteAsync(Csv.Write(result.ToTable(), query.IsListing), context.RequestAborted);
            return;
        }

        var id = await runs.KeepAsync(query, result, context.RequestAborted);
        context.Response.ContentType = JsonMediaType;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter.AsStream(leaveOpen: true), Json.WriterOptions);
        QueryJson.WriteResult(json, query, result, id, id is null ? null : RunStore.UrlOf(id));
        await json.FlushAsync(context.RequestAborted);
    }

    private static async Task GetRunAsync(HttpContext context, string id, RunStore runs)
    {
        await using var run = runs.Open(id) ?? throw NoRun(id);
        context.Response.ContentType = JsonMediaType;
        await run.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>The media type to answer with.</summary>
    /// <exception cref="ApiException">406 when the client takes none that there is.</exception>
    private static string Negotiate(Microsoft.Extensions.Primitives.StringValues accept)
    {
        if (accept.Count == 0 || !MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var wanted) || wanted.Count == 0) return JsonMediaType;
        foreach (var type in wanted.Where(t => t.Quality != 0).OrderByDescending(t => t.Quality ?? 1))
        {
            if (type.MatchesAllTypes || type.MediaType == "application/*" || type.MediaType == JsonMediaType) return JsonMediaType;
            if (type.MediaType == Csv.MediaType || type.MediaType == "text/*") return Csv.MediaType;
        }

        throw new ApiException(StatusCodes.Status406NotAcceptable, $"Answers are given as {JsonMediaType} or {Csv.MediaType}, not as {accept}.");
    }
}
