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
        // A listing for a page of ours may be longer than what one request carries.
        if (query is { IsListing: true, Limit: > Query.MaxLimit }) throw new QueryException("limit", $"{query.Limit} is not between 1 and {Query.MaxLimit}");
        var result = await metrics.MeasureAsync(() => store.RunAsync(query, context.RequestAborted));
        if (form != AnswerForm.Json)
        {
            await form.WriteAsync(context, result.ToTable(), query.IsListing);
            return;
        }

        var answer = RunFile.ResultOf(query, result);
        var id = await runs.KeepAsync(query, result, answer, context.RequestAborted);
        var head = id is null ? "{" : $"{{\"id\":\"{id}\",\"url\":\"{RunStore.UrlOf(id)}\",";
        context.Response.ContentType = AnswerForm.Json.MediaType;
        context.Response.ContentLength = head.Length + answer.Length - 1;
        await context.Response.WriteAsync(head, context.RequestAborted);
        await context.Response.BodyWriter.WriteAsync(answer[1..], context.RequestAborted);
    }

    /// <summary>A kept run in the form that the client prefers: as JSON with its question, in the others the table of its answer.</summary>
    private static Task GetRunAsync(HttpContext context, string id, RunStore runs) => WriteRunAsync(context, id, runs, AnswerForm.Of(context.Request));

    /// <summary>Answers with a kept run in a form.</summary>
    public static async Task WriteRunAsync(HttpContext context, string id, RunStore runs, AnswerForm form)
    {
        if (form != AnswerForm.Json)
        {
            var kept = await runs.OpenAsync(id, context.RequestAborted) ?? throw NoRun(id);
            if (kept.Answer is not { } answer) throw new ApiException(StatusCodes.Status404NotFound, $"The run {id} was kept without its answer: {kept.Omitted}.");
            await form.WriteAsync(context, answer.Result.ToTable(), answer.Asked.IsListing);
            return;
        }

        await using var run = runs.Open(id) ?? throw NoRun(id);
        context.Response.ContentType = form.MediaType;
        await run.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
