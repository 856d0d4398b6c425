using System.Text.Json;
using Explorer.Client.State;
using Explorer.Server.Workspace;
using Storage.Queries;

namespace Explorer.Server.Api;

/// <summary>The short address of a run: it opens the question on the Explore page, at the window that the run meant.</summary>
internal static class RunPage
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/r/{id}", OpenAsync);

    private static async Task OpenAsync(HttpContext context, string id, RunStore runs)
    {
        await using var file = runs.Open(id) ?? throw QueryEndpoint.NoRun(id);
        using var run = await JsonDocument.ParseAsync(file, cancellationToken: context.RequestAborted);
        var query = QueryJson.Read(run.RootElement.GetProperty("query"));
        var window = QueryJson.Read($$"""{"start_time":{{run.RootElement.GetProperty("start_time").GetRawText()}},"end_time":{{run.RootElement.GetProperty("end_time").GetRawText()}}}""");
        context.Response.Redirect(ExplorerUrl.Format(new ExplorerState { Query = query with { Time = window.Time, Cursor = null } }));
    }
}
