using Explorer.Client.Runs;
using Explorer.Server.Pictures;
using Explorer.Server.Workspace;

namespace Explorer.Server.Api;

/// <summary>What belongs to the short address of a run beside its page: 404 where there is no run, and its other forms.</summary>
internal static class RunPage
{
    private const string Path = "/r";

    /// <summary>Pictures that are drawn at once: each takes a core for some tens of milliseconds.</summary>
    private static readonly SemaphoreSlim Drawing = new(1);

    /// <summary>The page of a run that is not there is 404, as a reader that follows links expects.</summary>
    public static void UseRunPages(this IApplicationBuilder app)
    {
        var runs = app.ApplicationServices.GetRequiredService<RunStore>();
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments(Path, out var rest) && rest.Value is { Length: > 1 } id && !id.Contains('.', StringComparison.Ordinal) && runs.Find(id[1..]) is null)
                throw QueryEndpoint.NoRun(id[1..]);
            return next(context);
        });
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path + "/{id}.json", (HttpContext context, string id, RunStore runs) => QueryEndpoint.WriteRunAsync(context, id, runs, AnswerForm.Json));
        app.MapGet(Path + "/{id}.csv", (HttpContext context, string id, RunStore runs) => QueryEndpoint.WriteRunAsync(context, id, runs, AnswerForm.Csv));
        app.MapGet(Path + "/{id}.png", GetPictureAsync);
    }

    private static async Task GetPictureAsync(HttpContext context, string id, RunArchive runs)
    {
        var run = await runs.OpenAsync(id, context.RequestAborted) ?? throw QueryEndpoint.NoRun(id);
        await Drawing.WaitAsync(context.RequestAborted);
        try
        {
            var picture = RunPicture.Draw(run);
            context.Response.ContentType = "image/png";
            // A run does not change; its name may.
            context.Response.Headers.CacheControl = "public, max-age=3600";
            await context.Response.Body.WriteAsync(picture, context.RequestAborted);
        }
        finally
        {
            Drawing.Release();
        }
    }
}
