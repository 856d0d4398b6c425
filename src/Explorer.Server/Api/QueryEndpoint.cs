using System.Text.Json;
using Explorer.Server.Telemetry;
using Explorer.Server.Workspace;
using Storage;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>Asks the store, keeps the run, and answers in the form that the client prefers.</summary>
internal static class QueryEndpoint
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/query", RunAsync);
        api.MapGet("/runs/{id}", GetRunAsync);
    }

    public static ApiException NoRun(string id) =>
        new(StatusCodes.Status404NotFound, $"There is no run {id} here; the oldest runs make room for new ones.");

    private static async Task RunAsync(HttpContext context, IEventStore store, RunStore runs, FieldStore fields, QueryMetrics metrics)
    {
        var form = AnswerForm.Of(context.Request);
        // A kept run holds the saved fields that it used, as they were.
        var query = CalculatedFields.AddSaved(QueryJson.Read(await Json.ReadBodyAsync(context)), fields.All);
        var result = await metrics.MeasureAsync(() => store.RunAsync(query, context.RequestAborted));
        if (form != AnswerForm.Json)
        {
            await form.WriteAsync(context, result.ToTable(), query.IsListing);
            return;
        }

        var id = await runs.KeepAsync(query, result, context.RequestAborted);
        context.Response.ContentType = AnswerForm.Json.MediaType;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter.AsStream(leaveOpen: true), Json.WriterOptions);
        QueryJson.WriteResult(json, query, result, id, id is null ? null : RunStore.UrlOf(id));
        await json.FlushAsync(context.RequestAborted);
    }

    public static async Task GetRunAsync(HttpContext context, string id, RunStore runs)
    {
        await using var run = runs.Open(id) ?? throw NoRun(id);
        context.Response.ContentType = AnswerForm.Json.MediaType;
        await run.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
